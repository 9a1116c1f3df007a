// The JSON body of an operator's request, member by member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/json_text.h"
#include "waybill/result.h"

namespace waybill::server {

/// An object with known members, each read once by its type. The first thing that is wrong is
/// remembered, and what is read after it does not matter. An empty body is an empty object; a
/// member that is null is not there. `body` must outlive it.
class BodyReader {
public:
    /// `prefix` stands before the names of members in what is said about them: `filter.`.
    BodyReader(std::string_view body, const std::vector<std::string_view>& known,
               std::string prefix = "");

    std::optional<std::string> text(std::string_view name);
    bool flag(std::string_view name);  ///< false where it is not there
    std::optional<double> number(std::string_view name);
    std::optional<std::uint64_t> count(std::string_view name);
    std::optional<std::string_view> object(std::string_view name);  ///< its JSON text

    void fail(std::string_view name, std::string message);
    const std::optional<Refusal>& problem() const { return problem_; }

private:
    void readMembers(const std::vector<std::string_view>& known);
    std::optional<std::string_view> value(std::string_view name) const;

    std::string_view body_;
    std::string prefix_;
    std::vector<JsonMember> members_;
    std::optional<Refusal> problem_;
};

}  // namespace waybill::server
