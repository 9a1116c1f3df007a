// waybill tail
#include <Poco/Exception.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ostream>
#include <sstream>
#include <thread>

#include "cli/command.h"
#include "cli/event_words.h"
#include "cli/target.h"
#include "waybill/errors.h"

namespace waybill::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kTailMostPositions = std::uint64_t{1} << 62;
constexpr std::uint32_t kTailPage = 500;
constexpr auto kBetweenTries = 1s;
constexpr auto kBetweenLooks = 500ms;  // at a file

constexpr std::array<Option, 4> kTailOptions = {{
    {"--after", "N", "begin after global position N; by default with what comes from now on"},
    {"--limit", "N", "end after so many"},
    {"--type", "TYPE", "only events of this type, e.g. attempt_failed"},
    {"--by", "ACTOR", "only what this actor did, e.g. operator:ada, or operator: for all of them"},
}};

/// Where the log ends now.
Result<std::uint64_t> headOf(AdminApi& api) {
    const Result<InfoView> info = api.info();
    if (!info.ok()) return info.refusal();
    return info->head_position;
}

/// Prints what is wanted and remembers where it is.
class Tail {
public:
    Tail(const Arguments& arguments, Console& console, std::uint64_t limit)
        : console_(console),
          json_(arguments.has("--json")),
          stream_(arguments.operands().empty() ? "" : arguments.operands().front()),
          type_(arguments.valueOr("--type", "")),
          by_(arguments.valueOr("--by", "")),
          left_(limit) {}

    void startAfter(std::uint64_t position) { position_ = position; }
    std::uint64_t position() const { return position_; }
    bool done() const { return left_ == 0 || !console_.out() || readerHasLeft(); }

    /// False when that was all.
    bool take(const EventView& event) {
        position_ = event.global_position;
        if (!isWanted(event)) return true;
        print(event);
        --left_;
        return !done();
    }

private:
    bool isWanted(const EventView& event) const {
        return (stream_.empty() || event.stream == stream_) &&
               (type_.empty() || event.type == type_) && event.actor.starts_with(by_);
    }

    void print(const EventView& event) {
        if (json_) {
            console_.out() << toJson(event) << std::endl;
            return;
        }
        const EventWords words = eventInWords(event);
        const std::string time = formatTimestamp(event.recorded_at).substr(11, 12);
        std::string line = printable(event.stream) + "  " + printable(words.text);
        if (event.actor.starts_with("operator:"))
            line += "  by " + printable(actorInWords(event).substr(9));
        if (console_.width() > time.size() + 1)
            line = shortened(line, console_.width() - time.size() - 1);
        console_.out() << console_.styled(Style::kDim, time) << ' '
                       << console_.styled(words.style, line) << std::endl;
    }

    Console& console_;
    const bool json_;
    const std::string stream_;
    const std::string type_;
    const std::string by_;
    std::uint64_t left_;
    std::uint64_t position_ = 0;
};

/// A file says nothing by itself: it is looked at again and again.
std::optional<Refusal> poll(AdminApi& api, Tail& tail) {
    while (!tail.done()) {
        const Result<Page<EventView>> page = api.events(tail.position(), kTailPage);
        if (!page.ok()) return page.refusal();
        for (const EventView& event : page->data)
            if (!tail.take(event)) return std::nullopt;
        if (page->data.empty()) std::this_thread::sleep_for(kBetweenLooks);
    }
    return std::nullopt;
}

std::optional<Refusal> follow(AdminApi& api, Tail& tail) {
    const Result<bool> followed = api.followEvents(tail.position(), [&](const EventView* event) {
        return event == nullptr ? !tail.done() : tail.take(*event);
    });
    if (followed.ok()) return std::nullopt;
    if (followed.refusal().code == RefusalCode::kConflict) return poll(api, tail);
    return followed.refusal();
}

/// The daemon again, which may have another address by now. Null while there is none.
std::unique_ptr<AdminApi> findAgain(const Arguments& arguments) {
    std::ostringstream unheard;
    Console quiet(unheard, unheard, 0, false);
    return findTarget(arguments, Purpose::kAct, quiet).api;
}

int watch(const Arguments& arguments, Console& console, std::unique_ptr<AdminApi> api, Tail& tail) {
    bool lost = false;
    while (!tail.done()) {
        try {
            if (api && lost) console.complain("It is back.");
            if (api) lost = false;
            const auto refusal = api ? follow(*api, tail) : std::nullopt;
            if (refusal) {
                console.complain(refusal->message);
                return kFailed;
            }
            if (api) continue;
        } catch (const ConfigError&) {
            throw;
        } catch (const Poco::NoPermissionException&) {
            throw;
        } catch (const Poco::DataException&) {
            throw;
        } catch (const Poco::Exception&) {
            if (!lost) console.complain("The connection to the daemon was lost; waiting for it.");
            lost = true;
        }
        std::this_thread::sleep_for(kBetweenTries);
        api = arguments.has("--log") ? std::move(api) : findAgain(arguments);
    }
    return kDone;
}

int runTail(const Arguments& arguments, Console& console) {
    const auto limit = arguments.number("--limit", 1, kTailMostPositions, kTailMostPositions);
    if (!limit.ok()) return wrongUsage(console, "tail", limit.refusal().message);
    const auto after = arguments.number("--after", 0, kTailMostPositions, 0);
    if (!after.ok()) return wrongUsage(console, "tail", after.refusal().message);
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "tail", "tail takes one id, or none for the whole log.");
    }
    Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;

    Tail tail(arguments, console, *limit);
    tail.startAfter(*after);
    if (!arguments.has("--after")) {
        const auto head = headOf(*target.api);
        if (!head.ok()) return refused(console, head.refusal());
        tail.startAfter(*head);
    }
    return watch(arguments, console, std::move(target.api), tail);
}

}  // namespace

const Command kTailCommand = {
    .name = "tail",
    .operands = "[ID]",
    .summary = "what happens, as it happens",
    .details =
        "Prints events as they are recorded, of all or of one delivery, response or endpoint, "
        "until it is interrupted. When the daemon stops, it waits, and goes on where it was: no "
        "event is missed and none is printed twice. Times are UTC.",
    .options = kTailOptions,
    .examples =
        "waybill tail\n"
        "waybill tail --type attempt_failed\n"
        "waybill tail dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --after 0\n"
        "waybill tail --json | jq -r 'select(.type==\"callback_ignored\") | .data.reason'",
    .run = runTail};

}  // namespace waybill::cli
