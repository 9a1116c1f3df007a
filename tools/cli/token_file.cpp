#include "cli/token_file.h"

#include <array>
#include <fstream>

#include "waybill/errors.h"

namespace waybill::cli {

std::string readTokenFile(const std::string& path) {
    std::array<char, 8 * 1024> buffer{};
    std::ifstream file(path, std::ios::binary);
    file.read(buffer.data(), buffer.size());
    if (!file.is_open() || file.bad()) {
        throw ConfigError("The token file " + path +
                          " cannot be read. Does it exist, and may you "
                          "read it?");
    }
    std::string text(buffer.data(), static_cast<std::size_t>(file.gcount()));
    text.erase(0, text.find_first_not_of(" \t\r\n"));
    text.erase(std::min(text.find_first_of(" \t\r\n"), text.size()));
    if (text.empty()) throw ConfigError("The token file " + path + " holds no token.");
    return text;
}

}  // namespace waybill::cli
