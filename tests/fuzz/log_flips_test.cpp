// One flipped byte anywhere in a log's files: is it found, refused, or without any effect?
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "support/batch_builder.h"
#include "support/chance.h"
#include "support/directory_contents.h"
#include "support/open_deliveries.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/rebuild.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSalt = "0123456789abcdef";
constexpr const char* kMovedFrom = "https://first.example:443";
constexpr const char* kMovedTo = "https://other.example:443";
constexpr const char* kBackground = "resp_0000000000000000000000003";

std::uint64_t numberIn(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text ? std::stoull(text) : otherwise;
}

StreamId idOf(int number) {
    return "dlv_" + std::to_string(1000 + number);
}

DeliveryAccepted acceptedBy(int number) {
    DeliveryAccepted event = acceptedEvent("{}", epoch() + std::chrono::seconds(number));
    event.client = "client " + std::to_string(number % 3);
    event.subject = "order " + std::to_string(number);
    event.has_token = number % 2 == 0;
    if (number % 3 == 0)
        event.idempotency = IdempotencyKey{sha256("key " + std::to_string(number)), sha256("body")};
    return event;
}

/// Deliveries in every state, `from` to `to`.
void deliver(BatchBuilder& batch, int from, int to) {
    for (int number = from; number < to; ++number) {
        const StreamId id = idOf(number);
        batch.add(id, acceptedBy(number),
                  {.payload = makeBytes("{}"),
                   .destination = Destination{"https://example.com/hook?key=in-the-query",
                                              number % 2 == 0 ? "a token" : ""},
                   .salt = kSalt});
        if (number % 5 == 0) continue;
        batch.start(id);
        if (number % 5 == 1) batch.succeed(id);
        if (number % 5 == 2) batch.fail(id, 1, epoch() + 1h);
        if (number % 5 == 3) batch.fail(id, 1, std::nullopt);
    }
}

/// One of every kind of event, beside deliveries.
void addOthers(BatchBuilder& batch) {
    DeliveryAccepted of_response = acceptedEvent("{}");
    of_response.payload_stream = kResponse;
    DeliveryAccepted moved = acceptedEvent("{}");
    moved.endpoint = kMovedFrom;
    moved.url_digest = saltedSha256(kSalt, "https://first.example");
    const StreamId over = "resp_0000000000000000000000002";
    batch.add(kResponse, createdEvent())
        .add(kResponse, completedEvent("obj_1", "{}"), {.payload = makeBytes("{}")})
        .add(kTwo, of_response,
             {.destination = Destination{"https://example.com/hook?key=in-the-query", {}},
              .salt = kSalt})
        .add(over, createdEvent())
        .add(over, CallbackIgnored{.code = "url_scheme", .reason = "no URL"})
        .add(over, completedEvent("obj_2", "{}"), {.payload = makeBytes("{}")})
        .add(over, ResponseDeleted{}, {.erase_payload = true})
        .add(over, PayloadErased{}, {.erase_payload = true})
        .add(kBackground, createdEvent(true),
             {.destination = Destination{"https://example.com/later", "a token"},
              .salt = kSalt,
              .request = StoredRequest{"{\"model\":\"echo\"}", "{}", "{\"id\":\"x\"}", "a key"}})
        .add(kEndpoint, EndpointPaused{"broken"})
        .add(kBulk, BulkRedeliveryRequested{.filter = "{}", .matched = 3})
        .add("dlv_moved", moved,
             {.payload = makeBytes("{}"),
              .destination = Destination{"https://first.example", {}},
              .salt = kSalt})
        .add("dlv_moved",
             RedeliveryRequested{.round = 2,
                                 .reason = "mended",
                                 .endpoint = kMovedTo,
                                 .url_digest = saltedSha256(kSalt, "https://other.example"),
                                 .due_at = epoch()},
             {.destination = Destination{"https://other.example", {}}, .salt = kSalt})
        .add(idOf(1), PayloadErased{"kept for 30 days"}, {.erase_payload = true})
        .accept("dlv_large", std::string(40'000, 'p'))
        .add("dlv_large", DeliveryCancelled{});
}

/// What a killed daemon leaves: a database with most of it, a write-ahead log with the rest, an
/// index and the key.
std::map<std::string, std::string> soundFiles() {
    const TemporaryDirectory directory;
    {
        const auto log = sqlite::openLog({.directory = directory.path()});
        BatchBuilder batch(*log);
        deliver(batch, 0, 40);
        addOthers(batch);
        batch.commit();
    }
    const auto log = sqlite::openLog({.directory = directory.path()});
    for (int from = 40; from < 60; from += 5) {
        BatchBuilder batch(*log);
        deliver(batch, from, from + 5);
        batch.commit();
    }
    {
        const sqlite::Indexer indexer({.directory = directory.path(), .interval = 1ms});
        EXPECT_TRUE(indexer.waitFor(log->head().global_position, 60s)) << indexer.problem();
    }
    auto files = contentsOf(directory.path());
    files.erase("waybill.db-shm");
    files.erase("waybill.lock");
    files.erase("index.db-shm");
    return files;
}

/// What readers show: once what events or digests cover, and once what nothing does.
struct Shown {
    std::string text;
    std::string unchecked;
    friend bool operator==(const Shown&, const Shown&) = default;
};

void showDeliveries(const sqlite::ReadModel& model, int step, std::string& text) {
    const DeliveryFilter filters[] = {{},
                                      {.status = "failed"},
                                      {.endpoint = "https://example.com:443"},
                                      {.client = "client 1"},
                                      {.subject = "order 7"},
                                      {.reason = "connect"},
                                      {.http_status = 200},
                                      {.since = epoch() + 60ms},
                                      {.q = "order 1"},
                                      {.q = "https://other"}};
    for (const DeliveryFilter& filter : filters) {
        text += std::to_string(model.countDeliveries(filter).value()) + '\n';
        const auto page = model.deliveries(filter, 100, "");
        for (const DeliveryView& view : page.value().data)
            text += toJson(view) + '\n';
    }
    for (const DeliveryOrder order : {DeliveryOrder::kUpdated, DeliveryOrder::kNextAttempt}) {
        const auto page = model.deliveries({}, {.limit = 100, .order = order});
        for (const DeliveryView& view : page.value().data)
            text += view.id + '\n';
    }
    const auto endpoints = model.endpointsOf({});
    for (const std::string& endpoint : endpoints.value())
        text += endpoint + '\n';
    for (int number = 0; number < 60; number += step) {
        const auto detail = model.deliveryDetail(idOf(number));
        text += detail ? toJson(*detail) : "none";
        const Bytes payload = model.payload(idOf(number));
        text += payload ? *payload : "none";
        for (const EventView& event : model.streamEvents(idOf(number)))
            text += toJson(event) + '\n';
        const auto match = model.findByIdempotencyKey(sha256("key " + std::to_string(number)));
        text += match ? match->delivery : "none";
    }
    text += *model.payload("dlv_large");
}

/// Of every so many deliveries each detail.
Shown shown(const std::string& file, int step = 1) {
    const sqlite::ReadModel model(file);
    Shown shown{model.logId() + toHex(model.head().hash) + '\n', {}};
    showDeliveries(model, step, shown.text);
    for (const EventView& event : model.events(0, 1000))
        shown.text += toJson(event) + '\n';
    for (const char* status : {"", "completed", "deleted", "in_progress"}) {
        const auto page = model.responses({.status = status}, 100, "");
        for (const ResponseView& view : page.value().data)
            shown.text += toJson(view) + '\n';
        shown.text += std::to_string(model.countResponses({.status = status}).value()) + '\n';
    }
    const auto settled = model.settledResponses(epoch() + 24h, 0, 100);
    for (const StreamId& id : settled.found)
        shown.text += id + '\n';
    for (const std::string id : {"obj_1", "obj_2", kBackground}) {
        const auto response = model.findResponse(id);
        const Bytes object = response ? model.responseObject(*response) : nullptr;
        (id == kBackground ? shown.unchecked : shown.text) += object ? *object : "none";
    }
    const auto bulks = model.bulkRedeliveries(100, "");
    for (const BulkRedelivery& bulk : bulks.value().data)
        shown.text +=
            toJson(viewOf(bulk)) + std::to_string(model.bulkProgress(bulk.id).redelivered) + '\n';
    const auto endpoints = model.endpoints(24h, epoch() + 12h);
    for (const EndpointView& endpoint : endpoints.value().data) {
        const bool moved = endpoint.endpoint == kMovedFrom || endpoint.endpoint == kMovedTo;
        (moved ? shown.unchecked : shown.text) += toJson(endpoint) + '\n';
    }
    shown.text += toJson(model.stats(24h, 1h, epoch() + 12h).value());
    return shown;
}

/// What a daemon finds at a start.
Shown started(const std::string& directory) {
    const auto log = sqlite::openLog({.directory = directory});
    Shown found{log->logId() + toHex(log->head().hash) + '\n', {}};
    for (const Delivery& delivery : openDeliveries(*log))
        found.text += delivery.id;
    for (int number = 0; number < 60; ++number) {
        const auto delivery = log->findDelivery(idOf(number));
        if (!delivery) continue;
        const auto destination = log->readDestination(delivery->destination_position);
        if (destination) found.text += destination->url + destination->token + '\n';
        const Bytes payload = log->readPayloadOf(*delivery);
        found.text += payload ? *payload : "none";
    }
    for (const StreamId& id : log->openResponses()) {
        found.text += id;
        const auto request = log->readRequest(log->readStream(id).front().global_position);
        if (!request) continue;
        found.unchecked += request->body + request->headers + request->object;
        found.text += request->client_key;
    }
    for (const EndpointState& endpoint : log->pausedEndpoints())
        found.text += endpoint.id;
    return found;
}

std::uint64_t steps_left = 0;

int countDown(void*) {
    return steps_left == 0 ? 1 : (--steps_left, 0);
}

/// Every connection from now on is interrupted when all together have done too much.
int limitSteps(sqlite3* database, char**, const void*) {
    sqlite3_progress_handler(database, 1000, countDown, nullptr);
    return SQLITE_OK;
}

/// Calls `step`, which may refuse, with one of our exceptions; any other one is a fault.
template <typename Step>
bool accepts(const std::string& where, Step step) {
    try {
        step();
        return true;
    } catch (const Poco::Exception&) {
    } catch (const std::exception& error) {
        ADD_FAILURE() << where << ": " << error.what();
    }
    return false;
}

class Flips {
public:
    Flips() {
        restore();
        const auto report = verify();
        EXPECT_TRUE(report.sound()) << report.findings[0].rule;
        head_ = report.head;
        shown_ = shown(file());
        started_ = started(directory_.path());
    }

    /// In one of the files, chosen by their sizes but each with its share.
    void flip(Chance& chance) {
        auto chosen = files_.begin();
        std::advance(chosen, chance.below(files_.size()));
        if (chosen->second.size() < 100 && !chance.oneIn(10)) return flip(chance);
        const std::size_t place = chance.below(chosen->second.size());
        const auto change = static_cast<char>(1U << chance.below(8));
        const char byte = chance.oneIn(2) ? static_cast<char>(chosen->second[place] ^ change)
                                          : static_cast<char>(chance.next());
        if (byte == chosen->second[place]) return flip(chance);
        ++counts_[chosen->first]["flips"];
        restore();
        std::string bytes = chosen->second;
        bytes[place] = byte;
        writeFile(directory_ / chosen->first, bytes);
        const std::string where = chosen->first + " at " + std::to_string(place) + " from " +
                                  std::to_string(chosen->second[place]) + " to " +
                                  std::to_string(byte);
        ++counts_[chosen->first][outcome(where)];
    }

    const std::map<std::string, std::map<std::string, int>>& counts() const { return counts_; }

private:
    std::string file() const { return directory_ / "waybill.db"; }

    void restore() {
        std::filesystem::remove_all(directory_.path());
        std::filesystem::create_directory(directory_.path());
        for (const auto& [name, bytes] : files_)
            writeFile(directory_ / name, bytes);
        steps_left = 50'000;
    }

    sqlite::VerifyReport verify() const {
        return sqlite::verify({.file = file(), .expect_head = head_});
    }

    std::string outcome(const std::string& where) {
        sqlite::VerifyReport report;
        Shown now;
        Shown at_start;
        const bool verified = accepts(where, [&] { report = verify(); });
        const bool read =
            accepts(where, [&] { now = shown(file(), verified && report.sound() ? 1 : 12); });
        const bool starts = accepts(where, [&] { at_start = started(directory_.path()); });
        if (++rounds_ % 8 == 0) accepts(where, [&] { sqlite::rebuild(file()); });
        EXPECT_GT(steps_left, 0u) << where << ": somebody does not come to an end";
        if (!verified) return "refused";
        if (!report.sound()) return "found";
        if (!read) return complain(where, "is not found, and a reader fails");
        if (now.text != shown_.text) return complain(where, "is not found, and a reader shows it");
        if (starts && at_start.text != started_.text)
            return complain(where, "is not found, and a start believes it");
        if (!starts) return "refused by a start";
        return now == shown_ && at_start == started_ ? "harmless" : "unchecked, as it says";
    }

    static std::string complain(const std::string& where, const char* what) {
        ADD_FAILURE() << where << ' ' << what;
        return "missed";
    }

    const std::map<std::string, std::string> files_ = soundFiles();
    const TemporaryDirectory directory_;
    std::uint64_t rounds_ = 0;
    std::optional<Digest> head_;
    Shown shown_;
    Shown started_;
    std::map<std::string, std::map<std::string, int>> counts_;
};

TEST(FuzzLogFlips, AFlippedByteIsFoundOrRefusedOrChangesNothingThatAnybodyIsShown) {
    ASSERT_EQ(sqlite3_auto_extension(reinterpret_cast<void (*)(void)>(limitSteps)), SQLITE_OK);
    sqlite3_hard_heap_limit64(256 << 20);
    {
        steps_left = 10'000'000;
        Flips flips_of_log;
        Chance chance(numberIn("WAYBILL_FIRST_SEED", 7));
        for (std::uint64_t round = numberIn("WAYBILL_FLIPS", 150); round > 0; --round)
            flips_of_log.flip(chance);
        for (const auto& [name, outcomes] : flips_of_log.counts()) {
            for (const auto& [outcome, count] : outcomes)
                std::printf("%-16s %-24s %d\n", name.c_str(), outcome.c_str(), count);
        }
    }
    sqlite3_hard_heap_limit64(0);
    sqlite3_reset_auto_extension();
    EXPECT_LT(sqlite3_memory_highwater(0), 200 << 20);
}

}  // namespace
}  // namespace waybill::test
