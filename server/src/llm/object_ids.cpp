#include "llm/object_ids.h"

#include "waybill/errors.h"

namespace waybill::server {

ObjectIds::Claim ObjectIds::claim(const std::string& wanted, const std::string& fallback) {
    if (!wanted.empty() && wanted != fallback) {
        bool ours = false;
        {
            const std::lock_guard lock(mutex_);
            ours = claimed_.insert(wanted).second;
        }
        // Looked up only once it is claimed: nobody can record it in between.
        if (ours) {
            Claim claim(*this, wanted);
            if (!isRecorded(wanted)) return claim;
        }
    }
    const std::lock_guard lock(mutex_);
    claimed_.insert(fallback);
    return Claim(*this, fallback);
}

bool ObjectIds::isRecorded(const std::string& id) const {
    try {
        return model_.findResponse(id).has_value();
    } catch (const StoreUnavailable&) {
        return false;
    }
}

void ObjectIds::release(const std::string& id) {
    const std::lock_guard lock(mutex_);
    claimed_.erase(id);
}

}  // namespace waybill::server
