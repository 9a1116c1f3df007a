#include "http/tls_stream.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace waybill::http {
namespace {

// Tickets and new keys that a server sends before more of its answer. Two tickets are usual.
constexpr int kMaxMessagesWithoutContent = 64;

// Ends a connection from within OpenSSL, which would go on to read: what has come is dropped, too.
void sever(int fd) {
    const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
    ::connect(fd, &nobody, sizeof nobody);
}

int boundedLength(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

// The certificate must name the host in its subjectAltName (RFC 9525 section 6.3); a common name
// and partial wildcards do not count.
bool requireIdentity(SSL* ssl, const std::string& host, bool host_is_address) {
    if (host_is_address) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

TlsStream::TlsStream(TlsContext& context, int fd, const std::string& host, bool host_is_address,
                     std::string session_key)
    : context_(context), session_key_(std::move(session_key)), ssl_(SSL_new(context.get())) {
    SSL* ssl = ssl_.get();
    if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1 ||
        !requireIdentity(ssl, host, host_is_address)) {
        ERR_clear_error();
        throw std::bad_alloc();
    }
    SSL_set_app_data(ssl, this);
    SSL_set_connect_state(ssl);
    // The key holds the host, so a resumed session was verified for this very name.
    if (const auto session = context.session(session_key_)) SSL_set_session(ssl, session.get());
}

TlsStream::~TlsStream() {
    if (!established_) return;
    // Says good-bye without waiting for an answer. Without it OpenSSL also forbids to resume.
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

IoResult TlsStream::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) return failure(result, "during the TLS handshake");
    established_ = true;
    return IoResult::done();
}

IoResult TlsStream::send(std::string_view bytes) {
    ERR_clear_error();
    const int result = SSL_write(ssl_.get(), bytes.data(), boundedLength(bytes.size()));
    if (result > 0) return IoResult::done(static_cast<std::size_t>(result));
    return failure(result, "while the request was sent");
}

IoResult TlsStream::receive(std::span<char> buffer) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), buffer.data(), boundedLength(buffer.size()));
    if (result > 0) {
        messages_since_content_ = 0;
        return IoResult::done(static_cast<std::size_t>(result));
    }
    return failure(result, "while the answer was read");
}

IoResult TlsStream::failure(int result, const char* when) {
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return IoResult::wouldBlock();
        case SSL_ERROR_ZERO_RETURN:
            return IoResult::end();
        case SSL_ERROR_SYSCALL:
            established_ = false;
            if (messages_since_content_ > kMaxMessagesWithoutContent) {
                return IoResult::failed(std::string("endless TLS messages without content"));
            }
            return IoResult::failed(system_error);
        default:
            break;
    }
    established_ = false;  // nothing more can be said on it, not even good-bye
    if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK) {
        return IoResult::failed(std::string(X509_verify_cert_error_string(verdict)));
    }
    const unsigned long error = ERR_peek_error();
    if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return IoResult::cut();
    const char* reason = ERR_reason_error_string(error);
    return IoResult::failed(std::string(reason != nullptr ? reason : "TLS failed") + " " + when);
}

// Called within handshake, send or receive whenever the server gives a session.
int TlsStream::onNewSession(SSL* ssl, SSL_SESSION* session) {
    auto* stream = static_cast<TlsStream*>(SSL_get_app_data(ssl));
    stream->context_.keepSession(stream->session_key_, SslSessionPtr(session));
    return 1;  // the reference is ours now
}

// SSL_read returns when there is content or nothing more to read. A server that sends nothing but
// messages to TLS itself, as fast as they are read, would keep it and with it the thread.
void TlsStream::onMessage(int sent, int, int type, const void*, std::size_t, SSL* ssl, void*) {
    auto* stream = static_cast<TlsStream*>(SSL_get_app_data(ssl));
    if (sent != 0 || type != SSL3_RT_HANDSHAKE || !stream->established_) return;
    if (++stream->messages_since_content_ > kMaxMessagesWithoutContent) sever(SSL_get_fd(ssl));
}

}  // namespace waybill::http
