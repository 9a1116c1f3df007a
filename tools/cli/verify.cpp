// waybill verify
#include <array>
#include <ostream>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/target.h"
#include "waybill/sqlite/verify.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kOptions = {{
    {"--expect-head", "HASH", "the head that was noted earlier: shows a log cut short at its end"},
}};

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
    if (report.sound()) console.out() << console.styled(Style::kGood, "OK") << "  ";
    console.out() << report.events << " events in " << report.streams << " streams, "
                  << report.payloads << " payloads, head " << toHex(report.head) << '\n';
}

void printJson(Console& console, const sqlite::VerifyReport& report) {
    using Json = nlohmann::ordered_json;
    Json findings = Json::array();
    for (const sqlite::Finding& finding : report.findings) {
        findings.push_back(Json{{"global_position", finding.global_position},
                                {"stream", finding.stream},
                                {"position", finding.position},
                                {"rule", finding.rule}});
    }
    const Json json{{"sound", report.sound()},    {"events", report.events},
                    {"streams", report.streams},  {"payloads", report.payloads},
                    {"head", toHex(report.head)}, {"findings", std::move(findings)}};
    console.out() << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

int run(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "verify", "verify takes one file.");
    }
    sqlite::VerifyOptions options;
    if (const auto head = arguments.value("--expect-head")) {
        options.expect_head = digestFromHex(*head);
        if (!options.expect_head) {
            return wrongUsage(console, "verify",
                              "--expect-head takes the 64 hexadecimal digits that `waybill head` "
                              "prints.");
        }
    }
    options.file = findLogFile(arguments, console);
    if (options.file.empty()) return kFailed;
    const sqlite::VerifyReport report = sqlite::verify(options);
    if (arguments.has("--json")) {
        printJson(console, report);
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
        "Checks a log: that positions have no gap, that the chain of hashes holds, that every "
        "event may follow its stream, that the derived tables are the fold of the events, "
        "and that payloads have the digests the events name. It only reads, also while a "
        "daemon writes. Names the first bad place of each kind and exits with 1. Without "
        "FILE: the log of ./waybill-data. Only a head that was noted elsewhere shows that "
        "the newest events were removed.",
    .options = kOptions,
    .examples =
        "waybill verify waybill-data/waybill.db\n"
        "waybill verify copy.db --expect-head \"$(cat head.txt)\"",
    .run = run};

}  // namespace waybill::cli
