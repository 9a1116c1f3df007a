#include "http/content_coding.h"

#include <gtest/gtest.h>

#include "support/chance.h"
#include "support/encoded.h"

namespace waybill::server {
namespace {

using test::gzipOf;
using test::zstdOf;
using Decoding = ContentDecoder::Result;

constexpr std::size_t kPlenty = 1024 * 1024;

struct Coded {
    ContentCoding coding;
    std::string (*encode)(std::string_view);
};

class ContentCodings : public testing::TestWithParam<Coded> {};

std::string decoded(ContentCoding coding, std::string_view body,
                    Decoding expected = Decoding::kOk) {
    std::string out;
    EXPECT_EQ(decodeContent(coding, body, kPlenty, out), expected);
    return out;
}

TEST_P(ContentCodings, ABodyComesOutAsItWentIn) {
    for (const std::size_t size : {0, 1, 100, 16 * 1024, 200'000}) {
        std::string text(size, 'a');
        for (std::size_t i = 0; i < size; i += 7)
            text[i] = static_cast<char>(i * 31);
        EXPECT_EQ(decoded(GetParam().coding, GetParam().encode(text)), text) << size;
    }
}

TEST_P(ContentCodings, CutAnywhereTheSameComesOutAndOnlyTheEndIsWhole) {
    const std::string text(40'000, 'x');
    const std::string body = GetParam().encode(text) + GetParam().encode("and more");
    ContentDecoder decoder(GetParam().coding, kPlenty);
    std::string out;
    for (const char byte : body)
        ASSERT_EQ(decoder.feed({&byte, 1}, out), Decoding::kOk);
    EXPECT_EQ(out, text + "and more");
    EXPECT_TRUE(decoder.whole());
    decoded(GetParam().coding, body.substr(0, body.size() - 1), Decoding::kMalformed);
}

TEST_P(ContentCodings, WhatHasComeCanBeReadBeforeTheEnd) {
    const std::string body = GetParam().encode("first") + GetParam().encode("second");
    ContentDecoder decoder(GetParam().coding, kPlenty);
    std::string out;
    decoder.feed(std::string_view(body).substr(0, GetParam().encode("first").size()), out);
    EXPECT_EQ(out, "first");
}

TEST_P(ContentCodings, ABombStopsAtTheLimit) {
    const std::string body = GetParam().encode(std::string(50'000'000, '\0'));
    std::string out;
    EXPECT_EQ(decodeContent(GetParam().coding, body, 1000, out), Decoding::kTooLarge);
    EXPECT_EQ(out.size(), 1000u);
    EXPECT_LT(out.capacity(), 100'000u);
    std::string exact;
    EXPECT_EQ(decodeContent(GetParam().coding, GetParam().encode("abc"), 3, exact), Decoding::kOk);
}

TEST_P(ContentCodings, DamagedBytesAreMalformedOrDecodeAndNeverHang) {
    test::Chance chance(11);
    const std::string body = GetParam().encode(std::string(3000, 'q') + "tail");
    for (int round = 0; round < 2000; ++round) {
        std::string damaged = body;
        damaged[chance.below(damaged.size())] = static_cast<char>(chance.below(256));
        std::string out;
        decodeContent(GetParam().coding, damaged, kPlenty, out);
        EXPECT_LE(out.size(), kPlenty);
    }
    decoded(GetParam().coding, "not compressed at all", Decoding::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(Both, ContentCodings,
                         testing::Values(Coded{ContentCoding::kGzip, gzipOf},
                                         Coded{ContentCoding::kZstd, zstdOf}),
                         [](const auto& coded) {
                             return coded.param.coding == ContentCoding::kGzip ? "Gzip" : "Zstd";
                         });

TEST(ContentCodingGzip, WhatFollowsAMemberAndBeginsNoOtherIsPadding) {
    for (const std::string& padding :
         {std::string(1, '\0'), std::string(5000, '\0'), std::string("trailing"),
          std::string("\x1f"), std::string("\x1f\x1f\x8b"), "\x1f" + gzipOf("b")}) {
        const std::string body = gzipOf("a") + padding;
        EXPECT_EQ(decoded(ContentCoding::kGzip, body), "a");
        ContentDecoder decoder(ContentCoding::kGzip, kPlenty);
        std::string out;
        for (const char byte : body)
            ASSERT_EQ(decoder.feed({&byte, 1}, out), Decoding::kOk);
        EXPECT_EQ(out, "a");
        EXPECT_TRUE(decoder.whole());
    }
    decoded(ContentCoding::kGzip, gzipOf("a") + "\x1f\x8b", Decoding::kMalformed);
    decoded(ContentCoding::kGzip, gzipOf("a") + "\x1f\x8btrailing", Decoding::kMalformed);
    decoded(ContentCoding::kGzip, std::string(10, '\0') + gzipOf("a"), Decoding::kMalformed);
    decoded(ContentCoding::kZstd, zstdOf("a") + "trailing", Decoding::kMalformed);
}

TEST(ContentCodingNames, AreReadAsRfc9110HasThem) {
    EXPECT_EQ(contentCodingOf(""), ContentCoding::kIdentity);
    EXPECT_EQ(contentCodingOf("Identity"), ContentCoding::kIdentity);
    EXPECT_EQ(contentCodingOf("GZip"), ContentCoding::kGzip);
    EXPECT_EQ(contentCodingOf("x-gzip"), ContentCoding::kGzip);
    EXPECT_EQ(contentCodingOf("zstd"), ContentCoding::kZstd);
    EXPECT_EQ(contentCodingOf("br"), ContentCoding::kUnknown);
    EXPECT_EQ(contentCodingOf("deflate"), ContentCoding::kUnknown);
    for (const char* list : {"gzip, identity", "identity,gzip", " , gzip ,", "identity, gzip"})
        EXPECT_EQ(contentCodingOf(list), ContentCoding::kGzip) << list;
    for (const char* list : {"gzip, zstd", "gzip, gzip", "identity, br", "gzip;q=1"})
        EXPECT_EQ(contentCodingOf(list), ContentCoding::kUnknown) << list;
    HttpHeaders headers;
    headers.add("Content-Encoding", "identity");
    headers.add("Content-Encoding", "gzip");
    EXPECT_EQ(bodyCodingOf(headers), ContentCoding::kGzip);
    headers.add("Content-Encoding", "gzip");
    EXPECT_EQ(bodyCodingOf(headers), ContentCoding::kUnknown);
}

TEST(ContentCodingNames, AreNoneInAnIdentityList) {
    for (const char* list : {"identity, identity", ",", " "})
        EXPECT_EQ(contentCodingOf(list), ContentCoding::kIdentity) << list;
}

TEST(ContentCodingZstd, AWindowOverEightMebibytesIsRefused) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 24);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    std::string out(1024, '\0');
    ZSTD_inBuffer in{"abc", 3, 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    // In two steps: a size that is known would make the window smaller.
    ASSERT_EQ(ZSTD_isError(ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush)), 0u);
    ASSERT_EQ(ZSTD_compressStream2(context, &to, &in, ZSTD_e_end), 0u);
    ZSTD_freeCCtx(context);
    out.resize(to.pos);
    decoded(ContentCoding::kZstd, out, Decoding::kMalformed);
}

TEST(ContentCodingZstd, AFormatBeforeTheStandardIsRefusedByItsMagicNumber) {
    std::string body = zstdOf("abc");
    for (int version = 0x1E; version < 0x28; ++version) {
        body[0] = static_cast<char>(version);
        ContentDecoder decoder(ContentCoding::kZstd, kPlenty);
        std::string out;
        EXPECT_EQ(decoder.feed(std::string_view(body).substr(0, 4), out), Decoding::kMalformed);
    }
}

TEST(ContentCodingZstd, ASkippableFrameSaysNothing) {
    const std::string skippable("\x5F\x2A\x4D\x18\x02\0\0\0hi", 10);
    EXPECT_EQ(decoded(ContentCoding::kZstd, skippable + zstdOf("abc") + skippable), "abc");
}

TEST(ContentCodingIdentity, PassesBytesUpToTheLimit) {
    EXPECT_EQ(decoded(ContentCoding::kIdentity, "abc"), "abc");
    std::string out;
    EXPECT_EQ(decodeContent(ContentCoding::kIdentity, "abcd", 3, out), Decoding::kTooLarge);
    EXPECT_EQ(out, "abc");
}

}  // namespace
}  // namespace waybill::server
