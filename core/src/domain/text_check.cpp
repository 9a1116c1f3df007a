#include "waybill/text_check.h"

#include <array>
#include <cstdio>

#include "waybill/event.h"
#include "waybill/printable.h"
#include "waybill/utf8.h"

namespace waybill {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

constexpr std::array kRefused = {
    Range{0x0000, 0x001F}, Range{0x007F, 0x009F},   Range{0x061C, 0x061C}, Range{0x200B, 0x200B},
    Range{0x200E, 0x200F}, Range{0x2028, 0x202E},   Range{0x2060, 0x206F}, Range{0xFEFF, 0xFEFF},
    Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0xE007F},
};

bool isRefused(char32_t character) {
    for (const Range& range : kRefused)
        if (character >= range.first && character <= range.last) return true;
    return false;
}

/// `U+202E`
std::string numbered(char32_t character) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(character));
    return text.data();
}

}  // namespace

std::optional<std::string> textProblem(std::string_view text, std::size_t max_bytes) {
    if (text.size() > max_bytes) {
        return "must be at most " + std::to_string(max_bytes) + " bytes long; it has " +
               std::to_string(text.size());
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8SequenceLength(text.substr(at));
        if (length == 0) return "must be UTF-8; byte " + std::to_string(at + 1) + " is not";
        const char32_t character = codePointOf(text.substr(at, length));
        if (isRefused(character)) {
            return "must not hold " + numbered(character) + " (character at byte " +
                   std::to_string(at + 1) +
                   "): control characters, and those that are not seen but change how text looks, "
                   "are not recorded";
        }
        at += length;
    }
    return std::nullopt;
}

std::optional<std::string> nameProblem(std::string_view name, std::size_t max_bytes) {
    if (name.empty()) return "must not be empty";
    if (name.front() == ' ' || name.back() == ' ') return "must not begin or end with a space";
    return textProblem(name, max_bytes);
}

std::optional<std::string> actorProblem(std::string_view actor) {
    constexpr std::string_view kOperator = "operator:";
    constexpr std::string_view kClient = "client:";
    if (actor == kEngineActor) return std::nullopt;
    const bool is_operator = actor.starts_with(kOperator);
    if (!is_operator && !actor.starts_with(kClient)) {
        return "must say who acts: operator:<name>, client:<name> or engine";
    }
    const auto problem = is_operator ? nameProblem(actor.substr(kOperator.size()))
                                     : nameProblem(actor.substr(kClient.size()), kMaxClientName);
    return problem ? std::optional("must name a person or client: the name " + *problem) : problem;
}

}  // namespace waybill
