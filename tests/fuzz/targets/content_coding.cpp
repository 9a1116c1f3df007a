// Bodies in a content coding.
#include <algorithm>

#include "fuzz/target.h"
#include "http/content_coding.h"

namespace waybill::test {
namespace {

using server::ContentCoding;
using server::ContentDecoder;

constexpr std::size_t kMost = 64 * 1024;

struct Decoded {
    ContentDecoder::Result result = ContentDecoder::Result::kOk;
    std::string out;
    bool whole = false;
};

Decoded decoded(ContentCoding coding, const std::vector<std::string_view>& pieces) {
    ContentDecoder decoder(coding, kMost);
    Decoded to;
    for (const std::string_view piece : pieces) {
        to.result = decoder.feed(piece, to.out);
        if (to.result != ContentDecoder::Result::kOk) break;
    }
    to.whole = decoder.whole();
    return to;
}

}  // namespace

/// A body decodes to the same however it is cut, and to no more than its limit.
WAYBILL_FUZZ_TARGET(content_coding) {
    constexpr std::array kCodings = {ContentCoding::kIdentity, ContentCoding::kGzip,
                                     ContentCoding::kZstd};
    const ContentCoding coding = kCodings[takeByte(bytes) % kCodings.size()];
    const Decoded whole = decoded(coding, {bytes});
    const Decoded cut = decoded(coding, cutAnywhere(bytes));
    FUZZ_CHECK(whole.out.size() <= kMost);
    FUZZ_CHECK(whole.result == cut.result);
    if (whole.result == ContentDecoder::Result::kOk) {
        FUZZ_CHECK(whole.out == cut.out);
        FUZZ_CHECK(whole.whole == cut.whole);
    }
    std::string at_once;
    const auto result = server::decodeContent(coding, bytes, kMost, at_once);
    FUZZ_CHECK((result == ContentDecoder::Result::kOk) ==
               (whole.result == ContentDecoder::Result::kOk && whole.whole));
}

}  // namespace waybill::test
