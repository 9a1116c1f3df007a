#include "credentials/api_keys.h"

#include <algorithm>

#include "credentials/secret_files.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxName = 64;

bool isName(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= kMaxName &&
           std::all_of(text.begin(), text.end(), allowed);
}

bool isKey(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

ApiKeys ApiKeys::read(const std::string& file) {
    ApiKeys keys;
    for (const SecretLine& line : readSecretLines("api-keys-file", file)) {
        const std::string place = "api-keys-file " + file + " line " + std::to_string(line.number);
        const std::string_view text = line.text;
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos || !isName(text.substr(0, colon)) ||
            !isKey(text.substr(colon + 1)))
            throw ConfigError(place +
                              ": write name:key; a name has letters, digits, '-', '_' and '.'");
        const std::string_view key = text.substr(colon + 1);
        if (const auto weakness = weaknessOf(key))
            throw ConfigError(place + ": this key " + *weakness);
        if (isShort(key)) keys.short_.push_back(line.number);
        const auto [entry, added] = keys.names_.emplace(sha256(key), text.substr(0, colon));
        if (!added && entry->second != text.substr(0, colon))
            throw ConfigError(place + ": this key belongs to " + entry->second + " already");
    }
    if (keys.names_.empty()) throw ConfigError("api-keys-file " + file + " has no key in it");
    return keys;
}

std::optional<std::string> ApiKeys::ownerOf(std::string_view key) const {
    // What is compared are digests: the time it takes says nothing about a key.
    const auto found = names_.find(sha256(key));
    return found == names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace waybill::server
