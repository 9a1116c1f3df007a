#include "waybill/json_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "waybill/json_text.h"
#include "waybill/utf8.h"

namespace waybill {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// Characters of a string that need no further look: ASCII but controls, `"` and `\`.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x80; ++c)
        plain[c] = c != '"' && c != '\\';
    return plain;
}();

/// A recursive descent whose depth is bounded by the limits.
class Checker {
public:
    Checker(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

    std::optional<JsonProblem> run() {
        skipSpace();
        if (value(0)) {
            skipSpace();
            if (at_ != text_.size()) fail("something follows the JSON value");
        }
        return problem_;
    }

private:
    bool fail(const char* message) {
        if (!problem_) problem_ = JsonProblem{message, at_};
        return false;
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    void skipSpace() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                      text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }

    bool value(std::size_t depth) {
        switch (peek()) {
            case '{':
                return object(depth + 1);
            case '[':
                return array(depth + 1);
            case '"':
                return string();
            case 't':
                return literal("true");
            case 'f':
                return literal("false");
            case 'n':
                return literal("null");
            default:
                return number();
        }
    }

    bool literal(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return fail("this is not a JSON value");
        at_ += word.size();
        return true;
    }

    bool digits() {
        if (!isDigit(peek())) return fail("this is not a JSON value");
        while (isDigit(peek()))
            ++at_;
        return true;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }

    bool string() {
        ++at_;
        if (plainString()) return true;
        while (at_ < text_.size()) {
            const auto c = static_cast<std::uint8_t>(text_[at_]);
            if (kPlain[c]) {
                ++at_;
            } else if (c == '"') {
                ++at_;
                return true;
            } else if (c == '\\') {
                if (!escape()) return false;
            } else if (c < 0x20) {
                return fail("a control character in a string must be escaped");
            } else if (const std::size_t length = utf8SequenceLength(text_.substr(at_));
                       length != 0) {
                at_ += length;
            } else {
                return fail("a string is not valid UTF-8");
            }
        }
        return fail("a string does not end");
    }

    /// Most strings have nothing but plain characters: one look at all of them, without a branch,
    /// is several times faster than one at each.
    bool plainString() {
        const std::size_t end = text_.find('"', at_);
        if (end == std::string_view::npos) return false;
        std::uint8_t special = 0;
        for (const char c : text_.substr(at_, end - at_)) {
            const auto byte = static_cast<std::uint8_t>(c);
            special |= static_cast<std::uint8_t>((byte < 0x20) | (byte >= 0x80) | (byte == '\\'));
        }
        if (special == 0) at_ = end + 1;
        return special == 0;
    }

    bool escape() {
        ++at_;
        const char c = peek();
        if (c == 'u') {
            ++at_;
            return unicodeEscape();
        }
        if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
            return fail("a string has an unknown escape");
        ++at_;
        return true;
    }

    bool unicodeEscape() {
        const std::optional<std::uint32_t> unit = hexUnit();
        if (!unit) return fail("a string has a \\u escape that is no character");
        if (limits_.lone_surrogates) return true;
        if (*unit >= 0xDC00 && *unit <= 0xDFFF) return fail("a string has half a surrogate pair");
        if (*unit < 0xD800 || *unit > 0xDBFF) return true;
        if (!take('\\') || !take('u')) return fail("a string has half a surrogate pair");
        const std::optional<std::uint32_t> low = hexUnit();
        if (!low || *low < 0xDC00 || *low > 0xDFFF)
            return fail("a string has half a surrogate pair");
        return true;
    }

    std::optional<std::uint32_t> hexUnit() {
        const std::optional<std::uint32_t> unit = hexValue(text_.substr(at_, 4));
        if (unit) at_ += 4;
        return unit;
    }

    bool array(std::size_t depth) {
        if (depth > limits_.max_depth) return fail("arrays and objects are nested too deeply");
        ++at_;
        skipSpace();
        if (take(']')) return true;
        for (;;) {
            skipSpace();
            if (!value(depth)) return false;
            skipSpace();
            if (take(']')) return true;
            if (!take(',')) return fail("an array needs a comma or its end here");
        }
    }

    bool object(std::size_t depth) {
        if (depth > limits_.max_depth) return fail("arrays and objects are nested too deeply");
        ++at_;
        const std::size_t first_key = keys_.size();
        skipSpace();
        if (take('}')) return true;
        for (;;) {
            skipSpace();
            if (!member(depth)) return false;
            skipSpace();
            if (take('}')) return distinct(first_key);
            if (!take(',')) return fail("an object needs a comma or its end here");
        }
    }

    bool member(std::size_t depth) {
        if (peek() != '"') return fail("an object needs a key in quotes here");
        const std::size_t begin = at_;
        if (!string()) return false;
        if (limits_.unique_keys) keys_.push_back(keyText(text_.substr(begin, at_ - begin)));
        skipSpace();
        if (!take(':')) return fail("an object needs a colon here");
        skipSpace();
        return value(depth);
    }

    /// What the key says; escapes make several spellings of one key.
    std::string_view keyText(std::string_view quoted) {
        if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2);
        return decoded_.emplace_back(jsonStringValue(quoted));
    }

    /// Whether the keys seen since `first` differ; forgets them.
    bool distinct(std::size_t first) {
        const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
        std::sort(begin, keys_.end());
        const bool repeated = std::adjacent_find(begin, keys_.end()) != keys_.end();
        keys_.erase(begin, keys_.end());
        return !repeated || fail("an object has the same key twice");
    }

    std::string_view text_;
    JsonLimits limits_;
    std::size_t at_ = 0;
    std::optional<JsonProblem> problem_;
    std::vector<std::string_view> keys_;  // of the objects that are open, outermost first
    std::deque<std::string> decoded_;     // owns the keys that had escapes
};

}  // namespace

std::optional<JsonProblem> checkJson(std::string_view text, const JsonLimits& limits) {
    return Checker(text, limits).run();
}

}  // namespace waybill
