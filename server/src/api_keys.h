// Whose key is this?
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "waybill/bytes.h"

namespace waybill::server {

/// The clients' keys of one reading of the file; only their digests are kept. Immutable, so any
/// thread.
class ApiKeys {
public:
    /// `name:key` a line; a name may have several keys (rotation), a key only one name. Throws
    /// ConfigError naming the line, not the key.
    static ApiKeys read(const std::string& file);

    /// The name of the key's owner.
    std::optional<std::string> ownerOf(std::string_view key) const;

private:
    std::map<Digest, std::string> names_;
};

}  // namespace waybill::server
