// Does a log line say what it should, and never make anybody wait?
#include "logging/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "logging/attempt_log.h"

namespace waybill::server {
namespace {

/// Both ends of a pipe.
class Pipe {
public:
    Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
    ~Pipe() {
        ::close(ends_[0]);
        closeWriter();
    }
    int writer() const { return ends_[1]; }
    void closeWriter() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }
    std::string readAll() {
        closeWriter();
        std::string text;
        char chunk[4096];
        for (ssize_t got; (got = ::read(ends_[0], chunk, sizeof chunk)) > 0;)
            text.append(chunk, static_cast<std::size_t>(got));
        return text;
    }

private:
    int ends_[2] = {-1, -1};
};

TEST(LogLine, IsOneLineWhateverIsInIt) {
    const std::vector<LogField> fields = {
        {"a", "plain"}, {"b", "two words\n"}, {"n", std::uint64_t{7}}};
    EXPECT_EQ(formatLogLine(LogFormat::kText, "T", LogLevel::kWarn, "it\nhappened", fields),
              "T warn it\\u{0A}happened a=plain b=\"two words\\n\" n=7\n");
    const auto json = nlohmann::json::parse(
        formatLogLine(LogFormat::kJson, "T", LogLevel::kInfo, "m \"q\"", fields));
    EXPECT_EQ(json, (nlohmann::json{{"time", "T"},
                                    {"level", "info"},
                                    {"message", "m \"q\""},
                                    {"a", "plain"},
                                    {"b", "two words\n"},
                                    {"n", 7}}));
}

TEST(LogWriter, WritesInOrderAndLeavesOutWhatIsTooQuiet) {
    Pipe pipe;
    {
        LogWriter log(pipe.writer(), LogLevel::kInfo, LogFormat::kText);
        log.line(LogLevel::kDebug, "never");
        log.line(LogLevel::kInfo, "first");
        log.line(LogLevel::kError, "second");
    }
    const std::string text = pipe.readAll();
    EXPECT_EQ(text.find("never"), std::string::npos);
    EXPECT_LT(text.find("first"), text.find("second"));
    EXPECT_NE(text.find("second"), std::string::npos);
}

TEST(LogWriter, AProblemIsAnErrorAndCountedWhereItWasMet) {
    Pipe pipe;
    {
        LogWriter log(pipe.writer(), LogLevel::kError, LogFormat::kText);
        log.problem(Component::kResponses, "lost", {{"response", "r1"}});
        const ProblemReport report = log.reportOf(Component::kBulk);
        contained(report, "a step", [] { throw std::runtime_error("no reason"); });
        report("again");
        EXPECT_EQ(log.problems(Component::kResponses), 1U);
        EXPECT_EQ(log.problems(Component::kBulk), 2U);
        EXPECT_EQ(log.problems(Component::kHttp), 0U);
        EXPECT_EQ(toString(Component::kEngine), "engine");
        EXPECT_EQ(toString(Component::kLog), "log");
    }
    const std::string text = pipe.readAll();
    EXPECT_NE(text.find("error lost response=r1"), std::string::npos) << text;
    EXPECT_NE(text.find("error a step: no reason"), std::string::npos) << text;
}

TEST(LogWriter, ABlockedReaderStopsNobodyAndNoEnd) {
    Pipe pipe;
    LogWriter log(pipe.writer(), LogLevel::kInfo, LogFormat::kText);
    const std::string long_line(1000, 'x');
    for (int i = 0; i < 5000; ++i)
        log.line(LogLevel::kInfo, long_line);
    SUCCEED() << "neither the lines nor the destructor waited for a reader";
}

TEST(AttemptLog, SaysWhatBecameOfAnAttempt) {
    Pipe pipe;
    {
        LogWriter log(pipe.writer(), LogLevel::kInfo, LogFormat::kText);
        RecordedEvent event;
        event.stream = "dlv_1";
        AttemptFailed failed;
        failed.attempt = 4;
        failed.reason = FailureReason::kHttpStatus;
        failed.exchange.http_status = 500;
        failed.round_end = RoundEnd::kAttemptsUsed;
        event.event = failed;
        logEvent(log, event);
        event.event = AttemptStarted{};
        logEvent(log, event);
        event.stream = "resp_1";
        event.actor = "operator:kim";
        event.event = CallbackRequested{"dlv_2", "asked for by phone"};
        logEvent(log, event);
    }
    const std::string text = pipe.readAll();
    EXPECT_NE(text.find("warn attempt failed delivery=dlv_1 attempt=4 reason=http_status"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("http_status=500"), std::string::npos);
    EXPECT_EQ(text.find("started"), std::string::npos);
    EXPECT_NE(text.find("info callback requested response=resp_1 delivery=dlv_2"),
              std::string::npos)
        << text;
}

}  // namespace
}  // namespace waybill::server
