// Does storage/LOG_FORMAT.md say what the code does?
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/sqlite_shell.h"
#include "support/temporary_directory.h"
#include "waybill/event_codec.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {

namespace {

/// 00, 11, 22 … ff, 00 …: the log of the worked example has the same id every time.
class CountingEntropy : public Entropy {
public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::uint8_t>(0x11 * (i % 16));
    }
};

/// The first fenced block of the document that is marked as `language`.
std::string blockOf(const std::string& document, const std::string& language) {
    const std::string fence = "\n```" + language + '\n';
    const std::size_t begin = document.find(fence);
    if (begin == std::string::npos) return {};
    const std::size_t text = begin + fence.size();
    return document.substr(text, document.find("\n```", text) + 1 - text);
}

std::string hex(const std::string& bytes) {
    std::string text;
    char digits[3];
    for (const char byte : bytes) {
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
        text += digits;
    }
    return text;
}

std::string number(std::uint64_t value) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift);
    return bytes;
}

std::string text(const std::string& value) {
    return number(value.size()) + value;
}

struct Field {
    const char* name;
    std::string bytes;
};

/// Written here from the document, not taken from the code.
std::vector<Field> canonicalFields(const RecordedEvent& event) {
    return {{"global_position", number(event.global_position)},
            {"stream", text(event.stream)},
            {"position", number(event.position)},
            {"type", text(std::string(typeName(event.event)))},
            {"recorded_at",
             number(static_cast<std::uint64_t>(event.recorded_at.time_since_epoch().count()))},
            {"actor", text(event.actor)},
            {"data", text(encodeData(event.event))}};
}

class LogFormat : public ::testing::Test {
protected:
    LogFormat() {
        const StreamId id = "dlv_01kg0000000000000000000000";
        BatchBuilder(*log_).accept(id, "{\"answer\":4}").start(id).succeed(id).commit();
    }

    std::string document() const {
        return readFile(std::string(WAYBILL_SOURCE_DIR) + "/storage/LOG_FORMAT.md");
    }

    /// The events with their hashes, and of the shortest one the canonical bytes.
    std::string workedExample() const {
        Digest previous = sha256("waybill log 1\n" + log_->logId());
        std::string example = "the hash before the first event\n  " + toHex(previous) + '\n';
        for (const RecordedEvent& event : log_->readAll(0, 10)) {
            example += "\nevent " + std::to_string(event.global_position) + ", " +
                       std::string(typeName(event.event)) + "\n  " + encodeData(event.event) + '\n';
            std::string canonical;
            for (const Field& field : canonicalFields(event)) {
                canonical += field.bytes;
                if (event.global_position != 2) continue;
                example +=
                    std::string("    ") + field.name + '\n' + "      " + hex(field.bytes) + '\n';
            }
            previous = sha256(std::string(previous.begin(), previous.end()) + canonical);
            EXPECT_EQ(event.hash, previous);
            example += "  hash " + toHex(event.hash) + '\n';
        }
        return example;
    }

    TemporaryDirectory directory_;
    CountingEntropy entropy_;
    std::unique_ptr<EventLog> log_ =
        sqlite::openLog({.directory = directory_.path(), .entropy = &entropy_});
};

}  // namespace

TEST_F(LogFormat, TheWorkedExampleIsWhatTheCodeWrites) {
    EXPECT_EQ(blockOf(document(), "text"), workedExample());
}

TEST_F(LogFormat, TheHandCheckInPythonWorks) {
    const std::string program = directory_ / "check.py";
    const std::string output = directory_ / "output";
    writeFile(program, blockOf(document(), "python"));
    const auto check = [&] {
        const std::string command =
            "python3 " + program + ' ' + (directory_ / "waybill.db") + " > " + output + " 2>&1";
        EXPECT_NE(std::system(command.c_str()), -1);
        return readFile(output);
    };
    EXPECT_EQ(check(), "sound up to " + toHex(log_->head().hash) + '\n');

    SqliteShell shell(directory_ / "waybill.db");
    ASSERT_EQ(shell.run("DROP TRIGGER event_log_is_never_updated; "
                        "UPDATE event_log SET actor = 'nobody' WHERE global_position = 2"),
              "");
    EXPECT_EQ(check(), "event 2 is not what was recorded\n");
}

TEST_F(LogFormat, EveryTableAndViewIsDescribed) {
    SqliteShell shell(directory_ / "waybill.db");
    const std::string names =
        shell.query("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')");
    const std::string text = document();
    std::size_t begin = 0;
    int count = 0;
    for (std::size_t end = names.find('\n'); end != std::string::npos;
         begin = end + 1, end = names.find('\n', begin), ++count) {
        const std::string name = names.substr(begin, end - begin);
        EXPECT_NE(text.find('`' + name), std::string::npos) << name;
    }
    EXPECT_GE(count, 15);
}

TEST_F(LogFormat, EveryColumnOfTheLogIsDescribed) {
    SqliteShell shell(directory_ / "waybill.db");
    for (const char* column : {"global_position", "stream", "position", "type", "recorded_at",
                               "actor", "data", "hash"}) {
        EXPECT_EQ(shell.query("SELECT count(*) FROM pragma_table_info('event_log') WHERE name = '" +
                              std::string(column) + "'"),
                  "1\n");
        EXPECT_NE(document().find("| `" + std::string(column) + "` |"), std::string::npos);
    }
    EXPECT_EQ(shell.query("SELECT count(*) FROM pragma_table_info('event_log')"), "8\n");
}

}  // namespace waybill::test
