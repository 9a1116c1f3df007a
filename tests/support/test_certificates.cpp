#include "support/test_certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace waybill {
namespace {

void must(bool ok) {
    if (!ok) throw std::runtime_error("OpenSSL would not make a test certificate");
}

void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    must(extension != nullptr);
    must(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

void setName(X509_NAME* name, const std::string& text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes, -1, -1, 0) == 1);
}

std::string alternativeName(const std::string& host) {
    const bool is_address =
        host.find_first_not_of("0123456789.") == host.npos || host.find(':') != host.npos;
    return (is_address ? "IP:" : "DNS:") + host;
}

TestIdentity makeIdentity(const std::string& host, const TestIdentity* authority, bool is_authority,
                          std::chrono::seconds expires_in) {
    static long serial = 1;
    TestIdentity made;
    made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
    made.certificate.reset(X509_new(), X509_free);
    X509* certificate = made.certificate.get();
    must(made.key != nullptr && certificate != nullptr);
    X509* issuer = authority ? authority->certificate.get() : certificate;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), expires_in.count());
    setName(X509_get_subject_name(certificate), is_authority ? "Test authority" : "unused");
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, made.key.get());
    if (is_authority) {
        addExtension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
        addExtension(certificate, issuer, NID_key_usage, "critical,keyCertSign");
    } else {
        addExtension(certificate, issuer, NID_subject_alt_name, alternativeName(host));
    }
    EVP_PKEY* signing_key = authority ? authority->key.get() : made.key.get();
    must(X509_sign(certificate, signing_key, EVP_sha256()) > 0);
    return made;
}

}  // namespace

TestAuthority::TestAuthority()
    : self_(makeIdentity("", nullptr, true, std::chrono::hours(24))),
      ca_file_("/tmp/waybill-test-ca-XXXXXX") {
    const int fd = mkstemp(ca_file_.data());
    must(fd >= 0);
    FILE* file = fdopen(fd, "w");
    must(PEM_write_X509(file, self_.certificate.get()) == 1);
    std::fclose(file);
}

TestAuthority::~TestAuthority() {
    ::unlink(ca_file_.c_str());
}

TestIdentity TestAuthority::issue(const std::string& host, std::chrono::seconds expires_in) const {
    return makeIdentity(host, &self_, false, expires_in);
}

TestIdentity selfSigned(const std::string& host) {
    return makeIdentity(host, nullptr, false, std::chrono::hours(24));
}

}  // namespace waybill
