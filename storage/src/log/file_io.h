// Small files, read and written whole.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace waybill::sqlite {

/// An open file descriptor.
class FileDescriptor {
public:
    explicit FileDescriptor(int descriptor = -1) noexcept : descriptor_(descriptor) {}
    ~FileDescriptor();
    FileDescriptor(FileDescriptor&& other) noexcept;
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    int get() const noexcept { return descriptor_; }
    bool valid() const noexcept { return descriptor_ >= 0; }

private:
    int descriptor_;
};

/// "PATH: what the system says about `error`", for messages.
std::string explain(const std::string& path, int error);

/// Opens with O_CLOEXEC; an invalid one (and `errno`) when that fails.
FileDescriptor openFile(const std::string& path, int flags, mode_t mode = 0);

/// A file of ours, made with mode 0600 where `flags` have O_CREAT. No link is followed, and what is
/// no file of ours is refused, before anything is written to it: throws ConfigError
/// (waybill/private_files.h). An invalid one as above.
FileDescriptor openOwnFile(const std::string& path, int flags);

/// Up to `limit` bytes from the start.
std::string readStart(const FileDescriptor& file, std::size_t limit);

bool exists(const std::string& path);

/// Which file a name leads to (stat(2)): two of the same device and inode are one.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// Nothing, and `errno`, when it cannot be told.
std::optional<FileIdentity> identityOf(const std::string& path);
std::optional<FileIdentity> identityOf(const FileDescriptor& file);

/// 0 for what is not there.
std::uint64_t fileSize(const std::string& path);

/// Makes a name in `directory` durable. Throws StoreUnavailable.
void syncDirectory(const std::string& directory);

}  // namespace waybill::sqlite
