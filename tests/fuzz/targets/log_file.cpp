// The files of a log, damaged or made to deceive: what verify, readers and a start make of them.
#include <Poco/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>

#include "fuzz/target.h"
#include "support/batch_builder.h"
#include "support/directory_contents.h"
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

using Files = std::map<std::string, std::string>;

constexpr const char* kLog = "waybill.db";

StreamId idOf(int number) {
    return "dlv_" + std::to_string(1000 + number);
}

void deliver(EventLog& log, int from, int to) {
    BatchBuilder batch(log);
    for (int number = from; number < to; ++number) {
        const StreamId id = idOf(number);
        batch.accept(id, "{\"n\":1}", number % 2 == 0 ? "a token" : "");
        if (number % 4 > 0) batch.start(id);
        if (number % 4 == 1) batch.succeed(id);
        if (number % 4 == 2) batch.fail(id, 1, epoch() + 1h);
    }
    batch.commit();
}

void addOthers(EventLog& log) {
    BatchBuilder batch(log);
    batch.add(kResponse, createdEvent())
        .add(kResponse, completedEvent("obj_1", "{}"), {.payload = makeBytes("{}")})
        .add("resp_0000000000000000000000002", createdEvent(true),
             {.request = StoredRequest{"{\"model\":\"echo\"}", "{}", "{\"id\":\"x\"}", "a key"}})
        .add(kEndpoint, EndpointPaused{"broken"})
        .add(kBulk, BulkRedeliveryRequested{.filter = "{}", .matched = 3})
        .accept("dlv_large", std::string(20'000, 'p'))
        .add(idOf(1), PayloadErased{"old"}, {.erase_payload = true});
    batch.commit();
}

/// What a killed daemon leaves.
const Files& soundFiles() {
    static const Files kFiles = [] {
        const TemporaryDirectory directory;
        {
            const auto log = sqlite::openLog({.directory = directory.path()});
            deliver(*log, 0, 8);
            addOthers(*log);
        }
        const auto log = sqlite::openLog({.directory = directory.path()});
        deliver(*log, 8, 10);
        deliver(*log, 10, 12);
        {
            const sqlite::Indexer indexer({.directory = directory.path(), .interval = 1ms});
            FUZZ_CHECK(indexer.waitFor(log->head().global_position, 60s));
        }
        Files files = contentsOf(directory.path());
        for (const char* lock : {"waybill.db-shm", "waybill.lock", "index.db-shm"})
            files.erase(lock);
        return files;
    }();
    return kFiles;
}

const std::string& directory() {
    static const TemporaryDirectory kDirectory;
    return kDirectory.path();
}

std::string pathOf(const std::string& name) {
    return directory() + "/" + name;
}

void restore() {
    for (const auto& entry : std::filesystem::directory_iterator(directory()))
        std::filesystem::remove_all(entry.path());
    for (const auto& [name, bytes] : soundFiles())
        writeFile(pathOf(name), bytes);
}

// ---- changes

/// An input is a row of them: three bytes for the place, one for the kind, one for the value.
void changeBytes(std::string& file, std::string_view changes) {
    while (changes.size() >= 5 && !file.empty()) {
        const std::size_t far = takeByte(changes) << 16;
        const std::size_t middle = takeByte(changes) << 8;
        const std::size_t place = (far + middle + takeByte(changes)) % file.size();
        const unsigned kind = takeByte(changes);
        const unsigned value = takeByte(changes);
        const std::size_t length = std::min<std::size_t>(file.size() - place, 1 + kind / 8);
        switch (kind % 5) {
            case 0:
                file[place] = static_cast<char>(value);
                break;
            case 1:
                file[place] =
                    static_cast<char>(static_cast<unsigned char>(file[place]) ^ (1U << value % 8));
                break;
            case 2:
                std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(place), length,
                            static_cast<char>(value));
                break;
            case 3:
                file.replace(place, length, file, value * 256 % file.size(), length);
                break;
            default:
                if (value == 7) file.resize(place);
        }
    }
}

int refuseOtherFiles(void*, int action, const char* name, const char*, const char*, const char*) {
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH) return SQLITE_DENY;
    if (action != SQLITE_PRAGMA) return SQLITE_OK;
    return sqlite3_stricmp(name, "writable_schema") == 0 ||
                   sqlite3_stricmp(name, "user_version") == 0
               ? SQLITE_OK
               : SQLITE_DENY;
}

int countDown(void* looks) {
    return --*static_cast<int*>(looks) < 0 ? 1 : 0;
}

/// As somebody who may write the file would: any statements, on tables and on the schema.
void changeBySql(const std::string& statements) {
    sqlite3* opened = nullptr;
    FUZZ_CHECK(sqlite3_open(pathOf(kLog).c_str(), &opened) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    sqlite3_set_authorizer(opened, refuseOtherFiles, nullptr);
    sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, 1 << 20);
    int looks = 200;
    sqlite3_progress_handler(opened, 1000, countDown, &looks);
    sqlite3_exec(opened, "PRAGMA writable_schema = ON", nullptr, nullptr, nullptr);
    sqlite3_exec(opened, statements.c_str(), nullptr, nullptr, nullptr);
}

// ---- readers

std::string shownDeliveries(const sqlite::ReadModel& model) {
    std::string text;
    for (const DeliveryFilter& filter :
         {DeliveryFilter{}, DeliveryFilter{.status = "failed"}, DeliveryFilter{.q = "dlv_100"}}) {
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
    for (int number = 0; number < 12; number += 3) {
        const auto detail = model.deliveryDetail(idOf(number));
        text += detail ? toJson(*detail) : "none";
        const Bytes payload = model.payload(idOf(number));
        text += payload ? *payload : "none";
    }
    return text;
}

/// What readers show of what events or digests cover.
std::string shown() {
    const sqlite::ReadModel model(pathOf(kLog));
    std::string text = model.logId() + toHex(model.head().hash) + '\n' + shownDeliveries(model);
    for (const EventView& event : model.events(0, 1000))
        text += toJson(event) + '\n';
    const auto responses = model.responses({}, 100, "");
    for (const ResponseView& view : responses.value().data)
        text += toJson(view) + '\n';
    const auto response = model.findResponse("obj_1");
    const Bytes object = response ? model.responseObject(*response) : nullptr;
    text += object ? *object : "none";
    const auto bulks = model.bulkRedeliveries(100, "");
    for (const BulkRedelivery& bulk : bulks.value().data)
        text += toJson(viewOf(bulk)) + std::to_string(model.bulkProgress(bulk.id).redelivered);
    const auto endpoints = model.endpoints(24h, epoch() + 12h);
    for (const EndpointView& endpoint : endpoints.value().data)
        text += toJson(endpoint) + '\n';
    return text + toJson(model.stats(24h, 1h, epoch() + 12h).value());
}

/// What they throw is ours; anything else breaks the promise.
template <typename Step>
bool accepts(Step step) {
    try {
        step();
        return true;
    } catch (const Poco::Exception& error) {
        FUZZ_CHECK(!error.message().empty());
        return false;
    }
}

/// Rows that nothing covers, as a verification counts them.
std::string uncheckedIn(const sqlite::VerifyReport& report) {
    std::string text;
    for (const sqlite::Unchecked& unchecked : report.unchecked)
        text += std::to_string(unchecked.count) + ' ' + unchecked.what + '\n';
    return text;
}

struct Sound {
    Digest head;
    std::string unchecked;
    std::string shown;
};

const Sound& sound() {
    static const Sound kSound = [] {
        restore();
        const auto report = sqlite::verify({.file = pathOf(kLog)});
        FUZZ_CHECK(report.sound());
        return Sound{report.head, uncheckedIn(report), shown()};
    }();
    return kSound;
}

}  // namespace

/// A change is found, refused, or counted as unchecked, or nobody is shown anything else; everybody
/// comes to an end.
WAYBILL_FUZZ_TARGET(log_file) {
    const Sound& before = sound();
    restore();
    const unsigned choice = takeByte(bytes);
    if (choice % 4 == 3) {
        changeBySql(std::string(bytes.substr(0, 4096)));
    } else {
        const Files& files = soundFiles();
        const auto chosen =
            choice % 4 == 0
                ? files.find(kLog)
                : std::next(files.begin(), static_cast<std::ptrdiff_t>(choice / 4 % files.size()));
        std::string file = chosen->second;
        changeBytes(file, bytes.substr(0, 500));
        writeFile(pathOf(chosen->first), file);
    }
    sqlite::VerifyReport report;
    std::string now;
    const bool verified = accepts(
        [&] { report = sqlite::verify({.file = pathOf(kLog), .expect_head = before.head}); });
    const bool read = accepts([&] { now = shown(); });
    accepts([&] { sqlite::openLog({.directory = directory()}); });
    if (chanceFrom(bytes).oneIn(4)) accepts([&] { sqlite::rebuild(pathOf(kLog)); });
    if (!verified || !report.sound()) return;
    FUZZ_CHECK(read);
    if (uncheckedIn(report) == before.unchecked) FUZZ_CHECK(now == before.shown);
}

}  // namespace waybill::test
