// Ids in a request's body by which it names things that the backend keeps.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace waybill::server {

/// One of them.
struct NamedId {
    std::string_view kind;  ///< of what, for a person: `file`, `conversation` …; `thing`: unknown
    std::string param;      ///< where it stands: `input[0].content[1].file_id`; at most 200 bytes
};

/// Whether an id of such a kind, escapes resolved, is to be refused.
using IdRefusal = std::function<bool(std::string_view kind, const std::string& id)>;

inline constexpr std::string_view kResponseId = "response";

/// The first id that is to be refused. What counts as one stands in a table in the .cpp, with
/// sources; a member whose name looks like an id's (`…_id`, `…_ids`, `…Id`) counts too, unless it
/// is known to name nothing that is kept. `json` must have passed `checkJson`. One pass; nothing is
/// copied but what is found.
std::optional<NamedId> firstRefusedId(std::string_view json, const IdRefusal& refused);

/// The ids that the backend gave out in an object of one of the create APIs: of output items, of
/// the containers and files that they name, of sounds. Not those that the object says after its
/// request.
std::set<std::string> idsGivenIn(std::string_view object);

}  // namespace waybill::server
