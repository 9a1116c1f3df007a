// A JSON value that is put together from pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::server {

/// What stands beside a piece of a text of which we do not know what it is.
enum class Beside {
    kNothing,     ///< nothing that we know
    kEmptyPiece,  ///< what we know, but it says nothing
    kPiece        ///< a piece that we know
};

/// A value that grows: texts by what is appended to them, objects by their members, arrays by their
/// elements. What was given as JSON text is written as it was given, and taken apart only when a
/// piece has to go into it: number spelling, escapes, white space and unknown members stay. Time
/// and memory are linear in the bytes given, but for a logarithm in the number of members.
class JsonDraft {
public:
    JsonDraft();
    JsonDraft(JsonDraft&& other) noexcept;
    JsonDraft& operator=(JsonDraft&& other) noexcept;
    ~JsonDraft();

    bool isSet() const { return kind_ != Kind::kNothing; }
    bool isText() const { return kind_ == Kind::kText; }
    bool isArray() const;
    bool isObject() const;

    /// Whether a text, an array or an object would be lost if this were replaced.
    bool holdsContent() const;

    /// Whether it is null, an empty text, an empty array, an empty object or the number 0.
    bool saysNothing() const;

    /// Whether it is the text with this spelling (what stands between the quotes).
    bool isTextSpelled(std::string_view spelling) const;

    /// Becomes `json`, whatever it was. `beside`: see `appendUnknown`.
    void set(std::string_view json, Beside beside = Beside::kNothing);

    /// Appends a JSON string to a text; anything else becomes that string.
    void append(std::string_view json_string);

    /// Appends, unless every piece is the same, none stood beside nothing, and one beside a piece:
    /// then it is a label, said once.
    void appendUnknown(std::string_view json_string, Beside beside);

    /// Adds the elements of a JSON array; anything but an array becomes it.
    void addElements(std::string_view json_array);

    /// Becomes a JSON array that repeats or extends this one; of any other it adds the elements.
    void extendTo(std::string_view json_array);

    /// Adds an element, to be written after all of a lower `order` (nothing: after all that are
    /// there); anything but an array becomes one.
    JsonDraft& addElement(std::optional<std::uint64_t> order = std::nullopt);

    /// The element of this order, made where it is missing.
    JsonDraft& elementAt(std::uint64_t order);

    /// Null where there is none.
    JsonDraft* lastElement();

    /// A member by its key's spelling (`keySpelling`), made where it is missing; anything but an
    /// object becomes one.
    JsonDraft& member(std::string_view key);

    /// Null where it is missing.
    JsonDraft* find(std::string_view key);

    /// Takes over the members of an object, in the place of those it has by the same names.
    void absorb(JsonDraft object);

    /// About how many bytes it takes, with its text.
    std::size_t weight() const;

    void writeTo(std::string& out) const;
    std::string text() const;

private:
    enum class Kind { kNothing, kRaw, kText, kList, kObject, kArray };
    struct Child;
    struct Children;

    void become(Kind kind);
    void openObject();
    void openArray();
    Child& addChild(std::string_view key, std::uint64_t order);
    Child* childNamed(std::string_view key);
    std::vector<const Child*> inOrder() const;
    std::size_t sizeHint() const;

    Kind kind_ = Kind::kNothing;
    bool raw_says_nothing_ = false;  // of kRaw: known once, since white space may be long
    bool may_repeat_ = false;        // of a text, or the texts in raw JSON: may be a label
    bool beside_piece_ = false;      // the same: once stood beside a piece
    std::size_t first_piece_ = 0;    // of a text: the length of its first piece
    std::string text_;  // of kRaw: JSON; of kText: what stands between the quotes; of kList:
                        // between the brackets
    std::unique_ptr<Children> children_;
};

/// A member of an object in a piece.
struct PieceMember {
    std::string key;  ///< `keySpelling`
    std::string_view value;
};

/// The members of a JSON object, each key once: of those that stand there several times the last
/// counts, as it does for the official clients (JavaScript's JSON.parse, Python's json.loads).
std::vector<PieceMember> membersOf(std::string_view json_object);

/// The value that the last of these members with this key has; empty where there is none.
std::string_view valueIn(const std::vector<PieceMember>& members, std::string_view key);

/// What a string member says, as it is spelled; empty where there is none.
std::string_view spelledIn(const std::vector<PieceMember>& members, std::string_view key);

/// Whether a value is null, "", [], {} or 0, white space inside apart.
bool saysNothing(std::string_view json);

bool isJsonArray(std::string_view json);

/// What stands between the quotes of a string, the brackets of an array or the braces of an object.
std::string_view innerText(std::string_view json);

/// A whole number that fits; else nothing.
std::optional<std::uint64_t> wholeNumber(std::string_view json);

}  // namespace waybill::server
