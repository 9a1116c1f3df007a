// Files that hold secrets: keys, tokens, signing secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/entropy.h"
#include "waybill/secret_text.h"
#include "waybill/signing.h"

namespace waybill::server {

struct SecretLine {
    SecretText text;
    int number = 0;  ///< of the line in its file
};

/// The lines that say something: not blank, not a `#` comment; without the white space around.
/// Throws ConfigError, naming the file as `what`, when it cannot be read, is over 1 MiB, or is not
/// to be trusted (waybill/private_files.h).
std::vector<SecretLine> readSecretLines(const std::string& what, const std::string& file);

/// The one line of a file with one secret. Throws ConfigError when there is none or more.
std::string readSecret(const std::string& what, const std::string& file);

/// `whsec_…` or `whsk_…`, one a line. Throws ConfigError naming the line, not the secret.
std::vector<SigningKey> readSigningKeys(const std::string& file);

/// The operators' shared token. `is_own`: the file is the data directory's own, which nobody else
/// may read, not one that an option names. Throws ConfigError when it cannot be read or anybody
/// guesses it.
std::string readAdminToken(const std::string& file, bool is_own);

/// The same; a missing file is made with 256 bits of chance, mode 0600. Throws ConfigError when it
/// cannot be made either.
std::string readOrMakeToken(const std::string& file, bool is_own, Entropy& entropy);

/// What makes a key or token one that anybody guesses, as the end of a sentence about it; nothing:
/// it is none. The floor is low, four characters that are not all the same: keys are what people
/// have chosen for their tests too.
std::optional<std::string> weaknessOf(std::string_view secret);

/// Whether a key or token is short enough for guessing to be worth while: under 16 characters.
bool isShort(std::string_view secret) noexcept;

/// Whether it is the secret with this SHA-256, in a time that does not depend on where they differ.
bool isSecret(std::string_view given, const Digest& secret);

}  // namespace waybill::server
