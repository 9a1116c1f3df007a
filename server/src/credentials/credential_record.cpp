#include "credentials/credential_record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "waybill/bytes.h"
#include "waybill/entropy.h"
#include "waybill/errors.h"
#include "waybill/utf8.h"

namespace waybill::server {
namespace {

constexpr std::string_view kFirstWord = "waybill-credentials-1";

struct Remembered {
    std::string key;
    std::vector<Credential> credentials;
};

/// Of one name: a role, and a mark for each of its tokens.
struct Named {
    std::string role;
    std::set<std::string> marks;
};

std::map<std::string, Named> byName(const std::vector<Credential>& credentials) {
    std::map<std::string, Named> named;
    for (const Credential& credential : credentials) {
        Named& one = named[credential.name];
        one.role = credential.role;
        one.marks.insert(credential.mark);
    }
    return named;
}

std::string inBrackets(const std::string& role) {
    return role.empty() ? "" : " (" + role + ")";
}

void add(std::string& words, const std::string& more) {
    words.append(words.empty() ? "" : "; ").append(more);
}

std::string shortened(std::string words) {
    constexpr std::string_view kMore = " … and more";
    if (words.size() <= kMaxAccessTarget) return words;
    return std::string(utf8Prefix(words, kMaxAccessTarget - kMore.size())).append(kMore);
}

std::string allInWords(const std::vector<Credential>& credentials) {
    std::string words;
    for (const auto& [name, one] : byName(credentials))
        add(words, name + inBrackets(one.role));
    return shortened("not known before, and now: " + words);
}

/// Under the key of the file.
std::vector<Credential> marked(std::vector<Credential> credentials, const std::string& key) {
    for (Credential& credential : credentials)
        credential.mark = toHex(saltedSha256(key, credential.mark));
    std::sort(credentials.begin(), credentials.end());
    return credentials;
}

/// Nothing: there is no such file, or it says nothing that can be used.
std::optional<Remembered> read(const std::string& file) {
    std::ifstream in(file);
    Remembered remembered;
    std::string first;
    if (!(in >> first >> remembered.key) || first != kFirstWord) return std::nullopt;
    in.ignore();
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        Credential& one = remembered.credentials.emplace_back();
        std::getline(fields, one.name, '\t');
        std::getline(fields, one.role, '\t');
        std::getline(fields, one.mark, '\t');
    }
    return remembered;
}

/// Whole or not at all, and for its owner only.
void write(const std::string& file, const Remembered& remembered) {
    std::string text = std::string(kFirstWord) + " " + remembered.key + "\n";
    for (const Credential& one : remembered.credentials)
        text.append(one.name + '\t' + one.role + '\t' + one.mark + '\n');
    const std::string temporary = file + ".new";
    ::unlink(temporary.c_str());
    const int descriptor =
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool written = descriptor >= 0;
    written = written &&
              ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    written = written && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    if (written && ::rename(temporary.c_str(), file.c_str()) == 0) return;
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    throw StoreUnavailable(file + " cannot be written: " + reason);
}

std::string newKey() {
    Digest random{};
    systemEntropy().fill(random);
    return toHex(random);
}

}  // namespace

Credential credentialOf(std::string name, std::string_view secret) {
    return {std::move(name), {}, toHex(sha256(secret))};
}

std::vector<Credential> credentialsOf(const Secrets& secrets) {
    std::vector<Credential> all;
    if (secrets.api_keys)
        for (const auto& [digest, name] : secrets.api_keys->names())
            all.push_back({"client " + name, {}, toHex(digest)});
    for (const auto& [digest, who] : secrets.operators.owners())
        all.push_back({"operator " + who.name, std::string(toString(who.role)), toHex(digest)});
    for (const SigningKey& key : secrets.signing_keys)
        all.push_back(credentialOf("signing secrets", key.sign("waybill", 0, "")));
    if (secrets.upstream_key) all.push_back(credentialOf("upstream key", *secrets.upstream_key));
    if (secrets.anthropic_upstream_key)
        all.push_back(credentialOf("Anthropic upstream key", *secrets.anthropic_upstream_key));
    return all;
}

std::string changesInWords(const std::vector<Credential>& before,
                           const std::vector<Credential>& now) {
    std::string words;
    const auto old = byName(before);
    const auto fresh = byName(now);
    for (const auto& [name, one] : fresh) {
        const auto known = old.find(name);
        if (known == old.end())
            add(words, name + " added" + inBrackets(one.role));
        else if (known->second.role != one.role)
            add(words, name + " is " + one.role + " now and was " + known->second.role);
        if (known != old.end() && known->second.marks != one.marks) add(words, name + " changed");
    }
    for (const auto& [name, one] : old)
        if (!fresh.contains(name)) add(words, name + " removed" + inBrackets(one.role));
    return shortened(std::move(words));
}

void recordCredentials(Engine& engine, bool log_is_new, const std::string& file,
                       const std::vector<Credential>& now) {
    std::optional<Remembered> before = read(file);
    const Remembered fresh{before ? before->key : newKey(), {}};
    const std::vector<Credential> credentials = marked(now, fresh.key);
    if (before && before->credentials == credentials) return;
    if (before || !log_is_new) {
        const std::string words =
            before ? changesInWords(before->credentials, credentials) : allInWords(credentials);
        const auto recorded = engine.recordAccess(
            {std::string(kEngineActor), {AccessKind::kCredentialsChanged, words}});
        if (!recorded) throw StoreUnavailable(recorded.refusal().message);
    }
    write(file, {fresh.key, credentials});
}

}  // namespace waybill::server
