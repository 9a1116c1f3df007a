// A log from which acknowledged events have gone: a start says so, or goes on and records it.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/batch_builder.h"
#include "support/chance.h"
#include "support/directory_contents.h"
#include "support/sqlite_shell.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/rebuild.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

namespace fs = std::filesystem;

constexpr auto kPatience = std::chrono::seconds(30);

std::string idOf(int number) {
    return "dlv_" + std::to_string(number);
}

class LostEvents : public ::testing::Test {
protected:
    std::string data() const { return directory_ / "data"; }
    std::string file(const std::string& name = "waybill.db") const { return data() + '/' + name; }
    std::string other(const std::string& name) const { return directory_ / name; }

    std::unique_ptr<EventLog> open(bool accept_loss = false) {
        sqlite::LogOptions options{.directory = data()};
        options.accept_loss = accept_loss;
        options.on_notice = [this](const std::string& notice) { notices_.push_back(notice); };
        return sqlite::openLog(options);
    }

    /// Deliveries numbered from `first` on, a commit and an event each.
    static void append(EventLog& log, int first, int count) {
        for (int i = first; i < first + count; ++i)
            BatchBuilder(log).accept(idOf(i), std::string(500, 'p')).commit();
    }
    void makeLog(int deliveries) {
        const auto log = open();
        append(*log, 1, deliveries);
    }

    /// Waits until the head is noted that the log has now.
    void awaitNote(EventLog& log) const {
        const std::string position =
            "\nposition " + std::to_string(log.head().global_position) + '\n';
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!fs::exists(file("waybill.head")) ||
               readFile(file("waybill.head")).find(position) == std::string::npos) {
            log.maintain(false);
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the head is not noted";
        }
    }

    /// What a process leaves that is killed with so many deliveries, all in the write-ahead log,
    /// the newest one noted.
    void makeKilledLog(int deliveries) {
        const std::string living = other("living");
        {
            const auto log = open();
            append(*log, 1, deliveries);
            awaitNote(*log);
            fs::copy(data(), living);
        }
        fs::remove_all(data());
        fs::rename(living, data());
        fs::remove(file("waybill.db-shm"));
    }

    /// Opening and rebuilding refuse with each of `words`, and change nothing.
    void expectRefused(const std::vector<std::string>& words) {
        const auto before = contentsOf(data());
        for (const bool opens : {true, false}) {
            try {
                if (opens) {
                    open();
                } else if (fs::exists(file())) {
                    sqlite::rebuild(file());
                } else {
                    continue;
                }
                ADD_FAILURE() << "it was opened";
            } catch (const StoreUnavailable& refusal) {
                std::vector<std::string> all = words;
                all.insert(all.end(), {"--accept-loss", "First keep a copy of all files"});
                for (const std::string& word : all)
                    EXPECT_NE(refusal.message().find(word), std::string::npos)
                        << word << " is not in: " << refusal.message();
            }
        }
        EXPECT_EQ(contentsOf(data()), before);
    }

    /// Opening with the loss accepted records it after `found` events; from then on the log starts
    /// as any other.
    LossAccepted expectAccepted(std::uint64_t found) {
        LossAccepted loss;
        {
            const auto log = open(true);
            EXPECT_EQ(log->head().global_position, found + 1);
            const auto newest = log->readAll(found, 10);
            EXPECT_EQ(newest.size(), 1u);
            EXPECT_EQ(newest.at(0).stream, kLogStream);
            loss = std::get<LossAccepted>(newest.at(0).event);
            EXPECT_EQ(loss.found_position, found);
            append(*log, 1000 + static_cast<int>(found), 3);
        }
        const auto report = sqlite::verify({.file = file()});
        for (const auto& finding : report.findings)
            ADD_FAILURE() << finding.global_position << ": " << finding.rule;
        EXPECT_FALSE(report.losses.empty());
        EXPECT_EQ(open()->head().global_position, found + 4);
        return loss;
    }

    const std::vector<std::string>& notices() const { return notices_; }

private:
    TemporaryDirectory directory_;
    std::vector<std::string> notices_;
};

}  // namespace

// ---- the noted head

TEST_F(LostEvents, AreMissedWhenTheWriteAheadLogIsGone) {
    makeKilledLog(5);
    fs::remove(file("waybill.db-wal"));
    expectRefused({"events 1 to 5 are missing, event 5 was recorded at 2026-01-01T00:00:00"});
    EXPECT_EQ(expectAccepted(0).missing, 5u);
}

TEST_F(LostEvents, AreMissedWhenAnOlderCopyIsPutInPlace) {
    makeLog(5);
    SqliteShell(file()).backUp(other("copy.db"));
    append(*open(), 6, 3);
    fs::copy(other("copy.db"), file(), fs::copy_options::overwrite_existing);
    expectRefused({"events 6 to 8 are missing"});
    const LossAccepted loss = expectAccepted(5);
    EXPECT_EQ(loss.known_position, 8u);
    EXPECT_TRUE(loss.known_hash);
    EXPECT_EQ(loss.missing, 3u);
    EXPECT_EQ(loss.reason.substr(0, 26), "events 6 to 8 are missing,");
}

TEST_F(LostEvents, AreMissedThoughTheLogHasGrownAgain) {
    makeLog(5);
    fs::copy(data(), other("older"));
    append(*open(), 6, 1);
    const std::string note = readFile(file("waybill.head"));
    fs::remove_all(data());
    fs::rename(other("older"), data());
    append(*open(), 100, 4);
    writeFile(file("waybill.head"), note);
    expectRefused({"event 6 is not the one that was acknowledged", "from an older state"});
    expectAccepted(9);
}

TEST_F(LostEvents, AreAllRecordedInTheLogThatIsBegunAnewWhenTheLogIsGone) {
    makeLog(5);
    fs::remove(file());
    {
        const auto log = open();
        const auto events = log->readAll(0, 10);
        ASSERT_EQ(events.size(), 1u);
        const auto& loss = std::get<LossAccepted>(events[0].event);
        EXPECT_EQ(loss.missing, 5u);
        EXPECT_EQ(loss.reason.find("the log is gone, and events 1 to 5 are missing"), 0u);
        EXPECT_EQ(loss.found_position, 0u);
    }
    ASSERT_FALSE(notices().empty());
    EXPECT_NE(notices().front().find("a loss is recorded as event 1"), std::string::npos);
    EXPECT_EQ(open()->head().global_position, 1u) << "it is told once";
}

TEST_F(LostEvents, AreAllOfThemWhenAnotherLogIsPutInPlace) {
    makeLog(5);
    {
        const auto log = sqlite::openLog({.directory = other("other")});
        append(*log, 1, 9);
    }
    fs::copy(other("other/waybill.db"), file(), fs::copy_options::overwrite_existing);
    expectRefused({"this is the log ", "lay here, with 5 events"});
    EXPECT_EQ(expectAccepted(9).missing, 5u);
}

TEST_F(LostEvents, AreFoundByVerifyToo) {
    makeLog(5);
    SqliteShell(file()).backUp(other("copy.db"));
    append(*open(), 6, 3);
    EXPECT_TRUE(sqlite::verify({.file = other("copy.db")}).sound()) << "it is a copy elsewhere";
    fs::copy(other("copy.db"), file(), fs::copy_options::overwrite_existing);
    const auto report = sqlite::verify({.file = file()});
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_EQ(report.findings[0].rule.substr(0, 53),
              "what was acknowledged is there: events 6 to 8 are mis");
}

TEST_F(LostEvents, AreAcceptedMoreThanOnce) {
    makeLog(5);
    for (std::size_t losses = 1; losses < 4; ++losses) {
        SqliteShell(file()).backUp(other("copy.db"));
        append(*open(), 100 * static_cast<int>(losses), 2);
        fs::remove(file());
        fs::rename(other("copy.db"), file());
        open(true);
        const auto report = sqlite::verify({.file = file()});
        EXPECT_TRUE(report.sound());
        EXPECT_EQ(report.losses.size(), losses);
    }
}

TEST_F(LostEvents, AreNotAcceptedWhereNoneAreLost) {
    makeLog(5);
    EXPECT_EQ(open(true)->head().global_position, 5u);
    ASSERT_EQ(notices().size(), 1u);
    EXPECT_NE(notices()[0].find("nothing that was acknowledged is missing"), std::string::npos);
}

TEST_F(LostEvents, AreNotSuspectedWithoutANote) {
    makeLog(5);
    fs::remove(file("waybill.head"));
    EXPECT_EQ(open()->head().global_position, 5u);
    EXPECT_TRUE(fs::exists(file("waybill.head")));
    EXPECT_TRUE(notices().empty());
}

TEST_F(LostEvents, AreNotSuspectedBesideADamagedNote) {
    makeLog(5);
    const std::string note = readFile(file("waybill.head"));
    ASSERT_EQ(note.size(), 512u);
    for (const std::size_t at : {0ul, 20ul, 60ul, 100ul, 200ul, 511ul}) {
        std::string damaged = note;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        writeFile(file("waybill.head"), damaged);
        open();
        EXPECT_EQ(readFile(file("waybill.head")), note);
    }
    ASSERT_EQ(notices().size(), 6u);
    EXPECT_NE(notices()[0].find("waybill.head is damaged"), std::string::npos);
    writeFile(file("waybill.head"), "");
    open();
    EXPECT_EQ(notices().size(), 6u) << "a power cut may leave it empty";
}

TEST_F(LostEvents, AreMissedWhenTheLogIsReadAgainAfterAFailedCommit) {
    makeLog(5);
    const std::string older = readFile(file());
    const auto log = open();
    append(*log, 6, 3);
    ASSERT_EQ(SqliteShell(file()).run("PRAGMA wal_checkpoint(TRUNCATE)"), "");
    const std::string newer = readFile(file());
    writeFile(file(), older);
    try {
        log->reopen();
        FAIL() << "it went on silently";
    } catch (const StoreUnavailable& refusal) {
        EXPECT_NE(refusal.message().find("events 6 to 8 are missing"), std::string::npos)
            << refusal.message();
    }
    EXPECT_THROW(log->head(), StoreUnavailable);
    writeFile(file(), newer);
    log->reopen();
    EXPECT_EQ(log->head().global_position, 8u);
}

// ---- a damaged write-ahead log

class DamagedWriteAheadLog : public LostEvents {
protected:
    static constexpr int kDeliveries = 12;

    void SetUp() override {
        makeKilledLog(kDeliveries);
        killed_ = contentsOf(data());
    }

    const std::string& wal() const { return killed_.at("waybill.db-wal"); }

    /// The killed log with these bytes as its write-ahead log.
    void putBack(const std::string& wal, bool with_note) {
        fs::remove_all(data());
        fs::create_directory(data());
        for (const auto& [name, bytes] : killed_)
            if (with_note || name != "waybill.head") writeFile(file(name), bytes);
        writeFile(file("waybill.db-wal"), wal);
    }

    /// How many events a start finds; nothing when it refuses.
    std::optional<std::uint64_t> found() {
        try {
            return open()->head().global_position;
        } catch (const StoreUnavailable& refusal) {
            EXPECT_NE(refusal.message().find("First keep a copy"), std::string::npos)
                << refusal.message();
            return std::nullopt;
        }
    }

private:
    std::map<std::string, std::string> killed_;
};

TEST_F(DamagedWriteAheadLog, IsFoundOrHarmlessWhereverAByteIsFlipped) {
    int refused = 0;
    Chance chance(1);
    const std::size_t frames = (wal().size() - 32) / (8192 + 24);
    for (std::size_t i = 0; i < 32 + 2 * frames; ++i) {
        // Each byte of the header; one in each frame's header, and one anywhere in the frame.
        const std::size_t frame = i < 32 ? 0 : 32 + (i - 32) / 2 * (8192 + 24);
        const std::size_t at = i < 32 ? i : frame + chance.below(i % 2 == 0 ? 24 : 8192 + 24);
        std::string bytes = wal();
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << chance.below(8)));
        putBack(bytes, true);
        const auto events = found();
        EXPECT_TRUE(!events || *events == kDeliveries) << "byte " << at << ": " << *events;
        if (!events) ++refused;
    }
    EXPECT_GT(refused, 32);
}

TEST_F(DamagedWriteAheadLog, IsFoundWithoutANoteUnlessItIsInTheTwoNewestTransactions) {
    Chance chance(2);
    for (int i = 0; i < 60; ++i) {
        const std::size_t at = chance.below(wal().size());
        std::string bytes = wal();
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        putBack(bytes, false);
        const auto events = found();
        EXPECT_TRUE(!events || *events >= kDeliveries - 2) << "byte " << at << ": " << *events;
    }
}

TEST_F(DamagedWriteAheadLog, IsFoundByVerifyWhileNobodyWrites) {
    std::string bytes = wal();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    putBack(bytes, false);
    const auto report = sqlite::verify({.file = file()});
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_NE(report.findings.front().rule.find("the write-ahead log is whole: frame "),
              std::string::npos)
        << report.findings.front().rule;
    putBack(wal(), false);
    const auto log = open();
    const auto running = sqlite::verify({.file = file()});
    EXPECT_TRUE(running.sound());
    EXPECT_TRUE(
        std::any_of(running.unchecked.begin(), running.unchecked.end(),
                    [](const auto& rows) { return rows.what.starts_with("write-ahead log"); }));
}

TEST_F(DamagedWriteAheadLog, SaysWhichFrameAndWhatIsMissing) {
    std::string bytes = wal();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    putBack(bytes, true);
    expectRefused({"frame ", " of the write-ahead log is damaged", "to 12 are missing"});
    putBack(bytes, false);
    expectRefused({"frame ", " of the write-ahead log is damaged", "not in the log any more"});
}

TEST_F(DamagedWriteAheadLog, IsGoneOnFromWhenTheLossIsAccepted) {
    std::string bytes = wal();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    for (const bool with_note : {true, false}) {
        putBack(bytes, with_note);
        fs::copy(data(), other("look"));
        const std::uint64_t left = [&] {
            sqlite::LogOptions options{.directory = other("look")};
            options.accept_loss = true;
            return sqlite::openLog(options)->head().global_position - 1;
        }();
        fs::remove_all(other("look"));
        EXPECT_GT(left, 0u);
        EXPECT_LT(left, 12u);
        const LossAccepted loss = expectAccepted(left);
        EXPECT_EQ(loss.missing, with_note ? 12 - left : 0);
        EXPECT_NE(loss.reason.find("write-ahead log is damaged"), std::string::npos);
    }
}

/// Only its newest transaction can have been interrupted, with its sectors written in any order.
TEST_F(DamagedWriteAheadLog, IsNoneWhereOnlyTheNewestTransactionIsTorn) {
    std::size_t newest = 0;  // the last frame of the transaction before it
    const std::size_t frame_bytes = 8192 + 24;
    const std::size_t frames = (wal().size() - 32) / frame_bytes;
    for (std::size_t i = 0; i + 1 < frames; ++i)
        if (wal().substr(32 + i * frame_bytes + 4, 4) != std::string(4, '\0')) newest = i + 1;
    ASSERT_LT(newest + 1, frames);
    Chance chance(3);
    for (int i = 0; i < 60; ++i) {
        std::string bytes = wal();
        for (std::size_t at = 32 + newest * frame_bytes; at < bytes.size();) {
            const std::size_t next = std::min((at / 512 + 1) * 512, bytes.size());
            if (chance.oneIn(3)) bytes.replace(at, next - at, next - at, '\0');
            at = next;
        }
        putBack(bytes, false);
        const auto events = found();
        ASSERT_TRUE(events) << i;
        EXPECT_GE(*events, kDeliveries - 1u);
    }
}

}  // namespace waybill::test
