// What happened to a delivery, moment by moment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/console.h"
#include "waybill/views.h"

namespace waybill::cli {

/// What stands below a heading begins after so many spaces.
inline constexpr std::size_t kIndent = 2;

inline std::string spaces(std::size_t count) {
    return std::string(count, ' ');
}

/// Prints moments in the order in which it is told of them; a line with the day goes before the
/// first of each day.
class Timeline {
public:
    /// `full`: whole heads and bodies, and the headers that were sent.
    Timeline(Console& console, bool full) : console_(console), full_(full) {}

    void add(const AttemptView& attempt);

    /// An event that is no part of an attempt; one that says nothing to an operator is left out.
    void add(const EventView& event);

    /// The attempt that is due, if one is.
    void addNext(const DeliveryView& delivery);

private:
    void moment(Timestamp when, Style style, std::string_view what);
    void detail(std::string_view text);
    void excerpt(std::string_view text, bool full);
    void request(const AttemptView& attempt);
    void answer(const AttemptView& attempt);

    Console& console_;
    bool full_;
    std::string day_;
};

}  // namespace waybill::cli
