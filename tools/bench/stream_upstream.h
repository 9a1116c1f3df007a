// A model's server that streams.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>

namespace waybill::bench {

/// Answers every POST with a chat stream whose first event comes at once. `kShort` ends it then;
/// `kLong` goes on with forty tokens each second, in one event, until the destructor. On one epoll,
/// in a thread of its own, so that it is no slower than what is measured behind it.
class StreamUpstream {
public:
    enum class Kind { kShort, kLong };

    explicit StreamUpstream(Kind kind);
    ~StreamUpstream();
    StreamUpstream(const StreamUpstream&) = delete;
    StreamUpstream& operator=(const StreamUpstream&) = delete;

    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    void run();
    void accept();
    void read(int connection);
    void sendEvents();

    const Kind kind_;
    int listener_;
    int epoll_;
    int alarm_;
    std::uint16_t port_ = 0;
    struct Call {
        std::string request;  ///< as much as has come
        std::string id;       ///< of the object; empty: nothing was answered yet
    };
    std::map<int, Call> calls_;  ///< by connection
    std::uint64_t answered_ = 0;
    std::thread thread_;
};

/// A chat request that asks for a stream, with its head.
std::string streamRequest(std::uint16_t port);

}  // namespace waybill::bench
