#include "bench/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <ostream>

#include "cli/arguments.h"

namespace waybill::bench {

namespace {

constexpr double kMaxSeconds = 600;
constexpr std::uint64_t kMaxEvents = 100'000'000;
constexpr std::uint64_t kMaxHanging = 15'000;
constexpr std::uint64_t kMaxPayload = 1024 * 1024;
constexpr std::uint64_t kMaxListed = 30'000'000;
constexpr std::uint64_t kMaxWaiting = 30'000'000;
constexpr std::uint64_t kMaxLarge = 4000;
constexpr std::uint64_t kLeastListed = 1000;
constexpr std::uint64_t kDefaultEventsEach = 3;

constexpr std::array kOptions = {
    cli::Option{"--only", "NAMES", "only these measures, separated by commas"},
    cli::Option{"--seconds", "S", "measured time of each contender (2)"},
    cli::Option{"--full", "",
                "logs of 3 and 10 million events, 10 million listed and 10 million waiting "
                "deliveries, 1000 large payloads; takes more than an hour and 40 GB"},
    cli::Option{"--payload", "BYTES", "size of what is delivered (2048)"},
    cli::Option{"--hanging", "N", "attempts that hang at once (10000)"},
    cli::Option{"--events", "N", "events of a large log (300000)"},
    cli::Option{"--start-events", "N", "events of the log that a start finds (600000)"},
    cli::Option{"--pending", "N", "of its deliveries, those still pending (100000)"},
    cli::Option{"--stream-seconds", "S", "how long a thousand streams last (5)"},
    cli::Option{"--listed", "N", "deliveries that listings go through (200000)"},
    cli::Option{"--waiting", "N", "deliveries that wait in memory (500000)"},
    cli::Option{"--large", "N", "attempts of 4 MiB at once (100)"},
    cli::Option{"--directory", "DIR", "where logs are put while they are needed (TMPDIR or /tmp)"},
    cli::Option{"--waybilld", "FILE", "the daemon's program (beside this one)"},
    cli::Option{"--json", "", "one object a line instead of a table"},
    cli::Option{"--help", "", "this text"},
    cli::Option{"--version", "", "the version"}};

Refusal invalid(std::string message, std::string_view option) {
    return {RefusalCode::kInvalid, std::move(message), std::string(option)};
}

std::string besideThisProgram(const char* name) {
    return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name);
}

std::string temporaryRoot() {
    const char* const root = std::getenv("TMPDIR");
    return root != nullptr && *root != '\0' ? root : "/tmp";
}

Result<std::vector<Measure>> chosenOf(std::string_view names) {
    std::vector<Measure> chosen;
    std::vector<std::string_view> known;
    for (const Measure& measure : measures())
        known.push_back(measure.name);
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(','));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        const auto found = std::find(known.begin(), known.end(), name);
        if (found == known.end()) {
            return invalid(cli::unknownName("measure", name, known), "--only");
        }
        chosen.push_back(measures()[static_cast<std::size_t>(found - known.begin())]);
    }
    return chosen;
}

Result<std::chrono::nanoseconds> secondsOf(std::string_view option, const std::string& text) {
    double parsed = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, parsed);
    if (error != std::errc{} || stopped != end || !(parsed > 0) || parsed > kMaxSeconds) {
        return invalid(
            std::string(option) + " takes a number above 0 and up to 600, not \"" + text + "\".",
            option);
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(parsed));
}

/// Numbers that were given replace those in `setup`.
std::optional<Refusal> readSizes(const cli::Arguments& arguments, Setup& setup) {
    const auto read = [&](std::string_view name, std::uint64_t least, std::uint64_t most,
                          auto& target) -> std::optional<Refusal> {
        const auto number = arguments.number(name, least, most, target);
        if (!number) return number.refusal();
        target = *number;
        return std::nullopt;
    };
    if (auto refusal = read("--payload", 64, kMaxPayload, setup.payload_bytes)) return refusal;
    if (auto refusal = read("--hanging", 1, kMaxHanging, setup.hanging)) return refusal;
    if (arguments.has("--events")) setup.log_events = {0};
    for (std::uint64_t& events : setup.log_events) {
        if (auto refusal = read("--events", kDefaultEventsEach, kMaxEvents, events)) return refusal;
    }
    if (auto refusal = read("--listed", kLeastListed, kMaxListed, setup.listed)) return refusal;
    if (auto refusal = read("--waiting", 1, kMaxWaiting, setup.waiting)) return refusal;
    if (auto refusal = read("--large", 1, kMaxLarge, setup.large)) return refusal;
    if (auto refusal = read("--start-events", kDefaultEventsEach, kMaxEvents, setup.start_events)) {
        return refusal;
    }
    return read("--pending", 0, setup.start_events / kDefaultEventsEach, setup.start_pending);
}

}  // namespace

Result<Options> readOptions(std::span<const std::string> words) {
    const auto arguments = cli::parseArguments(words, kOptions);
    if (!arguments) return arguments.refusal();
    if (!arguments->operands().empty()) {
        return invalid("What is \"" + arguments->operands().front() + "\"?", "");
    }
    Options options;
    options.help = arguments->has("--help");
    options.version = arguments->has("--version");
    options.json = arguments->has("--json");
    options.setup.directory = arguments->valueOr("--directory", temporaryRoot());
    options.setup.waybilld = arguments->valueOr("--waybilld", besideThisProgram("waybilld"));
    if (arguments->has("--full")) {
        options.setup.log_events = {3'000'000, 10'000'000};
        options.setup.start_events = 3'000'000;
        options.setup.listed = 10'000'000;
        options.setup.waiting = 10'000'000;
        options.setup.large = 1000;
    }
    if (const auto text = arguments->value("--seconds")) {
        const auto each = secondsOf("--seconds", *text);
        if (!each) return each.refusal();
        options.setup.each = *each;
    }
    if (const auto text = arguments->value("--stream-seconds")) {
        const auto stream_time = secondsOf("--stream-seconds", *text);
        if (!stream_time) return stream_time.refusal();
        options.setup.stream_time = *stream_time;
    }
    if (auto refusal = readSizes(*arguments, options.setup)) return *std::move(refusal);
    options.chosen.assign(measures().begin(), measures().end());
    if (const auto names = arguments->value("--only")) {
        auto chosen = chosenOf(*names);
        if (!chosen) return chosen.refusal();
        options.chosen = *std::move(chosen);
    }
    return options;
}

void printHelp(std::ostream& out) {
    out << "waybill-bench: how close Waybill comes to what this machine can do.\n\n"
           "Usage: waybill-bench [OPTION…]\n\nMeasures\n"
        << std::left;
    for (const Measure& measure : measures())
        out << "  " << std::setw(12) << measure.name << measure.question << '\n';
    out << "\nOptions\n";
    for (const cli::Option& option : kOptions) {
        const std::string name = std::string(option.name) + ' ' + std::string(option.value);
        out << "  " << std::setw(20) << name << option.help << '\n';
    }
    out << "\nEvery figure is measured in the same run as what stands beside it. Traffic goes to\n"
           "127.0.0.1 only. Exit code: 0 done, 1 failed, 2 wrong usage; a goal that is not met\n"
           "is no failure.\n";
}

}  // namespace waybill::bench
