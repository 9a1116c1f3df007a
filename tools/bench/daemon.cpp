#include "bench/daemon.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>

#include <charconv>

#include "bench/bare_client.h"
#include "bench/cpu_time.h"
#include "bench/payload.h"

namespace waybill::bench {

namespace {

constexpr auto kStartTimeout = std::chrono::seconds(60);
constexpr std::string_view kListening = "listening on ";

std::vector<std::string> command(const std::string& program, const std::string& data_directory,
                                 const std::vector<std::string>& more) {
    std::vector<std::string> words = {program,       "--data",          data_directory, "--listen",
                                      "127.0.0.1:0", "--allow-network", "loopback"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

std::uint16_t portIn(const std::string& line) {
    std::uint16_t port = 0;
    const char* const end = line.data() + line.size();
    std::from_chars(line.data() + line.rfind(':') + 1, end, port);
    return port;
}

}  // namespace

Daemon::Daemon(const std::string& program, const std::string& data_directory,
               const std::vector<std::string>& more)
    : process_(command(program, data_directory, more), ChildProcess::ErrorOutput::kDiscarded) {
    const auto begin = monotonicNow();
    std::string line;
    while (!line.starts_with(kListening))
        line = process_.readLine(kStartTimeout);
    port_ = portIn(line);
    while (!ready()) {
        if (monotonicNow() - begin > kStartTimeout) {
            throw Poco::TimeoutException(program + " does not become ready");
        }
    }
    ready_after_ = monotonicNow() - begin;
}

bool Daemon::ready() const {
    Poco::Net::HTTPClientSession session("127.0.0.1", port_);
    Poco::Net::HTTPRequest request("GET", "/readyz", Poco::Net::HTTPMessage::HTTP_1_1);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    session.receiveResponse(response);
    return response.getStatus() == Poco::Net::HTTPResponse::HTTP_OK;
}

std::string Daemon::deliveryRequest(const std::string& url, std::size_t payload_bytes) const {
    const std::string body =
        "{\"url\":\"" + url + "\",\"payload\":" + makePayload(payload_bytes, monotonicNow()) + "}";
    return postRequest(port_, "/v1/deliveries", body);
}

}  // namespace waybill::bench
