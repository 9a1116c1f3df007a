// The object of a Chat Completions stream.
#pragma once

#include <cstdint>
#include <map>

#include "llm/stream/delta_merge.h"
#include "llm/stream/json_draft.h"
#include "llm/stream/stream_assembler.h"

namespace waybill::server {

/// Chunks put together: the deltas of each choice become its message; what else a choice or the
/// chunks say, such as usage, is merged by the table (merge_rules.h).
class ChatAssembler final : public StreamAssembler {
public:
    using StreamAssembler::StreamAssembler;

    void take(const SseEvent& event) override;
    std::optional<std::string> finish(bool clean) override;
    std::size_t weight() const override;

private:
    struct Choice {
        JsonDraft message;
        JsonDraft whole_message;  ///< of a backend that says it instead of deltas
        JsonDraft rest;           ///< logprobs, finish_reason and what else there is
        DeltaMerge merge;
    };

    void takeMember(std::string_view key, std::string_view value);
    void takeChoices(std::string_view choices);
    void takeChoice(std::string_view choice);
    bool allFinished();

    JsonDraft object_;
    DeltaMerge merge_;
    std::map<std::uint64_t, Choice> choices_;
};

}  // namespace waybill::server
