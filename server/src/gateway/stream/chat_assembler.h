// The object of a Chat Completions stream.
#pragma once

#include <cstdint>
#include <map>

#include "gateway/stream/json_draft.h"
#include "gateway/stream/stream_assembler.h"

namespace waybill::server {

/// Chunks put together: the deltas of each choice become its message; what else a choice or the
/// chunks say, such as usage, stands as it was said last.
class ChatAssembler final : public StreamAssembler {
public:
    void take(const SseEvent& event) override;
    bool done() const override { return done_; }
    std::optional<std::string> finish(bool clean) override;

private:
    struct Choice {
        JsonDraft message;
        JsonDraft rest;  ///< logprobs, finish_reason and what else there is
    };

    void takeMember(std::string_view key, std::string_view value);
    void takeChoice(std::string_view choice);
    bool allFinished() const;
    JsonDraft choiceObject(std::uint64_t index, Choice& choice) const;

    JsonDraft object_;
    std::map<std::uint64_t, Choice> choices_;
    bool failed_ = false;
    bool done_ = false;
};

}  // namespace waybill::server
