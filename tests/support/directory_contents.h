// What lies in a directory, byte for byte.
#pragma once

#include <map>
#include <string>

namespace waybill::test {

/// File names and their bytes: two equal ones mean that a directory was left untouched.
std::map<std::string, std::string> contentsOf(const std::string& directory);

std::string readFile(const std::string& path);
/// A new file can be read by its owner only, as in a data directory.
void writeFile(const std::string& path, const std::string& bytes);

}  // namespace waybill::test
