#include "llm/answer_object.h"

#include <vector>

#include "llm/answer_form.h"
#include "waybill/json_text.h"
#include "waybill/utf8.h"

namespace waybill::server {
namespace {

std::string_view withoutMark(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
}

/// An error that is longer than this once decoded is not read.
constexpr std::size_t kMostErrorBytes = 1024 * 1024;

/// What the members say that tell an object of an API from an error.
class ObjectMembers {
public:
    explicit ObjectMembers(std::string_view object)
        : object_(object), members_(jsonMembers(object)) {}

    bool isArray(std::string_view key) const { return valueOf(key).starts_with('['); }
    bool says(std::string_view key, std::string_view word) const {
        const std::string_view value = valueOf(key);
        return isJsonString(value) && jsonStringValue(value) == word;
    }
    bool isString(std::string_view key) const { return isJsonString(valueOf(key)); }
    bool saysStatus() const {
        const std::string_view value = valueOf("status");
        return isJsonString(value) && isResponseStatus(jsonStringValue(value));
    }

private:
    std::string_view valueOf(std::string_view key) const {
        const JsonMember* member = findMember(members_, key);
        return member == nullptr ? std::string_view() : valueText(object_, *member);
    }

    const std::string_view object_;
    const std::vector<JsonMember> members_;
};

/// Whether an object has what its API's objects have.
bool hasForm(ApiKind api, const ObjectMembers& members) {
    switch (api) {
        case ApiKind::kResponses:
            return members.says("object", "response") || members.isArray("output");
        case ApiKind::kChatCompletions:
            return members.says("object", "chat.completion") || members.isArray("choices");
        case ApiKind::kMessages:
            return members.says("type", "message") || members.isArray("content");
    }
    return false;
}

/// Both vendors' SDKs take an `error` at the top for an error; only responses have such a member of
/// their own. An error inside a choice (OpenRouter) is part of the object. What has an id and no
/// words of an error counts whatever its form: backends leave members out.
bool isObjectOf(ApiKind api, std::string_view json) {
    const ObjectMembers members(json);
    if (members.says("type", "error") || members.says("object", "error")) return false;
    if (saysError(json) && !(api == ApiKind::kResponses && members.saysStatus())) return false;
    const bool has_words = members.isString("message") || members.isString("detail");
    return hasForm(api, members) || (members.isString("id") && !has_words);
}

/// The body as it can be read, in `decoded` if it must be; nothing when it cannot.
std::optional<std::string_view> readable(const BackendAnswer& answer, std::string& decoded) {
    const ContentCoding coding = answer.head.coding();
    std::string_view body = answer.body;
    if (coding == ContentCoding::kUnknown) return std::nullopt;
    if (coding != ContentCoding::kIdentity) {
        const auto result = decodeContent(coding, body, kMostErrorBytes, decoded);
        if (result != ContentDecoder::Result::kOk) return std::nullopt;
        body = decoded;
    }
    return withoutMark(body);
}

BackendError problemOf(const BackendAnswer& answer, const TextMask& mask) {
    BackendError problem;
    if (!answer.whole()) {
        problem.message = answer.failure;
        if (mask) mask(problem.message);
        if (!answer.head.succeeded()) problem.http_status = answer.head.status;
        return problem;
    }
    std::string decoded;
    const std::optional<std::string_view> body = readable(answer, decoded);
    const AnswerForm form = answerForm(body.value_or(""));
    if (body) problem = readBackendError(answer.head.status, *body, mask);
    problem.http_status = answer.head.status;
    if (!answer.head.succeeded() || !problem.message.empty()) return problem;
    const auto with_body = [&](std::string_view what) {
        return BackendError{"The backend answered with HTTP status " +
                            std::to_string(answer.head.status) + " and " + std::string(what)};
    };
    if (!body) return with_body("a body in a content coding that cannot be read.");
    if (body->empty()) return with_body("an empty body.");
    if (answer.head.isEventStream() || form == AnswerForm::kEvents)
        return with_body("an event stream although none was asked for.");
    return with_body("a body that is no JSON object of this API.");
}

}  // namespace

ReadAnswer readAnswer(ApiKind api, BackendAnswer& answer, const TextMask& mask) {
    ReadAnswer read;
    if (answer.succeeded() && answer.head.coding() == ContentCoding::kIdentity) {
        const std::string_view json = withoutMark(answer.body);
        read.object = readObject(api, json);
        if (read.object && !isObjectOf(api, json)) read.object.reset();
        if (read.object) answer.body.erase(0, answer.body.size() - json.size());
    }
    if (!read.object) read.problem = problemOf(answer, mask);
    return read;
}

TextMask maskOf(const BackendReply& reply) {
    return [&reply](std::string& text) { reply.mask(text); };
}

}  // namespace waybill::server
