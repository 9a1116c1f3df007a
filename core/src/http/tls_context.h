// What all TLS connections share: trust, settings, sessions to resume.
#pragma once

#include <openssl/ssl.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "http/problems.h"

namespace waybill::http {

template <auto Free>
struct OpenSslDeleter {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpenSslDeleter<SSL_SESSION_free>>;

/// TLS 1.2 and 1.3 for clients that verify: the system's trust store plus one file, X25519 and
/// P-256, sessions resumed by origin.
///
/// OpenSSL itself, because Poco's Context (1.11) asks the process-wide SSLManager whether to accept
/// a certificate that does not verify, so that a host's own handler would decide for callbacks, and
/// its sockets never see the tickets of TLS 1.3 (they come after the handshake), so that every
/// connection would cost a full one.
///
/// Any thread.
class TlsContext {
public:
    /// Throws ConfigError when `ca_file` (PEM; may be empty) cannot be used, Poco::SystemException
    /// when no thread can be had. `problems` must outlive it.
    TlsContext(const std::string& ca_file, const Problems& problems);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// The first call may wait until the system's trust store is loaded.
    SSL_CTX* get() const;

    /// A session of an earlier connection under the same key, or null.
    SslSessionPtr session(const std::string& key) const;
    void keepSession(const std::string& key, SslSessionPtr session);

private:
    SslContextPtr context_;
    std::promise<void> trust_loaded_;
    const std::shared_future<void> system_trust_{trust_loaded_.get_future()};
    std::thread trust_loader_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, SslSessionPtr> sessions_;
};

}  // namespace waybill::http
