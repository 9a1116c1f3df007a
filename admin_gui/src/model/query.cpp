#include "model/query.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "waybill/listing_rules.h"
#include "waybill/nearest_name.h"

namespace waybill::gui {
namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "status", "endpoint", "client", "subject", "reason", "code", "since", "until", "url"};

bool isHttpStatus(const std::string& text) {
    DeliveryFilter filter;
    return !text.empty() && !setFilter(filter, "http_status", text);
}

using Mistake = std::optional<std::string>;

/// Words of the search, one by one.
class SearchReader {
public:
    explicit SearchReader(std::string_view text) : rest_(text) {}

    /// What comes before a colon, and what behind it; a word without a name has an empty one.
    struct Word {
        std::string name;
        std::string value;
        bool quoted = false;
    };

    /// Nothing when there is no further word.
    std::optional<Word> next() {
        const std::size_t start = rest_.find_first_not_of(kSpace);
        if (start == std::string_view::npos) return std::nullopt;
        rest_.remove_prefix(start);
        Word word;
        const std::size_t colon = rest_.find_first_of(":\" \t");
        if (colon != std::string_view::npos && colon > 0 && rest_[colon] == ':') {
            word.name = rest_.substr(0, colon);
            rest_.remove_prefix(colon + 1);
        }
        word.quoted = rest_.starts_with('"');
        word.value = word.quoted ? takeQuoted() : takePlain();
        return word;
    }

    const Mistake& mistake() const { return mistake_; }

private:
    static constexpr std::string_view kSpace = " \t";

    std::string takePlain() {
        const std::size_t end = std::min(rest_.find_first_of(kSpace), rest_.size());
        std::string value(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return value;
    }

    std::string takeQuoted() {
        std::string value;
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '"' && !rest_.substr(at + 1).starts_with('"')) {
                rest_.remove_prefix(at + 1);
                if (!rest_.empty() && kSpace.find(rest_.front()) == std::string_view::npos)
                    mistake_ = "A space must follow a closing quote.";
                return value;
            }
            value += rest_[at];
            if (rest_[at] == '"') ++at;
        }
        rest_ = {};
        mistake_ = "The closing quote is missing.";
        return value;
    }

    std::string_view rest_;
    Mistake mistake_;
};

/// What the words so far ask for.
struct Reading {
    const Timestamp now;
    DeliveryFilter filter{};
    std::set<std::string> given{};
};

/// As the daemon takes it, but for the names and the spans of time that are typed here.
Mistake takeNamed(Reading& reading, const std::string& name, std::string value) {
    if (value.empty()) return "A value is missing after " + name + ":";
    if (!reading.given.insert(name).second) return "The filter " + name + " is there twice.";
    const bool moment = name == "since" || name == "until";
    const auto back = moment ? parseDuration(value) : std::nullopt;
    if (back) value = formatTimestamp(reading.now - *back);
    const std::string full = name == "code" ? "http_status" : name == "url" ? "q" : name;
    const auto refusal = setFilter(reading.filter, full, value);
    if (!refusal) return std::nullopt;
    return moment ? "A time is written 15m, 6h, 2d or 2026-11-21T18:40:00Z." : refusal->message;
}

Mistake takeWord(Reading& reading, const SearchReader::Word& word) {
    if (std::find(kNames.begin(), kNames.end(), word.name) != kNames.end())
        return takeNamed(reading, word.name, word.value);
    const bool url = word.value.starts_with("//") || word.name == "http" || word.name == "https";
    if (!word.name.empty() && !url) {
        const std::string near = nearestName(word.name, kNames);
        return "There is no filter \"" + word.name + "\". " +
               (near.empty() ? "Text with a colon stands in quotes."
                             : "Did you mean " + near + "?");
    }
    const std::string text = word.name.empty() ? word.value : word.name + ':' + word.value;
    if (!word.quoted && isHttpStatus(text)) return takeNamed(reading, "code", text);
    std::string& q = reading.filter.q;
    if (!q.empty()) q += ' ';
    q += text;
    return std::nullopt;
}

void addArgument(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!out.empty()) out += ' ';
    ((out += "--") += name) += ' ';
    out += shellQuoted(value);
}

}  // namespace

Result<DeliveryFilter> parseSearch(std::string_view text, Timestamp now) {
    Reading reading{now};
    SearchReader reader(text);
    while (const auto word = reader.next()) {
        Mistake mistake = reader.mistake();
        if (!mistake) mistake = takeWord(reading, *word);
        if (mistake) return Refusal{RefusalCode::kInvalid, *mistake, {}};
    }
    return reading.filter;
}

std::string filterArguments(const DeliveryFilter& filter) {
    std::string out;
    addArgument(out, "status", filter.status);
    addArgument(out, "endpoint", filter.endpoint);
    addArgument(out, "client", filter.client);
    addArgument(out, "subject", filter.subject);
    addArgument(out, "reason", filter.reason);
    if (filter.http_status) addArgument(out, "http-status", std::to_string(*filter.http_status));
    if (filter.since) addArgument(out, "since", formatTimestamp(*filter.since));
    if (filter.until) addArgument(out, "until", formatTimestamp(*filter.until));
    addArgument(out, "q", filter.q);
    return out;
}

std::string keyOf(const DeliveryQuery& query) {
    return filterArguments(query.filter) + '\n' + std::to_string(static_cast<int>(query.order)) +
           (query.reverse ? "r" : "");
}

std::string shellQuoted(std::string_view word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string(word);
    }
    std::string out = "'";
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\'') {
            out += "'\\''";
        } else if ((byte < 0x20 && c != '\n') || byte == 0x7F) {
            const std::array<char, 4> octal = {static_cast<char>('0' + (byte >> 6)),
                                               static_cast<char>('0' + ((byte >> 3) & 7)),
                                               static_cast<char>('0' + (byte & 7)), '\0'};
            out += "'\"$(printf '\\";
            (out += octal.data()) += "')\"'";
        } else {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace waybill::gui
