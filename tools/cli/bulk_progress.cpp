#include "cli/bulk_progress.h"

#include <chrono>
#include <cstdio>
#include <ostream>
#include <thread>

#include "cli/command.h"
#include "cli/delivery_words.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(300);

std::string counted(std::uint64_t count, const std::string& noun, const std::string& nouns) {
    return grouped(count) + " " + (count == 1 ? noun : nouns);
}

std::string rateText(double rate) {
    char text[32];
    std::snprintf(text, sizeof text, rate < 10 ? "%.2g" : "%.0f", rate);
    return text;
}

void report(Console& console, const BulkView& bulk, bool json) {
    if (json) {
        console.out() << toJson(bulk) << std::endl;
        return;
    }
    const Style style = bulk.state == "finished" ? Style::kGood : Style::kWarn;
    console.out() << printable(bulk.id) << "  " << console.styled(style, progressOf(bulk))
                  << std::endl;
}

}  // namespace

std::string extentOf(const BulkView& bulk) {
    std::string text = counted(bulk.matched, "delivery", "deliveries");
    if (bulk.endpoints != 0) text += " to " + counted(bulk.endpoints, "endpoint", "endpoints");
    if (bulk.rate) text += ", " + rateText(*bulk.rate) + " a second";
    if (bulk.expected_time && *bulk.expected_time >= std::chrono::seconds(1))
        text += ": about " + durationInWords(*bulk.expected_time);
    return text;
}

std::string progressOf(const BulkView& bulk) {
    std::string text =
        bulk.state + "  " + grouped(bulk.done) + " of " + grouped(bulk.matched) + " sent again";
    if (bulk.refused != 0) text += ", " + grouped(bulk.refused) + " refused";
    if (bulk.state == "running" && bulk.expected_time)
        text += ", about " + durationInWords(*bulk.expected_time) + " left";
    return text;
}

int watchBulk(AdminApi& api, BulkView bulk, Console& console, bool json) {
    const bool shown = console.width() != 0 && !json;
    while (bulk.state == "running") {
        if (shown)
            console.out() << "\r\x1b[K" << shortened(progressOf(bulk), console.width() - 1)
                          << std::flush;
        std::this_thread::sleep_for(kBetweenLooks);
        Result<BulkView> next = api.bulkRedelivery(bulk.id);
        if (!next.ok()) {
            console.complain(next.refusal().message);
            return kFailed;
        }
        bulk = std::move(next).value();
    }
    if (shown) console.out() << "\r\x1b[K";
    report(console, bulk, json);
    return bulk.state == "stopped" ? kFailed : kDone;
}

}  // namespace waybill::cli
