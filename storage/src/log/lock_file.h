// The writer's lock on a data directory.
#pragma once

#include <string>

#include "log/file_io.h"

namespace waybill::sqlite {

/// Held as long as the object lives, and by the operating system: it goes with the process,
/// however that ends.
class LockFile {
public:
    /// Throws StoreUnavailable, naming the holder, when somebody has it. Changes nothing but makes
    /// the file if it is not there.
    explicit LockFile(const std::string& path);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

    /// Who we are, for `lockHolder`.
    void tell(const std::string& url);

    /// What its name must lead to as long as it is held.
    FileIdentity identity() const { return identityOf(file_).value_or(FileIdentity{}); }

private:
    FileDescriptor file_;
    bool told_ = false;
};

}  // namespace waybill::sqlite
