// Every option there is: what it is called, what it means, how it is read.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/options.h"

namespace waybill::server {

struct Option {
    std::string_view name;   ///< `max-retries`: on the command line and in a file
    std::string_view value;  ///< what to give, for `--help`; empty: a switch
    std::string_view default_text;
    std::string_view meaning;
    bool repeatable = false;  ///< several values; also separated by commas

    /// Reads one value into `options`. Throws ConfigError saying what to write instead.
    void (*apply)(const std::string& value, ServerOptions& options) = nullptr;
};

/// In the order of `--help`.
std::span<const Option> optionTable();

const Option* findOption(std::string_view name);

/// The known name nearest to a mistyped one, or nothing. Knows those without a place in the table
/// (`help`, `config` …) too.
std::string nearestOption(std::string_view name);

}  // namespace waybill::server
