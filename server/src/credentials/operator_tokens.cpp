#include "credentials/operator_tokens.h"

#include <algorithm>

#include "credentials/secret_files.h"
#include "waybill/errors.h"
#include "waybill/text_check.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMinToken = 16;  // what can be guessed is no token

bool isToken(std::string_view text) {
    return text.size() >= kMinToken &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

struct Line {
    OperatorIdentity who;
    std::string_view token;
};

/// Nothing when it is not `name:role:token`.
std::optional<Line> parse(std::string_view text) {
    const std::size_t first = text.find(':');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find(':', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::optional<Role> role = roleFrom(text.substr(first + 1, second - first - 1));
    const std::string_view name = text.substr(0, first);
    const std::string_view token = text.substr(second + 1);
    if (!role || nameProblem(name) || !isToken(token)) return std::nullopt;
    return Line{{std::string(name), *role, false}, token};
}

}  // namespace

OperatorTokens OperatorTokens::read(const std::string& file) {
    OperatorTokens tokens;
    std::map<std::string, Role> roles;
    for (const SecretLine& line : readSecretLines("operators-file", file)) {
        const std::string place = "operators-file " + file + " line " + std::to_string(line.number);
        std::optional<Line> parsed = parse(line.text);
        if (!parsed)
            throw ConfigError(place +
                              ": write name:role:token; a name is UTF-8 without ':' and control "
                              "characters, of at most 128 bytes, the role is viewer, operator or "
                              "admin, a token has 16 or more visible "
                              "characters");
        const OperatorIdentity& who = parsed->who;
        if (const auto weakness = weaknessOf(parsed->token))
            throw ConfigError(place + ": this token " + *weakness);
        if (roles.try_emplace(who.name, who.role).first->second != who.role)
            throw ConfigError(place + ": " + who.name + " has another role already");
        const auto [entry, added] = tokens.owners_.emplace(sha256(parsed->token), who);
        if (!added && entry->second.name != who.name)
            throw ConfigError(place + ": this token belongs to " + entry->second.name + " already");
    }
    if (tokens.owners_.empty())
        throw ConfigError("operators-file " + file + " has no operator in it");
    return tokens;
}

std::optional<OperatorIdentity> OperatorTokens::ownerOf(std::string_view token) const {
    // What is compared are digests: the time it takes says nothing about a token.
    const auto found = owners_.find(sha256(token));
    return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

bool OperatorTokens::has(std::string_view name) const {
    return std::any_of(owners_.begin(), owners_.end(),
                       [&](const auto& owner) { return owner.second.name == name; });
}

}  // namespace waybill::server
