#include "model/evidence.h"

#include <algorithm>
#include <optional>

#include "model/format.h"
#include "waybill/utf8.h"

namespace waybill::gui {
namespace {

constexpr std::size_t kInlinePayload = 64 * 1024;
constexpr std::size_t kRowsOfList = 50;  ///< of `waybill list` that is given no limit
constexpr std::size_t kMostRowsOfList = 100'000;

/// The newest attempt whose request is on record; null when none is.
const AttemptView* newestRequest(const DeliveryDetail& detail) {
    const auto found =
        std::find_if(detail.attempts.rbegin(), detail.attempts.rend(),
                     [](const AttemptView& attempt) { return !attempt.request_headers.empty(); });
    return found == detail.attempts.rend() ? nullptr : &*found;
}

void addHeader(std::string& out, const std::string& name, const std::string& value) {
    // curl takes a name with a colon and nothing behind it for one to leave out.
    out += " \\\n  -H " + shellQuoted(value.empty() ? name + ";" : name + ": " + value);
}

void addHeaders(std::string& out, const OpenDelivery& open) {
    const DeliveryDetail& detail = *open.detail;
    const AttemptView* sent = newestRequest(detail);
    if (sent == nullptr) {
        addHeader(out, "Content-Type", detail.delivery.content_type);
        addHeader(out, "webhook-id", open.id);
        return;
    }
    for (const auto& [name, value] : sent->request_headers) {
        const std::string lower = lowered(name);
        if (lower == "host" || lower == "content-length" || lower == "connection") continue;
        addHeader(out, name, lower == "authorization" ? "Bearer TOKEN" : value);
    }
}

/// Text that a clipboard carries and a shell takes as one word.
bool isShort(const Bytes& bytes) {
    return bytes && bytes->size() <= kInlinePayload && bytes->find('\0') == std::string::npos &&
           isUtf8(*bytes);
}

Refusal cannot(std::string why) {
    return {RefusalCode::kConflict, std::move(why), {}};
}

std::string option(std::string_view name, const std::string& value) {
    return " --" + std::string(name) + " " + shellQuoted(value);
}

/// What the screen has of the rows: all of them, or as far as it was scrolled.
std::size_t rowsListed(const Snapshot& seen, const DeliveryQuery& query) {
    const bool answered = seen.list && seen.list_key == keyOf(query);
    return answered ? seen.list->size() : 0;
}

Result<std::string> listCommand(const State& state, const Snapshot& seen, Timestamp now) {
    const auto filter = state.filter(now);
    if (!filter.ok()) return filter.refusal();
    std::string out = "list";
    const std::string arguments = filterArguments(*filter);
    if (!arguments.empty()) out += " " + arguments;
    if (state.order != DeliveryOrder::kCreated)
        out += option("order", std::string(toString(state.order)));
    if (state.reverse) out += " --reverse";
    const std::size_t rows = rowsListed(seen, {*filter, state.order, state.reverse});
    if (rows > kRowsOfList) out += option("limit", std::to_string(std::min(rows, kMostRowsOfList)));
    return out;
}

std::string deliveryCommand(const State& state) {
    const std::string id = shellQuoted(state.open);
    if (state.tab == DetailTab::kPayload) return "payload " + id;
    if (state.tab == DetailTab::kEvents) return "events " + id;
    return "show " + id;
}

Result<std::string> endpointsCommand(const State& state) {
    if (state.endpoint_order != EndpointOrder::kWorst) {
        return cannot(
            "The command line tool lists endpoints worst first only. Choose that order, then "
            "copy.");
    }
    return "endpoints" + option("window", formatDuration(kWindows[state.settings.window].length));
}

/// The options of `waybill tail` that choose the lines which `text` finds; nothing: there are none.
std::optional<std::string> tailSelection(const EventLines& lines, const std::string& text) {
    if (text.empty()) return "";
    const std::string lower = lowered(text);
    const auto selects = [&](auto chosen) {
        bool any = false;
        for (const auto& line : lines) {
            const bool found = line->searched.find(lower) != std::string::npos;
            if (chosen(line->event) != found) return false;
            any = any || chosen(line->event);
        }
        return any;
    };
    if (selects([&](const EventView& event) { return event.stream == text; }))
        return " " + shellQuoted(text);
    if (selects([&](const EventView& event) { return event.type == text; }))
        return option("type", text);
    if (selects([&](const EventView& event) { return event.actor.starts_with(text); }))
        return option("by", text);
    return std::nullopt;
}

Result<std::string> tailCommand(const State& state, const Snapshot& seen) {
    const bool follows = state.tail_follows && state.live;
    const EventLines none;
    const EventLines& lines = seen.tail ? *seen.tail : none;
    const auto selection = tailSelection(lines, state.tail_filter);
    if (!selection || (!follows && !selection->empty())) {
        return cannot(
            follows ? "The command line tool has no filter for such a text: it follows one id, one "
                      "type of event (attempt_failed) or one actor (operator:kim)."
                    : "The command line tool cannot filter lines that are held. Follow the log, or "
                      "empty the filter.");
    }
    const std::string first =
        lines.empty() ? ""
                      : option("after", std::to_string(lines.front()->event.global_position - 1));
    if (follows) return "tail" + *selection + first;
    if (lines.empty()) return cannot("There is no line yet.");
    return "events" + first + option("limit", std::to_string(lines.size()));
}

Result<std::string> eventsCommand(const Snapshot& seen) {
    if (!seen.stretch || seen.stretch->lines.empty()) return cannot("There is no event here.");
    return "events" + option("after", std::to_string(seen.stretch->after)) +
           option("limit", std::to_string(seen.stretch->lines.size()));
}

Result<std::string> commandOf(const State& state, const Snapshot& seen, Timestamp now) {
    const Window& window = kWindows[state.settings.window];
    switch (state.view) {
        case View::kOverview:
            return "stats" + option("window", formatDuration(window.length)) +
                   option("step", formatDuration(window.step));
        case View::kDeliveries:
            return listCommand(state, seen, now);
        case View::kDelivery:
            return deliveryCommand(state);
        case View::kEndpoints:
            return endpointsCommand(state);
        case View::kTail:
            return tailCommand(state, seen);
        case View::kEvents:
            return eventsCommand(seen);
        case View::kSettings:
            break;
    }
    return cannot("The command line tool has nothing that shows the settings.");
}

}  // namespace

std::string curlCommand(const OpenDelivery& open, const std::string& waybill) {
    if (!open.detail) return {};
    const std::string& url = open.detail->delivery.url;
    std::string out = "curl -X POST ";
    if (url.find_first_of("[]{}") != std::string::npos) out += "--globoff ";
    out += shellQuoted(url.empty() ? "URL-WAS-ERASED" : url);
    addHeaders(out, open);
    const Bytes bytes = open.payload ? open.payload->bytes : nullptr;
    if (isShort(bytes)) return out + " \\\n  --data-raw " + shellQuoted(*bytes);
    return waybill + " payload " + shellQuoted(open.id) + " |\n" + out + " \\\n  --data-binary @-";
}

Result<std::string> cliCommand(const State& state, const Snapshot& seen, const std::string& waybill,
                               Timestamp now) {
    auto command = commandOf(state, seen, now);
    if (command.ok()) command.value() = waybill + " " + *command;
    return command;
}

}  // namespace waybill::gui
