#include "waybill/sqlite/log.h"

namespace waybill::sqlite {}
