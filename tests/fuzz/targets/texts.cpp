// Small things that strangers write: tokens, names, times, escapes, secrets.
#include <algorithm>

#include "admin/query_string.h"
#include "cli/console.h"
#include "cli/text_width.h"
#include "fuzz/target.h"
#include "http/percent.h"
#include "http/retry_after.h"
#include "waybill/callback_url.h"
#include "waybill/errors.h"
#include "waybill/nearest_name.h"
#include "waybill/signing.h"
#include "waybill/text_check.h"
#include "waybill/time.h"
#include "waybill/token_mask.h"
#include "waybill/utf8.h"

namespace waybill::test {
namespace {

/// The first line is the token; the rest is what a receiver said, which never has it afterwards.
void checkMask(std::string_view bytes) {
    const std::string token(takeLine(bytes));
    if (token.empty() || checkToken(token)) return;
    for (const bool cut_off : {false, true}) {
        std::string text(bytes);
        maskToken(text, token, cut_off);
        if (token.find('*') == token.npos) FUZZ_CHECK(text.find(token) == text.npos);
        FUZZ_CHECK(text.size() <= bytes.size() * 4 + 4);
        std::string quoted = "before " + token + " after";
        maskToken(quoted, token, cut_off);
        FUZZ_CHECK(token.find('*') != token.npos || quoted.find(token) == quoted.npos);
    }
}

void checkUtf8(std::string_view bytes) {
    const std::string cut = utf8Prefix(bytes, 16);
    FUZZ_CHECK(isUtf8(cut) && cut.size() <= 16);
    FUZZ_CHECK(!isUtf8(bytes) || bytes.size() > 16 || cut == bytes);
    if (!textProblem(bytes, 256)) FUZZ_CHECK(isUtf8(bytes) && bytes.size() <= 256);
    if (!nameProblem(bytes)) {
        FUZZ_CHECK(!bytes.empty() && !textProblem(bytes, kMaxOperatorName));
        FUZZ_CHECK(!actorProblem("operator:" + std::string(bytes)));
    }
    const std::string shown = cli::printable(bytes);
    FUZZ_CHECK(isUtf8(shown));
    FUZZ_CHECK(std::none_of(shown.begin(), shown.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    }));
    const std::string shortened = cli::shortened(shown, 10, cli::Keep::kBothEnds);
    FUZZ_CHECK(cli::columnsOf(shortened) <= 10 && isUtf8(shortened));
    for (const std::string& line : cli::brokenIntoLines(shown, 20))
        FUZZ_CHECK(isUtf8(line));
}

bool hasControls(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void checkEscapes(std::string_view bytes) {
    if (!hasControls(bytes))
        FUZZ_CHECK(server::percentDecode(server::percentEncode(bytes)) == bytes);
    std::string encoded;
    appendPercentEncoded(encoded, bytes);
    FUZZ_CHECK(encoded == server::percentEncode(bytes));
    const auto decoded = server::percentDecode(bytes);
    if (decoded) {
        FUZZ_CHECK(decoded->size() <= bytes.size());
        FUZZ_CHECK(hasControls(bytes) ||
                   server::percentDecode(server::percentEncode(*decoded)) == *decoded);
    }
    if (const auto pairs = server::parseQuery(bytes)) {
        QueryString query;
        for (const auto& [name, value] : *pairs)
            query.add(name, value);
        FUZZ_CHECK(query.text().size() <= 1 + 3 * bytes.size() + 2 * pairs->size());
    }
}

void checkTimes(std::string_view bytes) {
    constexpr Timestamp kNow{std::chrono::hours(500'000)};
    const auto wait = http::parseRetryAfter(bytes, kNow);
    FUZZ_CHECK(!wait || *wait >= Duration::zero());
    if (const auto duration = parseDuration(bytes)) {
        FUZZ_CHECK(*duration >= Duration::zero());
        FUZZ_CHECK(parseDuration(formatDuration(*duration)) == duration);
    }
    if (const auto time = parseTimestamp(bytes))
        FUZZ_CHECK(parseTimestamp(formatTimestamp(*time)) == time);
}

/// A secret of the same form: behind the longest prefix each letter and digit is another one.
std::string otherSecret(std::string secret) {
    constexpr std::string_view kPrefix = "whsec_";
    for (std::size_t i = kPrefix.size(); i < secret.size(); ++i) {
        char& c = secret[i];
        if (c >= 'a' && c <= 'z')
            c = c == 'z' ? 'a' : static_cast<char>(c + 1);
        else if (c >= 'A' && c <= 'Z')
            c = c == 'Z' ? 'A' : static_cast<char>(c + 1);
        else if (c >= '0' && c <= '9')
            c = c == '9' ? '0' : static_cast<char>(c + 1);
    }
    return secret;
}

/// Empty for a secret that is taken.
std::string refusalOf(const std::string& secret) {
    try {
        static_cast<void>(SigningKey::parse(secret));
        return {};
    } catch (const ConfigError& error) {
        return error.message();
    }
}

/// Signing never depends on what else is there, and a refusal depends on the form of a secret only.
void checkSecret(std::string_view bytes) {
    const std::string secret(takeLine(bytes));
    const std::string by_token = SigningKey::fromToken(secret).sign("id", 7, bytes);
    FUZZ_CHECK(by_token == SigningKey::fromToken(secret).sign("id", 7, bytes));
    FUZZ_CHECK(by_token.find_first_of("\r\n ") == by_token.npos);
    FUZZ_CHECK(refusalOf(secret) == refusalOf(otherSecret(secret)));
    if (!refusalOf(secret).empty()) return;
    const SigningKey key = SigningKey::parse(secret);
    FUZZ_CHECK(signatureHeader({key, key}, "id", 7, bytes).find('\n') == std::string::npos);
}

}  // namespace

WAYBILL_FUZZ_TARGET(texts) {
    switch (takeByte(bytes) % 5) {
        case 0:
            return checkMask(bytes);
        case 1:
            return checkUtf8(bytes);
        case 2:
            return checkEscapes(bytes);
        case 3:
            return checkTimes(bytes);
        default:
            return checkSecret(bytes);
    }
}

}  // namespace waybill::test
