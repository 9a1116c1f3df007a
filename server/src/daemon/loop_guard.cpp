#include "daemon/loop_guard.h"

#include <algorithm>
#include <array>

#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

// The second is in the callbacks of all versions, the third in those of `check`.
constexpr std::array<std::string_view, 3> kMarks = {"waybill-hops", "waybill-attempt",
                                                    "waybill-check"};

}  // namespace

std::optional<HttpResponse> refuseCallback(const HttpRequest& request) {
    if (!request.path.starts_with("/v1/") && !request.path.starts_with("/admin/v1/"))
        return std::nullopt;
    const auto mark = std::find_if(kMarks.begin(), kMarks.end(), [&](std::string_view name) {
        return request.headers.find(name) != nullptr;
    });
    if (mark == kMarks.end()) return std::nullopt;
    return errorResponse(
        request, {508,
                  "This request is itself a callback (" + std::string(*mark) +
                      "); taken as work it would be called back in turn, without end. Give the "
                      "callback another URL. A program that makes a request of its own when it is "
                      "called back leaves this header out.",
                  std::string(*mark), "loop_detected"});
}

}  // namespace waybill::server
