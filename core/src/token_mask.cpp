#include "waybill/token_mask.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill {

namespace {

constexpr std::string_view kMask = "****";
/// A shorter piece of a token at the end of cut-off bytes says too little to be worth masking.
constexpr std::size_t kShortestPiece = 4;

/// A character as a notation writes it, and how long that is; a length of 0: the text ends within.
struct Spelled {
    char character = 0;
    std::size_t length = 1;
};

/// Reads what begins with the notation's escape character; nothing when it stands for itself.
using ReadEscape = std::optional<Spelled> (*)(std::string_view text);

constexpr Spelled kUnfinished{0, 0};

/// `digits` at the front of `text` as one character of a token, which is visible ASCII.
std::optional<char> codePoint(std::string_view digits, int base) {
    unsigned code = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), code, base);
    if (error != std::errc() || end != digits.end() || code > 0x7F) return std::nullopt;
    return static_cast<char>(code);
}

/// `text` is an escape of `length` whose digits begin at `digits_at`.
std::optional<Spelled> fixedWidth(std::string_view text, std::size_t digits_at,
                                  std::size_t length) {
    if (text.size() < length) return kUnfinished;
    const auto character = codePoint(text.substr(digits_at, length - digits_at), 16);
    if (!character) return std::nullopt;
    return Spelled{*character, length};
}

/// `\/` and `\u002f` (RFC 8259 section 7).
std::optional<Spelled> readJson(std::string_view text) {
    if (text.size() < 2) return kUnfinished;
    if (text[1] == 'u') return fixedWidth(text, 2, 6);
    if (std::string_view("\"\\/").find(text[1]) == std::string_view::npos) return std::nullopt;
    return Spelled{text[1], 2};
}

/// `%2F` (RFC 3986 section 2.1).
std::optional<Spelled> readPercent(std::string_view text) {
    return fixedWidth(text, 1, 3);
}

/// `&amp;`, `&#39;` and `&#x27;`.
std::optional<Spelled> readHtml(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> kNames = {
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    constexpr std::size_t kLongest = 9;  // &#x00027;
    const std::size_t end = text.substr(0, kLongest).find(';');
    if (end == std::string_view::npos) {
        return text.size() < kLongest ? std::optional(kUnfinished) : std::nullopt;
    }
    std::string_view name = text.substr(1, end - 1);
    for (const auto& [known, character] : kNames) {
        if (name == known) return Spelled{character, end + 1};
    }
    if (!name.starts_with('#')) return std::nullopt;
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    const auto character = codePoint(name.substr(hex ? 1 : 0), hex ? 16 : 10);
    if (!character) return std::nullopt;
    return Spelled{*character, end + 1};
}

struct Notation {
    char escape;
    ReadEscape read;
};
constexpr Notation kNotations[] = {{'\\', readJson}, {'%', readPercent}, {'&', readHtml}};

/// What a text says, and where in it that stands.
class Reading {
public:
    Reading(const Notation& notation, std::string_view text) {
        std::size_t at = 0;
        while (at < text.size()) {
            const std::size_t escape = std::min(text.find(notation.escape, at), text.size());
            said_.append(text, at, escape - at);
            at = escape;
            if (at == text.size()) break;
            const auto spelled = notation.read(text.substr(at)).value_or(Spelled{text[at], 1});
            if (spelled.length == 0) break;
            said_ += spelled.character;
            at += spelled.length;
            if (spelled.length > 1) shifts_.push_back({said_.size(), at});
        }
    }

    const std::string& said() const { return said_; }

    /// Where in the text the character at `index` begins; for the end, where the last one ends.
    std::size_t begin(std::size_t index) const {
        const auto after =
            std::upper_bound(shifts_.begin(), shifts_.end(), index,
                             [](std::size_t i, const Shift& shift) { return i < shift.said; });
        const Shift& shift = *std::prev(after);
        return shift.text + (index - shift.said);
    }

private:
    /// From `said` on, what is said stands at `text`.
    struct Shift {
        std::size_t said;
        std::size_t text;
    };
    std::string said_;
    std::vector<Shift> shifts_ = {{0, 0}};
};

/// Like `text.find(token, from)`, but memmem stays linear for texts and tokens that are made to be
/// slow.
std::size_t findIn(const std::string& text, const std::string& token, std::size_t from) {
    const void* const found =
        memmem(text.data() + from, text.size() - from, token.data(), token.size());
    if (found == nullptr) return std::string::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// How much of the token stands at the end of `text`, if that is worth masking.
std::size_t pieceAtEnd(std::string_view text, std::string_view token) {
    for (std::size_t piece = std::min(token.size() - 1, text.size()); piece >= kShortestPiece;
         --piece) {
        if (text.ends_with(token.substr(0, piece))) return piece;
    }
    return 0;
}

/// Replaces every occurrence of the token in what `text` says, and a piece of it where the bytes
/// were cut off. `begin` tells where in `text` a character of `said` begins.
template <typename Begin>
void mask(std::string& text, const std::string& said, const std::string& token, bool cut_off,
          Begin begin) {
    std::string masked;
    std::size_t copied = 0;
    const auto replace = [&](std::size_t from, std::size_t to) {
        masked.append(text, copied, begin(from) - copied).append(kMask);
        copied = to;
    };
    std::size_t from = 0;
    for (std::size_t at = findIn(said, token, 0); at != std::string::npos;
         at = findIn(said, token, from)) {
        from = at + token.size();
        replace(at, begin(from));
    }
    if (cut_off) {
        const std::size_t piece = pieceAtEnd(std::string_view(said).substr(from), token);
        if (piece != 0) replace(said.size() - piece, text.size());
    }
    if (copied == 0) return;
    masked.append(text, copied);
    text = std::move(masked);
}

}  // namespace

void maskToken(std::string& text, const std::string& token, bool cut_off) {
    if (token.empty()) return;
    mask(text, text, token, cut_off, [](std::size_t at) { return at; });
    for (const Notation& notation : kNotations) {
        if (text.find(notation.escape) == std::string::npos) continue;
        const Reading reading(notation, text);
        mask(text, reading.said(), token, cut_off,
             [&](std::size_t index) { return reading.begin(index); });
    }
}

}  // namespace waybill
