#include "llm/gateway.h"

#include <algorithm>
#include <cstdint>

#include "deliveries/delivery_request.h"
#include "llm/answer_form.h"
#include "llm/answer_object.h"
#include "llm/passed_headers.h"
#include "llm/previous_response.h"
#include "llm/response_object.h"
#include "llm/stream/object_stream.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"
#include "waybill/server/request_memory.h"
#include "waybill/text_check.h"
#include "waybill/utf8.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxRecordedModel = 256;

// Kept free for the answer before the backend is asked: most need no more.
constexpr std::size_t kUsualAnswer = 64 * 1024;

/// As much of the model's name as an event should carry, cut between characters. A name is the
/// backend's matter: a character that cannot be recorded becomes U+FFFD here and passes as it is.
std::string recordedModel(std::string_view model) {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    std::string recorded;
    while (!model.empty()) {
        std::string_view character =
            model.substr(0, std::max<std::size_t>(utf8SequenceLength(model), 1));
        model.remove_prefix(character.size());
        if (textProblem(character, SIZE_MAX)) character = kReplacement;
        if (recorded.size() + character.size() > kMaxRecordedModel) break;
        recorded += character;
    }
    return recorded;
}

/// What the client gets when there is no object: the backend's own answer as it came, or why there
/// is none.
HttpResponse relayed(const HttpRequest& http, BackendAnswer answer) {
    const bool own_error = answer.head.status != 0 && !answer.head.succeeded();
    if (answer.memory_full)
        return errorResponse(http, {503, answer.failure, "", memoryFull().code});
    if (!answer.whole() && !own_error)
        return errorResponse(http, {answer.timed_out ? 504 : 502, answer.failure, "", "upstream"});
    HttpResponse response;
    response.status = answer.head.status;
    response.headers = std::move(answer.head.headers);
    response.content_type = answer.head.content_type;
    const bool has_no_body = response.status == 204 || response.status == 304;
    if (!has_no_body) response.body = makeBytes(std::move(answer.body));
    return response;
}

}  // namespace

Gateway::Gateway(Backend& backend, ResponseRecorder& recorder, BackgroundRunner& background,
                 const sqlite::ReadModel& model, const AddressPolicy& policy,
                 GatewayOptions options, Clock& clock, Entropy& entropy)
    : backend_(backend),
      recorder_(recorder),
      background_(background),
      model_(model),
      policy_(policy),
      options_(options),
      clock_(clock),
      entropy_(entropy),
      ids_(model),
      idempotent_(model, clock),
      id_guard_(model, options_.sharing),
      pass_(backend, options_.pass_routes, id_guard_, options_.max_request_bytes) {}

/// Says that the call is not on record.
HttpResponse Gateway::unrecorded(HttpResponse response) {
    response.headers.add("waybill-recorded", "no");
    return response;
}

void Gateway::addTo(Router& router, const Guard& guard, const Guard& json_guard) {
    for (const ApiKind api : {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages})
        router.add("POST", traitsOf(api).path, json_guard,
                   [this, api](HttpRequest& http) { return create(api, http); });
    const auto add = [&](std::string method, std::string_view path,
                         HttpResponse (Gateway::*answer)(HttpRequest&)) {
        router.add(std::move(method), path, guard,
                   [this, answer](HttpRequest& http) { return (this->*answer)(http); });
    };
    add("GET", "/v1/responses/{id}", &Gateway::retrieve);
    add("DELETE", "/v1/responses/{id}", &Gateway::remove);
    add("POST", "/v1/responses/{id}/cancel", &Gateway::cancel);
    router.add("GET", "/v1/models", guard, [this](HttpRequest& http) { return pass_.pass(http); });
    if (!backend_.hasMoreRoutes()) return;
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        router.addRest(method, "/v1", "deliveries", guard,
                       [this](HttpRequest& http) { return passOn(http); });
}

HttpResponse Gateway::create(ApiKind api, HttpRequest& http) {
    Result<CreateRequest> request = parseCreateRequest(api, http.body, policy_);
    if (!request) return errorResponse(http, request.refusal());
    if (const std::string* key = http.headers.find("idempotency-key"))
        return createOnce(api, http, std::move(request).value(), *key);
    return createAnew(api, http, std::move(request).value(), nullptr);
}

/// The same key with the same request gets the same answer.
HttpResponse Gateway::createOnce(ApiKind api, HttpRequest& http, CreateRequest request,
                                 const std::string& key) {
    const auto idempotency = idempotencyOf(traitsOf(api).path, http.principal, key, http.body);
    if (!idempotency) return errorResponse(http, idempotency.refusal());
    IdempotentCalls::Turn turn = idempotent_.enter(idempotency->key, http.client_gone);
    if (!turn)
        return errorResponse(http, {409, "A call with this Idempotency-Key is under way.",
                                    "Idempotency-Key", "idempotency_under_way"});
    try {
        if (const auto earlier = idempotent_.findEarlier(*idempotency))
            return answerAgain(api, http, request, *earlier);
    } catch (const StoreUnavailable&) {
        // The API outlives the log: without it every call is the first.
    }
    request.idempotency = *idempotency;
    return createAnew(api, http, std::move(request), std::move(turn));
}

HttpResponse Gateway::answerAgain(ApiKind api, const HttpRequest& http,
                                  const CreateRequest& request,
                                  const IdempotentCalls::Earlier& earlier) const {
    if (!earlier.same_request)
        return errorResponse(http,
                             {409,
                              "This Idempotency-Key was used with another request in the last "
                              "24 hours; use a new key for a new request.",
                              "Idempotency-Key", "idempotency_mismatch"});
    HttpResponse answer = showOwn(http, earlier.response->object_id);
    if (request.stream && answer.status == 200) {
        answer.content_type = "text/event-stream";
        answer.body = makeBytes(objectStream(api, *answer.body));
    }
    answer.headers.add("Idempotent-Replayed", "true");
    return answer;
}

HttpResponse Gateway::createAnew(ApiKind api, HttpRequest& http, CreateRequest request,
                                 IdempotentCalls::Turn turn) {
    http.body = std::string();
    if (const auto refusal = id_guard_.refusalOf(request.body, http.principal, http.memory))
        return errorResponse(http, *refusal);
    if (api == ApiKind::kResponses)
        request.previous = findPreviousId(request.body, http.principal, model_);
    if (request.background) return createInBackground(api, http, std::move(request));
    return createNow(api, http, std::move(request), std::move(turn));
}

ResponseCreation Gateway::creationOf(ApiKind api, const HttpRequest& http,
                                     const CreateRequest& request, const std::string& id) const {
    ResponseCreation creation;
    creation.id = id;
    creation.created.kind = traitsOf(api).event_kind;
    creation.created.client = http.principal;
    creation.created.model = recordedModel(request.model);
    creation.created.background = request.background;
    creation.created.idempotency = request.idempotency;
    if (request.callback.ignored)
        creation.callback_ignored =
            CallbackIgnored{request.callback.ignored->code, request.callback.ignored->reason};
    return creation;
}

BackendCall Gateway::callOf(ApiKind api, const HttpRequest& http, const CreateRequest& request,
                            std::string body, const std::string& id) const {
    BackendCall call;
    call.api = api;
    call.id = id;
    call.query = http.query;
    call.body = request.previous ? withBackendsPreviousId(std::move(body), *request.previous)
                                 : std::move(body);
    call.stream = request.stream;
    call.headers = headersForBackend(http.headers);
    if (id_guard_.clientsShareAccount())
        call.headers = withOwnIdempotencyKey(call.headers, http.principal);
    call.secrets = secretsOf(request.callback.destination);
    if (backend_.wantsClientKey()) call.credential = credentialOf(http.headers);
    return call;
}

HttpResponse Gateway::createNow(ApiKind api, const HttpRequest& http, CreateRequest request,
                                IdempotentCalls::Turn turn) {
    // Before anything is spent.
    if (http.memory != nullptr && !http.memory->add(kUsualAnswer))
        return errorResponse(http, memoryFull());
    const std::string id = newStreamId(traitsOf(api).id_prefix, clock_.now().wall, entropy_);
    const Result<bool> recorded = recorder_.begin(creationOf(api, http, request, id));
    if (!recorded) return errorResponse(http, recorded.refusal());
    OpenCall open = *recorded ? OpenCall(recorder_, id) : OpenCall();
    std::string unanswered;
    if (request.stream && api == ApiKind::kResponses)
        unanswered = unansweredObject(id, unixNow(), request);
    // The body goes from hand to hand: it may be large.
    std::string body = std::exchange(request.body, {});
    std::unique_ptr<BackendReply> reply =
        backend_.create(callOf(api, http, request, std::move(body), id));

    const bool owes_callback = *recorded && request.callback.destination;
    const Abandoned abandoned = owes_callback ? nullptr : http.client_gone;
    BackendAnswer answer;
    if (awaitHead(*reply, abandoned, answer)) {
        if (request.stream && isStream(answer.head, reply, abandoned))
            return relay({api, id, *recorded, std::move(request.callback),
                          std::move(request.echoed_metadata), std::move(request.previous),
                          std::move(unanswered), std::move(reply), std::move(turn), std::move(open),
                          http.memory},
                         answer.head);
        readRest(*reply, {options_.max_response_bytes, http.memory}, abandoned, answer);
    }
    return finish({api, id, *recorded, *reply, request, open}, http, std::move(answer));
}

/// Whether an answer to a call for a stream is one: by its label, or by its first bytes, for which
/// `reply` then waits.
bool Gateway::isStream(const BackendHead& head, std::unique_ptr<BackendReply>& reply,
                       const Abandoned& abandoned) const {
    if (!head.succeeded() || head.isEventStream()) return head.succeeded();
    if (head.coding() != ContentCoding::kIdentity) return false;
    auto peeked = std::make_unique<PeekedReply>(std::move(reply));
    const AnswerForm form = peeked->awaitForm(abandoned);
    reply = std::move(peeked);
    return form == AnswerForm::kEvents;
}

HttpResponse Gateway::relay(StreamedCall call, const BackendHead& head) {
    HttpResponse response;
    response.status = head.status;
    response.headers = head.headers;
    response.headers.add("Cache-Control", "no-cache");
    response.content_type = head.isEventStream() ? head.content_type : "text/event-stream";
    if (!call.recorded) response = unrecorded(std::move(response));
    if (head.coding() != ContentCoding::kIdentity) passUnread(call, head);
    const auto shared = std::make_shared<StreamedCall>(std::move(call));
    response.stream = [this, shared](BodyWriter& client) {
        return runStream(std::move(*shared), client);
    };
    return response;
}

/// Events that cannot be read make no object: the call is over for us, the bytes pass.
void Gateway::passUnread(StreamedCall& call, const BackendHead& head) {
    call.previous.reset();
    if (!std::exchange(call.recorded, false)) return;
    BackendAnswer unread;
    unread.head = head;
    ResponseCompletion completion;
    completion.id = call.stream;
    completion.status = "error";
    completion.reason = inWords(readAnswer(call.api, unread).problem);
    call.open.finish(std::move(completion));
}

/// What is labelled a stream may be a whole answer all the same, mostly an error.
bool Gateway::runStream(StreamedCall call, BodyWriter& client) {
    const bool owes_callback = call.recorded && call.callback.destination;
    Abandoned abandoned;
    if (!owes_callback) abandoned = [&client] { return client.clientGone(); };
    auto peeked = std::make_unique<PeekedReply>(std::move(call.reply));
    const AnswerForm form = peeked->awaitForm(abandoned);
    call.reply = std::move(peeked);
    if (form != AnswerForm::kJson)
        return StreamRelay(std::move(call), ids_, recorder_, options_.max_response_bytes)
            .run(client);

    BackendAnswer answer;
    answer.head = call.reply->head();
    readRest(*call.reply, {options_.max_response_bytes, call.memory}, abandoned, answer);
    CreateRequest request;
    request.callback = std::move(call.callback);
    request.echoed_metadata = std::move(call.echoed_metadata);
    request.previous = std::move(call.previous);
    WholeCall whole{call.api, call.stream, call.recorded, *call.reply, request, call.open};
    const Bytes object = conclude(whole, answer);
    const bool written = client.write(object ? *object : answer.body);
    return written && answer.whole();
}

HttpResponse Gateway::finish(WholeCall call, const HttpRequest& http, BackendAnswer answer) {
    HttpResponse response;
    if (Bytes object = conclude(call, answer)) {
        response.status = answer.head.status;
        response.headers = std::move(answer.head.headers);
        response.body = std::move(object);
    } else {
        response = relayed(http, std::move(answer));
    }
    return call.recorded ? response : unrecorded(std::move(response));
}

/// Puts the end of a call on record. The object, if the answer is one; `call.recorded` then says
/// whether that went well.
Bytes Gateway::conclude(WholeCall& call, BackendAnswer& answer) {
    ReadAnswer read = readAnswer(call.api, answer, maskOf(call.reply));
    ResponseCompletion completion;
    completion.id = call.stream;
    completion.status = "error";
    std::optional<ObjectIds::Claim> claim;
    if (read.object) {
        const ObjectFacts& facts = *read.object;
        if (call.recorded) claim.emplace(ids_.claim(facts.id, call.stream));
        const std::string id = claim ? claim->id() : facts.id.empty() ? call.stream : facts.id;
        completion.object =
            makeBytes(finishObject(call.api, std::move(answer.body), facts, id, call.request));
        completion.object_id = id;
        if (facts.id != id) completion.backend_id = facts.id;
        completion.status = facts.status;
        completion.callback = call.request.callback.destination;
    } else {
        completion.reason = inWords(read.problem);
    }
    Bytes object = completion.object;
    call.recorded = call.recorded && call.open.finish(std::move(completion));
    return object;
}

HttpResponse Gateway::createInBackground(ApiKind api, const HttpRequest& http,
                                         CreateRequest request) {
    BackgroundJob job;
    job.call = callOf(api, http, request, request.body,
                      newStreamId(traitsOf(api).id_prefix, clock_.now().wall, entropy_));
    job.call.query.clear();
    job.queued_object = queuedObject(job.call.id, unixNow(), request);
    ResponseCreation creation = creationOf(api, http, request, job.call.id);
    creation.callback = request.callback.destination;
    creation.request = StoredRequest{job.call.body, toJson(job.call.headers), job.queued_object,
                                     toJson(job.call.credential)};
    request.body = std::string();
    job.request = std::move(request);

    const std::size_t size = BackgroundRunner::sizeOf(job);
    job.memory = background_.reserve(size);
    if (!job.memory)
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

std::int64_t Gateway::unixNow() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now().wall).time_since_epoch().count();
}

}  // namespace waybill::server
