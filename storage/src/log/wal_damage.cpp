#include "log/wal_damage.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <string_view>
#include <utility>

#include "log/file_io.h"
#include "log/schema.h"
#include "waybill/errors.h"

namespace waybill::sqlite {

namespace {

constexpr std::uint64_t kHeaderBytes = 32;
constexpr std::uint64_t kFrameHeaderBytes = 24;
/// What a disk writes whole or not at all, at least.
constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint32_t kMagic = 0x377f0682;  ///< its lowest bit: big-endian checksums
constexpr std::uint32_t kVersion = 3007000;

std::uint32_t numberAt(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// The running checksum: two sums over pairs of words of 32 bits.
struct Checksum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;

    static Checksum at(std::string_view bytes, std::size_t at) {
        return {numberAt(bytes, at), numberAt(bytes, at + 4)};
    }
    void add(std::string_view bytes, bool big_endian) {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first += word(bytes, at, big_endian) + second;
            second += word(bytes, at + 4, big_endian) + first;
        }
    }
    friend bool operator==(const Checksum&, const Checksum&) = default;

private:
    static std::uint32_t word(std::string_view bytes, std::size_t at, bool big_endian) {
        const std::uint32_t value = numberAt(bytes, at);
        return big_endian ? value : __builtin_bswap32(value);
    }
};

struct WalHeader {
    bool sound = false;
    bool big_endian = false;
    std::size_t page_bytes = kPageSize;
    std::string_view salts;
    Checksum checksum;  ///< as it is stored: what the first frame goes on from

    explicit WalHeader(std::string_view bytes)
        : salts(bytes.substr(16, 8)), checksum(Checksum::at(bytes, 24)) {
        const std::uint32_t magic = numberAt(bytes, 0);
        const bool has_magic = (magic & ~1U) == kMagic;
        big_endian = has_magic ? (magic & 1) != 0 : std::endian::native == std::endian::big;
        Checksum computed;
        computed.add(bytes.substr(0, 24), big_endian);
        const std::uint32_t page = numberAt(bytes, 8);
        const bool has_size = page >= 512 && page <= 65536 && std::has_single_bit(page);
        sound = has_magic && has_size && numberAt(bytes, 4) == kVersion && computed == checksum;
        if (sound) page_bytes = page;
    }
};

/// What is kept of a frame while the next one is looked at.
struct Frame {
    std::string salts;
    Checksum checksum;
    bool commits = false;
    bool covered = false;  ///< its bytes are those that its checksum names
    /// Its header lies in one sector, so that all of it is of one time.
    bool header_is_whole = false;
};

std::string readAt(const FileDescriptor& file, const std::string& path, std::uint64_t at,
                   std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t length = 0;
    while (length < count) {
        const ssize_t got = ::pread(file.get(), bytes.data() + length, count - length,
                                    static_cast<off_t>(at + length));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw StoreUnavailable(explain(path, errno));
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    bytes.resize(length);
    return bytes;
}

Frame frameIn(std::string_view bytes, std::uint64_t offset, const WalHeader& header,
              const Frame& before) {
    Frame frame;
    frame.salts = bytes.substr(8, 8);
    frame.checksum = Checksum::at(bytes, 16);
    frame.commits = numberAt(bytes, 4) != 0;
    frame.header_is_whole =
        offset / kSectorBytes == (offset + kFrameHeaderBytes - 1) / kSectorBytes;
    if (frame.salts != before.salts) return frame;
    Checksum computed = before.checksum;
    computed.add(bytes.substr(0, 8), header.big_endian);
    computed.add(bytes.substr(kFrameHeaderBytes), header.big_endian);
    frame.covered = computed == frame.checksum;
    return frame;
}

std::optional<WalDamage> scan(const std::string& wal_file) {
    const FileDescriptor file = openFile(wal_file, O_RDONLY);
    if (!file.valid()) {
        if (errno == ENOENT) return std::nullopt;
        throw StoreUnavailable(explain(wal_file, errno));
    }
    const std::string first = readAt(file, wal_file, 0, kHeaderBytes);
    if (first.size() < kHeaderBytes) return std::nullopt;
    const WalHeader header(first);
    std::optional<WalDamage> damage;
    if (!header.sound) damage = WalDamage{};
    Frame before;
    before.salts = header.salts;
    before.checksum = header.checksum;
    const std::size_t frame_bytes = kFrameHeaderBytes + header.page_bytes;
    std::uint64_t offset = kHeaderBytes;
    for (std::uint64_t number = 1;; ++number, offset += frame_bytes) {
        const std::string bytes = readAt(file, wal_file, offset, frame_bytes);
        if (bytes.size() < frame_bytes) break;
        Frame frame = frameIn(bytes, offset, header, before);
        if (!damage && !frame.covered) damage = WalDamage{number};
        if (damage && number > damage->frame) {
            const bool was_committed =
                before.commits && (before.covered || before.header_is_whole) && frame.covered;
            // SQLite syncs the header before it writes the first frame: no power cut damages it.
            const bool has_lost_its_header = !header.sound && frame.covered && frame.commits;
            if (was_committed || has_lost_its_header) ++damage->commits;
        }
        before = std::move(frame);
        if (header.sound) before.salts = header.salts;
    }
    return damage && damage->commits > 0 ? damage : std::nullopt;
}

}  // namespace

std::optional<WalDamage> findWalDamage(const std::string& wal_file) {
    const auto damage = scan(wal_file);
    if (!damage) return damage;
    // Another program may have been writing the frame just then.
    const auto again = scan(wal_file);
    return again && again->frame == damage->frame ? again : std::nullopt;
}

}  // namespace waybill::sqlite
