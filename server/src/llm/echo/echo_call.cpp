#include "llm/echo/echo_call.h"

#include <algorithm>

#include "llm/echo/echo_objects.h"
#include "llm/response_object.h"
#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

// What a daemon passes on it has checked; here only that it can be read at all.
constexpr JsonLimits kLimits{.max_depth = 512, .unique_keys = false, .lone_surrogates = true};

/// The member's value as it stands there; empty: there is none.
std::string_view memberOf(std::string_view object, std::string_view key) {
    const std::vector<JsonMember> members = jsonMembers(object);
    const JsonMember* member = findMember(members, key);
    return member == nullptr ? std::string_view() : valueText(object, *member);
}

/// What a string says; empty for anything else.
std::string wordsOf(std::string_view value) {
    return isJsonString(value) ? jsonStringValue(value) : std::string();
}

/// The words in a string, in an array of parts with `text`, or in nothing.
std::string textOf(std::string_view content) {
    if (isJsonString(content)) return jsonStringValue(content);
    std::string text;
    for (const std::string_view part : jsonElements(content))
        text += wordsOf(memberOf(part, "text"));
    return text;
}

/// What was said last.
std::string lastWords(std::string_view request) {
    for (const char* key : {"input", "messages"}) {
        const std::string_view said = memberOf(request, key);
        if (said.empty()) continue;
        if (!said.starts_with('[')) return textOf(said);
        const std::vector<std::string_view> items = jsonElements(said);
        for (auto item = items.rbegin(); item != items.rend(); ++item)
            if (const auto content = memberOf(*item, "content"); !content.empty())
                return textOf(content);
    }
    return {};
}

bool isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

EchoCall readEchoCall(const BackendCall& call, std::int64_t now) {
    const bool readable = !checkJson(call.body, kLimits);
    const std::string_view request = readable ? std::string_view(call.body) : "{}";
    EchoCall echo;
    echo.api = call.api;
    echo.id = call.id;
    echo.request = request;
    echo.model = jsonQuote(wordsOf(memberOf(request, "model")));
    echo.text = lastWords(request);
    echo.now = now;
    echo.include_usage = memberOf(memberOf(request, "stream_options"), "include_usage") == "true";
    return echo;
}

std::vector<std::string> echoTokens(const std::string& text) {
    std::vector<std::string> tokens;
    std::size_t begin = 0;
    for (std::size_t at = 1; at <= text.size(); ++at) {
        const bool begins_word = at < text.size() && isSpace(text[at - 1]) && !isSpace(text[at]);
        if (at < text.size() && !begins_word) continue;
        tokens.push_back(text.substr(begin, at - begin));
        begin = at;
    }
    return tokens;
}

std::string echoObject(const EchoCall& call) {
    const std::size_t tokens = echoTokens(call.text).size();
    switch (call.api) {
        case ApiKind::kResponses:
            return echoResponse(call, "completed", echoOutputItem(call, "completed", call.text),
                                echoUsage(call.api, tokens));
        case ApiKind::kChatCompletions:
            return echoChatCompletion(call, tokens);
        case ApiKind::kMessages:
            return echoMessage(call, tokens);
    }
    return {};
}

}  // namespace waybill::server
