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
/// `&#x00027;`, the longest way to write one character.
constexpr std::size_t kLongestEscape = 9;
constexpr std::size_t kToTheEnd = std::string::npos;

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

bool isHexDigit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool isOfHtmlName(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '#';
}

/// `text` is an escape of `length` whose digits begin at `digits_at`.
std::optional<Spelled> fixedWidth(std::string_view text, std::size_t digits_at,
                                  std::size_t length) {
    if (text.size() < length) {
        const bool digits = std::all_of(
            text.begin() + static_cast<std::ptrdiff_t>(std::min(digits_at, text.size())),
            text.end(), isHexDigit);
        return digits ? std::optional(kUnfinished) : std::nullopt;
    }
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
    const std::size_t end = text.substr(0, kLongestEscape).find(';');
    if (end == std::string_view::npos) {
        const bool begun =
            text.size() < kLongestEscape && std::all_of(text.begin() + 1, text.end(), isOfHtmlName);
        return begun ? std::optional(kUnfinished) : std::nullopt;
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
            ends_within_ = spelled.length == 0;
            if (ends_within_) break;
            said_ += spelled.character;
            at += spelled.length;
            if (spelled.length > 1) shifts_.push_back({said_.size(), at});
        }
    }

    const std::string& said() const { return said_; }

    /// Whether the text ends within an escape, which is not part of what it says.
    bool endsWithin() const { return ends_within_; }

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
    bool ends_within_ = false;
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

/// How much of the token, but not all of it, stands at the end of `text`; less than `shortest`: 0.
std::size_t pieceAtEnd(std::string_view text, std::string_view token, std::size_t shortest) {
    for (std::size_t piece = std::min(token.size() - 1, text.size()); piece >= shortest; --piece) {
        if (text.ends_with(token.substr(0, piece))) return piece;
    }
    return 0;
}

constexpr std::string_view kBase64Std =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The base64 characters that `secret` alone decides when `preceding` bytes (0, 1 or 2) stand
/// before it in its group of three.
std::string base64Within(std::string_view secret, std::size_t preceding,
                         std::string_view alphabet) {
    std::string coded;
    const std::size_t first_bit = preceding * 8;
    const std::size_t end_bit = first_bit + secret.size() * 8;
    for (std::size_t at = (first_bit + 5) / 6 * 6; at + 6 <= end_bit; at += 6) {
        const std::size_t byte = (at - first_bit) / 8;
        const std::size_t shift = (at - first_bit) % 8;
        const auto bits = [&](std::size_t index) {
            return index < secret.size()
                       ? static_cast<unsigned>(static_cast<unsigned char>(secret[index]))
                       : 0U;
        };
        const unsigned both = bits(byte) << 8 | bits(byte + 1);
        coded += alphabet[(both >> (10 - shift)) & 0x3F];
    }
    return coded;
}

std::string hexOf(std::string_view secret, std::string_view digits) {
    std::string hex;
    for (const char c : secret) {
        const auto byte = static_cast<unsigned char>(c);
        hex.append({digits[byte >> 4], digits[byte & 0x0F]});
    }
    return hex;
}

bool isBase64(char c) {
    return kBase64Std.find(c) != std::string_view::npos || c == '-' || c == '_';
}

}  // namespace

SecretMask::SecretMask(const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        spellings_.push_back({secret});
        // Less than this, coded, may stand anywhere by chance.
        if (secret.size() < kShortestPiece) continue;
        addBase64(secret);
        addHex(secret);
    }
}

void SecretMask::addBase64(const std::string& secret) {
    for (std::size_t preceding = 0; preceding < 3; ++preceding) {
        const bool rest = (preceding + secret.size()) % 3 != 0;
        std::string coded = base64Within(secret, preceding, kBase64Std);
        const bool same = coded.find_first_of("+/") == std::string::npos;
        const std::size_t before = preceding == 0 ? 0 : 1;
        spellings_.push_back({std::move(coded), !same, before, rest ? 1U : 0U});
        if (!same)
            spellings_.push_back(
                {base64Within(secret, preceding, kBase64Url), false, before, rest ? 1U : 0U});
    }
}

void SecretMask::addHex(const std::string& secret) {
    std::string lower = hexOf(secret, "0123456789abcdef");
    std::string upper = hexOf(secret, "0123456789ABCDEF");
    if (lower != upper) spellings_.push_back({std::move(upper), false});
    spellings_.push_back({std::move(lower), false});
}

/// Where the spelling stands in what a text says, and a piece of it where the bytes were cut off.
/// `found` gets the places there, in order.
template <typename Found>
void SecretMask::find(const std::string& said, const Spelling& spelling, bool cut_off,
                      Found found) {
    std::size_t from = 0;
    for (std::size_t at = findIn(said, spelling.text, 0); at != std::string::npos;
         at = findIn(said, spelling.text, from)) {
        const std::size_t end = at + spelling.text.size();
        const bool more_before = spelling.before > 0 && at > from && isBase64(said[at - 1]);
        const bool more_after = spelling.after > 0 && end < said.size() && isBase64(said[end]);
        from = end + (more_after ? 1 : 0);
        found(at - (more_before ? 1 : 0), from);
    }
    if (!cut_off) return;
    const std::size_t piece =
        pieceAtEnd(std::string_view(said).substr(from), spelling.text, kShortestPiece);
    if (piece != 0) found(said.size() - piece, kToTheEnd);
}

/// What is to be replaced, in order, no two of them overlapping.
std::vector<SecretMask::Range> SecretMask::rangesIn(const std::string& text, bool cut_off) const {
    std::vector<Range> ranges;
    for (const Spelling& spelling : spellings_)
        find(text, spelling, cut_off, [&](std::size_t begin, std::size_t end) {
            ranges.push_back({begin, std::min(end, text.size())});
        });
    for (const Notation& notation : kNotations) {
        if (empty() || text.find(notation.escape) == std::string::npos) continue;
        const Reading reading(notation, text);
        for (const Spelling& spelling : spellings_)
            if (spelling.escapable)
                find(reading.said(), spelling, cut_off, [&](std::size_t begin, std::size_t end) {
                    ranges.push_back({reading.begin(begin),
                                      end == kToTheEnd ? text.size() : reading.begin(end)});
                });
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::vector<Range> merged;
    for (const Range& range : ranges) {
        if (!merged.empty() && range.begin < merged.back().end)
            merged.back().end = std::max(merged.back().end, range.end);
        else
            merged.push_back(range);
    }
    return merged;
}

void SecretMask::apply(std::string& text, bool cut_off) const {
    const std::vector<Range> ranges = rangesIn(text, cut_off);
    if (ranges.empty()) return;
    std::string masked;
    std::size_t copied = 0;
    for (const Range& range : ranges) {
        masked.append(text, copied, range.begin - copied).append(kMask);
        copied = range.end;
    }
    masked.append(text, copied);
    text = std::move(masked);
}

void SecretMask::moveClear(std::string& held, std::string& out) const {
    std::size_t clear = held.size() - unfinished(held);
    std::size_t copied = 0;
    for (const Range& range : rangesIn(held, false)) {
        // One that reaches into what is not clear may be part of a longer one.
        if (range.end > clear) clear = std::min(clear, range.begin);
        if (range.begin >= clear) break;
        out.append(held, copied, range.begin - copied).append(kMask);
        copied = range.end;
    }
    out.append(held, copied, clear - copied);
    held.erase(0, clear);
}

/// How many bytes at the end of `text` may be the beginning of an occurrence.
std::size_t SecretMask::unfinished(std::string_view text) const {
    std::size_t begin = text.size();
    std::size_t longest = 0;
    for (const Spelling& spelling : spellings_) {
        begin = std::min(begin, text.size() - pieceAtEnd(text, spelling.text, 1));
        longest = std::max(longest, spelling.text.size());
    }
    // An occurrence that is not whole lies in the last bytes, however its characters are written.
    const std::size_t looked_at = std::min(text.size(), (longest + 1) * kLongestEscape);
    const std::size_t skipped = text.size() - looked_at;
    const std::string_view last = text.substr(skipped);
    for (const Notation& notation : kNotations) {
        if (empty() || last.find(notation.escape) == std::string_view::npos) continue;
        const Reading reading(notation, last);
        for (const Spelling& spelling : spellings_) {
            if (!spelling.escapable) continue;
            const std::size_t piece = pieceAtEnd(reading.said(), spelling.text, 1);
            if (piece == 0 && !reading.endsWithin()) continue;
            begin = std::min(begin, skipped + reading.begin(reading.said().size() - piece));
        }
    }
    return text.size() - begin;
}

void maskToken(std::string& text, const std::string& token, bool cut_off) {
    SecretMask({token}).apply(text, cut_off);
}

}  // namespace waybill
