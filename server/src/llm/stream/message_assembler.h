// The object of an Anthropic Messages stream.
#pragma once

#include <cstdint>
#include <list>
#include <map>

#include "llm/stream/delta_merge.h"
#include "llm/stream/json_draft.h"
#include "llm/stream/stream_assembler.h"
#include "llm/stream/stream_event.h"

namespace waybill::server {

/// `message_start` carries the message, `content_block_…` its content, `message_delta` how it
/// stopped and what was used; events of other types say nothing about it, as Anthropic asks.
class MessageAssembler final : public StreamAssembler {
public:
    using StreamAssembler::StreamAssembler;

    void take(const SseEvent& event) override;
    std::optional<std::string> finish(bool clean) override;
    std::size_t weight() const override;

private:
    struct Block {
        std::uint64_t index = 0;
        JsonDraft object;
        DeltaMerge merge;
        std::string input_json;  ///< a tool's input, as a JSON string spells it
    };

    void takeStart(const StreamEvent& event);
    void takeBlockStart(const StreamEvent& event);
    void takeBlockDelta(const StreamEvent& event);
    void takeMessageDelta(const StreamEvent& event);
    void placeInput(Block& block);
    bool cutByLimit();

    JsonDraft message_;
    DeltaMerge merge_;
    std::list<Block> blocks_;
    std::map<std::uint64_t, Block*> at_index_;  // the latest of each index
    bool started_ = false;
};

}  // namespace waybill::server
