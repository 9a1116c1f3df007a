// What the events of all three APIs have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/json_text.h"

namespace waybill::server {

/// The data of an event that is a JSON object, by members. `data` must outlive it.
class StreamEvent {
public:
    /// Nothing for data that is no JSON object: `[DONE]`, or what only looks like an event.
    static std::optional<StreamEvent> read(std::string_view data);

    /// The member as it stands there; empty where it is missing or null.
    std::string_view value(std::string_view key) const;

    /// What a string member says; empty where it is missing or no string.
    std::string text(std::string_view key) const;

    std::string_view data() const { return data_; }
    const std::vector<JsonMember>& members() const { return members_; }

private:
    StreamEvent(std::string_view data, std::vector<JsonMember> members)
        : data_(data), members_(std::move(members)) {}

    std::string_view data_;
    std::vector<JsonMember> members_;
};

}  // namespace waybill::server
