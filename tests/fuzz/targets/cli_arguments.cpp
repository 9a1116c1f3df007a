// What people type, and what comes to the tool's own receiver.
#include <algorithm>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/request_reader.h"
#include "fuzz/target.h"
#include "waybill/json_check.h"
#include "waybill/listing_rules.h"

namespace waybill::test {
namespace {

constexpr Timestamp kNow{std::chrono::hours(490'000)};
constexpr cli::RequestReader::Limits kCliArgumentsLimits{2048, 1024};

void checkFilter(const DeliveryFilter& filter) {
    const std::string json = toJson(filter);
    FUZZ_CHECK(!checkJson(json));
    FUZZ_CHECK(deliveryFilterFromJson(json) == filter);
}

void checkRefusal(const Refusal& refusal) {
    FUZZ_CHECK(!refusal.message.empty());
}

void checkWords(std::string_view bytes) {
    const auto commands = cli::commands();
    const cli::Command& command = *commands[takeByte(bytes) % commands.size()];
    std::vector<std::string> words;
    while (!bytes.empty() && words.size() < 32)
        words.emplace_back(takeLine(bytes));
    FUZZ_CHECK(cli::firstOperand(words, command.options) <= words.size());
    const auto parsed = cli::parseArguments(words, command.options);
    if (!parsed) return checkRefusal(parsed.refusal());
    FUZZ_CHECK(parsed->operands().size() <= words.size());
    if (const auto filter = cli::filterFrom(*parsed, kNow); filter)
        checkFilter(*filter);
    else
        checkRefusal(filter.refusal());
    static_cast<void>(cli::responseFilterFrom(*parsed, kNow));
    for (const cli::Option& option : command.options) {
        static_cast<void>(parsed->number(option.name, 1, 100, 5));
        static_cast<void>(parsed->duration(option.name, Duration::zero()));
        static_cast<void>(parsed->time(option.name, kNow));
    }
}

struct Received {
    std::vector<std::string> requests;
    bool broken = false;
    bool operator==(const Received&) const = default;
};

Received received(const std::vector<std::string_view>& pieces) {
    cli::RequestReader reader(kCliArgumentsLimits);
    Received all;
    for (const std::string_view piece : pieces) {
        reader.take(piece);
        while (reader.state() == cli::RequestReader::State::kWhole) {
            const cli::ReceivedRequest request = reader.takeRequest();
            FUZZ_CHECK(request.body.size() <= kCliArgumentsLimits.max_body_bytes);
            std::string text = request.method + " " + request.target + "\n";
            for (const auto& [name, value] : request.headers)
                text += name + ":" + value + "\n";
            all.requests.push_back(text + request.body + (request.closes ? "." : ""));
            if (request.closes) return all;
            reader.next();
        }
    }
    all.broken = reader.state() == cli::RequestReader::State::kBroken;
    return all;
}

}  // namespace

/// Words are taken or refused in words, a filter is the same after it was written, and a request is
/// the same however it is cut.
WAYBILL_FUZZ_TARGET(cli_arguments) {
    switch (takeByte(bytes) % 3) {
        case 0:
            return checkWords(bytes);
        case 1: {
            const auto filter = cli::filterFromText(std::string(bytes), kNow);
            return filter ? checkFilter(*filter) : checkRefusal(filter.refusal());
        }
        default:
            FUZZ_CHECK(received({bytes}) == received(cutAnywhere(bytes)));
    }
}

}  // namespace waybill::test
