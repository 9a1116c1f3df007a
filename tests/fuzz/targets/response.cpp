// What a receiver or a backend answers.
#include <optional>

#include "fuzz/target.h"
#include "http/response_reader.h"
#include "http/retry_after.h"

namespace waybill::test {
namespace {

struct Read {
    http::ResponseReader::State state{};
    int status = 0;
    std::string head;
    std::string body;
    std::string retry_after;
    bool truncated = false;
    bool reusable = false;
    std::size_t taken = 0;
    bool operator==(const Read&) const = default;
};

constexpr http::ResponseLimits kResponseLimits{2048, 256, 1024};

Read readPieces(const std::vector<std::string_view>& pieces, bool clean, bool no_body) {
    http::ResponseReader reader(kResponseLimits, std::make_shared<ByteBudget>(1 << 20));
    if (no_body) reader.expectNoBody();
    Read read;
    for (const std::string_view piece : pieces) {
        if (reader.finished()) break;
        read.taken += reader.feed(piece);
    }
    if (!reader.finished()) reader.endOfStream(clean);
    read.state = reader.state();
    read.head = reader.headText();
    if (reader.headComplete()) {
        read.status = reader.head().status;
        read.retry_after = reader.head().retry_after;
    }
    read.truncated = reader.truncated();
    read.reusable = reader.reusable();
    read.body = reader.takeBody();
    return read;
}

}  // namespace

/// A response means the same however it is cut, and what is kept of it is bounded.
WAYBILL_FUZZ_TARGET(response) {
    const unsigned choice = takeByte(bytes);
    const bool clean = (choice & 1) != 0;
    const bool no_body = (choice & 2) != 0;
    const Read whole = readPieces({bytes}, clean, no_body);
    FUZZ_CHECK(whole == readPieces(cutAnywhere(bytes), clean, no_body));
    FUZZ_CHECK(whole.taken <= bytes.size());
    FUZZ_CHECK(whole.head.size() <= kResponseLimits.head_bytes);
    FUZZ_CHECK(whole.body.size() <= kResponseLimits.kept_body_bytes);
    FUZZ_CHECK(!whole.reusable || whole.state == http::ResponseReader::State::kComplete);
    FUZZ_CHECK(!no_body || whole.body.empty());
    if (whole.status != 0) FUZZ_CHECK(whole.status >= 200 && whole.status <= 999);
    const auto wait = http::parseRetryAfter(whole.retry_after, Timestamp(std::chrono::hours(1)));
    FUZZ_CHECK(!wait || *wait >= Duration::zero());
}

}  // namespace waybill::test
