// Does each setting come from where it should, and is a wrong one named with what to write instead?
#include "config/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/option_table.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

class SettingsTest : public testing::Test {
protected:
    SettingsTest()
        : file_(testing::TempDir() + "waybill_settings_" + std::to_string(::getpid()) + ".conf") {}
    ~SettingsTest() override { std::filesystem::remove(file_); }

    void write(const std::string& text) { std::ofstream(file_) << text; }

    static ServerOptions options(const std::vector<std::string>& arguments,
                                 const Environment& environment = {}) {
        return makeOptions(readSettings(arguments, environment));
    }
    static std::string problem(const std::vector<std::string>& arguments,
                               const Environment& environment = {}) {
        try {
            options(arguments, environment);
        } catch (const ConfigError& error) {
            return error.message();
        }
        return {};
    }

    std::string file_;
};

TEST_F(SettingsTest, OriginsAreAllowedOneByOne) {
    const ServerOptions given =
        options({"--allow-origin", "https://a.example,http://localhost:3000"});
    EXPECT_TRUE(given.allowed_origins.contains("http://localhost:3000"));
    EXPECT_TRUE(options({}).allowed_origins.empty());
    EXPECT_EQ(problem({"--allow-origin", "*"}).find("allow-origin (command line): write an origin"),
              0U);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_F(SettingsTest, AClientHasHalfOfTheWireWhereThereAreOthers) {
    ServerOptions options;
    options.max_in_flight = 4096;
    EXPECT_EQ(options.maxInFlightPerClient(), 4096U) << "without keys there is only one";
    options.api_keys_file = "keys";
    EXPECT_EQ(options.maxInFlightPerClient(), 2048U);
    options.max_in_flight = 64;
    EXPECT_EQ(options.maxInFlightPerClient(), 64U);
    options.max_in_flight_per_client = 100;
    EXPECT_EQ(options.maxInFlightPerClient(), 64U);
    options.max_in_flight = 4096;
    EXPECT_EQ(options.maxInFlightPerClient(), 100U);
}

TEST_F(SettingsTest, DefaultsAreThoseOfTheTable) {
    const ServerOptions defaults = options({});
    EXPECT_EQ(defaults.listen_host, "127.0.0.1");
    EXPECT_EQ(defaults.listen_port, 8080);
    EXPECT_EQ(defaults.data, "./waybill-data");
    EXPECT_EQ(defaults.retry_policy, RetryPolicy());
    EXPECT_EQ(defaults.attempt_timeout, std::chrono::seconds(30));
    EXPECT_EQ(defaults.drainTimeout(), std::chrono::seconds(31));
    EXPECT_EQ(defaults.max_in_flight, 4096U);
    EXPECT_EQ(defaults.max_in_flight_per_endpoint, 256U);
    EXPECT_EQ(defaults.max_payload_memory, 512U * 1024 * 1024);
    EXPECT_EQ(defaults.max_body, 16U * 1024 * 1024);
    EXPECT_EQ(defaults.background_reruns, 1U);
    EXPECT_EQ(defaults.client_max_retries, 10U);
    EXPECT_EQ(defaults.client_min_retry_delay, std::chrono::seconds(1));
    EXPECT_EQ(defaults.client_limits.deliveries_per_second, 5000U);
    EXPECT_EQ(defaults.client_limits.attempts_per_minute, 600'000U);
    EXPECT_EQ(defaults.client_limits.pending_bytes, 8U * (std::uint64_t{1} << 30));
}

TEST_F(SettingsTest, WithoutKeysThereIsOneClientAndNoLimitToWhatItCauses) {
    ServerOptions given =
        options({"--client-deliveries-per-second", "7", "--client-pending-bytes", "0"});
    EXPECT_EQ(given.clientLimits().deliveries_per_second, 0U);
    given.api_keys_file = "keys";
    EXPECT_EQ(given.clientLimits().deliveries_per_second, 7U);
    EXPECT_EQ(given.clientLimits().pending_bytes, 0U);
    EXPECT_TRUE(has(problem({"--client-pending-bytes", "-1"}), "client-pending-bytes"));
}

TEST_F(SettingsTest, CommandLineOverEnvironmentOverFileOverDefault) {
    write("# a comment\nmax-retries = 1\nattempt-timeout = 1s # short\ndata = /file\n");
    const Environment environment = {{"WAYBILL_MAX_RETRIES", "2"}, {"WAYBILL_DATA", "/env"}};
    const ServerOptions got =
        options({"--config", file_, "--max-retries=5", "--log-format", "json"}, environment);
    EXPECT_EQ(got.retry_policy.max_retries, 5U);
    EXPECT_EQ(got.data, "/env");
    EXPECT_EQ(got.attempt_timeout, std::chrono::seconds(1));
    EXPECT_EQ(got.log_format, LogFormat::kJson);
    EXPECT_EQ(got.listen_port, 8080);
}

TEST_F(SettingsTest, TheEnvironmentMayNameTheFile) {
    write("listen = 127.0.0.1:0\n");
    EXPECT_EQ(options({}, {{"WAYBILL_CONFIG", file_}}).listen_port, 0);
}

TEST_F(SettingsTest, ListsTakeThePlaceOfListsFromBelow) {
    const ServerOptions got = options({"--retry-delays", "1s, 250ms", "--allow-network", "loopback",
                                       "--allow-network", "10.0.0.0/8", "--final-statuses=410,404"},
                                      {{"WAYBILL_RETRY_DELAYS", "9s"}});
    EXPECT_EQ(got.retry_policy.delays,
              (std::vector<Duration>{std::chrono::seconds(1), std::chrono::milliseconds(250)}));
    EXPECT_EQ(got.retry_policy.final_statuses, (std::vector<std::uint16_t>{410, 404}));
}

TEST_F(SettingsTest, WhatCallbacksMayReachIsPutTogetherFromFourLists) {
    const AddressPolicy got =
        options({"--allow-network", "10.0.0.0/8", "--deny-network", "10.1.0.0/16,10.2.0.0/16",
                 "--allow-port", "25", "--deny-port", "6379,11211"})
            .address_policy;
    const auto refused = [&](const char* address, std::uint16_t port) {
        return got.refusal(parseNetwork(address)->base, port).has_value();
    };
    EXPECT_FALSE(refused("10.3.0.1", 25));
    EXPECT_TRUE(refused("10.3.0.1", 22));
    EXPECT_TRUE(refused("10.2.0.1", 80));
    EXPECT_TRUE(refused("10.3.0.1", 6379));
    EXPECT_TRUE(refused("10.3.0.1", 11211));
    EXPECT_TRUE(has(problem({"--deny-network", "loopback"}), "deny-network"));
    EXPECT_TRUE(has(problem({"--deny-port", "0"}), "from 1 to 65535"));
    EXPECT_EQ(options({"--upstream", "http://127.0.0.1:6000"}).upstream, "http://127.0.0.1:6000")
        << "the upstream is the operator's affair";
}

TEST_F(SettingsTest, CredentialsOfACloudThatBecomeReachableAreWarnedAbout) {
    const auto warnings = [&](std::vector<std::string> arguments) {
        return warningsAbout(options(arguments));
    };
    EXPECT_TRUE(warnings({}).empty());
    EXPECT_TRUE(warnings({"--allow-network", "loopback,10.0.0.0/8"}).empty());
    for (const char* wide : {"0.0.0.0/0", "169.254.0.0/16"}) {
        const auto said = warnings({"--allow-network", wide});
        ASSERT_EQ(said.size(), 1U) << wide;
        EXPECT_TRUE(has(said[0], "169.254.169.254"));
        EXPECT_FALSE(has(said[0], "fd00:ec2::254"));
    }
    EXPECT_TRUE(has(warnings({"--allow-network", "fd00::/8"}).at(0), "fd00:ec2::254"));
    EXPECT_TRUE(warnings({"--allow-network", "169.254.0.0/16", "--deny-network", "169.254.169.254"})
                    .empty());
}

TEST_F(SettingsTest, UnknownNamesStopTheStartWithTheNearestKnownOne) {
    EXPECT_TRUE(has(problem({"--max-retry", "1"}), "max-retries"));
    EXPECT_TRUE(has(problem({"--lisen=x"}), "did you mean --listen?"));
    EXPECT_FALSE(has(problem({"--zzzzzzzz"}), "did you mean"));
    EXPECT_TRUE(has(problem({"serve"}), "unknown argument serve"));
    write("listen = 127.0.0.1:1\nlog_level = info\n");
    EXPECT_TRUE(has(problem({"--config", file_}),
                    "line 2: unknown key log_level; did you mean log-level?"));
    write("data = a\ndata = b\n");
    EXPECT_TRUE(has(problem({"--config", file_}), "given twice"));
    EXPECT_TRUE(has(problem({"--config", "/nowhere"}), "/nowhere cannot be read"));
    EXPECT_TRUE(has(problem({"--data"}), "needs a value"));
}

TEST_F(SettingsTest, UnknownVariablesAreOnlyWarnedAbout) {
    const Settings settings =
        readSettings({}, {{"WAYBILL_LISTN", "x"}, {"WAYBILL_CONFIG", ""}, {"HOME", "/"}});
    ASSERT_EQ(settings.warnings.size(), 1U);
    EXPECT_TRUE(has(settings.warnings[0], "WAYBILL_LISTN"));
    EXPECT_TRUE(has(settings.warnings[0], "did you mean WAYBILL_LISTEN?"));
}

TEST_F(SettingsTest, AWrongValueIsNamedWithItsSourceAndWhatToWrite) {
    EXPECT_TRUE(has(problem({"--attempt-timeout", "5"}), "attempt-timeout (command line)"));
    EXPECT_TRUE(has(problem({}, {{"WAYBILL_MAX_BODY", "lots"}}), "max-body (WAYBILL_MAX_BODY)"));
    EXPECT_TRUE(has(problem({"--max-body", "20M"}), "such as 65536, 512KiB or 16MiB"));
    EXPECT_TRUE(has(problem({"--max-body", "2GiB"}), "up to 1GiB"));
    EXPECT_TRUE(has(problem({"--listen", "8080"}), "HOST:PORT"));
    EXPECT_TRUE(has(problem({"--listen", "::1:80"}), "brackets"));
    EXPECT_TRUE(has(problem({"--listen", "127.0.0.1:70000"}), "from 0 to 65535"));
    EXPECT_TRUE(has(problem({"--upstream", "localhost:8000"}), "http"));
    EXPECT_TRUE(has(problem({"--upstream", "http://u:p@h/"}), "http"));
    EXPECT_FALSE(has(problem({"--upstream", "http://u:p4ss@h/"}), "p4ss"));
    for (const char* option : {"--upstream", "--anthropic-upstream"})
        for (const char* url : {"http://h/v1?x=1", "http://h/v1#x", "http://h#", "http://h/v1?#"})
            EXPECT_TRUE(has(problem({option, url}), "without a query or a fragment")) << url;
    for (const char* routes : {"", "files,", "..", "files/../x", "files//x", "a%2Fb", "fi les"})
        EXPECT_TRUE(has(problem({"--pass-routes", routes}), "routes below /v1")) << routes;
    EXPECT_TRUE(has(problem({"--pass-routes", "deliveries/x"}), "Waybill's own"));
    EXPECT_TRUE(has(problem({"--allow-network", "10/8"}), "allow-network"));
    EXPECT_TRUE(has(problem({"--log-level", "loud"}), "debug, info, warn or error"));
    EXPECT_TRUE(has(problem({"--retry-delays", ""}), "duration"));
}

TEST_F(SettingsTest, WhatIsDangerousTogetherIsRefused) {
    EXPECT_TRUE(has(problem({"--listen", "0.0.0.0:80"}), "--api-keys-file"));
    EXPECT_TRUE(has(problem({"--listen", "example.com:80"}), "--api-keys-file"));
    EXPECT_EQ(problem({"--listen", "[::1]:80"}), "");
    EXPECT_EQ(problem({"--listen", "localhost:80"}), "");
    EXPECT_EQ(problem({"--listen", "0.0.0.0:80", "--api-keys-file", "k"}), "");
    const std::vector<std::string> leaking = {"--upstream", "http://h", "--api-keys-file", "k"};
    EXPECT_TRUE(has(problem(leaking), "--pass-client-key"));
    EXPECT_EQ(problem({"--upstream", "http://h", "--api-keys-file", "k", "--pass-client-key"}), "");
    const std::vector<std::string> with_key = {"--upstream", "http://h", "--upstream-key-file",
                                               "k"};
    const auto together = [&](std::vector<std::string> more) {
        more.insert(more.begin(), with_key.begin(), with_key.end());
        return problem(more);
    };
    EXPECT_EQ(together({"--pass-routes", "files,/v1/fine_tuning/jobs/"}), "");
    EXPECT_TRUE(has(problem({"--upstream", "http://h", "--pass-routes", "files"}), "of no use"));
    EXPECT_EQ(together({"--share-upstream-ids"}), "");
    EXPECT_TRUE(has(problem({"--upstream", "http://h", "--share-upstream-ids"}), "of no use"));
    EXPECT_TRUE(has(problem({"--anthropic-upstream", "http://a"}), "--upstream"));
    EXPECT_TRUE(has(together({"--anthropic-upstream", "http://a"}), "both"));
    EXPECT_EQ(together({"--anthropic-upstream", "http://a", "--anthropic-upstream-key-file", "k"}),
              "");
    EXPECT_TRUE(has(problem({"--upstream", "http://h", "--anthropic-upstream-key-file", "k"}),
                    "of no use"));
    EXPECT_TRUE(has(problem({"--tls-cert", "c"}), "tls-key"));
}

TEST_F(SettingsTest, PrintedConfigReadsBack) {
    const std::vector<std::string> arguments = {"--max-retries", "7", "--final-statuses", "410,404",
                                                "--pass-client-key"};
    const Settings settings = readSettings(arguments, {{"WAYBILL_ECHO_DELAY", "2s"}});
    const std::string printed = printedConfig(settings, makeOptions(settings));
    EXPECT_TRUE(has(printed, "# WAYBILL_ECHO_DELAY"));
    EXPECT_TRUE(has(printed, "# default"));
    EXPECT_TRUE(has(printed, "# drain-timeout = 31s ")) << "as attempt-timeout has it";
    EXPECT_TRUE(has(printed, "# admin-token-file = ./waybill-data/admin.token "));
    write(printed);
    const ServerOptions again = options({"--config", file_});
    EXPECT_EQ(again.retry_policy, makeOptions(settings).retry_policy);
    EXPECT_EQ(again.echo_delay, std::chrono::seconds(2));
    EXPECT_TRUE(again.pass_client_key);
}

TEST_F(SettingsTest, HelpNamesEveryOption) {
    const std::string help = helpText();
    for (const Option& option : optionTable())
        EXPECT_TRUE(has(help, "--" + std::string(option.name))) << option.name;
}

TEST_F(SettingsTest, ActionsNeedNoFurtherSense) {
    EXPECT_EQ(readSettings({"--help"}, {}).action, Action::kHelp);
    EXPECT_EQ(readSettings({"--print-config"}, {}).action, Action::kPrintConfig);
    EXPECT_EQ(readSettings({"--check-config"}, {}).action, Action::kCheckConfig);
    EXPECT_EQ(readSettings({"--version"}, {}).action, Action::kVersion);
}

}  // namespace
}  // namespace waybill::server
