// The door of the operator API.
#pragma once

#include "waybill/server/operator_api.h"

namespace waybill::server {

/// Lets a request pass whose bearer token is an operator's of at least `needed` role: 401 for
/// others, 403 with the reason for a lesser role, and for a page of another site whatever it knows.
/// Sets `principal` to `operator:<name>`.
std::optional<HttpResponse> admitOperator(const OperatorApiOptions& options, Role needed,
                                          HttpRequest& request);

/// The role of the operator whose request was admitted.
Role roleOf(const OperatorApiOptions& options, const HttpRequest& request);

}  // namespace waybill::server
