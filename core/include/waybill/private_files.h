// Files that decide who may do what: secrets, and a log. Who else may touch them?
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "waybill/secret_text.h"

namespace waybill {

/// What a file is to its reader.
enum class FileUse {
    kOwnData,      ///< a file of ours, under a name that we have chosen; others may read it
    kOwnSecret,    ///< the same, which nobody else may read
    kNamedSecret,  ///< a secret under a name that an operator has chosen
    kNamedData,    ///< settings or trust anchors under such a name; others may read them
};

// What is wrong with a file or a directory is said in one line that names it and ends with the
// command that mends it. Empty: nothing is. Any thread.

/// `status`: of the opened file (fstat(2)); of a file of ours that somebody else opens, of its
/// name (lstat(2)). A file of ours is a regular file that belongs to this process's user and that
/// nobody else may write; a secret, nobody else may read either. Root's files are taken where this
/// process may use them: so secrets are mounted into containers, often readable for one group.
/// What has a name that an operator has chosen may be a symbolic link or a pipe, and others may
/// read it (of a secret, `warningOfNamedSecret`).
std::string problemOfFile(const std::string& path, const struct stat& status, FileUse use);

/// Of a directory that holds files of ours: it belongs to this process's user, or to root where
/// that user is another and may write to it, and nobody else may. As root, in the directory of
/// another user, this process would make files that are closed to that user.
std::string problemOfDirectory(const std::string& path, const struct stat& status);

/// Of a file under a name that an operator has chosen, which is opened elsewhere. Looks at the file
/// under the name (stat(2)); nothing for one that is not there.
std::string problemOfNamedFile(const std::string& path, FileUse use);

/// That others may read a secret. Looks at the file under the name (stat(2)).
std::string warningOfNamedSecret(const std::string& path);

/// That others may put another directory in the place of this one: a parent of it is open to all
/// and has no sticky bit.
std::string warningOfParents(const std::string& directory);

/// Reads a secret whole: opens it, looks at what was opened, and reads that. Nothing more than
/// `most` bytes and one: whoever has a limit can tell. Throws ConfigError.
SecretText readPrivateFile(const std::string& path, FileUse use, std::size_t most);

/// Makes a file that only its owner can read. It gets its name when it is whole and durable; a file
/// that has this name already is kept, and false returned. Throws ConfigError.
bool makePrivateFile(const std::string& path, std::string_view content);

}  // namespace waybill
