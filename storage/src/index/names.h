// Small numbers for the names of endpoints and clients.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "log/database.h"

namespace waybill::sqlite::index {

/// The writer's: all names in memory, new ones into the file. Numbers begin at 1.
class Names {
public:
    explicit Names(Database& database);

    std::int64_t numberOf(std::string_view name);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const {
            return std::hash<std::string_view>{}(name);
        }
    };
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
    Statement insert_;
};

/// A reader's.
std::optional<std::int64_t> findNumber(Database& database, std::string_view name);
std::unordered_map<std::int64_t, std::string> readNames(Database& database);

}  // namespace waybill::sqlite::index
