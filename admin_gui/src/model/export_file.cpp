#include "model/export_file.h"

#include <Poco/Exception.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace waybill::gui {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw Poco::FileException("Cannot write " + path + ": " + std::strerror(errno) +
                              ". Choose another place.");
}

std::string field(const std::string& text) {
    std::string out = "\"";
    if (!text.empty() && std::strchr("=+-@\t\r", text.front()) != nullptr) out += '\'';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::string optionalTime(const std::optional<Timestamp>& time) {
    return time ? formatTimestamp(*time) : std::string();
}

}  // namespace

std::string csvHeader() {
    return "id,status,subject,client,endpoint,url,round,attempts,last_http_status,last_reason,"
           "next_attempt_at,created_at,updated_at,payload_bytes,payload_sha256\r\n";
}

std::string csvLine(const DeliveryView& delivery) {
    const LastAttempt& last = delivery.last_attempt;
    std::string line;
    const auto add = [&](const std::string& text) { (line += field(text)) += ','; };
    add(delivery.id);
    add(delivery.status);
    add(delivery.subject);
    add(delivery.client);
    add(delivery.endpoint);
    add(delivery.url);
    add(std::to_string(delivery.round));
    add(std::to_string(delivery.attempt_count));
    add(last.http_status ? std::to_string(*last.http_status) : "");
    add(last.reason ? std::string(toString(*last.reason)) : "");
    add(optionalTime(delivery.next_attempt_at));
    add(formatTimestamp(delivery.created_at));
    add(formatTimestamp(delivery.updated_at));
    add(std::to_string(delivery.payload_bytes));
    add(delivery.payload_sha256);
    line.back() = '\r';
    return line + "\n";
}

ExportFile::ExportFile(std::string path, bool csv)
    : path_(std::move(path)), csv_(csv), file_(nullptr, &std::fclose) {
    const std::string part = path_ + ".part";
    const int fd =
        ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) fail(path_);
    file_.reset(::fdopen(fd, "w"));
    if (csv_) write(csvHeader());
}

ExportFile::~ExportFile() {
    if (!file_) return;
    file_.reset();
    ::unlink((path_ + ".part").c_str());
}

void ExportFile::add(const DeliveryView& delivery) {
    write(csv_ ? csvLine(delivery) : toJson(delivery) + "\n");
}

void ExportFile::finish() {
    if (std::fflush(file_.get()) != 0) fail(path_);
    file_.reset();
    if (std::rename((path_ + ".part").c_str(), path_.c_str()) != 0) fail(path_);
}

void ExportFile::write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) fail(path_);
}

}  // namespace waybill::gui
