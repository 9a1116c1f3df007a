// What other threads hand to a reactor.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "waybill/answer_stream.h"
#include "waybill/mailbox.h"
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

/// There is more of a body that is sent while it is made.
struct BodyStirred {
    std::uint64_t exchange = 0;
};

struct Stop {};

using Letter = std::variant<Submission, Lookup, StreamSignal, BodyStirred, Stop>;

using Mailbox = waybill::Mailbox<Letter>;

}  // namespace waybill::http
