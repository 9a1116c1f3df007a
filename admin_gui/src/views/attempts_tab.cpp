// The attempts of a delivery on a line of time, newest first.
#include <algorithm>
#include <array>
#include <cmath>

#include "model/format.h"
#include "views/detail_tabs.h"
#include "views/parts.h"
#include "waybill/in_words.h"

namespace waybill::gui {
namespace {

/// Draws downwards from `y` and knows how far it came.
struct Lines {
    Ui& ui;
    const Scene& scene;
    Intents& out;
    float x;  ///< of the text
    float w;
    float y;

    const Palette& colors() const { return ui.colors(); }
};

std::string_view causeInWords(AttemptCause cause) {
    switch (cause) {
        case AttemptCause::kFirst:
            return "First attempt";
        case AttemptCause::kRetry:
            return "Automatic retry";
        case AttemptCause::kRedelivery:
            return "Re-delivery";
    }
    return {};
}

struct Phase {
    std::string_view label;
    Color color;
    Duration duration;
};

std::vector<Phase> phasesOf(const Palette& c, const AttemptView& attempt) {
    const PhaseTimings& timings = attempt.timings;
    std::vector<Phase> phases;
    Duration known{};
    const auto add = [&](std::string_view label, Color color, const std::optional<Duration>& part) {
        if (!part) return;
        phases.push_back({label, color, *part});
        known += *part;
    };
    add("DNS", faded(c.accent, 0.45F), timings.dns);
    add("Connect", faded(c.accent, 0.7F), timings.connect);
    add("TLS", c.accent, timings.tls);
    const Hue wait = attempt.status == AttemptStatus::kSucceeded ? Hue::kDelivered : Hue::kFailed;
    add("Wait", c.of(wait), timings.first_byte);
    const Duration rest = timings.total - known;
    if (rest > Duration::zero()) {
        // Without a first byte the rest was spent waiting for it.
        const bool waited = !timings.first_byte && attempt.status != AttemptStatus::kSucceeded;
        phases.push_back(
            {waited ? "Waited" : "Receive", waited ? c.of(wait) : c.of(Hue::kAttempting), rest});
    }
    return phases;
}

void phaseBar(Lines& at, const AttemptView& attempt) {
    const std::vector<Phase> phases = phasesOf(at.colors(), attempt);
    if (phases.empty() || attempt.timings.total <= Duration::zero()) return;
    Ui& ui = at.ui;
    double all = 0;
    for (const Phase& phase : phases)
        all += static_cast<double>(phase.duration.count());
    float x = at.x;
    for (const Phase& phase : phases) {
        const float w =
            std::max(ui.px(2), at.w * f(static_cast<double>(phase.duration.count()) / all));
        ui.fill({x, at.y, std::min(w, at.x + at.w - x), ui.px(8)}, phase.color, ui.px(1));
        x += w + 1;
    }
    at.y += ui.px(20);
    x = at.x;
    for (const Phase& phase : phases) {
        const std::string took = span(phase.duration);
        const float w = ui.px(12) + ui.width(Font::kSmall, phase.label) + ui.px(5) +
                        ui.width(Font::kMonoSmall, took) + ui.px(14);
        if (x + w > at.x + at.w + ui.px(14)) {
            x = at.x;
            at.y += ui.px(18);
        }
        ui.fill({x, at.y - ui.px(4), ui.px(8), ui.px(8)}, phase.color, ui.px(2));
        const float label =
            ui.text(Font::kSmall, x + ui.px(12), at.y, at.colors().text2, phase.label);
        ui.text(Font::kMonoSmall, x + ui.px(17) + label, at.y, at.colors().text, took);
        x += w;
    }
    at.y += ui.px(18);
}

void codeLine(Lines& at, std::string_view name, std::string_view value) {
    constexpr float kName = 150;
    Ui& ui = at.ui;
    const float cy = at.y + ui.px(10);
    ui.textIn(Font::kMonoSmall, at.x + ui.px(12), cy, ui.px(kName - 8), at.colors().text3, name);
    ui.textIn(Font::kMonoSmall, at.x + ui.px(kName + 12), cy, at.w - ui.px(kName + 24),
              at.colors().text, value);
    at.y += ui.px(20);
}

void label(Lines& at, std::string_view text, std::string_view note = {}) {
    at.y += at.ui.px(10);
    const float w =
        at.ui.text(Font::kSmallMedium, at.x, at.y + at.ui.px(8), at.colors().text2, text);
    at.ui.textIn(Font::kSmall, at.x + w + at.ui.px(8), at.y + at.ui.px(8), at.w - w - at.ui.px(8),
                 at.colors().text3, note);
    at.y += at.ui.px(22);
}

/// A box behind lines whose number is known beforehand.
void codeBox(Lines& at, std::size_t lines) {
    const float h = at.ui.px(20) * f(lines) + at.ui.px(12);
    at.ui.box({at.x, at.y, at.w, h}, at.colors().code, at.colors().line, at.ui.px(6));
    at.y += at.ui.px(6);
}

void requestHeaders(Lines& at, const AttemptView& attempt) {
    if (attempt.request_headers.empty()) return;
    label(at, "Request", "headers as they were sent; secrets are masked");
    codeBox(at, attempt.request_headers.size());
    for (const auto& [name, value] : attempt.request_headers)
        codeLine(at, name, value);
    at.y += at.ui.px(6);
}

std::vector<std::string_view> linesOf(std::string_view text, std::size_t most) {
    std::vector<std::string_view> lines;
    while (!text.empty() && lines.size() < most) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

void responseHead(Lines& at, const AttemptView& attempt) {
    constexpr std::size_t kMost = 40;
    const auto lines = linesOf(attempt.response_head, kMost);
    if (lines.empty()) return;
    codeBox(at, lines.size());
    at.ui.textIn(Font::kMonoSmall, at.x + at.ui.px(12), at.y + at.ui.px(10), at.w - at.ui.px(24),
                 attempt.http_status ? at.colors().of(hueOfHttpStatus(*attempt.http_status))
                                     : at.colors().text,
                 lines[0]);
    at.y += at.ui.px(20);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t colon = std::min(lines[i].find(':'), lines[i].size());
        std::string_view value = lines[i].substr(std::min(colon + 1, lines[i].size()));
        while (value.starts_with(' '))
            value.remove_prefix(1);
        codeLine(at, lines[i].substr(0, colon), value);
    }
    at.y += at.ui.px(12);
}

void responseBody(Lines& at, const AttemptView& attempt) {
    if (attempt.response_body.empty()) return;
    constexpr int kLines = 14;
    Ui& ui = at.ui;
    const float inner = at.w - ui.px(24);
    const std::string_view text = std::string_view(attempt.response_body).substr(0, 4000);
    const float h = ui.paragraph(Font::kMonoSmall, 0, 0, inner, 0, text, ui.px(18), kLines, true);
    ui.box({at.x, at.y, at.w, h + ui.px(16)}, at.colors().code, at.colors().line, ui.px(6));
    ui.paragraph(Font::kMonoSmall, at.x + ui.px(12), at.y + ui.px(8), inner, at.colors().text2,
                 text, ui.px(18), kLines);
    at.y += h + ui.px(16);
}

void response(Lines& at, const AttemptView& attempt) {
    if (attempt.response_head.empty() && attempt.response_body.empty()) return;
    std::string note = byteCount(attempt.response_body_bytes) + " of body";
    if (attempt.truncated) note += ", cut short";
    label(at, "Response", note);
    responseHead(at, attempt);
    responseBody(at, attempt);
}

std::string whereSent(const AttemptView& attempt) {
    std::string text = attempt.remote_address;
    if (!attempt.tls.empty()) text += (text.empty() ? "" : " \u00b7 ") + attempt.tls;
    if (!attempt.counts)
        text += (text.empty() ? "" : " \u00b7 ") + std::string("does not count against the round");
    return text;
}

void unfolded(Lines& at, const AttemptView& attempt) {
    Ui& ui = at.ui;
    if (!attempt.explanation.empty()) {
        const Hue hue = hueOf(attempt);
        const Icon& icon = attempt.status == AttemptStatus::kSucceeded    ? icons::kDone
                           : attempt.status == AttemptStatus::kAttempting ? icons::kInfo
                                                                          : icons::kWarning;
        at.y += banner(ui, at.x, at.y, at.w, icon, attempt.explanation, at.colors().of(hue),
                       at.colors().softOf(hue)) +
                ui.px(12);
    }
    phaseBar(at, attempt);
    if (const std::string where = whereSent(attempt); !where.empty()) {
        ui.textIn(Font::kMonoSmall, at.x, at.y + ui.px(4), at.w, at.colors().text3, where);
        at.y += ui.px(18);
    }
    requestHeaders(at, attempt);
    response(at, attempt);
    at.y += ui.px(10);
}

float resultTag(Lines& at, float x, float y, const AttemptView& attempt) {
    std::string text;
    Hue hue = hueOf(attempt);
    if (attempt.http_status) {
        text = std::to_string(*attempt.http_status);
        hue = hueOfHttpStatus(*attempt.http_status);
    } else if (attempt.status == AttemptStatus::kAttempting) {
        text = "on the wire";
    } else if (attempt.reason) {
        text = toString(*attempt.reason);
    } else if (attempt.status == AttemptStatus::kAbandoned) {
        text = "abandoned";
    }
    if (text.empty()) return 0;
    const float w = at.ui.width(Font::kMonoSmall, text) + at.ui.px(14);
    at.ui.fill({x, std::floor(y - at.ui.px(9)), w, at.ui.px(18)}, at.colors().softOf(hue),
               at.ui.px(4));
    at.ui.text(Font::kMonoSmall, x + at.ui.px(7), y, at.colors().of(hue), text);
    return w;
}

/// The dot on the line of time, and the line to the next one below.
void knot(Lines& at, float y, Color color, bool hollow, bool strong) {
    const float x = at.x - at.ui.px(24);
    if (strong) at.ui.dot(x, y, at.ui.px(8), faded(color, 0.2F));
    at.ui.dot(x, y, at.ui.px(5), color, hollow);
}

void nextAttempt(Lines& at, const DeliveryView& delivery) {
    Ui& ui = at.ui;
    const Palette& c = at.colors();
    const bool held = !delivery.held_by.empty();
    const float y = at.y + ui.px(11);
    knot(at, y, c.of(Hue::kRetry), true, false);
    ui.text(
        Font::kBodySemi, at.x, y, c.text,
        "Attempt " + std::to_string(delivery.attempt_count + 1) + (held ? " held" : " scheduled"));
    const Duration left = *delivery.next_attempt_at - at.scene.now;
    std::string when =
        left > Duration::zero()
            ? "in " + span(left)
            : "due " + (left > Duration(-1'000'000) ? std::string("now") : ago(-left));
    when += " \u00b7 " + clockOrDay(*delivery.next_attempt_at, at.scene.now) + " UTC";
    if (held) when += " \u00b7 its endpoint is paused";
    ui.textIn(Font::kSmall, at.x, y + ui.px(19), at.w, c.text3, when);
    at.y += ui.px(54);
}

void attempt(Lines& at, const AttemptView& attempt, bool newest) {
    Ui& ui = at.ui;
    const Palette& c = at.colors();
    const State& state = at.scene.state;
    const bool open = newest ? state.folded_attempts.count(attempt.attempt) == 0
                             : state.unfolded_attempts.count(attempt.attempt) != 0;
    const Rect row{at.x - ui.px(8), at.y - ui.px(4), at.w + ui.px(16), ui.px(46)};
    const std::string name = "attempt." + std::to_string(attempt.attempt);
    const Hit hit = ui.hit(name.c_str(), row, open ? "open" : "folded");
    if (hit.hovered) ui.fill(row, c.hover, ui.px(6));
    if (hit.focused) ui.focusRing(row, ui.px(6));
    if (hit.clicked) at.out.push_back(intent::FoldAttempt{attempt.attempt, open});
    const float y = at.y + ui.px(11);
    knot(at, y, c.of(hueOf(attempt)), attempt.status == AttemptStatus::kAttempting, true);
    float x = at.x;
    x += ui.text(Font::kBodySemi, x, y, c.text, "Attempt " + std::to_string(attempt.attempt));
    resultTag(at, x + ui.px(10), y, attempt);
    ui.icon(open ? icons::kDown : icons::kRight, at.x + at.w - ui.px(14), y, c.text3);
    if (attempt.duration) {
        ui.textRight(Font::kMonoSmall, at.x + at.w - ui.px(22), y, c.text2,
                     span(*attempt.duration));
    }
    std::string when = std::string(causeInWords(attempt.cause)) + " \u00b7 " +
                       clockMillis(attempt.started_at) + " \u00b7 " +
                       ago(at.scene.now - attempt.started_at);
    if (attempt.round > 1) when += " \u00b7 round " + std::to_string(attempt.round);
    ui.textIn(Font::kSmall, at.x, y + ui.px(19), at.w, c.text3, when);
    at.y += ui.px(54);
    if (open) unfolded(at, attempt);
}

}  // namespace

void attemptsTab(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const DeliveryDetail& detail = *scene.seen.open.detail;
    const bool scheduled = detail.delivery.next_attempt_at.has_value();
    if (detail.attempts.empty() && !scheduled) {
        emptyState(ui, area, {.icon = &icons::kInbox, .title = "No attempt was made"});
        return;
    }
    Scroll scroll("detail.attempts", area);
    Lines at{
        ui, scene, out, area.x + ui.px(46), scroll.width() - ui.px(66), scroll.top() + ui.px(14)};
    const float line = at.y + ui.px(11);
    // The line of time lies under its knots: drawn first, as long as it was in the frame before.
    ImGuiStorage* storage = ImGui::GetStateStorage();
    const ImGuiID key = ImGui::GetID("line");
    ui.vertical(at.x - ui.px(24), line, storage->GetFloat(key, 0), ui.colors().line_strong);
    if (scheduled) nextAttempt(at, detail.delivery);
    float last = at.y;
    for (std::size_t i = detail.attempts.size(); i-- > 0;) {
        last = at.y;
        attempt(at, detail.attempts[i], i + 1 == detail.attempts.size());
    }
    const float length = std::max(0.F, last + ui.px(11) - line);
    if (storage->GetFloat(key, 0) != length) ui.animate();
    storage->SetFloat(key, length);
    scroll.contents(at.y - scroll.top() + ui.px(10));
}

}  // namespace waybill::gui
