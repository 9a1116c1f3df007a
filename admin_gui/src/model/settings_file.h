// The operator's choices between runs.
#pragma once

#include <string>

#include "model/state.h"

namespace waybill::gui {

/// `$XDG_CONFIG_HOME/waybill/admin.conf`, else `~/.config/…`; empty without a home.
std::string defaultSettingsPath();

/// What the file says, key by key; what is missing, unknown or out of range stays at its default. A
/// file that cannot be read is no error.
Settings readSettings(const std::string& path);

/// False when it could not be written: the choices are then lost, nothing else.
bool writeSettings(const std::string& path, const Settings& settings);

}  // namespace waybill::gui
