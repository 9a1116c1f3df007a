#include "llm/stream/merge_rules.h"

#include <algorithm>
#include <array>

namespace waybill::server {
namespace {

using P = Place;
using M = Merge;

// Sources: [O] OpenAI API reference, "Chat completions: streaming events", and what its clients do
// with a delta (openai-python lib/streaming/_deltas.py, openai-node lib/ChatCompletionStream.ts).
// [A] Anthropic, "Streaming messages", and its clients (lib/MessageStream). [Z] Azure OpenAI,
// "Content streaming". [V] vLLM, entrypoints/openai/protocol.py. [L] llama.cpp, tools/server
// README. [R] OpenRouter, "Reasoning tokens" and "Streaming". [M] Mistral, "Reasoning" and its
// OpenAPI document (ThinkChunk, TextChunk). [G] Google, "OpenAI compatibility" and "Thought
// signatures". [P] Perplexity, "Streaming".
//
// An unknown member of a chunk, of a choice or beside Anthropic's `delta` is a fact that is said
// whole each time (llama.cpp's `timings`, Groq's `x_groq`, Perplexity's `citations`, OpenRouter's
// `provider`): the last one counts. An array in a chunk or a choice that neither repeats nor
// extends the one before is a part of its own: its elements are added, so that nothing is missing.
//
// An unknown member of a delta is merged by what it is, as OpenAI's clients do:
// - A text grows: to leave a piece out would lose what the client got. One exception: a text that
//   says the same each time, and stands beside members that the table names (once beside one that
//   says something), is a label of those pieces, and kept once. Pieces of a text that are all the
//   same ("ha", "ha") are no label: they come by themselves.
// - A number, true and false: the last one. Null undoes nothing.
// - An object is merged member by member. The elements of an array are merged by their own `index`
//   where they have one, else added.
// - Two values that do not fit together (a text, then an object) make no object of the stream.
constexpr std::array kRules = {
    // The chunk. [O] All chunks of a stream have the same id, created and model; in Azure's first
    // one, about the prompt, they are empty [Z].
    MergeRule{P::kChunk, "id", M::kFirst},          // [O]
    MergeRule{P::kChunk, "created", M::kFirst},     // [O]
    MergeRule{P::kChunk, "model", M::kFirst},       // [O]
    MergeRule{P::kChunk, "usage", M::kLast},        // [O] once; [V] cumulative in every chunk
    MergeRule{P::kChunk, "obfuscation", M::kDrop},  // [O] pads the wire

    MergeRule{P::kChunk, "token_ids", M::kElements},      // [V] those of this chunk
    MergeRule{P::kChunk, "prompt_token_ids", M::kFirst},  // [V] whole, once

    MergeRule{P::kChoice, "index", M::kDrop},  // is its place
    MergeRule{P::kChoice, "logprobs", M::kMembers, P::kLogprobs},
    MergeRule{P::kChoice, "finish_reason", M::kLast},  // [O] null in all chunks but one
    MergeRule{P::kChoice, "stop_reason", M::kLast},    // [V] once
    MergeRule{P::kChoice, "token_ids", M::kElements},  // [V] those of this chunk
    MergeRule{P::kChoice, "prompt_token_ids", M::kFirst},
    MergeRule{P::kChoice, "content_filter_results", M::kMembers, P::kFacts},  // [Z]
    MergeRule{P::kChoice, "content_filter_offsets", M::kLast},                // [Z]
    MergeRule{P::kChoice, "obfuscation", M::kDrop},

    MergeRule{P::kLogprobs, "content", M::kElements},  // [O] those of this chunk
    MergeRule{P::kLogprobs, "refusal", M::kElements},  // [O]
    MergeRule{P::kLogprobs, "tokens", M::kElements},   // these four: [V] as legacy completions
    MergeRule{P::kLogprobs, "token_logprobs", M::kElements},
    MergeRule{P::kLogprobs, "top_logprobs", M::kElements},
    MergeRule{P::kLogprobs, "text_offset", M::kElements},

    MergeRule{P::kDelta, "role", M::kLast},                // [O] once; others repeat it
    MergeRule{P::kDelta, "content", M::kParts},            // [O] text; [M] text or parts
    MergeRule{P::kDelta, "refusal", M::kAppend},           // [O]
    MergeRule{P::kDelta, "reasoning", M::kParts},          // [R], [V], Ollama, Groq
    MergeRule{P::kDelta, "reasoning_content", M::kParts},  // DeepSeek, [V], [L]
    MergeRule{P::kDelta, "thinking", M::kParts},
    MergeRule{P::kDelta, "reasoning_details", M::kDetails},            // [R]
    MergeRule{P::kDelta, "tool_calls", M::kCalls},                     // [O], [G]
    MergeRule{P::kDelta, "function_call", M::kMembers, P::kFunction},  // [O] deprecated
    MergeRule{P::kDelta, "audio", M::kMembers, P::kAudio},             // [O]
    MergeRule{P::kDelta, "annotations", M::kElements},                 // [O], [R]
    MergeRule{P::kDelta, "obfuscation", M::kDrop},

    MergeRule{P::kToolCall, "index", M::kDrop},  // is its place; no whole answer has it [O]
    MergeRule{P::kToolCall, "function", M::kMembers, P::kFunction},
    MergeRule{P::kToolCall, "custom", M::kMembers, P::kFunction},  // [O] custom tools
    // Most say it once; some repeat it whole with each fragment, some send it in pieces.
    MergeRule{P::kFunction, "name", M::kOnce},
    MergeRule{P::kFunction, "arguments", M::kAppend},  // [O]
    MergeRule{P::kFunction, "input", M::kAppend},      // [O] of a custom tool

    MergeRule{P::kAudio, "data", M::kAppend},        // [O] Base64
    MergeRule{P::kAudio, "transcript", M::kAppend},  // [O]

    MergeRule{P::kReasoningDetail, "text", M::kAppend},     // [R]
    MergeRule{P::kReasoningDetail, "summary", M::kAppend},  // [R]
    MergeRule{P::kReasoningDetail, "data", M::kOnce},       // [R] encrypted, whole

    MergeRule{P::kContentPart, "text", M::kAppend},  // [M]
    MergeRule{P::kContentPart, "refusal", M::kAppend},
    MergeRule{P::kContentPart, "thinking", M::kParts},  // [M]

    MergeRule{P::kMessageDelta, "type", M::kDrop},                 // the event's
    MergeRule{P::kMessageDelta, "delta", M::kDrop},                // taken by itself
    MergeRule{P::kMessageDelta, "usage", M::kMembers, P::kFacts},  // [A] cumulative

    MergeRule{P::kBlockDelta, "type", M::kDrop},        // the delta's
    MergeRule{P::kBlockDelta, "text", M::kAppend},      // [A] text_delta
    MergeRule{P::kBlockDelta, "thinking", M::kAppend},  // [A] thinking_delta
    MergeRule{P::kBlockDelta, "content", M::kAppend},   // [A] compaction_delta
    // [A] signature_delta, whole: `signature` below. citations_delta and input_json_delta become
    // other members than they are: message_assembler.cpp.
};

// Wherever the rule would be kByValue. [O] `index` and `type` are never text; neither are these,
// nor what ends with `_id`.
constexpr std::array kAnywhere = {
    MergeRule{P::kElsewhere, "index", M::kLast},
    MergeRule{P::kElsewhere, "type", M::kLast},
    MergeRule{P::kElsewhere, "id", M::kLast},
    MergeRule{P::kElsewhere, "name", M::kLast},
    MergeRule{P::kElsewhere, "role", M::kLast},
    MergeRule{P::kElsewhere, "format", M::kLast},  // [R]
    MergeRule{P::kElsewhere, "object", M::kLast},
    MergeRule{P::kElsewhere, "status", M::kLast},
    MergeRule{P::kElsewhere, "signature", M::kOnce},          // [A], [R] whole
    MergeRule{P::kElsewhere, "thought_signature", M::kOnce},  // [G] whole
};

bool saysFacts(Place place) {
    return place == P::kFacts || place == P::kMessageDelta;
}

}  // namespace

MergeRule mergeRule(Place place, std::string_view member) {
    const auto known = std::find_if(kRules.begin(), kRules.end(), [&](const MergeRule& rule) {
        return rule.place == place && rule.member == member;
    });
    if (known != kRules.end()) return *known;
    if (place == P::kChunk || place == P::kChoice) return {place, member, M::kFact};
    if (saysFacts(place)) return {place, member, M::kLast};
    const auto anywhere =
        std::find_if(kAnywhere.begin(), kAnywhere.end(),
                     [&](const MergeRule& rule) { return rule.member == member; });
    if (anywhere != kAnywhere.end()) return *anywhere;
    return {place, member, member.ends_with("_id") ? M::kLast : M::kByValue};
}

}  // namespace waybill::server
