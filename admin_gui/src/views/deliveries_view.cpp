// The table of deliveries: figures, histogram, filters, rows.
#include <array>
#include <cmath>

#include "draw/charts.h"
#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

// ---- histogram

void histogram(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    ui.card(card);
    const Rect inner = card.inset(ui.px(16), ui.px(8));
    if (!scene.seen.stats) return;
    const StatsView& stats = *scene.seen.stats;
    const std::vector<Series> series = outcomeSeries(ui, stats);
    const Duration all = stats.step * static_cast<std::int64_t>(stats.points.size());
    const auto part = [&](Timestamp at) {
        const double ratio = static_cast<double>((at - stats.since).count()) /
                             static_cast<double>(std::max<std::int64_t>(1, all.count()));
        return std::clamp(ratio, 0.0, 1.0);
    };
    ChartLook look{.name = "histogram",
                   .series = series,
                   .since = stats.since,
                   .step = stats.step,
                   .axes = false,
                   .select = true};
    if (scene.state.since || scene.state.until) {
        look.chosen_from = scene.state.since ? part(*scene.state.since) : 0;
        look.chosen_to = scene.state.until ? part(*scene.state.until) : 1;
    }
    const Dragged dragged = stackedBars(ui, inner, look);
    if (!dragged.any()) return;
    out.push_back(
        intent::FilterTime{stats.since + stats.step * static_cast<std::int64_t>(dragged.first),
                           stats.since + stats.step * static_cast<std::int64_t>(dragged.last + 1)});
}

// ---- filters

/// A choice with a coloured dot and its count. Returns its width.
float statusChip(Ui& ui, const Scene& scene, float x, float y, std::string_view status,
                 bool with_count, Intents& out) {
    const Palette& c = ui.colors();
    const StatusLook look = lookOfStatus(status);
    // Pending is amber here: what waits is mostly what is retried.
    const Hue hue = status == "pending" ? Hue::kRetry : look.hue;
    const bool on = scene.state.status == status;
    std::string count;
    if (scene.seen.counts && with_count) {
        const auto found = scene.seen.counts->find(std::string(status));
        if (found != scene.seen.counts->end()) count = compact(static_cast<double>(found->second));
    }
    const float number = count.empty() ? 0 : ui.width(Font::kMonoSmall, count) + ui.px(8);
    const Rect rect{x, y, ui.width(Font::kSmallMedium, look.label) + number + ui.px(33), ui.px(32)};
    const std::string name = "chip." + std::string(status);
    const Hit hit = ui.hit(name.c_str(), rect, on ? "on" : count);
    if (hit.clicked) out.push_back(intent::FilterStatus{std::string(status)});
    ui.box(rect,
           on            ? c.softOf(hue)
           : hit.hovered ? c.hover
                         : c.card,
           on ? faded(c.of(hue), 0.55F) : c.line, ui.px(6));
    ui.dot(x + ui.px(13), rect.middleY(), ui.px(3.5F), c.of(hue), look.hollow);
    ui.text(Font::kSmallMedium, x + ui.px(22), rect.middleY(), on ? c.text : c.text2, look.label);
    ui.textRight(Font::kMonoSmall, rect.right() - ui.px(10), rect.middleY(),
                 on ? c.of(hue) : c.text3, count);
    if (hit.focused) ui.focusRing(rect, ui.px(6));
    return rect.w;
}

void endpointFilter(Ui& ui, const Scene& scene, float& x, float y, Intents& out) {
    const std::string& chosen = scene.state.endpoint;
    std::string label = chosen.empty() ? "All endpoints" : shortEndpoint(chosen);
    if (label.size() > 28) label = label.substr(0, 26) + "\u2026";
    const ButtonLook look{.icon = &icons::kEndpoints, .label = label, .on = !chosen.empty()};
    if (button(ui, "filter.endpoint", x, y, look)) ImGui::OpenPopup("filter.endpoint.menu");
    std::vector<MenuItem> items{{.label = "All endpoints", .chosen = chosen.empty()}};
    if (scene.seen.endpoints && ImGui::IsPopupOpen("filter.endpoint.menu")) {
        for (const EndpointView& endpoint : *scene.seen.endpoints) {
            items.push_back({.label = shortEndpoint(endpoint.endpoint),
                             .note = endpoint.success_rate ? percent(*endpoint.success_rate) + "%"
                                                           : std::string(),
                             .chosen = endpoint.endpoint == chosen});
        }
    }
    const int picked = menu(ui, "filter.endpoint.menu", x, y + ui.px(36), ui.px(320), items);
    if (picked == 0) out.push_back(intent::FilterEndpoint{});
    if (picked > 0) {
        out.push_back(intent::FilterEndpoint{
            (*scene.seen.endpoints)[static_cast<std::size_t>(picked) - 1].endpoint});
    }
    x += buttonWidth(ui, look) + ui.px(8);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kReasons = {{
    {"", "Any reason"},
    {"http_status", "HTTP status"},
    {"timeout", "Timeout"},
    {"dns", "Name look-up"},
    {"connect", "Connection"},
    {"tls", "TLS"},
    {"protocol", "Protocol"},
    {"refused_address", "Refused address"},
    {"stale_connection", "Stale connection"},
    {"local_fault", "Local fault"},
}};

void reasonFilter(Ui& ui, const Scene& scene, float& x, float y, Intents& out) {
    const std::string& chosen = scene.state.reason;
    std::array<MenuItem, kReasons.size()> items;
    std::string_view label = kReasons[0].second;
    for (std::size_t i = 0; i < kReasons.size(); ++i) {
        items[i].label = kReasons[i].second;
        items[i].chosen = kReasons[i].first == chosen;
        if (items[i].chosen) label = kReasons[i].second;
    }
    const ButtonLook look{.icon = &icons::kFilter, .label = label, .on = !chosen.empty()};
    if (button(ui, "filter.reason", x, y, look)) ImGui::OpenPopup("filter.reason.menu");
    const int picked = menu(ui, "filter.reason.menu", x, y + ui.px(36), ui.px(200), items);
    if (picked >= 0) {
        out.push_back(
            intent::FilterReason{std::string(kReasons[static_cast<std::size_t>(picked)].first)});
    }
    x += buttonWidth(ui, look) + ui.px(8);
}

void filters(Ui& ui, const Scene& scene, const Rect& bar, bool focus_search, Intents& out) {
    const State& state = scene.state;
    const float search_width = std::clamp(bar.w * 0.26F, ui.px(200), ui.px(340));
    std::string text = state.search;
    const Search parsed = state.effectiveSearch(scene.now);
    const Rect field{bar.x, bar.y, search_width, bar.h};
    if (textField(ui, "search", field, text,
                  {.hint = "Search, or code:503 \u2026",
                   .icon = &icons::kSearch,
                   .key = "/",
                   .wrong = !parsed.problem.empty(),
                   .focus = focus_search})) {
        out.push_back(intent::Type{text});
    }
    if (!parsed.problem.empty()) {
        ui.fill({field.x, field.bottom() + ui.px(2),
                 ui.width(Font::kSmall, parsed.problem) + ui.px(16), ui.px(24)},
                ui.colors().raised, ui.px(5));
        ui.text(Font::kSmall, field.x + ui.px(8), field.bottom() + ui.px(14),
                ui.colors().of(Hue::kFailed), parsed.problem);
    }
    float x = bar.x + search_width + ui.px(10);
    const bool counts = bar.w > ui.px(1040);
    for (const std::string_view status :
         {"delivered", "pending", "attempting", "failed", "cancelled"}) {
        if (status == "cancelled" && bar.w < ui.px(1000)) continue;
        x += statusChip(ui, scene, x, bar.y, status, counts, out) + ui.px(6);
    }
    x += ui.px(2);
    const bool clear = state.filtered();
    if (bar.right() - x > ui.px(150)) endpointFilter(ui, scene, x, bar.y, out);
    if (bar.right() - x > ui.px(clear ? 230 : 140)) reasonFilter(ui, scene, x, bar.y, out);
    if (!clear) return;
    const ButtonLook look{.kind = ButtonKind::kGhost, .icon = &icons::kClose, .label = "Clear"};
    const float w = buttonWidth(ui, look);
    if (button(ui, "filter.clear", std::min(x, bar.right() - w), bar.y, look)) {
        out.push_back(intent::ClearFilters{});
    }
}

// ---- table

enum Column {
    kTicked,
    kStatus,
    kSubject,
    kEndpoint,
    kClient,
    kAttempts,
    kResult,
    kTook,
    kNext,
    kUpdated,
    kCreated,
    kColumns
};

struct Table {
    std::array<float, kColumns> x{};
    std::array<float, kColumns> w{};  ///< 0: not shown
    bool shows(Column column) const { return w[column] > 0; }
    float right(Column column) const { return x[column] + w[column]; }
};

/// Columns go, from the least needed on, as the table gets narrower.
Table layOut(const Ui& ui, const Rect& area) {
    Table table;
    const float room = area.w / ui.fonts().scale();
    const auto fixed = [&](Column column, float width, float needs) {
        table.w[column] = room >= needs ? ui.px(width) : 0;
    };
    fixed(kTicked, 30, 0);
    fixed(kStatus, 112, 0);
    fixed(kAttempts, 66, 610);
    fixed(kResult, 70, 0);
    fixed(kTook, 64, 720);
    fixed(kNext, 68, 660);
    fixed(kClient, 110, 1040);
    fixed(kUpdated, 70, 960);
    fixed(kCreated, 74, 0);
    float used = ui.px(10) + ui.px(16);
    int shown = 2;
    for (const float width : table.w) {
        used += width;
        shown += width > 0 ? 1 : 0;
    }
    const float gap = ui.px(14);
    const float rest = std::max(ui.px(160), area.w - used - gap * f(shown - 1));
    table.w[kSubject] = std::floor(rest * 0.56F);
    table.w[kEndpoint] = rest - table.w[kSubject];
    float x = area.x + ui.px(14);
    for (int column = 0; column < kColumns; ++column) {
        table.x[static_cast<std::size_t>(column)] = x;
        const float width = table.w[static_cast<std::size_t>(column)];
        if (width > 0) x += width + (column == kTicked ? ui.px(4) : gap);
    }
    return table;
}

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

void headings(Ui& ui, const Scene& scene, const Table& table, const Rect& row, Intents& out) {
    const float y = row.middleY();
    const State& state = scene.state;
    const int ticks = state.all_matching ? 1 : state.ticked.empty() ? 0 : 2;
    if (checkBox(ui, "tick.all", table.x[kTicked], y, ticks)) out.push_back(intent::TickAll{});
    heading(ui, table.x[kStatus], y, "Status");
    heading(ui, table.x[kSubject], y, "Subject");
    heading(ui, table.x[kEndpoint], y, "Endpoint");
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

void cells(Ui& ui, const Scene& scene, const Table& table, const DeliveryView& row, float y) {
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
    ui.textIn(Font::kBody, table.x[kEndpoint], y, table.w[kEndpoint], c.text2,
              hostAndPort(row.endpoint));
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

void rowAt(Ui& ui, const Scene& scene, const Table& table, const Rect& rect, std::size_t index,
           Intents& out) {
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

void rows(Ui& ui, const Scene& scene, const Table& table, const Rect& area, Intents& out) {
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
    const auto& counts = scene.seen.counts;
    std::uint64_t all = 0;
    if (counts) {
        for (const auto& [status, count] : *counts) {
            if (scene.state.status.empty() || scene.state.status == status) all += count;
        }
    }
    if (counts && all >= list->size()) return counted(all, "delivery", "deliveries");
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
                     .height = 28})) {
        out.push_back(intent::AskExport{});
    }
    constexpr std::string_view kHints = "J K move   X tick   Enter open   R re-deliver   ? keys";
    const float room = right - rect.x - w - ui.px(40);
    if (ui.width(Font::kSmall, kHints) < room) {
        ui.textRight(Font::kSmall, right - ui.px(4), rect.middleY(), c.text3, kHints);
    }
}

void nothingFound(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
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

void table(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    ui.card(card);
    Rect inner = card.inset(1, 1);
    const Table columns = layOut(ui, inner);
    const Rect head = inner.takeTop(ui.px(36));
    const Rect bottom = inner.takeBottom(ui.px(38));
    headings(ui, scene, columns, head, out);
    foot(ui, scene, bottom, out);
    if (sayWhyMissing(ui, inner, scene.seen.list, scene.seen.connection)) return;
    if (scene.seen.list->size() == 0) return nothingFound(ui, scene, inner, out);
    rows(ui, scene, columns, inner, out);
    if (!scene.seen.list.problem.empty()) {
        const Rect note{inner.x + ui.px(12), inner.bottom() - ui.px(64), inner.w - ui.px(24),
                        ui.px(56)};
        Scroll above("deliveries.problem", note);
        ui.fill(note, ui.colors().card, ui.px(6));
        banner(ui, note.x, note.y, note.w, icons::kWarning, scene.seen.list.problem,
               ui.colors().of(Hue::kRetry), ui.colors().softOf(Hue::kRetry));
    }
}

/// What can be done with what is ticked; floats over the table.
void bulkBar(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    const State& state = scene.state;
    if (state.ticked.empty() && !state.all_matching) return;
    const Palette& c = ui.colors();
    const std::string label =
        state.all_matching ? "All that match" : grouped(state.ticked.size()) + " ticked";
    const ButtonLook again{.kind = ButtonKind::kPrimary,
                           .icon = &icons::kRedeliver,
                           .label = "Re-deliver",
                           .key = "R"};
    const ButtonLook cancel{.kind = ButtonKind::kGhost, .label = "Cancel", .key = "Del"};
    const ButtonLook close{.kind = ButtonKind::kGhost, .icon = &icons::kClose};
    const float w = ui.px(20) + ui.width(Font::kBodySemi, label) + ui.px(16) +
                    buttonWidth(ui, again) + ui.px(8) + buttonWidth(ui, cancel) + ui.px(4) +
                    buttonWidth(ui, close) + ui.px(8);
    const Rect bar{std::floor(card.middleX() - w / 2), card.bottom() - ui.px(38) - ui.px(64), w,
                   ui.px(50)};
    // In a window of its own: it lies over the rows, which have one too.
    Scroll above("bulk.bar", bar.inset(-ui.px(8), -ui.px(8)));
    for (int i = 6; i > 0; --i) {
        ui.fill(bar.inset(-f(i), -f(i) + ui.px(3)), rgb(0, ui.dark() ? 14 : 5), ui.px(12));
    }
    ui.box(bar, ui.dark() ? c.raised : c.card, c.line_strong, ui.px(10));
    ui.mark("bulk", bar, label);
    float x = bar.x + ui.px(20);
    x += ui.text(Font::kBodySemi, x, bar.middleY(), c.text, label) + ui.px(16);
    const float y = bar.middleY() - ui.px(16);
    if (button(ui, "bulk.redeliver", x, y, again)) out.push_back(intent::AskRedeliver{});
    x += buttonWidth(ui, again) + ui.px(8);
    if (button(ui, "bulk.cancel", x, y, cancel)) out.push_back(intent::AskCancel{});
    x += buttonWidth(ui, cancel) + ui.px(4);
    if (button(ui, "bulk.clear", x, y, close)) out.push_back(intent::ClearTicks{});
}

void rowKeys(Ui& ui, const Scene& scene, float page_rows, Intents& out) {
    if (!ui.listening()) return;
    const auto page = static_cast<std::ptrdiff_t>(page_rows);
    std::ptrdiff_t by = 0;
    while (ui.typed(U'j') || ui.pressed(Key::kDown))
        ++by;
    while (ui.typed(U'k') || ui.pressed(Key::kUp))
        --by;
    while (ui.pressed(Key::kPageDown))
        by += page;
    while (ui.pressed(Key::kPageUp))
        by -= page;
    constexpr std::ptrdiff_t kFar = 1'000'000'000;
    if (ui.pressed(Key::kHome)) by = -kFar;
    if (ui.pressed(Key::kEnd)) by = kFar;
    if (by != 0) {
        ui.clearFocus();
        out.push_back(intent::MoveFocus{by});
    }
    const std::ptrdiff_t here = scene.state.focused_row;
    if (ui.typed(U'x')) out.push_back(intent::Tick{here});
    if (ui.typed(U'a', true)) out.push_back(intent::TickAll{});
    if (ui.typed(U'e')) out.push_back(intent::AskExport{});
    if (!ui.hasVisibleFocus() && here >= 0 && ui.pressed(Key::kEnter)) {
        const bool open = !scene.state.open.empty() && scene.state.open == scene.state.focused_id;
        if (open) {
            out.push_back(intent::OpenWide{});
        } else {
            out.push_back(intent::FocusRow{here, true});
        }
    }
}

}  // namespace

void drawDeliveries(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    area = pageHeader(ui, scene, area, "Deliveries", {}, true, header, out);
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    const bool focus_search = ui.listening() && ui.typed(U'/');
    // A source without figures leaves the room to the table.
    const bool figures = !scene.seen.stats.unsupported;
    if (figures && area.h > ui.px(560)) {
        figureCards(ui, scene, area.takeTop(ui.px(90), ui.px(12)), out);
    }
    if (figures) histogram(ui, scene, area.takeTop(ui.px(74), ui.px(12)), out);
    const Rect bar = area.takeTop(ui.px(32), ui.px(12));
    Rect body = area;
    const bool detail = !scene.state.open.empty();
    const Rect side =
        detail ? body.takeRight(std::floor(std::min(ui.px(468), area.w * 0.42F)), ui.px(12))
               : Rect{};
    rowKeys(ui, scene, body.h / ui.px(36) - 3, out);
    table(ui, scene, body, out);
    filters(ui, scene, bar, focus_search, out);
    if (detail) drawDetail(ui, scene, side, false, out);
    bulkBar(ui, scene, body, out);
}

void drawDelivery(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    area = pageHeader(ui, scene, area, "Delivery", scene.state.open, false, header, out);
    if (buttonRight(ui, "delivery.back", header.right, header.y,
                    {.icon = &icons::kBack, .label = "All deliveries", .key = "Esc"})) {
        out.push_back(intent::Show{View::kDeliveries});
    }
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    if (ui.listening()) {
        if (ui.typed(U'j')) out.push_back(intent::MoveFocus{1});
        if (ui.typed(U'k')) out.push_back(intent::MoveFocus{-1});
    }
    drawDetail(ui, scene, area, true, out);
}

}  // namespace waybill::gui
