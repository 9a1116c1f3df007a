// Does an attempt go to the address that was checked, and nowhere else?
#include <gtest/gtest.h>

#include "support/transport_test.h"

namespace waybill {
namespace {

using namespace std::chrono_literals;

using TransportAddressTest = TransportTest;

TEST_F(TransportAddressTest, RefusedAddressIsNotConnectedTo) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) { peer.awaitClose(); });
    options_.address_policy = {};
    for (const std::string host : {"127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"}) {
        const auto outcome = call(receiver.url(host));
        EXPECT_EQ(outcome.reason, FailureReason::kRefusedAddress) << host;
        EXPECT_NE(outcome.detail.find("loopback"), std::string::npos) << outcome.detail;
    }
    EXPECT_EQ(receiver.accepted(), 0);
}

TEST_F(TransportAddressTest, OneRefusedAddressRefusesTheName) {
    ScriptedReceiver receiver([](ScriptedPeer& peer) { peer.awaitClose(); });
    resolver_->set("mixed.example", {{"127.0.0.1", "10.0.0.1"}});
    const auto outcome = call(receiver.url("mixed.example"));
    EXPECT_EQ(outcome.reason, FailureReason::kRefusedAddress);
    EXPECT_EQ(
        outcome.detail,
        "the name leads to an address that must not be reached; if it is meant to be, waybilld "
        "--allow-network allows it (`waybill check` tells an admin which it is)")
        << "who reads the log does not learn where names of the inside lead";
    EXPECT_EQ(outcome.remote_address, "10.0.0.1");
    EXPECT_TRUE(outcome.timings.dns);
    EXPECT_EQ(receiver.accepted(), 0);
}

TEST_F(TransportAddressTest, AnAddressOfOurOwnServerIsNotConnectedToByWhateverName) {
    ScriptedReceiver receiver(alwaysFine);
    options_.address_policy.refuseListener(parseNetwork("0.0.0.0")->base, receiver.port());
    resolver_->set("self.example", {{"127.0.0.1"}});
    resolver_->set("alias.example", {{"127.0.0.7"}});
    resolver_->set("any.example", {{"0.0.0.0"}});
    for (const std::string host : {"self.example", "alias.example", "any.example", "127.0.0.1"}) {
        const auto outcome = call(receiver.url(host));
        EXPECT_EQ(outcome.reason, FailureReason::kRefusedAddress) << host;
        EXPECT_NE(outcome.detail.find("itself listens there"), std::string::npos) << outcome.detail;
    }
    EXPECT_EQ(receiver.accepted(), 0);
    ScriptedReceiver other(alwaysFine);
    expectHealthy(other.url("self.example"));
}

TEST_F(TransportAddressTest, WhatIsDeniedIsNotConnectedToByName) {
    ScriptedReceiver receiver(alwaysFine);
    resolver_->set("a.example", {{"127.0.0.1"}});
    options_.address_policy.denyPort(receiver.port());
    const auto by_port = call(receiver.url("a.example"));
    EXPECT_EQ(by_port.reason, FailureReason::kRefusedAddress);
    EXPECT_NE(by_port.detail.find("--deny-port"), std::string::npos) << by_port.detail;
    EXPECT_EQ(receiver.accepted(), 0);
}

TEST_F(TransportAddressTest, ADeniedNetworkIsNotConnectedToByName) {
    ScriptedReceiver receiver(alwaysFine);
    resolver_->set("a.example", {{"127.0.0.1"}});
    options_.address_policy.deny("127.0.0.0/8");
    const auto by_network = call(receiver.url("a.example"));
    EXPECT_EQ(by_network.reason, FailureReason::kRefusedAddress);
    EXPECT_NE(by_network.detail.find("--deny-network"), std::string::npos) << by_network.detail;
    EXPECT_EQ(receiver.accepted(), 0);
}

/// A receiver on 127.0.0.2 with the port of `good`, which is made anew until that port is free
/// there.
std::unique_ptr<ScriptedReceiver> twinOf(std::unique_ptr<ScriptedReceiver>& good) {
    for (int tries = 1;; ++tries) {
        good = std::make_unique<ScriptedReceiver>(alwaysFine);
        try {
            return std::make_unique<ScriptedReceiver>([](ScriptedPeer& peer) { peer.awaitClose(); },
                                                      std::nullopt, "127.0.0.2", good->port());
        } catch (const std::runtime_error&) {
            if (tries == 10) throw;
        }
    }
}

TEST_F(TransportAddressTest, NameThatChangesItsAnswerLeadsNowhereUnchecked) {
    std::unique_ptr<ScriptedReceiver> good;
    const std::unique_ptr<ScriptedReceiver> evil = twinOf(good);
    options_.address_policy = {};
    options_.address_policy.allow("127.0.0.1");
    resolver_->set("rebind.example", {{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.1"}});

    const auto first = call(good->url("rebind.example"));
    EXPECT_FALSE(first.reason) << first.detail;
    EXPECT_EQ(resolver_->lookups(), 1) << "the address that was checked must be the one used";

    const auto second = call(good->url("rebind.example"));
    EXPECT_EQ(second.reason, FailureReason::kRefusedAddress);

    const auto third = call(good->url("rebind.example"));
    EXPECT_FALSE(third.reason) << third.detail;
    EXPECT_TRUE(third.reused);
    EXPECT_EQ(evil->accepted(), 0);
}

TEST_F(TransportAddressTest, ConnectionToAnAddressTheNameNoLongerHasIsNotReused) {
    const auto serve = alwaysFine;
    ScriptedReceiver before(serve);
    ScriptedReceiver after(serve, std::nullopt, "127.0.0.2", before.port());
    resolver_->set("moved.example", {{"127.0.0.1"}, {"127.0.0.2"}});
    EXPECT_EQ(call(before.url("moved.example")).remote_address,
              "127.0.0.1:" + std::to_string(before.port()));
    const auto moved = call(before.url("moved.example"));
    EXPECT_EQ(moved.remote_address, "127.0.0.2:" + std::to_string(before.port()));
    EXPECT_FALSE(moved.reused);
}

TEST_F(TransportAddressTest, NextAddressIsTriedWhenOneRefuses) {
    ScriptedReceiver receiver(alwaysFine);
    resolver_->set("two.example", {{"127.0.0.9", "127.0.0.1"}});
    const auto outcome = call(receiver.url("two.example"));
    EXPECT_FALSE(outcome.reason) << outcome.detail;
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
}

TEST_F(TransportAddressTest, NextAddressIsTriedWhenOneDoesNotAnswer) {
    ScriptedReceiver receiver(alwaysFine);
    SilentListener nobody("127.0.0.3", receiver.port(), 0);
    nobody.fillBacklog();
    resolver_->set("two.example", {{"127.0.0.3", "127.0.0.1"}});
    const auto [outcome, took] = timed(post(receiver.url("two.example"), 2s));
    EXPECT_FALSE(outcome.reason) << outcome.detail;
    EXPECT_EQ(outcome.remote_address, "127.0.0.1:" + std::to_string(receiver.port()));
    EXPECT_GE(took, Duration(300ms));
}

TEST_F(TransportAddressTest, EveryAddressRefuses) {
    std::uint16_t unused = 0;
    { unused = SilentListener().port(); }
    resolver_->set("two.example", {{"127.0.0.1", "127.0.0.2"}});
    const auto outcome = call("http://two.example:" + std::to_string(unused) + "/");
    EXPECT_EQ(outcome.reason, FailureReason::kConnect);
    EXPECT_EQ(outcome.detail, "connection refused");
}

TEST_F(TransportAddressTest, NameThatDoesNotExist) {
    const auto outcome = call("http://nowhere.example/");
    EXPECT_EQ(outcome.reason, FailureReason::kDns);
    EXPECT_EQ(outcome.detail, "the name cannot be looked up: no such name");
}

TEST_F(TransportAddressTest, LookUpThatHangsHoldsUpNobodyElse) {
    options_.resolver_threads = 2;
    ScriptedReceiver receiver(alwaysFine);
    resolver_->set("good.example", {{"127.0.0.1"}});
    resolver_->hangOn("hang.example");
    std::vector<std::future<AttemptOutcome>> hanging;
    for (int i = 0; i < 10; ++i)
        hanging.push_back(begin(post("http://hang.example/", 300ms)));
    expectHealthy(receiver.url("good.example"));
    for (auto& outcome : hanging) {
        const auto result = outcome.get();
        EXPECT_EQ(result.reason, FailureReason::kTimeout);
        EXPECT_EQ(result.detail, "no answer within 300ms while looking up the name");
    }
    // The transport does not wait for it either; the fixture lets it go afterwards.
}

TEST_F(TransportAddressTest, ManyLookUpsThatHangHoldUpNoNameThatWasThereBefore) {
    options_.resolver_threads = 2;
    ScriptedReceiver receiver(alwaysFine);
    resolver_->set("good.example", {{"127.0.0.1"}});
    expectHealthy(receiver.url("good.example"));
    std::vector<std::future<AttemptOutcome>> hanging;
    for (int i = 0; i < 20; ++i) {
        const std::string host = "hang" + std::to_string(i) + ".example";
        resolver_->hangOn(host);
        hanging.push_back(begin(post("http://" + host + "/", 300ms)));
    }
    const auto next = call(post(receiver.url("good.example"), 5s));
    EXPECT_FALSE(next.reason) << next.detail;
    for (auto& outcome : hanging)
        EXPECT_EQ(outcome.get().reason, FailureReason::kTimeout);
    const int asked = resolver_->lookups();
    resolver_->release();
    expectHealthy(receiver.url("good.example"));
    resolver_->set("new.example", {{"127.0.0.1"}});
    expectHealthy(receiver.url("new.example"));
    EXPECT_EQ(resolver_->lookups(), asked + 2) << "nobody waits for the others any more";
}

}  // namespace
}  // namespace waybill
