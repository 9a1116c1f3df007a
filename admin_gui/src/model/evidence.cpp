#include "model/evidence.h"

#include <algorithm>

namespace waybill::gui {
namespace {

constexpr std::size_t kInlinePayload = 64 * 1024;

/// The newest attempt whose request is on record; null when none is.
const AttemptView* newestRequest(const DeliveryDetail& detail) {
    const auto found =
        std::find_if(detail.attempts.rbegin(), detail.attempts.rend(),
                     [](const AttemptView& attempt) { return !attempt.request_headers.empty(); });
    return found == detail.attempts.rend() ? nullptr : &*found;
}

void addHeader(std::string& out, const std::string& name, const std::string& value) {
    out += " \\\n  -H " + shellQuoted(name + ": " + value);
}

std::string lowered(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

void addHeaders(std::string& out, const OpenDelivery& open) {
    const DeliveryDetail& detail = *open.detail;
    const AttemptView* sent = newestRequest(detail);
    if (sent == nullptr) {
        addHeader(out, "Content-Type", detail.delivery.content_type);
        addHeader(out, "webhook-id", open.id);
        return;
    }
    for (const auto& [name, value] : sent->request_headers) {
        const std::string lower = lowered(name);
        if (lower == "host" || lower == "content-length" || lower == "connection") continue;
        addHeader(out, name, lower == "authorization" ? "Bearer TOKEN" : value);
    }
}

void addBody(std::string& out, const OpenDelivery& open) {
    const Bytes bytes = open.payload ? open.payload->bytes : nullptr;
    const bool text =
        bytes && bytes->size() <= kInlinePayload && bytes->find('\0') == std::string::npos;
    if (text) {
        out += " \\\n  --data-binary " + shellQuoted(*bytes);
    } else {
        out = "waybill payload " + shellQuoted(open.id) + " > payload && \\\n" + out +
              " \\\n  --data-binary @payload";
    }
}

}  // namespace

std::string curlCommand(const OpenDelivery& open) {
    if (!open.detail) return {};
    const std::string& url = open.detail->delivery.url;
    std::string out = "curl -X POST " + shellQuoted(url.empty() ? "URL-WAS-ERASED" : url);
    addHeaders(out, open);
    addBody(out, open);
    return out;
}

std::string cliCommand(const State& state, const std::string& waybill, Timestamp now) {
    const auto command = [&](const std::string& rest) { return waybill + " " + rest; };
    switch (state.view) {
        case View::kOverview:
            return command("stats");
        case View::kDeliveries: {
            const std::string filter = filterArguments(state.effectiveSearch(now).filter);
            return command(filter.empty() ? "list" : "list " + filter);
        }
        case View::kDelivery:
            return command("show " + shellQuoted(state.open));
        case View::kEndpoints:
            return command("endpoints");
        case View::kTail:
            return command("tail");
        case View::kEvents:
            return command("events");
        case View::kSettings:
            return "waybill --help";
    }
    return {};
}

}  // namespace waybill::gui
