// Does the trial receiver read requests as they are cut by the network?
#include "cli/request_reader.h"

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

using ReaderState = RequestReader::State;

const std::string kSized =
    "POST /hook?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nwebhook-id:  dlv_1 \r\n\r\nhello";
const std::string kChunked =
    "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n"
    "Trailer: t\r\n\r\n";

TEST(RequestReader, EveryCutGivesTheSameRequests) {
    const std::string text = kSized + kChunked + "GET /last HTTP/1.0\r\n\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        RequestReader reader({});
        std::vector<ReceivedRequest> requests;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            reader.take(std::string_view(text).substr(at, piece));
            while (reader.state() == ReaderState::kWhole) {
                requests.push_back(reader.takeRequest());
                reader.next();
            }
        }
        ASSERT_EQ(requests.size(), 3u) << "in pieces of " << piece;
        EXPECT_EQ(requests[0].method + " " + requests[0].target, "POST /hook?x=1");
        EXPECT_EQ(requests[0].body, "hello");
        EXPECT_EQ(requests[0].headers[2],
                  (std::pair<std::string, std::string>{"webhook-id", "dlv_1"}));
        EXPECT_FALSE(requests[0].closes);
        EXPECT_EQ(requests[1].body, "hello");
        EXPECT_EQ(requests[2].body, "");
        EXPECT_TRUE(requests[2].closes);
    }
}

TEST(RequestReader, AConnectionClosesWhereverItsListSaysSo) {
    for (const char* list : {"close", "keep-alive, close", "Close,keep-alive", " x ,\tCLOSE "}) {
        RequestReader reader({});
        reader.take("GET / HTTP/1.1\r\nConnection: " + std::string(list) + "\r\n\r\n");
        EXPECT_TRUE(reader.takeRequest().closes) << list;
    }
    for (const char* list : {"keep-alive", "closed", "", "close-not"}) {
        RequestReader reader({});
        reader.take("GET / HTTP/1.1\r\nConnection: " + std::string(list) + "\r\n\r\n");
        EXPECT_FALSE(reader.takeRequest().closes) << list;
    }
}

TEST(RequestReader, ABodyOverTheLimitIsReadAndDropped) {
    for (const std::string& text : {kSized, kChunked}) {
        RequestReader reader({.max_body_bytes = 4});
        reader.take(text);
        ASSERT_EQ(reader.state(), ReaderState::kWhole);
        const ReceivedRequest request = reader.takeRequest();
        EXPECT_FALSE(request.whole);
        EXPECT_EQ(request.body, "");
    }
}

TEST(RequestReader, WhatIsNoRequestIsBroken) {
    for (const char* text :
         {"hello\r\n\r\n", "POST /\r\n\r\n", "POST / HTTP/2\r\n\r\n", "GET / HTTP/1.1\r\nx\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"}) {
        RequestReader reader({});
        reader.take(text);
        EXPECT_EQ(reader.state(), ReaderState::kBroken) << text;
    }
    RequestReader reader({.max_head_bytes = 100});
    reader.take("GET / HTTP/1.1\r\nx: " + std::string(200, 'x'));
    EXPECT_EQ(reader.state(), ReaderState::kBroken);
}

TEST(RequestReader, LeaveToGoOnIsAskedForOnce) {
    RequestReader reader({});
    reader.take("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    EXPECT_TRUE(reader.wantsContinue());
    EXPECT_FALSE(reader.wantsContinue());
    reader.take("x");
    EXPECT_EQ(reader.state(), ReaderState::kWhole);
}

}  // namespace
}  // namespace waybill::cli
