// Is every id by which a body names something that the backend keeps seen, and nothing else?
#include "llm/named_ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace waybill::server {
namespace {

/// `kind id param` of each.
std::vector<std::string> named(std::string_view json) {
    std::vector<std::string> all;
    std::set<std::string> seen;
    for (;;) {
        std::string id;
        const auto one = firstRefusedId(json, [&](std::string_view, const std::string& found) {
            id = found;
            return !seen.contains(found);
        });
        if (!one) return all;
        seen.insert(id);
        all.push_back(std::string(one->kind) + " " + id + " " + one->param);
    }
}

TEST(NamedIds, EachThatAnApiLetsOneNameIsFoundWithItsPlace) {
    const std::vector<std::pair<const char*, const char*>> cases = {
        {R"({"previous_response_id":"r1"})", "response r1 previous_response_id"},
        {R"({"conversation":"c1"})", "conversation c1 conversation"},
        {R"({"conversation":{"id":"c1"}})", "conversation c1 conversation.id"},
        {R"({"prompt":{"id":"p1","version":"2"}})", "prompt p1 prompt.id"},
        {R"({"input":[{"type":"item_reference","id":"i1"}]})", "item i1 input[0].id"},
        {R"({"input":[{"id":"i1"}]})", "item i1 input[0].id"},
        {R"({"input":[{"id":"i1","type":null}]})", "item i1 input[0].id"},
        {R"({"input":[{"id":"i1","type":"reasoning","summary":[]}]})", "item i1 input[0].id"},
        {R"({"input":[{"id":"i1","type":"image_generation_call"}]})", "item i1 input[0].id"},
        {R"({"input":[{"id":"i1","type":"some_later_call"}]})", "item i1 input[0].id"},
        {R"({"input":[{"\u0074ype":"item_reference","id":"i1","role":"user","content":"x"}]})",
         "item i1 input[0].id"},
        {R"({"input":[{"type":"item_reference","Type":"message","id":"i1"}]})",
         "item i1 input[0].id"},
        {R"({"input":[{"type":"item_reference","id":"i1","encrypted_content":"x"}]})",
         "item i1 input[0].id"},
        {R"({"input":[{"id":"i1","encrypted_content":"x"}]})", "item i1 input[0].id"},
        {R"({"input":[{"role":"user","id":"i1"}]})", "item i1 input[0].id"},
        {R"({"input":[{"role":null,"content":"x","id":"i1"}]})", "item i1 input[0].id"},
        {R"({"input":[{"type":"message","item_id":"i1","content":"x"}]})",
         "item i1 input[0].item_id"},
        {R"({"input":{"id":"i1"}})", "item i1 input.id"},
        {R"({"input":[{"role":"user","content":[{"type":"input_text","text":"x"},
            {"type":"input_file","file_id":"f1"}]}]})",
         "file f1 input[0].content[1].file_id"},
        {R"({"input":[{"role":"user","content":[{"type":"input_image","file_id":"f1"}]}]})",
         "file f1 input[0].content[0].file_id"},
        {R"({"input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_file",
            "file_id":"f1"}]}]})",
         "file f1 input[0].output[0].file_id"},
        {R"({"input":[{"type":"code_interpreter_call","container_id":"k1","code":"x"}]})",
         "container k1 input[0].container_id"},
        {R"({"tools":[{"type":"file_search","vector_store_ids":["v1"]}]})",
         "vector store v1 tools[0].vector_store_ids[0]"},
        {R"({"tools":[{"type":"code_interpreter","container":"k1"}]})",
         "container k1 tools[0].container"},
        {R"({"tools":[{"type":"code_interpreter","container":{"type":"auto","file_ids":["f1"]}}]})",
         "file f1 tools[0].container.file_ids[0]"},
        {R"({"tools":[{"type":"shell","environment":{"type":"container_reference",
            "container_id":"k1"}}]})",
         "container k1 tools[0].environment.container_id"},
        {R"({"tools":[{"type":"image_generation","input_image_mask":{"file_id":"f1"}}]})",
         "file f1 tools[0].input_image_mask.file_id"},
        {R"({"messages":[{"role":"assistant","audio":{"id":"a1"}}]})",
         "sound a1 messages[0].audio.id"},
        {R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f1"}}]}]})",
         "file f1 messages[0].content[0].file.file_id"},
        {R"({"audio":{"format":"wav","voice":{"id":"v1"}}})", "voice v1 audio.voice.id"},
        {R"({"container":"k1"})", "container k1 container"},
        {R"({"container":{"id":"k1"}})", "container k1 container.id"},
        {R"({"container":{"skills":[{"type":"custom","skill_id":"s1"}]}})",
         "skill s1 container.skills[0].skill_id"},
        {R"({"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file",
            "file_id":"f1"}}]}]})",
         "file f1 messages[0].content[0].source.file_id"},
        {R"({"messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f1"}]}]})",
         "file f1 messages[0].content[0].file_id"},
        {R"({"extra_body":{"google":{"cached_content":"cachedContents/1"}}})",
         "cached content cachedContents/1 extra_body.google.cached_content"},
        {R"({"tools":[{"some_later_store_id":"x1"}]})", "thing x1 tools[0].some_later_store_id"},
        {R"({"laterThingIds":["x1"]})", "thing x1 laterThingIds[0]"},
        {R"({"a":[[{"thing_id":"x1"}]]})", "thing x1 a[0][0].thing_id"},
        {R"({"kv_transfer_params":{"remote_engine_id":"e1"}})",
         "thing e1 kv_transfer_params.remote_engine_id"},
    };
    for (const auto& [json, expected] : cases)
        EXPECT_EQ(named(json), std::vector<std::string>{expected}) << json;
}

TEST(NamedIds, NoSpellingHidesOne) {
    for (const char* json :
         {R"({"previous\u005fresponse_id":"r1"})", R"({"previous_response_id":"\u00721"})",
          R"({"Previous_Response_ID":"r1"})", R"({"previousResponseId":"r1"})",
          R"({"previous_response_id":["r1"]})", R"( { "previous_response_id" : "r1" } )",
          R"({"previous_response_id":"","previous_response_id":"r1"})"}) {
        const std::vector<std::string> all = named(json);
        ASSERT_EQ(all.size(), 1U) << json;
        EXPECT_TRUE(all.front().starts_with("response r1 ")) << all.front();
    }
}

TEST(NamedIds, WhatNamesNothingThatIsKeptIsNone) {
    for (const char* json :
         {R"({"previous_response_id":null,"conversation":null,"container":""})",
          R"({"metadata":{"file_id":"f","user_id":"u"},"safety_identifier":"x","user":"y"})",
          R"({"messages":[{"role":"tool","tool_call_id":"t"},
             {"role":"assistant","tool_calls":[{"id":"t","function":{"arguments":"{}"}}]}]})",
          R"({"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t",
             "input":{"file_id":"f"}}]},{"role":"user","content":[{"type":"tool_result",
             "tool_use_id":"t","content":"file_id"}]}]})",
          R"({"input":[{"type":"message","id":"m","role":"assistant","content":[]},
             {"id":"m","role":"assistant","content":"x"},
             {"type":"function_call","id":"c","call_id":"c","arguments":"{\"file_id\":\"f\"}"},
             {"type":"reasoning","id":"r","encrypted_content":"x"}]})",
          R"({"tools":[{"type":"function","function":{"parameters":{"file_id":"f"}}},
             {"name":"t","input_schema":{"properties":{"file_id":{"type":"string"}}}},
             {"type":"mcp","connector_id":"connector_gmail","headers":{"X-User_id":"u"}}]})",
          R"({"tools":[{"name":"t","input_examples":[{"file_id":"f","order_ids":["o"]}]}],
             "messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","input":{},
             "caller":{"type":"code_execution_20250825","tool_id":"srvtoolu_1"}}]}]})",
          R"({"guided_json":{"properties":{"file_id":{"type":"string","default":"f"}},
             "required":["file_id"]},"trace":{"trace_id":"t","parent_span_id":"s"}})",
          R"({"response_format":{"json_schema":{"schema":{"conversation_id":"x"}}}})",
          R"({"container":{"skills":[{"type":"anthropic","skill_id":"pptx"}]}})",
          R"({"stop_token_ids":[1,2],"logit_bias":{"50256":-100},"id_slot":3})",
          R"({"input":"previous_response_id","prompt":"x","documents":[{"doc_id":"d"}]})",
          R"({"audio":{"voice":"alloy"},"service_tier":"auto","include":["file_id"]})", "[]", "3",
          R"("file_id")", "{}"})
        EXPECT_EQ(named(json), std::vector<std::string>()) << json;
}

TEST(NamedIds, ThePlaceIsShortAndQuotesNoOddName) {
    const std::string name(5000, 'n');
    const auto all = named(R"({")" + name + R"(":{"a\nb":{"file_id":"f"}}})");
    ASSERT_EQ(all.size(), 1U);
    EXPECT_LE(all.front().size(), std::string("file f ").size() + 200);
    EXPECT_EQ(named(R"({"a\nb":{"file_id":"f"}})"), std::vector<std::string>{"file f ?.file_id"});
}

TEST(NamedIds, WhatTheBackendGaveOutIsKnownAndNotWhatTheClientSaid) {
    EXPECT_EQ(idsGivenIn(R"({"id":"resp_1","object":"response","metadata":{"file_id":"no"},
        "instructions":[{"file_id":"no"}],"previous_response_id":"no","prompt":{"id":"no"},
        "tools":[{"parameters":{"container_id":"no"},"vector_store_ids":["no"]}],
        "output":[{"type":"reasoning","id":"rs_1"},
            {"type":"code_interpreter_call","id":"ci_1","container_id":"cntr_1"},
            {"type":"mcp_list_tools","id":"mcpl_1","tools":[{"input_schema":{"file_id":"no"},
                "annotations":{"container_id":"no"}}]},
            {"type":"function_call","id":"fc_1","arguments":"{\"file_id\":\"no\"}"},
            {"type":"tool_search_call","id":"ts_1","arguments":{"file_id":"no"}},
            {"type":"message","id":"msg_1","content":[{"type":"output_text","text":"file_id no",
                "annotations":[{"type":"container_file_citation","container_id":"cntr_1",
                    "file_id":"cfile_1"}]}]}]})"),
              (std::set<std::string>{"rs_1", "ci_1", "cntr_1", "mcpl_1", "fc_1", "ts_1", "msg_1",
                                     "cfile_1"}));
    EXPECT_EQ(idsGivenIn(R"({"choices":[{"message":{"audio":{"id":"audio_1"},
        "tool_calls":[{"id":"no","function":{"arguments":"{}"}}]}}]})"),
              std::set<std::string>{"audio_1"});
    EXPECT_EQ(idsGivenIn(R"({"id":"msg_1","container":{"id":"cntr_1"},"content":[
        {"type":"tool_use","id":"no","input":{"file_id":"no"}},
        {"type":"code_execution_tool_result","content":{"content":[{"file_id":"file_1"}]}}]})"),
              (std::set<std::string>{"cntr_1", "file_1"}));
}

TEST(NamedIds, NoBodyTakesMoreThanOnePass) {
    const auto none = [](std::string_view, const std::string&) { return false; };
    const auto fastest = [&](const std::string& json) {
        auto best = std::chrono::steady_clock::duration::max();
        for (int time = 0; time < 7; ++time) {
            const auto begin = std::chrono::steady_clock::now();
            EXPECT_FALSE(firstRefusedId(json, none));
            best = std::min(best, std::chrono::steady_clock::now() - begin);
        }
        return best;
    };
    const std::string text(4 * 1024 * 1024, 'x');
    const auto flat = fastest(R"({"a":")" + text + R"("})");
    std::string open, close;
    for (int level = 0; level < 60; ++level) {
        open += R"({"a":)";
        close += "}";
    }
    // Reading each level anew would take sixty times as long.
    EXPECT_LT(fastest(open + '"' + text + '"' + close), 20 * flat);
    // Reading the name anew for each element, or for each id in it, would take thousands of times.
    std::string numbers = "0", items = "{}";
    for (int element = 0; element < 10000; ++element) {
        numbers += ",0";
        items += R"(,{"id":"i"})";
    }
    const std::string name = R"({")" + text + R"(":)";
    const auto named_so = fastest(name + "0}");
    EXPECT_LT(fastest(name + "[" + numbers + "]}"), 20 * named_so);
    EXPECT_LT(fastest(name + R"({"input":[)" + items + "]}}"), 20 * named_so);
}

}  // namespace
}  // namespace waybill::server
