#include "secrets.h"

#include "secret_files.h"

namespace waybill::server {

Secrets readSecrets(const ServerOptions& options) {
    Secrets secrets;
    if (!options.api_keys_file.empty()) secrets.api_keys = ApiKeys::read(options.api_keys_file);
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

}  // namespace waybill::server
