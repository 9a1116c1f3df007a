#include "model/controller.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "model/format.h"
#include "model/headline.h"
#include "model/read_only.h"

namespace waybill::gui {
namespace {

constexpr std::size_t kMaxTicked = 5000;
constexpr std::size_t kNotices = 20;

std::string defaultExportPath(Timestamp now, bool csv) {
    const char* home = std::getenv("HOME");
    std::string stamp = formatTimestamp(now).substr(0, 19);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return std::string(home != nullptr ? home : "/tmp") + "/waybill-deliveries-" + stamp +
           (csv ? ".csv" : ".jsonl");
}

/// The id of a response that a search could be after: a single word, and nothing else.
StreamId soughtIn(DeliveryFilter filter) {
    constexpr std::size_t kLeast = 8;
    const StreamId word = std::exchange(filter.q, {});
    const bool alone = isEmpty(filter) && word.size() >= kLeast;
    return alone && word.find_first_of(" :/") == std::string::npos ? word : StreamId();
}

std::string withExtension(std::string path, bool csv) {
    for (const std::string old : {".csv", ".jsonl"}) {
        if (path.ends_with(old))
            return path.substr(0, path.size() - old.size()) + (csv ? ".csv" : ".jsonl");
    }
    return path;
}

}  // namespace

/// One overload an intent; `std::visit` does not compile for one that has none.
struct Controller::Apply {
    Controller& self;
    State& state = self.state_;

    void operator()(const intent::Show& to) const { self.setView(to.view); }
    void operator()(const intent::SetTheme& to) const { state.settings.theme = to.theme; }
    void operator()(const intent::SetScale& to) const { state.settings.scale = to.scale; }
    void operator()(const intent::SetWindow& to) const {
        state.settings.window = std::min(to.window, kWindows.size() - 1);
        state.settings.window_chosen = true;
    }
    void operator()(const intent::SetLive& to) const {
        state.live = to.live;
        if (to.live) self.feed_.refreshAll();
    }
    void operator()(const intent::SetActor& to) const {
        state.typed_actor = to.name;
        const std::string name = trimmed(to.name);
        if (name.empty() || problemOfName(name).empty()) self.setActor(name);
    }
    void operator()(const intent::Refresh&) const { self.feed_.refreshAll(); }

    void operator()(const intent::Type& to) const {
        state.search = to.search;
        self.queryChanged();
    }
    void operator()(const intent::FilterStatus& to) const {
        state.status = state.status == to.status ? std::string() : to.status;
        self.queryChanged();
    }
    void operator()(const intent::FilterEndpoint& to) const {
        state.endpoint = to.endpoint;
        self.queryChanged();
    }
    void operator()(const intent::FilterReason& to) const {
        state.reason = to.reason;
        self.queryChanged();
    }
    void operator()(const intent::FilterTime& to) const {
        state.since = to.since;
        state.until = to.until;
        self.queryChanged();
    }
    void operator()(const intent::ClearFilters&) const {
        state.search.clear();
        state.status.clear();
        state.endpoint.clear();
        state.reason.clear();
        state.since.reset();
        state.until.reset();
        self.queryChanged();
    }
    void operator()(const intent::Order& to) const {
        state.reverse = state.order == to.order ? !state.reverse : false;
        state.order = to.order;
        self.queryChanged();
    }
    void operator()(const intent::ShowDeliveriesOf& to) const {
        (*this)(intent::ClearFilters{});
        state.endpoint = to.endpoint;
        state.status = to.status;
        self.setView(View::kDeliveries);
    }

    void operator()(const intent::RowsVisible& to) const {
        state.first_row = to.first;
        state.last_row = to.last;
    }
    void operator()(const intent::MoveFocus& by) const {
        // From nowhere the first step leads to the first row.
        self.setFocus(std::max<std::ptrdiff_t>(-1, state.focused_row) + by.rows,
                      !state.open.empty());
        ++state.scroll_request;
    }
    void operator()(const intent::FocusRow& to) const {
        self.setFocus(to.row, to.open || !state.open.empty());
        state.anchor_row = to.row;
    }
    void operator()(const intent::Tick& at) const {
        const auto seen = self.feed_.snapshot();
        if (!seen->list || at.row < 0) return;
        const DeliveryView* row = seen->list->at(static_cast<std::size_t>(at.row));
        if (row == nullptr) return;
        self.tickRow(at.row, state.ticked.count(row->id) == 0);
        state.anchor_row = at.row;
        self.setFocus(at.row, false);
    }
    void operator()(const intent::TickTo& to) const {
        const std::ptrdiff_t from = state.anchor_row < 0 ? to.row : state.anchor_row;
        for (auto row = std::min(from, to.row); row <= std::max(from, to.row); ++row)
            self.tickRow(row, true);
        self.setFocus(to.row, false);
    }
    void operator()(const intent::TickAll&) const {
        if (!self.understood("Nothing was ticked")) return;
        const bool none = !state.all_matching && state.ticked.empty();
        state.ticked.clear();
        state.all_matching = none;
    }
    void operator()(const intent::ClearTicks&) const {
        state.ticked.clear();
        state.all_matching = false;
    }
    void operator()(const intent::Open& to) const { self.open(to.id); }
    void operator()(const intent::OpenWide&) const {
        if (!state.open.empty()) state.view = View::kDelivery;
    }
    void operator()(const intent::Close&) const {
        if (state.view == View::kDelivery) {
            state.view = View::kDeliveries;
        } else if (!state.ticked.empty() || state.all_matching) {
            (*this)(intent::ClearTicks{});
        } else if (!state.open.empty()) {
            state.open.clear();
        } else if (state.view == View::kDeliveries && state.filtered()) {
            (*this)(intent::ClearFilters{});
        }
    }

    void operator()(const intent::SetTab& to) const { state.tab = to.tab; }
    void operator()(const intent::FoldAttempt& at) const {
        (at.folded ? state.folded_attempts : state.unfolded_attempts).insert(at.attempt);
        (at.folded ? state.unfolded_attempts : state.folded_attempts).erase(at.attempt);
    }
    void operator()(const intent::FoldJson& at) const {
        if (state.folded_json.erase(at.row) == 0) state.folded_json.insert(at.row);
    }
    void operator()(const intent::FoldAllJson& to) const {
        state.folded_json.clear();
        const auto seen = self.feed_.snapshot();
        if (!to.folded || !seen->open.payload) return;
        const JsonTree& tree = seen->open.payload->tree;
        for (std::uint32_t row = 1; row < tree.size(); ++row) {
            if (tree[row].close != 0) state.folded_json.insert(row);
        }
    }
    void operator()(const intent::SetRaw& to) const { state.raw_payload = to.raw; }
    void operator()(const intent::FoldEvent& at) const {
        if (state.unfolded_events.erase(at.position) == 0) {
            state.unfolded_events.insert(at.position);
        }
    }

    void operator()(const intent::AskRedeliver& how) const {
        self.askAbout(Action::kRedeliver, how.correcting);
    }
    void operator()(const intent::AskCancel&) const { self.askAbout(Action::kCancel, false); }
    void operator()(const intent::AskRedeliverOf& of) const {
        ConfirmDialog dialog;
        dialog.target.filter = of.filter;
        self.ask(std::move(dialog));
    }
    void operator()(const intent::AskPause& about) const {
        ConfirmDialog dialog;
        dialog.action = about.pause ? Action::kPauseEndpoint : Action::kResumeEndpoint;
        dialog.endpoint = about.endpoint;
        self.ask(std::move(dialog));
    }
    void operator()(const intent::AskCheck& about) const {
        state.dialog = CheckDialog{about.url, false, false};
    }
    void operator()(const intent::AskExport&) const {
        if (!self.understood("Nothing to export")) return;
        state.dialog = ExportDialog{defaultExportPath(self.feed_.now(), true), true};
    }
    void operator()(const intent::AskHelp&) const { state.dialog = HelpDialog{}; }
    void operator()(const intent::EditConfirm& to) const {
        auto* dialog = std::get_if<ConfirmDialog>(&state.dialog);
        if (dialog == nullptr) return;
        const bool other_rate = dialog->rate != to.dialog.rate;
        *dialog = to.dialog;
        if (other_rate) self.startPreview(*dialog);
    }
    void operator()(const intent::AskCallBack& of) const {
        if (const std::string why = whyNotAdmin(*self.feed_.snapshot()); !why.empty()) {
            return self.notify(Severity::kProblem, "This cannot be changed here", why);
        }
        self.askFirst(CallBackDialog{of.response, {}, {}, {}});
    }
    void operator()(const intent::EditCallBack& to) const {
        if (auto* dialog = std::get_if<CallBackDialog>(&state.dialog)) *dialog = to.dialog;
    }
    void operator()(const intent::EditActor& to) const {
        if (auto* dialog = std::get_if<ActorDialog>(&state.dialog)) dialog->name = to.name;
    }
    void operator()(const intent::EditCheck& to) const {
        if (auto* dialog = std::get_if<CheckDialog>(&state.dialog)) {
            dialog->url = to.url;
            dialog->send = to.send;
        }
    }
    void operator()(const intent::EditExport& to) const {
        if (auto* dialog = std::get_if<ExportDialog>(&state.dialog)) {
            dialog->path = to.csv == dialog->csv ? to.path : withExtension(to.path, to.csv);
            dialog->csv = to.csv;
        }
    }
    void operator()(const intent::Accept&) const { self.accept(); }
    void operator()(const intent::Dismiss&) const { state.dialog = {}; }
    void operator()(const intent::ChangeRun& to) const {
        self.feed_.changeRun(to.serial, to.action);
    }
    void operator()(const intent::DismissRun& at) const { self.feed_.dismissRun(at.serial); }

    void operator()(const intent::Copy& of) const {
        if (of.text.empty()) return;
        self.copy_(of.text);
        self.notify(Severity::kDone, of.what + " copied",
                    of.text.substr(0, std::min<std::size_t>(of.text.find('\n'), 80)));
    }
    void operator()(const intent::CannotCopy& because) const {
        self.notify(Severity::kNotice, "Nothing was copied", because.why);
    }

    void operator()(const intent::OrderEndpoints& to) const { state.endpoint_order = to.order; }
    void operator()(const intent::FocusEndpoint& to) const { state.focused_endpoint = to.endpoint; }
    void operator()(const intent::FollowTail& to) const { state.tail_follows = to.follow; }
    void operator()(const intent::FilterTail& to) const { state.tail_filter = to.text; }
    void operator()(const intent::ShowStretch& to) const {
        state.stretch_at_head = to.at_head;
        state.stretch_after = to.after;
    }
    void operator()(const intent::EditJump& to) const { state.jump = to.text; }
    void operator()(const intent::FocusEvent& at) const {
        state.focused_event = state.focused_event == at.position ? 0 : at.position;
    }
    void operator()(const intent::Verify&) const { self.feed_.verify(); }
};

Controller::Controller(Feed& feed, State initial, std::function<void(const std::string&)> copy)
    : feed_(feed), state_(std::move(initial)), copy_(std::move(copy)) {
    state_.typed_actor = state_.settings.actor;
}

void Controller::apply(const Intent& intent) {
    std::visit(Apply{*this}, intent);
}

void Controller::setWindowPlace(int x, int y, int width, int height, bool maximized) {
    state_.settings.maximized = maximized;
    if (maximized) return;  // so that it has its old size when that ends
    state_.settings.window_x = x;
    state_.settings.window_y = y;
    state_.settings.window_width = width;
    state_.settings.window_height = height;
}

void Controller::fitWindow() {
    if (window_fitted_ || state_.settings.window_chosen) return;
    const auto seen = feed_.snapshot();
    if (!seen->log_begins) return;
    window_fitted_ = true;
    const Duration age = feed_.now() - *seen->log_begins;
    std::size_t fits = 0;
    while (fits < kDayWindow && kWindows[fits].length < age)
        ++fits;
    state_.settings.window = fits;
}

Interest Controller::interest() const {
    const auto seen = feed_.snapshot();
    const Window& window = kWindows[state_.settings.window];
    Interest want;
    want.live = state_.live;
    want.window = window.length;
    want.step = window.step;
    want.deliveries = state_.view == View::kDeliveries || state_.view == View::kDelivery;
    if (const auto filter = state_.filter(theirNow(*seen, feed_.now())); filter.ok()) {
        want.query = {*filter, state_.order, state_.reverse};
    }
    want.first_row = state_.first_row;
    want.last_row = state_.last_row;
    if (want.deliveries) want.open = state_.open;
    if (want.deliveries && want.query) want.lookup = soughtIn(want.query->filter);
    want.open_events = true;
    want.open_payload = true;
    want.tail = state_.view == View::kTail && state_.tail_follows;
    want.stretch = state_.view == View::kEvents;
    want.stretch_at_head = state_.stretch_at_head;
    want.stretch_after = state_.stretch_after;
    const auto trouble = troubled(*seen);
    if (!trouble.empty() && state_.view == View::kOverview) {
        want.troubled_endpoint = trouble.front()->endpoint;
    }
    return want;
}

bool Controller::understood(const std::string& else_title) {
    const auto filter = state_.filter(theirNow(*feed_.snapshot(), feed_.now()));
    if (!filter.ok()) notify(Severity::kNotice, else_title, filter.refusal().message);
    return filter.ok();
}

void Controller::setView(View view) {
    if (view == View::kDelivery && state_.open.empty()) view = View::kDeliveries;
    state_.view = view;
}

void Controller::queryChanged() {
    state_.first_row = state_.last_row = 0;
    state_.focused_row = -1;
    state_.focused_id.clear();
    state_.anchor_row = -1;
    state_.all_matching = false;
    ++state_.scroll_request;
}

void Controller::setFocus(std::ptrdiff_t row, bool open_it) {
    const auto seen = feed_.snapshot();
    if (!seen->list || seen->list->size() == 0) return;
    const auto last = static_cast<std::ptrdiff_t>(seen->list->size()) - 1;
    state_.focused_row = std::clamp<std::ptrdiff_t>(row, 0, last);
    const DeliveryView* delivery = seen->list->at(static_cast<std::size_t>(state_.focused_row));
    if (delivery == nullptr) return;
    state_.focused_id = delivery->id;
    if (open_it) open(delivery->id);
}

void Controller::open(const StreamId& id) {
    if (state_.open != id) {
        state_.folded_attempts.clear();
        state_.unfolded_attempts.clear();
        state_.folded_json.clear();
        state_.unfolded_events.clear();
    }
    state_.open = id;
    if (state_.view != View::kDeliveries && state_.view != View::kDelivery) {
        state_.view = View::kDeliveries;
    }
}

void Controller::tickRow(std::ptrdiff_t row, bool on) {
    const auto seen = feed_.snapshot();
    if (!seen->list || row < 0) return;
    const DeliveryView* delivery = seen->list->at(static_cast<std::size_t>(row));
    if (delivery == nullptr) return;
    state_.all_matching = false;
    if (!on) {
        state_.ticked.erase(delivery->id);
    } else if (state_.ticked.size() < kMaxTicked) {
        state_.ticked[delivery->id] = {delivery->endpoint, delivery->status};
    } else {
        notify(Severity::kNotice, "No more can be ticked",
               "Ctrl+A takes all that match the filter instead.");
    }
}

void Controller::notify(Severity severity, std::string title, std::string text) {
    notices_.push_back({next_notice_++, severity, std::move(title), std::move(text)});
    if (notices_.size() > kNotices) notices_.erase(notices_.begin());
}

}  // namespace waybill::gui
