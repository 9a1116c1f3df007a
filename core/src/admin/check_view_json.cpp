#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "waybill/operator_views.h"

namespace waybill {

std::string toJson(const CheckView& check) {
    std::string text;
    JsonWriter out(text);
    json::textOrNull(out, "endpoint", check.endpoint);
    out.member("ok", check.ok);
    out.member("summary", check.summary);
    out.array("steps", check.steps, [](JsonWriter& inner, const CheckStep& step) {
        inner.member("name", step.name);
        inner.member("ok", step.ok);
        inner.member("explanation", step.explanation);
    });
    out.close();
    return text;
}

CheckView checkViewFrom(const Json& value) {
    CheckView check;
    check.endpoint = json::textOrNull(value, "endpoint");
    check.ok = json::truth(value, "ok");
    check.summary = json::text(value, "summary");
    for (const Json& step : json::list(value, "steps")) {
        check.steps.push_back(
            {json::text(step, "name"), json::truth(step, "ok"), json::text(step, "explanation")});
    }
    return check;
}

CheckView checkViewFromJson(std::string_view json) {
    return checkViewFrom(parseJson(json));
}

}  // namespace waybill
