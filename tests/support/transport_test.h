// What the tests of the HTTP transport stand on: one transport, and receivers on loopback.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "support/scripted_receiver.h"
#include "support/scripted_resolver.h"
#include "waybill/transport.h"

namespace waybill {

/// A timeout that no test should run into.
inline constexpr Duration kLong = std::chrono::minutes(1);

/// What an attempt may take beyond its own time on a busy machine; far less than kLong.
inline constexpr Duration kSlack = std::chrono::seconds(10);

/// A small request.
AttemptRequest post(std::string url, Duration timeout = kLong);

/// An outcome and how long it took to come.
struct Timed {
    AttemptOutcome outcome;
    Duration took{};
};

class TransportTest : public ::testing::Test {
protected:
    TransportTest();
    ~TransportTest() override { resolver_->release(); }

    /// Made when it is first asked for, with `options_` as they are then.
    Transport& transport();

    std::future<AttemptOutcome> begin(AttemptRequest request);
    AttemptOutcome call(AttemptRequest request) { return begin(std::move(request)).get(); }
    AttemptOutcome call(const std::string& url) { return call(post(url)); }
    Timed timed(AttemptRequest request);

    /// The receiver's first connection runs `script`, all later ones answer as they should. The
    /// attempt must end within `timeout` (or a moment, when that is kLong), with its connection
    /// closed and nothing of it left, and the next one must not notice.
    AttemptOutcome meet(const ScriptedReceiver::Script& script, Duration timeout = kLong,
                        const Bytes& body = nullptr);

    /// A receiver that answers as it should gets what is sent.
    void expectHealthy(const std::string& url);

    /// No exchange is on its way and no connection is kept.
    void expectNothingLeft();

    std::shared_ptr<ScriptedResolver> resolver_ = std::make_shared<ScriptedResolver>();
    HttpTransportOptions options_;

private:
    std::unique_ptr<Transport> transport_;
};

}  // namespace waybill
