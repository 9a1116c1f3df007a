#include "gateway/stream/stream_relay.h"

#include "gateway/backend_answer.h"
#include "gateway/response_object.h"
#include "gateway/stream/sse_block.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

// After its last event a backend is given this long to end the answer, so that the connection can
// be used again.
constexpr Duration kAfterLastEvent = std::chrono::seconds(2);

}  // namespace

StreamRelay::StreamRelay(StreamedCall call, ObjectIds& ids, ResponseRecorder& recorder,
                         std::size_t most_bytes)
    : call_(std::move(call)), ids_(ids), recorder_(recorder), most_bytes_(most_bytes) {
    edit_.previous = std::move(call_.previous);
    if (!call_.recorded) {
        mode_ = edit_.previous ? Mode::kEditing : Mode::kPassing;
        return;
    }
    if (call_.api == ApiKind::kResponses) edit_.metadata = std::move(call_.echoed_metadata);
    assembler_ = makeStreamAssembler(call_.api, std::move(call_.unanswered));
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
            record(false);
            return false;
        }
    }
    const bool whole = enough || call_.reply->end().whole;
    record(whole);
    if (!client_gone_ && !held_.empty()) client_gone_ = !client.write(held_);
    return whole && !client_gone_;
}

void StreamRelay::take(std::string& bytes, BodyWriter& client) {
    received_ += bytes.size();
    std::string_view rest = bytes;    // not looked at yet
    std::string_view unsent = bytes;  // neither held nor in `out_`
    const bool looks_at_events = call_.recorded || mode_ == Mode::kEditing;
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
        if (assembler_) assembler_->take(*event);
        event.reset();
        if (assembler_ && assembler_->done()) {
            // What came before the end need not wait until that is on record.
            out_.append(unsent.substr(0, before));
            unsent.remove_prefix(before);
            sendTo(client);
            record(true);
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
        out_.append(held_);
        held_.clear();
    }
}

void StreamRelay::sendTo(BodyWriter& client) {
    if (!client_gone_ && !out_.empty()) client_gone_ = !client.write(out_);
    out_.clear();
}

/// The held event as the client gets it; `event` then says the same.
std::string StreamRelay::bytesOf(SseEvent& event) {
    if (mode_ == Mode::kDeciding) decide(event);
    std::string bytes = std::exchange(held_, {});
    if (mode_ != Mode::kEditing) return bytes;
    std::optional<std::string> edited = editedData(call_.api, event.data, edit_);
    if (!edited) return bytes;
    bytes = withData(bytes, *edited);
    event.data = std::move(*edited);
    return bytes;
}

/// Looks for the object's id and claims it.
void StreamRelay::decide(const SseEvent& event) {
    const auto read = StreamEvent::read(event.data);
    const std::optional<std::string> id = read ? objectIdIn(call_.api, *read) : std::nullopt;
    if (!id) return;
    claim_.emplace(ids_.claim(*id, call_.stream));
    if (claim_->id() != *id) {
        backend_id_ = *id;
        edit_.new_id = claim_->id();
        edit_.old_id = *id;
    }
    mode_ = edit_.changesAnything() ? Mode::kEditing : Mode::kPassing;
}

/// Puts the call's end on record, once.
void StreamRelay::record(bool clean) {
    if (!assembler_) return;
    std::optional<std::string> object = assembler_->finish(clean);
    assembler_.reset();
    ResponseCompletion completion;
    completion.id = call_.stream;
    completion.status = "error";
    const bool wanted = !client_gone_ || owesCallback();
    const auto facts = object && wanted ? readObject(call_.api, *object) : std::nullopt;
    if (facts) {
        if (!claim_) claim_.emplace(ids_.claim(facts->id, call_.stream));
        if (facts->id != claim_->id()) object = withMember(*object, "id", jsonQuote(claim_->id()));
        completion.object_id = claim_->id();
        completion.backend_id = backend_id_;
        completion.status = facts->status;
        completion.object = makeBytes(std::move(*object));
        completion.callback = call_.callback.destination;
    }
    recorder_.finish(std::move(completion));
}

}  // namespace waybill::server
