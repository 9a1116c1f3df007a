#include "llm/echo/echo_backend.h"

#include <algorithm>
#include <deque>

#include "llm/echo/echo_call.h"

namespace waybill::server {
namespace {

struct Piece {
    Duration after{};  ///< the beginning of the call
    std::string bytes;
};

std::deque<Piece> wholeAnswer(const EchoCall& call, Duration delay) {
    return {{delay, echoObject(call)}};
}

std::deque<Piece> streamedAnswer(const EchoCall& call, Duration delay) {
    EchoStream stream = echoStream(call);
    std::deque<Piece> pieces = {{Duration::zero(), std::move(stream.beginning)}};
    const auto steps = static_cast<Duration::rep>(std::max<std::size_t>(stream.tokens.size(), 1));
    for (Duration::rep i = 0; i < static_cast<Duration::rep>(stream.tokens.size()); ++i)
        pieces.push_back(
            {delay * (i + 1) / steps, std::move(stream.tokens[static_cast<std::size_t>(i)])});
    pieces.push_back({delay, std::move(stream.end)});
    return pieces;
}

}  // namespace

/// Pieces that are due one after the other.
class EchoBackend::Reply final : public BackendReply {
public:
    Reply(EchoBackend& backend, std::string content_type, std::deque<Piece> pieces)
        : backend_(backend), pieces_(std::move(pieces)), began_at_(now()) {
        head_.status = 200;
        head_.content_type = std::move(content_type);
    }

    Read read(std::string& bytes, MonotonicTime until) override {
        if (pieces_.empty()) return endWith({true, false, ""});
        const MonotonicTime due = began_at_ + pieces_.front().after;
        if (!waitUntil(std::min(due, until)))
            return endWith({false, false, "The server is shutting down."});
        if (now() < due) return Read::kNotYet;
        if (!std::exchange(head_read_, true)) return Read::kHead;
        bytes.append(pieces_.front().bytes);
        pieces_.pop_front();
        return Read::kBody;
    }

    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }

    void cancel() override {
        {
            const std::lock_guard lock(backend_.mutex_);
            cancelled_ = true;
        }
        backend_.cancelled_changed_.notify_all();
    }

private:
    static MonotonicTime now() {
        return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
    }

    /// False when the call was cancelled meanwhile.
    bool waitUntil(MonotonicTime until) {
        std::unique_lock lock(backend_.mutex_);
        return !backend_.cancelled_changed_.wait_until(
            lock, until, [this] { return cancelled_ || backend_.cancelled_; });
    }

    Read endWith(BackendEnd end) {
        end_ = std::move(end);
        return Read::kEnd;
    }

    EchoBackend& backend_;
    std::deque<Piece> pieces_;
    const MonotonicTime began_at_;
    BackendHead head_;
    BackendEnd end_;
    bool head_read_ = false;
    bool cancelled_ = false;  // under the backend's mutex
};

std::int64_t EchoBackend::unixNow() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now().wall).time_since_epoch().count();
}

std::unique_ptr<BackendReply> EchoBackend::create(BackendCall call) {
    const EchoCall echo = readEchoCall(call, unixNow());
    if (call.stream)
        return std::make_unique<Reply>(*this, "text/event-stream", streamedAnswer(echo, delay_));
    return std::make_unique<Reply>(*this, "application/json", wholeAnswer(echo, delay_));
}

/// The list of models, in both vendors' shapes at once.
std::unique_ptr<BackendReply> EchoBackend::pass(PassedCall) {
    std::string list =
        R"({"object":"list","data":[{"id":"echo","object":"model","type":"model","created":0,)"
        R"("created_at":"1970-01-01T00:00:00Z","display_name":"Echo","owned_by":"waybill"}],)"
        R"("has_more":false,"first_id":"echo","last_id":"echo"})";
    return std::make_unique<Reply>(*this, "application/json",
                                   std::deque<Piece>{{Duration::zero(), std::move(list)}});
}

void EchoBackend::cancel() {
    {
        const std::lock_guard lock(mutex_);
        cancelled_ = true;
    }
    cancelled_changed_.notify_all();
}

}  // namespace waybill::server
