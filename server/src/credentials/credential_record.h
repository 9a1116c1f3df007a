// Which keys, tokens and operators there are, and that they have changed, on record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "credentials/secrets.h"
#include "waybill/engine.h"

namespace waybill::server {

/// A credential as it is compared, never itself.
struct Credential {
    std::string name{};  ///< `operator kim`, `client alice`, `admin token`
    std::string role{};  ///< of an operator
    std::string mark{};  ///< says whether it is the same one
    friend auto operator<=>(const Credential&, const Credential&) = default;
};

/// One that has no more than a name; the mark is a digest.
Credential credentialOf(std::string name, std::string_view secret);

/// All there are but the admin token.
std::vector<Credential> credentialsOf(const Secrets& secrets);

/// How `now` differs from `before`, by names and roles alone: `operator kim added (admin); client
/// alice changed`. Empty: not at all. At most kMaxAccessTarget bytes. Pure.
std::string changesInWords(const std::vector<Credential>& before,
                           const std::vector<Credential>& now);

/// Records how the credentials differ from those of the last time, if they do. Those `file`
/// remembers, by marks under a key of its own, so that a short one cannot be guessed from them
/// alone. Where there is no file, a log that is not `log_is_new` gets all of them by name. Throws a
/// Poco::Exception when file or log cannot take it: it is done the next time.
void recordCredentials(Engine& engine, bool log_is_new, const std::string& file,
                       const std::vector<Credential>& now);

}  // namespace waybill::server
