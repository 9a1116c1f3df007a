// Query strings of URLs.
#pragma once

#include <string>
#include <string_view>

namespace waybill {

/// Appends `text` with everything but RFC 3986's unreserved characters percent-encoded: an id with
/// a slash in it stays one segment of a path.
void appendPercentEncoded(std::string& out, std::string_view text);

/// A query string, pair by pair.
class QueryString {
public:
    /// Leaves out a pair whose value is empty.
    void add(std::string_view name, std::string_view value);

    /// With the `?` in front; empty when there is no pair.
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace waybill
