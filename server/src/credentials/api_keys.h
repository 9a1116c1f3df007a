// Whose key is this?
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/bytes.h"

namespace waybill::server {

/// The clients' keys of one reading of the file; only their digests are kept. Immutable, so any
/// thread.
class ApiKeys {
public:
    /// `name:key` a line; a name may have several keys (rotation), a key only one name and four
    /// characters at least (`weaknessOf`). Throws ConfigError naming the line, not the key.
    static ApiKeys read(const std::string& file);

    /// The name of the key's owner.
    std::optional<std::string> ownerOf(std::string_view key) const;

    /// The lines whose keys are short (`isShort`).
    const std::vector<int>& shortLines() const { return short_; }

    /// Digests of keys and the names of their owners.
    const std::map<Digest, std::string>& names() const { return names_; }

private:
    std::map<Digest, std::string> names_;
    std::vector<int> short_;
};

}  // namespace waybill::server
