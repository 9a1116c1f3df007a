// One look at what is wanted and what is here: asks for the difference.
#pragma once

#include <memory>

#include "feed/feed_core.h"

namespace waybill::gui {

/// On the thread that owns the feed; posts questions, waits for none.
void tickOnce(const std::shared_ptr<Feed::Core>& core, Lanes& lanes, const Interest& want);

}  // namespace waybill::gui
