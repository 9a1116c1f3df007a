#include "index/text_run.h"

#include <algorithm>
#include <array>

namespace waybill::sqlite::index {

namespace {

// A run: how many different texts there are; for each, and one more for the end, where its text and
// where its rows begin; the rows; the texts.
struct Entry {
    std::uint32_t text = 0;
    std::uint32_t row = 0;
};

constexpr std::size_t kHeaderBytes = sizeof(std::uint32_t);

template <typename T>
void append(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

class RunReader {
public:
    explicit RunReader(Blob& blob) : blob_(blob) {
        load(0, texts_);
        rows_offset_ = kHeaderBytes + (texts_ + 1) * sizeof(Entry);
        texts_offset_ = rows_offset_ + entry(texts_).row * sizeof(std::uint16_t);
    }

    std::uint32_t texts() const { return texts_; }
    std::size_t rowsOffset() const { return rows_offset_; }

    Entry entry(std::uint32_t i) {
        Entry entry;
        load(kHeaderBytes + i * sizeof(Entry), entry);
        return entry;
    }

    /// How the first bytes of a text compare with `prefix`, as far as that goes: 0 where it begins
    /// with it.
    int compare(std::uint32_t i, std::string_view prefix) {
        std::array<Entry, 2> ends;
        load(kHeaderBytes + i * sizeof(Entry), ends);
        const std::size_t length =
            std::min<std::size_t>(ends[1].text - ends[0].text, prefix.size());
        std::array<char, kTextBytes> text;
        blob_.read(texts_offset_ + ends[0].text, text.data(), length);
        return std::string_view(text.data(), length).compare(prefix);
    }

private:
    template <typename T>
    void load(std::size_t offset, T& value) {
        blob_.read(offset, reinterpret_cast<char*>(&value), sizeof value);
    }

    Blob& blob_;
    std::uint32_t texts_ = 0;
    std::size_t rows_offset_ = 0;
    std::size_t texts_offset_ = 0;
};

/// The first text of [first, last) for which `before` is no longer true.
template <typename Before>
std::uint32_t partition(std::uint32_t first, std::uint32_t last, Before before) {
    while (first < last) {
        const std::uint32_t middle = first + (last - first) / 2;
        if (before(middle)) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first;
}

}  // namespace

EncodedRun encodeRun(RunTexts texts) {
    for (auto& [row, text] : texts)
        text.resize(std::min(text.size(), kTextBytes));
    std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second, a.first) < std::tie(b.second, b.first);
    });
    std::string entries;
    std::string rows;
    std::string bytes;
    std::uint32_t different = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto& [row, text] = texts[i];
        if (i == 0 || text != texts[i - 1].second) {
            append(entries,
                   Entry{static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(i)});
            bytes += text;
            ++different;
        }
        append(rows, row);
    }
    append(entries, Entry{static_cast<std::uint32_t>(bytes.size()),
                          static_cast<std::uint32_t>(texts.size())});
    EncodedRun run;
    if (!texts.empty()) {
        run.least = texts.front().second;
        run.most = texts.back().second;
    }
    append(run.bytes, different);
    run.bytes += entries + rows + bytes;
    return run;
}

RowRange findInRun(Blob& blob, std::string_view prefix) {
    prefix = prefix.substr(0, kTextBytes);
    RunReader run(blob);
    const std::uint32_t first =
        partition(0, run.texts(), [&](std::uint32_t i) { return run.compare(i, prefix) < 0; });
    const std::uint32_t last =
        partition(first, run.texts(), [&](std::uint32_t i) { return run.compare(i, prefix) == 0; });
    const RowRange range{run.entry(first).row, run.entry(last).row, run.rowsOffset()};
    if (range.last < range.first || range.last - range.first > kRunRows) {
        throw SqliteError(SQLITE_CORRUPT, "the index beside the log is damaged");
    }
    return range;
}

bool mayBegin(std::string_view least, std::string_view most, std::string_view prefix) {
    prefix = prefix.substr(0, kTextBytes);
    return least.substr(0, prefix.size()) <= prefix && prefix <= most;
}

}  // namespace waybill::sqlite::index
