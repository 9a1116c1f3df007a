// waybill listen
#include <Poco/Net/NetException.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <ostream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/receiver.h"
#include "cli/token_file.h"
#include "waybill/in_words.h"
#include "waybill/json_check.h"
#include "waybill/printable.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kShownBytes = 2'000;
constexpr std::size_t kMostStatuses = 1'000;

constexpr std::array<Option, 10> kListenOptions = {{
    {"--port", "N", "the port (default 8765; 0 picks a free one)"},
    {"--host", "ADDRESS", "the address (default 127.0.0.1)"},
    {"--token", "TOKEN", "the webhook token that callbacks must carry; checks signatures too"},
    {"--webhook-token-file", "FILE", "the same, from a file"},
    {"--secret", "SECRET", "a signing secret (whsec_… or whsk_…) that must have signed them"},
    {"--secret-file", "FILE", "the same, from a file"},
    {"--status", "LIST", "what to answer (default 200); 500,500,200 in turn, again and again"},
    {"--delay", "D", "wait before each answer, e.g. 250ms (default 0)"},
    {"--count", "N", "end after so many callbacks"},
    {"--full", "", "print bodies whole"},
}};

/// `200` or `500,500,200`.
Result<std::vector<std::uint16_t>> parseStatuses(const std::string& text) {
    std::vector<std::uint16_t> statuses;
    std::string_view rest = text;
    while (statuses.size() < kMostStatuses) {
        const std::string_view part = rest.substr(0, rest.find(','));
        const bool three_digits =
            part.size() == 3 && part[0] >= '2' && part[0] <= '5' &&
            std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!three_digits) break;
        statuses.push_back(static_cast<std::uint16_t>(std::stoi(std::string(part))));
        if (part.size() == rest.size()) return statuses;
        rest.remove_prefix(part.size() + 1);
    }
    return Refusal{RefusalCode::kInvalid,
                   "--status takes a status from 200 to 599, or several with commas: 500,500,200.",
                   "--status"};
}

std::string secretOf(const Arguments& arguments, std::string_view option, std::string_view file) {
    if (const auto path = arguments.value(file)) return readTokenFile(*path);
    return arguments.valueOr(option, "");
}

Result<ReceiverOptions> receiverOptions(const Arguments& arguments) {
    ReceiverOptions options;
    options.host = arguments.valueOr("--host", options.host);
    const auto port = arguments.number("--port", 0, 65535, options.port);
    if (!port.ok()) return port.refusal();
    options.port = static_cast<std::uint16_t>(*port);
    const auto statuses = parseStatuses(arguments.valueOr("--status", "200"));
    if (!statuses.ok()) return statuses.refusal();
    options.statuses = *statuses;
    const auto delay = arguments.duration("--delay", Duration::zero());
    if (!delay.ok()) return delay.refusal();
    options.delay = *delay;

    options.secrets.token = secretOf(arguments, "--token", "--webhook-token-file");
    const std::string secret = secretOf(arguments, "--secret", "--secret-file");
    if (!secret.empty()) {
        options.secrets.keys.push_back(SigningKey::parse(secret));
    } else if (!options.secrets.token.empty()) {
        options.secrets.keys.push_back(SigningKey::fromToken(options.secrets.token));
    }
    return options;
}

// ---- what is printed

using Json = nlohmann::ordered_json;

Style styleOf(Check check) {
    return check == Check::kValid      ? Style::kGood
           : check == Check::kNotAsked ? Style::kDim
                                       : Style::kBad;
}

/// Lays out JSON that has passed `checkJson`, a member or element a line; every number, string and
/// key stays as it came.
class JsonLayout {
public:
    explicit JsonLayout(std::string_view json) : json_(json) {}

    std::string run() {
        for (; at_ < json_.size(); ++at_)
            take(json_[at_]);
        return std::move(text_);
    }

private:
    void take(char c) {
        if (c == '"') {
            string();
        } else if (c == '{' || c == '[') {
            open(c);
        } else if (c == '}' || c == ']') {
            newLine(depth_ - 1);
            text_ += c;
        } else if (c == ',') {
            text_ += c;
            newLine(depth_);
        } else if (c == ':') {
            text_ += ": ";
        } else if (kSpace.find(c) == std::string_view::npos) {
            text_ += c;
        }
    }

    /// `at_` ends on the closing quote.
    void string() {
        const std::size_t begin = at_++;
        while (json_[at_] != '"')
            at_ += json_[at_] == '\\' ? 2 : 1;
        text_ += json_.substr(begin, at_ + 1 - begin);
    }

    void open(char c) {
        text_ += c;
        const std::size_t next = json_.find_first_not_of(kSpace, at_ + 1);
        if (json_[next] == '}' || json_[next] == ']')
            text_ += json_[at_ = next];
        else
            newLine(depth_ + 1);
    }

    void newLine(std::size_t depth) {
        depth_ = depth;
        text_.append("\n").append(2 * depth, ' ');
    }

    static constexpr std::string_view kSpace = " \t\r\n";

    const std::string_view json_;
    std::string text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

/// The body as a person reads it: JSON laid out, anything else as it is.
std::string readableBody(const std::string& body) {
    constexpr JsonLimits kReadable{.max_depth = 64, .unique_keys = false, .lone_surrogates = true};
    return checkJson(body, kReadable) ? body : JsonLayout(body).run();
}

void printCallback(Console& console, const ReceivedCallback& callback, bool full) {
    const std::string attempt = callback.header("waybill-attempt");
    console.out() << '\n'
                  << console.styled(Style::kBold, "#" + std::to_string(callback.number)) << "  "
                  << timeInWords(callback.received_at) << "  "
                  << printable(callback.method + " " + callback.target)
                  << (attempt.empty() ? "" : "  attempt " + printable(attempt)) << "  → "
                  << console.styled(callback.answered < 300 ? Style::kGood : Style::kBad,
                                    httpStatusInWords(callback.answered))
                  << '\n';
    const auto fact = [&](std::string_view name, std::string_view text, Style style) {
        console.out() << "    " << console.styled(Style::kDim, name)
                      << console.styled(style, printable(text)) << '\n';
    };
    fact("webhook-id  ", callback.header("webhook-id"), Style::kPlain);
    fact("content     ",
         std::to_string(callback.body.size()) + " bytes of " + callback.header("Content-Type"),
         Style::kPlain);
    fact("token       ", toString(callback.token), styleOf(callback.token));
    fact("signature   ", toString(callback.signature), styleOf(callback.signature));
    const std::string body = printable(readableBody(callback.body), true);
    const bool cut = !full && body.size() > kShownBytes;
    console.out() << (cut ? printable(body.substr(0, kShownBytes), true) : body)
                  << (cut ? "\n… (--full prints all)" : "") << std::endl;
}

void printJson(Console& console, const ReceivedCallback& callback) {
    Json headers = Json::object();
    for (const auto& [name, value] : callback.headers) {
        // The token proves who sent it; it has no place in a file of callbacks.
        headers[name] = name == "Authorization" ? "(masked)" : value;
    }
    const Json json{
        {"number", callback.number},         {"received_at", formatTimestamp(callback.received_at)},
        {"method", callback.method},         {"target", callback.target},
        {"headers", std::move(headers)},     {"body", callback.body},
        {"token", toString(callback.token)}, {"signature", toString(callback.signature)},
        {"answered", callback.answered}};
    console.out() << printableJson(json.dump(-1, ' ', false, Json::error_handler_t::replace))
                  << std::endl;
}

// ---- the life of the command

/// Blocks the signals that end it, for this thread and those it starts.
sigset_t blockEndSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

std::unique_ptr<Receiver> startReceiver(const ReceiverOptions& options) {
    const std::string address = options.host + ":" + std::to_string(options.port);
    try {
        return std::make_unique<Receiver>(options);
    } catch (const Poco::Net::NetException& error) {
        const std::string why =
            error.code() != 0 ? std::generic_category().message(error.code()) : error.displayText();
        throw Poco::IOException("It cannot listen on " + address + " (" + why +
                                "). Give another --port; --port 0 picks a free one");
    }
}

int runListen(const Arguments& arguments, Console& console) {
    if (!arguments.operands().empty()) {
        return wrongUsage(console, "listen", "listen takes options only.");
    }
    Result<ReceiverOptions> options = receiverOptions(arguments);
    if (!options.ok()) return wrongUsage(console, "listen", options.refusal().message);
    const auto most = arguments.number("--count", 1, UINT32_MAX, UINT64_MAX);
    if (!most.ok()) return wrongUsage(console, "listen", most.refusal().message);

    const bool json = arguments.has("--json");
    options.value().on_callback = [&](const ReceivedCallback& callback) {
        if (json) {
            printJson(console, callback);
        } else {
            printCallback(console, callback, arguments.has("--full"));
        }
    };
    options.value().on_answered = [&](std::uint64_t number) {
        if (number == *most) kill(getpid(), SIGTERM);  // as if the user had ended it
    };
    options.value().on_problem = [&](const std::string& problem) { console.complain(problem); };
    const sigset_t signals = blockEndSignals();
    const auto receiver = startReceiver(options.value());
    if (json) {
        console.out() << Json{{"listening", receiver->url()}}.dump() << std::endl;
    } else {
        console.out() << "listening on " << receiver->url() << "; Ctrl-C ends it" << std::endl;
    }
    int signal = 0;
    sigwait(&signals, &signal);
    return kDone;
}

}  // namespace

const Command kListenCommand = {
    .name = "listen",
    .operands = "",
    .summary = "receive callbacks and print them, for trying things",
    .details =
        "Receives callbacks, prints each, and answers it. With a token or a secret it checks "
        "what a careful receiver checks, and answers 401 to what does not pass. Any path "
        "will do: http://127.0.0.1:8765/hook.",
    .options = kListenOptions,
    .examples =
        "waybill listen --port 8765\n"
        "waybill listen --port 8765 --token s3cret\n"
        "waybill listen --status 500,500,200 --delay 250ms\n"
        "waybill listen --port 0 --count 1 --json",
    .run = runListen};

}  // namespace waybill::cli
