// All that was heard from the other side, as one immutable value that views draw.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/delivery_list.h"
#include "model/event_line.h"
#include "model/payload_text.h"
#include "model/query.h"
#include "waybill/operator_views.h"
#include "waybill/views.h"

namespace waybill::gui {

/// One thing that is asked for, and how the newest asking went.
template <typename T>
struct Loaded {
    std::shared_ptr<const T> value{};  ///< null: nothing came yet
    std::string problem{};     ///< why the newest asking failed, in words; empty: it did not
    bool unsupported = false;  ///< this source never can
    Timestamp read_at{};

    explicit operator bool() const { return value != nullptr; }
    const T* operator->() const { return value.get(); }
    const T& operator*() const { return *value; }
};

enum class Link {
    kConnecting,  ///< nothing was heard yet
    kConnected,
    kLost,     ///< it was, or should be, there; asked again by itself
    kRefused,  ///< the token is not accepted, or what answers is no waybilld
};

struct Connection {
    Link link = Link::kConnecting;
    std::string problem{};  ///< what is wrong and what to do
    Timestamp since{};      ///< of this state
    Timestamp last_answer{};
    Duration round_trip{};  ///< of the newest question
};

/// How many deliveries there are in each status, with all other filters as they are.
using StatusCounts = std::map<std::string, std::uint64_t>;

/// The delivery that is open.
struct OpenDelivery {
    StreamId id{};
    Loaded<DeliveryDetail> detail{};
    Loaded<std::vector<EventView>> events{};
    Loaded<PayloadText> payload{};
};

/// What the log says about the callback of a response.
struct ResponseStory {
    StreamId response{};       ///< its stream
    StreamId delivery{};       ///< of its callback; empty: none
    std::string why{};         ///< there is none, in words
    bool can_be_sent = false;  ///< there is an object
};

/// A stretch of the log in the event log view, oldest first.
struct EventStretch {
    std::uint64_t after = 0;
    bool at_head = false;
    EventLines lines{};
};

/// What an endpoint's trouble means to the ones who wait.
struct Affected {
    std::string endpoint{};
    std::vector<std::string> clients{};  ///< among its newest open deliveries, most first
};

/// Many deliveries at once: a run on the server, or one made of single requests from here.
struct Run {
    std::uint64_t serial = 0;
    std::string what{};  ///< `Re-delivery`, `Cancellation`, `Export`
    bool local = false;  ///< made from here: can be stopped, not paused
    BulkView bulk{};
    std::string problem{};
    std::optional<Timestamp> seen_finished{};  ///< here, by our clock
};

enum class Severity { kDone, kNotice, kProblem };

/// Something that happened because of the operator, said once.
struct Notice {
    std::uint64_t serial = 0;
    Severity severity = Severity::kDone;
    std::string title{};
    std::string text{};
};

/// The count before a bulk action.
struct Preview {
    std::uint64_t serial = 0;  ///< of the question it answers
    Loaded<BulkView> bulk{};
};

/// What checking the chain of hashes found.
struct Verification {
    bool running = false;
    bool sound = false;
    std::uint64_t events = 0;
    std::string text{};  ///< in words; empty: it was not asked for
    Timestamp at{};
};

struct Snapshot {
    Connection connection{};
    Loaded<InfoView> info{};
    Loaded<StatsView> stats{};
    Loaded<std::vector<EndpointView>> endpoints{};
    Affected affected{};

    std::string list_key{};  ///< of the query that `list` answers
    Loaded<DeliveryList> list{};
    std::string counts_key{};  ///< of the filter that `counts` answers
    Loaded<StatusCounts> counts{};
    StreamId lookup_key{};  ///< the response that `lookup` is about
    Loaded<ResponseStory> lookup{};
    OpenDelivery open{};

    std::shared_ptr<const EventLines> tail{};
    bool tail_connected = false;
    std::string tail_problem{};
    Loaded<EventStretch> stretch{};
    Verification verification{};

    Preview preview{};
    Loaded<CheckView> check{};
    std::vector<Run> runs{};
    std::vector<Notice> notices{};

    /// The newest position known to exist; 0: not known.
    std::uint64_t head = 0;
    std::optional<Timestamp> log_begins{};  ///< when its first event was recorded
};

/// Filters that differ only in the status have the same.
std::string countsKeyOf(DeliveryFilter filter);

/// How many deliveries a filter finds; nothing: that was not counted, or of another filter.
std::optional<std::uint64_t> countOf(const Snapshot& seen, const DeliveryFilter& filter);

/// The other side's clock, so that "due in" and "since an hour ago" are right on a machine whose
/// own clock is not. `here`: that one.
Timestamp theirNow(const Snapshot& seen, Timestamp here);

}  // namespace waybill::gui
