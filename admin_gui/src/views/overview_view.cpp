// What is broken, since when, and how it all goes.
#include "draw/charts.h"
#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

struct AlarmLook {
    const Icon* icon;
    Hue hue;
};

AlarmLook alarmLook(Alarm alarm) {
    if (alarm == Alarm::kBroken) return {&icons::kProblem, Hue::kFailed};
    if (alarm == Alarm::kWatch) return {&icons::kWarning, Hue::kRetry};
    return {&icons::kDone, Hue::kDelivered};
}

struct HeadlineAction {
    const char* name;
    ButtonLook look;
    Intent intent;
};

/// From right to left.
std::vector<HeadlineAction> actionsOn(const Headline& head, const std::string& read_only) {
    if (head.endpoint.empty()) return {};
    const bool may = read_only.empty();
    DeliveryFilter failed;
    failed.endpoint = head.endpoint;
    failed.status = "failed";
    return {
        {"headline.pause",
         {.icon = &icons::kPause,
          .label = "Pause",
          .tip = may ? "Nothing is sent there until it is resumed" : std::string_view(read_only),
          .enabled = may},
         intent::AskPause{head.endpoint, true}},
        {"headline.recover",
         {.icon = &icons::kRedeliver,
          .label = "Preview recovery",
          .tip = may ? "Counts what failed there and says what re-delivering would do"
                     : std::string_view(read_only),
          .enabled = may},
         intent::AskRedeliverOf{failed}},
        {"headline.show",
         {.icon = &icons::kDeliveries, .label = "Show"},
         intent::ShowDeliveriesOf{head.endpoint, ""}}};
}

/// A text in at most two lines.
struct Lines {
    Font font;
    float leading;
    std::string_view text;

    float height(const Ui& ui, float width) const {
        return ui.paragraph(font, 0, 0, width, 0, text, ui.px(leading), kMost, true);
    }
    void draw(const Ui& ui, float x, float y, float width, Color color) const {
        ui.paragraph(font, x, y, width, color, text, ui.px(leading), kMost);
    }

private:
    static constexpr int kMost = 2;
};

/// The sentence, and the reversible actions it calls for.
void headline(Ui& ui, const Scene& scene, Rect& area, Intents& out) {
    const Headline& head = scene.headline;
    if (head.alarm == Alarm::kNone) return;
    const std::vector<HeadlineAction> actions = actionsOn(head, scene.read_only);
    float buttons = 0;
    for (const HeadlineAction& action : actions)
        buttons += buttonWidth(ui, action.look) + ui.px(8);
    const float text_width = area.w - ui.px(48 + 16 + 8) - buttons;
    const Lines sentence{Font::kBodySemi, 20, head.sentence};
    const Lines detail{Font::kSmall, 18, head.detail};
    const float sentence_height = sentence.height(ui, text_width);
    const float detail_height = head.detail.empty() ? 0 : ui.px(2) + detail.height(ui, text_width);

    const Palette& c = ui.colors();
    const AlarmLook look = alarmLook(head.alarm);
    const bool alarm = head.alarm != Alarm::kWell;
    const Rect card = area.takeTop(ui.px(28) + sentence_height + detail_height, ui.px(12));
    ui.box(card, alarm ? c.softOf(look.hue) : c.card, alarm ? faded(c.of(look.hue), 0.35F) : c.line,
           ui.px(10));
    if (alarm)
        ui.fill({card.x, card.y + ui.px(10), ui.px(3), card.h - ui.px(20)}, c.of(look.hue), 1);
    ui.mark("headline", card, head.sentence);
    float right = card.right() - ui.px(16);
    for (const HeadlineAction& action : actions) {
        if (buttonRight(ui, action.name, right, card.middleY() - ui.px(16), action.look))
            out.push_back(action.intent);
    }
    const float x = card.x + ui.px(48);
    const float y = card.y + ui.px(14);
    ui.icon(*look.icon, card.x + ui.px(20), y + ui.px(10), c.of(look.hue));
    sentence.draw(ui, x, y, text_width, c.text);
    detail.draw(ui, x, y + sentence_height + ui.px(3), text_width, c.text2);
}

void throughput(Ui& ui, const Scene& scene, const Rect& card) {
    const std::string comment =
        std::string("per ") + kWindows[scene.state.settings.window].step_label;
    std::vector<Series> series;
    if (scene.seen.stats) series = outcomeSeries(ui, *scene.seen.stats);
    const Rect inner = titledCard(ui, card, "Throughput", comment, legendWidth(ui, series));
    if (sayWhyMissing(ui, inner, scene.seen.stats, scene.seen.connection)) return;
    const StatsView& stats = *scene.seen.stats;
    legend(ui, card.right() - ui.px(18), card.y + ui.px(22), series);
    stackedBars(
        ui, Rect{inner.x + ui.px(18), inner.y + ui.px(8), inner.w - ui.px(36), inner.h - ui.px(18)},
        {.name = "chart.throughput", .series = series, .since = stats.since, .step = stats.step});
}

void latency(Ui& ui, const Scene& scene, const Rect& card) {
    const Rect inner = titledCard(ui, card, "Latency", "of whole attempts");
    if (sayWhyMissing(ui, inner, scene.seen.stats, scene.seen.connection)) return;
    const Palette& c = ui.colors();
    const StatsView& stats = *scene.seen.stats;
    std::vector<Series> series = {{"p50", c.of(Hue::kAttempting), c.of(Hue::kAttempting), {}},
                                  {"p95", c.accent, c.accent, {}},
                                  {"p99", c.of(Hue::kRetry), c.of(Hue::kRetry), {}}};
    const auto micros = [](const std::optional<Duration>& value) {
        return value ? static_cast<double>(value->count()) : 0.0;
    };
    for (const StatsPoint& point : stats.points) {
        series[0].values.push_back(micros(point.latency.p50));
        series[1].values.push_back(micros(point.latency.p95));
        series[2].values.push_back(micros(point.latency.p99));
    }
    legend(ui, card.right() - ui.px(18), card.y + ui.px(22), series);
    durationLines(
        ui, Rect{inner.x + ui.px(18), inner.y + ui.px(8), inner.w - ui.px(36), inner.h - ui.px(18)},
        {.name = "chart.latency", .series = series, .since = stats.since, .step = stats.step});
}

void endpointHealth(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    Rect inner = titledCard(ui, card, "Endpoint health", "worst first");
    if (sayWhyMissing(ui, inner, scene.seen.endpoints, scene.seen.connection)) return;
    const auto& endpoints = *scene.seen.endpoints;
    if (endpoints.empty()) {
        emptyState(ui, inner,
                   {.icon = &icons::kEndpoints,
                    .title = "No endpoints yet",
                    .text = "One appears here with the first delivery to it."});
        return;
    }
    endpointHeadings(ui, Rect{inner.x + 1, inner.y - ui.px(4), inner.w - 2, ui.px(32)}, false);
    inner.takeTop(ui.px(28));
    Scroll scroll("overview.endpoints", Rect{inner.x + 1, inner.y, inner.w - 2, inner.h - 2});
    const float row = ui.px(48);
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        endpointRow(ui, scene, endpoints[i],
                    {scroll.left(), scroll.top() + row * f(i), inner.w - 2, row}, i, false, out);
    }
    scroll.contents(row * f(endpoints.size()));
}

}  // namespace

void drawOverview(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    std::string age;
    if (scene.seen.stats) {
        const Duration ahead = scene.now - ui.now();
        age = "as of " + clock(scene.seen.stats.read_at + ahead) + " UTC";
    }
    area = pageHeader(ui, scene, area, "Overview", age, true, header, out);
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    headline(ui, scene, area, out);
    if (scene.seen.stats.unsupported && scene.seen.endpoints.unsupported) {
        ui.card(area);
        if (emptyState(ui, area,
                       {.icon = &icons::kOverview,
                        .title = "This source gives no figures over time",
                        .text = "Deliveries, their attempts and the event log are all there.",
                        .action = "Show the deliveries",
                        .action_name = "overview.deliveries"})) {
            out.push_back(intent::Show{View::kDeliveries});
        }
        return;
    }
    figureCards(ui, scene, area.takeTop(ui.px(90), ui.px(12)), out);
    const float charts = std::clamp(area.h * 0.45F, ui.px(170), ui.px(288));
    Rect row = area.takeTop(std::floor(charts), ui.px(12));
    throughput(ui, scene, row.takeLeft(std::floor((row.w - ui.px(12)) * 0.56F), ui.px(12)));
    latency(ui, scene, row);
    endpointHealth(ui, scene, area, out);
}

}  // namespace waybill::gui
