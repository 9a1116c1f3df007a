// What the operator chose and does: all that is on the screen and was not heard from elsewhere.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "feed/feed.h"
#include "model/query.h"

namespace waybill::gui {

enum class View { kOverview, kDeliveries, kDelivery, kEndpoints, kTail, kEvents, kSettings };
enum class Theme { kDark, kLight };
enum class DetailTab { kAttempts, kPayload, kEvents };
enum class EndpointOrder { kWorst, kName, kSuccess, kVolume, kLatency, kWaiting };

/// `overview`, `deliveries`, `delivery`, `endpoints`, `tail`, `events`, `settings`.
std::string_view toString(View view) noexcept;
std::optional<View> viewFrom(std::string_view name) noexcept;

/// How far back the figures reach, in steps for charts.
struct Window {
    const char* label;
    const char* step_label;
    Duration length;
    Duration step;
};
inline constexpr std::array<Window, 5> kWindows = {{
    {"Last 15 min", "minute", std::chrono::minutes(15), std::chrono::minutes(1)},
    {"Last hour", "minute", std::chrono::hours(1), std::chrono::minutes(1)},
    {"Last 6 hours", "5 min", std::chrono::hours(6), std::chrono::minutes(5)},
    {"Last 24 hours", "15 min", std::chrono::hours(24), std::chrono::minutes(15)},
    {"Last 7 days", "2 h", std::chrono::hours(24 * 7), std::chrono::hours(2)},
}};
inline constexpr std::size_t kDayWindow = 3;

enum class Action { kRedeliver, kCancel, kPauseEndpoint, kResumeEndpoint };

/// Before something is changed: what will happen, to how many, and how long it takes.
struct ConfirmDialog {
    Action action = Action::kRedeliver;
    Target target{};
    std::string endpoint{};      ///< to pause or resume
    std::uint64_t count = 0;     ///< deliveries; by filter: what is known before the preview
    std::size_t endpoints = 0;   ///< different ones
    std::uint64_t finished = 0;  ///< of those, already delivered
    std::uint64_t preview = 0;   ///< serial of the dry run; 0: none is needed
    std::string reason{};
    bool correcting = false;  ///< one delivery: with another URL or token
    std::string goes_to{};    ///< the endpoint of the one delivery now
    std::string url{};
    std::string token{};
    double rate = 50;  ///< deliveries a second, by filter only
};

/// Has the stored object of a response sent, whose call led to no delivery.
struct CallBackDialog {
    StreamId response{};
    std::string url{};
    std::string token{};
    std::string reason{};
};

/// Asked once, before the first action.
struct ActorDialog {
    std::string name{};
    std::variant<std::monostate, ConfirmDialog, CallBackDialog> then{};
};

struct CheckDialog {
    std::string url{};
    bool send = false;
    bool asked = false;
};

struct ExportDialog {
    std::string path{};
    bool csv = true;
};

struct HelpDialog {};

using Dialog = std::variant<std::monostate, ConfirmDialog, CallBackDialog, ActorDialog, CheckDialog,
                            ExportDialog, HelpDialog>;

/// What is kept between runs.
struct Settings {
    Theme theme = Theme::kDark;
    float scale = 0;  ///< 0: the display's own
    std::string actor{};
    std::size_t window = kDayWindow;
    bool window_chosen = false;  ///< false: it fits the log by itself
    int window_x = -1;
    int window_y = -1;
    int window_width = 1440;
    int window_height = 900;
    bool maximized = false;
    friend bool operator==(const Settings&, const Settings&) = default;
};

/// A delivery that was ticked, with what the dialogs say about it.
struct Ticked {
    std::string endpoint{};
    std::string status{};
};

/// What is wrong with a text that goes into the log, as a sentence; empty: nothing. The engine
/// refuses the same.
std::string problemOfName(const std::string& name);
std::string problemOfReason(const std::string& reason);

/// Without the spaces around it.
std::string trimmed(std::string text);

struct State {
    Settings settings{};
    std::string typed_actor{};  ///< in the settings; theirs is the newest that could be recorded
    View view = View::kOverview;
    bool live = true;

    // Deliveries
    std::string search{};
    std::string status{};
    std::string endpoint{};
    std::string reason{};
    std::optional<Timestamp> since{};
    std::optional<Timestamp> until{};
    DeliveryOrder order = DeliveryOrder::kCreated;
    bool reverse = false;
    std::size_t first_row = 0;
    std::size_t last_row = 0;
    std::ptrdiff_t focused_row = -1;
    StreamId focused_id{};
    std::ptrdiff_t anchor_row = -1;
    std::map<StreamId, Ticked> ticked{};
    bool all_matching = false;         ///< not the ticked ones, but all that the query finds
    std::uint64_t scroll_request = 0;  ///< grows when the focused row should become visible

    // The open delivery
    StreamId open{};
    DetailTab tab = DetailTab::kAttempts;
    std::set<std::uint32_t> folded_attempts{};
    std::set<std::uint32_t> unfolded_attempts{};
    std::set<std::uint32_t> folded_json{};
    bool raw_payload = false;
    std::set<std::uint64_t> unfolded_events{};

    // Endpoints, tail, event log
    EndpointOrder endpoint_order = EndpointOrder::kWorst;
    std::string focused_endpoint{};
    bool tail_follows = true;
    std::string tail_filter{};
    bool stretch_at_head = true;
    std::uint64_t stretch_after = 0;
    std::string jump{};
    std::uint64_t focused_event = 0;

    Dialog dialog{};
    std::uint64_t notices_seen = 0;

    /// All filters together, or, in words, why there is no telling what they mean: nothing may be
    /// listed, counted or changed by them then. `now` is what `since:1h` counts back from.
    Result<DeliveryFilter> filter(Timestamp now) const;
    bool filtered() const;
};

}  // namespace waybill::gui
