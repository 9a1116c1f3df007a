// What a view can ask for. Views change nothing themselves: they return these.
#pragma once

#include <variant>
#include <vector>

#include "model/state.h"

namespace waybill::gui::intent {

struct Show {
    View view;
};
struct SetTheme {
    Theme theme;
};
struct SetScale {
    float scale;
};
struct SetWindow {
    std::size_t window;
};
struct SetLive {
    bool live;
};
struct SetActor {
    std::string name;
};
struct Refresh {};

// Filters
struct Type {
    std::string search;
};
struct FilterStatus {
    std::string status;
};  ///< the chosen one again: none
struct FilterEndpoint {
    std::string endpoint;
};  ///< empty: all
struct FilterReason {
    std::string reason;
};
struct FilterTime {
    std::optional<Timestamp> since;
    std::optional<Timestamp> until;
};
struct ClearFilters {};
struct Order {
    DeliveryOrder order;
};  ///< the chosen one again: the other way round
/// The deliveries of one endpoint, in their view.
struct ShowDeliveriesOf {
    std::string endpoint;
    std::string status;
};

// Rows
struct RowsVisible {
    std::size_t first;
    std::size_t last;
};
struct MoveFocus {
    std::ptrdiff_t rows;
};
struct FocusRow {
    std::ptrdiff_t row;
    bool open;
};
struct Tick {
    std::ptrdiff_t row;
};
struct TickTo {
    std::ptrdiff_t row;
};                  ///< all from the one ticked last
struct TickAll {};  ///< all that match; again: none
struct ClearTicks {};
struct Open {
    StreamId id;
};
struct OpenWide {};  ///< the open delivery fills the view
struct Close {};     ///< what is open, then what is ticked

// The open delivery
struct SetTab {
    DetailTab tab;
};
struct FoldAttempt {
    std::uint32_t attempt;
    bool folded;
};
struct FoldJson {
    std::uint32_t row;
};
struct FoldAllJson {
    bool folded;
};
struct SetRaw {
    bool raw;
};
struct FoldEvent {
    std::uint64_t position;
};

// Actions: each asks in a dialog first
struct AskRedeliver {
    bool correcting = false;
};  ///< what is ticked, else the focused one
struct AskCancel {};
struct AskRedeliverOf {
    DeliveryFilter filter;
};
struct AskPause {
    std::string endpoint;
    bool pause;
};
struct AskCheck {
    std::string url;
};
struct AskExport {};
struct AskHelp {};
struct EditConfirm {
    ConfirmDialog dialog;
};
struct AskCallBack {
    StreamId response;
};
struct EditCallBack {
    CallBackDialog dialog;
};
struct EditActor {
    std::string name;
};
struct EditCheck {
    std::string url;
    bool send;
};
struct EditExport {
    std::string path;
    bool csv;
};
struct Accept {};   ///< the dialog's own button
struct Dismiss {};  ///< the dialog
struct ChangeRun {
    std::uint64_t serial;
    BulkAction action;
};
struct DismissRun {
    std::uint64_t serial;
};

struct Copy {
    std::string what;
    std::string text;
};
struct CannotCopy {
    std::string why;
};

// Endpoints, tail, event log
struct OrderEndpoints {
    EndpointOrder order;
};
struct FocusEndpoint {
    std::string endpoint;
};
struct FollowTail {
    bool follow;
};
struct FilterTail {
    std::string text;
};
struct ShowStretch {
    bool at_head;
    std::uint64_t after;
};
struct EditJump {
    std::string text;
};
struct FocusEvent {
    std::uint64_t position;
};
struct Verify {};

using Intent = std::variant<
    Show, SetTheme, SetScale, SetWindow, SetLive, SetActor, Refresh, Type, FilterStatus,
    FilterEndpoint, FilterReason, FilterTime, ClearFilters, Order, ShowDeliveriesOf, RowsVisible,
    MoveFocus, FocusRow, Tick, TickTo, TickAll, ClearTicks, Open, OpenWide, Close, SetTab,
    FoldAttempt, FoldJson, FoldAllJson, SetRaw, FoldEvent, AskRedeliver, AskCancel, AskRedeliverOf,
    AskPause, AskCheck, AskExport, AskHelp, EditConfirm, AskCallBack, EditCallBack, EditActor,
    EditCheck, EditExport, Accept, Dismiss, ChangeRun, DismissRun, Copy, CannotCopy, OrderEndpoints,
    FocusEndpoint, FollowTail, FilterTail, ShowStretch, EditJump, FocusEvent, Verify>;

}  // namespace waybill::gui::intent

namespace waybill::gui {
using intent::Intent;
using Intents = std::vector<Intent>;
}  // namespace waybill::gui
