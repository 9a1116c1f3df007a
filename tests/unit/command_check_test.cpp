// Does a command that cannot be right reach the log?
#include <gtest/gtest.h>

#include "domain/decide.h"

namespace waybill {
namespace {

const std::string kKim = "operator:Kim Lee";

std::string paramOf(const std::optional<Refusal>& refusal) {
    return refusal ? refusal->param + (refusal->code == RefusalCode::kNotFound ? " unknown" : "")
                   : "";
}

template <typename Command>
std::string fault(const Command& command) {
    return paramOf(checkCommand(command));
}

TEST(CommandCheck, WhoActsAndWhyMustBeRecordable) {
    for (const auto& [actor, reason, param] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {kKim, "mended", ""},
             {kKim, std::string(2000, 'x'), ""},  // cut
             {"", "", "actor"},
             {"kim", "", "actor"},
             {"operator:x\nengine", "", "actor"},
             {kKim, "line\nbreak", "reason"},
             {kKim, "\xE2\x80\xAEtxet", "reason"},
             {kKim, "\xff", "reason"}}) {
        SCOPED_TRACE(actor + "/" + reason);
        EXPECT_EQ(fault(Redelivery{.delivery = "dlv_1", .actor = actor, .reason = reason}), param);
        EXPECT_EQ(fault(Cancellation{"dlv_1", actor, reason}), param);
        EXPECT_EQ(fault(LateCallback{.response = "resp_1", .actor = actor, .reason = reason}),
                  param);
        EXPECT_EQ(fault(ResponseDeletion{"resp_1", actor, reason}), param);
        EXPECT_EQ(fault(EndpointCommand{"*", actor, reason}), param);
        EXPECT_EQ(fault(BulkStep{"blk_1", actor, BulkRedeliveryPaused{reason}}), param);
        EXPECT_EQ(fault(BulkStep{"blk_1", actor, BulkRedeliveryRequested{.reason = reason}}),
                  param);
    }
}

TEST(CommandCheck, AnAccessIsRecordedOnlyInTextsThatCanBeShown) {
    const auto faultOf = [](std::string actor, AccessRecorded access) {
        return fault(AccessNote{std::move(actor), std::move(access)});
    };
    constexpr AccessKind kKind = AccessKind::kLoginFailed;
    EXPECT_EQ(faultOf("engine", {kKind}), "");
    EXPECT_EQ(faultOf(kKim, {kKind, "dlv_1", "2001:db8::/64", 50}), "");
    EXPECT_EQ(faultOf("", {kKind}), "actor");
    EXPECT_EQ(faultOf("kim", {kKind}), "actor");
    EXPECT_EQ(faultOf(kKim, {kKind, "a\nb"}), "target");
    EXPECT_EQ(faultOf(kKim, {kKind, "\xff"}), "target");
    EXPECT_EQ(faultOf(kKim, {kKind, std::string(kMaxAccessTarget, 'x')}), "");
    EXPECT_EQ(faultOf(kKim, {kKind, std::string(kMaxAccessTarget + 1, 'x')}), "target");
    EXPECT_EQ(faultOf(kKim, {kKind, "", "\x1b[2J"}), "address");
    EXPECT_EQ(faultOf(kKim, {kKind, "", std::string(200, '1')}), "address");
    EXPECT_EQ(faultOf(kKim, {kKind, "", "", 0}), "count");
}

TEST(CommandCheck, AnIdOfAnotherKindIsTheIdOfNothing) {
    for (const char* id : {"", "dlv_", "resp_1", "blk_1", "https://a:443", "*", "dlv_ 1", "1"}) {
        EXPECT_EQ(fault(Redelivery{.delivery = id, .actor = kKim}), "id unknown") << id;
        EXPECT_EQ(fault(Cancellation{id, kKim, ""}), "id unknown") << id;
    }
    for (const char* id : {"resp_1", "chatcmpl-1", "msg_1", "a-hosts-own"})
        EXPECT_EQ(fault(LateCallback{.response = id, .actor = kKim}), "") << id;
    for (const char* id : {"", "dlv_1", "blk_1", "*", "https://a:443", "resp 1"}) {
        EXPECT_EQ(fault(LateCallback{.response = id, .actor = kKim}), "id unknown") << id;
        EXPECT_EQ(fault(ResponseDeletion{id, kKim, ""}), "id unknown") << id;
        EXPECT_EQ(fault(ResponseCompletion{.id = id}), "id unknown") << id;
        EXPECT_EQ(fault(ResponseCreation{.id = id}), "id unknown") << id;
    }
    EXPECT_EQ(fault(BulkStep{"dlv_1", kKim, BulkRedeliveryPaused{}}), "id unknown");
    EXPECT_EQ(fault(BulkStep{"blk_1", kKim, BulkRedeliveryRefused{1, "resp_1"}}), "id unknown");
    EXPECT_EQ(fault(Redelivery{.delivery = "dlv_1", .actor = kKim, .bulk = "dlv_2"}), "id unknown");
}

TEST(CommandCheck, AnEndpointIsNamedAsEventsNameIt) {
    for (const char* endpoint : {"*", "https://example.com:443", "http://127.0.0.1:8080"})
        EXPECT_EQ(fault(EndpointCommand{endpoint, kKim, ""}), "") << endpoint;
    for (const char* endpoint : {"", "nonsense", "example.com", "ftp://example.com", "dlv_1"})
        EXPECT_EQ(fault(EndpointCommand{endpoint, kKim, ""}), "endpoint") << endpoint;
    for (const char* endpoint :
         {"https://EXAMPLE.com", "https://example.com", "HTTPS://example.com:443/"}) {
        const auto refusal = checkCommand(EndpointCommand{endpoint, kKim, ""});
        ASSERT_TRUE(refusal) << endpoint;
        EXPECT_EQ(refusal->message, "endpoint must be written https://example.com:443");
    }
}

TEST(CommandCheck, AResponseNamesAClientAndAModelThatCanBeRead) {
    const auto created = [](const std::string& client, const std::string& model) {
        return fault(ResponseCreation{
            .id = "resp_1", .created = {.kind = "response", .client = client, .model = model}});
    };
    EXPECT_EQ(created("acme", "gpt-4.1"), "");
    EXPECT_EQ(created("acme", ""), "");
    EXPECT_EQ(created("", "m"), "client");
    EXPECT_EQ(created("a\tb", "m"), "client");
    EXPECT_EQ(created("acme", "m\x01"), "model");
    EXPECT_EQ(created("acme", std::string(1025, 'm')), "model");
}

TEST(CommandCheck, AFilterIsRecordedAsTheJsonItIs) {
    const auto asked = [](const std::string& filter) {
        return fault(BulkStep{"blk_1", kKim, BulkRedeliveryRequested{.filter = filter}});
    };
    EXPECT_EQ(asked(""), "");
    EXPECT_EQ(asked(R"({"status":"failed"})"), "");
    for (const char* filter : {"status=failed", "[]", "{", "{} {}", "{\"q\":\"\xE2\x80\xAE\"}"})
        EXPECT_EQ(asked(filter), "filter") << filter;
    EXPECT_EQ(asked(R"({"q":")" + std::string(16 * 1024, 'q') + "\"}"), "filter");
}

}  // namespace
}  // namespace waybill
