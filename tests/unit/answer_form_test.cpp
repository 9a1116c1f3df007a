// Is an answer known by its first bytes, however they come?
#include "llm/answer_form.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>

namespace waybill::server {
namespace {

const std::string kMark = "\xEF\xBB\xBF";

TEST(AnswerForm, KnowsEventsByTheirFirstField) {
    for (const char* text : {"data: x", "data:", "event: e", "id: 1", "retry: 5", ": hello", ":"})
        for (const std::string& before :
             {std::string(), kMark, std::string("\n\r\n\n"), kMark + "\n"})
            EXPECT_EQ(answerForm(before + text), AnswerForm::kEvents) << before << text;
}

TEST(AnswerForm, KnowsJsonByItsFirstBracket) {
    for (const char* text : {"{", "[1]", R"({"data":1})"})
        for (const std::string& before : {std::string(), kMark, std::string("\n\n \t\r\n")})
            EXPECT_EQ(answerForm(before + text), AnswerForm::kJson) << before << text;
}

TEST(AnswerForm, TakesNothingElseForEither) {
    for (const char* text : {"<html>", "database: x", "datum", "identity:", "i:", "\"data: x\"",
                             "event", "retr y:", "null", "\xEF\xBBx"})
        EXPECT_EQ(answerForm(std::string(text) + "\n"), AnswerForm::kOther) << text;
}

TEST(AnswerForm, WaitsAsLongAsItCanBeEither) {
    for (const std::string& text :
         {std::string(), std::string("\n\n"), kMark, kMark.substr(0, 1), kMark.substr(0, 2),
          kMark + "\r\n", std::string("d"), std::string("data"), std::string("\n\nevent")})
        EXPECT_EQ(answerForm(text), AnswerForm::kUndecided) << text;
}

/// A body in pieces; between them nothing has come yet.
class Pieces final : public BackendReply {
public:
    explicit Pieces(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}
    Read read(std::string& bytes, MonotonicTime) override {
        if (pieces_.empty()) return Read::kEnd;
        const std::string piece = std::move(pieces_.front());
        pieces_.pop_front();
        bytes += piece;
        return piece.empty() ? Read::kNotYet : Read::kBody;
    }
    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override {}

private:
    std::deque<std::string> pieces_;
    BackendHead head_;
    BackendEnd end_{true, false, ""};
};

std::string rest(BackendReply& reply) {
    std::string all;
    for (;;)
        if (reply.read(all, MonotonicTime::max()) == BackendReply::Read::kEnd) return all;
}

TEST(PeekedReply, GivesEveryByteOnWhateverItHasLookedAt) {
    const std::string text = kMark + "\n\ndata: x\n\n";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        std::deque<std::string> pieces = {text.substr(0, cut), "", text.substr(cut)};
        PeekedReply reply(std::make_unique<Pieces>(pieces));
        EXPECT_EQ(reply.awaitForm(nullptr), AnswerForm::kEvents);
        EXPECT_EQ(rest(reply), text);
    }
}

TEST(PeekedReply, SaysNothingOfABodyThatEndsOrIsNotWantedBefore) {
    PeekedReply ended(std::make_unique<Pieces>(std::deque<std::string>{"\n", "dat"}));
    EXPECT_EQ(ended.awaitForm(nullptr), AnswerForm::kUndecided);
    EXPECT_EQ(rest(ended), "\ndat");
    PeekedReply unwanted(std::make_unique<Pieces>(std::deque<std::string>{"\n", "", "data: x"}));
    EXPECT_EQ(unwanted.awaitForm([] { return true; }), AnswerForm::kUndecided);
}

/// A body of blank lines without end.
class Blank final : public BackendReply {
public:
    Read read(std::string& bytes, MonotonicTime) override {
        bytes += "\r\n\n\n";
        return Read::kBody;
    }
    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override {}

private:
    BackendHead head_;
    BackendEnd end_{true, false, ""};
};

TEST(PeekedReply, DoesNotWaitForTheEndOfBlankLines) {
    PeekedReply reply(std::make_unique<Blank>());
    EXPECT_EQ(reply.awaitForm(nullptr), AnswerForm::kUndecided);
    std::string bytes;
    reply.read(bytes, MonotonicTime::max());
    EXPECT_LT(bytes.size(), 100'000U);
}

TEST(PeekedReply, LooksAtEveryBlankByteOnce) {
    const std::deque<std::string> pieces(60'000, "\n");
    const auto timeOf = [&](auto work) {
        PeekedReply reply(std::make_unique<Pieces>(pieces));
        const auto began = std::chrono::steady_clock::now();
        work(reply);
        return std::chrono::steady_clock::now() - began;
    };
    const auto only_read = timeOf([](PeekedReply& reply) { rest(reply); });
    const auto looked_at = timeOf([](PeekedReply& reply) { reply.awaitForm(nullptr); });
    EXPECT_LT(looked_at, 100 * only_read);
}

}  // namespace
}  // namespace waybill::server
