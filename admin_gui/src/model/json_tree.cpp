#include "model/json_tree.h"

#include <algorithm>
#include <utility>

#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::gui {
namespace {

constexpr std::size_t kMaxDepth = 1000;
constexpr std::size_t kMaxRows = 400'000;

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kReplacement = "\uFFFD";

/// As a person reads it; where that would lose something, as it is written.
std::string readable(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) return std::string(quoted);
    const std::string value = jsonStringValue(quoted);
    const bool lossy = value.find(kReplacement) != std::string::npos &&
                       quoted.find(kReplacement) == std::string_view::npos;
    return lossy ? std::string(quoted) : jsonQuote(value);
}

/// Builds the rows of a text that has been checked, mark by mark.
class TreeBuilder {
public:
    TreeBuilder(std::string_view text, JsonTree& tree) : text_(text), tree_(tree) {}

    /// False: there are too many rows.
    bool run() {
        while (skipSpace()) {
            if (tree_.size() >= kMaxRows) return false;
            take(text_[at_]);
        }
        return true;
    }

private:
    bool skipSpace() {
        at_ = text_.find_first_not_of(kSpace, at_);
        return at_ < text_.size();
    }

    void take(char mark) {
        switch (mark) {
            case ',':
                tree_[last_].comma = true;
                ++at_;
                break;
            case ':':
                ++at_;
                break;
            case '{':
            case '[':
                add(mark == '{' ? JsonKind::kObject : JsonKind::kArray, std::string(1, mark));
                open_.push_back(last_);
                ++at_;
                break;
            case '}':
            case ']':
                close(mark);
                ++at_;
                break;
            case '"':
                takeString();
                break;
            default:
                takeScalar(mark);
        }
    }

    void takeString() {
        const std::size_t begin = at_++;
        while (text_[at_] != '"')
            at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        std::string text = readable(text_.substr(begin, at_ - begin));
        const bool is_key = skipSpace() && text_[at_] == ':';
        if (is_key) {
            key_ = std::move(text);
        } else {
            add(JsonKind::kText, std::move(text));
        }
    }

    void takeScalar(char mark) {
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
        const bool word = mark == 't' || mark == 'f' || mark == 'n';
        add(word ? JsonKind::kWord : JsonKind::kNumber, std::string(text_.substr(at_, end - at_)));
        at_ = end;
    }

    void add(JsonKind kind, std::string text) {
        if (!open_.empty()) ++tree_[open_.back()].members;
        JsonRow row;
        row.kind = kind;
        row.depth = static_cast<std::uint16_t>(open_.size());
        row.key = std::exchange(key_, {});
        row.text = std::move(text);
        last_ = tree_.size();
        tree_.push_back(std::move(row));
    }

    void close(char mark) {
        const std::size_t opened = open_.back();
        open_.pop_back();
        if (tree_[opened].members == 0) {
            tree_[opened].text += mark;  // nothing to fold
            last_ = opened;
            return;
        }
        JsonRow row;
        row.kind = JsonKind::kEnd;
        row.depth = static_cast<std::uint16_t>(open_.size());
        row.text = mark;
        tree_[opened].close = static_cast<std::uint32_t>(tree_.size());
        last_ = tree_.size();
        tree_.push_back(std::move(row));
    }

    std::string_view text_;
    JsonTree& tree_;
    std::size_t at_ = 0;
    std::vector<std::size_t> open_;
    std::size_t last_ = 0;  ///< the row that closes the newest value
    std::string key_;
};

}  // namespace

JsonTree parseJsonTree(std::string_view text) {
    constexpr JsonLimits kAnyJson{
        .max_depth = kMaxDepth, .unique_keys = false, .lone_surrogates = true};
    JsonTree tree;
    if (checkJson(text, kAnyJson)) return tree;
    if (!TreeBuilder(text, tree).run()) tree.clear();
    return tree;
}

}  // namespace waybill::gui
