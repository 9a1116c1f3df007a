#include "config/options.h"

#include <Poco/Net/IPAddress.h>

#include <algorithm>

#include "waybill/errors.h"

namespace waybill::server {

bool isLoopback(const std::string& host) {
    Poco::Net::IPAddress address;
    if (Poco::Net::IPAddress::tryParse(host, address)) return address.isLoopback();
    return host == "localhost";
}

std::uint32_t ServerOptions::maxInFlightPerClient() const {
    constexpr std::uint32_t kNotShared = 64;
    if (max_in_flight_per_client != 0) return std::min(max_in_flight_per_client, max_in_flight);
    // Without keys there is only one client.
    const bool shared = !api_keys_file.empty() && max_in_flight > kNotShared;
    return shared ? max_in_flight / 2 : max_in_flight;
}

void checkTogether(const ServerOptions& options) {
    if (options.api_keys_file.empty() && !isLoopback(options.listen_host))
        throw ConfigError("listen " + options.listen_host +
                          " would open the client API to the network without keys: give "
                          "--api-keys-file, or listen on 127.0.0.1");
    const bool own_key = !options.upstream_key_file.empty();
    if (own_key && options.pass_client_key)
        throw ConfigError(
            "upstream-key-file and pass-client-key exclude one another: the upstream gets one key");
    if (!options.upstream.empty() && !options.api_keys_file.empty() && !own_key &&
        !options.pass_client_key)
        throw ConfigError(
            "with --api-keys-file the clients' keys are this daemon's own and would leak to the "
            "upstream: give --upstream-key-file, or say --pass-client-key if that is wanted");
    if (options.upstream.empty() && own_key)
        throw ConfigError("upstream-key-file is of no use without --upstream");
    if (options.upstream.empty() && !options.anthropic_upstream.empty())
        throw ConfigError(
            "anthropic-upstream is of no use without --upstream: if it is the only backend, give "
            "it as --upstream");
    const bool own_anthropic_key = !options.anthropic_upstream_key_file.empty();
    if (options.anthropic_upstream.empty() && own_anthropic_key)
        throw ConfigError("anthropic-upstream-key-file is of no use without --anthropic-upstream");
    if (!options.anthropic_upstream.empty() && own_key != own_anthropic_key)
        throw ConfigError(
            "with --anthropic-upstream, give both upstream-key-file and "
            "anthropic-upstream-key-file or neither: a key goes only where it was given for");
    if (!options.pass_routes.empty() && !own_key)
        throw ConfigError(
            "pass-routes is of no use without --upstream-key-file: with the clients' own keys "
            "every "
            "route is passed on");
    if (options.share_upstream_ids && !own_key)
        throw ConfigError(
            "share-upstream-ids is of no use without --upstream-key-file: with the clients' own "
            "keys the upstream knows whose an id is");
    if (options.tls_cert.empty() != options.tls_key.empty())
        throw ConfigError("tls-cert and tls-key belong together: give both or neither");
    if (!options.operator_ca.empty() && options.tls_cert.empty())
        throw ConfigError(
            "operator-ca needs TLS, in which clients show their certificates: give --tls-cert and "
            "--tls-key too");
}

std::vector<std::string> warningsAbout(const ServerOptions& options) {
    // Where clouds hand a machine its credentials: AWS, Google, Azure and others; AWS over IPv6;
    // Azure's platform; Alibaba.
    constexpr std::string_view kMetadata[] = {"169.254.169.254", "fd00:ec2::254", "168.63.129.16",
                                              "100.100.100.200"};
    std::string open;
    for (const std::string_view address : kMetadata) {
        if (options.address_policy.refusal(parseNetwork(address).value().base)) continue;
        open.append(open.empty() ? "" : ", ").append(address);
    }
    if (open.empty()) return {};
    return {"allow-network lets callbacks reach " + open +
            ", where clouds hand out a machine's credentials: name smaller networks, or give "
            "--deny-network too"};
}

}  // namespace waybill::server
