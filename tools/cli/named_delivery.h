// Which delivery somebody means.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/console.h"
#include "waybill/admin_api.h"

namespace waybill::cli {

/// The deliveries that an id stands for: the one it is the id of, those that it is the subject of
/// (newest first, at most 20), or the callback of the response it is the id of. Empty: none.
Result<std::vector<StreamId>> deliveriesNamed(AdminApi& api, const std::string& id);

/// The one that it stands for; refused where there is none, or more than one.
Result<StreamId> deliveryNamed(AdminApi& api, const std::string& id);

/// Why there is none: what became of the callback of the response with this id, and what can be
/// done; or that there is no such thing.
std::string whyNoDelivery(AdminApi& api, const std::string& id);

/// Does `act` to the one that each of `ids` stands for, once to each however often it is named, and
/// shows what became of it. What is refused is complained about, and does not keep the others from
/// being done. `otherwise`, if there is one, is done for an id that stands for no delivery. Returns
/// the exit code.
int actOnEach(AdminApi& api, const std::vector<std::string>& ids, Console& console,
              const std::function<Result<DeliveryView>(const StreamId&)>& act,
              const std::function<void(const DeliveryView&)>& show,
              const std::function<Result<DeliveryView>(const std::string&)>& otherwise = {});

}  // namespace waybill::cli
