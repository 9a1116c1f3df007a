// One exchange with the operator API of a daemon.
#pragma once

#include <Poco/URI.h>

#include <memory>
#include <string>

#include "waybill/admin_api.h"

namespace Poco::Net {
class HTTPClientSession;
}

namespace waybill {

struct AdminAnswer {
    int status = 0;
    std::string body;
};

/// Any thread. One connection a call: calls are rare, and a kept connection could die unnoticed in
/// between. Throws Poco::Exception, with what to do in its message, when there is no answer or the
/// token is not accepted.
class AdminConnection {
public:
    /// Throws ConfigError for options that cannot be used.
    explicit AdminConnection(HttpAdminApiOptions options);

    const std::string& server() const { return options_.server; }

    /// `path`: below /admin/v1/, encoded.
    AdminAnswer get(const std::string& path) const;
    AdminAnswer post(const std::string& path, const std::string& json) const;

private:
    AdminAnswer send(const std::string& method, const std::string& path,
                     const std::string& body) const;
    AdminAnswer exchange(const std::string& method, const std::string& path,
                         const std::string& body) const;
    std::unique_ptr<Poco::Net::HTTPClientSession> connect() const;

    HttpAdminApiOptions options_;
    Poco::URI uri_;
};

}  // namespace waybill
