// What clients ask for, and the objects that backends answer.
#include <nlohmann/json.hpp>

#include "deliveries/base64.h"
#include "deliveries/delivery_request.h"
#include "fuzz/target.h"
#include "llm/answer_form.h"
#include "llm/answer_object.h"
#include "llm/create_request.h"
#include "llm/response_object.h"
#include "llm/stream/object_stream.h"
#include "llm/stream/sse_reader.h"
#include "llm/stream/stream_assembler.h"
#include "waybill/completion_callback.h"
#include "waybill/json_check.h"
#include "waybill/json_text.h"
#include "waybill/text_check.h"

namespace waybill::test {
namespace {

using server::ApiKind;

constexpr JsonLimits kBackends{.max_depth = 1024, .unique_keys = false, .lone_surrogates = true};

const AddressPolicy& policy() {
    static const AddressPolicy kPolicy = [] {
        AddressPolicy made;
        made.allow("loopback");
        return made;
    }();
    return kPolicy;
}

/// Whether the object's `metadata` has this key.
bool metadataHas(std::string_view object, std::string_view key) {
    const auto members = jsonMembers(object);
    for (const JsonMember& member : members) {
        if (member.key != "metadata") continue;
        const std::string_view value = valueText(object, member);
        const auto inner = jsonMembers(value);
        if (findMember(inner, key) != nullptr) return true;
    }
    return false;
}

void checkRequest(ApiKind api, std::string_view body) {
    const auto parsed = server::parseCreateRequest(api, body, policy());
    if (!parsed) {
        FUZZ_CHECK(!parsed.refusal().message.empty() && parsed.refusal().message.size() < 2000);
        return;
    }
    const server::CreateRequest& request = *parsed;
    // The backend learns nothing of the callback, and the object nothing of the token.
    FUZZ_CHECK(!checkJson(request.body, kBackends));
    FUZZ_CHECK(!metadataHas(request.body, kCallbackUrlKey));
    FUZZ_CHECK(!metadataHas(request.body, kCallbackTokenKey));
    if (request.echoed_metadata) {
        FUZZ_CHECK(!checkJson(*request.echoed_metadata, kBackends));
        const auto members = jsonMembers(*request.echoed_metadata);
        FUZZ_CHECK(findMember(members, kCallbackTokenKey) == nullptr);
    }
    FUZZ_CHECK(!request.callback.destination || !request.callback.ignored);
    if (request.callback.destination)
        FUZZ_CHECK(parseCallbackUrl(request.callback.destination->url, policy()).url);
    for (const std::string& object : {server::queuedObject("resp_1", 7, request),
                                      server::unansweredObject("resp_1", 7, request)}) {
        FUZZ_CHECK(!checkJson(object, kBackends));
        FUZZ_CHECK(!metadataHas(object, kCallbackTokenKey));
        FUZZ_CHECK(!checkJson(server::failedObject(object, "It failed."), kBackends));
        FUZZ_CHECK(!checkJson(server::cancelledObject(object), kBackends));
    }
}

/// A backend's answer: an object that can be finished and told as a stream, or a problem in words.
void checkAnswer(ApiKind api, std::string_view body) {
    server::BackendAnswer answer;
    answer.head.status = 200;
    answer.body = std::string(body);
    const auto read = server::readAnswer(api, answer);
    if (!read.object) {
        const std::string words = server::inWords(read.problem);
        FUZZ_CHECK(!words.empty() && words.find_first_of("\r\n") == words.npos);
        FUZZ_CHECK(!textProblem(words, 8192));
        FUZZ_CHECK(!checkJson(server::toJson(read.problem)));
        return;
    }
    server::CreateRequest request;
    request.echoed_metadata = R"({"a":"b"})";
    const std::string finished =
        server::finishObject(api, answer.body, *read.object, "resp_ours", request);
    FUZZ_CHECK(!checkJson(finished, kBackends));
    const auto facts = server::readObject(api, finished);
    FUZZ_CHECK(facts && facts->id == "resp_ours");
    FUZZ_CHECK(server::isResponseStatus(facts->status));

    std::string stream = server::objectStream(api, finished);
    std::string_view rest = stream;
    server::SseReader reader;
    const auto assembler = server::makeStreamAssembler(api, R"({"id":"u"})");
    while (!rest.empty())
        if (const auto event = reader.next(rest)) {
            FUZZ_CHECK(event->data == "[DONE]" || !checkJson(event->data, kBackends));
            assembler->take(*event);
        }
    FUZZ_CHECK(!reader.unfinished());
}

}  // namespace

/// The webhook keys and the token go no further than us, whatever the request; every object that we
/// make or pass on is JSON.
WAYBILL_FUZZ_TARGET(create_request) {
    for (const ApiKind api : {ApiKind::kResponses, ApiKind::kChatCompletions, ApiKind::kMessages}) {
        checkRequest(api, bytes);
        checkAnswer(api, bytes);
    }
    const auto error = server::readBackendError(503, bytes);
    FUZZ_CHECK(error.message.size() <= 4096 && error.code.size() <= 256);
    FUZZ_CHECK(!textProblem(error.message, 4096) && !textProblem(error.type, 256));

    const auto delivery = server::parseDeliveryRequest(bytes, RetryPolicy{});
    if (!delivery) FUZZ_CHECK(delivery.refusal().message.size() < 2000);
    static_cast<void>(server::idempotencyOf("/v1/deliveries", "c", std::string(bytes), "{}"));
    const auto decoded = server::decodeBase64(bytes);
    FUZZ_CHECK(!decoded || bytes.size() == (decoded->size() + 2) / 3 * 4);
    static_cast<void>(server::answerForm(bytes));
}

}  // namespace waybill::test
