// What the daemon reads from files of secrets, at start and on SIGHUP.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api_keys.h"
#include "operator_tokens.h"
#include "options.h"
#include "waybill/signing.h"

namespace waybill::server {

struct Secrets {
    std::optional<ApiKeys> api_keys;  ///< nothing: the client API is open
    std::optional<std::string> upstream_key;
    std::optional<std::string> anthropic_upstream_key;
    std::vector<SigningKey> signing_keys;
    OperatorTokens operators;
};

/// Throws ConfigError naming the file and line at fault.
Secrets readSecrets(const ServerOptions& options);

}  // namespace waybill::server
