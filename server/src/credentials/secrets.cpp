#include "credentials/secrets.h"

#include <algorithm>

#include "credentials/secret_files.h"
#include "waybill/errors.h"
#include "waybill/private_files.h"

namespace waybill::server {
namespace {

constexpr std::string_view kShort =
    "under 16 characters, which can be guessed by trying: make longer ones, such as with openssl "
    "rand -hex 32";

/// `api-keys-file F: the keys of lines 1, 2, 3 … have under 16 …`
std::string warningAbout(const std::string& file, const std::vector<int>& lines) {
    constexpr std::size_t kMostNamed = 10;
    std::string named;
    for (std::size_t i = 0; i < std::min(lines.size(), kMostNamed); ++i)
        named += (i == 0 ? "" : ", ") + std::to_string(lines[i]);
    if (lines.size() > kMostNamed) named += " …";
    return "api-keys-file " + file + ": keys (line " + named + ") have " + std::string(kShort);
}

}  // namespace

Secrets readSecrets(const ServerOptions& options) {
    Secrets secrets;
    if (!options.api_keys_file.empty()) {
        secrets.api_keys = ApiKeys::read(options.api_keys_file);
        if (const auto& lines = secrets.api_keys->shortLines(); !lines.empty())
            secrets.warnings.push_back(warningAbout(options.api_keys_file, lines));
    }
    if (!options.upstream_key_file.empty())
        secrets.upstream_key = readSecret("upstream-key-file", options.upstream_key_file);
    if (!options.anthropic_upstream_key_file.empty())
        secrets.anthropic_upstream_key =
            readSecret("anthropic-upstream-key-file", options.anthropic_upstream_key_file);
    if (!options.signing_secret_file.empty())
        secrets.signing_keys = readSigningKeys(options.signing_secret_file);
    if (!options.operators_file.empty())
        secrets.operators = OperatorTokens::read(options.operators_file);
    return secrets;
}

std::string checkAdminToken(std::string_view token, const ServerOptions& options,
                            const std::optional<ApiKeys>& api_keys,
                            const OperatorTokens& operators) {
    const std::string place = "admin-token-file " + options.adminTokenFile();
    if (const auto who = operators.ownerOf(token))
        throw ConfigError(place + ": this token is also that of " + who->name +
                          " in --operators-file; give each a token of its own");
    if (const auto client = api_keys ? api_keys->ownerOf(token) : std::nullopt)
        throw ConfigError(place + ": this token is also the key of " + *client +
                          " in --api-keys-file; give each a secret of its own");
    return isShort(token) ? place + ": the token has " + std::string(kShort) : "";
}

std::vector<std::string> warningsOfSecretFiles(const ServerOptions& options) {
    std::vector<std::string> warnings;
    for (const std::string& file :
         {options.api_keys_file, options.operators_file, options.upstream_key_file,
          options.anthropic_upstream_key_file, options.signing_secret_file,
          options.admin_token_file, options.tls_key}) {
        std::string warning = file.empty() ? "" : warningOfNamedSecret(file);
        if (!warning.empty()) warnings.push_back(std::move(warning));
    }
    return warnings;
}

}  // namespace waybill::server
