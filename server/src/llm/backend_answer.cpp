#include "llm/backend_answer.h"

namespace waybill::server {
namespace {

void endWith(BackendAnswer& answer, const BackendEnd& end) {
    if (end.whole) return;
    answer.failure = end.failure;
    answer.timed_out = end.timed_out;
}

void abandon(BackendReply& reply, BackendAnswer& answer) {
    reply.cancel();
    answer.failure = "The client has gone away.";
    answer.abandoned = true;
}

}  // namespace

MonotonicTime fromNow(Duration duration) {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()) + duration;
}

bool awaitHead(BackendReply& reply, const Abandoned& abandoned, BackendAnswer& answer) {
    std::string none;
    for (;;) {
        switch (reply.read(none, nextGlance())) {
            case BackendReply::Read::kHead:
                answer.head = reply.head();
                return true;
            case BackendReply::Read::kEnd:
                endWith(answer, reply.end());
                return false;
            case BackendReply::Read::kBody:
            case BackendReply::Read::kNotYet:
                break;
        }
        if (abandoned && abandoned()) {
            abandon(reply, answer);
            return false;
        }
    }
}

void readRest(BackendReply& reply, const AnswerLimits& limits, const Abandoned& abandoned,
              BackendAnswer& answer) {
    const std::size_t before = limits.memory == nullptr ? 0 : limits.memory->bytes();
    const auto giveUp = [&](std::string why) {
        reply.cancel();
        answer.body = std::string();
        answer.failure = std::move(why);
    };
    for (;;) {
        switch (reply.read(answer.body, nextGlance())) {
            case BackendReply::Read::kEnd:
                return endWith(answer, reply.end());
            case BackendReply::Read::kNotYet:
                if (abandoned && abandoned()) return abandon(reply, answer);
                break;
            case BackendReply::Read::kHead:
            case BackendReply::Read::kBody:
                break;
        }
        if (answer.body.size() > limits.most_bytes) return giveUp(tooLarge(limits.most_bytes));
        answer.memory_full =
            limits.memory != nullptr && !limits.memory->growTo(before + answer.body.capacity());
        if (answer.memory_full) {
            giveUp(std::string(kNoMemoryForAnswer));
            return limits.memory->shrinkTo(before);
        }
    }
}

BackendAnswer readWhole(BackendReply& reply, const AnswerLimits& limits,
                        const Abandoned& abandoned) {
    BackendAnswer answer;
    if (awaitHead(reply, abandoned, answer)) readRest(reply, limits, abandoned, answer);
    return answer;
}

std::string tooLarge(std::size_t most_bytes) {
    return "The backend's answer is larger than the " + std::to_string(most_bytes) +
           " bytes that --max-response allows.";
}

}  // namespace waybill::server
