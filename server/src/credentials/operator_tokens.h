// Whose operator token is this?
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "waybill/bytes.h"
#include "waybill/server/operator_access.h"

namespace waybill::server {

/// The named operators of one reading of the file; of their tokens only digests are kept.
/// Immutable, so any thread.
class OperatorTokens {
public:
    OperatorTokens() = default;  ///< nobody

    /// `name:role:token` a line; a name may have several tokens (rotation), with one role. Throws
    /// ConfigError naming the line, not the token.
    static OperatorTokens read(const std::string& file);

    std::optional<OperatorIdentity> ownerOf(std::string_view token) const;

    /// Whether one of them has this name.
    bool has(std::string_view name) const;

    /// Digests of tokens and whose they are.
    const std::map<Digest, OperatorIdentity>& owners() const { return owners_; }

private:
    std::map<Digest, OperatorIdentity> owners_;
};

}  // namespace waybill::server
