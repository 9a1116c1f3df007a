#include "app/command_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "model/state.h"
#include "waybill/nearest_name.h"

namespace waybill::gui {
namespace {

constexpr std::array<std::string_view, 15> kNames = {
    "--server", "--token-file", "--data",       "--log",         "--theme",
    "--scale",  "--screenshot", "--size",       "--view",        "--id",
    "--help",   "--version",    "--probe-file", "--client-cert", "--client-key"};

bool sizeFrom(const std::string& text, Options& options) {
    int used = 0;
    const int read = std::sscanf(text.c_str(), "%dx%d%n", &options.width, &options.height, &used);
    const bool whole = read == 2 && static_cast<std::size_t>(used) == text.size();
    return whole && options.width >= 320 && options.height >= 240 && options.width <= 8192 &&
           options.height <= 8192;
}

bool scaleFrom(const std::string& text, Options& options) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), options.scale);
    return error == std::errc() && end == text.data() + text.size() && options.scale >= 0.75F &&
           options.scale <= 3;
}

std::string unknown(const std::string& name) {
    std::string text = "There is no option " + name + ".";
    const std::string near = nearestName(name, kNames);
    return text + (near.empty() ? " --help lists them." : " Did you mean " + near + "?");
}

/// What is wrong with the value; empty when it was taken over.
std::string take(const std::string& name, const std::string& value, Options& options) {
    if (name == "--server") options.server = value;
    if (name == "--token-file") options.token_file = value;
    if (name == "--client-cert") options.client_certificate = value;
    if (name == "--client-key") options.client_key = value;
    if (name == "--data") options.data = value;
    if (name == "--log") options.log = value;
    if (name == "--screenshot") options.screenshot = value;
    if (name == "--id") options.id = value;
    if (name == "--probe-file") options.probe_file = value;
    if (name == "--theme") {
        if (value != "dark" && value != "light") return "--theme is dark or light.";
        options.theme = value;
    }
    if (name == "--scale" && !scaleFrom(value, options))
        return "--scale is a number from 0.75 to 3.";
    if (name == "--size" && !sizeFrom(value, options)) return "--size is written 1600x1000.";
    if (name == "--view") {
        if (!viewFrom(value)) {
            return "--view is overview, deliveries, delivery, endpoints, tail, events or settings.";
        }
        options.view = value;
    }
    return {};
}

}  // namespace

ParsedOptions parseOptions(const std::vector<std::string>& arguments) {
    ParsedOptions parsed;
    Options& options = parsed.options;
    for (std::size_t i = 0; i < arguments.size() && parsed.problem.empty(); ++i) {
        std::string name = arguments[i];
        std::optional<std::string> value;
        if (const std::size_t equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        if (name == "--help" || name == "-h") {
            options.help = true;
        } else if (name == "--version") {
            options.version = true;
        } else if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
            parsed.problem = unknown(name);
        } else {
            if (!value && i + 1 < arguments.size()) value = arguments[++i];
            parsed.problem = value ? take(name, *value, options) : name + " needs a value.";
        }
    }
    const int sources = !options.server.empty() + !options.log.empty();
    if (parsed.problem.empty() && sources > 1) {
        parsed.problem = "--server and --log exclude each other.";
    }
    if (parsed.problem.empty() && options.view == "delivery" && options.id.empty()) {
        parsed.problem = "--view delivery needs --id ID.";
    }
    return parsed;
}

const char* usage() {
    return R"(waybill-admin: the dashboard of Waybill.

Where to look (default: --data ./waybill-data):
  --data DIR           a data directory here: its daemon, or its log when none runs
  --server URL         a daemon anywhere, e.g. http://127.0.0.1:8080
  --token-file FILE    the operator's token (default: admin.token in the data directory)
  --client-cert FILE   TLS client certificate (PEM) for a daemon with --operator-ca
  --client-key FILE    its key (PEM)
  --log FILE           a log file, read only

How it looks:
  --theme dark|light   kept; so are scale, window and your name
  --scale F            0.75 to 3 (default: the display's)
  --view NAME          overview, deliveries, delivery, endpoints, tail, events, settings
  --id ID              the delivery to open

A picture instead of a window (needs no display):
  --screenshot FILE.png
  --size WxH           default 1600x1000
  --probe-file FILE    also: what is where on the screen, for tests

  --help, --version
Press ? in the window for its keys.
)";
}

}  // namespace waybill::gui
