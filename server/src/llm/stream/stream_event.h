// What the events of all three APIs have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/backend_error.h"
#include "llm/stream/json_draft.h"
#include "llm/stream/sse_reader.h"

namespace waybill::server {

/// The data of an event, by members. `data` must outlive it.
class StreamEvent {
public:
    explicit StreamEvent(std::string_view data);

    /// A JSON object, by the limits for what backends answer.
    bool isObject() const { return kind_ == Kind::kObject; }

    /// Says something that cannot be read exactly: no JSON (NaN, broken UTF-8, cut short, nested
    /// too deeply), or JSON that is no object. `[DONE]`, nothing and null say nothing.
    bool isUnreadable() const { return kind_ == Kind::kUnreadable; }

    /// Of an unreadable one: what is wrong, without any of the text, as a sentence.
    const std::string& problem() const { return problem_; }

    /// The member as it stands there; empty where it is missing or null.
    std::string_view value(std::string_view key) const;

    /// What a string member says; empty where it is missing or no string.
    std::string text(std::string_view key) const;

    std::string_view data() const { return data_; }
    const std::vector<PieceMember>& members() const { return members_; }

private:
    enum class Kind { kNothing, kObject, kUnreadable };

    std::string_view data_;
    Kind kind_ = Kind::kNothing;
    std::string problem_;
    std::vector<PieceMember> members_;
};

/// The name of events that keep a connection open, whatever they say.
constexpr std::string_view kPing = "ping";

/// Whether the data is the mark at the end of a stream of OpenAI's.
bool isDoneMark(std::string_view data);

/// Whether the data is that mark, cut short, or nothing.
bool isDoneMarkBegun(std::string_view data);

/// The error in an event: one by its name or its type, or an `error` member that says something.
/// What it says is read as in an answer that is not streamed; plain text counts.
std::optional<BackendError> errorIn(const SseEvent& event, const StreamEvent& read,
                                    const TextMask& mask);

/// The same as a sentence for the log, at most 512 bytes long.
std::string sentenceOf(const BackendError& error);

}  // namespace waybill::server
