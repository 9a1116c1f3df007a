#include "llm/stream/stream_assembler.h"

#include <algorithm>

#include "llm/stream/chat_assembler.h"
#include "llm/stream/message_assembler.h"
#include "llm/stream/response_assembler.h"

namespace waybill::server {
namespace {

constexpr const char* kTooMany =
    "The backend's stream has more members and elements than can be put together.";

constexpr std::size_t kLook = std::size_t{1} * 1024 * 1024;  // bytes between two looks, at least

// What a value takes while an event is read.
constexpr std::size_t kValueBytes = 192;

/// How many commas stand outside of the strings of a JSON text.
std::size_t commasIn(std::string_view json) {
    std::size_t commas = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '"') in_string = !in_string;
        if (json[i] == '\\' && in_string) ++i;
        if (json[i] == ',' && !in_string) ++commas;
    }
    return commas;
}

/// Holds nothing.
class GivenUp final : public StreamAssembler {
public:
    explicit GivenUp(std::string reason) : StreamAssembler({}) { fail(std::move(reason)); }

    void take(const SseEvent&) override {}
    std::optional<std::string> finish(bool) override { return std::nullopt; }
    std::size_t weight() const override { return 0; }
};

}  // namespace

std::size_t takenWhileRead(const SseEvent& event) {
    return event.data.size() + commasIn(event.data) * kValueBytes;
}

std::unique_ptr<StreamAssembler> makeGivenUp(std::string reason) {
    return std::make_unique<GivenUp>(std::move(reason));
}

void StreamAssembler::checkValues(const SseEvent& event) {
    if (event.data.size() < kLook) return;
    if (takenWhileRead(event) > kMostOverhead + event.data.size()) fail(kTooMany);
}

void StreamAssembler::checkOverhead(const SseEvent& event) {
    taken_ += event.data.size();
    if (taken_ < next_look_ || taken_ < kLook) return;
    next_look_ = taken_ + std::max(kLook, taken_ / 4);
    if (weight() > kMostOverhead + taken_) fail(kTooMany);
}

std::unique_ptr<StreamAssembler> makeStreamAssembler(ApiKind api, std::string unanswered,
                                                     TextMask mask) {
    switch (api) {
        case ApiKind::kResponses:
            return std::make_unique<ResponseAssembler>(std::move(unanswered), std::move(mask));
        case ApiKind::kChatCompletions:
            return std::make_unique<ChatAssembler>(std::move(mask));
        case ApiKind::kMessages:
            return std::make_unique<MessageAssembler>(std::move(mask));
    }
    return nullptr;
}

}  // namespace waybill::server
