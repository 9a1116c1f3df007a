#include "llm/recovery.h"

#include "llm/passed_headers.h"
#include "llm/previous_response.h"
#include "llm/response_object.h"

namespace waybill::server {
namespace {

Response foldStream(const EventLog& log, const StreamId& stream) {
    Response response;
    for (const RecordedEvent& event : log.readStream(stream))
        response = fold(std::move(response), event);
    return response;
}

BackgroundJob jobOf(const Response& response, const StoredRequest& stored,
                    std::optional<Destination> callback) {
    BackgroundJob job;
    job.call.api = ApiKind::kResponses;
    job.call.id = response.id;
    job.call.body = stored.body;
    job.call.headers = headersFromJson(stored.headers);
    job.call.credential = headersFromJson(stored.client_key);
    job.call.secrets = secretsOf(callback);
    job.request.model = response.model;
    job.request.background = true;
    job.request.callback.destination = std::move(callback);
    job.request.echoed_metadata = metadataIn(stored.object);
    job.request.previous = previousIdBetween(stored.body, stored.object);
    job.queued_object = stored.object;
    ResponseCreated again;
    again.kind = response.kind;
    again.client = response.client;
    again.model = response.model;
    again.background = true;
    job.rerun = again;
    return job;
}

constexpr const char* kStopped = "The server was stopped while it was making this response.";

/// The end of a call that is not made again. `damage`: why not, where bytes beside the log are
/// not those that were stored.
ResponseCompletion failureOf(const Response& response, const std::optional<StoredRequest>& stored,
                             std::optional<Destination> callback, const std::string& damage) {
    ResponseCompletion completion;
    completion.id = response.id;
    completion.status = "error";
    completion.reason = damage;
    if (!response.background || !stored) return completion;
    completion.object_id = response.id;
    completion.status = "failed";
    completion.object = makeBytes(failedObject(
        stored->object, damage.empty() ? kStopped : std::string(kStopped) + " " + damage));
    completion.callback = std::move(callback);
    return completion;
}

void addOpen(OpenResponses& open, const EventLog& log, const StreamId& stream,
             std::uint32_t most_reruns) {
    const Response response = foldStream(log, stream);
    std::optional<StoredRequest> stored;
    std::optional<Destination> callback;
    std::string damage;
    try {
        if (response.background) {
            stored = log.readRequest(response.created_position);
            callback = log.readDestination(response.created_position);
        }
    } catch (const DamagedBytes& error) {
        damage = error.message();
    }
    if (stored && damage.empty() && response.run <= most_reruns)
        open.to_run.push_back(jobOf(response, *stored, std::move(callback)));
    else
        open.to_complete.push_back(failureOf(response, stored, std::move(callback), damage));
}

}  // namespace

OpenResponses readOpenResponses(const EventLog& log, std::uint32_t most_reruns,
                                const std::function<void(const CorruptLog&)>& unreadable) {
    OpenResponses open;
    for (const StreamId& stream : log.openResponses()) {
        try {
            addOpen(open, log, stream, most_reruns);
        } catch (const CorruptLog& error) {
            unreadable(error);
        }
    }
    return open;
}

}  // namespace waybill::server
