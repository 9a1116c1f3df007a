#include "support/directory_contents.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace waybill::test {

std::map<std::string, std::string> contentsOf(const std::string& directory) {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        contents[entry.path().filename()] = readFile(entry.path());
    return contents;
}

std::string readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const std::string& path, const std::string& bytes) {
    const bool is_new = !std::filesystem::exists(path);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << bytes;
    if (!file.flush()) throw std::runtime_error(path + " cannot be written");
    using std::filesystem::perms;
    if (is_new) std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
}

}  // namespace waybill::test
