// What other threads hand to a reactor.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "http/descriptor.h"
#include "waybill/answer_stream.h"
#include "waybill/resolver.h"
#include "waybill/transport.h"

namespace waybill::http {

/// A request to send.
struct Submission {
    AttemptRequest request;
    Transport::Completion done;
    MonotonicTime submitted_at{};
};

/// A look-up has ended.
struct Lookup {
    std::uint64_t exchange = 0;
    std::shared_ptr<const Resolution> resolution;
};

/// From the reader of a streamed answer.
struct StreamSignal {
    std::uint64_t exchange = 0;
    AnswerStream::Signal signal = AnswerStream::Signal::kGoOn;
};

struct Stop {};

using Letter = std::variant<Submission, Lookup, StreamSignal, Stop>;

/// A queue with one reader, which sleeps on a descriptor. A writer makes a system call only when
/// the reader sleeps and nobody has woken it yet.
class Mailbox {
public:
    /// Throws Poco::SystemException when there is no descriptor to be had.
    Mailbox();

    /// Any thread.
    void post(Letter letter);

    /// For the reader: appends what has come in. It is awake from now on.
    void take(std::vector<Letter>& letters);

    /// For the reader: it is about to wait for the descriptor. False when it must not, because
    /// something is there.
    bool fallAsleep();

    /// Watch it for input, edge-triggered: it is written to and never read.
    int fd() const { return descriptor_.get(); }

private:
    Descriptor descriptor_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
    bool asleep_ = false;
};

}  // namespace waybill::http
