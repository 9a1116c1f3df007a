#include "llm/masked_reply.h"

#include <algorithm>
#include <utility>

#include "llm/passed_headers.h"

namespace waybill::server {

namespace {

constexpr std::size_t kShortest = 8;
constexpr std::size_t kShortestNumber = 16;
constexpr std::size_t kShortestGuessed = 16;

}  // namespace

bool isWorthMasking(std::string_view secret) {
    const bool number =
        std::all_of(secret.begin(), secret.end(), [](char c) { return c >= '0' && c <= '9'; });
    return secret.size() >= (number ? kShortestNumber : kShortest);
}

std::string_view maskedPartOf(std::string_view header, std::string_view value) {
    if (!isCredential(header)) return {};
    const std::string_view secret = value.substr(value.find_last_of(' ') + 1);
    const bool known = isKnownCredential(header) || secret.size() >= kShortestGuessed;
    return known && isWorthMasking(secret) ? secret : std::string_view();
}

BackendReply::Read MaskedReply::read(std::string& bytes, MonotonicTime until) {
    for (;;) {
        const Read read = reply_->read(held_, until);
        switch (read) {
            case Read::kHead:
                takeHead();
                return read;
            case Read::kBody:
                if (handOut(bytes)) return read;
                break;
            case Read::kEnd:
                return handOutRest(bytes) ? Read::kBody : read;
            case Read::kNotYet:
                return read;
        }
    }
}

void MaskedReply::takeHead() {
    const BackendHead& head = reply_->head();
    head_.status = head.status;
    head_.content_type = head.content_type;
    mask_.apply(head_.content_type);
    for (const auto& [name, value] : head.headers) {
        std::string masked = value;
        mask_.apply(masked);
        head_.headers.add(name, std::move(masked));
    }
}

bool MaskedReply::handOut(std::string& bytes) {
    const std::size_t before = bytes.size();
    mask_.moveClear(held_, bytes);
    return bytes.size() > before;
}

/// What an answer that broke off may have begun goes too. False: there is no rest.
bool MaskedReply::handOutRest(std::string& bytes) {
    end_ = reply_->end();
    mask_.apply(end_.failure);
    if (held_.empty()) return false;
    mask_.apply(held_, !end_.whole);
    bytes.append(std::exchange(held_, {}));
    return true;
}

}  // namespace waybill::server
