// Secrets of one log, sealed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/database.h"
#include "waybill/secret_box.h"

namespace waybill::sqlite {

/// What a sealed value is bound to: it opens in this log, at this event, for this use only.
enum class SecretUse { kToken, kClientKey };

/// Seals and opens under the log's key. With the first secret a known value is sealed too, by which
/// the next start tells a wrong key.
class Vault {
public:
    /// `box` must outlive it.
    Vault(Database& database, const SecretBox& box, std::string log_id);

    /// What a sealed value of this log is bound to: its use and the event that it lies beside.
    static constexpr const char* kToken = "/token/";
    static constexpr const char* kClientKey = "/client_key/";
    static std::string contextOf(std::string_view log_id, const char* use,
                                 std::uint64_t global_position);

    /// Within the transaction of the event. Empty for an empty one, which is no secret.
    std::string sealIfAny(std::string_view secret, SecretUse use, std::uint64_t global_position);

    /// Throws DamagedBytes when it does not open.
    std::string open(std::string_view sealed, SecretUse use, std::uint64_t global_position) const;

    /// After a rollback.
    void forget() { key_check_is_there_ = false; }

    /// The known value, as `log_info` holds it; nothing while the log holds no secret.
    static std::optional<std::string> readKeyCheck(Database& database);

    /// Whether `box` is the one that sealed it.
    static bool opensKeyCheck(const SecretBox& box, std::string_view log_id,
                              std::string_view key_check);

private:
    void keepKeyCheck();
    std::string contextOf(SecretUse use, std::uint64_t global_position) const;

    Database& database_;
    const SecretBox& box_;
    std::string log_id_;
    Statement insert_key_check_;
    bool key_check_is_there_ = false;
};

}  // namespace waybill::sqlite
