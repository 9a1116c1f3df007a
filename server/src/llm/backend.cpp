#include "llm/backend.h"

namespace waybill::server {

bool BackendHead::isEventStream() const {
    std::string_view type = content_type;
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t'))
        type.remove_suffix(1);
    return equalsIgnoringCase(type, "text/event-stream");
}

ContentCoding BackendHead::coding() const {
    return bodyCodingOf(headers);
}

}  // namespace waybill::server
