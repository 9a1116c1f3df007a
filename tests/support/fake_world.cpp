#include "support/fake_world.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "support/chance.h"

namespace waybill::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Site {
    const char* endpoint;
    const char* path;
    double share;    ///< of the traffic
    double failing;  ///< of attempts
    int latency_ms;
    const char* client;
};

constexpr std::array<Site, 11> kSites = {{
    {"https://api.acme-billing.com:443", "/hooks/completions", 0.24, 0.008, 42, "acme"},
    {"https://hooks.northwind.io:443", "/v2/events", 0.15, 0.012, 61, "northwind"},
    {"https://ingest.lumen.dev:443", "/webhooks", 0.13, 0.006, 85, "lumen"},
    {"https://erp.globex.example:443", "/api/callbacks?tenant=7", 0.10, 0.010, 120, "globex"},
    {"https://events.contoso.com:443", "/in", 0.09, 0.004, 38, "contoso"},
    {"https://n8n.initech.co:8443", "/webhook/8f21c", 0.07, 0.012, 140, "initech"},
    {"https://app.hooli.xyz:443", "/integrations/wh", 0.07, 0.005, 66, "hooli"},
    {"https://relay.umbrella.org:443", "/receive", 0.06, 0.110, 210, "umbrella"},
    {"https://orders.stark.industries:443", "/hook", 0.05, 0.003, 54, "stark"},
    {"http://10.20.0.7:9000", "/internal/done", 0.03, 0.004, 9, "nightly-batch"},
    {"https://edge.cyberdyne.ai:443", "/hooks", 0.01, 0.004, 71, "cyberdyne"},
}};
constexpr std::size_t kBroken = 3;
constexpr std::size_t kPaused = 9;
constexpr Duration kBrokenFor = minutes(72);
constexpr Duration kPausedFor = minutes(25);
constexpr std::array<Duration, 4> kRetryOffsets = {seconds(0), seconds(5), seconds(305),
                                                   seconds(2105)};

std::string idOf(std::string_view prefix, std::uint64_t number) {
    constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    Chance chance(number * 977 + prefix.size());
    std::string id(prefix);
    id += "01kb";
    while (id.size() < prefix.size() + 26)
        id += kAlphabet[chance.below(32)];
    return id;
}

std::string sha256Like(std::uint64_t number) {
    constexpr std::string_view kHex = "0123456789abcdef";
    Chance chance(number);
    std::string text;
    while (text.size() < 64)
        text += kHex[chance.below(16)];
    return text;
}

std::string payloadOf(const DeliveryView& view) {
    const auto created =
        std::chrono::duration_cast<seconds>(view.created_at.time_since_epoch()).count();
    return R"({"id":")" + (view.subject.empty() ? view.id : view.subject) +
           R"(","object":"response","created_at":)" + std::to_string(created) +
           R"(,"status":"completed","error":null,"incomplete_details":null,"instructions":null,"model":"large-1","output":[{"type":"message","id":"msg_)" +
           view.payload_sha256.substr(0, 12) +
           R"(","status":"completed","role":"assistant","content":[{"type":"output_text","text":"The invoice totals 1,284.50 EUR; two of its lines are taxed at 19 %, one at 7 %.","annotations":[]}]}],"parallel_tool_calls":true,"temperature":0.7,"top_p":1.0,"tools":[],"usage":{"input_tokens":412,"output_tokens":96,"total_tokens":508},"metadata":{"tenant":")" +
           view.client + R"(","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}})";
}

struct Fault {
    std::optional<std::uint16_t> status{};
    FailureReason reason = FailureReason::kHttpStatus;
    const char* words = "";
};

Fault faultOf(std::size_t site, Chance& chance) {
    static const std::array<Fault, 10> kFaults = {{
        {std::uint16_t{503}, FailureReason::kHttpStatus, "503 Service Unavailable"},
        {std::uint16_t{500}, FailureReason::kHttpStatus, "500 Internal Server Error"},
        {std::uint16_t{502}, FailureReason::kHttpStatus, "502 Bad Gateway"},
        {{}, FailureReason::kTimeout, "no answer within 30 seconds"},
        {std::uint16_t{429}, FailureReason::kHttpStatus, "429 Too Many Requests"},
        {{}, FailureReason::kConnect, "connection refused"},
        {{}, FailureReason::kDns, "the name has no address"},
        {{}, FailureReason::kTls, "the certificate has expired"},
        {std::uint16_t{404}, FailureReason::kHttpStatus, "404 Not Found"},
        {{}, FailureReason::kProtocol, "the answer is not HTTP/1.1"},
    }};
    return kFaults[chance.below(site == kBroken ? 4 : kFaults.size())];
}

AttemptView attemptOf(const Site& site, std::uint32_t number, Timestamp at, Chance& chance) {
    AttemptView attempt;
    attempt.attempt = number;
    attempt.round = 1;
    attempt.cause = number == 1 ? AttemptCause::kFirst : AttemptCause::kRetry;
    attempt.started_at = at + milliseconds(static_cast<int>(chance.below(40)) + 4);
    attempt.remote_address = "192.0.2." + std::to_string(17 + chance.below(6)) + ":443";
    const bool tls = std::string_view(site.endpoint).starts_with("https");
    if (tls) attempt.tls = "TLSv1.3";
    const auto micros = [&](int low, int range) {
        return Duration(low + static_cast<int>(chance.below(static_cast<std::uint64_t>(range))));
    };
    attempt.timings.dns = micros(400, 5000);
    attempt.timings.connect = micros(3000, 16000);
    if (tls) attempt.timings.tls = micros(7000, 22000);
    const double slow = std::exp(chance.part() * chance.part() * 2.6);
    attempt.timings.first_byte =
        Duration(static_cast<std::int64_t>(site.latency_ms * 600.0 * slow));
    attempt.request_headers = {
        {"Host", std::string(site.endpoint).substr(8)},
        {"Content-Type", "application/json"},
        {"Authorization", "Bearer ********"},
        {"User-Agent", "Waybill/0.1.0"},
        {"webhook-timestamp", "1763750402"},
        {"webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="},
        {"waybill-attempt", std::to_string(number)}};
    return attempt;
}

void succeed(AttemptView& attempt, Chance& chance) {
    attempt.status = AttemptStatus::kSucceeded;
    attempt.http_status = chance.below(5) == 0 ? 204 : chance.below(6) == 0 ? 202 : 200;
    attempt.response_head = "HTTP/1.1 " + std::to_string(*attempt.http_status) +
                            " OK\r\ncontent-type: application/json\r\nserver: "
                            "nginx/1.25.3\r\nx-request-id: req_8f21c07a\r\n";
    if (*attempt.http_status != 204) attempt.response_body = R"({"received":true})";
    attempt.explanation = "The endpoint accepted the callback with " +
                          std::to_string(*attempt.http_status) + ". Nothing more will be sent.";
}

void fail(AttemptView& attempt, const Fault& fault) {
    attempt.status = AttemptStatus::kFailed;
    attempt.http_status = fault.status;
    attempt.reason = fault.reason;
    if (fault.status) {
        attempt.response_head =
            "HTTP/1.1 " + std::string(fault.words) +
            "\r\ncontent-type: text/html\r\nserver: nginx/1.25.3\r\nretry-after: 30\r\n";
        attempt.response_body = "<html><head><title>" + std::string(fault.words) +
                                "</title></head>\n<body><center><h1>" + fault.words +
                                "</h1></center><hr><center>nginx/1.25.3</center></body></html>";
    }
    if (fault.reason == FailureReason::kTimeout) attempt.timings.first_byte.reset();
    attempt.explanation = "The attempt failed: " + std::string(fault.words) + ".";
}

void finishTimings(AttemptView& attempt) {
    PhaseTimings& timings = attempt.timings;
    timings.total = timings.dns.value_or(Duration()) + timings.connect.value_or(Duration()) +
                    timings.tls.value_or(Duration()) + timings.first_byte.value_or(seconds(30)) +
                    Duration(900);
    attempt.duration = timings.total;
    attempt.response_body_bytes = attempt.response_body.size();
}

std::string attemptData(const AttemptView& attempt) {
    std::string data = R"({"attempt":)" + std::to_string(attempt.attempt);
    if (attempt.status == AttemptStatus::kFailed) {
        data += R"(,"reason":")" + std::string(toString(*attempt.reason)) + "\"";
        data += R"(,"http_status":)" +
                (attempt.http_status ? std::to_string(*attempt.http_status) : "null");
    } else {
        data += R"(,"http_status":)" + std::to_string(attempt.http_status.value_or(200));
    }
    data += R"(,"remote_address":")" + attempt.remote_address + R"(","timings_us":{"total":)" +
            std::to_string(attempt.timings.total.count()) + "}";
    if (attempt.status == AttemptStatus::kFailed) {
        data += attempt.retry_at ? R"(,"retry_at":")" + formatTimestamp(*attempt.retry_at) + "\""
                                 : std::string(R"(,"retry_at":null,"round_end":"attempts_used")");
    }
    return data + "}";
}

EventView eventOf(const StreamId& stream, std::uint64_t position, const std::string& type,
                  Timestamp at, const std::string& actor, const std::string& data) {
    return {0, stream, position, type, at, actor, data, {}};
}

void recordEvents(FakeWorld::Entry& entry) {
    const DeliveryView& view = entry.view;
    std::uint64_t position = 0;
    entry.events.push_back(eventOf(view.id, ++position, "delivery_accepted", view.created_at,
                                   "client:" + view.client,
                                   R"({"endpoint":")" + view.endpoint + R"(","payload_bytes":)" +
                                       std::to_string(view.payload_bytes) + R"(,"client":")" +
                                       view.client + R"(","subject":")" + view.subject + R"("})"));
    for (const AttemptView& attempt : entry.attempts) {
        entry.events.push_back(
            eventOf(view.id, ++position, "attempt_started", attempt.started_at, "engine",
                    R"({"attempt":)" + std::to_string(attempt.attempt) + R"(,"round":1,"cause":")" +
                        std::string(toString(attempt.cause)) + R"("})"));
        if (attempt.status == AttemptStatus::kAttempting) continue;
        const bool failed = attempt.status == AttemptStatus::kFailed;
        entry.events.push_back(
            eventOf(view.id, ++position, failed ? "attempt_failed" : "attempt_succeeded",
                    attempt.started_at + *attempt.duration, "engine", attemptData(attempt)));
    }
    if (view.status == "cancelled") {
        entry.events.push_back(eventOf(view.id, ++position, "delivery_cancelled", view.updated_at,
                                       "operator:ada", R"({"reason":"the order was withdrawn"})"));
    }
}

void foldAttempts(FakeWorld::Entry& entry, Timestamp now) {
    DeliveryView& view = entry.view;
    view.attempt_count = static_cast<std::uint32_t>(entry.attempts.size());
    view.updated_at = view.created_at;
    if (entry.attempts.empty()) {
        view.status = "pending";
        view.next_attempt_at = now;
        return;
    }
    const AttemptView& last = entry.attempts.back();
    view.last_attempt = {last.attempt,
                         last.cause,
                         last.status,
                         last.started_at,
                         last.duration.value_or(Duration()),
                         last.http_status,
                         last.reason};
    view.updated_at = last.started_at + last.duration.value_or(Duration());
    view.next_attempt_at = last.retry_at;
    if (last.status == AttemptStatus::kAttempting) view.status = "attempting";
    if (last.status == AttemptStatus::kSucceeded) view.status = "delivered";
    if (last.status == AttemptStatus::kFailed) view.status = last.retry_at ? "pending" : "failed";
}

/// The attempts that time allowed, each as its site would have it.
void makeAttempts(FakeWorld::Entry& entry, std::size_t site_index, Timestamp now, Chance& chance) {
    const Site& site = kSites[site_index];
    const Timestamp broken_since = now - kBrokenFor;
    for (std::uint32_t number = 1; number <= 4; ++number) {
        const Timestamp at = entry.view.created_at + kRetryOffsets[number - 1];
        if (at > now) break;
        AttemptView attempt = attemptOf(site, number, at, chance);
        const bool broken = site_index == kBroken && at > broken_since;
        const bool failing = broken || chance.part() < (number == 1 ? site.failing : 0.45);
        if (failing) {
            fail(attempt, faultOf(site_index, chance));
        } else {
            succeed(attempt, chance);
        }
        finishTimings(attempt);
        if (attempt.started_at + *attempt.duration > now) {
            attempt.status = AttemptStatus::kAttempting;
            attempt.http_status.reset();
            attempt.reason.reset();
            attempt.duration.reset();
            attempt.timings = {};
            attempt.explanation = "The attempt is on the wire.";
            attempt.response_head.clear();
            attempt.response_body.clear();
        } else if (failing && number < 4) {
            attempt.retry_at = entry.view.created_at + kRetryOffsets[number];
            attempt.explanation += " The next attempt is due at " +
                                   formatTimestamp(*attempt.retry_at).substr(11, 8) + " UTC.";
        } else if (failing) {
            attempt.explanation += " It was the last of the round; the delivery failed.";
        }
        entry.attempts.push_back(std::move(attempt));
        if (!failing || entry.attempts.back().status == AttemptStatus::kAttempting) break;
    }
}

std::size_t siteOf(double part) {
    double sum = 0;
    for (std::size_t i = 0; i < kSites.size(); ++i) {
        sum += kSites[i].share;
        if (part < sum) return i;
    }
    return kSites.size() - 1;
}

/// More in the afternoon than at night.
Duration ageOf(Chance& chance) {
    for (;;) {
        const double back = chance.part() * 24;
        const double traffic = 0.55 + 0.45 * std::cos((back - 4) / 24 * 6.28318);
        if (chance.part() < traffic) return Duration(static_cast<std::int64_t>(back * 3.6e9));
    }
}

std::string subjectOf(std::uint64_t number, Chance& chance) {
    switch (chance.below(6)) {
        case 0:
            return "invoice-" + std::to_string(20'000 + number);
        case 1:
            return "order/" + std::to_string(7'000 + number * 3);
        default:
            return idOf("resp_", number);
    }
}

FakeWorld::Entry makeEntry(std::uint64_t number, Timestamp created, std::size_t site_index,
                           Timestamp now) {
    Chance chance(number * 7919);
    const Site& site = kSites[site_index];
    FakeWorld::Entry entry;
    DeliveryView& view = entry.view;
    view.id = idOf("dlv_", number);
    view.endpoint = site.endpoint;
    std::string url = site.endpoint;
    url.resize(url.ends_with(":443") ? url.size() - 4 : url.size());
    view.url = url + site.path;
    view.client = site.client;
    view.subject = subjectOf(number, chance);
    view.round = 1;
    view.max_attempts = 4;
    view.created_at = created;
    view.content_type = "application/json";
    view.payload_sha256 = sha256Like(number);
    entry.payload = payloadOf(view);
    view.payload_bytes = entry.payload.size();
    const bool held = site_index == kPaused && created > now - kPausedFor;
    if (!held) makeAttempts(entry, site_index, now, chance);
    foldAttempts(entry, now);
    if (held) {
        view.held_by = "endpoint_paused";
        view.next_attempt_at = created;
    }
    if (view.status == "pending" && site_index != kBroken && !held && chance.below(6) == 0) {
        view.status = "cancelled";
        view.next_attempt_at.reset();
        view.updated_at += seconds(40);
        if (!entry.attempts.empty()) entry.attempts.back().retry_at.reset();
    }
    recordEvents(entry);
    return entry;
}

}  // namespace

FakeWorld::FakeWorld(std::size_t deliveries) {
    now = *parseTimestamp("2026-11-21T18:40:01.250Z");
    Chance chance(42);
    std::vector<Timestamp> times;
    for (std::size_t i = 0; i < deliveries; ++i)
        times.push_back(now - ageOf(chance));
    std::sort(times.rbegin(), times.rend());
    for (std::size_t i = 0; i < deliveries; ++i)
        entries.push_back(makeEntry(deliveries - i, times[i], siteOf(chance.part()), now));
    for (const Entry& entry : entries)
        log.insert(log.end(), entry.events.begin(), entry.events.end());
    log.push_back(eventOf(kSites[kPaused].endpoint, 1, "endpoint_paused", now - kPausedFor,
                          "operator:ada", R"({"reason":"database migration"})"));
    std::stable_sort(log.begin(), log.end(), [](const EventView& a, const EventView& b) {
        return a.recorded_at < b.recorded_at;
    });
    std::uint64_t position = 0;
    for (EventView& event : log) {
        event.global_position = ++position;
        event.hash = sha256Like(position + 1'000'000);
    }
    for (const Site& site : kSites) {
        EndpointView endpoint;
        endpoint.endpoint = site.endpoint;
        endpoints.push_back(endpoint);
    }
    endpoints[kPaused].paused = true;
    endpoints[kPaused].paused_by = "operator:ada";
    endpoints[kPaused].pause_reason = "database migration";
    endpoints[kBroken].failing_since = now - kBrokenFor;
}

FakeWorld::Entry* FakeWorld::find(const StreamId& id) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& entry) { return entry.view.id == id; });
    return found == entries.end() ? nullptr : &*found;
}

void FakeWorld::addEvent(const StreamId& stream, const std::string& type, const std::string& actor,
                         const std::string& data) {
    EventView event = eventOf(stream, 1, type, now, actor, data);
    event.global_position = log.size() + 1;
    event.hash = sha256Like(event.global_position + 1'000'000);
    if (Entry* entry = find(stream)) {
        event.position = entry->events.size() + 1;
        entry->events.push_back(event);
    }
    log.push_back(event);
    changed.notify_all();
}

StreamId FakeWorld::add(const std::string& endpoint, const std::string& subject) {
    Entry entry;
    DeliveryView& view = entry.view;
    view.id = idOf("dlv_", entries.size() + 1'000'000);
    view.endpoint = endpoint;
    view.url = endpoint + "/hook";
    view.client = "acme";
    view.subject = subject;
    view.status = "pending";
    view.round = 1;
    view.max_attempts = 4;
    view.created_at = view.updated_at = now;
    view.next_attempt_at = now;
    view.content_type = "application/json";
    entry.payload = "{}";
    view.payload_bytes = 2;
    const StreamId id = view.id;
    entries.insert(entries.begin(), std::move(entry));
    addEvent(id, "delivery_accepted", "client:acme",
             R"({"endpoint":")" + endpoint + R"(","subject":")" + subject + R"("})");
    return id;
}

}  // namespace waybill::test
