// One exchange with the operator API of a daemon.
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/URI.h>

#include <functional>
#include <iosfwd>
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

    /// Reads server-sent events until `on_event` returns false or they end; null stands for a
    /// comment. Any other answer than 200 is returned with its body.
    AdminAnswer follow(const std::string& path,
                       const std::function<bool(const std::string* data)>& on_event) const;

    /// To throw when a stream of events ended.
    Poco::RuntimeException ended() const;

private:
    using ReadBody = std::function<std::string(std::istream& stream, int status)>;

    AdminAnswer send(const std::string& method, const std::string& path, const std::string& body,
                     const ReadBody& read_body) const;
    AdminAnswer exchange(const std::string& method, const std::string& path,
                         const std::string& body, const ReadBody& read_body) const;
    Poco::RuntimeException unreachable(const std::string& why) const;
    Poco::RuntimeException tlsFailed(const Poco::Exception& error) const;
    std::unique_ptr<Poco::Net::HTTPClientSession> connect() const;
    Poco::Net::Context::Ptr tls() const;

    HttpAdminApiOptions options_;
    Poco::URI uri_;
};

}  // namespace waybill
