// The object of a Responses stream.
#pragma once

#include <cstdint>
#include <map>

#include "llm/stream/stream_assembler.h"
#include "llm/stream/stream_event.h"

namespace waybill::server {

/// The last event carries it whole; where its `output` is empty, with the output items that were
/// finished. Of a stream that was cut short, or ended by an error, it is the object as its last
/// event had it, `failed`, with the output items that were finished. An event that cannot be read
/// does no harm to an object that another event carries whole.
class ResponseAssembler final : public StreamAssembler {
public:
    ResponseAssembler(std::string unanswered, TextMask mask)
        : StreamAssembler(std::move(mask)), object_(std::move(unanswered)) {}

    void take(const SseEvent& event) override;
    std::optional<std::string> completed(const SseEvent& event) const override;
    std::optional<std::string> finish(bool clean) override;
    std::size_t weight() const override;

private:
    bool lacksItems(const StreamEvent& event) const;
    std::string output() const;

    std::string object_;
    std::map<std::uint64_t, std::string> finished_items_;
    std::string unreadable_;  ///< the problem of the first event that could not be read
    BackendError error_;
};

}  // namespace waybill::server
