// What a view is given: it draws this and asks for changes through intents.
#pragma once

#include <string>

#include "draw/ui.h"
#include "draw/widgets.h"
#include "model/headline.h"
#include "model/intent.h"
#include "model/snapshot.h"

namespace waybill::gui {

/// Who we are connected to, as the operator named it.
struct Place {
    std::string name{};     ///< `http://127.0.0.1:8080`, or a path
    std::string comment{};  ///< where the token came from …
    std::string command{};  ///< `waybill --data DIR`: the command line tool for the same source
    std::string settings_path{};
    bool can_verify = false;
};

struct Scene {
    const Snapshot& seen;
    const State& state;
    const Place& place;
    const Headline& headline;
    const Result<DeliveryFilter>& filter;  ///< of the deliveries; refused: it cannot be understood
    Timestamp now{};                       ///< the other side's clock where it is known
    std::string read_only{};               ///< why nothing can be changed here; empty: it can
};

/// Each draws into its area and adds to `out` what the operator asked for.
void drawNavigation(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawOverview(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawDeliveries(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawDelivery(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawEndpoints(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawTail(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawEvents(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawSettings(Ui& ui, const Scene& scene, Rect area, Intents& out);
void drawDialogs(Ui& ui, const Scene& scene, Intents& out);
/// Returns how much of the lower edge of the area it takes.
float drawRuns(Ui& ui, const Scene& scene, const Rect& area, Intents& out);

/// The open delivery beside the table, or filling the view.
void drawDetail(Ui& ui, const Scene& scene, const Rect& area, bool wide, Intents& out);

}  // namespace waybill::gui
