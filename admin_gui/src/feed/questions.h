// What a tick may ask the other side: each question where its answer is missing or too old.
#pragma once

#include "feed/tick.h"

namespace waybill::gui {

// All of them post what is to be asked, and wait for nothing.

void askForPulse(Tick& tick);         ///< is it there, and where does its log end?
void askForList(Tick& tick);          ///< the rows that are visible, and some ahead
void askForCounts(Tick& tick);        ///< how many there are of each status
void askForLookup(Tick& tick);        ///< the response that is looked for among no deliveries
void askForOpenDelivery(Tick& tick);  ///< the one that is open, with what of it is shown
void askForRuns(Tick& tick);          ///< how far the bulk runs are; those that ended go in time
void askForFigures(Tick& tick);       ///< the charts, the endpoints, whom a troubled one affects
void askForStretch(Tick& tick);       ///< a page of the log

/// First what was, then what comes: followed where the source can, asked for where it cannot.
void askForTail(Tick& tick);

}  // namespace waybill::gui
