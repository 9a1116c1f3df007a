#include "llm/answer_form.h"

#include <algorithm>
#include <array>
#include <utility>

#include "waybill/utf8.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMostBlankBytes = 64 * 1024;
constexpr std::array<std::string_view, 4> kFields = {"data", "event", "id", "retry"};

/// Moves `blank` to the first byte that says something, from where it stood before.
AnswerForm formFrom(std::string_view beginning, std::size_t& blank) {
    if (blank == 0) {
        if (beginning.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(beginning))
            return AnswerForm::kUndecided;
        if (beginning.starts_with(kByteOrderMark)) blank = kByteOrderMark.size();
    }
    blank = std::min(beginning.find_first_not_of(" \t\r\n", blank), beginning.size());
    beginning.remove_prefix(blank);
    if (beginning.empty()) return AnswerForm::kUndecided;
    const char first = beginning.front();
    if (first == '{' || first == '[') return AnswerForm::kJson;
    if (first == ':') return AnswerForm::kEvents;
    for (const std::string_view field : kFields) {
        if (beginning.size() <= field.size()) {
            if (field.starts_with(beginning)) return AnswerForm::kUndecided;
        } else if (beginning.starts_with(field) && beginning[field.size()] == ':') {
            return AnswerForm::kEvents;
        }
    }
    return AnswerForm::kOther;
}

}  // namespace

AnswerForm answerForm(std::string_view beginning) {
    std::size_t blank = 0;
    return formFrom(beginning, blank);
}

AnswerForm PeekedReply::awaitForm(const Abandoned& abandoned) {
    for (;;) {
        const AnswerForm form = formFrom(beginning_, blank_);
        if (form != AnswerForm::kUndecided || ended_ || blank_ > kMostBlankBytes) return form;
        switch (reply_->read(beginning_, nextGlance())) {
            case Read::kEnd:
                ended_ = true;
                break;
            case Read::kNotYet:
                if (abandoned && abandoned()) return form;
                break;
            case Read::kHead:
            case Read::kBody:
                break;
        }
    }
}

BackendReply::Read PeekedReply::read(std::string& bytes, MonotonicTime until) {
    if (!beginning_.empty()) {
        bytes.append(std::exchange(beginning_, {}));
        return Read::kBody;
    }
    return ended_ ? Read::kEnd : reply_->read(bytes, until);
}

}  // namespace waybill::server
