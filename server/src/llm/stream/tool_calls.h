// The tool calls of a message, from their fragments.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/stream/json_draft.h"

namespace waybill::server {

class DeltaMerge;

/// Whether the pieces of a text have made one whole JSON object or array. Counts brackets, nothing
/// else.
class BracketCount {
public:
    void add(std::string_view text);
    bool whole() const { return begun_ && depth_ == 0 && !in_string_; }

private:
    std::size_t depth_ = 0;
    bool begun_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
};

/// Which call a fragment belongs to, by what backends send (OpenAI: `index`, and `id` in the first
/// fragment; Ollama and adapters: `index` 0 for all, with an `id` each; Gemini: whole calls without
/// `index`):
/// - An id of its own belongs to the call with that id (and that index, where both have one).
/// - Another id is another call, at whatever index.
/// - An index without an id belongs to the call that was last opened there.
/// - Neither belongs to the call of the fragment before.
/// - A fragment that names a function is another call where the one that it would belong to is
///   named too: without an index, unless that has the same name and only begun its arguments; with
///   an index, once those arguments are whole. With an index and another name before that, nobody
///   can tell: no call is made of it. An index that is no whole number is none.
class ToolCalls {
public:
    /// Takes the elements of a delta's `tool_calls`, a JSON array. False: one is no fragment, or
    /// nobody can tell to which call it belongs.
    bool take(std::string_view fragments, DeltaMerge& merge);

    bool empty() const { return calls_.empty(); }

    /// About how many bytes they take, with their text.
    std::size_t weight() const;

    /// The calls as an array, by their index; without it, as in an answer that is not streamed.
    JsonDraft finish();

private:
    struct Call {
        std::uint64_t index = 0;
        bool has_index = false;
        bool has_type = false;
        bool is_function = false;
        bool has_arguments = false;
        std::string id;
        std::string name;
        BracketCount arguments;
        JsonDraft object;
    };
    struct Fragment {
        std::optional<std::uint64_t> index;
        std::string_view id;         ///< as it is spelled; empty: none
        std::string_view name;       ///< the same
        std::string_view arguments;  ///< JSON; empty: none
    };

    Call& callOf(const Fragment& fragment);
    Call* opened(const Fragment& fragment);
    bool isAnother(const Call& before, const Fragment& fragment);
    Call& open(const Fragment& fragment);

    bool ambiguous_ = false;
    std::list<Call> calls_;
    Call* last_ = nullptr;                                             // of the last fragment
    std::map<std::string, Call*, std::less<>> by_id_;                  // the latest of each id
    std::map<std::pair<std::string, std::uint64_t>, Call*> by_id_at_;  // by id and index
    std::map<std::uint64_t, Call*> at_index_;                          // the latest of each index
};

}  // namespace waybill::server
