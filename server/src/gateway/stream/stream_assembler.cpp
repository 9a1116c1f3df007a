#include "gateway/stream/stream_assembler.h"

#include "gateway/stream/chat_assembler.h"
#include "gateway/stream/message_assembler.h"
#include "gateway/stream/response_assembler.h"

namespace waybill::server {

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
