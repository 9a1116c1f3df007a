// Is TLS with whom it says, and does a handshake end in time?
#include <gtest/gtest.h>

#include <mutex>

#include "support/transport_test.h"
#include "waybill/errors.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

class TransportTlsTest : public TransportTest {
protected:
    TransportTlsTest() {
        options_.ca_file = authority_.caFile();
        resolver_->set("hooks.example", {{"127.0.0.1"}});
    }

    /// What becomes of an attempt at a receiver with this certificate.
    AttemptOutcome meetTls(const TestIdentity& identity, const std::string& host) {
        ScriptedReceiver receiver(alwaysFine, identity);
        const auto outcome = call(receiver.url(host));
        if (outcome.reason) expectNoTrace(receiver);
        return outcome;
    }

    /// What becomes of one whose receiver runs `script` where TLS should be.
    AttemptOutcome meetHandshake(const ScriptedReceiver::Script& script, Duration timeout = kLong) {
        ScriptedReceiver receiver(script);
        const auto [outcome, took] =
            timed(post("https://127.0.0.1:" + std::to_string(receiver.port()) + "/", timeout));
        EXPECT_LE(took, timeout == kLong ? kSlack : timeout + kSlack);
        expectNoTrace(receiver);
        return outcome;
    }

    /// The connection is closed, and the next attempt does not notice.
    void expectNoTrace(ScriptedReceiver& receiver) {
        EXPECT_TRUE(receiver.awaitAllClosed());
        expectNothingLeft();
        ScriptedReceiver healthy(alwaysFine, authority_.issue("hooks.example"));
        expectHealthy(healthy.url("hooks.example"));
    }

    TestAuthority authority_;
};

TEST_F(TransportTlsTest, DeliversAndReusesTheConnection) {
    std::promise<std::string> server_name;
    ScriptedReceiver receiver(
        [&](ScriptedPeer& peer) {
            server_name.set_value(peer.serverName());
            alwaysFine(peer);
        },
        authority_.issue("hooks.example"));
    for (int i = 0; i < 5; ++i) {
        const auto outcome = call(receiver.url("hooks.example"));
        ASSERT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.response_body, "fine");
        EXPECT_EQ(outcome.tls, "TLSv1.3");
        EXPECT_EQ(outcome.reused, i > 0);
        EXPECT_EQ(outcome.timings.tls.has_value(), i == 0);
    }
    EXPECT_EQ(server_name.get_future().get(), "hooks.example");
    EXPECT_EQ(receiver.accepted(), 1);
}

TEST_F(TransportTlsTest, LargeBodiesBothWays) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            while (const auto request = peer.readRequest()) {
                peer.send(answer(200, request->substr(request->size() - 60'000)));
            }
        },
        authority_.issue("hooks.example"));
    std::string body;
    while (body.size() < 5'000'000)
        body += std::to_string(body.size()) + ",";
    for (int i = 0; i < 2; ++i) {
        AttemptRequest request = post(receiver.url("hooks.example"));
        request.body = makeBytes(body);
        const auto outcome = call(std::move(request));
        ASSERT_FALSE(outcome.reason) << outcome.detail;
        EXPECT_EQ(outcome.response_body, body.substr(body.size() - 60'000));
    }
    EXPECT_EQ(receiver.accepted(), 1);
}

TEST_F(TransportTlsTest, SessionIsResumed) {
    std::mutex mutex;
    std::vector<bool> resumed;
    ScriptedReceiver receiver(
        [&](ScriptedPeer& peer) {
            {
                const std::lock_guard lock(mutex);
                resumed.push_back(peer.sessionResumed());
            }
            while (peer.readRequest()) {
                peer.send(answer(200, "fine", "Connection: close\r\n"));
            }
        },
        authority_.issue("hooks.example"));
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(call(receiver.url("hooks.example")).reason);
        ASSERT_TRUE(receiver.awaitAllClosed());
    }
    EXPECT_EQ(resumed, (std::vector<bool>{false, true, true}));
}

TEST_F(TransportTlsTest, CertificateOfAnAddress) {
    const auto outcome = meetTls(authority_.issue("127.0.0.1"), "127.0.0.1");
    EXPECT_FALSE(outcome.reason) << outcome.detail;
}

TEST_F(TransportTlsTest, WrongName) {
    const auto name = meetTls(authority_.issue("other.example"), "hooks.example");
    EXPECT_EQ(name.reason, FailureReason::kTls);
    EXPECT_EQ(name.detail, "hostname mismatch");
    const auto address = meetTls(authority_.issue("hooks.example"), "127.0.0.1");
    EXPECT_EQ(address.reason, FailureReason::kTls);
    EXPECT_EQ(address.detail, "IP address mismatch");
}

TEST_F(TransportTlsTest, SelfSigned) {
    const auto outcome = meetTls(selfSigned("hooks.example"), "hooks.example");
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "self-signed certificate");
}

TEST_F(TransportTlsTest, Expired) {
    const auto outcome = meetTls(authority_.issue("hooks.example", -1h), "hooks.example");
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "certificate has expired");
}

TEST_F(TransportTlsTest, UnknownAuthority) {
    options_.ca_file.clear();
    ScriptedReceiver receiver(alwaysFine, authority_.issue("hooks.example"));
    const auto outcome = call(receiver.url("hooks.example"));
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "unable to get local issuer certificate");
    EXPECT_TRUE(receiver.awaitAllClosed());
    expectNothingLeft();
}

TEST_F(TransportTlsTest, EveryNewConnectionHasItsCertificateChecked) {
    const auto good = authority_.issue("hooks.example");
    const auto expired = authority_.issue("hooks.example", -1h);
    std::uint16_t port = 0;
    for (const auto& [identity, is_good] :
         {std::pair(good, true), {expired, false}, {good, true}}) {
        ScriptedReceiver receiver(alwaysFine, identity, "127.0.0.1", port);
        port = receiver.port();
        AttemptRequest request = post(receiver.url("hooks.example"));
        request.fresh_connection = true;
        EXPECT_EQ(call(std::move(request)).reason.has_value(), !is_good);
    }
}

TEST_F(TransportTlsTest, HandshakeThatNeverFinishes) {
    const auto silent = [](ScriptedPeer& peer) { peer.awaitClose(); };
    // A TLS record that announces 16,000 bytes, of which few ever come.
    const auto drips = [](ScriptedPeer& peer) {
        peer.send(std::string("\x16\x03\x03\x3e\x80", 5));
        peer.dripForever(std::string(1, '\0'), 20ms);
    };
    for (const ScriptedReceiver::Script& script : {ScriptedReceiver::Script(silent), {drips}}) {
        const auto outcome = meetHandshake(script, 300ms);
        EXPECT_EQ(outcome.reason, FailureReason::kTimeout);
        EXPECT_EQ(outcome.detail, "no answer within 300ms while setting up TLS");
    }
}

TEST_F(TransportTlsTest, AnswerInTinyRecordsHoldsUpNobodyElse) {
    std::promise<void> begun;
    ScriptedReceiver slow(
        [&](ScriptedPeer& peer) {
            peer.readRequest();
            peer.sendByteByByte(answer(500, std::string(400'000, 'b')), [&] { begun.set_value(); });
            peer.awaitClose();
        },
        authority_.issue("hooks.example"));
    ScriptedReceiver healthy(alwaysFine);
    auto tiny = begin(post(slow.url("hooks.example")));
    begun.get_future().wait();
    expectHealthy(healthy.url());
    EXPECT_EQ(tiny.wait_for(0s), std::future_status::timeout) << "it was read in one go";
    EXPECT_EQ(tiny.get().http_status, 500);
}

TEST_F(TransportTlsTest, EndlessMessagesWithoutContent) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            if (peer.readRequest()) peer.changeKeysForever();
        },
        authority_.issue("hooks.example"));
    const auto [outcome, took] = timed(post(receiver.url("hooks.example")));
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "endless TLS messages without content");
    EXPECT_LE(took, kSlack);
    expectNoTrace(receiver);
}

TEST_F(TransportTlsTest, ResetDuringTheHandshake) {
    const auto outcome = meetHandshake([](ScriptedPeer& peer) {
        peer.awaitAnything();
        peer.reset();
    });
    EXPECT_EQ(outcome.reason, FailureReason::kTls);
    EXPECT_EQ(outcome.detail, "connection reset by peer during the TLS handshake");
}

TEST_F(TransportTlsTest, ReceiverThatDoesNotSpeakTls) {
    for (const std::string bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
        const auto outcome = meetHandshake([&](ScriptedPeer& peer) { peer.send(bytes); });
        EXPECT_EQ(outcome.reason, FailureReason::kTls);
        EXPECT_NE(outcome.detail.find("during the TLS handshake"), std::string::npos)
            << outcome.detail;
    }
}

TEST_F(TransportTlsTest, StaleConnection) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.send(answer(200, "fine"));
            peer.readRequest();
        },
        authority_.issue("hooks.example"));
    EXPECT_FALSE(call(receiver.url("hooks.example")).reason);
    const auto stale = call(receiver.url("hooks.example"));
    EXPECT_EQ(stale.reason, FailureReason::kStaleConnection) << stale.detail;
}

TEST_F(TransportTlsTest, ResetAfterTheHandshake) {
    ScriptedReceiver receiver(
        [](ScriptedPeer& peer) {
            peer.readRequest();
            peer.reset();
        },
        authority_.issue("hooks.example"));
    const auto outcome = call(receiver.url("hooks.example"));
    EXPECT_EQ(outcome.reason, FailureReason::kConnect) << outcome.detail;
}

TEST(TransportTls, UnreadableCaFileIsAConfigError) {
    HttpTransportOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    EXPECT_THROW(makeHttpTransport(options), ConfigError);
}

}  // namespace
}  // namespace waybill
