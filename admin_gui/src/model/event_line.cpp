#include "model/event_line.h"

#include <algorithm>
#include <array>

#include <charconv>

#include "model/format.h"
#include "waybill/json_check.h"
#include "waybill/json_text.h"

namespace waybill::gui {
namespace {

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
    Kind{"callback_requested", Tone::kBusy},
};

Tone toneOf(std::string_view type) {
    const auto* known = std::find_if(kKinds.begin(), kKinds.end(),
                                     [&](const Kind& kind) { return kind.type == type; });
    return known == kKinds.end() ? Tone::kQuiet : known->tone;
}

/// The members of an object in JSON that is valid, by their text.
class Data {
public:
    explicit Data(std::string_view json) : json_(json), members_(jsonMembers(json)) {}

    /// As it is written; empty: there is no such member.
    std::string_view raw(std::string_view key) const {
        const JsonMember* member = findMember(members_, key);
        return member == nullptr ? std::string_view() : valueText(json_, *member);
    }

    std::string text(std::string_view key) const {
        const std::string_view value = raw(key);
        return isJsonString(value) ? jsonStringValue(value) : std::string();
    }

    /// Nothing for what is no whole number of 64 bits.
    std::optional<std::int64_t> number(std::string_view key) const {
        const std::string_view value = raw(key);
        std::int64_t parsed = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), parsed);
        const bool whole = error == std::errc() && end == value.data() + value.size();
        return whole && !value.empty() ? std::optional(parsed) : std::nullopt;
    }

private:
    std::string_view json_;
    std::vector<JsonMember> members_;
};

void add(std::string& words, const std::string& more) {
    if (more.empty()) return;
    if (!words.empty()) words += " · ";
    words += more;
}

void addNext(EventLine& line, const Data& data) {
    if (const auto retry_at = parseTimestamp(data.text("retry_at"))) {
        add(line.words, "retry in " + span(*retry_at - line.event.recorded_at));
        return;
    }
    std::string end = data.text("round_end");
    if (end.empty()) return;
    std::replace(end.begin(), end.end(), '_', ' ');
    line.tone = Tone::kBad;
    add(line.words, "round over: " + end);
}

/// Who used a credential for what, from where and how often.
void addAccess(EventLine& line, const Data& data) {
    std::string kind = data.text("kind");
    std::replace(kind.begin(), kind.end(), '_', ' ');
    add(line.words, kind);
    add(line.words, data.text("target"));
    add(line.words, data.text("address"));
    if (const auto count = data.number("count")) add(line.words, std::to_string(*count) + " times");
}

void describe(EventLine& line, const Data& data) {
    if (line.event.type == "access_recorded") addAccess(line, data);
    const std::string who = actorInWords(line.event);
    if (who != line.event.actor) add(line.words, "by " + who);
    if (const auto attempt = data.number("attempt")) {
        add(line.words, "attempt " + std::to_string(*attempt));
    }
    if (const auto status = data.number("http_status")) line.result = std::to_string(*status);
    if (line.result.empty()) line.result = data.text("reason").substr(0, 40);
    if (line.event.type != "attempt_failed" && !data.number("http_status")) {
        add(line.words, line.result);
        line.result.clear();
    }
    if (const auto total = Data(data.raw("timings_us")).number("total")) {
        line.took = span(Duration(*total));
    }
    line.endpoint = data.text("endpoint");
    add(line.words, data.text("cause"));
    // Of an answer the detail repeats the status.
    if (!data.number("http_status")) add(line.words, data.text("detail"));
    line.subject = data.text("subject");
    add(line.words, line.subject);
    if (const auto bytes = data.number("payload_bytes")) {
        add(line.words, byteCount(static_cast<std::uint64_t>(std::max<std::int64_t>(0, *bytes))));
    }
    if (const auto round = data.number("round"); round && *round > 1) {
        add(line.words, "round " + std::to_string(*round));
    }
    if (const std::string previous = data.text("previous_endpoint"); !previous.empty()) {
        add(line.words, "to " + line.endpoint + " in place of " + previous);
    }
    if (data.raw("token_dropped") == "true") add(line.words, "the token stays behind");
    if (line.event.type == "attempt_failed" || line.event.type == "attempt_abandoned") {
        addNext(line, data);
    }
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
    if (known == names_.end()) return;
    if (line.event.type == "redelivery_requested" && !line.endpoint.empty())
        known->second.endpoint = line.endpoint;
    if (!line.endpoint.empty()) return;
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
    constexpr JsonLimits kAnyJson{.max_depth = 1000, .unique_keys = false, .lone_surrogates = true};
    if (!checkJson(line.event.data, kAnyJson)) describe(line, Data(line.event.data));
    if (line.endpoint.empty() && line.event.stream.find("://") != std::string::npos) {
        line.endpoint = line.event.stream;
    }
    line.searched = lowered(line.event.stream + ' ' + line.label + ' ' + line.event.type + ' ' +
                            actorInWords(line.event) + ' ' + line.result + ' ' + line.endpoint +
                            ' ' + line.words);
    return line;
}

}  // namespace waybill::gui
