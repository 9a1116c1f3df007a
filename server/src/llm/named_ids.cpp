#include "llm/named_ids.h"

#include <algorithm>
#include <array>
#include <vector>

#include "waybill/json_text.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMostParam = 200;
constexpr std::string_view kAnywhere = "*";
constexpr std::string_view kItem = "item";
constexpr std::string_view kSkill = "skill";
constexpr std::string_view kReference = "item_reference";

struct KnownId {
    std::string_view name;
    std::string_view parent;  ///< the member it stands in, arrays left out; empty: the body itself
    std::string_view kind;
};

// Of the public references of OpenAI's Responses and Chat Completions API, Anthropic's Messages API
// and Gemini's OpenAI-compatible one. A string, or a list of strings.
constexpr KnownId kKnown[] = {
    {"previous_response_id", kAnywhere, kResponseId},
    {"response_id", kAnywhere, kResponseId},
    {"conversation", "", "conversation"},
    {"conversation_id", kAnywhere, "conversation"},
    {"id", "conversation", "conversation"},
    {"id", "prompt", "prompt"},  // a stored one belongs to the account
    {"id", "input", kItem},      // see `refersToStored`
    {"item_id", kAnywhere, kItem},
    {"container", kAnywhere, "container"},
    {"container_id", kAnywhere, "container"},
    {"id", "container", "container"},
    {"file_id", kAnywhere, "file"},
    {"file_ids", kAnywhere, "file"},
    {"file_uri", kAnywhere, "file"},
    {"vector_store_ids", kAnywhere, "vector store"},
    {"skill_id", kAnywhere, kSkill},
    {"id", "audio", "sound"},  // of an earlier answer
    {"id", "voice", "voice"},
    {"cached_content", kAnywhere, "cached content"},
};

// What an object of ours says of things that its backend has made.
constexpr KnownId kGiven[] = {
    {"id", "output", kItem},          {"container_id", kAnywhere, "container"},
    {"id", "container", "container"}, {"file_id", kAnywhere, "file"},
    {"id", "audio", "sound"},
};
constexpr std::array<std::string_view, 4> kMadeByBackend = {"output", "choices", "content",
                                                            "container"};

// Names like those of ids that name nothing that is kept: a call within the conversation that is
// sent along; who asks; what vendors keep for their statistics; a model; a service of the vendor.
constexpr std::array<std::string_view, 12> kNotKept = {
    "tool_use_id", "tool_id",   "approval_request_id", "user_id",    "request_id",
    "trace_id",    "span_id",   "parent_span_id",      "session_id", "connector_id",
    "model_id",    "adapter_id"};

// Members in which the names are the client's own.
constexpr std::array<std::string_view, 12> kFree = {
    "metadata",   "parameters", "input_schema", "schema",
    "properties", "arguments",  "documents",    "chat_template_kwargs",
    "headers",    "logit_bias", "attributes",   "input_examples"};

// Items of `input` that say everything themselves. Of the others the backend may keep a part under
// the item's id: an `item_reference` is nothing but that, reasoning and pictures may be, and of a
// search it keeps what was found.
constexpr std::array<std::string_view, 17> kWholeItems = {"message",
                                                          "function_call",
                                                          "function_call_output",
                                                          "custom_tool_call",
                                                          "custom_tool_call_output",
                                                          "computer_call",
                                                          "computer_call_output",
                                                          "local_shell_call",
                                                          "local_shell_call_output",
                                                          "shell_call",
                                                          "shell_call_output",
                                                          "apply_patch_call",
                                                          "apply_patch_call_output",
                                                          "mcp_call",
                                                          "mcp_list_tools",
                                                          "mcp_approval_request",
                                                          "mcp_approval_response"};

template <std::size_t N>
bool isOneOf(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// `fileId` and `File_ID` as `file_id`: there are backends that know no difference.
std::string asSnake(std::string_view name) {
    const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
    std::string snake;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool begins_word =
            isUpper(name[i]) && i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z';
        if (begins_word) snake.push_back('_');
        snake.push_back(isUpper(name[i]) ? static_cast<char>(name[i] + 32) : name[i]);
    }
    return snake;
}

bool looksLikeId(std::string_view name) {
    return (name.ends_with("_id") || name.ends_with("_ids")) && !name.ends_with("call_id") &&
           !isOneOf(name, kNotKept);
}

/// Where a value stands.
struct Place {
    const Place* around = nullptr;
    std::string_view name{};     ///< as `asSnake` has it; of an element: its list's
    std::string_view written{};  ///< the name as it stands there; of an element empty
    std::size_t index = 0;       ///< of an element
};

void appendPath(const Place& place, std::string& path) {
    if (place.around == nullptr) return;
    appendPath(*place.around, path);
    if (path.size() >= kMostParam) return;
    if (place.written.empty()) {
        path.append("[").append(std::to_string(place.index)).append("]");
        return;
    }
    const std::string_view written = place.written.substr(0, kMostParam);
    const bool plain = std::all_of(written.begin(), written.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    if (!path.empty()) path.append(".");
    path.append(plain ? written : "?");
}

std::string pathOf(const Place& place) {
    std::string path;
    appendPath(place, path);
    path.resize(std::min(path.size(), kMostParam));
    return path;
}

/// The object that a member, or what stands in its list, belongs to.
const Place& objectOf(const Place& place) {
    const Place* member = &place;
    while (member->written.empty())
        member = member->around;
    return *member->around;
}

/// What else an object says that bears on the ids in it.
struct Around {
    std::string type{};
    bool role = false;
    bool content = false;
    bool sealed = false;  ///< it carries what the id would stand for, encrypted
};

/// Whether an item of `input` with an id stands for something that the backend keeps. A reference
/// may leave out its type, as a message may.
bool refersToStored(const Around& item) {
    if (item.type.empty()) return !(item.role && item.content);
    if (item.type == kReference) return true;  // whatever else it says
    return !isOneOf(item.type, kWholeItems) && !item.sealed;
}

class Walk {
public:
    /// `given`: an object of ours is read, else a request.
    Walk(std::string_view text, bool given, const IdRefusal& refused)
        : text_(text), given_(given), refused_(refused) {}

    std::optional<NamedId> run() {
        skipSpace();
        value(Place{});
        return std::move(found_);
    }

private:
    /// An object that is being read. Whether some ids in it count is clear only at its end.
    struct Object {
        struct Undecided {
            std::string_view kind;
            std::string_view quoted;
            std::string param;
        };
        Around around{};
        std::vector<Undecided> undecided{};
    };

    void skipSpace() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
            ++at_;
    }

    std::string_view string() {
        const std::size_t begin = at_;
        const auto isEscaped = [&](std::size_t quote) {
            std::size_t backslashes = 0;
            while (text_[quote - 1 - backslashes] == '\\')
                ++backslashes;
            return backslashes % 2 == 1;
        };
        do {
            at_ = std::min(text_.find('"', at_ + 1), text_.size());
        } while (at_ < text_.size() && isEscaped(at_));
        at_ = std::min(at_ + 1, text_.size());
        return text_.substr(begin, at_ - begin);
    }

    void scalar() {
        while (at_ < text_.size() && std::string_view(" \t\r\n,]}").find(text_[at_]) == text_.npos)
            ++at_;
    }

    void skipValue() {
        std::size_t depth = 0;
        do {
            skipSpace();
            if (at_ >= text_.size()) return;
            const char c = text_[at_];
            if (c == '"') {
                string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                --depth;
                ++at_;
            } else if (c == ',' || c == ':') {
                ++at_;
            } else {
                scalar();
            }
        } while (depth > 0);
    }

    /// As all of these: false once an id is found that is refused.
    bool value(const Place& place, Object* of = nullptr) {
        if (at_ >= text_.size()) return true;
        switch (text_[at_]) {
            case '{':
                return object(place);
            case '[':
                return array(place, of);
            case '"':
                return note(place, string(), of);
            default:
                scalar();
                return true;
        }
    }

    bool array(const Place& place, Object* of) {
        ++at_;
        for (std::size_t index = 0;; ++index) {
            skipSpace();
            if (at_ >= text_.size() || text_[at_] == ']') break;
            if (!value(Place{&place, place.name, {}, index}, of)) return false;
            skipSpace();
            if (at_ < text_.size() && text_[at_] == ',') ++at_;
        }
        ++at_;
        return true;
    }

    bool object(const Place& place) {
        Object own;
        ++at_;
        for (;;) {
            skipSpace();
            if (at_ >= text_.size() || text_[at_] != '"') break;
            const std::string_view key = string();
            skipSpace();
            ++at_;
            skipSpace();
            if (!member(place, key, own)) return false;
            skipSpace();
            if (at_ < text_.size() && text_[at_] == ',') ++at_;
        }
        ++at_;
        return decide(place, own);
    }

    bool member(const Place& place, std::string_view key, Object& own) {
        const bool escaped = key.find('\\') != std::string_view::npos;
        const std::string_view written = key.substr(1, key.size() - 2);
        const std::string name = escaped ? jsonStringValue(key) : std::string(written);
        learn(name, own.around);
        const std::string snake = asSnake(name);
        const Place inner{&place, snake, written.empty() ? std::string_view("?") : written};
        if (!isFree(inner)) return value(inner, &own);
        skipValue();
        return true;
    }

    /// From a member whose value comes next. Names count as they are: what a backend does not take
    /// for the type of an item must not hide that the item is a reference.
    void learn(std::string_view name, Around& around) {
        const bool says_text = text_[at_] == '"' && text_.substr(at_, 2) != R"("")";
        if (name == "role") around.role = says_text;
        if (name == "content") around.content = text_[at_] != 'n';
        if (name == "encrypted_content") around.sealed = says_text;
        if (name != "type" || !says_text) return;
        const std::size_t value = at_;
        around.type = jsonStringValue(string());
        at_ = value;
    }

    bool isFree(const Place& place) const {
        const bool root = place.around->around == nullptr;
        if (isOneOf(place.name, kFree)) return true;
        // The arguments of a call, as Anthropic has them.
        if (place.name == "input" && !root && text_[at_] == '{') return true;
        // What a client or a server of its choice says of tools may have any names.
        return given_ && (root ? !isOneOf(place.name, kMadeByBackend)
                               : place.name == "tools" || place.name == "input");
    }

    /// A string that is the value of a member of `of`, or in a list that is.
    bool note(const Place& place, std::string_view quoted, Object* of) {
        if (of == nullptr || quoted.size() <= 2) return true;
        const Place& owner = objectOf(place);
        const std::string_view kind = kindOf(place.name, owner.name, owner.around == nullptr);
        if (kind.empty()) return true;
        const bool itself = !place.written.empty();
        const bool open = !given_ && itself && (kind == kSkill || place.name == "id");
        if (!open) return take(kind, quoted, [&] { return pathOf(place); });
        of->undecided.push_back({kind, quoted, pathOf(place)});
        return true;
    }

    template <typename Param>
    bool take(std::string_view kind, std::string_view quoted, Param param) {
        if (!refused_(kind, jsonStringValue(quoted))) return true;
        found_ = NamedId{kind, param()};
        return false;
    }

    std::string_view kindOf(std::string_view name, std::string_view parent, bool root) const {
        const auto fits = [&](const KnownId& known) {
            return known.name == name && (known.parent == kAnywhere ||
                                          (known.parent.empty() ? root : known.parent == parent));
        };
        if (given_) {
            const auto known = std::find_if(std::begin(kGiven), std::end(kGiven), fits);
            return known == std::end(kGiven) ? std::string_view() : known->kind;
        }
        const auto known = std::find_if(std::begin(kKnown), std::end(kKnown), fits);
        if (known != std::end(kKnown)) return known->kind;
        return looksLikeId(name) ? std::string_view("thing") : std::string_view();
    }

    bool decide(const Place& place, const Object& own) {
        for (const Object::Undecided& id : own.undecided) {
            if (id.kind == kItem && place.name == "input" && !refersToStored(own.around)) continue;
            // Those of the vendor are there for everybody.
            if (id.kind == kSkill && own.around.type == "anthropic") continue;
            if (!take(id.kind, id.quoted, [&] { return id.param; })) return false;
        }
        return true;
    }

    const std::string_view text_;
    const bool given_;
    const IdRefusal& refused_;
    std::size_t at_ = 0;
    std::optional<NamedId> found_;
};

}  // namespace

std::optional<NamedId> firstRefusedId(std::string_view json, const IdRefusal& refused) {
    return Walk(json, false, refused).run();
}

std::set<std::string> idsGivenIn(std::string_view object) {
    std::set<std::string> ids;
    const IdRefusal take = [&](std::string_view, const std::string& id) {
        ids.insert(id);
        return false;
    };
    Walk(object, true, take).run();
    return ids;
}

}  // namespace waybill::server
