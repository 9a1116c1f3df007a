// What the command line and the dashboard read from a daemon, or from whatever answers there.
#include <Poco/Exception.h>

#include <sstream>

#include "admin/event_stream_reader.h"
#include "admin/view_json.h"
#include "fuzz/target.h"
#include "waybill/json_check.h"
#include "waybill/operator_views.h"
#include "waybill/views.h"

namespace waybill::test {
namespace {

constexpr JsonLimits kAdminAnswersLimits{
    .max_depth = 66, .unique_keys = false, .lone_surrogates = true};

/// What is read is written the same again, or refused as the data of a stranger.
template <typename Read>
void check(Read read, std::string_view json) {
    try {
        const auto view = read(json);
        const std::string written = toJson(view);
        FUZZ_CHECK(!checkJson(written, kAdminAnswersLimits));
        FUZZ_CHECK(toJson(read(written)) == written);
    } catch (const Poco::DataException& error) {
        FUZZ_CHECK(!error.message().empty());
    }
}

void checkEvents(std::string_view page) {
    try {
        for (const EventView& event : eventViewsFrom(parseJson(page), page))
            FUZZ_CHECK(!checkJson(event.data, kAdminAnswersLimits));
    } catch (const Poco::DataException& error) {
        FUZZ_CHECK(!error.message().empty());
    }
}

std::vector<std::string> streamed(const std::string& bytes) {
    std::istringstream stream(bytes);
    std::vector<std::string> seen;
    try {
        readEventStream(stream, [&](const std::string* data) {
            seen.push_back(data == nullptr ? "" : *data);
            return true;
        });
    } catch (const Poco::DataException&) {
        seen.emplace_back("too long");
    }
    return seen;
}

}  // namespace

WAYBILL_FUZZ_TARGET(admin_answers) {
    switch (takeByte(bytes) % 10) {
        case 0:
            return check(deliveryViewFromJson, bytes);
        case 1:
            return check(deliveryDetailFromJson, bytes);
        case 2:
            return check(eventViewFromJson, bytes);
        case 3:
            return check(endpointViewFromJson, bytes);
        case 4:
            return check(statsViewFromJson, bytes);
        case 5:
            return check(bulkViewFromJson, bytes);
        case 6:
            return check(responseViewFromJson, bytes);
        case 7:
            return check(checkViewFromJson, bytes);
        case 8:
            return check(infoViewFromJson, bytes);
        default:
            checkEvents(bytes);
            for (const std::string& data : streamed(std::string(bytes)))
                FUZZ_CHECK(data.size() <= bytes.size() + 8);
    }
}

}  // namespace waybill::test
