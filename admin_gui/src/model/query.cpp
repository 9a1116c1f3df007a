#include "model/query.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "waybill/delivery.h"
#include "waybill/nearest_name.h"

namespace waybill::gui {
namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "status", "endpoint", "client", "subject", "reason", "code", "since", "until", "url"};

std::optional<std::uint16_t> httpStatusFrom(std::string_view text) {
    std::uint16_t status = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && status >= 100 && status <= 599 ? std::optional(status) : std::nullopt;
}

/// A point in time, or a span that counts back from now.
std::optional<Timestamp> momentFrom(std::string_view text, Timestamp now) {
    if (const auto back = parseDuration(text)) return now - *back;
    return parseTimestamp(text);
}

void applyStatus(Search& search, std::string_view value) {
    if (deliveryStatusFrom(value)) {
        search.filter.status = value;
    } else {
        search.problem = "Statuses are pending, attempting, delivered, failed and cancelled.";
    }
}

void applyReason(Search& search, std::string_view value) {
    if (failureReasonFrom(value)) {
        search.filter.reason = value;
    } else {
        search.problem =
            "Reasons are http_status, timeout, dns, connect, tls, protocol, "
            "refused_address, stale_connection and local_fault.";
    }
}

void applyMoment(Search& search, std::optional<Timestamp>& moment, std::string_view value,
                 Timestamp now) {
    moment = momentFrom(value, now);
    if (!moment) search.problem = "A time is written 15m, 6h, 2d or 2026-11-21T18:40:00Z.";
}

/// False when `name` is no filter, so that `https://…` stays text.
bool applyNamed(Search& search, std::string_view name, std::string_view value, Timestamp now) {
    DeliveryFilter& filter = search.filter;
    if (name == "status") {
        applyStatus(search, value);
    } else if (name == "reason") {
        applyReason(search, value);
    } else if (name == "endpoint") {
        filter.endpoint = value;
    } else if (name == "client") {
        filter.client = value;
    } else if (name == "subject") {
        filter.subject = value;
    } else if (name == "url") {
        filter.q = value;
    } else if (name == "code") {
        filter.http_status = httpStatusFrom(value);
        if (!filter.http_status) search.problem = "An HTTP status is a number from 100 to 599.";
    } else if (name == "since") {
        applyMoment(search, filter.since, value, now);
    } else if (name == "until") {
        applyMoment(search, filter.until, value, now);
    } else {
        return false;
    }
    return true;
}

void applyWord(Search& search, std::string_view word, Timestamp now) {
    const std::size_t colon = word.find(':');
    if (colon != std::string_view::npos) {
        const std::string_view name = word.substr(0, colon);
        const std::string_view value = word.substr(colon + 1);
        if (value.empty()) return;  // still being typed
        if (applyNamed(search, name, value, now)) return;
        if (!value.starts_with("//") && name != "http" && name != "https") {
            const std::string near = nearestName(name, kNames);
            search.problem = "There is no filter \"" + std::string(name) + "\"." +
                             (near.empty() ? "" : " Did you mean " + near + "?");
            return;
        }
    }
    if (const auto status = httpStatusFrom(word)) {
        search.filter.http_status = status;
        return;
    }
    if (!search.filter.q.empty()) search.filter.q += ' ';
    search.filter.q += word;
}

void addArgument(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!out.empty()) out += ' ';
    ((out += "--") += name) += ' ';
    out += shellQuoted(value);
}

}  // namespace

Search parseSearch(std::string_view text, Timestamp now) {
    Search search;
    while (!text.empty()) {
        const std::size_t start = text.find_first_not_of(" \t");
        if (start == std::string_view::npos) break;
        text.remove_prefix(start);
        const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
        applyWord(search, text.substr(0, end), now);
        text.remove_prefix(end);
    }
    return search;
}

std::string filterArguments(const DeliveryFilter& filter) {
    std::string out;
    addArgument(out, "status", filter.status);
    addArgument(out, "endpoint", filter.endpoint);
    addArgument(out, "client", filter.client);
    addArgument(out, "subject", filter.subject);
    addArgument(out, "reason", filter.reason);
    if (filter.http_status) addArgument(out, "http-status", std::to_string(*filter.http_status));
    if (filter.since) addArgument(out, "since", formatTimestamp(*filter.since));
    if (filter.until) addArgument(out, "until", formatTimestamp(*filter.until));
    addArgument(out, "q", filter.q);
    return out;
}

std::string keyOf(const DeliveryQuery& query) {
    return filterArguments(query.filter) + '\n' + std::to_string(static_cast<int>(query.order)) +
           (query.reverse ? "r" : "");
}

std::string shellQuoted(std::string_view word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string(word);
    }
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace waybill::gui
