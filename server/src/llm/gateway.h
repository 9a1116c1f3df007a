// The client's side of the three create APIs.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "llm/api_kind.h"
#include "llm/backend.h"
#include "llm/backend_answer.h"
#include "llm/background_runner.h"
#include "llm/create_request.h"
#include "llm/id_guard.h"
#include "llm/idempotent_calls.h"
#include "llm/object_ids.h"
#include "llm/pass_through.h"
#include "llm/response_recorder.h"
#include "llm/stream/stream_relay.h"
#include "waybill/clock.h"
#include "waybill/entropy.h"
#include "waybill/server/router.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

struct GatewayOptions {
    std::size_t max_response_bytes = 64 * 1024 * 1024;  ///< of a backend's answer
    std::size_t max_request_bytes = 16 * 1024 * 1024;   ///< of a body once it is decoded
    std::vector<std::string> pass_routes;               ///< as PassThrough takes them
    Sharing sharing;                                    ///< what clients share at the upstream
};

/// Passes create calls to the backend, puts them on record and owes each its completion callback.
/// Everything given must outlive it. Any thread.
class Gateway {
public:
    Gateway(Backend& backend, ResponseRecorder& recorder, BackgroundRunner& background,
            const sqlite::ReadModel& model, const AddressPolicy& policy,
            GatewayOptions options = {}, Clock& clock = systemClock(),
            Entropy& entropy = systemEntropy());

    /// Adds the routes; `guard` says whose a request is, `json_guard` also that its body is JSON.
    void addTo(Router& router, const Guard& guard, const Guard& json_guard);

private:
    /// A call whose answer is taken whole.
    struct WholeCall {
        ApiKind api;
        const StreamId& stream;  ///< in the log
        bool recorded;           ///< its beginning; then also its end
        const BackendReply& reply;
        const CreateRequest& request;
        OpenCall& open;
    };

    HttpResponse create(ApiKind api, HttpRequest& http);
    HttpResponse createOnce(ApiKind api, HttpRequest& http, CreateRequest request,
                            const std::string& key);
    HttpResponse createAnew(ApiKind api, HttpRequest& http, CreateRequest request,
                            IdempotentCalls::Turn turn);
    HttpResponse createNow(ApiKind api, const HttpRequest& http, CreateRequest request,
                           IdempotentCalls::Turn turn);
    HttpResponse answerAgain(ApiKind api, const HttpRequest& http, const CreateRequest& request,
                             const IdempotentCalls::Earlier& earlier) const;
    HttpResponse createInBackground(ApiKind api, const HttpRequest& http, CreateRequest request);
    bool isStream(const BackendHead& head, std::unique_ptr<BackendReply>& reply,
                  const Abandoned& abandoned) const;
    HttpResponse relay(StreamedCall call, const BackendHead& head);
    static HttpResponse unrecorded(HttpResponse response);
    void passUnread(StreamedCall& call, const BackendHead& head);
    bool runStream(StreamedCall call, BodyWriter& client);
    HttpResponse finish(WholeCall call, const HttpRequest& http, BackendAnswer answer);
    Bytes conclude(WholeCall& call, BackendAnswer& answer);

    HttpResponse retrieve(HttpRequest& http);
    HttpResponse cancel(HttpRequest& http);
    HttpResponse remove(HttpRequest& http);
    HttpResponse passOn(HttpRequest& http);
    HttpResponse passUnknown(HttpRequest& http) const;
    bool isHeld(const std::string& id) const;
    HttpResponse showAsStream(const HttpRequest& http, const Response& response,
                              std::optional<std::int64_t> after);
    /// A run to be followed by a client.
    struct FollowedRun {
        std::string client;
        std::string id;
        std::optional<std::int64_t> after;
        RequestMemory* memory;
    };
    bool follow(const FollowedRun& run, BodyWriter& writer);
    std::optional<Response> ownResponse(const std::string& client, const std::string& id) const;
    std::optional<Bytes> readCounted(const Response& response, RequestMemory* memory) const;
    std::optional<HttpResponse> show(const HttpRequest& http, const Response& response,
                                     bool running) const;
    HttpResponse showOwn(const HttpRequest& http, const std::string& id) const;
    std::int64_t unixNow() const;

    ResponseCreation creationOf(ApiKind api, const HttpRequest& http, const CreateRequest& request,
                                const std::string& id) const;
    BackendCall callOf(ApiKind api, const HttpRequest& http, const CreateRequest& request,
                       std::string body, const std::string& id) const;

    Backend& backend_;
    ResponseRecorder& recorder_;
    BackgroundRunner& background_;
    const sqlite::ReadModel& model_;
    const AddressPolicy& policy_;
    const GatewayOptions options_;
    Clock& clock_;
    Entropy& entropy_;
    ObjectIds ids_;
    IdempotentCalls idempotent_;
    mutable std::mutex reading_unsized_;
    const IdGuard id_guard_;
    PassThrough pass_;
};

}  // namespace waybill::server
