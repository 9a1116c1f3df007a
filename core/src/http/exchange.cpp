#include "http/exchange.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cerrno>

#include "http/request_writer.h"
#include "net/remedy.h"
#include "net/request_url.h"
#include "waybill/body_stream.h"
#include "waybill/secret_text.h"

namespace waybill::http {
namespace {

// An address that does not answer a connection attempt gets this long, or its fair share of what
// is left of the attempt, before the next one is tried. It covers two repetitions of a lost SYN.
constexpr Duration kLongestConnect = std::chrono::seconds(5);

constexpr Duration kLongestTimeout = std::chrono::hours(24);

// One exchange sends at most this much before others have their turn.
constexpr std::size_t kSendTurnBytes = 1024 * 1024;

// Or reads this often: a receiver may put every byte into a TLS record of its own.
constexpr int kReceiveTurnReads = 64;

bool outOfDescriptors(int error) {
    return error == EMFILE || error == ENFILE;
}

// Also what it has allocated: an assignment keeps that.
template <typename Container>
void release(Container& container) {
    Container().swap(container);
}

}  // namespace

Exchange::Exchange(ReactorContext& context, std::uint64_t id, Submission&& submission)
    : context_(context),
      id_(id),
      submitted_at_(submission.submitted_at),
      deadline_(submitted_at_ + std::min(submission.request.timeout, kLongestTimeout)),
      timer_(this),
      // Who takes an answer as it comes counts it itself, and loses none of it.
      reader_(context.response_limits,
              submission.request.stream ? nullptr : context.options.memory) {
    // Last: nothing throws any more, and until here the caller can still answer it.
    request_ = std::move(submission.request);
    done_ = std::move(submission.done);
}

void Exchange::start() {
    context_.timers.set(timer_, deadline_);
    if (request_.body == nullptr) request_.body = makeBytes({});

    auto [url, unusable] = parseRequestUrl(request_.url, context_.options.address_policy);
    if (unusable) {
        const bool refused = unusable->code.starts_with("url_refused_");
        return fail(refused ? FailureReason::kRefusedAddress : FailureReason::kProtocol,
                    std::move(unusable->reason));
    }
    if (!attachStream()) return fail(FailureReason::kLocalFault, "stopped before it began");
    const auto length = request_.body_stream ? request_.body_stream->length()
                                             : std::optional<std::uint64_t>(request_.body->size());
    auto head = composeRequestHead(request_.method, *url, request_.headers, length);
    if (!head) return fail(FailureReason::kProtocol, "a header of the request cannot be sent");
    head_ = std::move(*head);
    request_bytes_ = head_.size() + request_.body->size();
    if (request_.method == "HEAD") reader_.expectNoBody();
    release(request_.headers);
    release(request_.url);

    origin_.host = std::move(url->host);
    origin_.port = url->port;
    origin_.https = url->https;
    origin_.host_is_address = url->literal.has_value();
    if (!url->literal) return lookUp();
    addresses_ = {*url->literal};
    reuseOrConnect();
}

void Exchange::lookUp() {
    phase_ = Phase::kLookUp;
    phase_began_at_ = context_.now();
    lookup_ =
        context_.resolvers.lookUp(origin_.host, std::move(request_.client), context_.mailbox, id_);
    if (!lookup_)
        fail(FailureReason::kDns,
             "the name was not looked up: too many other names of the same client wait for that");
}

void Exchange::lookedUp(const Resolution& resolution) {
    lookup_.answered();
    outcome_.timings.dns = context_.now() - phase_began_at_;
    if (resolution.addresses.empty()) {
        const auto reason =
            resolution.local_fault ? FailureReason::kLocalFault : FailureReason::kDns;
        return fail(reason, "the name cannot be looked up: " + resolution.error);
    }
    // One refused address refuses the name: which of them would be used is the sender's choice.
    for (const auto& address : resolution.addresses) {
        if (const auto refusal = context_.options.address_policy.refusal(address, origin_.port))
            return refuse(address, *refusal);
    }
    addresses_ = resolution.addresses;
    reuseOrConnect();
}

// What became of an attempt is on record, and not all who read that may know where names of the
// inside lead: the detail does not say it, `remote_address` does, which is not recorded then.
void Exchange::refuse(const IpAddress& address, const std::string& why) {
    // A port says nothing of where the name leads.
    if (const auto port = context_.options.address_policy.refusalOfPort(origin_.port))
        return fail(FailureReason::kRefusedAddress, "port " + *port);
    std::string detail = "the name leads to an address that must not be reached";
    detail += allowingHelps(context_.options.address_policy, address, origin_.port)
                  ? "; if it is meant to be, waybilld --allow-network allows it (`waybill check` "
                    "tells an admin which it is)"
                  : ": " + why;
    outcome_.remote_address = toString(address);
    fail(FailureReason::kRefusedAddress, std::move(detail));
}

void Exchange::reuseOrConnect() {
    if (!request_.fresh_connection && !request_.only_connect) {
        for (const auto& address : addresses_) {
            origin_.address = address;
            connection_ = context_.pool.take(origin_, context_.now());
            if (connection_ == nullptr) continue;
            connection_->user = this;
            connection_->reused = true;
            ++context_.counters.connections_reused;
            return startTransfer(EPOLLOUT);
        }
    }
    connectToNext();
}

void Exchange::connectToNext() {
    while (next_address_ < addresses_.size()) {
        const auto addresses_left = static_cast<int>(addresses_.size() - next_address_);
        origin_.address = addresses_[next_address_++];
        const int error = open();
        if (error == 0) {
            const MonotonicTime now = context_.now();
            if (phase_ != Phase::kConnect) phase_began_at_ = now;
            phase_ = Phase::kConnect;
            const Duration share = std::min((deadline_ - now) / addresses_left, kLongestConnect);
            context_.timers.set(timer_, addresses_left == 1 ? deadline_ : now + share);
            return;
        }
        if (isLocalFault(error, origin_.address)) {
            return fail(FailureReason::kLocalFault, inWords(error));
        }
        connect_problem_ = inWords(error);
    }
    fail(FailureReason::kConnect, connect_problem_);
}

// Opens a connection to the origin's address; 0 or an errno. Idle connections make room.
int Exchange::open() {
    hung_up_ = false;
    int error = 0;
    do {
        connection_ = std::make_unique<Connection>(origin_);
        error = connection_->connect();
        if (error == 0) error = context_.poller.add(connection_->fd(), connection_.get());
    } while (outOfDescriptors(error) && context_.pool.closeOldest());
    outcome_.remote_address = connection_->remoteAddress();
    if (error != 0) {
        connection_.reset();
        return error;
    }
    connection_->user = this;
    ++context_.counters.connections_opened;
    return 0;
}

void Exchange::ready(std::uint32_t events) {
    hung_up_ = hung_up_ || (events & Poller::kHungUp) != 0;
    switch (phase_) {
        case Phase::kConnect:
            return connectDecided(events);
        case Phase::kTls:
            return continueHandshake(events);
        case Phase::kTransfer:
            return transfer(events);
        case Phase::kLookUp:
        case Phase::kFinished:
            return;
    }
}

void Exchange::connectDecided(std::uint32_t events) {
    if (const int error = connection_->finishConnect(); error != 0) {
        connect_problem_ = inWords(error);
        closeConnection();
        return connectToNext();
    }
    const MonotonicTime now = context_.now();
    outcome_.timings.connect = now - phase_began_at_;
    context_.timers.set(timer_, deadline_);
    if (!origin_.https) return startTransfer(events);
    phase_ = Phase::kTls;
    phase_began_at_ = now;
    connection_->startTls(context_.tls);
    continueHandshake(events);
}

void Exchange::continueHandshake(std::uint32_t events) {
    const IoResult result = connection_->handshake();
    switch (result.status) {
        case IoResult::Status::kDone:
            outcome_.timings.tls = context_.now() - phase_began_at_;
            return startTransfer(events);
        case IoResult::Status::kWouldBlock:
            return;
        case IoResult::Status::kEnd:
        case IoResult::Status::kCut:
            return fail(FailureReason::kTls, "connection closed during the TLS handshake");
        case IoResult::Status::kFailed:
            return fail(FailureReason::kTls,
                        result.problem.empty() ? inWords(result.error) + " during the TLS handshake"
                                               : result.problem);
    }
}

// `events` may hold more than what led here: an answer that came at once brings no second event.
void Exchange::startTransfer(std::uint32_t events) {
    phase_ = Phase::kTransfer;
    phase_began_at_ = context_.now();
    outcome_.reused = connection_->reused;
    outcome_.remote_address = connection_->remoteAddress();
    outcome_.tls = connection_->tlsVersion();
    if (request_.only_connect) return finish();
    transfer(events);
}

void Exchange::transfer(std::uint32_t events) {
    if (!requestSent() && !send_broken_) send();
    if (paused_ || finished()) return;
    if ((events & Poller::kReadable) != 0 || send_broken_ || connection_->hasBuffered()) receive();
}

void Exchange::send() {
    std::size_t turn_bytes = 0;
    while (!requestSent()) {
        if (sent_ == request_bytes_ && !takePiece()) return;
        if (turn_bytes >= kSendTurnBytes) {
            context_.poller.rearm(connection_->fd(), connection_.get());
            return;
        }
        const IoResult result = connection_->send(head_, *request_.body, sent_, context_.buffer);
        // TLS may have sent a part of a record that it does not tell of yet.
        if (result.status == IoResult::Status::kDone || connection_->secure())
            outcome_.request_begun = true;
        if (result.status == IoResult::Status::kWouldBlock) return;
        if (result.status != IoResult::Status::kDone) {
            send_broken_ = true;
            if (request_.body_stream) request_.body_stream->close();
            return dropRequest();
        }
        sent_ += result.bytes;
        turn_bytes += result.bytes;
    }
    phase_began_at_ = context_.now();
    dropRequest();
}

// What is not needed any more; the head holds the receiver's token.
void Exchange::dropRequest() {
    wipe(head_);
    release(head_);
    request_.body = nullptr;
}

// Takes up what there is of a body that is sent while it is made; false: nothing, for now or for
// good. As long as the maker makes nothing, the receiver is not to blame for the time.
bool Exchange::takePiece() {
    dropRequest();
    bool last = false;
    std::string piece = request_.body_stream->take(last);
    streamed_bytes_ += piece.size();
    const std::uint64_t length = request_.body_stream->length().value_or(streamed_bytes_);
    if (streamed_bytes_ > length || (last && streamed_bytes_ < length)) {
        fail(FailureReason::kLocalFault, "the request's body is not as long as it was to be");
        return false;
    }
    const bool waits = piece.empty() && !last;
    const Duration patience = std::min(waits ? kLongestTimeout : request_.timeout, kLongestTimeout);
    if (!reader_.headComplete()) context_.timers.set(timer_, context_.now() + patience);
    if (waits) return false;
    if (!request_.body_stream->length()) piece = composeChunk(piece, last);
    request_.body = makeBytes(std::move(piece));
    request_bytes_ = request_.body->size();
    sent_ = 0;
    if (last) std::exchange(request_.body_stream, nullptr)->close();
    return true;
}

void Exchange::bodyStirred() {
    if (phase_ == Phase::kTransfer && !requestSent() && !send_broken_) send();
}

// A receiver that answers and closes early has its answer read, also when sending has failed.
void Exchange::receive() {
    for (int reads = 0; reads < kReceiveTurnReads; ++reads) {
        const IoResult result = connection_->receive(context_.buffer);
        switch (result.status) {
            case IoResult::Status::kDone:
                take({context_.buffer.data(), result.bytes});
                // It serves all exchanges; an answer may quote what only this receiver may know.
                OPENSSL_cleanse(context_.buffer.data(), result.bytes);
                if (finished() || paused_) return;
                if (drainedBy(result.bytes) && !hung_up_ && !send_broken_) return;
                break;
            case IoResult::Status::kWouldBlock:
                if (!send_broken_) return;
                return streamBroke(IoResult::failed(ECONNRESET));
            case IoResult::Status::kEnd:
                return streamEnded(true);
            case IoResult::Status::kCut:
                return streamEnded(false);
            case IoResult::Status::kFailed:
                return streamBroke(result);
        }
    }
    context_.poller.rearm(connection_->fd(), connection_.get());
}

// A short read has emptied a socket: the next byte brings its own event.
bool Exchange::drainedBy(std::size_t bytes_read) const {
    return !connection_->secure() && bytes_read < context_.buffer.size();
}

void Exchange::take(std::string_view bytes) {
    if (!outcome_.timings.first_byte) {
        const Duration waited = context_.now() - phase_began_at_;
        outcome_.timings.first_byte = requestSent() ? waited : Duration::zero();
    }
    const bool head_was_complete = reader_.headComplete();
    const std::size_t used = reader_.feed(bytes);
    if (reader_.headComplete() && !head_was_complete) headArrived();
    if (request_.stream) passOn();
    if (!reader_.finished()) return;
    if (used == bytes.size() && connectionReusable(bytes.size())) keepConnection();
    complete();
}

// Only an empty connection: bytes after the answer belong to nothing we asked for, and would be
// taken for the answer to the next request.
bool Exchange::connectionReusable(std::size_t last_read) {
    if (!reader_.reusable() || !requestSent() || hung_up_) return false;
    return drainedBy(last_read) || connection_->quiet();
}

bool Exchange::attachStream() {
    if (request_.body_stream)
        request_.body_stream->attach(
            [mailbox = context_.mailbox, id = id_] { mailbox->post(BodyStirred{id}); });
    if (!request_.stream) return true;
    return request_.stream->attach([mailbox = context_.mailbox, id = id_](AnswerStream::Signal s) {
        mailbox->post(StreamSignal{id, s});
    });
}

// Hands what has come to the stream's reader, and waits with more for as long as that one wishes.
void Exchange::passOn() {
    if (!reader_.headComplete()) return;
    std::string body = reader_.takeBody();
    if (!body.empty()) paused_ = !request_.stream->bodyCame(std::move(body));
    const Duration patience = paused_ ? kLongestTimeout : request_.timeout;
    context_.timers.set(timer_, context_.now() + std::min(patience, kLongestTimeout));
}

void Exchange::signalled(AnswerStream::Signal signal) {
    if (signal == AnswerStream::Signal::kStop) return abort("stopped by the reader");
    if (!std::exchange(paused_, false)) return;
    context_.timers.set(timer_, context_.now() + std::min(request_.timeout, kLongestTimeout));
    receive();
}

void Exchange::headArrived() {
    if (request_.stream) {
        return request_.stream->headCame(reader_.head().status, reader_.headText());
    }
    if (!reader_.head().success() || reader_.finished()) return;
    const MonotonicTime enough = context_.now() + context_.options.body_after_success;
    context_.timers.set(timer_, std::min(enough, deadline_));
}

}  // namespace waybill::http
