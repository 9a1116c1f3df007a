#include "config/option_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "llm/passed_routes.h"
#include "waybill/any_address.h"
#include "waybill/callback_url.h"
#include "waybill/errors.h"
#include "waybill/nearest_name.h"

namespace waybill::server {
namespace {

template <typename Number>
std::optional<Number> parsedNumber(std::string_view text, Number least, Number most) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || stopped != end || error != std::errc() || number < least || number > most)
        return std::nullopt;
    return number;
}

template <typename Number>
Number numberIn(const std::string& text, Number least, Number most) {
    if (const auto number = parsedNumber(text, least, most)) return *number;
    throw ConfigError("write a number from " + std::to_string(least) + " to " +
                      std::to_string(most));
}

Duration durationIn(const std::string& text, Duration least, Duration most) {
    const std::optional<Duration> duration = parseDuration(text);
    if (!duration || *duration < least || *duration > most)
        throw ConfigError("write a duration from " + formatDuration(least) + " to " +
                          formatDuration(most) + ", such as 250ms, 5s, 5m, 2h or 1d");
    return *duration;
}

constexpr std::size_t kGiB = std::size_t{1} << 30;

std::size_t bytesIn(std::string_view text, std::size_t least = 1, std::size_t most = kGiB) {
    constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kUnits = {
        {{"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", kGiB}, {"", 1}}};
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const auto& known) { return text.ends_with(known.first); });
    text.remove_suffix(unit->first.size());
    const auto number = parsedNumber<std::size_t>(text, 1, most / unit->second);
    if (number && *number * unit->second >= least) return *number * unit->second;
    throw ConfigError("write a number of bytes " +
                      (least > 1 ? "from " + std::to_string(least) + " " : std::string()) +
                      "up to " + std::to_string(most / kGiB) +
                      "GiB, such as 65536, 512KiB or 16MiB");
}

bool switchIn(const std::string& text) {
    if (text == "true" || text == "yes" || text == "1") return true;
    if (text == "false" || text == "no" || text == "0") return false;
    throw ConfigError("write true or false");
}

std::string fileIn(const std::string& text) {
    if (text.empty()) throw ConfigError("write the name of a file");
    return text;
}

void applyListen(const std::string& text, ServerOptions& options) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0)
        throw ConfigError("write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
    std::string host = text.substr(0, colon);
    const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!bracketed && host.find(':') != std::string::npos)
        throw ConfigError("write an IPv6 address in brackets, such as [::1]:8080");
    options.listen_host = host;
    options.listen_port = numberIn<std::uint16_t>(text.substr(colon + 1), 0, 65535);
}

void applyData(const std::string& text, ServerOptions& options) {
    if (text.empty()) throw ConfigError("write the name of a directory");
    options.data = text;
}

std::string backendUrlIn(const std::string& text) {
    const UrlCheck check = parseCallbackUrl(text, anyAddress());
    if (!check.url)
        throw ConfigError("write an http or https URL such as http://127.0.0.1:8000 (" +
                          check.unusable->reason + ")");
    if (text.find_first_of("?#") != std::string::npos)
        throw ConfigError("write the URL without a query or a fragment (? or #)");
    return text;
}

void applyRetryDelays(const std::string& text, ServerOptions& options) {
    // The first given value takes the default's place.
    constexpr Duration kMost = std::chrono::hours(24 * 30);
    options.retry_policy.delays.push_back(durationIn(text, Duration::zero(), kMost));
    if (options.retry_policy.delays.size() > RetryPolicy::kMaxDelays)
        throw ConfigError("write at most " + std::to_string(RetryPolicy::kMaxDelays) + " delays");
}

void applyLogLevel(const std::string& text, ServerOptions& options) {
    for (const LogLevel level :
         {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError})
        if (text == toString(level)) {
            options.log_level = level;
            return;
        }
    throw ConfigError("write debug, info, warn or error");
}

void applyLogFormat(const std::string& text, ServerOptions& options) {
    if (text != "text" && text != "json") throw ConfigError("write text or json");
    options.log_format = text == "json" ? LogFormat::kJson : LogFormat::kText;
}

constexpr Duration kLongest = std::chrono::hours(24);
constexpr Duration kLongestRetention = std::chrono::hours(24 * 3650);
constexpr std::uint32_t kMostInFlight = 1'000'000;
constexpr std::uint32_t kMostOften = 1'000'000'000;
constexpr std::uint32_t kMostConnections = 1'000'000;

// clang-format off
constexpr Option kOptions[] = {
    {"listen", "HOST:PORT", "127.0.0.1:8080",
     "where to serve; port 0 picks one", false, applyListen},
    {"data", "DIR", "./waybill-data",
     "where the log, its key and the operator's token lie", false, applyData},
    {"accept-loss", "", "false",
     "for one start: go on although acknowledged events are missing, and record that in the log", false,
     [](const std::string& text, ServerOptions& options) { options.accept_loss = switchIn(text); }},
    {"upstream", "URL", "",
     "base URL of an OpenAI- or Anthropic-compatible backend, as SDKs take it (without a path: /v1); "
     "when not given, the built-in echo backend answers", false,
     [](const std::string& text, ServerOptions& options) { options.upstream = backendUrlIn(text); }},
    {"upstream-key-file", "FILE", "",
     "key for the upstream; without it the client's own is passed on", false,
     [](const std::string& text, ServerOptions& options) { options.upstream_key_file = fileIn(text); }},
    {"anthropic-upstream", "URL", "",
     "where /v1/messages and what else is of Anthropic's API goes instead, as Anthropic's SDKs take "
     "it: /v1/messages is appended", false,
     [](const std::string& text, ServerOptions& options) { options.anthropic_upstream = backendUrlIn(text); }},
    {"anthropic-upstream-key-file", "FILE", "",
     "key for the Anthropic upstream", false,
     [](const std::string& text, ServerOptions& options) { options.anthropic_upstream_key_file = fileIn(text); }},
    {"pass-routes", "LIST", "",
     "routes below /v1 that keep or list things of the upstream key's account and are passed on all "
     "the same, such as files,batches", true,
     [](const std::string& text, ServerOptions& options) { options.pass_routes.push_back(passedRoute(text)); }},
    {"share-upstream-ids", "", "false",
     "let clients that share the upstream's key name whatever is in its account by its id, not only what they "
     "were given themselves", false,
     [](const std::string& text, ServerOptions& options) { options.share_upstream_ids = switchIn(text); }},
    {"pass-client-key", "", "false",
     "pass the client's key on to the upstream although --api-keys-file is given", false,
     [](const std::string& text, ServerOptions& options) { options.pass_client_key = switchIn(text); }},
    {"upstream-timeout", "D", "10m",
     "how long the upstream may take for the head of its answer, and then between two bytes", false,
     [](const std::string& text, ServerOptions& options) {
         options.upstream_timeout = durationIn(text, std::chrono::milliseconds(1), kLongest);
     }},
    {"api-keys-file", "FILE", "",
     "clients' keys, `name:key` a line; without it the client API is open", false,
     [](const std::string& text, ServerOptions& options) { options.api_keys_file = fileIn(text); }},
    {"admin-token-file", "FILE", "",
     "the operator's token (default: admin.token in the data directory, made at first start)", false,
     [](const std::string& text, ServerOptions& options) { options.admin_token_file = fileIn(text); }},
    {"operators-file", "FILE", "",
     "operators' tokens beside it, `name:role:token` a line; viewer, operator or admin", false,
     [](const std::string& text, ServerOptions& options) { options.operators_file = fileIn(text); }},
    {"max-retries", "N", "3",
     "retries after the first attempt of a round", false,
     [](const std::string& text, ServerOptions& options) {
         options.retry_policy.max_retries = numberIn<std::uint32_t>(text, 0, RetryPolicy::kMaxRetries);
     }},
    {"retry-delays", "LIST", "5s,5m,30m",
     "delay before each retry; the last one repeats; jitter of 10 % either way", true, applyRetryDelays},
    {"attempt-timeout", "D", "30s",
     "ceiling of one whole attempt, from the look-up of the name to the end of the answer", false,
     [](const std::string& text, ServerOptions& options) {
         options.attempt_timeout = durationIn(text, std::chrono::milliseconds(1), std::chrono::hours(1));
     }},
    {"max-in-flight", "N", "4096",
     "attempts on the wire at once", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_in_flight = numberIn<std::uint32_t>(text, 1, kMostInFlight);
     }},
    {"max-in-flight-per-endpoint", "N", "256",
     "of them to one scheme://host:port", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_in_flight_per_endpoint = numberIn<std::uint32_t>(text, 1, kMostInFlight);
     }},
    {"max-in-flight-per-client", "N", "",
     "of them for one client, so that others have their share (default: half of max-in-flight; all of "
     "it up to 64, and without --api-keys-file)", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_in_flight_per_client = numberIn<std::uint32_t>(text, 1, kMostInFlight);
     }},
    {"client-max-retries", "N", "10",
     "retries that a client may ask for in POST /v1/deliveries", false,
     [](const std::string& text, ServerOptions& options) {
         options.client_max_retries = numberIn<std::uint32_t>(text, 0, RetryPolicy::kMaxRetries);
     }},
    {"client-min-retry-delay", "D", "1s",
     "shorter retry delays that a client asks for count as this", false,
     [](const std::string& text, ServerOptions& options) {
         options.client_min_retry_delay = durationIn(text, Duration::zero(), kLongest * 30);
     }},
    {"client-deliveries-per-second", "N", "5000",
     "deliveries that each client may have accepted, with --api-keys-file; ten seconds' worth may come "
     "at once; 0: any number", false,
     [](const std::string& text, ServerOptions& options) {
         options.client_limits.deliveries_per_second = numberIn<std::uint32_t>(text, 0, kMostOften);
     }},
    {"client-attempts-per-minute", "N", "600000",
     "attempts made for each client, with --api-keys-file; a minute's worth may come at once, more wait; "
     "0: any number", false,
     [](const std::string& text, ServerOptions& options) {
         options.client_limits.attempts_per_minute = numberIn<std::uint32_t>(text, 0, kMostOften);
     }},
    {"client-pending-bytes", "BYTES", "8GiB",
     "payloads of each client's deliveries that are pending, with --api-keys-file; 0: any number", false,
     [](const std::string& text, ServerOptions& options) {
         options.client_limits.pending_bytes =
             text == "0" ? 0 : bytesIn(text, 1, 1024 * 1024 * kGiB);
     }},
    {"pause-endpoint-after", "D", "",
     "pause an endpoint that has had nothing but failures for so long, until it is resumed", false,
     [](const std::string& text, ServerOptions& options) {
         options.pause_endpoint_after = durationIn(text, std::chrono::seconds(1), kLongest * 30);
     }},
    {"allow-network", "CIDR", "",
     "lets callbacks reach these otherwise refused addresses; `loopback` for this machine", true,
     [](const std::string& text, ServerOptions& options) { options.address_policy.allow(text); }},
    {"deny-network", "CIDR", "",
     "keeps callbacks from these addresses, whatever --allow-network says", true,
     [](const std::string& text, ServerOptions& options) { options.address_policy.deny(text); }},
    {"allow-port", "N", "",
     "lets callbacks reach a port that is refused by default: those of mail, ssh and other services "
     "that do not speak HTTP (the Fetch standard's bad ports)", true,
     [](const std::string& text, ServerOptions& options) {
         options.address_policy.allowPort(numberIn<std::uint16_t>(text, 1, 65535));
     }},
    {"deny-port", "N", "",
     "keeps callbacks from this port too, such as 6379", true,
     [](const std::string& text, ServerOptions& options) {
         options.address_policy.denyPort(numberIn<std::uint16_t>(text, 1, 65535));
     }},
    {"final-statuses", "LIST", "",
     "HTTP statuses that end a round at once, such as 410", true,
     [](const std::string& text, ServerOptions& options) {
         options.retry_policy.final_statuses.push_back(numberIn<std::uint16_t>(text, 100, 599));
     }},
    {"ca-file", "FILE", "",
     "extra trust anchors (PEM) for callbacks and the upstream, beside the system's", false,
     [](const std::string& text, ServerOptions& options) { options.ca_file = fileIn(text); }},
    {"signing-secret-file", "FILE", "",
     "secrets that sign every callback, one whsec_… or whsk_… a line, at most 32", false,
     [](const std::string& text, ServerOptions& options) { options.signing_secret_file = fileIn(text); }},
    {"allow-origin", "ORIGIN", "",
     "lets web pages of this origin, such as https://app.example, use the client API", true,
     [](const std::string& text, ServerOptions& options) { options.allowed_origins.add(text); }},
    {"tls-cert", "FILE", "",
     "serve HTTPS with this certificate chain (PEM)", false,
     [](const std::string& text, ServerOptions& options) { options.tls_cert = fileIn(text); }},
    {"tls-key", "FILE", "",
     "the certificate's key (PEM)", false,
     [](const std::string& text, ServerOptions& options) { options.tls_key = fileIn(text); }},
    {"max-connections", "N", "2048",
     "clients' connections with a request, and idle ones; health and operators have an eighth more", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_connections = numberIn<std::uint32_t>(text, 1, kMostConnections);
     }},
    {"max-connections-per-address", "N", "1024",
     "of them from one address; of IPv6 from one /64", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_connections_per_address = numberIn<std::uint32_t>(text, 1, kMostConnections);
     }},
    {"operator-ca", "FILE", "",
     "with tls-cert: the operator API needs a TLS client certificate, beside a token, that one of these "
     "authorities (PEM) vouches for", false,
     [](const std::string& text, ServerOptions& options) { options.operator_ca = fileIn(text); }},
    {"max-failed-logins-per-minute", "N", "300",
     "wrong credentials from one address (IPv6: /64); more are answered with 429, a right one never; 0: "
     "no limit", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_failed_logins_per_minute = numberIn<std::uint32_t>(text, 0, 1'000'000);
     }},
    {"max-body", "BYTES", "16MiB",
     "of a client's request", false,
     [](const std::string& text, ServerOptions& options) { options.max_body = bytesIn(text); }},
    {"max-response", "BYTES", "64MiB",
     "of the backend's answer; a larger one is ended", false,
     [](const std::string& text, ServerOptions& options) { options.max_response = bytesIn(text); }},
    {"max-payload-memory", "BYTES", "512MiB",
     "for payloads on the wire (one half) and for clients' requests and answers (the other)", false,
     [](const std::string& text, ServerOptions& options) {
         options.max_payload_memory = bytesIn(text, 1024 * 1024, 1024 * kGiB);
     }},
    {"echo-delay", "D", "0",
     "how long the echo backend thinks; spread over the tokens of a stream", false,
     [](const std::string& text, ServerOptions& options) {
         options.echo_delay = durationIn(text, Duration::zero(), kLongest);
     }},
    {"retain-responses", "D", "",
     "delete stored responses this long after they were over (default: keep them)", false,
     [](const std::string& text, ServerOptions& options) {
         options.retain_responses = durationIn(text, std::chrono::milliseconds(1), kLongestRetention);
     }},
    {"background-reruns", "N", "1",
     "how often a background response that a crash cut short is run again", false,
     [](const std::string& text, ServerOptions& options) {
         options.background_reruns = numberIn<std::uint32_t>(text, 0, 100);
     }},
    {"drain-timeout", "D", "",
     "how long a stop waits for what is under way (default: attempt-timeout + 1s)", false,
     [](const std::string& text, ServerOptions& options) {
         options.drain_timeout = durationIn(text, Duration::zero(), kLongest);
     }},
    {"log-level", "LEVEL", "info",
     "debug, info, warn or error", false, applyLogLevel},
    {"log-format", "FORMAT", "text",
     "text or json, one line per attempt on stderr", false, applyLogFormat},
};
// clang-format on

}  // namespace

std::span<const Option> optionTable() {
    return kOptions;
}

const Option* findOption(std::string_view name) {
    const auto found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                    [&](const Option& option) { return option.name == name; });
    return found == std::end(kOptions) ? nullptr : &*found;
}

std::string nearestOption(std::string_view name) {
    std::vector<std::string_view> known = {"config", "print-config", "check-config", "help",
                                           "version"};
    for (const Option& option : kOptions)
        known.push_back(option.name);
    return nearestName(name, known);
}

}  // namespace waybill::server
