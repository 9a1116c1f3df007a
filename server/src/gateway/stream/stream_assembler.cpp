#include "gateway/stream/stream_assembler.h"

#include "gateway/stream/chat_assembler.h"
#include "gateway/stream/message_assembler.h"
#include "gateway/stream/response_assembler.h"

namespace waybill::server {

std::unique_ptr<StreamAssembler> makeStreamAssembler(ApiKind api, std::string unanswered) {
    switch (api) {
        case ApiKind::kResponses:
            return std::make_unique<ResponseAssembler>(std::move(unanswered));
        case ApiKind::kChatCompletions:
            return std::make_unique<ChatAssembler>();
        case ApiKind::kMessages:
            return std::make_unique<MessageAssembler>();
    }
    return nullptr;
}

}  // namespace waybill::server
