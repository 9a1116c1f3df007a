#include "bench/certificate.h"

#include <Poco/Exception.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

namespace waybill::bench {

namespace {

constexpr long kDaySeconds = 24 * 60 * 60;

struct FreeOpenSsl {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(std::FILE* file) const { std::fclose(file); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

void checkOpenSsl(bool done, const char* what) {
    if (!done) throw Poco::RuntimeException(std::string("no certificate: ") + what);
}

void addExtension(X509& certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    checkOpenSsl(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, value);
}

Owned<X509> selfSigned(EVP_PKEY& key) {
    Owned<X509> certificate(X509_new());
    checkOpenSsl(certificate != nullptr, "memory");
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDaySeconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDaySeconds);
    X509_set_pubkey(certificate.get(), &key);
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("waybill-bench"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    addExtension(*certificate, NID_subject_alt_name, "DNS:*.bench.test");
    addExtension(*certificate, NID_basic_constraints, "critical,CA:TRUE");
    checkOpenSsl(X509_sign(certificate.get(), &key, EVP_sha256()) > 0, "signature");
    return certificate;
}

Owned<std::FILE> create(const std::string& file) {
    Owned<std::FILE> opened(std::fopen(file.c_str(), "w"));
    checkOpenSsl(opened != nullptr, file.c_str());
    return opened;
}

}  // namespace

void makeCertificate(const std::string& directory) {
    const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    checkOpenSsl(key != nullptr, "key");
    const Owned<X509> certificate = selfSigned(*key);
    checkOpenSsl(PEM_write_X509(create(certificateFile(directory)).get(), certificate.get()) == 1,
                 "certificate file");
    checkOpenSsl(PEM_write_PrivateKey(create(keyFile(directory)).get(), key.get(), nullptr, nullptr,
                                      0, nullptr, nullptr) == 1,
                 "key file");
}

std::string certificateFile(const std::string& directory) {
    return directory + "/receiver.pem";
}

std::string keyFile(const std::string& directory) {
    return directory + "/receiver.key";
}

}  // namespace waybill::bench
