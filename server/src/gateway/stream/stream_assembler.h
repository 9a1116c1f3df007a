// The object that a stream amounts to.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/api_kind.h"
#include "gateway/stream/sse_reader.h"

namespace waybill::server {

/// Puts together, from the events of a stream, the object that the same call would have answered
/// without `stream`. Texts, numbers and unknown members keep their spelling. Pure; holds what the
/// object needs and no more.
class StreamAssembler {
public:
    virtual ~StreamAssembler() = default;

    virtual void take(const SseEvent& event) = 0;

    /// Whether the event has come that says that the object is whole.
    virtual bool done() const = 0;

    /// The object; nothing when there is none because the stream was cut short. `clean`: the stream
    /// ended as its sender wished. Once.
    virtual std::optional<std::string> finish(bool clean) = 0;
};

/// `unanswered`: for a response of which nothing has come: the object as far as the request says
/// it.
std::unique_ptr<StreamAssembler> makeStreamAssembler(ApiKind api, std::string unanswered);

}  // namespace waybill::server
