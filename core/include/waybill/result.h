// Values for what the domain foresees: a result, or a refusal that says why.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "waybill/time.h"

namespace waybill {

enum class RefusalCode {
    kInvalid,     ///< the caller's input cannot be used (HTTP 400)
    kForbidden,   ///< the caller's role may not (403)
    kNotFound,    ///< there is no such thing, or it is somebody else's (404)
    kConflict,    ///< it cannot be done now (409)
    kErased,      ///< the bytes it needs were erased (410)
    kTooLarge,    ///< over a limit (413)
    kLimited,     ///< the client has had its share for now: `retry_after` says until when (429)
    kOverloaded,  ///< the inbox is full: try again shortly (503)
    kUnavailable  ///< the log cannot take it now, or the engine stops (503)
};

/// Why a command was not carried out. Nothing was changed.
struct Refusal {
    RefusalCode code = RefusalCode::kInvalid;
    std::string message{};  ///< a sentence for a person: what is wrong and what to do
    std::string param{};    ///< the name of the input at fault, or empty
    std::optional<Duration> retry_after{};  ///< how long to wait, with `kLimited`

    /// The input `param` breaks a rule; `message` as above.
    static Refusal invalid(std::string_view param, std::string message) {
        return {RefusalCode::kInvalid, std::move(message), std::string(param)};
    }
};

/// A value or a `Refusal`. Asking for the one that is not there is a bug in the caller.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}            // NOLINT(google-explicit-constructor)
    Result(Refusal refusal) : state_(std::move(refusal)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    const T& value() const& { return std::get<0>(state_); }
    T& value() & { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const T& operator*() const& { return value(); }
    const T* operator->() const { return &value(); }

    const Refusal& refusal() const { return std::get<1>(state_); }

private:
    std::variant<T, Refusal> state_;
};

}  // namespace waybill
