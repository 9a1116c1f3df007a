#include "cli/arguments.h"

#include <algorithm>
#include <charconv>

#include "waybill/nearest_name.h"

namespace waybill::cli {
namespace {

Refusal invalid(std::string message, std::string_view option) {
    return {RefusalCode::kInvalid, std::move(message), std::string(option)};
}

/// `--name` of `--name=value`.
std::string_view nameOf(std::string_view word) {
    return word == "-h" ? "--help" : word.substr(0, word.find('='));
}

const Option* find(std::span<const Option> options, std::string_view name) {
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const Option& option) { return option.name == name; });
    return found == options.end() ? nullptr : &*found;
}

bool isOption(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

std::string unknownOption(std::string_view name, std::span<const Option> options) {
    std::vector<std::string_view> names;
    for (const Option& option : options)
        names.push_back(option.name);
    return unknownName("option", name, names);
}

}  // namespace

std::optional<std::string> Arguments::value(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::string Arguments::valueOr(std::string_view name, std::string_view fallback) const {
    return value(name).value_or(std::string(fallback));
}

Result<std::uint64_t> Arguments::number(std::string_view name, std::uint64_t least,
                                        std::uint64_t most, std::uint64_t fallback) const {
    const auto text = value(name);
    if (!text) return fallback;
    std::uint64_t parsed = 0;
    const char* end = text->data() + text->size();
    const auto [stopped, error] = std::from_chars(text->data(), end, parsed);
    if (error != std::errc{} || stopped != end || parsed < least || parsed > most) {
        return invalid(std::string(name) + " takes a whole number from " + std::to_string(least) +
                           " to " + std::to_string(most) + ", not \"" + *text + "\".",
                       name);
    }
    return parsed;
}

Result<Duration> Arguments::duration(std::string_view name, Duration fallback) const {
    const auto text = value(name);
    if (!text) return fallback;
    const auto parsed = parseDuration(*text);
    if (parsed) return *parsed;
    return invalid(
        std::string(name) + " takes a duration like 250ms, 5s or 2h, not \"" + *text + "\".", name);
}

Result<std::optional<Timestamp>> Arguments::time(std::string_view name, Timestamp now) const {
    const auto text = value(name);
    if (!text) return std::optional<Timestamp>();
    if (const auto ago = parseDuration(*text)) return std::optional(now - *ago);
    if (const auto parsed = parseTimestamp(*text)) return parsed;
    return invalid(std::string(name) +
                       " takes a time like 2026-11-21T20:00:00Z, or how long ago, like 2h, not \"" +
                       *text + "\".",
                   name);
}

Result<Arguments> parseArguments(std::span<const std::string> words,
                                 std::span<const Option> options) {
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--") {
            arguments.operands_.insert(arguments.operands_.end(), words.begin() + i + 1,
                                       words.end());
            break;
        }
        if (!isOption(word)) {
            arguments.operands_.push_back(word);
            continue;
        }
        const std::string name(nameOf(word));
        const Option* option = find(options, name);
        if (option == nullptr) return invalid(unknownOption(name, options), name);
        const std::size_t equals = word.find('=');
        if (option->value.empty()) {
            if (equals != std::string::npos) return invalid(name + " takes no value.", name);
            arguments.values_.insert_or_assign(name, "");
        } else if (equals != std::string::npos) {
            arguments.values_.insert_or_assign(name, word.substr(equals + 1));
        } else if (i + 1 < words.size()) {
            arguments.values_.insert_or_assign(name, words[++i]);
        } else {
            return invalid(
                name + " needs a value: " + name + " " + std::string(option->value) + ".", name);
        }
    }
    return arguments;
}

std::size_t firstOperand(std::span<const std::string> words, std::span<const Option> options) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!isOption(words[i])) return i;
        const Option* option = find(options, nameOf(words[i]));
        const bool value_follows =
            option != nullptr && !option->value.empty() && words[i].find('=') == std::string::npos;
        if (value_follows) ++i;
    }
    return words.size();
}

std::string unknownName(std::string_view what, std::string_view typed,
                        std::span<const std::string_view> known) {
    std::string message = "Unknown " + std::string(what) + " \"" + std::string(typed) + "\".";
    const std::string nearest = nearestName(typed, known);
    if (!nearest.empty()) message += " Did you mean \"" + nearest + "\"?";
    return message;
}

}  // namespace waybill::cli
