// Server-sent events, from bytes as they come.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waybill::server {

/// One event of a stream.
struct SseEvent {
    std::string name;  ///< empty: none was given
    std::string data;  ///< its lines, with LF between them
};

/// Takes an event stream apart (WHATWG HTML, section 9.2.6: lines end with CR, LF or both; comments
/// and unknown fields are skipped). Pure: cut anywhere, the same events come out. Holds one event;
/// whoever feeds it bounds how much that can be.
class SseReader {
public:
    /// Takes bytes from the front of `bytes` up to the end of the next event, or all of them when
    /// no event ends there.
    std::optional<SseEvent> next(std::string_view& bytes);

    /// What has come of an event whose end has not; nothing when that is no data. By the standard
    /// an event without its end is none, but many readers take it at the end of the stream.
    std::optional<SseEvent> unfinished();

    /// How many bytes it holds of the event that has not ended yet.
    std::size_t held() const { return event_.name.size() + event_.data.size() + name_.size(); }

    /// Whether nothing of an event has come since the last one.
    bool betweenEvents() const;

private:
    enum class Place { kName, kAfterColon, kValue };
    enum class Field { kIgnored, kEvent, kData };

    void takeName(std::string_view& bytes);
    void takeValue(std::string_view& bytes);
    void beginValue();
    bool endLine();

    Place place_ = Place::kName;
    Field field_ = Field::kIgnored;
    std::string name_;  ///< of the field that is being read
    bool first_line_ = true;
    bool after_cr_ = false;
    bool has_data_ = false;
    SseEvent event_;
};

}  // namespace waybill::server
