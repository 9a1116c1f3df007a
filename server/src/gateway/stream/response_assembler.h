// The object of a Responses stream.
#pragma once

#include <cstdint>
#include <map>

#include "gateway/stream/stream_assembler.h"

namespace waybill::server {

/// The last event carries it whole. Of a stream that was cut short it is the object as its last
/// event had it, `failed`, with the output items that were finished.
class ResponseAssembler final : public StreamAssembler {
public:
    explicit ResponseAssembler(std::string unanswered) : object_(std::move(unanswered)) {}

    void take(const SseEvent& event) override;
    bool done() const override { return done_; }
    std::optional<std::string> finish(bool clean) override;

private:
    std::string object_;
    std::map<std::uint64_t, std::string> finished_items_;
    std::string problem_ = "The upstream's stream ended before the response was complete.";
    bool done_ = false;
};

}  // namespace waybill::server
