// What several views show in the same way.
#pragma once

#include <string>
#include <string_view>

#include "views/scene.h"

namespace waybill::gui {

/// A status in words and colour.
struct StatusLook {
    std::string_view label;
    Hue hue = Hue::kFirst;
    bool hollow = false;
};
StatusLook lookOf(const DeliveryView& delivery);
/// Of a bare status, as filters have it.
StatusLook lookOfStatus(std::string_view status);
StatusLook lookOfEndpoint(const EndpointView& endpoint);
Hue hueOf(const AttemptView& attempt);
Hue hueOf(Tone tone);
Hue hueOfHttpStatus(std::uint16_t status);

float statusPill(Ui& ui, float x, float y, const StatusLook& look);

/// One tick an attempt; in the first round, hollow ones for those that may follow.
void attemptTicks(Ui& ui, float x, float y, const DeliveryView& delivery);
float attemptTicksWidth(const Ui& ui);

/// `503`, `timeout`, or a dash; and its colour.
struct ResultLook {
    std::string text;
    Color color;
};
ResultLook resultOf(const Ui& ui, const LastAttempt& last);

/// Without what goes without saying: `https://` and `:443`.
std::string shortEndpoint(const std::string& endpoint);
/// Where there is little room: a port that is shown tells http from https.
std::string hostAndPort(const std::string& endpoint);
/// Without the scheme.
std::string_view shortUrl(const std::string& url);

/// Puts the command that shows what the screen shows on the clipboard, or says why there is none.
Intent copyOfScreen(const Scene& scene);

/// The open delivery's payload as it is, or why a clipboard cannot have it.
Intent copyOfPayload(const Scene& scene);

/// The strip over a view: title, comment, and the buttons every view has. Returns what is left
/// below; `right` is where more buttons may end.
struct Header {
    float right = 0;
    float y = 0;
};
Rect pageHeader(Ui& ui, const Scene& scene, Rect area, std::string_view title,
                std::string_view comment, bool with_window, Header& header, Intents& out);

/// Says over the contents that what is shown is old, and why. Nothing while all is well.
void connectionStrip(Ui& ui, const Scene& scene, Rect& area, Intents& out);

/// Nothing was heard yet and nothing will be without help: says so in the whole area.
bool saidNoConnection(Ui& ui, const Scene& scene, const Rect& area, Intents& out);

/// The five figures.
void figureCards(Ui& ui, const Scene& scene, const Rect& area, Intents& out);

/// Delivered, failed attempts that are retried, failed for good: over the window.
std::vector<struct Series> outcomeSeries(const Ui& ui, const StatsView& stats);

/// A title over a card, and a comment where there is room for it beside what takes `taken` of the
/// line at its right. Returns the part below.
Rect titledCard(Ui& ui, Rect rect, std::string_view title, std::string_view comment,
                float taken = 0);

/// Table headings in grey.
void heading(Ui& ui, float x, float y, std::string_view label);
void headingRight(Ui& ui, float right, float y, std::string_view label);

/// The rows of endpoints, in both views that have them.
void endpointHeadings(Ui& ui, const Rect& row, bool wide);
void endpointRow(Ui& ui, const Scene& scene, const EndpointView& endpoint, const Rect& row,
                 std::size_t index, bool wide, Intents& out);

}  // namespace waybill::gui
