// The object of an Anthropic Messages stream.
#pragma once

#include <cstdint>
#include <map>

#include "gateway/stream/json_draft.h"
#include "gateway/stream/stream_assembler.h"
#include "gateway/stream/stream_event.h"

namespace waybill::server {

/// `message_start` carries the message, `content_block_…` its content, `message_delta` how it
/// stopped and what was used.
class MessageAssembler final : public StreamAssembler {
public:
    void take(const SseEvent& event) override;
    bool done() const override { return done_; }
    std::optional<std::string> finish(bool clean) override;

private:
    struct Block {
        JsonDraft object;
        std::string input_json;  ///< pieces of a tool's input
    };

    void takeBlockDelta(Block& block, std::string_view delta);
    void takeMessageDelta(const StreamEvent& event);

    JsonDraft message_;
    std::map<std::uint64_t, Block> blocks_;
    bool started_ = false;
    bool failed_ = false;
    bool done_ = false;
};

}  // namespace waybill::server
