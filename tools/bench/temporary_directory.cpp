#include "bench/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "bench/system_failure.h"

namespace waybill::bench {

TemporaryDirectory::TemporaryDirectory(const std::string& parent)
    : path_(parent + "/waybill-bench-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) failSystemCall("a directory in " + parent);
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace waybill::bench
