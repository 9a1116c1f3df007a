// The log, page by page and live; figures over time; who serves.
#include <charconv>
#include <memory>

#include "http/connection_table.h"
#include "operator/access.h"
#include "operator/event_stream.h"
#include "operator/listing_query.h"
#include "operator/operator_routes.h"

namespace waybill::server {
namespace {

// Each follower has a thread of the server.
constexpr int kMostFollowers = 128;

/// Takes a follower's place for as long as it lives.
class FollowerPlace {
public:
    explicit FollowerPlace(std::atomic<int>& followers) : followers_(followers) { ++followers_; }
    ~FollowerPlace() { --followers_; }
    FollowerPlace(const FollowerPlace&) = delete;
    FollowerPlace& operator=(const FollowerPlace&) = delete;

    bool isFree() const { return followers_ <= kMostFollowers; }

private:
    std::atomic<int>& followers_;
};

/// Where to go on: `Last-Event-ID` is what a reader says that comes back, over the URL it first
/// asked for; with neither, from now on.
Result<std::uint64_t> startOf(const OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseEventListing(request.query, /*paged=*/false);
    if (!asked) return asked.refusal();
    const std::uint64_t head = context.model.head().global_position;
    std::uint64_t after = asked->after.value_or(head);
    if (const std::string* last = request.headers.find("last-event-id")) {
        const char* const end = last->data() + last->size();
        const auto parsed = std::from_chars(last->data(), end, after);
        if (last->empty() || parsed.ec != std::errc() || parsed.ptr != end)
            return Refusal{RefusalCode::kInvalid, "Last-Event-ID must be a global position.",
                           "Last-Event-ID"};
    }
    if (after <= head) return after;
    return Refusal{RefusalCode::kInvalid,
                   "There is no event " + std::to_string(after) + ": the log ends at " +
                       std::to_string(head) + ".",
                   "after"};
}

}  // namespace

HttpResponse listEvents(OperatorContext& context, const HttpRequest& request) {
    const auto listing = parseEventListing(request.query);
    if (!listing) return errorResponse(request, listing.refusal());
    const auto page = context.api(request).events(listing->after.value_or(0), listing->limit);
    if (!page) return errorResponse(request, page.refusal());
    return jsonResponse(200, pageJson(*page));
}

HttpResponse streamEvents(OperatorContext& context, const HttpRequest& request) {
    const auto after = startOf(context, request);
    if (!after) return errorResponse(request, after.refusal());
    const auto place = std::make_shared<FollowerPlace>(context.followers);
    if (!place->isFree())
        return errorResponse(request, {503, "Too many follow the log already.", "", ""});
    context.options.trail->note(
        {request.principal,
         {AccessKind::kLogRead, "events/stream", addressGroup(request.remote_address)},
         request.principal_claimed});
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.headers.add("Cache-Control", "no-store");
    response.stream = [&context, place, after = *after](BodyWriter& body) {
        sendEvents(body, context.model, context.options.notifier, after);
        return true;
    };
    return response;
}

HttpResponse showStats(OperatorContext& context, const HttpRequest& request) {
    const auto asked = parseWindow(request.query, /*stepped=*/true);
    if (!asked) return errorResponse(request, asked.refusal());
    return answerWith(request, context.api(request).stats(asked->window, asked->step));
}

HttpResponse showInfo(OperatorContext& context, const HttpRequest& request) {
    return answerWith(request, context.api(request).info());
}

EngineAdminApi OperatorContext::api(const HttpRequest& request) const {
    return EngineAdminApi(
        engine, model, options,
        Caller{request.principal, request.principal_claimed, addressGroup(request.remote_address)},
        roleOf(options, request));
}

}  // namespace waybill::server
