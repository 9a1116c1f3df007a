// The command line of waybill-admin.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace waybill::gui {

struct Options {
    std::string server{};
    std::string token_file{};
    std::string client_certificate{};
    std::string client_key{};
    std::string data{};
    std::string log{};
    std::string theme{};
    float scale = 0;
    std::string screenshot{};
    int width = 1600;
    int height = 1000;
    std::string view{};
    std::string id{};
    std::string probe_file{};
    bool help = false;
    bool version = false;
};

struct ParsedOptions {
    Options options{};
    std::string problem{};  ///< what is wrong with the command line, and what to do; empty: nothing
};

ParsedOptions parseOptions(const std::vector<std::string>& arguments);

/// What `--help` prints.
const char* usage();

}  // namespace waybill::gui
