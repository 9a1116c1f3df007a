// One attempt on the wire.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/connection.h"
#include "http/reactor_context.h"
#include "http/response_reader.h"
#include "http/timer_queue.h"
#include "waybill/callback_url.h"

namespace waybill::http {

/// Takes one request from its submission to its outcome: look-up, address check, connection (a
/// pooled one, or the checked addresses one after the other), TLS, request, answer. Ends exactly
/// once, at its deadline at the latest, by calling the submission's `done`; after that it does
/// nothing and may be destroyed, but not from within a call. On its reactor's thread.
class Exchange {
public:
    /// Throws std::bad_alloc; `submission` is as it was then.
    Exchange(ReactorContext& context, std::uint64_t id, Submission&& submission);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    void start();
    void lookedUp(const Resolution& resolution);
    void ready(std::uint32_t events);  ///< of its connection; from epoll
    void timerExpired(MonotonicTime now);
    void signalled(AnswerStream::Signal signal);  ///< by the reader of its stream
    void bodyStirred();                           ///< by the maker of its body

    /// Ends it as `local_fault`, unless its status has come already.
    void abort(std::string_view why);

    /// Ends it after a step that has thrown, in a catch block. `done` is called whatever else
    /// fails.
    void breakOff() noexcept;

    bool finished() const { return phase_ == Phase::kFinished; }
    std::uint64_t id() const { return id_; }

private:
    enum class Phase { kLookUp, kConnect, kTls, kTransfer, kFinished };

    void lookUp();
    void refuse(const IpAddress& address, const std::string& why);
    void reuseOrConnect();
    void connectToNext();
    int open();
    void connectDecided(std::uint32_t events);
    void continueHandshake(std::uint32_t events);
    void startTransfer(std::uint32_t events);
    void transfer(std::uint32_t events);
    void send();
    bool takePiece();
    void receive();
    void take(std::string_view bytes);
    void headArrived();
    bool attachStream();
    void passOn();
    void streamEnded(bool clean);
    void streamBroke(const IoResult& result);
    void diedUnanswered(FailureReason reason, std::string detail);

    void complete();
    void completeWithoutRest();
    void fail(FailureReason reason, std::string detail);
    void finish();
    bool drainedBy(std::size_t bytes_read) const;
    bool connectionReusable(std::size_t last_read);
    void keepConnection();
    void closeConnection();
    void dropRequest();
    void callDone() noexcept;
    std::string timeoutDetail() const;
    bool requestSent() const { return sent_ == request_bytes_ && !request_.body_stream; }

    ReactorContext& context_;
    const std::uint64_t id_;
    AttemptRequest request_;
    Transport::Completion done_;
    ResolverPool::Ticket lookup_;
    const MonotonicTime submitted_at_;
    const MonotonicTime deadline_;
    Timer timer_;

    Phase phase_ = Phase::kLookUp;
    MonotonicTime phase_began_at_{};
    Origin origin_;
    std::vector<IpAddress> addresses_;  ///< checked
    std::size_t next_address_ = 0;
    std::string connect_problem_;
    std::unique_ptr<Connection> connection_;

    std::string head_;  ///< of the request; freed once sent
    std::size_t request_bytes_ = 0;
    std::size_t sent_ = 0;  ///< of them; both of the piece, where the body comes in pieces
    std::uint64_t streamed_bytes_ = 0;  ///< of such a body
    bool hung_up_ = false;              ///< the receiver sends nothing after what is there
    bool paused_ = false;               ///< the reader of the stream has enough for now
    bool send_broken_ = false;          ///< no more can be sent, but an answer may have come before
    ResponseReader reader_;
    AttemptOutcome outcome_;
};

}  // namespace waybill::http
