#include "log/lock_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "waybill/errors.h"
#include "waybill/sqlite/log.h"

namespace waybill::sqlite {

namespace {

constexpr std::size_t kMaxContent = 4096;

/// The whole file. An "open file description" lock (fcntl(2), Linux): a process that happens to
/// close another descriptor of the file does not lose it, and it can be asked for without taking
/// it.
struct flock wholeFile() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

bool isHeld(const FileDescriptor& file) {
    struct flock lock = wholeFile();
    return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

LockHolder holderIn(const FileDescriptor& file) {
    const std::string content = readStart(file, kMaxContent);
    const std::size_t line_end = content.find('\n');
    LockHolder holder;
    std::from_chars(content.data(), content.data() + content.size(), holder.pid);
    if (line_end != std::string::npos) {
        holder.url = content.substr(line_end + 1);
        holder.url.erase(std::min(holder.url.find('\n'), holder.url.size()));
    }
    return holder;
}

std::string describe(const LockHolder& holder) {
    std::string text =
        holder.pid > 0 ? "process " + std::to_string(holder.pid) : std::string("another process");
    return holder.url.empty() ? text : text + " (" + holder.url + ")";
}

void tellHolder(const FileDescriptor& file, const std::string& url) {
    const std::string content = std::to_string(::getpid()) + '\n' + url + '\n';
    const bool written = ::pwrite(file.get(), content.data(), content.size(), 0) ==
                             static_cast<ssize_t>(content.size()) &&
                         ::ftruncate(file.get(), static_cast<off_t>(content.size())) == 0;
    if (!written) throw StoreUnavailable(explain("waybill.lock", errno));
}

std::string lockPath(const std::string& directory) {
    return directory + "/waybill.lock";
}

}  // namespace

LockFile::LockFile(const std::string& path) : file_(openOwnFile(path, O_RDWR | O_CREAT)) {
    if (!file_.valid()) throw StoreUnavailable(explain(path, errno));
    struct flock lock = wholeFile();
    if (::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0) return;
    if (errno != EAGAIN && errno != EACCES) throw StoreUnavailable(explain(path, errno));
    throw StoreUnavailable(path + " is held by " + describe(holderIn(file_)) +
                           ": stop it, or use another data directory");
}

LockFile::~LockFile() {
    // Nothing depends on it, the lock decides; but an empty file does not name a process that is
    // gone.
    if (told_) [[maybe_unused]]
        const int ignored = ::ftruncate(file_.get(), 0);
}

void LockFile::tell(const std::string& url) {
    told_ = true;
    tellHolder(file_, url);
}

std::optional<LockHolder> lockHolder(const std::string& directory) {
    const FileDescriptor file = openFile(lockPath(directory), O_RDONLY);
    if (!file.valid() || !isHeld(file)) return std::nullopt;
    return holderIn(file);
}

void publishUrl(const std::string& directory, const std::string& url) {
    const std::string path = lockPath(directory);
    const FileDescriptor file = openOwnFile(path, O_RDWR);
    if (!file.valid()) throw StoreUnavailable(explain(path, errno));
    if (!isHeld(file) || holderIn(file).pid != ::getpid()) {
        throw StoreUnavailable(path + " is not held by this process");
    }
    tellHolder(file, url);
}

}  // namespace waybill::sqlite
