#include "log/vault.h"

#include <utility>

#include "waybill/named_bytes.h"

namespace waybill::sqlite {

namespace {

std::string keyCheckContext(std::string_view log_id) {
    return std::string(log_id) + "/key_check";
}

}  // namespace

Vault::Vault(Database& database, const SecretBox& box, std::string log_id)
    : database_(database),
      box_(box),
      log_id_(std::move(log_id)),
      insert_key_check_(database, "INSERT INTO log_info(name, value) VALUES('key_check', ?1)") {}

std::string Vault::contextOf(SecretUse use, std::uint64_t global_position) const {
    return contextOf(log_id_, use == SecretUse::kToken ? kToken : kClientKey, global_position);
}

std::string Vault::contextOf(std::string_view log_id, const char* use,
                             std::uint64_t global_position) {
    return std::string(log_id) + use + std::to_string(global_position);
}

std::string Vault::sealIfAny(std::string_view secret, SecretUse use,
                             std::uint64_t global_position) {
    if (secret.empty()) return {};
    keepKeyCheck();
    return box_.seal(secret, contextOf(use, global_position));
}

std::string Vault::open(std::string_view sealed, SecretUse use,
                        std::uint64_t global_position) const {
    auto plain = box_.open(sealed, contextOf(use, global_position));
    if (!plain) {
        throwSealedDamage(global_position, use == SecretUse::kToken ? "token" : "client's key");
    }
    return *std::move(plain);
}

void Vault::keepKeyCheck() {
    if (key_check_is_there_) return;
    if (!readKeyCheck(database_)) {
        const std::string check = box_.seal(log_id_, keyCheckContext(log_id_));
        insert_key_check_.bindBlob(1, check);
        insert_key_check_.run();
    }
    key_check_is_there_ = true;
}

std::optional<std::string> Vault::readKeyCheck(Database& database) {
    Statement statement(database, "SELECT value FROM log_info WHERE name = 'key_check'");
    Query query(statement);
    return query.next() ? std::optional(std::string(statement.blob(0))) : std::nullopt;
}

bool Vault::opensKeyCheck(const SecretBox& box, std::string_view log_id,
                          std::string_view key_check) {
    return box.open(key_check, keyCheckContext(log_id)) == log_id;
}

}  // namespace waybill::sqlite
