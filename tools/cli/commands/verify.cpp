// waybill verify
#include <array>
#include <charconv>
#include <ostream>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/event_words.h"
#include "cli/target.h"
#include "waybill/printable.h"
#include "waybill/sqlite/verify.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kVerifyOptions = {{
    {"--expect-head", "HEAD",
     "HASH or POSITION:HASH, a head that was noted earlier: the log must go on from it"},
}};

/// What `--expect-head` was given; false: it is no head.
bool readHead(const std::string& text, sqlite::VerifyOptions& options) {
    const std::size_t colon = text.find(':');
    if (colon != std::string::npos) {
        std::uint64_t position = 0;
        const char* const end = text.data() + colon;
        const auto [read, error] = std::from_chars(text.data(), end, position);
        if (error != std::errc() || read != end) return false;
        options.expect_position = position;
    }
    options.expect_head = digestFromHex(text.substr(colon == std::string::npos ? 0 : colon + 1));
    return options.expect_head.has_value();
}

/// Where it is wrong, as far as it is about one place.
std::string placeOf(const sqlite::Finding& finding) {
    std::string place;
    if (finding.global_position != 0) place = "event " + std::to_string(finding.global_position);
    if (!finding.stream.empty()) {
        place += (place.empty() ? "stream " : ", stream ") + finding.stream;
        if (finding.position != 0) place += ", position " + std::to_string(finding.position);
    }
    return place.empty() ? "the log" : place;
}

void printReport(Console& console, const sqlite::VerifyReport& report) {
    for (const sqlite::Finding& finding : report.findings) {
        console.out() << console.styled(Style::kBad, "BAD") << "  "
                      << printable(placeOf(finding) + ": " + finding.rule) << '\n';
    }
    if (report.expected_at) {
        console.out() << "expected head found at event " << *report.expected_at << "; "
                      << report.head_position - *report.expected_at << " events follow it\n";
    }
    for (const sqlite::Unchecked& unchecked : report.unchecked)
        console.out() << "unchecked: " << unchecked.count << ' ' << printable(unchecked.what)
                      << '\n';
    for (const RecordedEvent& loss : report.losses) {
        const EventView event = viewOf(loss);
        console.out() << console.styled(Style::kWarn, "NOTE") << "  event " << event.global_position
                      << ", " << formatTimestamp(event.recorded_at) << ": "
                      << printable(eventInWords(event).text) << '\n';
    }
    if (report.sound()) console.out() << console.styled(Style::kGood, "OK") << "  ";
    console.out() << report.events << " events in " << report.streams << " streams, "
                  << report.payloads << " payloads, ";
    if (report.reached_end) {
        console.out() << "head " << toHex(report.head) << '\n';
    } else {
        console.out() << "up to event " << report.head_position
                      << ": the end of the log was not reached\n";
    }
    if (report.later_events == 0) return;
    console.out() << "Of a later version of Waybill: " << report.later_events
                  << " events. Nothing is known of them here but that the chain covers them.\n";
}

void printReportAsJson(Console& console, const sqlite::VerifyReport& report) {
    using Json = nlohmann::ordered_json;
    Json findings = Json::array();
    for (const sqlite::Finding& finding : report.findings) {
        findings.push_back(Json{{"global_position", finding.global_position},
                                {"stream", finding.stream},
                                {"position", finding.position},
                                {"rule", finding.rule}});
    }
    Json losses = Json::array();
    for (const RecordedEvent& loss : report.losses) {
        const EventView event = viewOf(loss);
        losses.push_back(Json{{"global_position", event.global_position},
                              {"recorded_at", formatTimestamp(event.recorded_at)},
                              {"data", Json::parse(event.data)}});
    }
    Json unchecked = Json::array();
    for (const sqlite::Unchecked& rows : report.unchecked)
        unchecked.push_back(Json{{"what", rows.what}, {"count", rows.count}});
    Json json{{"sound", report.sound()},
              {"events", report.events},
              {"streams", report.streams},
              {"payloads", report.payloads},
              {"later_events", report.later_events},
              {"reached_end", report.reached_end}};
    if (report.reached_end) {
        json["head"] = toHex(report.head);
        json["head_position"] = report.head_position;
    }
    if (report.expected_at) json["expected_head_at"] = *report.expected_at;
    json["findings"] = std::move(findings);
    json["losses"] = std::move(losses);
    json["unchecked"] = std::move(unchecked);
    console.out() << printableJson(json.dump(-1, ' ', false, Json::error_handler_t::replace))
                  << '\n';
}

int runVerify(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "verify", "verify takes one file.");
    }
    sqlite::VerifyOptions options;
    const auto head = arguments.value("--expect-head");
    if (head && !readHead(std::string(*head), options)) {
        return wrongUsage(console, "verify",
                          "--expect-head takes the 64 hexadecimal digits that `waybill head` "
                          "prints, or the position of the event, a colon and these digits.");
    }
    options.file = findLogFile(arguments, console);
    if (options.file.empty()) return kFailed;
    const sqlite::VerifyReport report = sqlite::verify(options);
    if (arguments.has("--json")) {
        printReportAsJson(console, report);
    } else {
        printReport(console, report);
    }
    return report.sound() ? kDone : kFailed;
}

}  // namespace

const Command kVerifyCommand = {
    .name = "verify",
    .operands = "[FILE]",
    .summary = "is this log what it says it is?",
    .details =
        "Checks a log: the structure of the file and its schema, that positions have no gap, that "
        "the chain of hashes holds, that every event may follow its stream, that payloads, URLs "
        "and answers have the digests the events name and sealed secrets open with the "
        "secrets.key beside the log, that what was erased is gone, and that the derived tables "
        "and the index are what the events say. It only reads, also while a daemon writes. Names "
        "what is wrong, at most 20 places, and counts what nothing covers as unchecked. Losses "
        "that a start accepted (waybilld --accept-loss) are noted. Without "
        "FILE: the log of ./waybill-data. Only a head that was noted elsewhere shows that the "
        "newest events were removed; the log may have grown since. Exit code: 0 sound, 1 not "
        "sound or no log that can be read, 2 wrong usage.",
    .options = kVerifyOptions,
    .examples =
        "waybill verify waybill-data/waybill.db\n"
        "waybill verify copy.db --expect-head \"$(cat head.txt)\"\n"
        "waybill verify --expect-head 4711:$(cat head.txt)",
    .run = runVerify};

}  // namespace waybill::cli
