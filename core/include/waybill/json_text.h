// JSON as text: finding, cutting and replacing members by their place, so that every byte that is
// not ours stays as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill {

/// A member of an object, by its place in the text.
struct JsonMember {
    std::string key;              ///< escapes resolved
    std::size_t begin = 0;        ///< of the key's opening quote
    std::size_t value_begin = 0;  ///< of the value
    std::size_t end = 0;          ///< just behind the value
};

/// The members of the object that `text` is, in order. `text` must have passed `checkJson`; of
/// anything but an object: none.
std::vector<JsonMember> jsonMembers(std::string_view text);

/// The elements of the array that `text` is, as they stand there; of anything else: none.
std::vector<std::string_view> jsonElements(std::string_view text);

/// Null where there is none; of several with this key the last, as the readers of clients take it.
const JsonMember* findMember(const std::vector<JsonMember>& members, std::string_view key);

/// The member's value as it stands in `text`.
std::string_view valueText(std::string_view text, const JsonMember& member);

bool isJsonString(std::string_view value);
bool isJsonObject(std::string_view value);

/// What a JSON string says: quotes removed, escapes resolved; half a surrogate pair, which no UTF-8
/// can say, becomes U+FFFD. `quoted` must be valid.
std::string jsonStringValue(std::string_view quoted);

/// Four hexadecimal digits, or nothing.
std::optional<std::uint32_t> hexValue(std::string_view four_digits);

/// One replacement: the bytes from `begin` to `end` become `text`.
struct TextEdit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

/// `text` with `edits` made, which must not overlap; in any order.
std::string applyEdits(std::string_view text, std::vector<TextEdit> edits);

/// The edits that take the members with these keys out of the object that `text` is, each with one
/// comma. Positions count from the start of `text`.
std::vector<TextEdit> removalOf(const std::vector<JsonMember>& members,
                                const std::vector<std::string_view>& keys);

/// The edit that gives a member of the object that `text` is the value `value`; a missing one is
/// added as the last.
TextEdit assignmentOf(std::string_view text, const std::vector<JsonMember>& members,
                      std::string_view key, std::string_view value);

/// The edits that replace every string value (not key) that is exactly `from`, at any depth.
std::vector<TextEdit> replacementOfStrings(std::string_view text, std::string_view from,
                                           std::string_view to);

}  // namespace waybill
