// A picture in memory, and as a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::gui {

/// Rows from the top, three bytes a pixel: red, green, blue.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels{};
};

/// PNG (ISO 15948), as small as its simple filters get it. False: the file cannot be written.
bool writePng(const std::string& path, const Image& image);

}  // namespace waybill::gui
