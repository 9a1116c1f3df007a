// Receivers that do as they are told.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/test_certificates.h"

namespace waybill {

/// The receiver's end of one connection, for its script. Blocks; every call returns when the
/// sender goes away or the receiver is destroyed.
class ScriptedPeer {
public:
    ScriptedPeer(int fd, int number, SSL_CTX* tls);
    ~ScriptedPeer();
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    /// 1 for the receiver's first connection, and so on.
    int number() const { return number_; }

    /// Head and body (by Content-Length) of the next request; nothing when there is none.
    std::optional<std::string> readRequest();

    /// What comes next, whatever it is; nothing when the sender is gone.
    std::optional<std::string> readSome();

    /// Until the sender has sent something, whatever it is; false when it is gone.
    bool awaitAnything();

    /// False when the sender is gone.
    bool send(std::string_view bytes);

    /// One byte at a time, so far apart, then from the start again until the sender is gone.
    void dripForever(std::string_view bytes, std::chrono::milliseconds apart);

    /// As fast as they are taken, until the sender is gone. Returns how many bytes were taken.
    std::size_t sendForever(std::string_view bytes);

    /// New TLS keys, again and again, until the sender is gone.
    void changeKeysForever();

    /// The last that is sent: each byte in a TLS record of its own, made before the first leaves.
    /// `begun` is told when the sender has taken some of them.
    void sendByteByByte(std::string_view bytes, const std::function<void()>& begun);

    /// Reads and drops until the sender closes.
    void awaitClose();

    /// Reads nothing, until the sender resets the connection.
    void awaitDisconnect();

    /// Closes with a TCP reset.
    void reset();

    /// Says that nothing more will be sent, and goes on reading.
    void closeSending();

    bool sessionResumed() const;
    std::string serverName() const;  ///< SNI

    // For the receiver itself.
    bool handshake();
    void interrupt();  ///< from another thread

private:
    int fd_;
    int number_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    std::string buffered_;
};

/// Listens on a loopback address and a port of its own and runs the script for every connection, in
/// a thread each. When the script returns, the connection is closed.
class ScriptedReceiver {
public:
    using Script = std::function<void(ScriptedPeer&)>;

    explicit ScriptedReceiver(Script script, std::optional<TestIdentity> identity = std::nullopt,
                              const std::string& address = "127.0.0.1", std::uint16_t port = 0);
    ~ScriptedReceiver();
    ScriptedReceiver(const ScriptedReceiver&) = delete;
    ScriptedReceiver& operator=(const ScriptedReceiver&) = delete;

    std::uint16_t port() const { return port_; }
    std::string url(const std::string& host = "127.0.0.1") const;

    /// How many connections there have been.
    int accepted() const { return accepted_; }

    /// Whether within a few seconds all connections are over.
    bool awaitAllClosed();

private:
    void acceptAll();
    void serve(int fd, int number);

    const Script script_;
    std::shared_ptr<SSL_CTX> tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<ScriptedPeer*> open_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// Takes connections, as many as `backlog`, and never a byte. More do not even get an answer.
class SilentListener {
public:
    explicit SilentListener(const std::string& address = "127.0.0.1", std::uint16_t port = 0,
                            int backlog = 4096);
    ~SilentListener();
    SilentListener(const SilentListener&) = delete;
    SilentListener& operator=(const SilentListener&) = delete;

    std::uint16_t port() const { return port_; }

    /// Uses up the backlog, so that whoever connects from now on hears nothing at all.
    void fillBacklog();

private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<int> fillers_;
};

/// `HTTP/1.1 <status>` with a body of the length it says.
std::string answer(int status, std::string_view body = "", std::string_view more_headers = "");

/// The script of a good receiver: 200 and `fine` to every request.
void alwaysFine(ScriptedPeer& peer);

}  // namespace waybill
