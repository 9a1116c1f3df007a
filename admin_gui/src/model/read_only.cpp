#include "model/read_only.h"

namespace waybill::gui {

std::string whyReadOnly(const Snapshot& seen) {
    if (!seen.info) return {};
    if (seen.info->source == "log file") {
        return "A log file is open, and only the daemon that writes it can act. Start "
               "waybill-admin with --data DIR or --server URL.";
    }
    if (seen.info->role == "viewer") {
        return "The token has the role viewer. Ask for one with the role operator.";
    }
    return {};
}

std::string whyNotAdmin(const Snapshot& seen) {
    const std::string why = whyReadOnly(seen);
    if (!why.empty() || !seen.info || seen.info->role == "admin") return why;
    return "The token has the role " + seen.info->role + "; this needs one with the role admin.";
}

}  // namespace waybill::gui
