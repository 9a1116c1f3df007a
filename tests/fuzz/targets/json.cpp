// JSON of clients and backends, and edits of it by place.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "fuzz/target.h"
#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"
#include "waybill/utf8.h"

namespace waybill::test {
namespace {

using Json = nlohmann::json;

constexpr JsonLimits kLoose{.max_depth = 256, .unique_keys = false, .lone_surrogates = false};

/// Nothing: it cannot say, because a number is out of a double's range.
std::optional<bool> otherReaderTakes(std::string_view text) {
    try {
        return !Json::parse(text).is_discarded();
    } catch (const Json::parse_error&) {
        return false;
    } catch (const Json::out_of_range&) {
        return std::nullopt;
    }
}

std::string withEdit(std::string_view text, TextEdit edit) {
    return applyEdits(text, {std::move(edit)});
}

void checkObject(std::string_view text) {
    const auto members = jsonMembers(text);
    std::size_t last = 0;
    for (const JsonMember& member : members) {
        FUZZ_CHECK(last <= member.begin && member.begin < member.value_begin &&
                   member.value_begin < member.end && member.end <= text.size());
        last = member.end;
        FUZZ_CHECK(isUtf8(member.key));
        FUZZ_CHECK(!checkJson(valueText(text, member), kLoose));
        FUZZ_CHECK(findMember(members, member.key) != nullptr);

        const std::string without = applyEdits(text, removalOf(members, {member.key}));
        FUZZ_CHECK(!checkJson(without, kLoose));
        FUZZ_CHECK(findMember(jsonMembers(without), member.key) == nullptr);
    }
    for (const std::string& key :
         {members.empty() ? "k" : members.front().key, std::string("new")}) {
        const std::string assigned = withEdit(text, assignmentOf(text, members, key, "[1]"));
        FUZZ_CHECK(!checkJson(assigned, kLoose));
        const auto now = jsonMembers(assigned);
        const JsonMember* member = findMember(now, key);
        FUZZ_CHECK(member != nullptr && valueText(assigned, *member) == "[1]");
    }
}

}  // namespace

/// The check agrees with another reader; what passes can be taken apart and edited, and is JSON
/// afterwards; any text can be quoted.
WAYBILL_FUZZ_TARGET(json) {
    const std::string quoted = jsonQuote(bytes);
    FUZZ_CHECK(!checkJson(quoted) && isUtf8(quoted));
    FUZZ_CHECK(!isUtf8(bytes) || jsonStringValue(quoted) == bytes);

    const auto problem = checkJson(bytes, kLoose);
    FUZZ_CHECK(!problem || problem->offset <= bytes.size());
    // The other one takes a byte order mark, and a NUL for the end.
    const bool comparable = !bytes.starts_with("\xef\xbb\xbf") && bytes.find('\0') == bytes.npos;
    const auto theirs = otherReaderTakes(bytes);
    const bool too_deep = problem && std::count_if(bytes.begin(), bytes.end(), [](char c) {
                                         return c == '[' || c == '{';
                                     }) > 256;
    FUZZ_CHECK(!comparable || too_deep || !theirs || *theirs == !problem);
    FUZZ_CHECK(
        problem ||
        !checkJson(bytes, {.max_depth = 256, .unique_keys = false, .lone_surrogates = true}));
    FUZZ_CHECK(!problem || checkJson(bytes));  // the strict limits take no more
    if (problem) return;

    const auto begin = bytes.find_first_not_of(" \t\r\n");
    const std::string_view value =
        bytes.substr(begin, bytes.find_last_not_of(" \t\r\n") - begin + 1);
    for (const std::string_view element : jsonElements(value))
        FUZZ_CHECK(!checkJson(element, kLoose));
    if (isJsonObject(value)) checkObject(bytes);
    if (isJsonString(value) && theirs)
        FUZZ_CHECK(jsonStringValue(value) == Json::parse(bytes).get<std::string>());
    const std::string replaced = applyEdits(bytes, replacementOfStrings(bytes, "a", "\"b\\"));
    FUZZ_CHECK(!checkJson(replaced, kLoose));
}

}  // namespace waybill::test
