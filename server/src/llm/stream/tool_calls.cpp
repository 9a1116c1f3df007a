#include "llm/stream/tool_calls.h"

#include "llm/stream/delta_merge.h"
#include "waybill/json_text.h"

namespace waybill::server {

void BracketCount::add(std::string_view text) {
    for (const char c : text) {
        if (escaped_) {
            escaped_ = false;
        } else if (in_string_) {
            escaped_ = c == '\\';
            in_string_ = c != '"';
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            begun_ = true;
            ++depth_;
        } else if ((c == '}' || c == ']') && depth_ > 0) {
            --depth_;
        }
    }
}

bool ToolCalls::take(std::string_view fragments, DeltaMerge& merge) {
    for (const std::string_view text : jsonElements(fragments)) {
        if (!isJsonObject(text)) return false;
        const std::vector<PieceMember> members = membersOf(text);
        const bool is_function = isJsonObject(valueIn(members, "function"));
        const std::vector<PieceMember> called =
            membersOf(valueIn(members, is_function ? "function" : "custom"));
        Fragment fragment;
        fragment.index = wholeNumber(valueIn(members, "index"));
        fragment.id = spelledIn(members, "id");
        fragment.name = spelledIn(called, "name");
        fragment.arguments = valueIn(called, is_function ? "arguments" : "input");
        if (saysNothing(fragment.arguments)) fragment.arguments = {};

        Call& call = callOf(fragment);
        if (ambiguous_) return false;
        last_ = &call;
        call.is_function = call.is_function || is_function;
        call.has_type = call.has_type || !spelledIn(members, "type").empty();
        if (call.name != fragment.name) call.name.append(fragment.name);
        if (!fragment.arguments.empty()) {
            call.has_arguments = true;
            const bool is_text = isJsonString(fragment.arguments);
            call.arguments.add(is_text ? jsonStringValue(fragment.arguments)
                                       : std::string(fragment.arguments));
        }
        merge.merge(call.object, text, Place::kToolCall);
    }
    return true;
}

ToolCalls::Call& ToolCalls::callOf(const Fragment& fragment) {
    Call* call = opened(fragment);
    if (call == nullptr) return open(fragment);
    if (call->id.empty() && !fragment.id.empty()) {
        call->id = fragment.id;
        by_id_[call->id] = call;
        if (call->has_index) by_id_at_[{call->id, call->index}] = call;
    }
    return *call;
}

/// Null when the fragment opens another call.
ToolCalls::Call* ToolCalls::opened(const Fragment& fragment) {
    if (!fragment.id.empty()) {
        const auto same_id = by_id_.find(fragment.id);
        if (fragment.index) {
            const auto same = by_id_at_.find(std::pair(std::string(fragment.id), *fragment.index));
            if (same != by_id_at_.end()) return same->second;
            if (same_id != by_id_.end() && !same_id->second->has_index) return same_id->second;
        } else if (same_id != by_id_.end()) {
            return same_id->second;
        }
    }
    Call* before = last_;
    if (fragment.index) {
        const auto at = at_index_.find(*fragment.index);
        before = at == at_index_.end() ? nullptr : at->second;
    }
    if (before == nullptr || (!fragment.id.empty() && !before->id.empty())) return nullptr;
    return isAnother(*before, fragment) ? nullptr : before;
}

/// Of a fragment that does not have the id of the call `before`.
bool ToolCalls::isAnother(const Call& before, const Fragment& fragment) {
    if (fragment.name.empty() || before.name.empty()) return false;
    const bool same_name = fragment.name == before.name;
    const bool whole = before.arguments.whole();
    if (fragment.index && fragment.id.empty()) {
        ambiguous_ = ambiguous_ || (!same_name && !whole);
        return !same_name || (whole && !fragment.arguments.empty());
    }
    if (!fragment.id.empty() || !before.id.empty())
        return !same_name || (whole && !fragment.arguments.empty());
    return !same_name || whole || !before.has_arguments;
}

ToolCalls::Call& ToolCalls::open(const Fragment& fragment) {
    const std::uint64_t index =
        fragment.index.value_or(calls_.empty() ? 0 : calls_.back().index);  // after it
    Call& call = calls_.emplace_back();
    call.index = index;
    call.has_index = fragment.index.has_value();
    call.id = fragment.id;
    if (!call.id.empty()) by_id_[call.id] = &call;
    if (!call.has_index) return call;
    at_index_[index] = &call;
    if (!call.id.empty()) by_id_at_[{call.id, index}] = &call;
    return call;
}

std::size_t ToolCalls::weight() const {
    constexpr std::size_t kIndexed = 256;  // in its list and its maps
    std::size_t bytes = 0;
    for (const Call& call : calls_)
        bytes += sizeof(Call) + kIndexed + call.object.weight();
    return bytes;
}

JsonDraft ToolCalls::finish() {
    calls_.sort([](const Call& a, const Call& b) { return a.index < b.index; });  // stable
    JsonDraft array;
    for (Call& call : calls_) {
        if (!call.has_type && call.is_function) call.object.member("type").set(R"("function")");
        array.addElement() = std::move(call.object);
    }
    return array;
}

}  // namespace waybill::server
