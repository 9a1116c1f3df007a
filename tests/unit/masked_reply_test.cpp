// Does an answer come without the secrets of its call, in whatever pieces, and else as it was?
#include "llm/masked_reply.h"

#include <gtest/gtest.h>

#include <deque>

namespace waybill::server {
namespace {

const std::string kKey = "sk-up/stream+Key_0123";

/// An answer in these pieces.
class PiecedReply final : public BackendReply {
public:
    PiecedReply(std::deque<std::string> pieces, bool whole, BackendHead head = {})
        : pieces_(std::move(pieces)), head_(std::move(head)) {
        end_.whole = whole;
        if (!whole) end_.failure = "broken off after " + kKey;
    }
    Read read(std::string& bytes, MonotonicTime) override {
        if (!std::exchange(begun_, true)) return Read::kHead;
        if (pieces_.empty()) return Read::kEnd;
        bytes += pieces_.front();
        pieces_.pop_front();
        return Read::kBody;
    }
    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override {}

private:
    std::deque<std::string> pieces_;
    BackendHead head_;
    BackendEnd end_;
    bool begun_ = false;
};

std::deque<std::string> cutEvery(std::size_t size, const std::string& text) {
    std::deque<std::string> pieces;
    for (std::size_t at = 0; at < text.size(); at += size)
        pieces.push_back(text.substr(at, size));
    return pieces;
}

std::string readAll(BackendReply& reply) {
    std::string bytes;
    BackendReply::Read read{};
    do {
        const std::size_t before = bytes.size();
        read = reply.read(bytes, MonotonicTime::max());
        EXPECT_EQ(read == BackendReply::Read::kBody, bytes.size() > before);
    } while (read != BackendReply::Read::kEnd);
    return bytes;
}

std::string throughMask(const std::string& text, std::size_t piece, bool whole = true) {
    MaskedReply reply(std::make_unique<PiecedReply>(cutEvery(piece, text), whole),
                      SecretMask({kKey}));
    return readAll(reply);
}

TEST(MaskedReply, ASecretIsMaskedWhereverPiecesMeet) {
    const std::string quoted =
        "{\"a\":\"" + kKey +
        "\",\"b\":\"sk-up\\/stream\\u002bKey_0123\"} ?k=sk-up%2Fstream%2BKey_0123&"
        " sk-up&#x2F;stream&#43;Key_0123; " +
        kKey + kKey + " " + kKey.substr(0, kKey.size() - 1) + "\n";
    const std::string masked = "{\"a\":\"****\",\"b\":\"****\"} ?k=****& ****; ******** " +
                               kKey.substr(0, kKey.size() - 1) + "\n";
    for (std::size_t piece = 1; piece <= quoted.size(); ++piece)
        EXPECT_EQ(throughMask(quoted, piece), masked) << "pieces of " << piece;
}

TEST(MaskedReply, WhatHasNoSecretKeepsEveryByteAndIsNotHeldBack) {
    std::string bytes;
    for (int i = 0; i < 4096; ++i)
        bytes.push_back(static_cast<char>((i * 37 + i / 256) & 0xFF));
    for (const std::size_t piece : {1U, 7U, 4096U})
        EXPECT_EQ(throughMask(bytes, piece), bytes);

    std::deque<std::string> events = {"data: {\"a\":\"b\\n\"}\n\n", "data: 100%, you & me\n\n",
                                      "data: sk-up and so on\n\n"};
    MaskedReply reply(std::make_unique<PiecedReply>(events, true), SecretMask({kKey}));
    std::string got;
    ASSERT_EQ(reply.read(got, MonotonicTime::max()), BackendReply::Read::kHead);
    for (const std::string& event : events) {
        got.clear();
        ASSERT_EQ(reply.read(got, MonotonicTime::max()), BackendReply::Read::kBody);
        EXPECT_EQ(got, event);
    }
}

TEST(MaskedReply, HeadAndFailureHaveNoneEither) {
    BackendHead head;
    head.status = 429;
    head.content_type = "text/" + kKey;
    head.headers.add("x-ratelimit-key", "of " + kKey);
    head.headers.add("x-ratelimit-left", "0");
    MaskedReply reply(std::make_unique<PiecedReply>(std::deque<std::string>{}, false, head),
                      SecretMask({kKey}));
    readAll(reply);
    EXPECT_EQ(reply.head().status, 429);
    EXPECT_EQ(reply.head().content_type, "text/****");
    EXPECT_EQ(reply.head().headers.value("x-ratelimit-key"), "of ****");
    EXPECT_EQ(reply.head().headers.value("x-ratelimit-left"), "0");
    EXPECT_EQ(reply.end().failure, "broken off after ****");
}

TEST(MaskedReply, OfAnAnswerThatBreaksOffTheBeginningOfASecretGoesToo) {
    EXPECT_EQ(throughMask("key: " + kKey.substr(0, 9), 4, false), "key: ****");
    EXPECT_EQ(throughMask("key: " + kKey.substr(0, 9), 4, true), "key: " + kKey.substr(0, 9));
}

TEST(MaskedReply, AWordIsNoSecret) {
    for (const char* secret : {"", "key-a", "EMPTY", "none", "1234567", "123456789012345"})
        EXPECT_FALSE(isWorthMasking(secret)) << secret;
    for (const char* secret : {"12345678a", "s3cret-t", "1234567890123456"})
        EXPECT_TRUE(isWorthMasking(secret)) << secret;
}

TEST(MaskedReply, OfAFieldThatOnlyHasTheNameOfAKeyAWordIsNone) {
    for (const char* header : {"Authorization", "x-api-key", "API_KEY", "X-Goog-Api-Key"})
        EXPECT_EQ(maskedPartOf(header, "Bearer sk-12345"), "sk-12345") << header;
    EXPECT_EQ(maskedPartOf("x-portkey-provider", "anthropic"), "");
    EXPECT_EQ(maskedPartOf("X-Auth-Scheme", "Bearer application"), "");
    EXPECT_EQ(maskedPartOf("X-My-Token", "0123456789abcdef"), "0123456789abcdef");
    EXPECT_EQ(maskedPartOf("Accept", "0123456789abcdef"), "");
    EXPECT_EQ(maskedPartOf("x-api-key", "EMPTY"), "");
}

}  // namespace
}  // namespace waybill::server
