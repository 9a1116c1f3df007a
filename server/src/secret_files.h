// Files that hold secrets: keys, tokens, signing secrets.
#pragma once

#include <string>
#include <vector>

#include "waybill/entropy.h"
#include "waybill/signing.h"

namespace waybill::server {

struct SecretLine {
    std::string text;
    int number = 0;  ///< of the line in its file
};

/// The lines that say something: not blank, not a `#` comment; without the white space around.
/// Throws ConfigError, naming the file as `what`, when it cannot be read or is over 1 MiB.
std::vector<SecretLine> readSecretLines(const std::string& what, const std::string& file);

/// The one line of a file with one secret. Throws ConfigError when there is none or more.
std::string readSecret(const std::string& what, const std::string& file);

/// `whsec_…` or `whsk_…`, one a line. Throws ConfigError naming the line, not the secret.
std::vector<SigningKey> readSigningKeys(const std::string& file);

/// The secret in `file`; a missing file is made with 256 bits of chance, mode 0600. Throws
/// ConfigError when it can be neither read nor made.
std::string readOrMakeToken(const std::string& file, Entropy& entropy);

/// Whether two secrets are equal, in a time that does not depend on where they differ.
bool sameSecret(std::string_view a, std::string_view b);

}  // namespace waybill::server
