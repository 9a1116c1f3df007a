// Conversations that go on from an earlier response.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "llm/create_request.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// By what id the backend knows a stored response; empty: by the object's own. Throws
/// StoreUnavailable.
std::string backendIdOf(const Response& response, const sqlite::ReadModel& model);

/// Both ids of the response that a create request goes on from, where it names one of `client`
/// whose backend knows it by another; else nothing, as while the log cannot be read.
std::optional<PreviousId> findPreviousId(std::string_view body, const std::string& client,
                                         const sqlite::ReadModel& model);

/// The same from a request as the backend gets it and an object that shows the client's id.
std::optional<PreviousId> previousIdBetween(std::string_view backends_body,
                                            std::string_view clients_object);

/// A create request's body with the backend's id; every other byte as it was.
std::string withBackendsPreviousId(std::string body, const PreviousId& previous);

/// An object in which the backend echoes its id, with the client's instead.
std::string withClientsPreviousId(std::string object, const PreviousId& previous);

}  // namespace waybill::server
