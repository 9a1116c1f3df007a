#include "gateway/answer_form.h"

#include <array>
#include <utility>

namespace waybill::server {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::array<std::string_view, 4> kFields = {"data", "event", "id", "retry"};

}  // namespace

AnswerForm answerForm(std::string_view beginning) {
    if (beginning.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(beginning))
        return AnswerForm::kUndecided;
    if (beginning.starts_with(kByteOrderMark)) beginning.remove_prefix(kByteOrderMark.size());
    const std::size_t begin = beginning.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return AnswerForm::kUndecided;
    beginning.remove_prefix(begin);
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

AnswerForm PeekedReply::awaitForm(const Abandoned& abandoned, std::size_t most_bytes) {
    for (;;) {
        const AnswerForm form = answerForm(beginning_);
        if (form != AnswerForm::kUndecided || ended_ || beginning_.size() > most_bytes) return form;
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
