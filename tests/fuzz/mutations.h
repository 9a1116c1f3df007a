// Bytes that are almost right.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/chance.h"

namespace waybill::test {

/// How many mutated inputs a test tries; `WAYBILL_FUZZ_ROUNDS` makes a campaign of it.
inline std::uint64_t fuzzRounds(std::uint64_t otherwise = 3000) {
    const char* const text = std::getenv("WAYBILL_FUZZ_ROUNDS");
    return text ? std::stoull(text) : otherwise;
}

/// Makes inputs from good ones: bytes changed, removed, repeated, exchanged, pieces of another good
/// one or of a dictionary put in. The same seed gives the same inputs.
class Mutations {
public:
    Mutations(std::uint64_t seed, std::vector<std::string> good,
              std::vector<std::string> dictionary = {})
        : chance_(seed), good_(std::move(good)), dictionary_(std::move(dictionary)) {}

    std::string next() {
        std::string text = any(good_);
        for (std::uint64_t i = 1 + chance_.below(4); i > 0; --i)
            change(text);
        return text;
    }
    Chance& chance() { return chance_; }

private:
    const std::string& any(const std::vector<std::string>& choice) {
        return choice[chance_.below(choice.size())];
    }
    std::size_t place(const std::string& text) { return chance_.below(text.size() + 1); }

    void change(std::string& text) {
        const std::size_t at = place(text);
        const std::size_t length = chance_.below(std::min<std::size_t>(text.size() - at, 16) + 1);
        switch (chance_.below(dictionary_.empty() ? 5 : 7)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(chance_.next());
                break;
            case 1:
                text.erase(at, length);
                break;
            case 2:
                text.insert(at, text.substr(at, length));
                break;
            case 3: {
                const std::string& other = any(good_);
                text.replace(at, length, other.substr(place(other), chance_.below(64)));
                break;
            }
            case 4:
                text.insert(at, chance_.below(4), static_cast<char>(chance_.next()));
                break;
            default:
                text.replace(at, chance_.oneIn(2) ? length : 0, any(dictionary_));
        }
    }

    Chance chance_;
    std::vector<std::string> good_;
    std::vector<std::string> dictionary_;
};

/// The input in pieces, cut by chance.
inline std::vector<std::string_view> inPieces(std::string_view bytes, Chance& chance) {
    std::vector<std::string_view> pieces;
    while (!bytes.empty()) {
        const std::size_t length = 1 + chance.below(chance.oneIn(2) ? 2 : bytes.size());
        pieces.push_back(bytes.substr(0, length));
        bytes.remove_prefix(std::min(length, bytes.size()));
    }
    return pieces;
}

}  // namespace waybill::test
