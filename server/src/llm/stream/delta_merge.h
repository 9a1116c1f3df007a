// Pieces of a streamed object, merged by the rules of the table (merge_rules.h).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "llm/stream/json_draft.h"
#include "llm/stream/merge_rules.h"
#include "llm/stream/tool_calls.h"

namespace waybill::server {

/// Merges the pieces of one object, and remembers what its tool calls and reasoning details need.
/// The drafts must outlive it. Time is linear in the bytes of the pieces.
class DeltaMerge {
public:
    /// Takes the members of `piece`, a JSON object that stands at `place`, into `into`.
    void merge(JsonDraft& into, std::string_view piece, Place place);

    /// Takes one member's value in by this rule.
    void mergeValue(JsonDraft& into, std::string_view value, const MergeRule& rule);

    /// The tool calls, put in their place; once, at the end.
    void placeToolCalls(JsonDraft& message);

    /// About how many bytes it takes beside what it has put into drafts.
    std::size_t weight() const;

    /// Why what came cannot be merged without a loss, as a sentence; empty: it can.
    const std::string& problem() const { return problem_; }

private:
    void mergeText(JsonDraft& into, std::string_view value, Merge merge);
    void mergeParts(JsonDraft& into, std::string_view value);
    void mergePart(JsonDraft& into, std::string_view part);
    void mergeDetails(JsonDraft& into, std::string_view details);
    JsonDraft& detailFor(JsonDraft& into, const std::vector<PieceMember>& detail);
    void mergeElements(JsonDraft& into, std::string_view elements);
    void mergeUnknown(JsonDraft& into, std::string_view value);
    void setWhole(JsonDraft& into, std::string_view value);
    void mergeInside(JsonDraft& into, std::string_view object, Place place);

    ToolCalls calls_;
    std::map<std::string, JsonDraft*> details_;  // by place, type and id
    int depth_ = 0;
    Beside beside_ = Beside::kNothing;  // of the object at hand: pieces that the table names
    std::string problem_;
};

}  // namespace waybill::server
