#include "gateway/gateway.h"

#include "gateway/passed_headers.h"
#include "gateway/response_object.h"
#include "json/utf8.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxRecordedModel = 256;

/// As much of the model's name as an event should carry, cut between characters.
std::string recordedModel(const std::string& model) {
    std::size_t length = std::min(model.size(), kMaxRecordedModel);
    while (length > 0 && length < model.size() && (model[length] & 0xC0) == 0x80)
        --length;
    return model.substr(0, length);
}

HttpResponse unrecorded(HttpResponse response) {
    response.headers.add("waybill-recorded", "no");
    return response;
}

HttpResponse noSuchResponse(const HttpRequest& http) {
    return errorResponse(http, {404, "There is no response with this id.", "", "not_found"});
}

/// What the client gets when there is no object: the backend's own answer, or why there is none.
HttpResponse relayed(const HttpRequest& http, BackendAnswer answer) {
    if (answer.status == 0)
        return errorResponse(http, {answer.timed_out ? 504 : 502, answer.failure, "", "upstream"});
    HttpResponse response;
    response.status = answer.status;
    response.headers = std::move(answer.headers);
    response.content_type = answer.content_type;
    response.body = makeBytes(std::move(answer.body));
    return response;
}

}  // namespace

Gateway::Gateway(Backend& backend, ResponseRecorder& recorder, BackgroundRunner& background,
                 const sqlite::ReadModel& model, const AddressPolicy& policy, Clock& clock,
                 Entropy& entropy)
    : backend_(backend),
      recorder_(recorder),
      background_(background),
      model_(model),
      policy_(policy),
      clock_(clock),
      entropy_(entropy),
      ids_(model) {}

void Gateway::addTo(Router& router, const Guard& guard) {
    for (const ApiKind api : {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages})
        router.add("POST", traitsOf(api).path, guard,
                   [this, api](HttpRequest& http) { return create(api, http); });
    router.add("GET", "/v1/responses/{id}", guard,
               [this](HttpRequest& http) { return retrieve(http); });
}

HttpResponse Gateway::create(ApiKind api, HttpRequest& http) {
    Result<CreateRequest> request = parseCreateRequest(api, http.body, policy_);
    if (!request) return errorResponse(http, request.refusal());
    http.body = std::string();
    if (request->background) return createInBackground(api, http, std::move(request).value());
    return createNow(api, http, std::move(request).value());
}

ResponseCreation Gateway::creationOf(ApiKind api, const HttpRequest& http,
                                     const CreateRequest& request, const std::string& id) const {
    ResponseCreation creation;
    creation.id = id;
    creation.created.kind = traitsOf(api).event_kind;
    creation.created.client = http.principal;
    creation.created.model = recordedModel(request.model);
    creation.created.background = request.background;
    if (request.callback.ignored)
        creation.callback_ignored =
            CallbackIgnored{request.callback.ignored->code, request.callback.ignored->reason};
    return creation;
}

BackendCall Gateway::callOf(ApiKind api, const HttpRequest& http, const CreateRequest& request,
                            const std::string& id) const {
    BackendCall call;
    call.api = api;
    call.id = id;
    call.query = http.query;
    call.body = request.body;
    call.headers = headersForBackend(http.headers);
    if (backend_.wantsClientKey()) call.credential = credentialOf(http.headers);
    return call;
}

HttpResponse Gateway::createNow(ApiKind api, const HttpRequest& http, CreateRequest request) {
    const std::string id = newStreamId(traitsOf(api).id_prefix, clock_.now().wall, entropy_);
    const Result<bool> recorded = recorder_.begin(creationOf(api, http, request, id));
    if (!recorded) return errorResponse(http, recorded.refusal());
    const BackendCall call = callOf(api, http, request, id);
    request.body = std::string();
    return finish(api, http, request, id, backend_.call(call), *recorded);
}

HttpResponse Gateway::finish(ApiKind api, const HttpRequest& http, const CreateRequest& request,
                             const std::string& stream, BackendAnswer answer, bool recorded) {
    ResponseCompletion completion;
    completion.id = stream;
    completion.status = "error";
    const std::optional<ObjectFacts> facts =
        answer.succeeded() ? readObject(api, answer.body) : std::nullopt;
    if (!facts) {
        if (answer.succeeded()) {
            answer = BackendAnswer();
            answer.failure = "The backend's answer was not a JSON object.";
        }
        const bool ended = recorded && recorder_.finish(std::move(completion));
        HttpResponse response = relayed(http, std::move(answer));
        return ended ? response : unrecorded(std::move(response));
    }

    HttpResponse response;
    response.status = answer.status;
    response.headers = std::move(answer.headers);
    if (!recorded) {
        const std::string& id = facts->id.empty() ? stream : facts->id;
        response.body = makeBytes(finishObject(api, std::move(answer.body), *facts, id, request));
        return unrecorded(std::move(response));
    }
    const ObjectIds::Claim claim = ids_.claim(facts->id, stream);
    response.body =
        makeBytes(finishObject(api, std::move(answer.body), *facts, claim.id(), request));
    completion.object_id = claim.id();
    completion.status = facts->status;
    completion.object = response.body;
    completion.callback = request.callback.destination;
    if (recorder_.finish(std::move(completion))) return response;
    return unrecorded(std::move(response));
}

HttpResponse Gateway::createInBackground(ApiKind api, const HttpRequest& http,
                                         CreateRequest request) {
    const Timestamp now = clock_.now().wall;
    BackgroundJob job;
    job.call = callOf(api, http, request, newStreamId(traitsOf(api).id_prefix, now, entropy_));
    job.call.query.clear();
    job.queued_object = queuedObject(
        job.call.id, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(),
        request);
    ResponseCreation creation = creationOf(api, http, request, job.call.id);
    creation.callback = request.callback.destination;
    creation.request = StoredRequest{job.call.body, toJson(job.call.headers), job.queued_object,
                                     toJson(job.call.credential)};
    request.body = std::string();
    job.request = std::move(request);

    const std::size_t size = BackgroundRunner::sizeOf(job);
    if (!background_.reserve(size))
        return errorResponse(http, {503, "Too many background responses wait; try again later.",
                                    "background", "overloaded"});
    const Result<bool> recorded = recorder_.begin(std::move(creation));
    if (!recorded || !*recorded) {
        background_.unreserve(size);
        if (!recorded) return errorResponse(http, recorded.refusal());
        return errorResponse(http, {503,
                                    "The log cannot take a background response now; try again "
                                    "shortly, or leave background out.",
                                    "background", "log_unavailable"});
    }
    HttpResponse response = jsonResponse(200, job.queued_object);
    background_.run(std::move(job));
    return response;
}

HttpResponse Gateway::retrieve(const HttpRequest& http) {
    try {
        const std::optional<Response> response = model_.findResponse(http.path_values.front());
        if (!response || response->client != http.principal) return noSuchResponse(http);
        if (response->payload_erased)
            return errorResponse(http, {410, "The response's object was erased.", "", "erased"});
        const bool queued = response->state == ResponseState::kCreated && response->background;
        if (!queued && response->state != ResponseState::kCompleted) return noSuchResponse(http);
        HttpResponse answer;
        answer.body = model_.responseObject(*response);
        return answer.body ? answer : noSuchResponse(http);
    } catch (const StoreUnavailable&) {
        return errorResponse(
            http, {503, "The log cannot be read now; try again shortly.", "", "log_unavailable"});
    }
}

}  // namespace waybill::server
