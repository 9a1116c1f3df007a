// A backend on the other side of HTTP.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "gateway/backend.h"
#include "waybill/transport.h"

namespace waybill::server {

struct UpstreamOptions {
    std::string url;  ///< `http://127.0.0.1:8000`; `/v1` at its end changes nothing
    /// The key to use instead of the client's; nothing: the client's.
    std::function<std::optional<std::string>()> key;
    Duration timeout = std::chrono::minutes(10);
};

/// Settings of a transport that reaches an upstream anywhere and reads its answers whole.
HttpTransportOptions upstreamTransportOptions();

/// Passes create calls to an OpenAI- or Anthropic-compatible server and its answers back.
class UpstreamBackend final : public Backend {
public:
    UpstreamBackend(UpstreamOptions options, std::unique_ptr<Transport> transport);

    BackendAnswer call(const BackendCall& call) override;
    bool wantsClientKey() const override { return !options_.key; }
    void cancel() override;

private:
    std::optional<AttemptOutcome> send(AttemptRequest request);
    AttemptRequest requestFor(const BackendCall& call) const;

    const UpstreamOptions options_;
    std::shared_mutex mutex_;
    std::unique_ptr<Transport> transport_;  // null: cancelled
};

}  // namespace waybill::server
