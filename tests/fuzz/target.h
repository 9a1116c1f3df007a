// What a fuzz target is: a function that takes any bytes and throws when a promise is broken.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fuzz/mutations.h"

namespace waybill::test {

using FuzzTarget = void (*)(std::string_view bytes);

/// Those that are linked into this program, by name.
inline std::map<std::string, FuzzTarget>& fuzzTargets() {
    static std::map<std::string, FuzzTarget> targets;
    return targets;
}

/// The body of a target follows it; `bytes` is what it is given. A target has a file of its name in
/// fuzz/targets, and inputs in fuzz/corpus.
#define WAYBILL_FUZZ_TARGET(name)                                                  \
    static void name(std::string_view bytes);                                      \
    static const bool name##_is_known = fuzzTargets().emplace(#name, name).second; \
    static void name(std::string_view bytes)

/// A promise that some input breaks. libFuzzer stops at the exception and keeps the input.
class BrokenPromise : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

#define FUZZ_CHECK(condition)                                                                   \
    do {                                                                                        \
        if (!(condition))                                                                       \
            throw ::waybill::test::BrokenPromise(std::string(__FILE__) + ":" +                  \
                                                 std::to_string(__LINE__) + ": " + #condition); \
    } while (false)

/// Chance that depends on the input alone (FNV-1a), so that a finding can be repeated.
inline Chance chanceFrom(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : bytes)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return Chance(hash);
}

/// The same bytes, cut anywhere.
inline std::vector<std::string_view> cutAnywhere(std::string_view bytes) {
    Chance chance = chanceFrom(bytes);
    return inPieces(bytes, chance);
}

/// Takes the first byte of an input, for a choice; 0 of an empty one.
inline unsigned takeByte(std::string_view& bytes) {
    if (bytes.empty()) return 0;
    const auto first = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    return first;
}

/// Takes the first line, without its LF.
inline std::string_view takeLine(std::string_view& bytes) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
    return line;
}

}  // namespace waybill::test
