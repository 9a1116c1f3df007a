// Turns what views ask for into changed state and requests.
#pragma once

#include <functional>
#include <string>

#include "model/intent.h"
#include "model/snapshot.h"

namespace waybill::gui {

/// One thread. Never waits: requests go to the feed.
class Controller {
public:
    /// `copy` puts text on the clipboard.
    Controller(Feed& feed, State initial, std::function<void(const std::string&)> copy);

    const State& state() const { return state_; }
    void apply(const Intent& intent);

    void setWindowPlace(int x, int y, int width, int height, bool maximized);

    /// Until a window was chosen: the shortest that shows all of a young log, at most a day.
    void fitWindow();

    /// What the state makes the screen want to know.
    Interest interest() const;

    /// Notices of this side only, newest last (the feed has its own).
    const std::vector<Notice>& notices() const { return notices_; }

private:
    struct Apply;

    void setView(View view);
    void queryChanged();
    void setFocus(std::ptrdiff_t row, bool open);
    void open(const StreamId& id);
    void tickRow(std::ptrdiff_t row, bool on);
    /// What an action is about; refused where that is what a search finds that says nothing clear.
    Result<Target> chosenTarget() const;
    /// Says so, under this title, where the search cannot be understood.
    bool understood(const std::string& else_title);
    void ask(ConfirmDialog dialog);
    /// Puts a question to the operator, after that for a name where none is known.
    template <typename Question>
    void askFirst(Question question);
    void setActor(const std::string& name);
    void askAbout(Action action, bool correcting);
    void startPreview(ConfirmDialog& dialog);
    void accept();
    void acceptConfirm(const ConfirmDialog& dialog);
    void acceptCallBack(const CallBackDialog& dialog);
    void acceptActor(const ActorDialog& dialog);
    void acceptCheck(const CheckDialog& dialog);
    void acceptExport(const ExportDialog& dialog);
    void notify(Severity severity, std::string title, std::string text);

    Feed& feed_;
    State state_;
    std::function<void(const std::string&)> copy_;
    std::vector<Notice> notices_;
    std::uint64_t next_notice_ = 1;
    bool window_fitted_ = false;
};

}  // namespace waybill::gui
