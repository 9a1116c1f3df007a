#include "log/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "waybill/errors.h"
#include "waybill/private_files.h"

namespace waybill::sqlite {

FileDescriptor::~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

std::string explain(const std::string& path, int error) {
    return path + ": " + std::generic_category().message(error);
}

FileDescriptor openFile(const std::string& path, int flags, mode_t mode) {
    return FileDescriptor(::open(path.c_str(), flags | O_CLOEXEC, mode));
}

FileDescriptor openOwnFile(const std::string& path, int flags) {
    FileDescriptor file = openFile(path, flags | O_NOFOLLOW | O_NONBLOCK, 0600);
    const int error = errno;
    struct stat status {};
    const bool seen =
        file.valid() ? ::fstat(file.get(), &status) == 0 : ::lstat(path.c_str(), &status) == 0;
    const std::string problem = seen ? problemOfFile(path, status, FileUse::kOwnData) : "";
    if (!problem.empty()) throw ConfigError(problem);
    errno = error;
    return file;
}

std::string readStart(const FileDescriptor& file, std::size_t limit) {
    std::string content(limit, '\0');
    std::size_t length = 0;
    while (length < limit) {
        const ssize_t count = ::pread(file.get(), content.data() + length, limit - length,
                                      static_cast<off_t>(length));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        length += static_cast<std::size_t>(count);
    }
    content.resize(length);
    return content;
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

std::optional<FileIdentity> identityOf(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileIdentity{status.st_dev, status.st_ino};
}

std::optional<FileIdentity> identityOf(const FileDescriptor& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return std::nullopt;
    return FileIdentity{status.st_dev, status.st_ino};
}

std::uint64_t fileSize(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void syncDirectory(const std::string& directory) {
    const std::string path = directory.empty() ? "." : directory;
    const FileDescriptor opened = openFile(path, O_RDONLY | O_DIRECTORY);
    if (!opened.valid() || ::fsync(opened.get()) != 0) {
        throw StoreUnavailable(explain(path, errno));
    }
}

}  // namespace waybill::sqlite
