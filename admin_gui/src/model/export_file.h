// Deliveries as a file for others: spreadsheets and programs.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "waybill/views.h"

namespace waybill::gui {

/// Writes to `path` + ".part" and gives it its name when it is whole; a file that is not finished
/// leaves nothing behind. Readable by its owner only: callback URLs hold secrets. Throws
/// Poco::FileException.
class ExportFile {
public:
    ExportFile(std::string path, bool csv);
    ~ExportFile();
    ExportFile(const ExportFile&) = delete;
    ExportFile& operator=(const ExportFile&) = delete;

    void add(const DeliveryView& delivery);
    void finish();

private:
    void write(const std::string& text);

    const std::string path_;
    const bool csv_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

/// One line of CSV (RFC 4180), with what a spreadsheet would run as a formula made plain text.
std::string csvLine(const DeliveryView& delivery);
std::string csvHeader();

}  // namespace waybill::gui
