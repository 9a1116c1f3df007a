// Does a look ahead at a URL say how far a callback would come, and why not further?
#include "operator/url_check.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

CallbackUrl url(const std::string& text) {
    AddressPolicy anywhere;
    anywhere.allow("0.0.0.0/0");
    return *parseCallbackUrl(text, anywhere).url;
}

AttemptOutcome connected() {
    AttemptOutcome outcome;
    outcome.remote_address = "192.0.2.7:443";
    outcome.timings.dns = 3ms;
    outcome.timings.connect = 20ms;
    outcome.timings.tls = 30ms;
    outcome.tls = "TLSv1.3";
    return outcome;
}

AttemptOutcome failed(FailureReason reason, const std::string& detail) {
    AttemptOutcome outcome;
    outcome.reason = reason;
    outcome.detail = detail;
    return outcome;
}

/// `dns address connect! …`: the steps, the one at fault marked.
std::string stepsOf(const CheckView& view) {
    std::string text;
    for (const CheckStep& step : view.steps)
        text += (text.empty() ? "" : " ") + step.name + (step.ok ? "" : "!");
    return text;
}

TEST(UrlCheck, TellsEveryStepThatWentWell) {
    const CheckView view = checkViewOf(url("https://a.example/hook"), connected(), false);
    EXPECT_TRUE(view.ok);
    EXPECT_EQ(view.endpoint, "https://a.example:443");
    EXPECT_EQ(stepsOf(view), "url dns address connect tls");
    EXPECT_NE(view.steps[3].explanation.find("192.0.2.7:443 in 20 ms"), std::string::npos);
}

TEST(UrlCheck, LeavesOutWhatIsNotDone) {
    AttemptOutcome outcome = connected();
    outcome.http_status = 200;
    EXPECT_EQ(stepsOf(checkViewOf(url("http://192.0.2.7/"), outcome, true)),
              "url address connect request");
}

TEST(UrlCheck, StopsAtTheStepAtFault) {
    const CallbackUrl https = url("https://a.example/hook");
    EXPECT_EQ(stepsOf(checkViewOf(https, failed(FailureReason::kDns, "no such name"), true)),
              "url dns!");
    EXPECT_EQ(stepsOf(checkViewOf(https, failed(FailureReason::kRefusedAddress, "loopback"), true)),
              "url dns address!");
    EXPECT_EQ(checkViewOf(https, failed(FailureReason::kRefusedAddress, "This is private."), true)
                  .steps.back()
                  .explanation,
              "This is private.");
    EXPECT_EQ(stepsOf(checkViewOf(https, failed(FailureReason::kConnect, "refused"), true)),
              "url dns address connect!");
    AttemptOutcome bad_certificate = failed(FailureReason::kTls, "certificate expired");
    bad_certificate.timings.connect = 1ms;
    const CheckView view = checkViewOf(https, bad_certificate, true);
    EXPECT_EQ(stepsOf(view), "url dns address connect tls!");
    EXPECT_EQ(view.steps.back().explanation, "Certificate expired.");
    EXPECT_FALSE(view.ok);
}

TEST(UrlCheck, AnAnswerOtherThan2xxFailsTheTest) {
    AttemptOutcome outcome = connected();
    outcome.reason = FailureReason::kHttpStatus;
    outcome.http_status = 404;
    outcome.detail = "answered 404";
    const CheckView view = checkViewOf(url("https://a.example/hook"), outcome, true);
    EXPECT_EQ(stepsOf(view), "url dns address connect tls request!");
    EXPECT_NE(view.summary.find("404 Not Found"), std::string::npos) << view.summary;
}

TEST(UrlCheck, ATimeoutBelongsToTheStepItCutShort) {
    AttemptOutcome outcome = connected();
    outcome.reason = FailureReason::kTimeout;
    outcome.detail = "no answer within 10s";
    EXPECT_EQ(stepsOf(checkViewOf(url("https://a.example/"), outcome, true)),
              "url dns address connect tls request!");
    outcome.timings.tls.reset();
    EXPECT_EQ(stepsOf(checkViewOf(url("https://a.example/"), outcome, true)),
              "url dns address connect tls!");
}

TEST(UrlCheck, OnlyAnAdminLearnsWhereANameOfTheInsideLeads) {
    const CallbackUrl name = url("http://db.corp.example/");
    AttemptOutcome refused = failed(FailureReason::kRefusedAddress, "the name may not be reached");
    refused.remote_address = "10.1.2.3";
    AttemptOutcome reached = connected();
    for (const char* inside : {"10.1.2.3:443", "[fd00::7]:443"}) {
        reached.remote_address = inside;
        for (const Role role : {Role::kViewer, Role::kOperator}) {
            for (const AttemptOutcome& outcome : {refused, reached}) {
                const CheckView view = checkViewOf(name, toldTo(role, name, outcome), false);
                EXPECT_EQ(view.ok, !outcome.reason);
                const std::string json = toJson(view);
                for (const char* secret : {"10.1.2.3", "10.0.0.0", "fd00", "private"})
                    EXPECT_EQ(json.find(secret), std::string::npos) << json;
            }
        }
        EXPECT_NE(
            toJson(checkViewOf(name, toldTo(Role::kAdmin, name, reached), false)).find(inside),
            std::string::npos);
    }
    const std::string whole = toJson(checkViewOf(name, toldTo(Role::kAdmin, name, refused), false));
    EXPECT_NE(whole.find("It is 10.1.2.3: private (10.0.0.0/8, RFC 1918)"), std::string::npos)
        << whole;
    AttemptOutcome outside = connected();
    outside.remote_address = "8.8.8.8:443";
    EXPECT_EQ(toldTo(Role::kOperator, name, outside).remote_address, "8.8.8.8:443");
}

TEST(UrlCheck, WhichPortsMayBeReachedIsForTheTransportToSay) {
    class Reached : public Transport {
    public:
        void send(AttemptRequest, Completion done) override { done(connected()); }
        TransportStats stats() const override { return {}; }
    } reached;
    EXPECT_TRUE(checkUrl(reached, "https://a.example:22/hook", false, Role::kOperator).ok);
}

TEST(UrlCheck, WhatTheUrlItselfSaysIsToldToAll) {
    const CallbackUrl literal = url("http://10.1.2.3/");
    AttemptOutcome refused = failed(FailureReason::kRefusedAddress, "It is private.");
    EXPECT_EQ(toldTo(Role::kOperator, literal, refused).detail, "It is private.");
    const CallbackUrl port = url("http://db.corp.example:8025/");
    refused.detail = "8025 is denied here";
    EXPECT_EQ(toldTo(Role::kOperator, port, refused).detail, "8025 is denied here");
}

}  // namespace
}  // namespace waybill::server
