#include "waybill/version.h"

namespace waybill {

const char* version() noexcept {
    return WAYBILL_VERSION;
}

}  // namespace waybill
