#include "http/tls_context.h"

#include <openssl/err.h>

#include <cerrno>

#include "http/tls_stream.h"
#include "waybill/errors.h"
#include "waybill/worker_thread.h"

namespace waybill::http {
namespace {

// One session is about 2 KiB, with the receiver's certificates somewhat more.
constexpr std::size_t kMaxSessions = 4096;

// A client sends its key share for the first group only, so the third costs nothing unless a server
// has no other.
constexpr char kGroups[] = "X25519:P-256:P-384";

// "http/1.1", each name with its length (RFC 7301)
constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

void mustSucceed(bool ok, const char* setting) {
    if (!ok) throw Poco::RuntimeException(std::string("OpenSSL refuses to set ") + setting);
}

void loadTrustFile(SSL_CTX* context, const std::string& ca_file) {
    if (ca_file.empty()) return;
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
        ERR_clear_error();
        throw ConfigError("the CA file '" + ca_file +
                          "' cannot be used; it must be readable and hold PEM certificates");
    }
}

// A resumed handshake does not look at the certificate again.
bool certificateExpired(const SSL_SESSION& session) {
    // OpenSSL's getter takes no const session though it only reads.
    const X509* certificate = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(&session));
    return certificate == nullptr || X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0;
}

}  // namespace

TlsContext::TlsContext(const std::string& ca_file, const Problems& problems)
    : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* context = context_.get();
    mustSucceed(context != nullptr, "up TLS");
    mustSucceed(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "TLS 1.2");
    mustSucceed(SSL_CTX_set1_groups_list(context, kGroups) == 1, "the key exchange groups");
    mustSucceed(SSL_CTX_set_alpn_protos(context, kAlpn, sizeof kAlpn) == 0, "ALPN");
    loadTrustFile(context, ca_file);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // Buffers only while they hold something: 10,000 hanging connections are cheap. And a request
    // may be put together anew, at another address, for the rest of a write.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_read_ahead(context, 1);  // one system call for a record, not two
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, &TlsStream::onNewSession);
    SSL_CTX_set_msg_callback(context, &TlsStream::onMessage);
    // Some 140 certificates: a tenth of a second, in which a start need not wait. A store has a
    // lock of its own. Should it fail, nothing verifies, and each attempt says so.
    trust_loader_ = startWorkerThread(
        "waybill-trust",
        [this, context, report = problems.report()] {
            contained(report, "the system's trust store", [&] {
                mustSucceed(SSL_CTX_set_default_verify_paths(context) == 1, "the trust anchors");
            });
            ERR_clear_error();
            trust_loaded_.set_value();
        },
        problems.report());
}

TlsContext::~TlsContext() {
    trust_loader_.join();
}

SSL_CTX* TlsContext::get() const {
    system_trust_.wait();
    return context_.get();
}

SslSessionPtr TlsContext::session(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end() || certificateExpired(*found->second)) return nullptr;
    SSL_SESSION_up_ref(found->second.get());
    return SslSessionPtr(found->second.get());
}

void TlsContext::keepSession(const std::string& key, SslSessionPtr session) {
    const std::lock_guard lock(mutex_);
    // Which one goes hardly matters: it costs its origin one full handshake.
    if (sessions_.size() >= kMaxSessions && !sessions_.contains(key)) {
        sessions_.erase(sessions_.begin());
    }
    sessions_[key] = std::move(session);
}

}  // namespace waybill::http
