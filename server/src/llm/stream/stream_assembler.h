// The object that a stream amounts to.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "llm/api_kind.h"
#include "llm/backend_error.h"
#include "llm/stream/sse_reader.h"

namespace waybill::server {

/// Puts together, from the events of a stream, the object that the same call would have answered
/// without `stream`, or none: what cannot be read exactly, or merged without a loss, is never left
/// out. Texts, numbers and unknown members keep their spelling. Pure; holds what the object needs
/// and no more, in time and memory linear in the bytes.
class StreamAssembler {
public:
    /// Of `weight`, over the bytes that came, so that many tiny members do not take many times
    /// those.
    static constexpr std::size_t kMostOverhead = std::size_t{256} * 1024 * 1024;

    explicit StreamAssembler(TextMask mask) : mask_(std::move(mask)) {}
    virtual ~StreamAssembler() = default;

    virtual void take(const SseEvent& event) = 0;

    /// Whether the event has come that says that the object is whole.
    virtual bool done() const { return done_; }

    /// The data of the event that ends the stream, with what it left out of the object put in, for
    /// an event that has not been taken yet; nothing when it is any other, or left nothing out.
    virtual std::optional<std::string> completed(const SseEvent&) const { return std::nullopt; }

    /// The object, or nothing. `clean`: the stream ended as its sender wished. Once.
    virtual std::optional<std::string> finish(bool clean) = 0;

    /// About how many bytes it takes. Costs as much as going through the members.
    virtual std::size_t weight() const = 0;

    /// Why what came makes no object, as a sentence; empty: it only came to no end.
    const std::string& reason() const { return reason_; }

protected:
    /// No object can be made any more; the first reason counts.
    void fail(std::string reason) {
        if (!failed_) reason_ = std::move(reason);
        failed_ = true;
    }
    bool failed() const { return failed_; }

    /// Fails when an event has more values than can be put together, before it is read.
    void checkValues(const SseEvent& event);

    /// Fails when what came has, after an event was taken. Looks now and then, so that time stays
    /// linear.
    void checkOverhead(const SseEvent& event);

    bool done_ = false;
    const TextMask mask_;  ///< for what a backend's error says

private:
    std::string reason_;
    bool failed_ = false;
    std::size_t taken_ = 0;  // bytes
    std::size_t next_look_ = 0;
};

/// About how many bytes an event takes while it is read, beside what it is put into.
std::size_t takenWhileRead(const SseEvent& event);

/// For a stream whose object was given up: it holds nothing and makes none, for this reason.
std::unique_ptr<StreamAssembler> makeGivenUp(std::string reason);

/// `unanswered`: for a response of which nothing has come: the object as far as the request says
/// it. `mask` is applied to what a backend's error says.
std::unique_ptr<StreamAssembler> makeStreamAssembler(ApiKind api, std::string unanswered,
                                                     TextMask mask = {});

}  // namespace waybill::server
