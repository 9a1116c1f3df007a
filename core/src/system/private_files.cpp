#include "waybill/private_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "waybill/errors.h"

namespace waybill {

namespace {

constexpr mode_t kMayWrite = S_IWGRP | S_IWOTH;
constexpr mode_t kMayRead = S_IRGRP | S_IROTH;

class Descriptor {
public:
    explicit Descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return descriptor_; }
    bool valid() const noexcept { return descriptor_ >= 0; }

private:
    int descriptor_;
};

std::string modeOf(const struct stat& status) {
    std::string digits;
    for (mode_t mode = status.st_mode & 07777; digits.size() < 4; mode >>= 3)
        digits.insert(digits.begin(), static_cast<char>('0' + (mode & 7)));
    return digits;
}

/// A path as a shell takes it for one word.
std::string word(const std::string& path) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/._-+:@%").find(c) != std::string_view::npos;
    };
    if (!path.empty() && path.front() != '-' && std::all_of(path.begin(), path.end(), plain))
        return path;
    std::string quoted = "'";
    for (const char c : path)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + '\'';
}

std::string chown(const std::string& path, const char* option = "") {
    return "`chown " + std::string(option) + std::to_string(::geteuid()) + ' ' + word(path) + '`';
}

std::string ownerProblem(const std::string& path, const struct stat& status) {
    return path + " belongs to user " + std::to_string(status.st_uid) +
           ", who can change it; this process runs as user " + std::to_string(::geteuid()) +
           ": see that it is what it should be, then " + chown(path);
}

bool mayUse(const std::string& path, int wanted) {
    return ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0 || errno != EACCES;
}

/// What takes a secret from all who should not read or write it, and leaves it to this process.
std::string closing(const std::string& path, const struct stat& status) {
    if (status.st_uid == ::geteuid()) return "`chmod 600 " + word(path) + '`';
    return "`chgrp " + std::to_string(::getegid()) + ' ' + word(path) + " && chmod 640 " +
           word(path) + '`';
}

std::string problemOfMode(const std::string& path, const struct stat& status, FileUse use) {
    const bool is_secret = use == FileUse::kOwnSecret || use == FileUse::kNamedSecret;
    const std::string mend = is_secret ? closing(path, status) : "`chmod go-w " + word(path) + '`';
    if ((status.st_mode & kMayWrite) != 0) {
        return path + " can be written by other users (mode " + modeOf(status) +
               "): see that it is what it should be, then " + mend;
    }
    const mode_t readers = status.st_uid == ::geteuid() ? kMayRead : S_IROTH;
    if (use == FileUse::kOwnSecret && (status.st_mode & readers) != 0) {
        return path + " can be read by other users (mode " + modeOf(status) +
               "), who may know by now what it keeps secret: " + mend;
    }
    return {};
}

[[noreturn]] void refuse(const std::string& path, const std::string& what, int error) {
    throw ConfigError(path + ' ' + what + ": " + std::generic_category().message(error));
}

bool writeWhole(const Descriptor& file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file.get()) == 0;
}

/// link(2), not rename(2): a file that has appeared meanwhile is kept. Where a file system has no
/// links, rename(2) has to do.
bool giveName(const std::string& unfinished, const std::string& path) {
    if (::link(unfinished.c_str(), path.c_str()) == 0) return true;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return false;
    return ::rename(unfinished.c_str(), path.c_str()) == 0;
}

void syncParent(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path();
    const Descriptor directory(
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid() || ::fsync(directory.get()) != 0)
        refuse(path, "cannot be made durable", errno);
}

}  // namespace

std::string problemOfFile(const std::string& path, const struct stat& status, FileUse use) {
    const bool is_ours = use == FileUse::kOwnData || use == FileUse::kOwnSecret;
    if (S_ISLNK(status.st_mode)) {
        return path +
               " is a symbolic link, where Waybill keeps a file of its own: see where it leads, "
               "then `rm " +
               word(path) + '`';
    }
    if (S_ISDIR(status.st_mode)) return {};  // whoever opens it says so
    if (!S_ISREG(status.st_mode)) {
        if (!is_ours) return {};  // a pipe belongs to who made it
        return path + " is no regular file, where Waybill keeps a file of its own: `rm " +
               word(path) + '`';
    }
    const uid_t user = ::geteuid();
    if (status.st_uid != user && status.st_uid != 0) return ownerProblem(path, status);
    const int wanted = use == FileUse::kOwnData ? R_OK | W_OK : R_OK;
    if (status.st_uid != user && is_ours && !mayUse(path, wanted)) {
        return path + " belongs to root, and this process, which runs as user " +
               std::to_string(user) +
               ", cannot use it; a command may have been run as root here: " + chown(path);
    }
    return problemOfMode(path, status, use);
}

std::string problemOfDirectory(const std::string& path, const struct stat& status) {
    const uid_t user = ::geteuid();
    if (user == 0 && status.st_uid != 0) {
        const std::string owner = std::to_string(status.st_uid);
        return path + " belongs to user " + owner +
               ", and this process runs as root: files that it makes there are closed to that "
               "user. Run it as that user (`setpriv --reuid " +
               owner + " --clear-groups …`), or give the directory to root: " + chown(path, "-R ");
    }
    if (status.st_uid != user && status.st_uid != 0) {
        return path + " belongs to user " + std::to_string(status.st_uid) +
               ", who can change what lies in it; this process runs as user " +
               std::to_string(user) + ": see that it is what it should be, then " +
               chown(path, "-R ");
    }
    const bool is_roots = status.st_uid != user;
    if ((status.st_mode & kMayWrite) != 0) {
        return path + " can be written by other users (mode " + modeOf(status) +
               "), who can put files of theirs there" +
               (is_roots ? ": name a directory in it, which is made for this user alone, or see "
                         : ": see ") +
               "that all files in it are yours, then `" +
               (is_roots ? "chown -R " + std::to_string(user) + ' ' + word(path) + " && " : "") +
               "chmod 700 " + word(path) + '`';
    }
    if (is_roots && !mayUse(path, W_OK | X_OK)) {
        return path + " belongs to root, and this process, which runs as user " +
               std::to_string(user) + ", cannot make files in it: " + chown(path, "-R ");
    }
    return {};
}

std::string problemOfNamedFile(const std::string& path, FileUse use) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return problemOfFile(path, status, use);
}

std::string warningOfNamedSecret(const std::string& path) {
    struct stat status {};
    const bool open_to_all = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                             (status.st_mode & S_IROTH) != 0;
    if (!open_to_all) return {};
    return path + " can be read by every user of this machine (mode " + modeOf(status) +
           "): " + closing(path, status);
}

std::string warningOfParents(const std::string& directory) {
    std::error_code error;
    std::filesystem::path parent = std::filesystem::canonical(directory, error);
    while (!error && parent.has_relative_path()) {
        parent = parent.parent_path();
        struct stat status {};
        if (::stat(parent.c_str(), &status) != 0) break;
        if ((status.st_mode & S_IWOTH) == 0 || (status.st_mode & S_ISVTX) != 0) continue;
        return parent.string() + " can be written by every user (mode " + modeOf(status) +
               "): whoever wants to can put another directory in the place of " + directory +
               ": `chmod +t " + word(parent) + '`';
    }
    return {};
}

SecretText readPrivateFile(const std::string& path, FileUse use, std::size_t most) {
    // A file of ours is no link, and opening what was put in its place must not wait.
    const int flags = use == FileUse::kNamedSecret ? 0 : O_NOFOLLOW | O_NONBLOCK;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    struct stat status {};
    if (!file.valid()) {
        const int error = errno;
        const bool is_found = ::lstat(path.c_str(), &status) == 0;
        const std::string problem =
            is_found && flags != 0 ? problemOfFile(path, status, use) : std::string();
        if (!problem.empty()) throw ConfigError(problem);
        refuse(path, "cannot be read", error);
    }
    if (::fstat(file.get(), &status) != 0) refuse(path, "cannot be read", errno);
    if (const std::string problem = problemOfFile(path, status, use); !problem.empty())
        throw ConfigError(problem);
    std::string content(most + 1, '\0');
    std::size_t length = 0;
    while (length < content.size()) {
        const ssize_t count = ::read(file.get(), content.data() + length, content.size() - length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            const int error = errno;
            wipe(content);
            refuse(path, "cannot be read", error);
        }
        if (count == 0) break;
        length += static_cast<std::size_t>(count);
    }
    content.resize(length);
    return SecretText(std::move(content));
}

bool makePrivateFile(const std::string& path, std::string_view content) {
    const std::string unfinished = path + ".new";
    ::unlink(unfinished.c_str());  // of a process that was killed; a link goes, not what it names
    {
        const Descriptor file(
            ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!file.valid() || !writeWhole(file, content)) {
            const int error = errno;
            if (file.valid()) ::unlink(unfinished.c_str());
            refuse(path, "cannot be made", error);
        }
    }
    const bool named = giveName(unfinished, path);
    const int error = errno;
    ::unlink(unfinished.c_str());
    if (!named && error != EEXIST) refuse(path, "cannot be made", error);
    syncParent(path);
    return named;
}

}  // namespace waybill
