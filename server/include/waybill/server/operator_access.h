// Who may do what through the operator API.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waybill::server {

/// Each may what the one before it may. `kViewer` reads; `kOperator` acts (re-deliver, cancel,
/// pause, check); `kAdmin` also reads the payloads of others' deliveries.
enum class Role { kViewer, kOperator, kAdmin };

std::string_view toString(Role role) noexcept;
std::optional<Role> roleFrom(std::string_view text) noexcept;

/// Whose token it is.
struct OperatorIdentity {
    std::string name{};  ///< for the log: `operator:<name>`
    Role role = Role::kViewer;
    /// The token belongs to nobody in particular: `Waybill-Actor` may say who acts.
    bool shared = false;
};

}  // namespace waybill::server
