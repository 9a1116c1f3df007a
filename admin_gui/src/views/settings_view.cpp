// Who we are connected to, and how the dashboard looks.
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "model/format.h"
#include "views/parts.h"
#include "waybill/in_words.h"
#include "waybill/version.h"

namespace waybill::gui {
namespace {

struct Setting {
    std::string_view label;
    std::string value;
    Font font = Font::kBody;
};

void row(Ui& ui, Rect& area, const Setting& fact) {
    const Rect line = area.takeTop(ui.px(30));
    ui.mark(("settings.fact." + std::string(fact.label)).c_str(), line, fact.value);
    ui.text(Font::kBody, line.x, line.middleY(), ui.colors().text2, fact.label);
    ui.textIn(fact.font, line.x + ui.px(150), line.middleY(), line.w - ui.px(150), ui.colors().text,
              fact.value.empty() ? "\u2013" : fact.value);
}

std::string linkInWords(const Connection& connection, Timestamp now) {
    switch (connection.link) {
        case Link::kConnecting:
            return "connecting";
        case Link::kConnected:
            return "connected for " + span(now - connection.since) + ", newest answer after " +
                   span(connection.round_trip);
        case Link::kLost:
            return "lost, asked again every second";
        case Link::kRefused:
            return "no access";
    }
    return {};
}

/// What only a daemon has: somebody who asks, a life, limits.
void addDaemonFacts(const InfoView& info, std::vector<Setting>& facts) {
    facts.push_back({"You are", info.actor + " (" + info.role +
                                    (info.actor_claimed ? ", name claimed)" : ")")});
    if (info.started_at.time_since_epoch().count() != 0) {
        facts.push_back({"Up since", timeInWords(info.started_at) + " \u00b7 " +
                                         span(info.now - info.started_at)});
    }
    facts.push_back({"Ready", info.ready ? "yes" : "no: " + info.problem});
    facts.push_back({"Limits", grouped(info.max_in_flight) + " attempts on the wire, " +
                                   grouped(info.max_in_flight_per_endpoint) + " to one endpoint"});
}

std::vector<Setting> connectionFacts(const Scene& scene, Timestamp local_now) {
    const Snapshot& seen = scene.seen;
    std::vector<Setting> facts = {{"Source", scene.place.name, Font::kMono},
                                  {"State", linkInWords(seen.connection, local_now)}};
    if (seen.info) {
        const InfoView& info = *seen.info;
        const bool daemon = info.max_in_flight != 0;
        facts.push_back({"Kind", daemon ? info.source + ", version " + info.version
                                        : info.source + ", only read"});
        if (daemon) addDaemonFacts(info, facts);
        facts.push_back({"Log", info.log_id, Font::kMono});
    } else if (seen.info.unsupported) {
        facts.push_back({"Kind", "it does not say more about itself"});
    } else {
        facts.push_back({"Problem", seen.connection.problem});
    }
    facts.push_back({"Token", scene.place.comment});
    return facts;
}

void connectionCard(Ui& ui, const Rect& card, const std::vector<Setting>& facts) {
    Rect inner = titledCard(ui, card, "Connection", {}).inset(ui.px(18), 0);
    for (const Setting& fact : facts)
        row(ui, inner, fact);
}

void appearanceCard(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    Rect inner = titledCard(ui, card, "Appearance", "kept between runs").inset(ui.px(18), 0);
    const Settings& settings = scene.state.settings;
    const auto labelled = [&](std::string_view label) {
        const Rect line = inner.takeTop(ui.px(44));
        ui.text(Font::kBody, line.x, line.middleY(), ui.colors().text2, label);
        return Rect{line.x + ui.px(150), line.middleY() - ui.px(16), line.w - ui.px(150),
                    ui.px(32)};
    };
    const Rect theme = labelled("Theme");
    constexpr std::array<std::string_view, 2> kThemes = {"Dark", "Light"};
    const auto chosen = static_cast<std::size_t>(settings.theme);
    const std::size_t now = segments(ui, "settings.theme", theme.x, theme.y, kThemes, chosen);
    if (now != chosen) out.push_back(intent::SetTheme{static_cast<Theme>(now)});

    const Rect scale = labelled("Scale");
    constexpr std::array<std::string_view, 6> kLabels = {"Display", "100 %", "125 %",
                                                         "150 %",   "175 %", "200 %"};
    constexpr std::array<float, 6> kScales = {0, 1, 1.25F, 1.5F, 1.75F, 2};
    std::size_t at = 0;
    for (std::size_t i = 0; i < kScales.size(); ++i) {
        if (std::abs(kScales[i] - settings.scale) < 0.01F) at = i;
    }
    const std::size_t to = segments(ui, "settings.scale", scale.x, scale.y, kLabels, at);
    if (to != at) out.push_back(intent::SetScale{kScales[to]});
}

void personCard(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    Rect inner = titledCard(ui, card, "Your name", "goes into the log with every action")
                     .inset(ui.px(18), 0);
    const Rect line = inner.takeTop(ui.px(44));
    std::string name = scene.state.typed_actor;
    const std::string typed = trimmed(name);
    const std::string problem = typed.empty() ? "" : problemOfName(typed);
    if (textField(ui, "settings.actor", {line.x, line.middleY() - ui.px(16), ui.px(300), ui.px(32)},
                  name,
                  {.hint = "asked at your first action",
                   .icon = &icons::kPerson,
                   .wrong = !problem.empty()})) {
        out.push_back(intent::SetActor{name});
    }
    const Rect note{line.x + ui.px(316), line.y, line.w - ui.px(316), line.h};
    ui.mark("settings.actor.note", note, problem);
    ui.textIn(Font::kSmall, note.x, note.middleY(), note.w,
              problem.empty() ? ui.colors().text3 : ui.colors().of(Hue::kFailed),
              problem.empty() ? "A named operator token takes precedence." : problem);
}

void aboutCard(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    Rect inner = titledCard(ui, card, "About", {}).inset(ui.px(18), 0);
    const std::string& file = scene.place.settings_path;
    const std::string& missing = ui.fonts().note();
    row(ui, inner, {"Dashboard", std::string("waybill-admin ") + version()});
    row(ui, inner, {"Settings", file.empty() ? "not kept" : file, Font::kMono});
    row(ui, inner, {"Fonts", missing.empty() ? "all found" : "missing packages:" + missing});
    inner.takeTop(ui.px(6));
    if (button(ui, "settings.keys", inner.x, inner.y,
               {.icon = &icons::kKeyboard, .label = "Keyboard shortcuts", .key = "?"})) {
        out.push_back(intent::AskHelp{});
    }
}

}  // namespace

void drawSettings(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    area = pageHeader(ui, scene, area, "Settings", {}, false, header, out);
    connectionStrip(ui, scene, area, out);
    Scroll scroll("settings", area);
    const float w = std::min(area.w, ui.px(860));
    Rect column{area.x, scroll.top(), std::min(w, scroll.width()), 10'000};
    const std::vector<Setting> facts = connectionFacts(scene, ui.now());
    connectionCard(ui, column.takeTop(ui.px(58 + 30 * f(facts.size())), ui.px(12)), facts);
    appearanceCard(ui, scene, column.takeTop(ui.px(148), ui.px(12)), out);
    personCard(ui, scene, column.takeTop(ui.px(104), ui.px(12)), out);
    aboutCard(ui, scene, column.takeTop(ui.px(192), ui.px(12)), out);
    scroll.contents(column.y - ui.px(12) - scroll.top());
}

}  // namespace waybill::gui
