// Answers that quote a secret.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "llm/backend.h"
#include "waybill/token_mask.h"

namespace waybill::server {

/// Whether a secret is taken out of answers: one of eight characters or more, of sixteen where they
/// are digits alone. A shorter one may be a word of a model's answer, or part of a number.
bool isWorthMasking(std::string_view secret);

/// What of a credential's field is taken out of answers: its value without the scheme; empty where
/// it may be a word. A field that only has the name of a credential may say anything
/// (`x-portkey-provider: anthropic`), so of its value 16 characters or more are needed.
std::string_view maskedPartOf(std::string_view header, std::string_view value);

/// An answer without the secrets of its call, in head, body and failure, whatever pieces it comes
/// in. Held back is only what may be the beginning of one, until it is clear. As BackendReply.
class MaskedReply final : public BackendReply {
public:
    MaskedReply(std::unique_ptr<BackendReply> reply, SecretMask mask)
        : reply_(std::move(reply)), mask_(std::move(mask)) {}

    Read read(std::string& bytes, MonotonicTime until) override;
    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override { reply_->cancel(); }
    void mask(std::string& text) const override { mask_.apply(text); }

private:
    void takeHead();
    bool handOut(std::string& bytes);
    bool handOutRest(std::string& bytes);

    const std::unique_ptr<BackendReply> reply_;
    const SecretMask mask_;
    BackendHead head_;
    BackendEnd end_;
    std::string held_;  ///< came, not handed out yet
};

}  // namespace waybill::server
