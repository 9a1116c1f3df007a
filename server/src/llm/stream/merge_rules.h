// How each member of a streamed piece is merged into the object.
#pragma once

#include <string_view>

namespace waybill::server {

/// Where in a stream an object stands.
enum class Place {
    kChunk,            ///< a chat chunk
    kChoice,           ///< an element of its `choices`
    kLogprobs,         ///< a choice's `logprobs`
    kFacts,            ///< an object whose members are said whole each time
    kDelta,            ///< a choice's `delta`
    kToolCall,         ///< an element of a delta's `tool_calls`
    kFunction,         ///< what a call calls
    kAudio,            ///< a delta's `audio`
    kReasoningDetail,  ///< an element of a delta's `reasoning_details`
    kContentPart,      ///< an element of a content that is a list of typed parts
    kMessageDelta,     ///< Anthropic: a `message_delta` event, and its `delta`
    kBlockDelta,       ///< Anthropic: the `delta` of a `content_block_delta`
    kElsewhere         ///< inside a member that the table does not name
};

enum class Merge {
    kFact,      ///< kLast, but an array that neither repeats nor extends the one before is added
    kLast,      ///< what was said last; null, "", [] and {} undo nothing
    kFirst,     ///< what was said first, null, "", [], {} and 0 apart
    kAppend,    ///< a text that grows
    kOnce,      ///< a text that grows, unless the same is said again
    kElements,  ///< an array whose elements are added
    kMembers,   ///< an object, member by member
    kParts,     ///< a text that grows, or a list of typed parts whose last one grows
    kCalls,     ///< fragments of tool calls (tool_calls.h)
    kDetails,   ///< an array whose elements are merged by their own `index`, `type` and `id`
    kByValue,   ///< unknown: see `merge_rules.cpp`
    kDrop       ///< says nothing about the object
};

struct MergeRule {
    Place place = Place::kElsewhere;
    std::string_view member;
    Merge merge = Merge::kByValue;
    Place inside = Place::kElsewhere;  ///< of kMembers: where its members stand
};

/// The rule for a member; for one that the table does not name, the rule of its place.
MergeRule mergeRule(Place place, std::string_view member);

}  // namespace waybill::server
