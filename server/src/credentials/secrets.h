// What the daemon reads from files of secrets, at start and on SIGHUP.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"
#include "credentials/api_keys.h"
#include "credentials/operator_tokens.h"
#include "waybill/signing.h"

namespace waybill::server {

struct Secrets {
    std::optional<ApiKeys> api_keys;  ///< nothing: the client API is open
    std::optional<std::string> upstream_key;
    std::optional<std::string> anthropic_upstream_key;
    std::vector<SigningKey> signing_keys;
    OperatorTokens operators;
    std::vector<std::string> warnings;  ///< about what is taken all the same, in words
};

/// Throws ConfigError naming the file and line at fault.
Secrets readSecrets(const ServerOptions& options);

/// Throws ConfigError when the admin's token is somebody else's key or token too, who would be an
/// admin with it. Returns what is to be warned about, or empty.
std::string checkAdminToken(std::string_view token, const ServerOptions& options,
                            const std::optional<ApiKeys>& api_keys,
                            const OperatorTokens& operators);

/// Of each file of secrets that an option names and others may read, a line for the log.
std::vector<std::string> warningsOfSecretFiles(const ServerOptions& options);

}  // namespace waybill::server
