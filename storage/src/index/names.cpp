#include "index/names.h"

namespace waybill::sqlite::index {

Names::Names(Database& database)
    : insert_(database, "INSERT INTO derived_name(number, name) VALUES(?1, ?2)") {
    for (const auto& [number, name] : readNames(database))
        numbers_.emplace(name, number);
}

std::int64_t Names::numberOf(std::string_view name) {
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    const auto number = static_cast<std::int64_t>(numbers_.size()) + 1;
    insert_.bind(1, number);
    insert_.bindText(2, name);
    insert_.run();
    numbers_.emplace(name, number);
    return number;
}

std::optional<std::int64_t> findNumber(Database& database, std::string_view name) {
    Statement statement(database, "SELECT number FROM derived_name WHERE name = ?1");
    statement.bindText(1, name);
    Query query(statement);
    return query.next() ? std::optional(statement.integer(0)) : std::nullopt;
}

std::unordered_map<std::int64_t, std::string> readNames(Database& database) {
    std::unordered_map<std::int64_t, std::string> names;
    Statement statement(database, "SELECT number, name FROM derived_name");
    Query query(statement);
    while (query.next())
        names.emplace(statement.integer(0), statement.text(1));
    return names;
}

}  // namespace waybill::sqlite::index
