#include "admin/event_stream_reader.h"

#include <Poco/Exception.h>

#include <istream>
#include <string_view>

namespace waybill {
namespace {

constexpr std::size_t kMaxLineBytes = 4 * 1024 * 1024;
constexpr std::size_t kMaxEventBytes = 2 * kMaxLineBytes;

/// A line without its end. False when there is no whole line any more.
bool readLine(std::istream& stream, std::string& line) {
    line.clear();
    for (int c = stream.get(); c != std::istream::traits_type::eof(); c = stream.get()) {
        if (c == '\n') {
            if (line.ends_with('\r')) line.pop_back();
            return true;
        }
        if (line.size() == kMaxLineBytes) throw Poco::DataException("a line of events is too long");
        line += static_cast<char>(c);
    }
    return false;
}

}  // namespace

bool readEventStream(std::istream& stream,
                     const std::function<bool(const std::string* data)>& on_event) {
    constexpr std::string_view kData = "data:";
    std::string line;
    std::string data;
    while (readLine(stream, line)) {
        bool wanted = true;
        if (line.empty()) {
            if (!data.empty()) wanted = on_event(&data);
            data.clear();
        } else if (line.front() == ':') {
            wanted = on_event(nullptr);
        } else if (line.starts_with(kData)) {
            const std::size_t begin = kData.size() + (line.starts_with("data: ") ? 1 : 0);
            if (!data.empty()) data += '\n';
            data.append(line, begin);
            if (data.size() > kMaxEventBytes) throw Poco::DataException("an event is too long");
        }
        if (!wanted) return true;
    }
    return false;
}

}  // namespace waybill
