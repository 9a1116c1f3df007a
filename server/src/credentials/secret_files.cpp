#include "credentials/secret_files.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "waybill/bytes.h"
#include "waybill/errors.h"
#include "waybill/private_files.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;
/// Each makes the signature's header longer, of which many servers take no more than 8 KiB.
constexpr std::size_t kMaxSigningSecrets = 32;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<SecretLine> linesOf(const std::string& what, const std::string& file, FileUse use) {
    const auto read = [&] {
        try {
            return readPrivateFile(file, use, kMaxFile);
        } catch (const ConfigError& error) {
            throw ConfigError(what + ' ' + error.message());
        }
    };
    const SecretText content = read();
    std::string_view rest = content;
    if (rest.size() > kMaxFile) throw ConfigError(what + " " + file + " is over 1 MiB");
    std::vector<SecretLine> lines;
    for (int number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view said = trimmed(rest.substr(0, end));
        if (!said.empty() && said.front() != '#')
            lines.push_back({SecretText(std::string(said)), number});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return lines;
}

SecretLine onlyLineOf(const std::string& what, const std::string& file, FileUse use) {
    std::vector<SecretLine> lines = linesOf(what, file, use);
    if (lines.size() != 1) throw ConfigError(what + " " + file + " must have exactly one line");
    return std::move(lines.front());
}

}  // namespace

std::vector<SecretLine> readSecretLines(const std::string& what, const std::string& file) {
    return linesOf(what, file, FileUse::kNamedSecret);
}

std::string readSecret(const std::string& what, const std::string& file) {
    return std::string(onlyLineOf(what, file, FileUse::kNamedSecret).text);
}

std::vector<SigningKey> readSigningKeys(const std::string& file) {
    std::vector<SigningKey> keys;
    for (const SecretLine& line : readSecretLines("signing-secret-file", file)) {
        try {
            keys.push_back(SigningKey::parse(line.text));
        } catch (const ConfigError& error) {
            throw ConfigError("signing-secret-file " + file + " line " +
                              std::to_string(line.number) + ": " + error.message());
        }
    }
    if (keys.empty()) throw ConfigError("signing-secret-file " + file + " has no secret in it");
    if (keys.size() > kMaxSigningSecrets) {
        throw ConfigError("signing-secret-file " + file + " has more than " +
                          std::to_string(kMaxSigningSecrets) + " secrets in it");
    }
    return keys;
}

std::string readAdminToken(const std::string& file, bool is_own) {
    const SecretLine line =
        onlyLineOf("admin-token-file", file, is_own ? FileUse::kOwnSecret : FileUse::kNamedSecret);
    if (const auto weakness = weaknessOf(line.text))
        throw ConfigError("admin-token-file " + file + " line " + std::to_string(line.number) +
                          ": the token " + *weakness);
    return std::string(line.text);
}

std::string readOrMakeToken(const std::string& file, bool is_own, Entropy& entropy) {
    if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
        Digest random{};
        entropy.fill(random);
        const SecretText token(toHex(random) + '\n');
        try {
            makePrivateFile(file, token);
        } catch (const ConfigError& error) {
            throw ConfigError("admin-token-file " + error.message());
        }
    }
    return readAdminToken(file, is_own);
}

std::optional<std::string> weaknessOf(std::string_view secret) {
    constexpr std::size_t kLeast = 4;
    constexpr std::string_view kCure =
        ", so anybody can guess it: make another, such as with openssl rand -hex 32";
    if (secret.size() < kLeast)
        return "has fewer than " + std::to_string(kLeast) + " characters" + std::string(kCure);
    if (secret.find_first_not_of(secret.front()) == std::string_view::npos)
        return "is one character again and again" + std::string(kCure);
    return std::nullopt;
}

bool isShort(std::string_view secret) noexcept {
    return secret.size() < 16;
}

bool isSecret(std::string_view given, const Digest& secret) {
    const Digest digest = sha256(given);
    return CRYPTO_memcmp(digest.data(), secret.data(), secret.size()) == 0;
}

}  // namespace waybill::server
