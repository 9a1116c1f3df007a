#include "log/head_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "log/file_io.h"
#include "waybill/errors.h"

namespace waybill::sqlite {

namespace {

constexpr std::size_t kBytes = 512;  ///< one sector
constexpr std::string_view kCheck = "check ";
constexpr std::chrono::seconds kInterval{1};

std::string linesOf(const KnownHead& known) {
    return "waybill head 1\nlog " + known.log_id + "\nposition " +
           std::to_string(known.head.global_position) + "\nhash " + toHex(known.head.hash) +
           "\nrecorded_at " + formatTimestamp(known.recorded_at) + '\n';
}

/// Padded with line feeds.
std::string textOf(const KnownHead& known) {
    const std::string lines = linesOf(known);
    std::string text = lines + std::string(kCheck) + toHex(sha256(lines)) + '\n';
    text.resize(kBytes, '\n');
    return text;
}

/// The value on the line that begins with `name`.
std::string_view valueIn(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    if (at == text.npos) return {};
    const std::string_view rest = text.substr(at + name.size());
    return rest.substr(0, rest.find('\n'));
}

std::optional<KnownHead> parse(std::string_view text) {
    KnownHead known;
    known.log_id = valueIn(text, "\nlog ");
    const std::string_view position = valueIn(text, "\nposition ");
    std::from_chars(position.data(), position.data() + position.size(), known.head.global_position);
    const auto hash = digestFromHex(valueIn(text, "\nhash "));
    const auto recorded_at = parseTimestamp(valueIn(text, "\nrecorded_at "));
    if (!hash || !recorded_at) return std::nullopt;
    known.head.hash = *hash;
    known.recorded_at = *recorded_at;
    if (textOf(known) != text) return std::nullopt;
    return known;
}

}  // namespace

std::string headFileOf(const std::string& file) {
    return std::filesystem::path(file).replace_extension(".head");
}

std::optional<KnownHead> readHeadFile(const std::string& path, const Notice& on_notice) {
    const FileDescriptor file = openFile(path, O_RDONLY);
    if (!file.valid()) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        throw StoreUnavailable(explain(path, errno));
    }
    const std::string text = readStart(file, kBytes + 1);
    if (text.empty()) return std::nullopt;  // a power cut when it was made
    auto known = parse(text);
    if (!known && on_notice) {
        on_notice(path +
                  " is damaged, or of a later version: it is made anew, and this start "
                  "cannot tell whether the newest events are missing");
    }
    return known;
}

void writeHeadFile(const std::string& path, const KnownHead& known, bool durable) {
    const std::string text = textOf(known);
    const FileDescriptor file = openOwnFile(path, O_WRONLY | O_CREAT);
    const bool written =
        file.valid() &&
        ::pwrite(file.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
        ::ftruncate(file.get(), static_cast<off_t>(text.size())) == 0 &&
        (!durable || ::fdatasync(file.get()) == 0);
    if (!written) throw StoreUnavailable(explain(path, errno));
}

HeadNote::HeadNote(std::string path, KnownHead known, Notice on_notice)
    : path_(std::move(path)), on_notice_(std::move(on_notice)), known_(std::move(known)) {
    write(true);
}

void HeadNote::maintain(bool made_checkpoint, bool busy) {
    const bool is_noted = known_ == noted_;
    if (is_noted && durable_) return;
    const bool due = !busy && Clock::now() - noted_at_ >= kInterval;
    // When a second went by without a commit, a sync keeps nobody waiting.
    if (due || (made_checkpoint && !is_noted)) write(due && is_noted);
}

void HeadNote::write(bool durable) {
    if (known_.head.global_position == 0) return;
    noted_at_ = Clock::now();
    try {
        writeHeadFile(path_, known_, durable);
        noted_ = known_;
        durable_ = durable;
        told_ = false;
    } catch (const StoreUnavailable& error) {
        if (!std::exchange(told_, true) && on_notice_)
            on_notice_(error.message() +
                       ": how far the log has reached is not noted, so a start would not see that "
                       "its newest events are missing");
    }
}

}  // namespace waybill::sqlite
