// What was sent with each attempt, as far as it may be shown.
#pragma once

#include <vector>

#include "read/attachment_reader.h"
#include "waybill/views.h"

namespace waybill::sqlite {

/// Fills in the request headers of a delivery's attempts from its events and the destinations
/// beside them. A token is masked; signatures are not kept and not shown.
void addRequestHeaders(std::vector<AttemptView>& attempts, const std::vector<RecordedEvent>& stream,
                       AttachmentReader& attachments);

}  // namespace waybill::sqlite
