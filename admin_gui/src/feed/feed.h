// Keeps a snapshot of the other side as fresh as the screen needs it, and carries actions there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "feed/lanes.h"
#include "model/query.h"
#include "model/snapshot.h"
#include "waybill/admin_api.h"

namespace waybill::gui {

/// What the screen shows and therefore wants to know.
struct Interest {
    bool live = true;  ///< false: what is on the screen stays as it is
    bool figures = true;
    Duration window{};
    Duration step{};
    bool deliveries = false;
    std::optional<DeliveryQuery> query{};  ///< nothing: what is typed means none; the list stays
    std::size_t first_row = 0;             ///< that is visible
    std::size_t last_row = 0;
    StreamId lookup{};  ///< a response, asked for where the query finds no delivery; empty: none
    StreamId open{};    ///< the delivery that is open; empty: none
    bool open_events = false;
    bool open_payload = false;
    bool tail = false;
    bool stretch = false;
    bool stretch_at_head = true;
    std::uint64_t stretch_after = 0;
    std::string troubled_endpoint{};  ///< whose clients are to be named
};

/// Which deliveries an action is about: the ones named, or all that a filter finds.
struct Target {
    std::vector<StreamId> ids{};
    DeliveryFilter filter{};
    bool everything = false;  ///< with an empty filter: yes, really all
    bool byFilter() const { return ids.empty(); }
};

struct RedeliverOrder {
    Target target{};
    std::string reason{};
    std::optional<std::string> url{};    ///< one delivery only
    std::optional<std::string> token{};  ///< one delivery only
    std::optional<double> rate{};        ///< by filter only
};

struct CallBackOrder {
    StreamId response{};
    std::string reason{};
    std::string url{};
    std::string token{};  ///< empty: none
};

struct ExportOrder {
    DeliveryQuery query{};
    std::string path{};
    bool csv = false;
    std::uint64_t expected = 0;  ///< how many there are, where that is known
};

/// How to reach the other side, as whom.
using ApiFactory = std::function<std::unique_ptr<AdminApi>(const std::string& actor)>;

/// A check of the whole chain, where the log file is at hand: in words, and whether it is sound.
using VerifyLog = std::function<Verification()>;

struct FeedOptions {
    ApiFactory api{};                  ///< may throw Poco::Exception; is asked again then
    VerifyLog verify{};                ///< may be empty
    std::string actor{};               ///< name for the log
    std::function<Timestamp()> now{};  ///< empty: the system's clock
    std::function<void()> changed{};   ///< any thread: there is a new snapshot
};

/// Use from one thread; nothing here waits for the other side. What comes back appears in
/// `snapshot()` and is announced by `changed`.
class Feed {
public:
    Feed(FeedOptions options, std::unique_ptr<Lanes> lanes);
    ~Feed();
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    std::shared_ptr<const Snapshot> snapshot() const;
    Timestamp now() const;

    /// Asks for what is wanted and not here, or too old. Call it often; it is cheap.
    void tick(const Interest& interest);
    /// How long until `tick` may have something to do by itself.
    Duration untilNextTick() const;
    /// Everything is asked for anew at the next tick, whatever its age.
    void refreshAll();

    void setActor(const std::string& actor);

    void redeliver(const RedeliverOrder& order);
    void callBack(const CallBackOrder& order);
    void cancel(const Target& target, const std::string& reason);
    /// Counts what `order` would do; the answer has the serial that is returned.
    std::uint64_t preview(const Target& target, std::optional<double> rate, bool cancelling);
    void changeRun(std::uint64_t serial, BulkAction action);
    void dismissRun(std::uint64_t serial);
    void pauseEndpoint(const std::string& endpoint, const std::string& reason, bool pause);
    void check(const std::string& url, bool send);
    void exportList(const ExportOrder& order);
    void verify();

    struct Core;  ///< of its implementation

private:
    std::shared_ptr<Core> core_;
    std::unique_ptr<Lanes> lanes_;  ///< goes first: nothing runs any more that uses the core
};

}  // namespace waybill::gui
