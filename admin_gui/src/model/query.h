// What the operator looks for, and the same as a command line.
#pragma once

#include <string>
#include <string_view>

#include "waybill/admin_api.h"
#include "waybill/result.h"

namespace waybill::gui {

/// Which deliveries, in which order.
struct DeliveryQuery {
    DeliveryFilter filter{};
    DeliveryOrder order = DeliveryOrder::kCreated;
    bool reverse = false;
};

/// What is typed into the search field: words with a name before a colon are filters (`status:`,
/// `endpoint:`, `client:`, `subject:`, `reason:`, `code:`, `since:1h` …), a bare number from 100 to
/// 599 is an HTTP status, the rest is the prefix of an id, subject or URL. `"…"` keeps spaces and
/// colons together (`subject:"order 7"`; a quote within is written twice). A search with a mistake
/// is refused as a whole: a part of it would find, and act on, more than was meant.
Result<DeliveryFilter> parseSearch(std::string_view text, Timestamp now);

/// `--status failed --endpoint https://a.example:443`, as the CLI takes it; quoted for a shell.
/// Empty when nothing is filtered. Two filters are the same when these are.
std::string filterArguments(const DeliveryFilter& filter);

/// Distinguishes queries; not for people.
std::string keyOf(const DeliveryQuery& query);

/// `'it'\''s'`: one word for a POSIX shell; plain words stay as they are. Control characters but
/// the line break are made by the shell (`"$(printf '\033')"`): pasted into a terminal, the
/// characters themselves would be keys.
std::string shellQuoted(std::string_view word);

}  // namespace waybill::gui
