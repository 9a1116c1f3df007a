// A backend that needs no model.
#pragma once

#include <condition_variable>
#include <mutex>

#include "llm/backend.h"
#include "waybill/clock.h"
#include "waybill/time.h"

namespace waybill::server {

/// Says what it was asked, after a while, in the shape of each of the three APIs, streamed or not:
/// for trying everything out. While it streams the while is spread over its tokens.
class EchoBackend final : public Backend {
public:
    explicit EchoBackend(Duration delay, Clock& clock = systemClock())
        : delay_(delay), clock_(clock) {}

    std::unique_ptr<BackendReply> create(BackendCall call) override;
    bool hasMoreRoutes() const override { return false; }
    std::unique_ptr<BackendReply> pass(PassedCall call) override;
    bool wantsClientKey() const override { return false; }
    void cancel() override;

private:
    class Reply;

    std::int64_t unixNow() const;

    const Duration delay_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable cancelled_changed_;
    bool cancelled_ = false;
};

}  // namespace waybill::server
