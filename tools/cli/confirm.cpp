#include "cli/confirm.h"

#include <unistd.h>

#include <iostream>
#include <string>

namespace waybill::cli {

Consent askConsent(Console& console, std::string_view question) {
    if (console.width() == 0 || isatty(STDIN_FILENO) != 1) return Consent::kCannotAsk;
    console.out() << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    const bool yes = answer == "y" || answer == "Y" || answer == "yes";
    return yes ? Consent::kGiven : Consent::kRefused;
}

}  // namespace waybill::cli
