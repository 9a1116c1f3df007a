// Do events come back from their bytes as they were, do those bytes never change, and does the
// chain of hashes cover all of them?
#include "waybill/event_codec.h"

#include <gtest/gtest.h>

#include <map>

#include "support/fold_cases.h"
#include "support/sample_events.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

constexpr auto kStream = "dlv_1";
constexpr std::uint64_t kPosition = 7;

Event decoded(std::string_view type, std::string_view data) {
    return decodeData(type, data, kStream, kPosition);
}

/// What decoding complains about; fails the test if it does not.
std::string complaint(std::string_view type, std::string_view data) {
    try {
        decoded(type, data);
    } catch (const CorruptLog& error) {
        EXPECT_EQ(error.stream(), kStream);
        EXPECT_EQ(error.position(), kPosition);
        return error.rule();
    }
    ADD_FAILURE() << type << ' ' << data << " was taken";
    return "";
}

// ---- the bytes, frozen
//
// What a log holds is never rewritten: these texts may only ever gain keys, and a line that changes
// here breaks every log there is.

const std::map<std::string, std::string> kFullBytes = {
    {"delivery_accepted",
     R"({"endpoint":"https://example.com:443",)"
     R"("url_digest":"1111111111111111111111111111111111111111111111111111111111111111",)"
     R"("payload_digest":"2222222222222222222222222222222222222222222222222222222222222222",)"
     R"("payload_bytes":2048,"payload_stream":"resp_1","content_type":"text/plain",)"
     R"("client":"acme","subject":"order 66","has_token":true,)"
     R"("idempotency":{"key_digest":"3333333333333333333333333333333333333333333333333333333333333333",)"
     R"("body_digest":"4444444444444444444444444444444444444444444444444444444444444444"},)"
     R"("policy":{"max_retries":1,"retry_delays_us":[7000000,90000000],)"
     R"("final_statuses":[410,404]},"due_at":"2026-11-21T20:00:00.000001Z"})"},
    {"attempt_started", R"({"attempt":5,"round":2,"cause":"redelivery"})"},
    {"attempt_succeeded",
     R"({"attempt":5,"http_status":204,"remote_address":"192.0.2.7:443",)"
     R"("timings_us":{"dns":1,"connect":22,"tls":333,"first_byte":4444,"total":5000000},)"
     R"("tls":"TLSv1.3","reused":true,"truncated":true,"response_head":{"bytes":77,)"
     R"("digest":"7777777777777777777777777777777777777777777777777777777777777777"},)"
     R"("response_body":{"bytes":88,)"
     R"("digest":"8888888888888888888888888888888888888888888888888888888888888888"}})"},
    {"attempt_failed",
     R"({"attempt":5,"reason":"stale_connection","detail":"connection reset",)"
     R"("http_status":503,"remote_address":"192.0.2.7:443","timings_us":{"dns":1,)"
     R"("connect":22,"tls":333,"first_byte":4444,"total":5000000},"tls":"TLSv1.3",)"
     R"("reused":true,"truncated":true,"response_head":{"bytes":77,)"
     R"("digest":"7777777777777777777777777777777777777777777777777777777777777777"},)"
     R"("response_body":{"bytes":88,)"
     R"("digest":"8888888888888888888888888888888888888888888888888888888888888888"},)"
     R"("counts":false,"retry_at":"2026-11-21T20:00:05.000000Z",)"
     R"("round_end":"final_status"})"},
    {"attempt_abandoned",
     R"({"attempt":5,"retry_at":"2026-11-21T20:05:00.500000Z","round_end":"attempts_used"})"},
    {"redelivery_requested",
     R"({"round":3,"reason":"mended","endpoint":"https://new.example:8443",)"
     R"("previous_endpoint":"https://example.com:443",)"
     R"("url_digest":"5555555555555555555555555555555555555555555555555555555555555555",)"
     R"("token_changed":true,"token_dropped":true,"bulk":"blk_1","due_at":"2026-11-21T21:00:00.000000Z"})"},
    {"delivery_cancelled", R"({"reason":"no longer wanted"})"},
    {"response_created",
     R"({"kind":"chat.completion","client":"acme","model":"echo-1","background":true,)"
     R"("run":2,)"
     R"("idempotency":{"key_digest":"3333333333333333333333333333333333333333333333333333333333333333",)"
     R"("body_digest":"4444444444444444444444444444444444444444444444444444444444444444"}})"},
    {"response_completed",
     R"({"object_id":"chatcmpl-1","backend_id":"chatcmpl-0","status":"completed",)"
     R"("payload_digest":"6666666666666666666666666666666666666666666666666666666666666666",)"
     R"("payload_bytes":4096,"delivery":"dlv_1","reason":"The backend's stream was cut short."})"},
    {"response_deleted", R"({"reason":"by its owner"})"},
    {"callback_ignored", R"({"code":"url_scheme","reason":"The URL is neither http nor https."})"},
    {"callback_requested", R"({"delivery":"dlv_1","reason":"the address is allowed now"})"},
    {"payload_erased", R"({"reason":"kept for 30 days"})"},
    {"endpoint_paused", R"({"reason":"is being mended"})"},
    {"endpoint_resumed", R"({"reason":"mended"})"},
    {"bulk_redelivery_requested",
     R"({"filter":{"endpoint":"https://example.com:443","status":"failed"},"matched":100,)"
     R"("rate_per_minute":60,"reason":"after the outage"})"},
    {"bulk_redelivery_paused", R"({"reason":"too much at once"})"},
    {"bulk_redelivery_resumed", R"({"reason":"at night"})"},
    {"bulk_redelivery_refused", R"({"refused":2,"through":"dlv_01kg0000000000000000000000"})"},
    {"bulk_redelivery_finished", R"({"done":98,"refused":2,"stopped":true})"},
    {"log_continued",
     R"({"archive_head":"9999999999999999999999999999999999999999999999999999999999999999",)"
     R"("archive_position":123456,"state":{"streams":[]}})"},
    {"loss_accepted",
     R"({"known_position":12,)"
     R"("known_hash":"9999999999999999999999999999999999999999999999999999999999999999",)"
     R"("found_position":10,)"
     R"("found_hash":"8888888888888888888888888888888888888888888888888888888888888888",)"
     R"("missing":2,"reason":"the write-ahead log is damaged"})"},
    {"access_recorded",
     R"({"kind":"login_failed","target":"GET /admin/v1/deliveries","address":"192.0.2.7","count":3})"},
};

const std::map<std::string, std::string> kEmptyBytes = {
    {"delivery_accepted",
     R"({"endpoint":"",)"
     R"("url_digest":"0000000000000000000000000000000000000000000000000000000000000000",)"
     R"("payload_digest":"0000000000000000000000000000000000000000000000000000000000000000",)"
     R"("payload_bytes":0,"content_type":"","client":"","policy":{"max_retries":3,)"
     R"("retry_delays_us":[5000000,300000000,1800000000]},)"
     R"("due_at":"1970-01-01T00:00:00.000000Z"})"},
    {"attempt_started", R"({"attempt":0,"round":0,"cause":"first"})"},
    {"attempt_succeeded", R"({"attempt":0,"http_status":null,"timings_us":{"total":0}})"},
    {"attempt_failed",
     R"({"attempt":0,"reason":"connect","http_status":null,"timings_us":{"total":0},)"
     R"("retry_at":null})"},
    {"attempt_abandoned", R"({"attempt":0,"retry_at":null})"},
    {"redelivery_requested", R"({"round":0,"due_at":"1970-01-01T00:00:00.000000Z"})"},
    {"delivery_cancelled", R"({})"},
    {"response_created", R"({"kind":"","client":"","run":1})"},
    {"response_completed", R"({"status":""})"},
    {"response_deleted", R"({})"},
    {"callback_ignored", R"({"code":"","reason":""})"},
    {"callback_requested", R"({"delivery":""})"},
    {"payload_erased", R"({})"},
    {"endpoint_paused", R"({})"},
    {"endpoint_resumed", R"({})"},
    {"bulk_redelivery_requested", R"({"filter":{},"matched":0,"rate_per_minute":0})"},
    {"bulk_redelivery_paused", R"({})"},
    {"bulk_redelivery_resumed", R"({})"},
    {"bulk_redelivery_refused", R"({"refused":0,"through":""})"},
    {"bulk_redelivery_finished", R"({"done":0,"refused":0})"},
    {"log_continued",
     R"({"archive_head":"0000000000000000000000000000000000000000000000000000000000000000",)"
     R"("archive_position":0,"state":{}})"},
    {"loss_accepted",
     R"({"known_position":0,"found_position":0,)"
     R"("found_hash":"0000000000000000000000000000000000000000000000000000000000000000",)"
     R"("missing":0})"},
    {"access_recorded", R"({"kind":"payload_read"})"},
};

TEST(EventCodec, AnActorWhoIsOnlyClaimedIsSaidInTheData) {
    for (const Event& event : fullEvents()) {
        const std::string data = encodeData(event, true);
        EXPECT_TRUE(actorIsClaimed(data)) << data;
        EXPECT_FALSE(actorIsClaimed(encodeData(event))) << data;
        EXPECT_EQ(encodeData(decoded(std::string(typeName(event)), data)), encodeData(event));
    }
    const std::string lie = R"(,"actor_claimed":true})";
    EXPECT_FALSE(actorIsClaimed(encodeData(DeliveryCancelled{lie})));
}

TEST(EventCodec, TheBytesOfAnEventWithEverythingSetAreFrozen) {
    ASSERT_EQ(kFullBytes.size(), allEventTypes().size());
    for (const Event& event : fullEvents()) {
        EXPECT_EQ(encodeData(event), kFullBytes.at(std::string(typeName(event))))
            << typeName(event);
    }
}

TEST(EventCodec, TheBytesOfAnEventWithNothingSetAreFrozen) {
    ASSERT_EQ(kEmptyBytes.size(), allEventTypes().size());
    for (const auto& [type, bytes] : kEmptyBytes)
        EXPECT_EQ(encodeData(emptyEvent(type)), bytes) << type;
}

// ---- there and back

TEST(EventCodec, EveryEventComesBackAsItWas) {
    for (const auto& bytes : {kFullBytes, kEmptyBytes}) {
        for (const auto& [type, data] : bytes) {
            const Event event = decoded(type, data);
            EXPECT_EQ(typeName(event), type);
            EXPECT_EQ(encodeData(event), data);
        }
    }
}

TEST(EventCodec, EveryFieldOfADeliverysEventsComesBack) {
    const auto accepted = std::get<DeliveryAccepted>(
        decoded("delivery_accepted", kFullBytes.at("delivery_accepted")));
    EXPECT_EQ(accepted.endpoint, "https://example.com:443");
    EXPECT_EQ(accepted.url_digest, digestOf(0x11));
    EXPECT_EQ(accepted.payload_digest, digestOf(0x22));
    EXPECT_EQ(accepted.payload_bytes, 2048u);
    EXPECT_EQ(accepted.content_type, "text/plain");
    EXPECT_EQ(accepted.client, "acme");
    EXPECT_EQ(accepted.subject, "order 66");
    EXPECT_EQ(accepted.payload_stream, "resp_1");
    EXPECT_TRUE(accepted.has_token);
    EXPECT_EQ(accepted.idempotency, (IdempotencyKey{digestOf(0x33), digestOf(0x44)}));
    EXPECT_EQ(accepted.policy,
              (RetryPolicy{1, {std::chrono::seconds(7), std::chrono::seconds(90)}, {410, 404}}));
    EXPECT_EQ(accepted.due_at, parseTimestamp("2026-11-21T20:00:00.000001Z"));

    const auto failed =
        std::get<AttemptFailed>(decoded("attempt_failed", kFullBytes.at("attempt_failed")));
    EXPECT_EQ(failed.attempt, 5u);
    EXPECT_EQ(failed.reason, FailureReason::kStaleConnection);
    EXPECT_EQ(failed.detail, "connection reset");
    EXPECT_EQ(failed.exchange, std::get<AttemptFailed>(fullEvents()[3]).exchange);
    EXPECT_FALSE(failed.counts);
    EXPECT_EQ(failed.retry_at, parseTimestamp("2026-11-21T20:00:05Z"));
    EXPECT_EQ(failed.round_end, RoundEnd::kFinalStatus);
}

TEST(EventCodec, EveryReasonAndCauseAndEndHasAName) {
    for (const char* name : {"http_status", "timeout", "dns", "connect", "tls", "protocol",
                             "refused_address", "stale_connection", "local_fault", "damaged"}) {
        EXPECT_EQ(toString(failureReasonFrom(name).value()), name);
    }
    for (const char* name : {"first", "retry", "redelivery"})
        EXPECT_EQ(toString(attemptCauseFrom(name).value()), name);
    for (const char* name :
         {"attempts_used", "refused_address", "final_status", "cancelled", "damaged"})
        EXPECT_EQ(toString(roundEndFrom(name).value()), name);
    EXPECT_EQ(failureReasonFrom("Timeout"), std::nullopt);
}

TEST(EventCodec, AnyTextComesBack) {
    for (const std::string& text :
         {std::string("\"quoted\" \\ and / and \b\f\n\r\t"), std::string("\0\x01\x1f\x7f", 4),
          std::string("f\xC3\xBCr \xE2\x82\xAC \xF0\x9F\x93\xA6"), std::string("</script>&'")}) {
        const std::string data = encodeData(DeliveryCancelled{text});
        EXPECT_EQ(std::get<DeliveryCancelled>(decoded("delivery_cancelled", data)).reason, text);
        EXPECT_EQ(data.find('\n'), std::string::npos) << "data is one line";
    }
}

TEST(EventCodec, WhatIsNotUtf8BecomesReplacementCharacters) {
    const std::string data = encodeData(DeliveryCancelled{"a\xFF\xC3z"});
    EXPECT_EQ(std::get<DeliveryCancelled>(decoded("delivery_cancelled", data)).reason,
              "a\xEF\xBF\xBD\xEF\xBF\xBDz");
}

// ---- bytes of other versions, and bytes that are wrong

TEST(EventCodec, UnknownKeysAreIgnored) {
    const auto event = std::get<AttemptStarted>(
        decoded("attempt_started",
                R"({"attempt":3,"new":{"deep":[1,2]},"round":1,"cause":"retry","more":null})"));
    EXPECT_EQ(event.attempt, 3u);
    EXPECT_EQ(event.cause, AttemptCause::kRetry);
}

TEST(EventCodec, MissingKeysTakeTheirDefaults) {
    for (const std::string& type : allEventTypes()) {
        if (type == "delivery_accepted") continue;
        EXPECT_EQ(encodeData(decoded(type, "{}")), kEmptyBytes.at(type)) << type;
    }
    const auto accepted = std::get<DeliveryAccepted>(
        decoded("delivery_accepted", R"({"policy":{"retry_delays_us":[1]}})"));
    EXPECT_EQ(accepted.policy, (RetryPolicy{3, {std::chrono::microseconds(1)}, {}}));
}

TEST(EventCodec, APolicyIsNeverMadeUp) {
    EXPECT_EQ(complaint("delivery_accepted", "{}"), "a policy has no retry delays");
    EXPECT_EQ(complaint("delivery_accepted", R"({"policy":{"retry_delays_us":[]}})"),
              "a policy has no retry delays");
}

TEST(EventCodec, AWrongValueNamesItsKey) {
    const std::vector<std::tuple<const char*, const char*, const char*>> wrong = {
        {"attempt_started", R"({"attempt":"1"})", "attempt"},
        {"attempt_started", R"({"attempt":1.0})", "attempt"},
        {"attempt_started", R"({"attempt":-1})", "attempt"},
        {"attempt_started", R"({"attempt":4294967296})", "attempt"},
        {"attempt_started", R"({"attempt":true})", "attempt"},
        {"attempt_started", R"({"cause":"a whim"})", "cause"},
        {"attempt_started", R"({"cause":""})", "cause"},
        {"attempt_started", R"({"cause":1})", "cause"},
        {"attempt_failed", R"({"reason":"bad luck"})", "reason"},
        {"attempt_failed", R"({"counts":"no"})", "counts"},
        {"attempt_failed", R"({"counts":0})", "counts"},
        {"attempt_failed", R"({"http_status":70000})", "http_status"},
        {"attempt_failed", R"({"retry_at":"tomorrow"})", "retry_at"},
        {"attempt_failed", R"({"retry_at":1732219200})", "retry_at"},
        {"attempt_failed", R"({"round_end":"Enough"})", "round_end"},
        {"attempt_failed", R"({"timings_us":{"total":"1"}})", "total"},
        {"attempt_failed", R"({"response_head":{"digest":"00"}})", "digest"},
        {"attempt_failed", R"({"response_head":{"bytes":-1}})", "bytes"},
        {"delivery_accepted", R"({"endpoint":1})", "endpoint"},
        {"delivery_accepted", R"({"url_digest":"xyz"})", "url_digest"},
        {"delivery_accepted", R"({"payload_bytes":1e99})", "payload_bytes"},
        {"delivery_accepted", R"({"policy":{"retry_delays_us":5}})", "retry_delays_us"},
        {"delivery_accepted", R"({"policy":{"retry_delays_us":["5s"]}})", "retry_delays_us"},
        {"delivery_accepted", R"({"policy":{"retry_delays_us":[1],"final_statuses":[65536]}})",
         "final_statuses"},
        {"delivery_cancelled", R"({"reason":["a"]})", "reason"},
        {"response_created", R"({"background":"yes"})", "background"},
        {"response_completed", R"({"payload_digest":""})", "payload_digest"},
    };
    for (const auto& [type, data, key] : wrong) {
        EXPECT_EQ(complaint(type, data), "data has a wrong value at " + std::string(key)) << data;
    }
}

TEST(EventCodec, WhatIsNoObjectIsRefused) {
    for (const char* data : {"", "{", "[]", "null", "1", "\"{}\"", "{} x", "{\"a\":1,}",
                             "{\"reason\":\"\xFF\"}", "{\"reason\":\"a\nb\"}"}) {
        EXPECT_NE(complaint("delivery_cancelled", data), "") << data;
    }
    EXPECT_EQ(complaint("attempt_failed", R"({"timings_us":[]})"), "data is not an object");
    EXPECT_EQ(complaint("delivery_accepted", R"({"policy":1})"), "data is not an object");
}

TEST(EventCodec, DataThatHidesMoreThanItsJsonIsRefusedAlsoOfALaterType) {
    const std::string behind_nul = std::string("{}") + '\0' + R"(,"hash":"another)";
    for (const char* type : {"delivery_cancelled", "a_later_type"})
        for (const std::string& data : {behind_nul, std::string("\xEF\xBB\xBF{}")})
            EXPECT_EQ(complaint(type, data), "data is more than JSON") << type;
}

TEST(EventCodec, WhatCannotBeATypeOfAnyVersionIsRefused) {
    for (const std::string& type :
         {std::string(), std::string("Delivery_accepted"), std::string("delivery_accepted "),
          std::string("_lost"), std::string("l\xC3\xB6st"), std::string(65, 'a')})
        EXPECT_EQ(complaint(type, "{}"), "no event type is named " + type);
}

// ---- events of later versions

/// Its type and the text of its data, kept.
void expectUnknown(std::string_view type, const std::string& data) {
    const Event event = decoded(type, data);
    ASSERT_TRUE(std::holds_alternative<UnknownEvent>(event)) << type << ' ' << data;
    EXPECT_EQ(typeName(event), type);
    EXPECT_EQ(encodeData(event), data) << "byte for byte";
}

TEST(EventCodec, AnEventOfALaterTypeIsKeptByteForByte) {
    for (const char* data : {"{}", R"({ "z":1.50, "a":1e2,"a":2, "t":"\u00e9\/\ud83d\udce6" })",
                             R"({"reason":null,"list":[{},[],"x"]})"}) {
        expectUnknown("delivery_lost", data);
        expectUnknown("x9_", data);
    }
    expectUnknown(std::string(64, 'a'), "{}");
}

TEST(EventCodec, ANameThatOnlyALaterVersionKnowsMakesAnEventUnknown) {
    expectUnknown("attempt_started", R"({"attempt":1,"round":1,"cause":"whim"})");
    expectUnknown("attempt_failed", R"({"reason":"bad_luck","attempt":1})");
    expectUnknown("attempt_failed", R"({"attempt":1,"round_end":"enough"})");
    expectUnknown("attempt_abandoned", R"({"attempt":1,"round_end":"enough"})");
}

TEST(EventCodec, WhatIsMalformedIsRefusedAlsoBesideALaterName) {
    for (const char* data :
         {R"({"reason":"bad_luck","attempt":"1"})", R"({"attempt":-1,"reason":"bad_luck"})",
          R"({"reason":"bad_luck","round_end":"so so"})"})
        EXPECT_NE(complaint("attempt_failed", data), "") << data;
    for (const char* data : {"", "[]", "{", "1", "{} x", "{\"reason\":\"\xFF\"}"})
        EXPECT_NE(complaint("delivery_lost", data), "") << data;
}

TEST(EventCodec, AnUnknownEventIsNestedNoDeeperThanItsReadersTake) {
    const auto nested = [](std::size_t depth) {
        return R"({"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    expectUnknown("delivery_lost", nested(59));
    EXPECT_EQ(complaint("delivery_lost", nested(60)), "data is nested more than 60 deep");
    EXPECT_EQ(complaint("delivery_lost", nested(50'000)), "data is nested more than 60 deep");
}

TEST(EventCodec, DeepNestingIsRefusedAndDoesNotUseUpTheStack) {
    const auto nested = [](std::size_t depth) {
        return R"({"filter":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_NO_THROW(decoded("bulk_redelivery_requested", nested(64)));
    EXPECT_EQ(complaint("bulk_redelivery_requested", nested(65)),
              "data has a wrong value at filter");
    EXPECT_EQ(complaint("bulk_redelivery_requested", nested(50'000)),
              "data has a wrong value at filter");
}

// ---- the chain

RecordedEvent recordedSample() {
    RecordedEvent event;
    event.global_position = 12;
    event.stream = kStream;
    event.position = 3;
    event.recorded_at = parseTimestamp("2026-11-21T20:00:00.000001Z").value();
    event.actor = "operator:kim";
    event.event = DeliveryCancelled{"no longer wanted"};
    return event;
}

std::string hashOf(const RecordedEvent& event, const Digest& previous = digestOf(0xAA)) {
    return toHex(chainHash(previous, event, encodeData(event.event)));
}

TEST(EventChain, TheHashesAreFrozen) {
    EXPECT_EQ(toHex(genesisHash("0123456789abcdef0123456789abcdef")),
              "e4100b58442aaead964759d3d71396055d327c8aa9ebddd1b5f6b703402087c0");
    EXPECT_EQ(hashOf(recordedSample()),
              "0bfeae7f33c5c9215c1d52a0d0b1424daa48ef1f5fd2c79e03a29dfc2575072d");
}

TEST(EventChain, EverySingleFieldChangesTheHash) {
    const std::string original = hashOf(recordedSample());
    EXPECT_NE(hashOf(recordedSample(), digestOf(0xAB)), original) << "previous hash";
    const auto changed = [](auto change) {
        RecordedEvent event = recordedSample();
        change(event);
        return hashOf(event);
    };
    EXPECT_NE(changed([](auto& event) { ++event.global_position; }), original);
    EXPECT_NE(changed([](auto& event) { event.stream += '0'; }), original);
    EXPECT_NE(changed([](auto& event) { ++event.position; }), original);
    EXPECT_NE(changed([](auto& event) { event.recorded_at += Duration(1); }), original);
    EXPECT_NE(changed([](auto& event) { event.actor = "operator:kin"; }), original);
    EXPECT_NE(changed([](auto& event) { event.event = DeliveryCancelled{}; }), original) << "data";
    EXPECT_NE(changed([](auto& event) { event.event = ResponseDeleted{"no longer wanted"}; }),
              original)
        << "type";
    EXPECT_EQ(changed([](auto& event) { event.hash = digestOf(1); }), original)
        << "the hash is not hashed";
}

TEST(EventChain, NothingMovesFromOneFieldIntoTheNext) {
    StoredEvent event{1, "ab", 1, "c", 0, "d", "e"};
    const Digest original = chainHash(Digest{}, event);
    event = {1, "a", 1, "bc", 0, "d", "e"};
    EXPECT_NE(chainHash(Digest{}, event), original);
    event = {1, "ab", 1, "c", 0, "de", ""};
    EXPECT_NE(chainHash(Digest{}, event), original);
}

TEST(EventChain, StoredColumnsAndARecordedEventHashAlike) {
    const RecordedEvent event = recordedSample();
    const std::string data = encodeData(event.event);
    const StoredEvent stored{event.global_position,
                             event.stream,
                             event.position,
                             "delivery_cancelled",
                             event.recorded_at.time_since_epoch().count(),
                             event.actor,
                             data};
    EXPECT_EQ(chainHash(Digest{}, stored), chainHash(Digest{}, event, data));
}

TEST(EventChain, EachLogHasItsOwnGenesis) {
    EXPECT_NE(genesisHash(std::string(32, '0')), genesisHash(std::string(32, '1')));
}

}  // namespace
}  // namespace waybill::test
