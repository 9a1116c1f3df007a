// The command line, taken apart by a table of options.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/result.h"
#include "waybill/time.h"

namespace waybill::cli {

struct Option {
    std::string_view name;   ///< `--status`
    std::string_view value;  ///< how its value is called in the help; empty: it has none
    std::string_view help;
};

/// What was given. A value that was given twice: the last one holds.
class Arguments {
public:
    bool has(std::string_view name) const { return values_.contains(name); }
    std::optional<std::string> value(std::string_view name) const;
    std::string valueOr(std::string_view name, std::string_view fallback) const;
    const std::vector<std::string>& operands() const { return operands_; }

    /// The value as a whole number within bounds; `fallback` where it was not given.
    Result<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most,
                                 std::uint64_t fallback) const;

    /// The value as a duration (`5s`, `2h`).
    Result<Duration> duration(std::string_view name, Duration fallback) const;

    /// The value as a time: RFC 3339, or a duration that reaches back from `now`.
    Result<std::optional<Timestamp>> time(std::string_view name, Timestamp now) const;

private:
    friend Result<Arguments> parseArguments(std::span<const std::string>, std::span<const Option>);
    std::map<std::string, std::string, std::less<>> values_;
    std::vector<std::string> operands_;
};

/// `--name value`, `--name=value`, `-h` for `--help`; after `--` everything is an operand. A
/// refusal names the option at fault and, for an unknown one, the nearest that is known.
Result<Arguments> parseArguments(std::span<const std::string> words,
                                 std::span<const Option> options);

/// The position in `words` of the first that is no option of `options` and no value of one;
/// `words.size()` when there is none. Finds the command behind the tool's own options.
std::size_t firstOperand(std::span<const std::string> words, std::span<const Option> options);

/// `Unknown WHAT "typed". Did you mean "near"?`
std::string unknownName(std::string_view what, std::string_view typed,
                        std::span<const std::string_view> known);

}  // namespace waybill::cli
