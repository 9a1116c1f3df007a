#include "operator/bulk_cancellation.h"

#include <algorithm>

#include "operator/bulk_extent.h"
#include "operator/reply_window.h"
#include "waybill/clock.h"

namespace waybill::server {
namespace {

constexpr std::uint64_t kCancelledAtOnce = 64;

/// The same filter once for each status that can be cancelled.
Result<std::vector<DeliveryFilter>> cancellable(const DeliveryFilter& filter) {
    std::vector<DeliveryFilter> filters;
    for (const DeliveryStatus status : {DeliveryStatus::kPending, DeliveryStatus::kAttempting}) {
        if (!filter.status.empty() && filter.status != toString(status)) continue;
        filters.push_back(filter);
        filters.back().status = toString(status);
    }
    if (filters.empty())
        return Refusal{RefusalCode::kInvalid,
                       "Only what is pending or attempting can be cancelled.", "filter.status"};
    return filters;
}

/// Goes through one filter; cancels at most `left`.
class Cancelling {
public:
    Cancelling(Engine& engine, const sqlite::ReadModel& model, const BulkRequest& request,
               const std::string& actor, bool actor_claimed)
        : engine_(engine),
          model_(model),
          reason_(request.reason),
          actor_(actor),
          actor_claimed_(actor_claimed) {}

    std::optional<Refusal> run(const DeliveryFilter& filter, std::uint64_t most, BulkView& view) {
        const std::int64_t bound = model_.newestStreamKey() + 1;
        std::int64_t after = 0;
        while (view.done + view.refused < most) {
            const auto limit = std::min(kCancelledAtOnce, most - view.done - view.refused);
            const auto stretch =
                model_.walkDeliveries(filter, after, bound, static_cast<std::uint32_t>(limit));
            if (!stretch) return stretch.refusal();
            if (auto refusal = take(*stretch, view)) return refusal;
            if (stretch->done) break;
            after = stretch->reached;
        }
        return std::nullopt;
    }

private:
    std::optional<Refusal> take(const sqlite::WalkedDeliveries& stretch, BulkView& view) {
        ReplyWindow window;
        for (const sqlite::WalkedDelivery& delivery : stretch.found)
            engine_.cancel({delivery.id, actor_, reason_, actor_claimed_}, window.next());
        for (const auto& refusal : window.await()) {
            if (refusal && passesByItself(*refusal)) return refusal;
            ++(refusal ? view.refused : view.done);
        }
        return std::nullopt;
    }

    Engine& engine_;
    const sqlite::ReadModel& model_;
    const std::string& reason_;
    const std::string& actor_;
    const bool actor_claimed_;
};

Refusal tooMany(std::uint64_t matched) {
    return {RefusalCode::kInvalid,
            std::to_string(matched) + " deliveries match, and at most " +
                std::to_string(kMostCancelledAtOnce) +
                " are cancelled at once: narrow the filter, or give a limit and ask again until "
                "none is left.",
            "limit"};
}

}  // namespace

Result<BulkView> cancelMany(Engine& engine, const sqlite::ReadModel& model,
                            const BulkRequest& request, const std::string& actor,
                            bool actor_claimed) {
    const auto filters = cancellable(request.filter);
    if (!filters) return filters.refusal();
    BulkView view;
    view.filter = toJson(request.filter);
    view.actor = actor;
    view.reason = request.reason;
    view.created_at = systemClock().now().wall;
    const auto extent = extentOf(model, *filters, request.limit, /*to_send=*/false);
    if (!extent) return extent.refusal();
    view.matched = extent->matched;
    view.endpoints = extent->endpoints;
    view.state = "dry_run";
    if (request.dry_run) return view;
    if (view.matched > kMostCancelledAtOnce) return tooMany(view.matched);

    Cancelling cancelling(engine, model, request, actor, actor_claimed);
    for (const DeliveryFilter& filter : *filters)
        if (auto refusal = cancelling.run(filter, view.matched, view)) return *refusal;
    view.state = "finished";
    view.finished_at = systemClock().now().wall;
    return view;
}

}  // namespace waybill::server
