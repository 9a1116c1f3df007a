// The controller's questions before something is changed, and what follows when they are accepted.
#include <set>
#include <utility>

#include "model/controller.h"
#include "model/read_only.h"

namespace waybill::gui {

Result<Target> Controller::chosenTarget() const {
    Target target;
    if (state_.all_matching) {
        const auto filter = state_.filter(theirNow(*feed_.snapshot(), feed_.now()));
        if (!filter.ok()) return filter.refusal();
        target.filter = *filter;
        target.everything = filterArguments(target.filter).empty();
        return target;
    }
    for (const auto& [id, ticked] : state_.ticked)
        target.ids.push_back(id);
    const bool list_in_sight = state_.view == View::kDeliveries;
    if (target.ids.empty() && !state_.open.empty()) target.ids.push_back(state_.open);
    if (target.ids.empty() && list_in_sight && !state_.focused_id.empty()) {
        target.ids.push_back(state_.focused_id);
    }
    return target;
}

void Controller::askAbout(Action action, bool correcting) {
    if (state_.view != View::kDeliveries && state_.view != View::kDelivery) return;
    const auto target = chosenTarget();
    if (!target.ok()) {
        return notify(Severity::kNotice, "Nothing is chosen", target.refusal().message);
    }
    ConfirmDialog dialog;
    dialog.action = action;
    dialog.target = *target;
    dialog.correcting = correcting;
    if (dialog.target.byFilter() && !state_.all_matching) {
        return notify(Severity::kNotice, "Nothing is chosen",
                      "Focus a delivery with J and K, or tick some with X.");
    }
    ask(std::move(dialog));
}

/// Counts what is known here; what a filter finds, only the other side can count.
void Controller::ask(ConfirmDialog dialog) {
    const auto seen = feed_.snapshot();
    if (const std::string why = whyReadOnly(*seen); !why.empty()) {
        return notify(Severity::kProblem, "This cannot be changed here", why);
    }
    std::set<std::string> endpoints;
    const auto add = [&](const std::string& endpoint, const std::string& status) {
        endpoints.insert(endpoint);
        if (status == "delivered") ++dialog.finished;
    };
    for (const StreamId& id : dialog.target.ids) {
        const auto ticked = state_.ticked.find(id);
        if (ticked != state_.ticked.end()) {
            add(ticked->second.endpoint, ticked->second.status);
        } else if (seen->open.id == id && seen->open.detail) {
            add(seen->open.detail->delivery.endpoint, seen->open.detail->delivery.status);
        } else if (seen->list) {
            const std::ptrdiff_t row = seen->list->find(id);
            if (row >= 0) {
                const DeliveryView* view = seen->list->at(static_cast<std::size_t>(row));
                add(view->endpoint, view->status);
            }
        }
    }
    dialog.count = dialog.target.ids.size();
    dialog.endpoints = endpoints.size();
    if (dialog.target.ids.size() == 1 && !endpoints.empty()) dialog.goes_to = *endpoints.begin();
    if (dialog.action == Action::kRedeliver || dialog.action == Action::kCancel) {
        if (dialog.target.byFilter()) startPreview(dialog);
    }
    askFirst(std::move(dialog));
}

template <typename Question>
void Controller::askFirst(Question question) {
    const auto seen = feed_.snapshot();
    // Another name than that is the token's own, and the daemon records no other.
    constexpr std::string_view kNobodyInParticular = "operator:admin";
    const bool named =
        seen->info && seen->info->source == "daemon" && seen->info->actor != kNobodyInParticular;
    if (state_.settings.actor.empty() && !named) {
        state_.dialog = ActorDialog{{}, std::move(question)};
    } else {
        state_.dialog = std::move(question);
    }
}

template void Controller::askFirst(CallBackDialog question);

void Controller::setActor(const std::string& name) {
    state_.settings.actor = name;
    feed_.setActor(name);
}

void Controller::startPreview(ConfirmDialog& dialog) {
    const bool cancelling = dialog.action == Action::kCancel;
    dialog.preview = feed_.preview(
        dialog.target, cancelling ? std::nullopt : std::optional(dialog.rate), cancelling);
}

void Controller::accept() {
    const Dialog dialog = std::exchange(state_.dialog, {});  // accepting may put another there
    if (const auto* confirm = std::get_if<ConfirmDialog>(&dialog)) acceptConfirm(*confirm);
    if (const auto* callback = std::get_if<CallBackDialog>(&dialog)) acceptCallBack(*callback);
    if (const auto* actor = std::get_if<ActorDialog>(&dialog)) acceptActor(*actor);
    if (const auto* check = std::get_if<CheckDialog>(&dialog)) acceptCheck(*check);
    if (const auto* file = std::get_if<ExportDialog>(&dialog)) acceptExport(*file);
}

void Controller::acceptConfirm(const ConfirmDialog& dialog) {
    if (!problemOfReason(dialog.reason).empty()) {
        state_.dialog = dialog;
        return;
    }
    switch (dialog.action) {
        case Action::kRedeliver: {
            RedeliverOrder order{dialog.target, dialog.reason, {}, {}, {}};
            if (dialog.correcting && !dialog.url.empty()) order.url = dialog.url;
            if (dialog.correcting && !dialog.token.empty()) order.token = dialog.token;
            if (dialog.target.byFilter()) order.rate = dialog.rate;
            feed_.redeliver(order);
            break;
        }
        case Action::kCancel:
            feed_.cancel(dialog.target, dialog.reason);
            break;
        case Action::kPauseEndpoint:
        case Action::kResumeEndpoint:
            feed_.pauseEndpoint(dialog.endpoint, dialog.reason,
                                dialog.action == Action::kPauseEndpoint);
            break;
    }
    state_.ticked.clear();
    state_.all_matching = false;
}

void Controller::acceptCallBack(const CallBackDialog& dialog) {
    if (dialog.url.empty() || !problemOfReason(dialog.reason).empty()) {
        state_.dialog = dialog;
        return;
    }
    feed_.callBack({dialog.response, dialog.reason, dialog.url, dialog.token});
}

void Controller::acceptActor(const ActorDialog& dialog) {
    const std::string name = trimmed(dialog.name);
    if (!problemOfName(name).empty()) {
        state_.dialog = dialog;
        return;
    }
    setActor(name);
    state_.typed_actor = name;
    if (const auto* then = std::get_if<ConfirmDialog>(&dialog.then)) state_.dialog = *then;
    if (const auto* then = std::get_if<CallBackDialog>(&dialog.then)) state_.dialog = *then;
}

void Controller::acceptCheck(const CheckDialog& dialog) {
    feed_.check(dialog.url, dialog.send);
    state_.dialog = CheckDialog{dialog.url, dialog.send, true};
}

void Controller::acceptExport(const ExportDialog& dialog) {
    const auto query = interest().query;
    if (!query) return;
    const auto expected = countOf(*feed_.snapshot(), query->filter);
    feed_.exportList({*query, dialog.path, dialog.csv, expected.value_or(0)});
}

}  // namespace waybill::gui
