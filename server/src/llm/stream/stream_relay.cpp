#include "llm/stream/stream_relay.h"

#include <algorithm>

#include "llm/answer_object.h"
#include "llm/backend_answer.h"
#include "llm/response_object.h"
#include "llm/stream/sse_block.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

// After its last event a backend is given this long to end the answer, so that the connection can
// be used again.
constexpr Duration kAfterLastEvent = std::chrono::seconds(2);

// What comes between two looks at what the object takes, at least.
constexpr std::size_t kWeighedBytes = 64 * 1024;

// What such an event takes while it is read is looked at before.
constexpr std::size_t kLargeEvent = 1024 * 1024;

constexpr const char* kNoMemory =
    "The object of the backend's stream did not fit into the memory that was left for requests and "
    "answers (--max-payload-memory).";
constexpr const char* kCut = "The backend's stream ended before the answer was complete.";
constexpr const char* kNoObject =
    "What the backend's stream amounts to is no JSON object that can be read.";
constexpr const char* kUnwanted = "The client went away before the backend's stream had ended.";

/// Why a stream that ended so was cut.
std::string reasonOf(const BackendEnd& end) {
    return end.whole || end.failure.empty() ? kCut
                                            : "The backend's stream broke off: " + end.failure;
}

}  // namespace

StreamRelay::StreamRelay(StreamedCall call, ObjectIds& ids, ResponseRecorder& recorder,
                         std::size_t most_bytes)
    : call_(std::move(call)), ids_(ids), recorder_(recorder), most_bytes_(most_bytes) {
    if (call_.memory != nullptr) counted_before_ = call_.memory->bytes();
    next_weighing_ = kWeighedBytes;
    edit_.previous = std::move(call_.previous);
    if (!call_.recorded) {
        mode_ = edit_.previous ? Mode::kEditing : Mode::kPassing;
        return;
    }
    if (call_.api == ApiKind::kResponses) edit_.metadata = std::move(call_.echoed_metadata);
    assembler_ = makeStreamAssembler(call_.api, std::move(call_.unanswered), maskOf(*call_.reply));
}

bool StreamRelay::run(BodyWriter& client) {
    std::optional<MonotonicTime> enough;
    std::string bytes;
    for (;;) {
        bytes.clear();
        const BackendReply::Read read = call_.reply->read(bytes, enough ? *enough : nextGlance());
        if (read == BackendReply::Read::kEnd) break;
        if (read == BackendReply::Read::kBody) {
            take(bytes, client);
            if (!mayGoOn()) {
                call_.reply->cancel();
                record(false, kNoMemory);
                return false;
            }
            sendTo(client);
            if (ended() && !enough) enough = fromNow(kAfterLastEvent);
        } else if (enough) {
            break;
        } else if (!client_gone_) {
            client_gone_ = client.clientGone();
        }
        const bool unwanted = client_gone_ && !owesCallback();
        if (received_ > most_bytes_ || unwanted) {
            call_.reply->cancel();
            record(false, received_ > most_bytes_ ? tooLarge(most_bytes_) : kUnwanted);
            return false;
        }
    }
    const bool whole = enough || call_.reply->end().whole;
    if (whole) takeUnfinished();
    record(whole, enough ? kCut : reasonOf(call_.reply->end()));
    if (!client_gone_ && !held_.empty()) client_gone_ = !client.write(held_);
    return whole && !client_gone_;
}

void StreamRelay::take(std::string& bytes, BodyWriter& client) {
    received_ += bytes.size();
    std::string_view rest = bytes;    // not looked at yet
    std::string_view unsent = bytes;  // neither held nor in `out_`
    const bool looks_at_events =
        mode_ == Mode::kEditing || (call_.recorded && !(given_up_ && mode_ == Mode::kPassing));
    while (!rest.empty() && looks_at_events && received_ <= most_bytes_) {
        const bool passing = mode_ == Mode::kPassing;
        const std::size_t before = passing ? unsent.size() - rest.size() : 0;
        std::optional<SseEvent> event = reader_.next(rest);
        if (!passing) {
            held_.append(unsent.substr(0, unsent.size() - rest.size()));
            unsent = rest;
        }
        if (!event) continue;
        const std::string now_whole = passing ? std::string() : bytesOf(*event);
        if (assembler_) assemble(*event);
        event.reset();
        if (assembler_ && assembler_->done()) {
            // What came before the end need not wait until that is on record.
            out_.append(unsent.substr(0, before));
            unsent.remove_prefix(before);
            sendTo(client);
            record(true, kCut);
        }
        out_.append(now_whole);
    }
    if (received_ > most_bytes_) return;
    if (mode_ == Mode::kPassing) {
        if (unsent.size() == bytes.size())
            out_.swap(bytes);
        else
            out_.append(unsent);
    } else if (reader_.betweenEvents()) {
        at_begin_ = at_begin_ && held_.empty();
        out_.append(held_);
        held_.clear();
    }
}

/// Puts an event into the object, as long as there is memory for what that takes.
void StreamRelay::assemble(const SseEvent& event) {
    const bool large = event.data.size() >= kLargeEvent;
    if (large && !hasRoomFor(weight_ + takenWhileRead(event))) return giveUp();
    assembler_->take(event);
    assembled_ += event.data.size();
    if (assembler_->done() || (!large && assembled_ < next_weighing_)) return;
    // Now and then: the time stays linear.
    next_weighing_ = assembled_ + std::max(kWeighedBytes, assembled_ / 4);
    weight_ = assembler_->weight();
    if (!hasRoomFor(weight_)) return giveUp();
    if (call_.memory != nullptr) call_.memory->shrinkTo(counted_before_ + weight_);
}

bool StreamRelay::hasRoomFor(std::size_t bytes) {
    return call_.memory == nullptr || call_.memory->growTo(counted_before_ + bytes);
}

/// The object: the bytes go on to pass.
void StreamRelay::giveUp() {
    given_up_ = true;
    weight_ = 0;
    if (assembler_) assembler_ = makeGivenUp(kNoMemory);
    if (call_.memory != nullptr) call_.memory->shrinkTo(counted_before_);
}

/// What is held of an event that is not whole yet counts too. False: there is no memory for it, and
/// it cannot pass before it is whole, because something in it is ours to change.
bool StreamRelay::mayGoOn() {
    const std::size_t held = held_.size() + reader_.held();
    if (!given_up_ && (held < kWeighedBytes || hasRoomFor(weight_ + held))) return true;
    if (!given_up_) giveUp();
    if (edit_.changesAnything()) return held < kWeighedBytes || hasRoomFor(held);
    mode_ = Mode::kPassing;
    out_.append(std::exchange(held_, {}));
    reader_ = SseReader();
    return true;
}

/// An event without its end, at the end of the stream.
void StreamRelay::takeUnfinished() {
    std::optional<SseEvent> event = reader_.unfinished();
    if (!event) return;
    if (mode_ != Mode::kPassing) held_ = bytesOf(*event);
    if (assembler_ && !isDoneMarkBegun(event->data)) assemble(*event);
}

void StreamRelay::sendTo(BodyWriter& client) {
    if (!client_gone_ && !out_.empty()) client_gone_ = !client.write(out_);
    out_.clear();
}

/// The held event as the client gets it; `event` then says the same.
std::string StreamRelay::bytesOf(SseEvent& event) {
    if (mode_ == Mode::kDeciding) decide(event);
    std::string bytes = std::exchange(held_, {});
    const bool begins_stream = std::exchange(at_begin_, false);
    if (mode_ != Mode::kEditing) return bytes;
    bool edited = false;
    const auto edit = [&](std::optional<std::string> data) {
        if (!data) return;
        event.data = asEventData(std::move(*data));
        edited = true;
    };
    if (edit_.changesAnything()) edit(editedData(call_.api, event.data, edit_));
    if (assembler_) edit(assembler_->completed(event));
    return edited ? withData(bytes, event.data, begins_stream) : bytes;
}

/// Looks for the object's id and claims it.
void StreamRelay::decide(const SseEvent& event) {
    const std::optional<std::string> id = objectIdIn(call_.api, StreamEvent(event.data));
    if (!id) return;
    claim_.emplace(ids_.claim(*id, call_.stream));
    if (claim_->id() != *id) {
        backend_id_ = *id;
        edit_.new_id = claim_->id();
        edit_.old_id = *id;
    }
    // The last event of a response may leave out of the object what others said.
    const bool edits = edit_.changesAnything() || call_.api == ApiKind::kResponses;
    mode_ = edits ? Mode::kEditing : Mode::kPassing;
}

/// Puts the call's end on record, once. `reason`: why there is no object, where that is not in what
/// came.
void StreamRelay::record(bool clean, const std::string& reason) {
    if (!assembler_) return;
    std::optional<std::string> object = assembler_->finish(clean);
    ResponseCompletion completion;
    completion.reason = assembler_->reason().empty() ? reason : assembler_->reason();
    assembler_.reset();
    weight_ = 0;
    completion.id = call_.stream;
    completion.status = "error";
    const bool wanted = !client_gone_ || owesCallback();
    if (!wanted)
        completion.reason = kUnwanted;
    else if (object)
        completion.reason = kNoObject;
    call_.reply->mask(completion.reason);
    // Deltas may say in pieces what the object says in one.
    if (object) call_.reply->mask(*object);
    const auto facts = object && wanted ? readObject(call_.api, *object) : std::nullopt;
    if (facts) {
        completion.reason.clear();
        if (!claim_) claim_.emplace(ids_.claim(facts->id, call_.stream));
        if (facts->id != claim_->id()) object = withMember(*object, "id", jsonQuote(claim_->id()));
        completion.object_id = claim_->id();
        completion.backend_id = backend_id_;
        completion.status = facts->status;
        completion.object = makeBytes(std::move(*object));
        completion.callback = call_.callback.destination;
    }
    // From now on the log has it, or the recorder.
    if (call_.memory != nullptr) call_.memory->shrinkTo(counted_before_);
    if (call_.open)
        call_.open.finish(std::move(completion));
    else
        recorder_.finish(std::move(completion));
}

}  // namespace waybill::server
