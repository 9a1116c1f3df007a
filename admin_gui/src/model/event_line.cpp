#include "model/event_line.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "model/format.h"

namespace waybill::gui {
namespace {

using Json = nlohmann::json;

struct Kind {
    std::string_view type;
    Tone tone;
};

constexpr std::array kKinds = {
    Kind{"delivery_accepted", Tone::kQuiet},   Kind{"attempt_started", Tone::kBusy},
    Kind{"attempt_succeeded", Tone::kGood},    Kind{"attempt_failed", Tone::kWarning},
    Kind{"attempt_abandoned", Tone::kWarning}, Kind{"redelivery_requested", Tone::kBusy},
    Kind{"delivery_cancelled", Tone::kQuiet},  Kind{"endpoint_paused", Tone::kWarning},
    Kind{"endpoint_resumed", Tone::kGood},     Kind{"callback_ignored", Tone::kWarning},
};

Tone toneOf(std::string_view type) {
    const auto* known = std::find_if(kKinds.begin(), kKinds.end(),
                                     [&](const Kind& kind) { return kind.type == type; });
    return known == kKinds.end() ? Tone::kQuiet : known->tone;
}

std::string text(const Json& data, const char* key) {
    const auto member = data.find(key);
    return member != data.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::optional<std::int64_t> number(const Json& data, const char* key) {
    const auto member = data.find(key);
    if (member == data.end() || !member->is_number_integer()) return std::nullopt;
    return member->get<std::int64_t>();
}

void add(std::string& words, const std::string& more) {
    if (more.empty()) return;
    if (!words.empty()) words += " · ";
    words += more;
}

void addNext(EventLine& line, const Json& data) {
    if (const auto retry_at = parseTimestamp(text(data, "retry_at"))) {
        add(line.words, "retry in " + span(*retry_at - line.event.recorded_at));
        return;
    }
    std::string end = text(data, "round_end");
    if (end.empty()) return;
    std::replace(end.begin(), end.end(), '_', ' ');
    line.tone = Tone::kBad;
    add(line.words, "round over: " + end);
}

void describe(EventLine& line, const Json& data) {
    if (const auto attempt = number(data, "attempt")) {
        add(line.words, "attempt " + std::to_string(*attempt));
    }
    if (const auto status = number(data, "http_status")) line.result = std::to_string(*status);
    if (line.result.empty()) line.result = text(data, "reason").substr(0, 40);
    if (line.event.type != "attempt_failed" && !number(data, "http_status")) {
        add(line.words, line.result);
        line.result.clear();
    }
    const auto timings = data.find("timings_us");
    if (timings != data.end() && timings->is_object()) {
        if (const auto total = number(*timings, "total")) line.took = span(Duration(*total));
    }
    line.endpoint = text(data, "endpoint");
    add(line.words, text(data, "cause"));
    // Of an answer the detail repeats the status.
    if (!number(data, "http_status")) add(line.words, text(data, "detail"));
    line.subject = text(data, "subject");
    add(line.words, line.subject);
    if (const auto bytes = number(data, "payload_bytes")) {
        add(line.words, byteCount(static_cast<std::uint64_t>(std::max<std::int64_t>(0, *bytes))));
    }
    if (const auto round = number(data, "round"); round && *round > 1) {
        add(line.words, "round " + std::to_string(*round));
    }
    if (line.event.type == "attempt_failed" || line.event.type == "attempt_abandoned") {
        addNext(line, data);
    }
}

std::string lowered(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

constexpr std::size_t kMostNames = 20'000;

}  // namespace

void DeliveryNames::nameOf(EventLine& line) {
    if (line.event.type == "delivery_accepted") {
        if (names_.size() >= kMostNames) names_.clear();
        names_[line.event.stream] = {line.endpoint, line.subject};
        return;
    }
    const auto known = names_.find(line.event.stream);
    if (known == names_.end() || !line.endpoint.empty()) return;
    line.endpoint = known->second.endpoint;
    line.subject = known->second.subject;
    std::string words = line.subject;
    add(words, line.words);
    line.words = std::move(words);
    line.searched += lowered(' ' + line.endpoint + ' ' + line.subject);
}

EventLine lineOf(EventView event) {
    EventLine line;
    line.event = std::move(event);
    line.tone = toneOf(line.event.type);
    line.label = line.event.type;
    std::replace(line.label.begin(), line.label.end(), '_', ' ');
    const Json data = Json::parse(line.event.data, nullptr, false);
    if (data.is_object()) describe(line, data);
    if (line.endpoint.empty() && line.event.stream.find("://") != std::string::npos) {
        line.endpoint = line.event.stream;
    }
    line.searched =
        lowered(line.event.stream + ' ' + line.label + ' ' + line.event.type + ' ' +
                line.event.actor + ' ' + line.result + ' ' + line.endpoint + ' ' + line.words);
    return line;
}

}  // namespace waybill::gui
