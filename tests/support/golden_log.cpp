#include "support/golden_log.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "log/column_codec.h"
#include "log/columns.h"
#include "log/schema.h"
#include "support/batch_builder.h"
#include "support/chance.h"
#include "support/directory_contents.h"
#include "support/sample_events.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/event_codec.h"
#include "waybill/sqlite/log.h"
#include "waybill/stream_state.h"

namespace waybill::test {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kAllEvents = 1'000'000;
const std::string kGoldenSalt = "0123456789abcdef";
const std::string kNewUrl = "https://example.org/moved?key=in-the-query";
const Exchange kRefusal{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\n", "busy"};

Attachments payloadOnly(const std::string& payload) {
    return {.payload = makeBytes(payload)};
}

AttemptFailed refusedWith503() {
    AttemptFailed failed = failedEvent(1, epoch() + std::chrono::seconds(5));
    failed.reason = FailureReason::kHttpStatus;
    failed.detail = "503 Service Unavailable";
    failed.exchange = succeededEvent(1, kRefusal, kGoldenSalt).exchange;
    failed.exchange.http_status = 503;
    return failed;
}

/// A stored object that is sent by a delivery.
DeliveryAccepted callbackOf(const StreamId& response, const std::string& object) {
    DeliveryAccepted accepted = acceptedEvent(object);
    accepted.payload_stream = response;
    return accepted;
}

Attachments destinationOnly() {
    return {.destination = Destination{"https://example.com/hook?key=in-the-query", {}},
            .salt = kGoldenSalt};
}

void addDeliveries(BatchBuilder& builder) {
    DeliveryAccepted with_key = acceptedEvent("{\"n\":1}");
    with_key.has_token = true;
    with_key.idempotency = IdempotencyKey{sha256("a key"), sha256("a body")};
    with_key.policy.final_statuses = {410};
    Attachments first = destinationOnly();
    first.payload = makeBytes("{\"n\":1}");
    first.destination->token = "the first token";
    RedeliveryRequested again{.round = 2,
                              .reason = "mended",
                              .endpoint = "https://example.org:443",
                              .previous_endpoint = "https://example.com:443",
                              .url_digest = saltedSha256(kGoldenSalt, kNewUrl),
                              .token_changed = true,
                              .bulk = kBulk,
                              .due_at = epoch() + std::chrono::minutes(1)};
    builder.add(kOne, with_key, first, "client:tester")
        .start(kOne)
        .add(kOne, refusedWith503(), {.salt = kGoldenSalt, .exchange = kRefusal})
        .start(kOne, 2, AttemptCause::kRetry)
        .succeed(kOne, 2)
        .add(kOne, again,
             {.destination = Destination{kNewUrl, "the second token"}, .salt = kGoldenSalt},
             "operator:ada")
        .add(kOne, startedEvent(3, AttemptCause::kRedelivery, 2))
        .add(kOne, AttemptAbandoned{3, epoch() + std::chrono::minutes(2), {}})
        .add(kOne, DeliveryCancelled{"no longer wanted"}, {}, "operator:ada")
        .add(kOne, PayloadErased{"retention"}, {.erase_payload = true});
    AttemptFailed damaged = failedEvent(1, std::nullopt);
    damaged.reason = FailureReason::kDamaged;
    damaged.round_end = RoundEnd::kDamaged;
    builder.accept(kTwo, "{\"n\":2}").start(kTwo).add(kTwo, damaged);
    builder.accept(kThree, "{\"n\":3}", "a token that waits");
}

void addResponses(BatchBuilder& builder) {
    ResponseCreated background = createdEvent(true);
    background.idempotency = IdempotencyKey{sha256("another key"), sha256("another body")};
    builder.add("resp_open", background,
                {.destination = Destination{"https://example.com/later", "a callback's token"},
                 .salt = kGoldenSalt,
                 .request = StoredRequest{"{\"model\":\"echo\"}", "{\"x-more\":\"1\"}",
                                          "{\"id\":\"resp_open\",\"status\":\"queued\"}",
                                          "{\"authorization\":\"Bearer of a client\"}"}});
    const std::string object = "{\"id\":\"obj_1\",\"status\":\"completed\"}";
    builder.add("resp_stored", createdEvent())
        .add("resp_stored", CallbackIgnored{"url_scheme", "The URL is neither http nor https."})
        .add("resp_stored", completedEvent("obj_1", object), payloadOnly(object))
        .add("resp_stored", CallbackRequested{"dlv_late", "the address is allowed now"}, {},
             "operator:ada")
        .add("dlv_late", callbackOf("resp_stored", object), destinationOnly(), "operator:ada");
    builder.add("resp_failed", createdEvent())
        .add("resp_failed", ResponseCompleted{.status = "error", .reason = "It hung up."});
    builder.add("resp_deleted", createdEvent())
        .add("resp_deleted", completedEvent("obj_2", "{}"), payloadOnly("{}"))
        .add("resp_deleted", ResponseDeleted{"by its owner"}, {}, "client:tester")
        .add("resp_deleted", PayloadErased{"deleted by its owner"}, {.erase_payload = true});
}

void addFormat1(BatchBuilder& builder) {
    builder.add("log", LogContinued{digestOf(0x99), 123456, R"({"streams":[]})"});
    addDeliveries(builder);
    addResponses(builder);
    builder.add(kEndpoint, EndpointPaused{"is being mended"}, {}, "operator:ada")
        .add(kEndpoint, EndpointResumed{"mended"}, {}, "operator:ada")
        .add("*", EndpointPaused{"an outage"}, {}, "operator:ada");
    builder
        .add(kBulk, BulkRedeliveryRequested{R"({"status":"failed"})", 2, 60, "after the outage"},
             {}, "operator:ada")
        .add(kBulk, BulkRedeliveryPaused{}, {}, "operator:ada")
        .add(kBulk, BulkRedeliveryResumed{}, {}, "operator:ada")
        .add(kBulk, BulkRedeliveryRefused{1, kTwo})
        .add(kBulk, BulkRedeliveryFinished{.done = 1, .refused = 1});
    builder.add("log", LossAccepted{.known_position = 40,
                                    .known_hash = digestOf(0x77),
                                    .found_position = 30,
                                    .found_hash = digestOf(0x66),
                                    .missing = 10,
                                    .reason = "an older copy was put in its place"});
    builder.add("log", AccessRecorded{.kind = AccessKind::kLoginFailed,
                                      .target = "GET /admin/v1/deliveries",
                                      .address = "192.0.2.7",
                                      .count = 50});
}

/// An event as a later version writes it; what this one would say of it is not asked.
Event later(std::string type, std::string data) {
    return UnknownEvent{std::move(type), std::move(data)};
}

/// `event` with a key that this version does not know, in front of the others.
Event withLaterKey(const Event& event) {
    return later(std::string(typeName(event)),
                 R"({"priority":{"class":"high", "weight":1.50},)" + encodeData(event).substr(1));
}

void addFromTheFuture(BatchBuilder& builder) {
    // An unknown type, and a known one behind it.
    builder.accept(kOne, "{\"n\":1}", "a token")
        .add(kOne, later("delivery_rerouted", R"({"through":"eu-west","hops":[1,2.0,3e0]})"))
        .add(kOne, later("attempt_started", R"({"attempt":1,"round":1,"cause":"first"})"));
    // Unknown keys change nothing: it waits for its second attempt.
    Attachments attached = destinationOnly();
    attached.payload = makeBytes("{\"n\":2}");
    builder.add(kTwo, withLaterKey(acceptedEvent("{\"n\":2}")), attached, "client:tester")
        .add(kTwo, withLaterKey(startedEvent(1)))
        .add(kTwo, withLaterKey(failedEvent(1, epoch() + std::chrono::seconds(5))));
    // Names of enumerations.
    builder.accept(kThree, "{\"n\":3}")
        .start(kThree)
        .add(kThree,
             later("attempt_failed",
                   R"({"attempt":1,"reason":"quota","http_status":null,)"
                   R"("timings_us":{"total":7},"retry_at":null,"round_end":"quota_used"})"));
    builder.accept("dlv_by_schedule", "{\"n\":4}")
        .add("dlv_by_schedule",
             later("attempt_started", R"({"attempt":1,"round":1,"cause":"schedule"})"));
    // A kind of stream that is not known, and what is known in one.
    builder.add("key_1", later("key_added", R"({ "name":"signing", "t":"\u00e9\/" })"))
        .add("key_1", later("endpoint_paused", R"({"reason":"no endpoint's"})"));
    builder.add(kResponse, createdEvent(true))
        .add(kResponse, later("response_queued", R"({"place":4})"));
    builder.add("*", EndpointPaused{"so that nothing of this log is ever sent"})
        .add(kEndpoint, EndpointPaused{"broken"})
        .add(kEndpoint, later("endpoint_drained", "{}"));
    builder.add(kBulk, BulkRedeliveryRequested{.filter = "{}", .matched = 1})
        .add(kBulk, later("bulk_redelivery_slowed", R"({"rate":0.1})"));
}

void shrink(const std::string& file) {
    SqliteShell shell(file);
    const auto& derived = sqlite::derivedSchema();
    for (auto object = derived.rbegin(); object != derived.rend(); ++object)
        shell.run("DROP " + object->type + " IF EXISTS " + object->name);
    shell.run("VACUUM");
    shell.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

template <typename State>
Json columnsOf(const State& state) {
    sqlite::ColumnPrinter printer;
    visitColumns(state, printer);
    Json columns = Json::object();
    for (const auto& column : printer.columns())
        columns[column.name] = column.value;
    return columns;
}

Json jsonOf(const StreamState& state) {
    if (const auto* delivery = std::get_if<Delivery>(&state))
        return {{"kind", "delivery"}, {"columns", columnsOf(*delivery)}};
    if (const auto* response = std::get_if<Response>(&state))
        return {{"kind", "response"}, {"columns", columnsOf(*response)}};
    if (const auto* endpoint = std::get_if<EndpointState>(&state))
        return {{"kind", "endpoint"}, {"columns", columnsOf(*endpoint)}};
    if (const auto* bulk = std::get_if<BulkRedelivery>(&state))
        return {{"kind", "bulk_redelivery"}, {"columns", columnsOf(*bulk)}};
    return {{"kind", std::holds_alternative<LogState>(state) ? "log" : "unknown"},
            {"columns", {{"position", std::to_string(positionOf(state))}}}};
}

}  // namespace

std::string goldenDirectory(const std::string& name) {
    return std::string(WAYBILL_SOURCE_DIR) + "/tests/golden/" + name;
}

void writeGolden(const std::string& name, const std::string& directory) {
    const TemporaryDirectory made;
    SeededEntropy entropy(1);
    const sqlite::LogOptions options{.directory = made.path(), .entropy = &entropy};
    {
        const auto log = sqlite::openLog(options);
        BatchBuilder builder(*log);
        name == kFormat1 ? addFormat1(builder) : addFromTheFuture(builder);
        builder.commit();
    }
    shrink(made / "waybill.db");
    std::filesystem::create_directories(directory);
    for (const char* file : {"waybill.db", "secrets.key"})
        writeFile(directory + '/' + file, readFile(made / file));
    const auto log = sqlite::openLog(options);
    writeFile(directory + "/head.txt", toHex(log->head().hash) + '\n');
    writeFile(directory + "/states.json", statesOf(*log));
}

std::string statesOf(const EventLog& log) {
    std::map<StreamId, StreamState> states;
    for (const RecordedEvent& event : log.readAll(0, kAllEvents))
        foldInto(states[event.stream], event);
    Json json = Json::object();
    for (const auto& [stream, state] : states)
        json[stream] = jsonOf(state);
    return json.dump(1) + '\n';
}

}  // namespace waybill::test
