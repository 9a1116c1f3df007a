// Stored events: their data, and streams of them folded.
#include <optional>

#include "fuzz/target.h"
#include "support/fold_cases.h"
#include "waybill/bulk_redelivery.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"
#include "waybill/json_check.h"
#include "waybill/operator_views.h"
#include "waybill/stream_state.h"
#include "waybill/views.h"

namespace waybill::test {
namespace {

constexpr std::size_t kMostEvents = 64;

/// The data of an unknown event stays byte for byte as a later version wrote it.
JsonLimits limitsOf(const Event& event) {
    return {.unique_keys = !std::holds_alternative<UnknownEvent>(event)};
}

/// An event of a line `TYPE DATA`; a type of one character stands for that of its number.
std::optional<Event> eventFrom(std::string_view line) {
    static const std::vector<std::string> kTypes = allEventTypes();
    const std::size_t space = line.find(' ');
    if (space == line.npos) return std::nullopt;
    std::string type(line.substr(0, space));
    if (type.size() == 1) type = kTypes[static_cast<unsigned char>(type[0]) % kTypes.size()];
    const std::string_view data = line.substr(space + 1);
    try {
        Event event = decodeData(type, data, "s", 1);
        const bool claimed = actorIsClaimed(data);
        const std::string written = encodeData(event, claimed);
        const bool unknown = std::holds_alternative<UnknownEvent>(event);
        FUZZ_CHECK(!checkJson(written, limitsOf(event)));
        FUZZ_CHECK(actorIsClaimed(written) == claimed || unknown);
        FUZZ_CHECK(typeName(event) == type);
        FUZZ_CHECK(encodeData(decodeData(type, written, "s", 1), claimed) == written);
        return event;
    } catch (const CorruptLog& corrupt) {
        FUZZ_CHECK(corrupt.stream() == "s" && corrupt.position() == 1 && !corrupt.rule().empty());
        return std::nullopt;
    }
}

RecordedEvent recorded(std::uint64_t position, Event event) {
    RecordedEvent made;
    made.global_position = 10 + position;
    made.stream = "s";
    made.position = position;
    made.recorded_at = Timestamp(std::chrono::seconds(1'000'000 + position));
    made.actor = "engine";
    made.event = std::move(event);
    return made;
}

}  // namespace

/// What is read is written the same again, and events follow each other or are refused, in place as
/// by value; what follows can be shown.
WAYBILL_FUZZ_TARGET(events) {
    StreamState state;
    std::vector<RecordedEvent> history;
    for (std::size_t i = 0; i < kMostEvents && !bytes.empty(); ++i) {
        auto event = eventFrom(takeLine(bytes));
        if (!event) continue;
        const RecordedEvent next = recorded(positionOf(state) + 1, *std::move(event));
        try {
            StreamState folded = fold(state, next);
            StreamState in_place = state;
            foldInto(in_place, next);
            FUZZ_CHECK(in_place == folded);
            FUZZ_CHECK(positionOf(folded) == next.position);
            FUZZ_CHECK(!isFromLaterVersion(state) || isFromLaterVersion(folded));
            state = std::move(folded);
            history.push_back(next);
        } catch (const CorruptLog& corrupt) {
            FUZZ_CHECK(corrupt.stream() == "s" && corrupt.position() == next.position);
        }
    }
    for (const RecordedEvent& event : history) {
        const std::string shown = toJson(viewOf(event));
        FUZZ_CHECK(!checkJson(shown, limitsOf(event.event)));
        FUZZ_CHECK(shown.find_first_of("\r\n") == shown.npos);  // the data of a server-sent event
    }
    for (const AttemptView& attempt : attemptsOf(history))
        FUZZ_CHECK(!checkJson(toJson(attempt)));
    if (const auto* delivery = std::get_if<Delivery>(&state)) {
        const DeliveryView view = viewOf(*delivery, "https://example.com/", false);
        FUZZ_CHECK(toJson(deliveryViewFromJson(toJson(view))) == toJson(view));
        FUZZ_CHECK(!(delivery->finished() && delivery->next_attempt_at));
    }
    if (const auto* bulk = std::get_if<BulkRedelivery>(&state))
        FUZZ_CHECK(!checkJson(toJson(viewOf(*bulk))));
}

}  // namespace waybill::test
