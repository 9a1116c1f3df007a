// A JSON value that is put together from pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::server {

/// A value that grows: texts by what is appended to them, objects by their members, arrays by their
/// elements. What was given as JSON text is written as it was given: number spelling, escapes and
/// unknown members stay.
class JsonDraft {
public:
    JsonDraft() = default;

    /// `json`: valid JSON text. Of an object, each member is a draft of its own.
    static JsonDraft of(std::string_view json);

    bool isSet() const { return kind_ != Kind::kNothing; }
    bool isNull() const { return kind_ == Kind::kRaw && text_ == "null"; }

    /// Becomes `json`, whatever it was.
    void set(std::string_view json) { *this = of(json); }

    /// The same, to be written as it stands, white space and all.
    void setVerbatim(std::string json);

    /// Appends a JSON string to a text; anything else becomes that string.
    void append(std::string_view json_string);

    /// Adds an element; anything but an array becomes one.
    void addElement(std::string_view json) { addDraft(of(json)); }
    void addDraft(JsonDraft element);

    /// A member, made where it is missing; anything but an object becomes one.
    JsonDraft& member(std::string_view key);

    /// Null where it is missing.
    const JsonDraft* find(std::string_view key) const;
    void removeMember(std::string_view key);

    /// Takes over the members of an object, in the place of those it has by the same names.
    void absorb(JsonDraft object);

    /// Takes a piece of a streamed object in, as OpenAI's clients do: texts grow (but for those
    /// that are names: `role`, `type`, `id`, `name`), members of objects are merged, elements with
    /// an `index` are merged with those of the same index, others are added; null changes nothing
    /// that is there.
    void merge(std::string_view json, std::string_view key = {});

    void writeTo(std::string& out) const;
    std::string text() const;

private:
    enum class Kind { kNothing, kRaw, kText, kObject, kArray };

    void become(Kind kind);
    std::size_t sizeHint() const;
    JsonDraft& indexed(std::uint64_t index);

    Kind kind_ = Kind::kNothing;
    std::string text_;  // of kRaw: JSON; of kText: what stands between the quotes
    std::vector<std::pair<std::string, JsonDraft>> members_;
    std::vector<std::pair<std::uint64_t, JsonDraft>> elements_;
};

/// The value of an `index` member; nothing where there is none that is a small whole number.
std::optional<std::uint64_t> indexIn(std::string_view json_object);

}  // namespace waybill::server
