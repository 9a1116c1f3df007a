#include "admin/admin_connection.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>

#include "admin/event_stream_reader.h"
#include "admin/query_string.h"
#include "waybill/errors.h"
#include "waybill/text_check.h"

namespace waybill {
namespace {

using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr std::size_t kMaxAnswerBytes = 256 * 1024 * 1024;  // a payload may have 64 MiB
constexpr int kConnectSeconds = 5;
constexpr int kAnswerSeconds = 30;

Poco::URI parsedServer(const std::string& server) {
    const ConfigError unusable("\"" + server +
                               "\" is not the address of a daemon; write it like "
                               "http://127.0.0.1:8080");
    try {
        Poco::URI uri(server);
        const bool scheme_known = uri.getScheme() == "http" || uri.getScheme() == "https";
        const bool bare = uri.getPathEtc().empty() || uri.getPathEtc() == "/";
        if (!scheme_known || uri.getHost().empty() || !uri.getUserInfo().empty() || !bare) {
            throw unusable;
        }
        return uri;
    } catch (const Poco::SyntaxException&) {
        throw unusable;
    }
}

/// Poco writes header values as they are: a line break in one would add a header.
void requireSendable(const std::string& text, std::string_view what) {
    const bool visible =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
    if (visible) return;
    throw ConfigError("The " + std::string(what) +
                      " holds characters that cannot be sent; use visible ASCII only");
}

/// A name as a header carries it: what is not visible ASCII, and `%`, percent-encoded.
std::string headerForm(const std::string& name) {
    if (name.empty()) return name;
    if (const auto problem = nameProblem(name)) {
        throw ConfigError("The name of the actor " + *problem);
    }
    std::string value;
    for (const char& c : name) {
        if (c > 0x20 && c < 0x7F && c != '%') {
            value += c;
        } else {
            appendPercentEncoded(value, {&c, 1});
        }
    }
    return value;
}

std::string readBounded(std::istream& stream) {
    std::string body;
    std::array<char, 16 * 1024> buffer{};
    while (stream.read(buffer.data(), buffer.size()), stream.gcount() > 0) {
        body.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
        if (body.size() > kMaxAnswerBytes) throw Poco::Net::MessageException("answer too large");
    }
    return body;
}

std::string readWhole(std::istream& stream, int) {
    return readBounded(stream);
}

}  // namespace

AdminConnection::AdminConnection(HttpAdminApiOptions options)
    : options_(std::move(options)), uri_(parsedServer(options_.server)) {
    requireSendable(uri_.getHost(), "address of the daemon");
    requireSendable(options_.token, "token");
    options_.actor = headerForm(options_.actor);
    if (options_.client_certificate_file.empty() != options_.client_key_file.empty())
        throw ConfigError("A client certificate and its key belong together: give both");
    if (options_.client_certificate_file.empty()) return;
    if (uri_.getScheme() != "https")
        throw ConfigError(
            "A client certificate is shown over https only, and the daemon's address is " +
            options_.server);
    tls();
}

/// Read anew for each call, as files are renewed. Throws ConfigError for a client certificate that
/// cannot be used.
Poco::Net::Context::Ptr AdminConnection::tls() const {
    using Poco::Net::Context;
    try {
        return new Context(Context::TLS_CLIENT_USE, options_.client_key_file,
                           options_.client_certificate_file, "", Context::VERIFY_STRICT, 9, true);
    } catch (const Poco::Exception&) {
        if (options_.client_certificate_file.empty()) throw;
        ::ERR_clear_error();
        throw ConfigError("The client certificate " + options_.client_certificate_file +
                          " and its key " + options_.client_key_file +
                          " cannot be used: give a PEM certificate (chain) and its PEM key");
    }
}

AdminAnswer AdminConnection::get(const std::string& path) const {
    return send(HTTPRequest::HTTP_GET, path, {}, readWhole);
}

AdminAnswer AdminConnection::post(const std::string& path, const std::string& json) const {
    return send(HTTPRequest::HTTP_POST, path, json, readWhole);
}

AdminAnswer AdminConnection::follow(
    const std::string& path, const std::function<bool(const std::string* data)>& on_event) const {
    return send(HTTPRequest::HTTP_GET, path, {}, [&](std::istream& stream, int status) {
        if (status != HTTPResponse::HTTP_OK) return readBounded(stream);
        readEventStream(stream, on_event);
        return std::string();
    });
}

Poco::RuntimeException AdminConnection::ended() const {
    return unreachable("the stream of events ended");
}

Poco::RuntimeException AdminConnection::unreachable(const std::string& why) const {
    return Poco::RuntimeException("No waybilld could be reached at " + options_.server + " (" +
                                  why + "). Is it running, and is this its address?");
}

Poco::RuntimeException AdminConnection::tlsFailed(const Poco::Exception& error) const {
    const std::string why = error.displayText();
    const bool unverified =
        why.find("certificate verify failed") != std::string::npos ||
        dynamic_cast<const Poco::Net::CertificateValidationException*>(&error) != nullptr;
    if (!unverified) return unreachable(why);
    return Poco::RuntimeException(
        "The certificate of " + options_.server +
        " does not verify. It must name this host, and its authority must be one of the system's "
        "or stand in the file that the environment variable SSL_CERT_FILE names");
}

AdminAnswer AdminConnection::send(const std::string& method, const std::string& path,
                                  const std::string& body, const ReadBody& read_body) const {
    try {
        AdminAnswer answer = exchange(method, path, body, read_body);
        if (answer.status == HTTPResponse::HTTP_UNAUTHORIZED) {
            throw Poco::NoPermissionException(
                "The waybilld at " + options_.server +
                " does not accept this token. The right one is in the file admin.token of its "
                "data directory; name it with --token-file");
        }
        return answer;
    } catch (const Poco::Net::ConnectionRefusedException&) {
        throw unreachable("nothing listens there");
    } catch (const Poco::Net::NoMessageException&) {
        throw unreachable("the connection was closed without an answer");
    } catch (const Poco::TimeoutException&) {
        throw unreachable("no answer in time");
    } catch (const Poco::Net::SSLException& error) {
        throw tlsFailed(error);
    } catch (const Poco::IOException& error) {
        throw unreachable(error.displayText());
    }
}

AdminAnswer AdminConnection::exchange(const std::string& method, const std::string& path,
                                      const std::string& body, const ReadBody& read_body) const {
    const auto session = connect();
    HTTPRequest request(method, "/admin/v1/" + path, HTTPRequest::HTTP_1_1);
    request.set("Authorization", "Bearer " + options_.token);
    if (!options_.actor.empty()) request.set("Waybill-Actor", options_.actor);
    if (method == HTTPRequest::HTTP_POST) {
        request.setContentType("application/json");
        request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    session->sendRequest(request) << body << std::flush;

    HTTPResponse response;
    std::istream& stream = session->receiveResponse(response);
    return {response.getStatus(), read_body(stream, response.getStatus())};
}

std::unique_ptr<HTTPClientSession> AdminConnection::connect() const {
    std::unique_ptr<HTTPClientSession> session;
    if (uri_.getScheme() == "https") {
        session =
            std::make_unique<Poco::Net::HTTPSClientSession>(uri_.getHost(), uri_.getPort(), tls());
    } else {
        session = std::make_unique<HTTPClientSession>(uri_.getHost(), uri_.getPort());
    }
    session->setProxyConfig(HTTPClientSession::ProxyConfig());  // no proxy, whatever is configured
    session->setTimeout(Poco::Timespan(kConnectSeconds, 0), Poco::Timespan(kAnswerSeconds, 0),
                        Poco::Timespan(kAnswerSeconds, 0));
    return session;
}

}  // namespace waybill
