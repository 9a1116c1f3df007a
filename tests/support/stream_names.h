// Streams for tests that only need some.
#pragma once

#include "waybill/event.h"

namespace waybill::test {

inline const StreamId kOne = "dlv_00000000000000000000000001";
inline const StreamId kTwo = "dlv_00000000000000000000000002";
inline const StreamId kThree = "dlv_00000000000000000000000003";
inline const StreamId kResponse = "resp_0000000000000000000000001";
inline const StreamId kEndpoint = "https://example.com:443";
inline const StreamId kBulk = "blk_00000000000000000000000001";

}  // namespace waybill::test
