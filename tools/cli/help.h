// The help of the tool and of each command.
#pragma once

#include "cli/command.h"

namespace waybill::cli {

void printHelp(Console& console);
void printHelp(Console& console, const Command& command);

}  // namespace waybill::cli
