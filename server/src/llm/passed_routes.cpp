#include "llm/passed_routes.h"

#include <algorithm>
#include <array>

#include "http/percent.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

constexpr std::string_view kPrefix = "/v1/";

struct StatelessRoute {
    std::string_view method;
    std::string_view path;  ///< below `/v1/`; `*` at its end: one segment or more
    std::string_view why;
};

// Passed on with the operator's key. What is not here keeps or tells of things of that key's
// account: files, uploads, batches, fine_tuning, evals, assistants, threads, vector_stores,
// conversations, containers, videos, stored chat completions and responses, skills; or makes
// credentials (realtime/client_secrets); or is not known.
constexpr StatelessRoute kStateless[] = {
    {"GET", "models", "the list is the same for everybody with the key"},
    {"GET", "models/*",
     "one entry of it; a name may have slashes (org/name). DELETE is not here: "
     "it removes a fine-tuned model"},
    {"POST", "embeddings", "text in, numbers out"},
    {"POST", "completions", "the legacy API, which has no `store`"},
    {"POST", "complete", "Anthropic's legacy one"},
    {"POST", "moderations", "text in, categories out"},
    {"POST", "chat/moderations", "the same at Mistral"},
    {"POST", "classify", "the same at vLLM"},
    {"POST", "classifications", "the same at Mistral"},
    {"POST", "fim/completions", "text in, text out (Mistral)"},
    {"POST", "infill", "text in, text out (llama.cpp)"},
    {"POST", "messages/count_tokens", "a number"},
    {"POST", "responses/input_tokens", "a number"},
    {"POST", "tokenize", "numbers (vLLM, llama.cpp)"},
    {"POST", "detokenize", "text (vLLM, llama.cpp)"},
    {"POST", "rerank", "an order (vLLM, Jina, Cohere)"},
    {"POST", "reranking", "the same at llama.cpp"},
    {"POST", "score", "numbers (vLLM)"},
    {"POST", "pooling", "numbers (vLLM)"},
    {"POST", "audio/speech", "sound in the answer itself"},
    {"POST", "audio/transcriptions", "the sound comes with the request"},
    {"POST", "audio/translations", "the sound comes with the request"},
    {"POST", "images/generations", "pictures in the answer, or under a URL that only it names"},
    {"POST", "images/edits", "the same; the picture comes with the request"},
    {"POST", "images/variations", "the same"},
};

bool fits(std::string_view pattern, std::string_view path) {
    if (!pattern.ends_with('*')) return pattern == path;
    pattern.remove_suffix(1);
    return path.starts_with(pattern) && path.size() > pattern.size();
}

/// Also with parameters behind it, which some servers cut off first (`..;x`).
bool isDotSegment(std::string_view segment) {
    segment = segment.substr(0, segment.find(';'));
    return segment == "." || segment == "..";
}

bool hasOddSegment(std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        if (segment.empty() || isDotSegment(segment)) return true;
        path.remove_prefix(segment.size());
    }
    return false;
}

ApiError ambiguous(std::string what) {
    return {400, "The URL's path " + std::move(what) + ".", "", "ambiguous_path"};
}

}  // namespace

std::optional<ApiError> ambiguityIn(std::string_view path) {
    const std::optional<std::string> decoded = percentDecode(path);
    if (!decoded) return ambiguous("has an escape that is malformed or a control character");
    for (std::size_t at = path.find('%'); at != path.npos; at = path.find('%', at + 1)) {
        const std::string c = percentDecode(path.substr(at, 3)).value_or("%");
        if (isUnreserved(c.front()))
            return ambiguous("escapes a character that needs none; write it as it is");
        if (c == "%") return ambiguous("has an escaped percent sign, which some undo twice");
        // Names of models have slashes, and below `models` every reading leads to the same place.
        if (c == "/" && !path.starts_with("/v1/models/")) return ambiguous("has an escaped slash");
    }
    if (decoded->find('\\') != std::string::npos) return ambiguous("has a backslash");
    if (path.find('#') != path.npos) return ambiguous("has a #, which begins a fragment");
    if (hasOddSegment(path) || hasOddSegment(*decoded))
        return ambiguous("has an empty segment, `.` or `..`");
    return std::nullopt;
}

bool keepsNothing(std::string_view method, std::string_view path) {
    if (method == "HEAD") method = "GET";
    if (!path.starts_with(kPrefix)) return false;
    path.remove_prefix(kPrefix.size());
    return std::any_of(std::begin(kStateless), std::end(kStateless), [&](const auto& route) {
        return route.method == method && fits(route.path, path);
    });
}

bool isBelow(std::string_view path, const std::vector<std::string>& routes) {
    if (!path.starts_with(kPrefix)) return false;
    path.remove_prefix(kPrefix.size());
    return std::any_of(routes.begin(), routes.end(), [&](const std::string& route) {
        return path.starts_with(route) &&
               (path.size() == route.size() || path[route.size()] == '/');
    });
}

std::string passedRoute(std::string_view text) {
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    while (text.ends_with('/'))
        text.remove_suffix(1);
    const std::string path = std::string(kPrefix).append(text);
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return isUnreserved(c) || c == '/'; });
    if (!plain || hasOddSegment(path))
        throw ConfigError("write routes below /v1, such as files,batches or fine_tuning/jobs");
    if (isBelow(path, {"deliveries"}))
        throw ConfigError("deliveries are Waybill's own; write another route");
    return std::string(text);
}

}  // namespace waybill::server
