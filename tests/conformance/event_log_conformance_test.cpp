// Both logs, through the one suite.
#include "conformance/event_log_suite.h"
#include "support/memory_log.h"
#include "support/sqlite_shell.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {

namespace {

void apply(Damage damage, Attachments& attached) {
    switch (damage) {
        case Damage::kPayloadChanged:
            attached.payload = makeBytes("?" + attached.payload->substr(1));
            break;
        case Damage::kPayloadLonger:
            attached.payload = makeBytes(*attached.payload + " ");
            break;
        case Damage::kPayloadMissing:
            attached.payload = nullptr;
            break;
        case Damage::kUrlChanged:
            attached.destination->url += "x";
            break;
        case Damage::kSaltChanged:
            attached.salt += "x";
            break;
        case Damage::kDestinationMissing:
            attached.destination.reset();
            break;
        case Damage::kTokenChanged:
        case Damage::kTokenAdded:
            attached.destination->token += "x";
            break;
        case Damage::kTokenMissing:
            attached.destination->token.clear();
            break;
        case Damage::kRequestNoJson:
            attached.request->body = "{";
            break;
        case Damage::kRequestMissing:
            attached.request.reset();
            break;
        case Damage::kClientKeyChanged:
            attached.request->client_key += "x";
            break;
    }
}

/// The statement that does it to the row of the global position that follows.
std::string sqlOf(Damage damage) {
    switch (damage) {
        case Damage::kPayloadChanged:
            return "UPDATE payloads SET bytes = CAST('?' || substr(bytes, 2) AS BLOB)";
        case Damage::kPayloadLonger:
            return "UPDATE payloads SET bytes = CAST(bytes || ' ' AS BLOB)";
        case Damage::kPayloadMissing:
            return "DELETE FROM payloads";
        case Damage::kUrlChanged:
            return "UPDATE destinations SET url = url || 'x'";
        case Damage::kSaltChanged:
            return "UPDATE destinations SET salt = CAST(salt || 'x' AS BLOB)";
        case Damage::kDestinationMissing:
            return "DELETE FROM destinations";
        case Damage::kTokenChanged:
            return "UPDATE destinations SET token = CAST(token || 'x' AS BLOB)";
        case Damage::kTokenMissing:
            return "UPDATE destinations SET token = NULL";
        case Damage::kTokenAdded:
            return "UPDATE destinations SET token = x'01'";
        case Damage::kRequestNoJson:
            return "UPDATE requests SET body = CAST('{' AS BLOB)";
        case Damage::kRequestMissing:
            return "DELETE FROM requests";
        case Damage::kClientKeyChanged:
            return "UPDATE requests SET client_key = zeroblob(length(client_key))";
    }
    return {};
}

class MemoryLogUnderTest : public LogUnderTest {
public:
    EventLog& log() override { return log_; }
    void restart() override {}  // the MemoryLog is its own disk
    void damage(std::uint64_t global_position, Damage damage) override {
        log_.tamper(global_position, [&](Attachments& attached) { apply(damage, attached); });
    }

private:
    MemoryLog log_;
};

class SqliteLogUnderTest : public LogUnderTest {
public:
    EventLog& log() override { return *log_; }
    void restart() override {
        log_.reset();
        log_ = sqlite::openLog(options());
    }
    void damage(std::uint64_t global_position, Damage damage) override {
        log_.reset();
        EXPECT_EQ(
            SqliteShell(directory_ / "waybill.db")
                .run(sqlOf(damage) + " WHERE global_position = " + std::to_string(global_position)),
            "");
        log_ = sqlite::openLog(options());
    }

private:
    sqlite::LogOptions options() const { return {.directory = directory_.path()}; }

    TemporaryDirectory directory_;
    std::unique_ptr<EventLog> log_ = sqlite::openLog(options());
};

LogFactory sqliteLogs() {
    return [] { return std::make_unique<SqliteLogUnderTest>(); };
}

LogFactory memoryLogs() {
    return [] { return std::make_unique<MemoryLogUnderTest>(); };
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, EventLogSuite, ::testing::Values(memoryLogs()));
INSTANTIATE_TEST_SUITE_P(Sqlite, EventLogSuite, ::testing::Values(sqliteLogs()));

}  // namespace waybill::test
