// What an answer is by its first bytes, whatever its label says.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "llm/backend_answer.h"

namespace waybill::server {

enum class AnswerForm {
    kUndecided,  ///< not enough has come
    kEvents,     ///< a field of an event stream: `data:`, `event:`, `id:`, `retry:` or a comment
    kJson,       ///< an object or an array
    kOther
};

/// By the first bytes behind a byte order mark and blank lines, which both forms may begin with
/// (WHATWG HTML section 9.2.5, RFC 8259 section 2). Pure.
AnswerForm answerForm(std::string_view beginning);

/// An answer of which the beginning can be looked at before it is read. As BackendReply.
class PeekedReply final : public BackendReply {
public:
    explicit PeekedReply(std::unique_ptr<BackendReply> reply) : reply_(std::move(reply)) {}

    /// Waits until the form is clear, the body is over or nobody wants it; `kUndecided` for the
    /// latter two, and for one that begins with 64 KiB of blank lines. Its head must have been
    /// read. Holds what has come of the body meanwhile. The work grows with the bytes that come.
    AnswerForm awaitForm(const Abandoned& abandoned);

    Read read(std::string& bytes, MonotonicTime until) override;
    const BackendHead& head() const override { return reply_->head(); }
    const BackendEnd& end() const override { return reply_->end(); }
    void cancel() override { reply_->cancel(); }
    void mask(std::string& text) const override { reply_->mask(text); }

private:
    const std::unique_ptr<BackendReply> reply_;
    std::string beginning_;  ///< read, not handed out yet
    std::size_t blank_ = 0;  ///< of its bytes, the first ones that say nothing
    bool ended_ = false;
};

}  // namespace waybill::server
