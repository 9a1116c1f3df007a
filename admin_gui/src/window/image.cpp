#include "window/image.h"

#include <Poco/Checksum.h>
#include <Poco/DeflatingStream.h>

#include <fstream>
#include <sstream>

namespace waybill::gui {
namespace {

void appendNumber(std::string& out, std::uint32_t number) {
    for (const int shift : {24, 16, 8, 0})
        out += static_cast<char>(number >> shift & 0xFF);
}

void appendChunk(std::string& out, const std::string& type, const std::string& data) {
    appendNumber(out, static_cast<std::uint32_t>(data.size()));
    const std::string covered = type + data;
    Poco::Checksum checksum(Poco::Checksum::TYPE_CRC32);
    checksum.update(covered.data(), static_cast<unsigned>(covered.size()));
    out += covered;
    appendNumber(out, checksum.checksum());
}

std::string deflated(const std::string& raw) {
    std::ostringstream out;
    Poco::DeflatingOutputStream deflater(out, Poco::DeflatingStreamBuf::STREAM_ZLIB, 9);
    deflater.write(raw.data(), static_cast<std::streamsize>(raw.size()));
    deflater.close();
    return out.str();
}

/// Each row with filter 0 (as it is) or 2 (the difference to the row above).
std::string filtered(const Image& image, bool up) {
    const std::size_t stride = static_cast<std::size_t>(image.width) * 3;
    std::string raw;
    raw.reserve((stride + 1) * static_cast<std::size_t>(image.height));
    for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
        const std::uint8_t* row = image.pixels.data() + y * stride;
        const bool difference = up && y > 0;
        raw += difference ? '\2' : '\0';
        for (std::size_t x = 0; x < stride; ++x) {
            const int value = difference ? row[x] - row[x - stride] : row[x];
            raw += static_cast<char>(value & 0xFF);
        }
    }
    return raw;
}

}  // namespace

bool writePng(const std::string& path, const Image& image) {
    std::string header;
    appendNumber(header, static_cast<std::uint32_t>(image.width));
    appendNumber(header, static_cast<std::uint32_t>(image.height));
    header += {8, 2, 0, 0, 0};  // 8 bits of red, green and blue; not interlaced
    std::string plain = deflated(filtered(image, false));
    std::string up = deflated(filtered(image, true));
    std::string png = "\x89PNG\r\n\x1a\n";
    appendChunk(png, "IHDR", header);
    appendChunk(png, "IDAT", up.size() < plain.size() ? up : plain);
    appendChunk(png, "IEND", {});
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(png.data(), static_cast<std::streamsize>(png.size()));
    return file.good();
}

}  // namespace waybill::gui
