// Is every change of keys, tokens and operators said by name, and no secret with it?
#include "credentials/credential_record.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "support/fake_transport.h"
#include "support/memory_log.h"
#include "support/temporary_directory.h"

namespace waybill::server {
namespace {

using Credentials = std::vector<Credential>;

TEST(CredentialChanges, AreSaidByNameAndRole) {
    const Credentials before{{"admin token", "", "1"},
                             {"client alice", "", "2"},
                             {"operator kim", "viewer", "3"},
                             {"operator vera", "admin", "4"}};
    EXPECT_EQ(changesInWords(before, before), "");
    EXPECT_EQ(changesInWords(before, {{"admin token", "", "9"},
                                      {"client alice", "", "2"},
                                      {"client alice", "", "5"},
                                      {"operator kim", "admin", "3"},
                                      {"operator olaf", "operator", "6"}}),
              "admin token changed; client alice changed; operator kim is admin now and was "
              "viewer; operator olaf added (operator); operator vera removed (admin)");
}

TEST(CredentialChanges, OfThousandsAreCutToWhatAnEventHolds) {
    Credentials many;
    for (int i = 0; i < 10'000; ++i)
        many.push_back({"operator \u674e" + std::to_string(i), "viewer", "x"});
    const std::string words = changesInWords({}, many);
    EXPECT_LE(words.size(), kMaxAccessTarget);
    EXPECT_TRUE(words.ends_with("… and more")) << words;
}

class CredentialRecord : public ::testing::Test {
protected:
    CredentialRecord() { engine_.start(); }

    /// What was recorded of it.
    std::vector<std::string> record(const Credentials& now, bool log_is_new = false) {
        recordCredentials(engine_, log_is_new, file_, now);
        std::vector<std::string> targets;
        for (const RecordedEvent& event : log_.readAll(0, 100))
            targets.push_back(std::get<AccessRecorded>(event.event).target);
        return targets;
    }

    const Credentials one_{{"operator kim", "admin", "digest-1"}};
    const Credentials two_{{"operator kim", "admin", "digest-2"}};
    const test::TemporaryDirectory directory_;
    const std::string file_ = directory_ / "credentials.seen";
    test::MemoryLog log_;
    test::FakeTransport transport_;
    Engine engine_{log_, transport_, EngineOptions{}};
};

TEST_F(CredentialRecord, OfANewLogIsOnlyRemembered) {
    EXPECT_TRUE(record(one_, true).empty());
    EXPECT_TRUE(record(one_).empty()) << "nothing has changed";
    EXPECT_EQ(record(two_), std::vector<std::string>{"operator kim changed"});
}

TEST_F(CredentialRecord, WhoseFileIsGoneSaysAllOfThem) {
    EXPECT_EQ(record(one_),
              std::vector<std::string>{"not known before, and now: operator kim (admin)"});
    EXPECT_EQ(record(one_).size(), 1u);
    std::ofstream(file_) << "something else";
    EXPECT_EQ(record(one_).size(), 2u);
}

TEST_F(CredentialRecord, ThatTheLogDoesNotTakeIsMadeTheNextTime) {
    record(one_, true);
    log_.failNextAppend(test::AppendFault::kUnavailable);
    EXPECT_THROW(record(two_), Poco::Exception);
    engine_.stop();
    Engine again(log_, transport_, EngineOptions{});
    again.start();
    recordCredentials(again, false, file_, two_);
    EXPECT_EQ(log_.head().global_position, 1u);
}

TEST_F(CredentialRecord, RemembersInAFileOfItsOwnersThatHoldsNoDigestOfASecret) {
    record(one_, true);
    std::ostringstream text;
    text << std::ifstream(file_).rdbuf();
    EXPECT_NE(text.str().find("operator kim\tadmin\t"), std::string::npos) << text.str();
    EXPECT_EQ(text.str().find("digest-1"), std::string::npos);
    struct stat status {};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

}  // namespace
}  // namespace waybill::server
