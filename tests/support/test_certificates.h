// Certificates made while a test runs.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>

namespace waybill {

/// A certificate with its private key, ready for a server.
struct TestIdentity {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
};

/// A certificate authority of one test. Its certificate lies in a file of its own, which is removed
/// with it.
class TestAuthority {
public:
    TestAuthority();
    ~TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    const std::string& caFile() const { return ca_file_; }

    /// For a host name or the text of an address; valid from yesterday until `expires_in` from now.
    TestIdentity issue(const std::string& host,
                       std::chrono::seconds expires_in = std::chrono::hours(24)) const;

private:
    TestIdentity self_;
    std::string ca_file_;
};

/// Vouched for by nobody but itself.
TestIdentity selfSigned(const std::string& host);

}  // namespace waybill
