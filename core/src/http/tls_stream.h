// One TLS connection over a non-blocking socket.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/io_result.h"
#include "http/tls_context.h"

namespace waybill::http {

/// The client's side of a TLS connection. Not movable: OpenSSL keeps a pointer to it.
class TlsStream {
public:
    /// `context` must outlive it; `fd` is borrowed. `host` is what the certificate must be for, a
    /// name (also sent as SNI, RFC 6066) or the text of an address. Sessions are kept under
    /// `session_key`.
    TlsStream(TlsContext& context, int fd, const std::string& host, bool host_is_address,
              std::string session_key);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    IoResult handshake();
    IoResult send(std::string_view bytes);
    IoResult receive(std::span<char> buffer);

    /// Bytes have left the socket that `receive` has not returned yet: no event will tell of them.
    bool hasBuffered() const { return SSL_has_pending(ssl_.get()) == 1; }

    /// `TLSv1.3`
    const char* version() const { return SSL_get_version(ssl_.get()); }

private:
    friend class TlsContext;
    static int onNewSession(SSL* ssl, SSL_SESSION* session);
    static void onMessage(int sent, int version, int type, const void* bytes, std::size_t size,
                          SSL* ssl, void* argument);
    IoResult failure(int result, const char* when);

    TlsContext& context_;
    std::string session_key_;
    SslPtr ssl_;
    bool established_ = false;
    int messages_since_content_ = 0;  ///< of TLS to itself
};

}  // namespace waybill::http
