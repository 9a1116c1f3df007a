// The door of the operator API.
#pragma once

#include <string_view>

#include "waybill/server/operator_api.h"

namespace waybill::server {

/// What an operator asks for.
struct Asked {
    Role needed = Role::kViewer;
    std::string_view route{};  ///< its pattern, for the log
};

/// Lets a request pass whose bearer token is an operator's of at least the role needed: 401 for
/// others, or 429 where there were too many; 403 with the reason for a lesser role, for the name of
/// another operator, for want of a client certificate that is needed, and for a page of another
/// site whatever it knows. What is refused is noted in `options.trail`. Sets `principal` to
/// `operator:<name>`, and `principal_claimed`.
std::optional<HttpResponse> admitOperator(const OperatorApiOptions& options, const Asked& asked,
                                          HttpRequest& request);

/// The role of the operator whose request was admitted.
Role roleOf(const OperatorApiOptions& options, const HttpRequest& request);

/// 429: there were too many wrong credentials from where this request comes.
HttpResponse tooManyFailedLogins(const HttpRequest& request, Duration wait);

}  // namespace waybill::server
