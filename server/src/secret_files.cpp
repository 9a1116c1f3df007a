#include "secret_files.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "waybill/bytes.h"
#include "waybill/errors.h"

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

/// Writes a file that only its owner can read and that nobody sees half-written.
void writePrivate(const std::string& file, const std::string& text) {
    const std::string temporary = file + ".new";
    ::unlink(temporary.c_str());
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = descriptor >= 0;
    written = written &&
              ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    written = written && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    // link(2), not rename(2): a token that appeared meanwhile is kept.
    if (!written || (::link(temporary.c_str(), file.c_str()) != 0 && errno != EEXIST)) {
        const std::string reason = std::strerror(errno);
        ::unlink(temporary.c_str());
        throw ConfigError("admin-token-file " + file + " cannot be made: " + reason);
    }
    ::unlink(temporary.c_str());
}

}  // namespace

std::vector<SecretLine> readSecretLines(const std::string& what, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string content(kMaxFile + 1, '\0');
    if (!in || (in.read(content.data(), static_cast<std::streamsize>(content.size())), in.bad()))
        throw ConfigError(what + " " + file + " cannot be read");
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > kMaxFile) throw ConfigError(what + " " + file + " is over 1 MiB");
    std::vector<SecretLine> lines;
    std::istringstream text(content);
    std::string line;
    for (int number = 1; std::getline(text, line); ++number) {
        const std::string_view said = trimmed(line);
        if (!said.empty() && said.front() != '#') lines.push_back({std::string(said), number});
    }
    return lines;
}

std::string readSecret(const std::string& what, const std::string& file) {
    std::vector<SecretLine> lines = readSecretLines(what, file);
    if (lines.size() != 1) throw ConfigError(what + " " + file + " must have exactly one line");
    return std::move(lines.front().text);
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

std::string readOrMakeToken(const std::string& file, Entropy& entropy) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 && errno == ENOENT) {
        Digest random{};
        entropy.fill(random);
        writePrivate(file, toHex(random) + "\n");
    }
    return readSecret("admin-token-file", file);
}

bool sameSecret(std::string_view a, std::string_view b) {
    // Digests have one length, so that not even the length of the secret shows.
    const Digest left = sha256(a);
    const Digest right = sha256(b);
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace waybill::server
