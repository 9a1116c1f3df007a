// A directory for the time of a measure.
#pragma once

#include <string>

namespace waybill::bench {

/// Made below `parent`, removed with all that is in it on destruction.
class TemporaryDirectory {
public:
    explicit TemporaryDirectory(const std::string& parent);
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace waybill::bench
