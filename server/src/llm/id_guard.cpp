#include "llm/id_guard.h"

#include <algorithm>
#include <set>

#include "llm/named_ids.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

constexpr std::uint32_t kPageOfObjects = 50;
constexpr std::uint32_t kMostObjects = 500;
constexpr std::size_t kMostBytes = 32 * 1024 * 1024;
constexpr std::uint32_t kMostResponses = 100;
constexpr std::size_t kMostRememberedBytes = 16 * 1024 * 1024;
constexpr std::size_t kWeightOfNode = 100;

struct NoMemory {};

/// What the backend has given a client, by the newest of its objects; read as far back as needed.
class GivenIds {
public:
    GivenIds(const sqlite::ReadModel& model, ReadObjects& kept, const std::string& client,
             RequestMemory* memory)
        : model_(model), kept_(kept), memory_(memory) {
        filter_.client = client;
    }

    bool has(const std::string& id) {
        while (!ids_.contains(id)) {
            if (done_) return false;
            readPage();
        }
        return true;
    }

private:
    void readPage() {
        const auto page = model_.responses(filter_, kPageOfObjects, cursor_);
        done_ = true;
        if (!page) return;
        for (const ResponseView& view : page->data) {
            const bool stored = view.finished_at && !view.payload_sha256.empty();
            if (!stored) continue;
            if (const auto object = kept_.find(view.stream))
                add(*object);
            else if (const auto response = model_.findResponse(view.stream))
                read(*response);
        }
        objects_ += kPageOfObjects;
        cursor_ = page->next_cursor;
        done_ = cursor_.empty() || objects_ >= kMostObjects || bytes_ >= kMostBytes;
    }

    void read(const Response& response) {
        const bool stored = response.state == ResponseState::kCompleted &&
                            !response.payload_erased && response.client == filter_.client;
        if (!stored || response.payload_bytes > kMostBytes - std::min(bytes_, kMostBytes)) return;
        const std::size_t before = memory_ == nullptr ? 0 : memory_->bytes();
        if (!holds(memory_, before + response.payload_bytes)) throw NoMemory();
        const auto read = std::make_shared<ReadObjects::Object>();
        read->bytes = response.payload_bytes;
        try {
            if (const Bytes object = model_.responseObject(response))
                read->ids = idsGivenIn(*object);
        } catch (const DamagedBytes&) {
            // It gives nothing.
        }
        if (memory_ != nullptr) memory_->shrinkTo(before);
        add(*read);
        kept_.keep(response.id, read);
    }

    void add(const ReadObjects::Object& object) {
        bytes_ += object.bytes;
        ids_.insert(object.ids.begin(), object.ids.end());
    }

    const sqlite::ReadModel& model_;
    ReadObjects& kept_;
    RequestMemory* const memory_;
    ResponseFilter filter_;
    std::string cursor_;
    std::uint32_t objects_ = 0;
    std::size_t bytes_ = 0;
    bool done_ = false;
    std::set<std::string> ids_;
};

ApiError notTheClients(const NamedId& named, bool shared) {
    const std::string kind(named.kind);
    if (!shared) return {404, "There is no " + kind + " with this id.", named.param, "not_found"};
    return {404,
            "There is no " + kind +
                " with this id that this client was given in an answer. All clients share one "
                "account at the upstream, so each may name only what is its own; the operator can "
                "change that with --share-upstream-ids.",
            named.param, "not_found"};
}

}  // namespace

std::shared_ptr<const ReadObjects::Object> ReadObjects::find(const StreamId& response) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(response);
    return found == objects_.end() ? nullptr : found->second;
}

void ReadObjects::keep(const StreamId& response, std::shared_ptr<const Object> object) {
    std::size_t weight = response.size() + kWeightOfNode;
    for (const std::string& id : object->ids)
        weight += id.size() + kWeightOfNode;
    if (weight > kMostRememberedBytes / 16) return;
    const std::lock_guard lock(mutex_);
    if (weight_ + weight > kMostRememberedBytes) {
        objects_.clear();
        weight_ = 0;
    }
    if (objects_.emplace(response, std::move(object)).second) weight_ += weight;
}

/// Whether a response is not the client's; one that nobody holds is nobody's.
bool IdGuard::isForeign(const std::string& response, const std::string& client) const {
    const std::optional<Response> found = model_.findResponse(response);
    return found ? found->client != client : refusesUnknown();
}

std::optional<ApiError> IdGuard::refusalOf(std::string_view body, const std::string& client,
                                           RequestMemory* memory) const {
    GivenIds given(model_, read_, client, memory);
    std::set<std::string> own;
    const auto refused = [&](std::string_view kind, const std::string& id) {
        if (kind != kResponseId) return refusesUnknown() && !given.has(id);
        if (own.contains(id)) return false;
        if (own.size() >= kMostResponses || isForeign(id, client)) return true;
        own.insert(id);
        return false;
    };
    try {
        const std::optional<NamedId> named = firstRefusedId(body, refused);
        if (!named) return std::nullopt;
        return notTheClients(*named, refusesUnknown());
    } catch (const StoreUnavailable&) {
        // With its own key a client reaches only what is its own at the upstream.
        if (!refusesUnknown()) return std::nullopt;
        return ApiError{503,
                        "The request names something by its id, and whose that is cannot be looked "
                        "up in the log now; try again shortly.",
                        "", "log_unavailable"};
    } catch (const NoMemory&) {
        return memoryFull();
    }
}

}  // namespace waybill::server
