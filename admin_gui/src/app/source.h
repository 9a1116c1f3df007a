// From the command line to the other side.
#pragma once

#include "app/command_line.h"
#include "waybill/gui/dashboard.h"

namespace waybill::gui {

/// Fills in how to reach what the options name. What is wrong, in words with what to do; empty:
/// nothing.
std::string connect(const Options& options, DashboardOptions& dashboard);

}  // namespace waybill::gui
