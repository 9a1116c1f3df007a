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
    Duration timeout = std::chrono::minutes(10);  ///< for the head, and then for each next byte
};

/// Settings of a transport that reaches an upstream anywhere and lets its reader set the limits.
HttpTransportOptions upstreamTransportOptions();

/// Passes calls to an OpenAI- or Anthropic-compatible server and its answers back, over connections
/// that are used again.
class UpstreamBackend final : public Backend {
public:
    UpstreamBackend(UpstreamOptions options, std::unique_ptr<Transport> transport);

    std::unique_ptr<BackendReply> create(BackendCall call) override;
    std::unique_ptr<BackendReply> models(const BackendCall& call) override;
    bool wantsClientKey() const override { return !options_.key; }
    void cancel() override;

private:
    AttemptRequest requestFor(const BackendCall& call, std::string_view path) const;
    std::unique_ptr<BackendReply> ask(AttemptRequest request, bool reads);
    void send(AttemptRequest request);

    const UpstreamOptions options_;
    std::shared_mutex mutex_;
    std::unique_ptr<Transport> transport_;  // null: cancelled
};

}  // namespace waybill::server
