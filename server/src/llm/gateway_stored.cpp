// Responses that are on record: shown, as an object or as events, cancelled and removed; and where
// a request for one of another's goes.
#include "http/percent.h"
#include "llm/gateway.h"
#include "llm/previous_response.h"
#include "llm/response_object.h"
#include "llm/response_query.h"
#include "llm/stream/object_stream.h"
#include "waybill/errors.h"
#include "waybill/json_quote.h"
#include "waybill/server/api_error.h"
#include "waybill/server/request_memory.h"

namespace waybill::server {
namespace {

// How often a stream of a run that is not over says that it is still there.
constexpr Duration kKeepAlive = std::chrono::seconds(5);

std::optional<ApiKind> apiNamed(std::string_view kind) {
    for (const ApiKind api : {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages})
        if (traitsOf(api).event_kind == kind) return api;
    return std::nullopt;
}

HttpResponse noSuchResponse(const HttpRequest& http) {
    return errorResponse(http, {404, "There is no response with this id.", "", "not_found"});
}

/// While the log cannot be read there is nothing to show.
template <typename Answer>
HttpResponse reading(const HttpRequest& http, Answer answer) {
    try {
        return answer();
    } catch (const StoreUnavailable&) {
        return errorResponse(
            http, {503, "The log cannot be read now; try again shortly.", "", "log_unavailable"});
    }
}

}  // namespace

/// The response with this id, if it is the client's and still there.
std::optional<Response> Gateway::ownResponse(const std::string& client,
                                             const std::string& id) const {
    std::optional<Response> response = model_.findResponse(id);
    if (!response || response->client != client) return std::nullopt;
    const bool queued = response->state == ResponseState::kCreated && response->background;
    if (!queued && response->state != ResponseState::kCompleted) return std::nullopt;
    return response;
}

/// The stored object, null when it is gone; nothing when there is no room for it.
std::optional<Bytes> Gateway::readCounted(const Response& response, RequestMemory* memory) const {
    std::unique_lock one_at_a_time(reading_unsized_, std::defer_lock);
    // How large the object of a run is that is not over, nobody knows before it is read.
    if (response.state != ResponseState::kCompleted) one_at_a_time.lock();
    if (!holds(memory, response.payload_bytes)) return std::nullopt;
    Bytes object = model_.responseObject(response);
    if (object && !holds(memory, object->size())) return std::nullopt;
    return object;
}

/// Its object; nothing when there is none any more.
std::optional<HttpResponse> Gateway::show(const HttpRequest& http, const Response& response,
                                          bool running) const {
    if (response.payload_erased)
        return errorResponse(http, {410, "The response's object was erased.", "", "erased"});
    HttpResponse answer;
    try {
        const auto object = readCounted(response, http.memory);
        if (!object) return errorResponse(http, memoryFull());
        answer.body = *object;
    } catch (const DamagedBytes&) {
        return errorResponse(http, {500,
                                    "The stored object of this response is damaged; it cannot be "
                                    "shown. The server's operator can check the log.",
                                    "", "damaged"});
    }
    if (!answer.body) return std::nullopt;
    if (response.state == ResponseState::kCreated && running)
        answer.body = makeBytes(withMember(*answer.body, "status", R"("in_progress")"));
    return answer;
}

/// A run that ends between the look at its state and the one at its object has another object then:
/// it is looked at again. Whether it runs is asked first: nobody sees it go back to `queued`.
HttpResponse Gateway::showOwn(const HttpRequest& http, const std::string& id) const {
    for (int look = 0; look < 2; ++look) {
        const bool running = background_.isRunning(id);
        const std::optional<Response> response = ownResponse(http.principal, id);
        if (!response) break;
        if (auto answer = show(http, *response, running)) return *std::move(answer);
    }
    return noSuchResponse(http);
}

/// Whether the id is of this log, whoever's the object is and whatever became of it.
bool Gateway::isHeld(const std::string& id) const {
    return model_.findResponse(id).has_value();
}

HttpResponse Gateway::retrieve(HttpRequest& http) {
    return reading(http, [&] {
        const std::string& id = http.path_values.front();
        const std::optional<Response> response = ownResponse(http.principal, id);
        if (!response) return passUnknown(http);
        const Result<ResponseQuery> query = parseResponseQuery(http.query);
        if (!query) return errorResponse(http, query.refusal());
        return query->stream ? showAsStream(http, *response, query->starting_after)
                             : showOwn(http, id);
    });
}

/// The stored object as events. Of a run that is not over they come when it is.
HttpResponse Gateway::showAsStream(const HttpRequest& http, const Response& response,
                                   std::optional<std::int64_t> after) {
    const std::optional<ApiKind> api = apiNamed(response.kind);
    if (!api) return noSuchResponse(http);
    if (after && *api != ApiKind::kResponses)
        return errorResponse(http, {400, "The events of a " + response.kind + " have no numbers.",
                                    "starting_after", "not_numbered"});
    HttpResponse answer = showOwn(http, response.object_id);
    if (answer.status != 200) return answer;
    answer.headers.add("Cache-Control", "no-cache");
    answer.content_type = "text/event-stream";
    if (response.state == ResponseState::kCompleted) {
        answer.body = makeBytes(objectStream(*api, *answer.body, after));
        return answer;
    }
    answer.body = nullptr;
    answer.stream = [this,
                     run = FollowedRun{http.principal, response.object_id, after, http.memory}](
                        BodyWriter& writer) { return follow(run, writer); };
    return answer;
}

/// Holds the stream open until the run is over. False: there is no object any more.
bool Gateway::follow(const FollowedRun& run, BodyWriter& writer) {
    MonotonicTime silent_until = fromNow(kKeepAlive);
    while (!writer.clientGone()) {
        try {
            const std::optional<Response> response = ownResponse(run.client, run.id);
            if (!response || response->payload_erased) return false;
            if (response->state == ResponseState::kCompleted)
                if (const auto object = readCounted(*response, run.memory); object && *object)
                    return writer.write(objectStream(ApiKind::kResponses, **object, run.after));
        } catch (const DamagedBytes&) {
            return false;
        } catch (const StoreUnavailable&) {
            // Until the log can be read again, or there is room, there is nothing to say.
        }
        background_.awaitEnd(run.id, nextGlance());
        if (fromNow(Duration::zero()) < silent_until) continue;
        if (!writer.write(": in progress\n\n")) return false;
        silent_until = fromNow(kKeepAlive);
    }
    return false;
}

/// A request for a response that is not the client's: the backend may know it, unless it is
/// somebody else's here.
HttpResponse Gateway::passUnknown(HttpRequest& http) const {
    const bool passes = backend_.hasMoreRoutes() && pass_.mayPass(http.method, http.path) &&
                        !isHeld(http.path_values.front());
    return passes ? pass_.pass(http) : noSuchResponse(http);
}

/// A request that is the backend's to answer. One about a response of ours reaches it with the id
/// that it knows.
HttpResponse Gateway::passOn(HttpRequest& http) {
    constexpr std::string_view kResponses = "/v1/responses/";
    if (!http.path.starts_with(kResponses)) return pass_.pass(http);
    return reading(http, [&] {
        const std::size_t end = std::min(http.path.find('/', kResponses.size()), http.path.size());
        const std::string id =
            percentDecode(http.path.substr(kResponses.size(), end - kResponses.size()))
                .value_or("");
        const std::optional<Response> response = ownResponse(http.principal, id);
        if (!response) return isHeld(id) ? noSuchResponse(http) : pass_.pass(http);
        const std::string rest = http.path.substr(end);
        const bool reads_own =
            rest == "/input_items" && (http.method == "GET" || http.method == "HEAD");
        if (!reads_own && !pass_.mayPass(http.method, http.path)) return pass_.pass(http);
        const std::string backends = backendIdOf(*response, model_);
        return pass_.passAs(http, backends.empty()
                                      ? http.path
                                      : std::string(kResponses) + percentEncode(backends) + rest);
    });
}

HttpResponse Gateway::cancel(HttpRequest& http) {
    return reading(http, [&] {
        const std::optional<Response> response =
            ownResponse(http.principal, http.path_values.front());
        if (!response) return passUnknown(http);
        if (const auto refusal = refusalOfQuery(http.query)) return errorResponse(http, *refusal);
        if (!response->background)
            return errorResponse(http, {400, "Only a background response can be cancelled.",
                                        "response_id", "not_background"});
        if (std::optional<DroppedRun> run = background_.drop(response->id)) {
            ResponseCompletion completion;
            completion.id = completion.object_id = response->id;
            completion.status = "cancelled";
            completion.object = makeBytes(cancelledObject(run->queued_object));
            completion.callback = std::move(run->callback);
            HttpResponse answer;
            answer.body = completion.object;
            return recorder_.finish(std::move(completion)) ? answer : unrecorded(std::move(answer));
        }
        // It was over already; or it is this moment, and then the object says so.
        return showOwn(http, http.path_values.front());
    });
}

HttpResponse Gateway::remove(HttpRequest& http) {
    return reading(http, [&] {
        const std::optional<Response> response =
            ownResponse(http.principal, http.path_values.front());
        if (!response) return passUnknown(http);
        if (const auto refusal = refusalOfQuery(http.query)) return errorResponse(http, *refusal);
        const Result<Response> removed =
            recorder_.remove({response->id, "client:" + http.principal, "deleted by its owner"});
        if (!removed) return errorResponse(http, removed.refusal());
        background_.drop(response->id);
        return jsonResponse(200, R"({"id":)" + jsonQuote(http.path_values.front()) +
                                     R"(,"object":"response","deleted":true})");
    });
}

}  // namespace waybill::server
