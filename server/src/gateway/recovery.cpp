#include "gateway/recovery.h"

#include "gateway/passed_headers.h"
#include "gateway/previous_response.h"
#include "gateway/response_object.h"

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

/// The end of a call that is not made again.
ResponseCompletion failureOf(const Response& response, const std::optional<StoredRequest>& stored,
                             std::optional<Destination> callback) {
    ResponseCompletion completion;
    completion.id = response.id;
    completion.status = "error";
    if (!response.background || !stored) return completion;
    completion.object_id = response.id;
    completion.status = "failed";
    completion.object = makeBytes(
        failedObject(stored->object, "The server was stopped while it was making this response."));
    completion.callback = std::move(callback);
    return completion;
}

}  // namespace

OpenResponses readOpenResponses(const EventLog& log, std::uint32_t most_reruns) {
    OpenResponses open;
    for (const StreamId& stream : log.openResponses()) {
        const Response response = foldStream(log, stream);
        std::optional<StoredRequest> stored;
        std::optional<Destination> callback;
        if (response.background) {
            stored = log.readRequest(response.created_position);
            callback = log.readDestination(response.created_position);
        }
        if (stored && response.run <= most_reruns)
            open.to_run.push_back(jobOf(response, *stored, std::move(callback)));
        else
            open.to_complete.push_back(failureOf(response, stored, std::move(callback)));
    }
    return open;
}

}  // namespace waybill::server
