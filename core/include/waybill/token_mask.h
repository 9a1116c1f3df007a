// Keeps a secret off the record when the other side sends it back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace waybill {

/// Replaces secrets in what another program said. Each is found as it is, with any of its
/// characters as JSON (`\/`, `\u002b`), a URL (`%2B`) or HTML (`&#43;`) may write it, as
/// hexadecimal digits of either case, and within base64 (RFC 4648 sections 4 and 5), at whatever
/// byte of the coded text it begins. Immutable, so any thread.
class SecretMask {
public:
    SecretMask() = default;

    /// An empty secret is none.
    explicit SecretMask(const std::vector<std::string>& secrets);

    bool empty() const { return spellings_.empty(); }

    /// Replaces every occurrence by `****`; where several overlap, all they cover together, so that
    /// none uncovers the rest of another. `cut_off`: the text may end in the middle of one, whose
    /// piece is replaced too. A few passes over `text` for each secret, whatever stands in it.
    void apply(std::string& text, bool cut_off = false) const;

    /// The same for a text that goes on: moves what is clear from the front of `held` to the end of
    /// `out` and leaves what may belong to an occurrence that goes on, at most about nine times the
    /// longest spelling.
    void moveClear(std::string& held, std::string& out) const;

private:
    struct Spelling {
        std::string text;
        bool escapable = true;   ///< other notations may write some of its characters otherwise
        std::size_t before = 0;  ///< characters beside it that tell of the secret as well
        std::size_t after = 0;
    };

    /// Bytes of a text.
    struct Range {
        std::size_t begin;
        std::size_t end;
    };

    void addBase64(const std::string& secret);
    void addHex(const std::string& secret);
    template <typename Found>
    static void find(const std::string& said, const Spelling& spelling, bool cut_off, Found found);
    std::vector<Range> rangesIn(const std::string& text, bool cut_off) const;
    std::size_t unfinished(std::string_view text) const;

    std::vector<Spelling> spellings_;
};

/// The same for one secret and one text.
void maskToken(std::string& text, const std::string& token, bool cut_off);

}  // namespace waybill
