// What strangers read of this machine's files.
#pragma once

#include <string>
#include <string_view>

namespace waybill::server {

/// `text` with the file's name in the place of each absolute path: `/srv/wb/waybill.db: disk full`
/// becomes `waybill.db: disk full`. URLs stay. For answers to those who need not know where on this
/// machine things lie; a path ends at white space, a quote or a bracket. Pure.
std::string withoutFolders(std::string_view text);

}  // namespace waybill::server
