// A stream on its way from the backend to the client, and into the log.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "llm/backend.h"
#include "llm/create_request.h"
#include "llm/object_ids.h"
#include "llm/response_recorder.h"
#include "llm/stream/sse_reader.h"
#include "llm/stream/stream_assembler.h"
#include "llm/stream/stream_edit.h"
#include "waybill/server/request_memory.h"

namespace waybill::server {

/// One streamed create call.
struct StreamedCall {
    ApiKind api = ApiKind::kResponses;
    StreamId stream;       ///< in the log; also the object's id where the backend's cannot be used
    bool recorded = true;  ///< false: nothing is owed, the bytes just pass
    CompletionCallback callback;
    std::optional<std::string> echoed_metadata;
    std::optional<PreviousId> previous;
    std::string unanswered;  ///< of a response: the object as far as the request says it
    std::unique_ptr<BackendReply> reply;
    std::shared_ptr<void> turn;       ///< of its idempotency key; held to the end
    OpenCall open;                    ///< where it is on record
    RequestMemory* memory = nullptr;  ///< where the object counts while it grows; null: nowhere
};

/// Passes bytes on as they come and puts the object together meanwhile. It is on record, with the
/// delivery it owes, before the client gets the event that ends the stream. A client that goes away
/// ends the call, unless that owes a callback. An object for which there is no memory is given up,
/// with the reason on record, and the bytes go on to pass. One thread; ids and recorder must
/// outlive it.
class StreamRelay {
public:
    StreamRelay(StreamedCall call, ObjectIds& ids, ResponseRecorder& recorder,
                std::size_t most_bytes);

    /// The whole of it; a BodyProducer.
    bool run(BodyWriter& client);

private:
    enum class Mode {
        kDeciding,  ///< until an event has said the object's id: event by event
        kEditing,   ///< something is ours to change, or may be at the end: event by event
        kPassing    ///< byte for byte, as they come
    };

    void take(std::string& bytes, BodyWriter& client);
    void assemble(const SseEvent& event);
    bool hasRoomFor(std::size_t bytes);
    bool mayGoOn();
    void giveUp();
    void sendTo(BodyWriter& client);
    std::string bytesOf(SseEvent& event);
    void decide(const SseEvent& event);
    void takeUnfinished();
    void record(bool clean, const std::string& reason);
    bool owesCallback() const { return call_.recorded && call_.callback.destination; }
    bool ended() const { return call_.recorded && assembler_ == nullptr; }

    StreamedCall call_;
    ObjectIds& ids_;
    ResponseRecorder& recorder_;
    const std::size_t most_bytes_;
    Mode mode_ = Mode::kDeciding;
    bool at_begin_ = true;  ///< nothing has left `held_` yet
    SseReader reader_;
    std::unique_ptr<StreamAssembler> assembler_;  ///< null once the call's end is on record
    StreamEdit edit_;
    std::string backend_id_;
    std::optional<ObjectIds::Claim> claim_;
    std::size_t counted_before_ = 0;  ///< in `call_.memory`
    std::size_t assembled_ = 0;       ///< bytes of events
    std::size_t next_weighing_ = 0;   ///< of what they make, at so many
    std::size_t weight_ = 0;          ///< at the last weighing
    bool given_up_ = false;           ///< the object, for want of memory
    std::size_t received_ = 0;
    std::string held_;  ///< of the event that is not whole yet
    std::string out_;   ///< to be sent next
    bool client_gone_ = false;
};

}  // namespace waybill::server
