// May a client name what its request names?
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "waybill/server/api_error.h"
#include "waybill/server/request_memory.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// What clients share at the upstream.
struct Sharing {
    bool account = false;  ///< several clients, one key of the operator's
    bool ids = false;      ///< and the operator lets each name whatever is in it
};

/// The ids that stored objects name, so that none is read twice for them: a call that is refused
/// costs its client nothing. About 16 MiB at most. Any thread.
class ReadObjects {
public:
    struct Object {
        std::set<std::string> ids{};
        std::size_t bytes = 0;  ///< of the object
    };

    /// Null: it was not read, or is forgotten.
    std::shared_ptr<const Object> find(const StreamId& response) const;

    void keep(const StreamId& response, std::shared_ptr<const Object> object);

private:
    mutable std::mutex mutex_;
    std::unordered_map<StreamId, std::shared_ptr<const Object>> objects_;
    std::size_t weight_ = 0;
};

/// Looks after the ids that the body of a request names (gateway/named_ids.h). A response that
/// another client holds is never reached. Where clients share an account and not their ids, neither
/// is anything else that the client was not given in an answer: responses are looked up in the
/// log, and what they name (items, containers, files, sounds) in the newest 500 of the client's own
/// objects, 32 MiB at most. Any thread.
class IdGuard {
public:
    IdGuard(const sqlite::ReadModel& model, Sharing sharing) : model_(model), sharing_(sharing) {}

    bool clientsShareAccount() const { return sharing_.account; }
    bool refusesUnknown() const { return sharing_.account && !sharing_.ids; }

    /// Why the request may not go upstream: 404 for an id that is not the client's, in the same
    /// words whether it is another's or nobody's; 503 while that cannot be looked up and `memory`
    /// (null: nobody counts) has no room for it. `body` must have passed `checkJson`.
    std::optional<ApiError> refusalOf(std::string_view body, const std::string& client,
                                      RequestMemory* memory) const;

private:
    bool isForeign(const std::string& response, const std::string& client) const;

    const sqlite::ReadModel& model_;
    const Sharing sharing_;
    mutable ReadObjects read_;
};

}  // namespace waybill::server
