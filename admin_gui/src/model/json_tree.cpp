#include "model/json_tree.h"

#include <nlohmann/json.hpp>

namespace waybill::gui {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxRows = 400'000;

std::string jsonText(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Builds the rows while the text is read; returning false ends the reading.
class TreeBuilder : public nlohmann::json_sax<Json> {
public:
    explicit TreeBuilder(JsonTree& tree) : tree_(tree) {}

    bool null() override { return value(JsonKind::kWord, "null"); }
    bool boolean(bool is) override { return value(JsonKind::kWord, is ? "true" : "false"); }
    bool number_integer(number_integer_t number) override {
        return value(JsonKind::kNumber, std::to_string(number));
    }
    bool number_unsigned(number_unsigned_t number) override {
        return value(JsonKind::kNumber, std::to_string(number));
    }
    bool number_float(number_float_t, const string_t& text) override {
        return value(JsonKind::kNumber, text);
    }
    bool string(string_t& text) override { return value(JsonKind::kText, jsonText(text)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(JsonKind::kObject, "{"); }
    bool start_array(std::size_t) override { return open(JsonKind::kArray, "["); }
    bool end_object() override { return close("}"); }
    bool end_array() override { return close("]"); }
    bool key(string_t& text) override {
        key_ = jsonText(text);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
        return false;
    }

private:
    bool value(JsonKind kind, std::string text) {
        if (tree_.size() >= kMaxRows) return false;
        if (!open_.empty()) {
            JsonRow& parent = tree_[open_.back()];
            if (parent.members++ > 0) tree_[last_].comma = true;
        }
        JsonRow row;
        row.kind = kind;
        row.depth = static_cast<std::uint8_t>(open_.size());
        row.key = std::move(key_);
        row.text = std::move(text);
        key_.clear();
        last_ = tree_.size();
        tree_.push_back(std::move(row));
        return true;
    }
    bool open(JsonKind kind, std::string text) {
        if (open_.size() >= kMaxDepth || !value(kind, std::move(text))) return false;
        open_.push_back(last_);
        return true;
    }
    bool close(std::string text) {
        const std::size_t opened = open_.back();
        open_.pop_back();
        if (tree_[opened].members == 0) {
            tree_[opened].text += text;  // nothing to fold
            last_ = opened;
            return true;
        }
        JsonRow row;
        row.kind = JsonKind::kEnd;
        row.depth = static_cast<std::uint8_t>(open_.size());
        row.text = std::move(text);
        tree_[opened].close = static_cast<std::uint32_t>(tree_.size());
        last_ = tree_.size();
        tree_.push_back(std::move(row));
        return true;
    }

    JsonTree& tree_;
    std::vector<std::size_t> open_;
    std::size_t last_ = 0;  ///< the row that closes the newest value
    std::string key_;
};

}  // namespace

JsonTree parseJsonTree(std::string_view text) {
    JsonTree tree;
    TreeBuilder builder(tree);
    if (!Json::sax_parse(text, &builder)) tree.clear();
    return tree;
}

}  // namespace waybill::gui
