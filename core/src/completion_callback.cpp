#include "waybill/completion_callback.h"

#include <nlohmann/json.hpp>

namespace waybill {
namespace {

constexpr std::size_t kMaxDepth = 64;

// What stands under one of the two keys.
struct Found {
    enum class Type { kAbsent, kString, kOther } type = Type::kAbsent;
    std::string text;
};

// Reads the two keys of the outermost object and steps over everything else, without building it:
// a document made of brackets costs no memory and no stack.
class MetadataReader : public nlohmann::json_sax<nlohmann::json> {
public:
    Found url;
    Found token;

    bool null() override { return value(Found::Type::kAbsent); }
    bool boolean(bool) override { return value(Found::Type::kOther); }
    bool number_integer(number_integer_t) override { return value(Found::Type::kOther); }
    bool number_unsigned(number_unsigned_t) override { return value(Found::Type::kOther); }
    bool number_float(number_float_t, const string_t&) override {
        return value(Found::Type::kOther);
    }
    bool binary(binary_t&) override { return value(Found::Type::kOther); }
    bool string(string_t& text) override {
        if (wanted_ != nullptr && depth_ == 1) *wanted_ = {Found::Type::kString, std::move(text)};
        return depth_ > 0;
    }
    bool start_object(std::size_t) override { return enter(); }
    bool start_array(std::size_t) override { return depth_ > 0 && enter(); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override {
        if (depth_ != 1) return true;
        wanted_ = name == kCallbackUrlKey ? &url : name == kCallbackTokenKey ? &token : nullptr;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
        return false;
    }

private:
    // At depth 0 there is no object: nothing was asked.
    bool value(Found::Type type) {
        if (wanted_ != nullptr && depth_ == 1) *wanted_ = {type, {}};
        return depth_ > 0;
    }
    bool enter() {
        if (depth_ > 0) value(Found::Type::kOther);
        return ++depth_ <= kMaxDepth;
    }
    bool leave() {
        --depth_;
        return true;
    }

    Found* wanted_ = nullptr;
    std::size_t depth_ = 0;
};

CompletionCallback ignored(std::string code, std::string reason) {
    return {std::nullopt, Unusable{std::move(code), std::move(reason)}};
}

}  // namespace

CompletionCallback readCompletionCallback(std::string_view metadata_json,
                                          const AddressPolicy& policy) {
    MetadataReader found;
    if (!nlohmann::json::sax_parse(metadata_json, &found)) return {};

    const auto is = [](const Found& value, Found::Type type) { return value.type == type; };
    if (is(found.url, Found::Type::kOther)) {
        return ignored("url_type", "completion_webhook is not a string.");
    }
    if (is(found.url, Found::Type::kAbsent)) return {};
    if (is(found.token, Found::Type::kOther)) {
        return ignored("token_type", "webhook_token is not a string.");
    }
    if (auto unusable = parseCallbackUrl(found.url.text, policy).unusable) {
        return {std::nullopt, std::move(unusable)};
    }
    if (auto unusable = checkToken(found.token.text)) return {std::nullopt, std::move(unusable)};
    return {Destination{std::move(found.url.text), std::move(found.token.text)}, std::nullopt};
}

}  // namespace waybill
