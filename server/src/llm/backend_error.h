// Why a backend made no object, in its own words.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace waybill::server {

/// Takes secrets out of a text.
using TextMask = std::function<void(std::string&)>;

/// As far as the backend says it. Every text is UTF-8 on one line, without the characters that
/// `textProblem` refuses (text_check.h).
struct BackendError {
    std::string message{};  ///< at most 4 KiB; empty: it gives none
    std::string type{};     ///< at most 256 bytes each; empty: not given
    std::string code{};
    std::string param{};
    int http_status = 0;  ///< 0: `message` is a sentence of ours
};

/// Reads an error body: OpenAI's and Anthropic's `error`, FastAPI's `detail`, `error` as a string
/// (Ollama, TGI), members at the top (vLLM, Mistral, RFC 9457), one in an array (Gemini). Plain
/// text counts unless the status is a success, HTML never; `http_status` 0: an event of a stream
/// that is an error. `mask`: applied to what the backend says before that is cut. Pure.
BackendError readBackendError(int http_status, std::string_view body, const TextMask& mask = {});

/// `The backend answered with HTTP status 429: Slow down.` A sentence of ours as it is. One line.
std::string inWords(const BackendError& error);

/// The `error` of a failed response: OpenAI's `code` and `message`, and `type`, `param` and
/// `http_status` where they are known.
std::string toJson(const BackendError& error);

}  // namespace waybill::server
