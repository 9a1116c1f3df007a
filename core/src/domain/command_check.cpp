// Which commands cannot be right, whatever the log says. What stands in an append-only log stands
// there for good, so a host's mistake is refused as a stranger's is.
#include <algorithm>
#include <type_traits>

#include "domain/decide.h"
#include "waybill/callback_url.h"
#include "waybill/endpoint.h"
#include "waybill/excerpt.h"
#include "waybill/ids.h"
#include "waybill/json_check.h"
#include "waybill/json_text.h"
#include "waybill/text_check.h"
#include "waybill/utf8.h"

namespace waybill {
namespace {

constexpr std::size_t kMaxIdLength = 128;
constexpr std::size_t kMaxModelLength = 1024;
constexpr std::size_t kMaxObjectIdLength = 64 * 1024;
constexpr std::size_t kMaxStatusLength = 1024;
constexpr std::size_t kMaxReasonLength = 64 * 1024;
constexpr std::size_t kMaxFilterLength = 16 * 1024;
constexpr std::size_t kMaxAddressLength = 128;
constexpr std::size_t kAnyLength = SIZE_MAX;  // a reason is cut, not refused

/// The refusal of a text that has a problem.
std::optional<Refusal> refusalOf(const char* param, const std::optional<std::string>& problem) {
    if (!problem) return std::nullopt;
    return Refusal::invalid(param, std::string(param) + " " + *problem);
}

/// What a backend chose is recorded as it is, as long as the log can hold it: a text in UTF-8.
std::optional<Refusal> checkStored(const char* param, const std::string& text, std::size_t most) {
    if (text.size() > most)
        return Refusal::invalid(
            param, std::string(param) + " is longer than " + std::to_string(most) + " bytes");
    if (!isUtf8(text)) return Refusal::invalid(param, std::string(param) + " is not UTF-8");
    return std::nullopt;
}

bool isName(std::string_view id) {
    return !id.empty() && id.size() <= kMaxIdLength &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool isId(std::string_view id, std::string_view prefix) {
    return isName(id) && id.size() > prefix.size() && id.starts_with(prefix);
}

/// An id of another kind is the id of nothing that this command knows.
std::optional<Refusal> checkId(std::string_view id, std::string_view prefix, const char* what) {
    if (isId(id, prefix)) return std::nullopt;
    return Refusal{
        RefusalCode::kNotFound,
        "there is no such " + std::string(what) + ": its id begins with " + std::string(prefix),
        "id"};
}

/// A response's stream is named as its API names objects (`resp_…`, `chatcmpl-…`, `msg_…`), or as
/// the host likes: only not as a stream of another kind is.
std::optional<Refusal> checkResponseId(std::string_view id) {
    const bool another = id.starts_with(kDeliveryPrefix) || id.starts_with(kBulkPrefix) ||
                         id == kEveryEndpoint || id == kLogStream ||
                         id.find("://") != std::string_view::npos;
    if (isName(id) && !another) return std::nullopt;
    return Refusal{RefusalCode::kNotFound, "there is no such response: this is no id of one", "id"};
}

std::optional<Refusal> checkWho(const std::string& actor, const std::string& reason) {
    if (auto refusal = refusalOf("actor", actorProblem(actor))) return refusal;
    return refusalOf("reason", textProblem(reason, kAnyLength));
}

/// A filter is recorded as the JSON it is.
std::optional<Refusal> checkFilter(const std::string& filter) {
    if (filter.empty()) return std::nullopt;
    if (checkJson(filter) || !isJsonObject(filter))
        return Refusal::invalid("filter", "filter must be a JSON object");
    return refusalOf("filter", textProblem(filter, kMaxFilterLength));
}

std::optional<Refusal> checkStep(const BulkRedeliveryRequested& step) {
    if (auto refusal = checkFilter(step.filter)) return refusal;
    return refusalOf("reason", textProblem(step.reason, kAnyLength));
}
std::optional<Refusal> checkStep(const BulkRedeliveryPaused& step) {
    return refusalOf("reason", textProblem(step.reason, kAnyLength));
}
std::optional<Refusal> checkStep(const BulkRedeliveryResumed& step) {
    return refusalOf("reason", textProblem(step.reason, kAnyLength));
}
std::optional<Refusal> checkStep(const BulkRedeliveryRefused& step) {
    return step.through.empty() ? std::nullopt : checkId(step.through, kDeliveryPrefix, "delivery");
}
std::optional<Refusal> checkStep(const BulkRedeliveryFinished&) {
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> checkCommand(const Redelivery& command) {
    if (auto refusal = checkId(command.delivery, kDeliveryPrefix, "delivery")) return refusal;
    if (!command.bulk.empty())
        if (auto refusal = checkId(command.bulk, kBulkPrefix, "bulk re-delivery")) return refusal;
    return checkWho(command.actor, command.reason);
}

std::optional<Refusal> checkCommand(const Cancellation& command) {
    if (auto refusal = checkId(command.delivery, kDeliveryPrefix, "delivery")) return refusal;
    return checkWho(command.actor, command.reason);
}

std::optional<Refusal> checkCommand(const LateCallback& command) {
    if (auto refusal = checkResponseId(command.response)) return refusal;
    return checkWho(command.actor, command.reason);
}

std::optional<Refusal> checkCommand(const ResponseCreation& command) {
    if (auto refusal = checkResponseId(command.id)) return refusal;
    const ResponseCreated& created = command.created;
    if (auto refusal = refusalOf("client", nameProblem(created.client, kMaxClientName)))
        return refusal;
    if (auto refusal = refusalOf("model", textProblem(created.model, kMaxModelLength)))
        return refusal;
    if (auto refusal = refusalOf("kind", nameProblem(created.kind))) return refusal;
    if (!command.callback_ignored) return std::nullopt;
    if (auto refusal =
            checkStored("callback_ignored", command.callback_ignored->code, kMaxIdLength))
        return refusal;
    return checkStored("callback_ignored", command.callback_ignored->reason, kMaxReasonLength);
}

std::optional<Refusal> checkCommand(const ResponseCompletion& command) {
    if (auto refusal = checkResponseId(command.id)) return refusal;
    if (auto refusal = checkStored("object_id", command.object_id, kMaxObjectIdLength))
        return refusal;
    if (auto refusal = checkStored("backend_id", command.backend_id, kMaxObjectIdLength))
        return refusal;
    if (auto refusal = checkStored("status", command.status, kMaxStatusLength)) return refusal;
    return checkStored("reason", command.reason, kAnyLength);
}

std::optional<Refusal> checkCommand(const ResponseDeletion& command) {
    if (auto refusal = checkResponseId(command.id)) return refusal;
    return checkWho(command.actor, command.reason);
}

std::optional<Refusal> checkCommand(const BulkStep& command) {
    if (auto refusal = checkId(command.id, kBulkPrefix, "bulk re-delivery")) return refusal;
    if (auto refusal = refusalOf("actor", actorProblem(command.actor))) return refusal;
    return std::visit([](const auto& step) { return checkStep(step); }, command.step);
}

std::optional<Refusal> checkCommand(const EndpointCommand& command) {
    if (auto refusal = checkWho(command.actor, command.reason)) return refusal;
    if (command.endpoint == kEveryEndpoint) return std::nullopt;
    const auto named = endpointNamed(command.endpoint);
    if (named == command.endpoint) return std::nullopt;
    if (named) return Refusal::invalid("endpoint", "endpoint must be written " + excerpt(*named));
    return Refusal::invalid("endpoint",
                            "endpoint must be like https://example.com:443, or * for all");
}

std::optional<Refusal> checkCommand(const AccessNote& command) {
    const AccessRecorded& access = command.access;
    if (auto refusal = refusalOf("actor", actorProblem(command.actor))) return refusal;
    if (auto refusal = refusalOf("target", textProblem(access.target, kMaxAccessTarget)))
        return refusal;
    if (auto refusal = refusalOf("address", textProblem(access.address, kMaxAddressLength)))
        return refusal;
    if (access.count == 0) return Refusal::invalid("count", "count must be at least 1");
    return std::nullopt;
}

}  // namespace waybill
