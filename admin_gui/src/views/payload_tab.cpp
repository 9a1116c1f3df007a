// The payload: JSON that can be folded, or the text as it is.
#include "model/format.h"
#include "views/detail_tabs.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

Color colorOf(const Palette& c, JsonKind kind) {
    switch (kind) {
        case JsonKind::kText:
            return c.json_text;
        case JsonKind::kNumber:
            return c.json_number;
        case JsonKind::kWord:
            return c.json_word;
        default:
            return c.text2;
    }
}

/// The rows that are not folded away.
std::vector<std::uint32_t> visibleRows(const JsonTree& tree,
                                       const std::set<std::uint32_t>& folded) {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
        rows.push_back(i);
        if (tree[i].close != 0 && folded.count(i) != 0) i = tree[i].close;
    }
    return rows;
}

void jsonRow(Ui& ui, const Scene& scene, const JsonTree& tree, std::uint32_t index,
             std::size_t number, const Rect& row, Intents& out) {
    const Palette& c = ui.colors();
    const JsonRow& json = tree[index];
    const float y = row.middleY();
    ui.textRight(Font::kMonoSmall, row.x + ui.px(34), y, faded(c.text3, 0.75F),
                 std::to_string(number + 1));
    const float indent = ui.px(14);
    // What is nested deeper than half the width shows stays readable at its edge.
    const int shown = std::min<int>(json.depth, static_cast<int>(row.w / 2 / indent));
    for (int depth = 1; depth <= shown; ++depth) {
        ui.vertical(row.x + ui.px(46) + indent * f(depth) - ui.px(8), row.y, row.h, c.line);
    }
    float x = row.x + ui.px(56) + indent * f(shown);
    const bool opens = json.close != 0;
    const bool folded = opens && scene.state.folded_json.count(index) != 0;
    if (opens) {
        const std::string name = "json." + std::to_string(index);
        const Rect target{row.x + ui.px(40), row.y, row.w - ui.px(40), row.h};
        const Hit hit = ui.hit(name.c_str(), target, json.key, true, false);
        if (hit.hovered) ui.fill(target, c.hover, ui.px(3));
        if (hit.clicked) out.push_back(intent::FoldJson{index});
        ui.icon(folded ? icons::kRight : icons::kDown, x - ui.px(15), y, c.text3, Font::kIconSmall);
    }
    const float limit = row.right() - ui.px(10);
    if (!json.key.empty()) {
        x += ui.textIn(Font::kMonoSmall, x, y, limit - x, c.json_key, json.key);
        x += ui.text(Font::kMonoSmall, x, y, c.text3, ": ");
    }
    std::string text = json.text;
    if (folded) text += std::string(" \u2026 ") + tree[json.close].text;
    const bool comma = folded ? tree[json.close].comma : json.comma && !opens;
    if (comma) text += ',';
    x += ui.textIn(Font::kMonoSmall, x, y, limit - x, colorOf(c, json.kind), text);
    if (folded) {
        const char* what = json.kind == JsonKind::kArray ? "values" : "members";
        ui.textIn(Font::kSmall, x + ui.px(10), y, limit - x - ui.px(10), c.text3,
                  std::to_string(json.members) + " " + what);
    }
}

void jsonRows(Ui& ui, const Scene& scene, const PayloadText& payload, const Rect& area,
              Intents& out) {
    const auto visible = visibleRows(payload.tree, scene.state.folded_json);
    Scroll scroll("payload.json", area);
    const float row = ui.px(21);
    const auto first = static_cast<std::size_t>(std::max(0.F, (area.y - scroll.top()) / row));
    const std::size_t last =
        std::min(visible.size(), first + static_cast<std::size_t>(area.h / row) + 2);
    for (std::size_t i = first; i < last; ++i) {
        jsonRow(ui, scene, payload.tree, visible[i], i,
                {area.x, scroll.top() + ui.px(6) + row * f(i), scroll.width(), row}, out);
    }
    scroll.contents(row * f(visible.size()) + ui.px(12));
}

void rawLines(Ui& ui, const PayloadText& payload, const Rect& area) {
    Scroll scroll("payload.raw", area);
    const std::string& text = *payload.bytes;
    const float row = ui.px(19);
    const auto first = static_cast<std::size_t>(std::max(0.F, (area.y - scroll.top()) / row));
    const std::size_t last =
        std::min(payload.lines.size(), first + static_cast<std::size_t>(area.h / row) + 2);
    for (std::size_t i = first; i < last; ++i) {
        const std::size_t begin = payload.lines[i];
        std::size_t end = i + 1 < payload.lines.size() ? payload.lines[i + 1] : text.size();
        while (end > begin && (text[end - 1] == '\n' || text[end - 1] == '\r'))
            --end;
        const float y = scroll.top() + ui.px(6) + row * f(i) + row / 2;
        ui.textRight(Font::kMonoSmall, area.x + ui.px(34), y, faded(ui.colors().text3, 0.75F),
                     std::to_string(i + 1));
        ui.textIn(Font::kMonoSmall, area.x + ui.px(48), y, scroll.width() - ui.px(58),
                  ui.colors().text2, std::string_view(text).substr(begin, end - begin));
    }
    scroll.contents(row * f(payload.lines.size()) + ui.px(12));
}

}  // namespace

void payloadTab(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const auto& loaded = scene.seen.open.payload;
    if (sayWhyMissing(ui, area, loaded, scene.seen.connection)) return;
    const PayloadText& payload = *loaded;
    Rect inner = area.inset(ui.px(18), 0);
    const Rect bar = inner.takeTop(ui.px(44));
    const DeliveryView& delivery = scene.seen.open.detail->delivery;
    float right = bar.right();
    const float y = bar.y + ui.px(8);
    if (buttonRight(
            ui, "payload.copy", right, y,
            {.kind = ButtonKind::kGhost, .icon = &icons::kCopy, .label = "Copy", .height = 28})) {
        out.push_back(copyOfPayload(scene));
    }
    const bool json = !payload.tree.empty();
    if (json) {
        if (buttonRight(ui, "payload.raw", right, y,
                        {.kind = ButtonKind::kGhost,
                         .label = scene.state.raw_payload ? "As JSON" : "Raw",
                         .height = 28})) {
            out.push_back(intent::SetRaw{!scene.state.raw_payload});
        }
        if (!scene.state.raw_payload) {
            const bool folded = !scene.state.folded_json.empty();
            if (buttonRight(ui, "payload.fold", right, y,
                            {.kind = ButtonKind::kGhost,
                             .label = folded ? "Unfold all" : "Fold all",
                             .height = 28})) {
                out.push_back(intent::FoldAllJson{!folded});
            }
        }
    }
    ui.textIn(Font::kSmall, bar.x, bar.middleY(), right - bar.x, ui.colors().text3,
              delivery.content_type + " \u00b7 " + byteCount(delivery.payload_bytes));
    inner.takeBottom(ui.px(14));
    ui.box(inner, ui.colors().code, ui.colors().line, ui.px(8));
    const Rect code = inner.inset(1, 1);
    if (payload.bytes->empty()) {
        emptyState(ui, code, {.icon = &icons::kInbox, .title = "The payload is empty"});
    } else if (json && !scene.state.raw_payload) {
        jsonRows(ui, scene, payload, code, out);
    } else {
        rawLines(ui, payload, code);
    }
}

}  // namespace waybill::gui
