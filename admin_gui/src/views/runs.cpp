// Many deliveries at once, while it goes on: how far, and the brakes.
#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

std::string progressInWords(const Run& run) {
    const BulkView& bulk = run.bulk;
    std::string text = grouped(bulk.done + bulk.refused);
    if (bulk.matched != 0) text += " of " + grouped(bulk.matched);
    if (bulk.refused != 0) text += ", " + grouped(bulk.refused) + " refused";
    if (bulk.state == "paused") text += " \u00b7 paused";
    if (bulk.state == "stopped") text += " \u00b7 stopped";
    if (bulk.rate && bulk.state == "running")
        text += " \u00b7 " + compact(*bulk.rate) + " a second";
    return text;
}

void run(Ui& ui, const Run& run, bool can_act, const Rect& card, Intents& out) {
    const Palette& c = ui.colors();
    for (int i = 6; i > 0; --i)
        ui.fill(card.inset(-f(i), -f(i) + ui.px(3)), rgb(0, ui.dark() ? 14 : 5), ui.px(12));
    ui.box(card, ui.dark() ? c.raised : c.card, c.line_strong, ui.px(10));
    const bool running = run.bulk.state == "running";
    const bool paused = run.bulk.state == "paused";
    const std::string id = std::to_string(run.serial);
    float right = card.right() - ui.px(10);
    const float top = card.y + ui.px(10);
    if (running || paused) {
        if (buttonRight(ui, ("run.stop." + id).c_str(), right, top,
                        {.kind = ButtonKind::kDanger,
                         .icon = &icons::kStop,
                         .label = "STOP",
                         .enabled = can_act,
                         .height = 28})) {
            out.push_back(intent::ChangeRun{run.serial, BulkAction::kStop});
        }
        if (!run.local && buttonRight(ui, ("run.pause." + id).c_str(), right, top,
                                      {.icon = paused ? &icons::kPlay : &icons::kPause,
                                       .label = paused ? "Go on" : "Pause",
                                       .enabled = can_act,
                                       .height = 28})) {
            out.push_back(
                intent::ChangeRun{run.serial, paused ? BulkAction::kResume : BulkAction::kPause});
        }
    } else if (buttonRight(ui, ("run.dismiss." + id).c_str(), right, top,
                           {.kind = ButtonKind::kGhost, .icon = &icons::kClose, .height = 28})) {
        out.push_back(intent::DismissRun{run.serial});
    }
    const float x = card.x + ui.px(16);
    ui.mark(("run." + id).c_str(), card, run.bulk.state);
    ui.textIn(Font::kBodySemi, x, card.y + ui.px(18), right - x, c.text, run.what);
    ui.textIn(Font::kSmall, x, card.y + ui.px(37), right - x, c.text2,
              run.problem.empty() ? progressInWords(run) : run.problem);
    const double done = static_cast<double>(run.bulk.done + run.bulk.refused);
    const double all = static_cast<double>(std::max<std::uint64_t>(1, run.bulk.matched));
    const bool finished = run.bulk.state == "finished";
    progressBar(ui, {x, card.bottom() - ui.px(14), card.w - ui.px(32), ui.px(4)},
                finished ? 1 : done / all,
                finished             ? c.of(Hue::kDelivered)
                : paused || !running ? c.of(Hue::kRetry)
                                     : c.accent);
}

}  // namespace

float drawRuns(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    constexpr std::size_t kShown = 3;
    const auto& runs = scene.seen.runs;
    if (runs.empty()) return 0;
    const std::size_t count = std::min(kShown, runs.size());
    const float card = ui.px(66);
    const float pad = ui.px(8);
    const float width = ui.px(400);
    const float height = (card + ui.px(8)) * f(count) + 2 * pad;
    // Clear of the foot of a table.
    const float below = ui.px(52);
    const Rect region{area.right() - ui.px(24) - width - pad, area.bottom() - height - below,
                      width + 2 * pad, height};
    Scroll above("runs", region);
    float y = region.y + pad;
    for (std::size_t i = runs.size() - count; i < runs.size(); ++i) {
        const bool can_act = runs[i].local || scene.read_only.empty();
        run(ui, runs[i], can_act, {region.x + pad, y, width, card}, out);
        y += card + ui.px(8);
    }
    return height + below;
}

}  // namespace waybill::gui
