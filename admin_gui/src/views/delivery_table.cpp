// The table of deliveries: headings, rows, foot.
#include <cmath>

#include "model/format.h"
#include "model/read_only.h"
#include "views/deliveries.h"
#include "views/delivery_columns.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

void sortHeading(Ui& ui, const Scene& scene, const Rect& row, float right, std::string_view label,
                 DeliveryOrder order, const char* name, Intents& out) {
    const Palette& c = ui.colors();
    const bool on = scene.state.order == order;
    const float arrow = on ? ui.iconWidth(icons::kSortDown, Font::kIconSmall) + ui.px(2) : 0;
    const float w = ui.width(Font::kSmallMedium, label);
    const Rect rect{right - w - arrow - ui.px(4), row.y, w + arrow + ui.px(8), row.h};
    const Hit hit = ui.hit(name, rect, on ? (scene.state.reverse ? "reverse" : "on") : "");
    if (hit.clicked) out.push_back(intent::Order{order});
    ui.text(Font::kSmallMedium, right - w - arrow, row.middleY(),
            on || hit.hovered ? c.text : c.text2, label);
    if (on) {
        ui.icon(scene.state.reverse ? icons::kSortUp : icons::kSortDown, right - arrow + ui.px(2),
                row.middleY(), c.accent, Font::kIconSmall);
    }
    if (hit.focused) ui.focusRing(rect.inset(0, ui.px(7)), ui.px(4));
    if (hit.hovered) ui.tooltip(on ? "Click for the other way round" : "Sort by this");
}

void headings(Ui& ui, const Scene& scene, const DeliveryColumns& table, const Rect& row,
              Intents& out) {
    const float y = row.middleY();
    const State& state = scene.state;
    const int ticks = state.all_matching ? 1 : state.ticked.empty() ? 0 : 2;
    if (checkBox(ui, "tick.all", table.x[kTicked], y, ticks, true, scene.filter.ok()))
        out.push_back(intent::TickAll{});
    heading(ui, table.x[kStatus], y, "Status");
    heading(ui, table.x[kSubject], y, "Subject");
    if (table.shows(kEndpoint)) heading(ui, table.x[kEndpoint], y, "Endpoint");
    if (table.shows(kClient)) heading(ui, table.x[kClient], y, "Client");
    if (table.shows(kAttempts)) heading(ui, table.x[kAttempts], y, "Attempts");
    heading(ui, table.x[kResult], y, "Result");
    if (table.shows(kTook)) headingRight(ui, table.right(kTook), y, "Took");
    if (table.shows(kNext)) {
        sortHeading(ui, scene, row, table.right(kNext), "Next", DeliveryOrder::kNextAttempt,
                    "sort.next", out);
    }
    if (table.shows(kUpdated)) {
        sortHeading(ui, scene, row, table.right(kUpdated), "Updated", DeliveryOrder::kUpdated,
                    "sort.updated", out);
    }
    sortHeading(ui, scene, row, table.right(kCreated), "Created", DeliveryOrder::kCreated,
                "sort.created", out);
    ui.horizontal(row.x, row.bottom() - 1, row.w, ui.colors().line_strong);
}

void nextAttempt(Ui& ui, const Scene& scene, const DeliveryView& row, float right, float y) {
    const Palette& c = ui.colors();
    if (!row.held_by.empty()) {
        ui.textRight(Font::kMonoSmall, right, y, c.of(Hue::kRetry), "held");
    } else if (!row.next_attempt_at) {
        ui.textRight(Font::kMonoSmall, right, y, c.text3, "\u2013");
    } else {
        const Duration left = *row.next_attempt_at - scene.now;
        ui.textRight(Font::kMonoSmall, right, y,
                     left <= Duration::zero() ? c.of(Hue::kRetry) : c.text2, countdown(left));
    }
}

void cells(Ui& ui, const Scene& scene, const DeliveryColumns& table, const DeliveryView& row,
           float y) {
    const Palette& c = ui.colors();
    statusPill(ui, table.x[kStatus], y, lookOf(row));
    if (row.subject.empty()) {
        ui.textIn(Font::kMono, table.x[kSubject], y, table.w[kSubject], c.text2, row.id);
    } else {
        const float used = ui.textIn(Font::kBodyMedium, table.x[kSubject], y, table.w[kSubject],
                                     c.text, row.subject);
        const float rest = table.w[kSubject] - used - ui.px(12);
        if (rest > ui.px(120)) {
            ui.textIn(Font::kMonoSmall, table.x[kSubject] + used + ui.px(12), y, rest, c.text3,
                      row.id);
        }
    }
    if (table.shows(kEndpoint)) {
        ui.textIn(Font::kBody, table.x[kEndpoint], y, table.w[kEndpoint], c.text2,
                  hostAndPort(row.endpoint));
    }
    if (table.shows(kClient)) {
        ui.textIn(Font::kBody, table.x[kClient], y, table.w[kClient], c.text2, row.client);
    }
    if (table.shows(kAttempts)) attemptTicks(ui, table.x[kAttempts], y, row);
    const ResultLook result = resultOf(ui, row.last_attempt);
    ui.textIn(Font::kMonoSmall, table.x[kResult], y, table.w[kResult], result.color, result.text);
    if (table.shows(kTook)) {
        const bool timed = row.last_attempt.attempt != 0 &&
                           (row.last_attempt.status == AttemptStatus::kSucceeded ||
                            row.last_attempt.status == AttemptStatus::kFailed);
        const bool slow = timed && row.last_attempt.duration > std::chrono::seconds(5);
        ui.textRight(Font::kMonoSmall, table.right(kTook), y, slow ? c.of(Hue::kRetry) : c.text2,
                     timed ? span(row.last_attempt.duration) : "\u2013");
    }
    if (table.shows(kNext)) nextAttempt(ui, scene, row, table.right(kNext), y);
    if (table.shows(kUpdated)) {
        ui.textRight(Font::kMonoSmall, table.right(kUpdated), y, c.text2,
                     clockOrDay(row.updated_at, scene.now).substr(0, 8));
    }
    const std::string created = clockOrDay(row.created_at, scene.now);
    ui.textIn(Font::kMonoSmall, table.x[kCreated] - ui.px(14), y, table.w[kCreated] + ui.px(14),
              c.text2, created, Align::kRight);
}

void rowAt(Ui& ui, const Scene& scene, const DeliveryColumns& table, const Rect& rect,
           std::size_t index, Intents& out) {
    const Palette& c = ui.colors();
    const State& state = scene.state;
    const DeliveryView* row = scene.seen.list->at(index);
    const auto at = static_cast<std::ptrdiff_t>(index);
    char name[32];
    std::snprintf(name, sizeof name, "row.%zu", index);
    if (row == nullptr) {
        ui.fill({table.x[kStatus], rect.middleY() - ui.px(5), ui.px(120), ui.px(10)}, c.raised,
                ui.px(5));
        return;
    }
    const bool ticked = state.all_matching || state.ticked.count(row->id) != 0;
    const bool open = state.open == row->id;
    const bool focused = state.focused_id == row->id;
    Rect target = rect;
    target.takeLeft(table.x[kStatus] - ui.px(8) - rect.x);
    const Hit hit = ui.hit(name, target, row->id, true, false);
    if (ticked || open || focused)
        ui.fill(rect, faded(c.accent_soft, ticked || open ? 0.85F : 0.5F));
    if (hit.hovered && !ticked && !open) ui.fill(rect, c.hover);
    if (focused || open) ui.fill({rect.x, rect.y, ui.px(2), rect.h}, c.accent);
    std::snprintf(name, sizeof name, "tick.%zu", index);
    if (checkBox(ui, name, table.x[kTicked], rect.middleY(), ticked ? 1 : 0, false)) {
        out.push_back(intent::Tick{at});
    }
    if (hit.clicked) {
        const ImGuiIO& io = ImGui::GetIO();
        if (io.KeyShift) {
            out.push_back(intent::TickTo{at});
        } else if (io.KeyCtrl) {
            out.push_back(intent::Tick{at});
        } else {
            out.push_back(intent::FocusRow{at, true});
        }
    }
    cells(ui, scene, table, *row, rect.middleY());
    ui.horizontal(rect.x, rect.bottom() - 1, rect.w, faded(c.line, 0.8F));
}

/// The focused row comes into sight when the keyboard moved it.
void followFocus(const Scene& scene, Scroll& scroll, float row, float height) {
    ImGuiStorage* storage = ImGui::GetStateStorage();
    const ImGuiID key = ImGui::GetID("scrolled for");
    const int wanted = static_cast<int>(scene.state.scroll_request);
    if (storage->GetInt(key) == wanted) return;
    storage->SetInt(key, wanted);
    const float y = row * f(std::max<std::ptrdiff_t>(0, scene.state.focused_row));
    if (y < scroll.offset()) scroll.scrollTo(y);
    if (y + row > scroll.offset() + height) scroll.scrollTo(y + row - height);
}

void rows(Ui& ui, const Scene& scene, const DeliveryColumns& table, const Rect& area,
          Intents& out) {
    const DeliveryList& list = *scene.seen.list;
    const float row = ui.px(36);
    Scroll scroll("deliveries.rows", area);
    followFocus(scene, scroll, row, area.h);
    const float above = area.y - scroll.top();
    const auto first = static_cast<std::size_t>(std::max(0.F, above / row));
    const std::size_t last =
        std::min(list.size(), first + static_cast<std::size_t>(area.h / row) + 2);
    for (std::size_t i = first; i < last; ++i) {
        rowAt(ui, scene, table, {area.x, scroll.top() + row * f(i), scroll.width(), row}, i, out);
    }
    scroll.contents(row * f(list.size()) + (list.complete() ? 0 : row));
    if (first != scene.state.first_row || last != scene.state.last_row) {
        out.push_back(intent::RowsVisible{first, last});
    }
}

std::string footText(const Scene& scene) {
    const auto& list = scene.seen.list;
    if (!list) return {};
    if (!scene.filter.ok()) return "Listed before; the search finds nothing as it is";
    const auto all = countOf(scene.seen, *scene.filter);
    if (all && *all >= list->size()) return counted(*all, "delivery", "deliveries");
    if (list->complete()) return counted(list->size(), "delivery", "deliveries");
    return "More than " + counted(list->size(), "delivery", "deliveries");
}

void foot(Ui& ui, const Scene& scene, const Rect& rect, Intents& out) {
    const Palette& c = ui.colors();
    ui.horizontal(rect.x, rect.y, rect.w, c.line);
    const float w =
        ui.text(Font::kSmall, rect.x + ui.px(16), rect.middleY(), c.text2, footText(scene));
    float right = rect.right() - ui.px(8);
    if (buttonRight(ui, "export", right, rect.y + ui.px(5),
                    {.kind = ButtonKind::kGhost,
                     .icon = &icons::kExport,
                     .label = "Export",
                     .enabled = scene.filter.ok(),
                     .height = 28})) {
        out.push_back(intent::AskExport{});
    }
    constexpr std::string_view kHints = "J K move   X tick   Enter open   R re-deliver   ? keys";
    const float room = right - rect.x - w - ui.px(40);
    if (ui.width(Font::kSmall, kHints) < room) {
        ui.textRight(Font::kSmall, right - ui.px(4), rect.middleY(), c.text3, kHints);
    }
}

/// Over the last rows.
void note(Ui& ui, const Rect& rows, const std::string& text) {
    const Rect rect{rows.x + ui.px(12), rows.bottom() - ui.px(64), rows.w - ui.px(24), ui.px(56)};
    Scroll above("deliveries.problem", rect);
    ui.mark("deliveries.note", rect, text);
    ui.fill(rect, ui.colors().card, ui.px(6));
    banner(ui, rect.x, rect.y, rect.w, icons::kWarning, text, ui.colors().of(Hue::kRetry),
           ui.colors().softOf(Hue::kRetry));
}

/// Of a response that was looked for: what its callback is, or why it has none, and the remedy.
bool saidWhyNoCallback(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const auto& story = scene.seen.lookup;
    if (!story || scene.filter->q != scene.seen.lookup_key) return false;
    if (!story->delivery.empty()) {
        if (emptyState(ui, area,
                       {.icon = &icons::kDeliveries,
                        .title = "This response has a callback",
                        .text = "It is the delivery " + story->delivery + ".",
                        .action = "Show it",
                        .action_name = "response.delivery"})) {
            out.push_back(intent::Open{story->delivery});
        }
        return true;
    }
    if (story->why.empty()) return false;
    ui.mark("response.why", area, story->why);
    const std::string forbidden = whyNotAdmin(scene.seen);
    if (emptyState(ui, area,
                   {.icon = &icons::kInfo,
                    .title = "This response has no delivery",
                    .text = story->why,
                    .action = story->can_be_sent ? "Send the stored object to\u2026" : "",
                    .action_name = "response.send",
                    .action_tip = forbidden,
                    .enabled = forbidden.empty()})) {
        out.push_back(intent::AskCallBack{story->response});
    }
    return true;
}

void nothingFound(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    if (!scene.filter.ok()) {
        if (emptyState(ui, area,
                       {.icon = &icons::kWarning,
                        .title = "The search cannot be understood",
                        .text = scene.filter.refusal().message,
                        .action = "Clear all filters",
                        .action_name = "empty.clear"})) {
            out.push_back(intent::ClearFilters{});
        }
        return;
    }
    if (saidWhyNoCallback(ui, scene, area, out)) return;
    if (scene.state.filtered()) {
        if (emptyState(ui, area,
                       {.icon = &icons::kSearch,
                        .title = "No delivery matches",
                        .text = "Ids, subjects and URLs are found by how they begin.",
                        .action = "Clear all filters",
                        .action_name = "empty.clear"})) {
            out.push_back(intent::ClearFilters{});
        }
        return;
    }
    emptyState(ui, area,
               {.icon = &icons::kInbox,
                .title = "No deliveries yet",
                .text = "One appears here as soon as a request asks for a completion callback "
                        "(metadata key completion_webhook), or with POST /v1/deliveries."});
}

}  // namespace

void drawDeliveryTable(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    ui.card(card);
    Rect inner = card.inset(1, 1);
    const DeliveryColumns columns = deliveryColumns(ui, inner);
    const Rect head = inner.takeTop(ui.px(36));
    const Rect bottom = inner.takeBottom(ui.px(38));
    headings(ui, scene, columns, head, out);
    foot(ui, scene, bottom, out);
    const bool unclear = !scene.filter.ok();
    if (unclear && !scene.seen.list) return nothingFound(ui, scene, inner, out);
    if (sayWhyMissing(ui, inner, scene.seen.list, scene.seen.connection)) return;
    if (scene.seen.list->size() == 0) return nothingFound(ui, scene, inner, out);
    rows(ui, scene, columns, inner, out);
    if (unclear) {
        note(ui, inner,
             "These were listed before; they are not what the search asks for. " +
                 scene.filter.refusal().message);
    } else if (!scene.seen.list.problem.empty()) {
        note(ui, inner, scene.seen.list.problem);
    }
}

}  // namespace waybill::gui
