#include "model/headline.h"

#include <algorithm>

#include "model/format.h"
#include "waybill/in_words.h"

namespace waybill::gui {
namespace {

bool used(const EndpointView& endpoint) {
    return endpoint.attempts_succeeded + endpoint.attempts_failed != 0;
}

/// Whole minutes, so that the sentence does not change while it is being read.
std::string roughlyInWords(Duration duration) {
    const Duration minute = std::chrono::minutes(1);
    return durationInWords(duration < minute ? duration : duration - duration % minute);
}

std::string waiting(std::uint64_t pending) {
    if (pending == 0) return "Nothing waits for it.";
    return counted(pending, "delivery waits.", "deliveries wait.");
}

/// Words in an error that point at us rather than at the receiver.
bool soundsLikeUs(const std::string& error) {
    return error.starts_with("damaged") || error.find("local_fault") != std::string::npos ||
           error.find("refused_address") != std::string::npos;
}

std::string whoseFault(const EndpointView& worst, bool others_work) {
    std::string text;
    if (!worst.last_error.empty()) text = "Last error: " + worst.last_error + ". ";
    if (soundsLikeUs(worst.last_error)) return text + "That is on our side.";
    if (others_work) return text + "Other endpoints work, so it looks like their side.";
    return text + "Nothing else works either, so look at our own network first.";
}

std::string clientsAffected(const Snapshot& seen, const std::string& endpoint) {
    if (seen.affected.endpoint != endpoint || seen.affected.clients.empty()) return {};
    constexpr std::size_t kNamed = 3;
    const auto& clients = seen.affected.clients;
    std::string text = clients.size() == 1 ? " Client affected: " : " Clients affected: ";
    for (std::size_t i = 0; i < std::min(kNamed, clients.size()); ++i) {
        if (i != 0) text += ", ";
        text += clients[i];
    }
    if (clients.size() > kNamed)
        text += " and " + std::to_string(clients.size() - kNamed) + " more";
    return text + ".";
}

Headline broken(const Snapshot& seen, const std::vector<const EndpointView*>& failing,
                bool others_work, Timestamp now) {
    const EndpointView& worst = *failing.front();
    Headline headline{Alarm::kBroken, {}, {}, worst.endpoint};
    if (failing.size() == 1) {
        headline.sentence = worst.endpoint + " fails";
    } else {
        headline.sentence =
            std::to_string(failing.size()) + " endpoints fail, worst " + worst.endpoint + ",";
    }
    if (worst.failing_since) {
        headline.sentence += " since " + clockOrDay(*worst.failing_since, now) + " UTC (" +
                             roughlyInWords(now - *worst.failing_since) + ")";
    }
    std::uint64_t pending = 0;
    for (const EndpointView* endpoint : failing)
        pending += endpoint->pending;
    headline.sentence += ". " + waiting(pending);
    headline.detail = whoseFault(worst, others_work) + clientsAffected(seen, worst.endpoint);
    return headline;
}

Headline degraded(const Snapshot& seen, const EndpointView& worst) {
    Headline headline{Alarm::kWatch, {}, {}, worst.endpoint};
    headline.sentence = worst.endpoint +
                        " fails now and then: " + percent(worst.success_rate.value_or(0)) +
                        " % of its attempts succeed. " + waiting(worst.pending);
    headline.detail = whoseFault(worst, true) + clientsAffected(seen, worst.endpoint);
    return headline;
}

Headline well(const Snapshot& seen) {
    Headline headline{Alarm::kWell, {}, {}, {}};
    const auto& all = *seen.endpoints;
    const auto active = std::count_if(all.begin(), all.end(), used);
    if (active == 0) {
        headline.sentence = "Nothing was attempted in this time.";
    } else {
        headline.sentence = active == 1
                                ? "The endpoint in use delivers."
                                : "All " + std::to_string(active) + " endpoints in use deliver.";
    }
    if (seen.stats && seen.stats->finally_failed != 0) {
        headline.detail = counted(seen.stats->finally_failed, "delivery has", "deliveries have") +
                          " failed for good and could be re-delivered.";
    }
    return headline;
}

}  // namespace

std::vector<const EndpointView*> troubled(const Snapshot& seen) {
    std::vector<const EndpointView*> found;
    if (!seen.endpoints) return found;
    for (const char* state : {"failing", "degraded", "paused"}) {
        const auto begin = static_cast<std::ptrdiff_t>(found.size());
        for (const EndpointView& endpoint : *seen.endpoints) {
            if (endpoint.state == state) found.push_back(&endpoint);
        }
        std::stable_sort(found.begin() + begin, found.end(),
                         [](const auto* a, const auto* b) { return a->pending > b->pending; });
    }
    return found;
}

Headline headlineOf(const Snapshot& seen, Timestamp now) {
    const bool daemon = seen.info && seen.info->source != "log file";
    if (daemon && !seen.info->ready && !seen.info->problem.empty()) {
        return {Alarm::kBroken,
                "The daemon is not ready: " + seen.info->problem,
                "This is on our side. Nothing is lost: attempts go on when it is ready.",
                {}};
    }
    if (!seen.endpoints) return {};
    std::vector<const EndpointView*> failing;
    for (const EndpointView* endpoint : troubled(seen)) {
        if (endpoint->state == "failing") failing.push_back(endpoint);
    }
    const auto& all = *seen.endpoints;
    const bool others_work = std::any_of(all.begin(), all.end(), [](const EndpointView& endpoint) {
        return endpoint.state != "failing" && endpoint.attempts_succeeded != 0;
    });
    if (!failing.empty()) return broken(seen, failing, others_work, now);
    const auto trouble = troubled(seen);
    if (!trouble.empty() && trouble.front()->state == "degraded") {
        return degraded(seen, *trouble.front());
    }
    return well(seen);
}

}  // namespace waybill::gui
