// A backend on the other side of HTTP.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "llm/backend.h"
#include "waybill/transport.h"

namespace waybill::server {

struct UpstreamOptions {
    std::string url;            ///< as SDKs take it: `http://127.0.0.1:8000/v1`, or without a path
    std::string anthropic_url;  ///< as Anthropic's SDKs take it, without `/v1`; empty: the same
    /// The key to use instead of the client's; null: the client's. Both or neither.
    std::function<std::optional<std::string>()> key;
    std::function<std::optional<std::string>()> anthropic_key;
    Duration timeout = std::chrono::minutes(10);  ///< for the head, and then for each next byte
};

/// Settings of a transport that reaches an upstream anywhere and lets its reader set the limits.
HttpTransportOptions upstreamTransportOptions();

/// Passes calls to an OpenAI- or Anthropic-compatible server and its answers back, over connections
/// that are used again. An answer that quotes a key or another secret of its call comes without it
/// (gateway/masked_reply.h).
class UpstreamBackend final : public Backend {
public:
    UpstreamBackend(UpstreamOptions options, std::unique_ptr<Transport> transport);

    std::unique_ptr<BackendReply> create(BackendCall call) override;
    bool hasMoreRoutes() const override { return true; }
    std::unique_ptr<BackendReply> pass(PassedCall call) override;
    bool wantsClientKey() const override { return !options_.key; }
    void cancel() override;

private:
    struct Target;
    AttemptRequest requestFor(const Target& target, const HttpHeaders& headers,
                              const HttpHeaders& credential) const;
    std::unique_ptr<BackendReply> ask(AttemptRequest request, bool reads,
                                      std::vector<std::string> secrets);
    void send(AttemptRequest request);

    const UpstreamOptions options_;
    std::shared_mutex mutex_;
    std::unique_ptr<Transport> transport_;  // null: cancelled
};

}  // namespace waybill::server
