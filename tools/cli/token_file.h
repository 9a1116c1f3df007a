// Secrets come from files: on a command line every user of the machine could read them.
#pragma once

#include <string>

namespace waybill::cli {

/// The first line of a file, without white space around it. Throws ConfigError when it cannot be
/// read or is empty; the message never holds what is in it.
std::string readTokenFile(const std::string& path);

}  // namespace waybill::cli
