#include "views/parts.h"

#include <array>

#include "draw/charts.h"
#include "model/evidence.h"
#include "model/format.h"
#include "waybill/delivery.h"
#include "waybill/utf8.h"

namespace waybill::gui {
namespace {

void liveButton(Ui& ui, const Scene& scene, Header& header, Intents& out) {
    const Palette& c = ui.colors();
    const bool live = scene.state.live;
    const Link link = scene.seen.connection.link;
    const bool connected = link == Link::kConnected;
    const std::string_view label = !live ? "Paused" : connected ? "Live" : "Offline";
    const float w = ui.px(104);
    const Rect rect{header.right - w, header.y, w, ui.px(32)};
    const Hit hit = ui.hit("live", rect, live ? "on" : "");
    if (hit.clicked) out.push_back(intent::SetLive{!live});
    ui.box(rect, hit.hovered ? c.hover : c.card, c.line_strong, ui.px(6));
    const Color color = !live ? c.text3 : c.of(connected ? Hue::kDelivered : Hue::kFailed);
    if (live) ui.dot(rect.x + ui.px(18), rect.middleY(), ui.px(7), faded(color, 0.22F));
    ui.dot(rect.x + ui.px(18), rect.middleY(), ui.px(4), color, !live);
    ui.text(Font::kBodyMedium, rect.x + ui.px(33), rect.middleY(), c.text, label);
    ui.textRight(Font::kLabel, rect.right() - ui.px(12), rect.middleY(), c.text3, "L");
    if (hit.focused) ui.focusRing(rect, ui.px(6));
    if (hit.hovered) {
        ui.tooltip(live ? "What you see is kept fresh. Press L to hold it still."
                        : "What you see stands still. Press L to go on.");
    }
    header.right -= w + ui.px(8);
}

void windowButton(Ui& ui, const Scene& scene, Header& header, Intents& out) {
    const ButtonLook look{.icon = &icons::kCalendar,
                          .label = kWindows[scene.state.settings.window].label};
    const float w = buttonWidth(ui, look);
    const float x = header.right - w;
    if (buttonRight(ui, "window", header.right, header.y, look)) ImGui::OpenPopup("window.menu");
    std::array<MenuItem, kWindows.size()> items;
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].label = kWindows[i].label;
        items[i].chosen = i == scene.state.settings.window;
    }
    const int chosen =
        menu(ui, "window.menu", x, header.y + ui.px(36), std::max(w, ui.px(170)), items);
    if (chosen >= 0) out.push_back(intent::SetWindow{static_cast<std::size_t>(chosen)});
}

}  // namespace

StatusLook lookOf(const DeliveryView& delivery) {
    if (delivery.status == "pending" && !delivery.held_by.empty())
        return {"Held", Hue::kRetry, true};
    if (delivery.status == "pending" && delivery.last_attempt.attempt != 0) {
        return {"Pending retry", Hue::kRetry, false};
    }
    return lookOfStatus(delivery.status);
}

StatusLook lookOfStatus(std::string_view status) {
    if (status == "delivered") return {"Delivered", Hue::kDelivered, false};
    if (status == "failed") return {"Failed", Hue::kFailed, false};
    if (status == "attempting") return {"Attempting", Hue::kAttempting, false};
    if (status == "cancelled") return {"Cancelled", Hue::kFirst, true};
    return {"Pending", Hue::kFirst, false};
}

StatusLook lookOfEndpoint(const EndpointView& endpoint) {
    if (endpoint.paused || endpoint.state == "paused") return {"Paused", Hue::kRetry, true};
    if (endpoint.state == "failing") return {"Failing", Hue::kFailed, false};
    if (endpoint.state == "degraded") return {"Degraded", Hue::kRetry, false};
    if (endpoint.state == "idle") return {"Idle", Hue::kFirst, true};
    return {"Healthy", Hue::kDelivered, false};
}

Hue hueOf(const AttemptView& attempt) {
    switch (attempt.status) {
        case AttemptStatus::kAttempting:
            return Hue::kAttempting;
        case AttemptStatus::kSucceeded:
            return Hue::kDelivered;
        case AttemptStatus::kFailed:
            return Hue::kFailed;
        case AttemptStatus::kAbandoned:
            return Hue::kRetry;
    }
    return Hue::kFirst;
}

Hue hueOf(Tone tone) {
    switch (tone) {
        case Tone::kQuiet:
            return Hue::kFirst;
        case Tone::kGood:
            return Hue::kDelivered;
        case Tone::kBusy:
            return Hue::kAttempting;
        case Tone::kWarning:
            return Hue::kRetry;
        case Tone::kBad:
            return Hue::kFailed;
    }
    return Hue::kFirst;
}

Hue hueOfHttpStatus(std::uint16_t status) {
    if (status >= 200 && status < 300) return Hue::kDelivered;
    return status < 500 ? Hue::kRetry : Hue::kFailed;
}

float statusPill(Ui& ui, float x, float y, const StatusLook& look) {
    return pill(ui, x, y, look.label, ui.colors().of(look.hue), ui.colors().softOf(look.hue),
                look.hollow);
}

float attemptTicksWidth(const Ui& ui) {
    return ui.px(9) * 8;
}

void attemptTicks(Ui& ui, float x, float y, const DeliveryView& delivery) {
    // As many as leave room for the number of the round behind them.
    const std::uint32_t most = delivery.round > 1 ? 5 : 7;
    const Palette& c = ui.colors();
    const std::uint32_t made = delivery.attempt_count;
    if (made > most) {
        ui.text(Font::kMonoSmall, x, y, c.of(lookOf(delivery).hue),
                "\u00d7" + std::to_string(made));
        return;
    }
    const std::uint32_t planned =
        delivery.round <= 1 ? std::min(most, std::max(made, delivery.max_attempts)) : made;
    for (std::uint32_t i = 0; i < planned; ++i) {
        const Rect tick{x + ui.px(9) * f(i), std::floor(y - ui.px(6)), ui.px(6), ui.px(12)};
        if (i >= made) {
            ui.fill(tick, c.raised, ui.px(2));
            continue;
        }
        const bool last = i + 1 == made;
        const bool finished = delivery.status == "delivered" || delivery.status == "attempting";
        const Hue hue = last && finished              ? lookOf(delivery).hue
                        : delivery.status == "failed" ? Hue::kFailed
                                                      : Hue::kRetry;
        ui.fill(tick, faded(c.of(hue), last ? 1.F : 0.62F), ui.px(2));
    }
    if (delivery.round > 1) {
        ui.text(Font::kLabel, x + ui.px(9) * f(planned) + ui.px(3), y, c.text3,
                "r" + std::to_string(delivery.round));
    }
}

ResultLook resultOf(const Ui& ui, const LastAttempt& last) {
    const Palette& c = ui.colors();
    if (last.attempt == 0 || last.status == AttemptStatus::kAttempting) return {"\u2013", c.text3};
    if (last.http_status) {
        return {std::to_string(*last.http_status), c.of(hueOfHttpStatus(*last.http_status))};
    }
    if (last.status == AttemptStatus::kAbandoned) return {"abandoned", c.of(Hue::kRetry)};
    if (!last.reason) return {"\u2013", c.text3};
    static constexpr std::array<std::pair<FailureReason, std::string_view>, 3> kShort = {{
        {FailureReason::kRefusedAddress, "refused"},
        {FailureReason::kStaleConnection, "stale"},
        {FailureReason::kLocalFault, "local"},
    }};
    for (const auto& [reason, text] : kShort) {
        if (*last.reason == reason) return {std::string(text), c.of(Hue::kFailed)};
    }
    return {std::string(toString(*last.reason)), c.of(Hue::kFailed)};
}

std::string shortEndpoint(const std::string& endpoint) {
    if (endpoint.starts_with("https://")) {
        std::string text = endpoint.substr(8);
        if (text.ends_with(":443")) text.resize(text.size() - 4);
        return text;
    }
    if (endpoint.starts_with("http://") && endpoint.ends_with(":80")) {
        return endpoint.substr(0, endpoint.size() - 3);
    }
    return endpoint;
}

std::string hostAndPort(const std::string& endpoint) {
    return endpoint.starts_with("http://") ? endpoint.substr(7) : shortEndpoint(endpoint);
}

std::string_view shortUrl(const std::string& url) {
    std::string_view text = url;
    if (text.starts_with("https://")) text.remove_prefix(8);
    return text;
}

Intent copyOfScreen(const Scene& scene) {
    const auto command = cliCommand(scene.state, scene.seen, scene.place.command, scene.now);
    if (!command.ok()) return intent::CannotCopy{command.refusal().message};
    return intent::Copy{"Command", *command};
}

Intent copyOfPayload(const Scene& scene) {
    const std::string& bytes = *scene.seen.open.payload->bytes;
    if (bytes.find('\0') == std::string::npos && isUtf8(bytes)) {
        return intent::Copy{"Payload", bytes};
    }
    return intent::CannotCopy{"The payload is no text. This writes it: " + scene.place.command +
                              " payload " + shellQuoted(scene.seen.open.id)};
}

Rect pageHeader(Ui& ui, const Scene& scene, Rect area, std::string_view title,
                std::string_view comment, bool with_window, Header& header, Intents& out) {
    const Palette& c = ui.colors();
    const Rect strip = area.takeTop(ui.px(56));
    ui.horizontal(strip.x, strip.bottom() - 1, strip.w, c.line);
    header = {strip.right() - ui.px(24), strip.y + ui.px(12)};
    liveButton(ui, scene, header, out);
    if (with_window) windowButton(ui, scene, header, out);
    if (buttonRight(ui, "copy.command", header.right, header.y,
                    {.kind = ButtonKind::kGhost,
                     .icon = &icons::kTerminal,
                     .tip = "Copy this screen as a command for the command line tool (Y)"})) {
        out.push_back(copyOfScreen(scene));
    }
    const float x = strip.x + ui.px(24);
    const float w = ui.textIn(Font::kTitle, x, strip.middleY(), header.right - x, c.text, title);
    ui.textIn(Font::kSmall, x + w + ui.px(12), strip.middleY() + ui.px(1),
              std::max(0.F, header.right - x - w - ui.px(150)), c.text3, comment);
    area = area.inset(ui.px(24), 0);
    area.takeTop(ui.px(16));
    area.takeBottom(ui.px(16));
    return area;
}

void connectionStrip(Ui& ui, const Scene& scene, Rect& area, Intents& out) {
    const Connection& connection = scene.seen.connection;
    if (connection.link == Link::kConnected || connection.link == Link::kConnecting) return;
    const Palette& c = ui.colors();
    const Rect strip = area.takeTop(ui.px(40), ui.px(12));
    ui.box(strip, c.softOf(Hue::kFailed), faded(c.of(Hue::kFailed), 0.4F), ui.px(8));
    ui.icon(icons::kDisconnected, strip.x + ui.px(14), strip.middleY(), c.of(Hue::kFailed));
    std::string text = connection.link == Link::kRefused ? "No access. " : "Reconnecting\u2026 ";
    if (connection.last_answer.time_since_epoch().count() != 0) {
        text += "What you see is from " + clock(connection.last_answer) + " UTC. ";
    }
    text += connection.problem;
    const ButtonLook look{.kind = ButtonKind::kGhost, .label = "Try now", .height = 28};
    float right = strip.right() - ui.px(6);
    if (buttonRight(ui, "reconnect", right, strip.y + ui.px(6), look)) {
        out.push_back(intent::Refresh{});
    }
    ui.textIn(Font::kSmallMedium, strip.x + ui.px(42), strip.middleY(), right - strip.x - ui.px(50),
              c.of(Hue::kFailed), text);
}

bool saidNoConnection(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const Connection& connection = scene.seen.connection;
    const bool never = connection.last_answer.time_since_epoch().count() == 0;
    if (!never || connection.link == Link::kConnected || connection.link == Link::kConnecting) {
        return false;
    }
    ui.card(area);
    const bool refused = connection.link == Link::kRefused;
    if (emptyState(ui, area,
                   {.icon = refused ? &icons::kLock : &icons::kDisconnected,
                    .title = refused ? "No access to " + scene.place.name
                                     : "Nothing answers at " + scene.place.name,
                    .text = connection.problem,
                    .action = "Try again",
                    .action_name = "reconnect",
                    .color = ui.colors().of(Hue::kFailed)})) {
        out.push_back(intent::Refresh{});
    }
    return true;
}

std::vector<Series> outcomeSeries(const Ui& ui, const StatsView& stats) {
    const Palette& c = ui.colors();
    std::vector<Series> all = {
        {"Delivered", c.of(Hue::kDelivered), c.fillOf(Hue::kDelivered), {}},
        {"Attempts to be retried", c.of(Hue::kRetry), c.fillOf(Hue::kRetry), {}},
        {"Failed for good", c.of(Hue::kFailed), c.fillOf(Hue::kFailed), {}}};
    for (const StatsPoint& point : stats.points) {
        all[0].values.push_back(static_cast<double>(point.delivered));
        all[1].values.push_back(static_cast<double>(point.attempts_failed -
                                                    std::min(point.failed, point.attempts_failed)));
        all[2].values.push_back(static_cast<double>(point.failed));
    }
    return all;
}

Rect titledCard(Ui& ui, Rect rect, std::string_view title, std::string_view comment, float taken) {
    ui.card(rect);
    float x = rect.x + ui.px(18);
    const float y = rect.y + ui.px(22);
    x += ui.text(Font::kBodySemi, x, y, ui.colors().text, title) + ui.px(10);
    const float room = rect.right() - ui.px(18) - taken - x;
    if (ui.width(Font::kSmall, comment) <= room)
        ui.text(Font::kSmall, x, y, ui.colors().text3, comment);
    rect.takeTop(ui.px(44));
    return rect;
}

void heading(Ui& ui, float x, float y, std::string_view label) {
    ui.text(Font::kSmallMedium, x, y, ui.colors().text2, label);
}

void headingRight(Ui& ui, float right, float y, std::string_view label) {
    ui.textRight(Font::kSmallMedium, right, y, ui.colors().text2, label);
}

}  // namespace waybill::gui
