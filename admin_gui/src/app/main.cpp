// waybill-admin: the dashboard.
#include <Poco/Exception.h>

#include <cstdio>
#include <cstdlib>

#include "app/command_line.h"
#include "app/source.h"
#include "model/settings_file.h"
#include "waybill/gui/dashboard.h"
#include "waybill/printable.h"
#include "waybill/private_memory.h"
#include "waybill/standard_streams.h"
#include "waybill/version.h"
#include "window/glfw_window.h"
#include "window/headless.h"

namespace waybill::gui {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

/// Enough for every answer to have come and every animation to have ended.
constexpr int kFramesForPicture = 12;

int complain(const std::string& problem, int code) {
    std::fprintf(stderr, "waybill-admin: %s\n", printable(problem, true).c_str());
    return code;
}

int takePicture(const Options& options, DashboardOptions dashboard_options) {
    dashboard_options.inline_calls = true;
    dashboard_options.settings_path.clear();
    Headless screen(options.width, options.height);
    Dashboard dashboard(std::move(dashboard_options));
    if (!options.probe_file.empty()) dashboard.enableProbe();
    for (int i = 0; i < kFramesForPicture; ++i)
        screen.frame(dashboard);
    if (!options.probe_file.empty()) dashboard.writeProbe(options.probe_file);
    if (!writePng(options.screenshot, screen.picture(dashboard))) {
        return complain("Cannot write " + options.screenshot + ".", kFailed);
    }
    // The picture shows it, too; a script must not take it for one of deliveries.
    const std::string problem = dashboard.problem();
    return problem.empty() ? 0 : complain(problem, kFailed);
}

int showWindow(const Options& options, DashboardOptions dashboard_options) {
    dashboard_options.wake = wakeWindow;
    const std::string title = "Waybill \u2013 " + dashboard_options.place;
    Dashboard dashboard(std::move(dashboard_options));
    if (!options.probe_file.empty()) dashboard.enableProbe();
    return runWindow(dashboard, {title, options.probe_file});
}

int run(const std::vector<std::string>& arguments) {
    const ParsedOptions parsed = parseOptions(arguments);
    if (!parsed.problem.empty()) return complain(parsed.problem, kWrongUsage);
    const Options& options = parsed.options;
    if (options.help) {
        std::fputs(usage(), stdout);
        return 0;
    }
    if (options.version) {
        std::printf("waybill-admin %s\n", version());
        return 0;
    }
    DashboardOptions dashboard;
    dashboard.settings_path = defaultSettingsPath();
    dashboard.theme = options.theme;
    dashboard.scale = options.scale;
    dashboard.view = options.view;
    dashboard.delivery = options.id;
    if (const std::string problem = connect(options, dashboard); !problem.empty()) {
        return complain(problem, kWrongUsage);
    }
    if (!options.screenshot.empty()) return takePicture(options, std::move(dashboard));
    return showWindow(options, std::move(dashboard));
}

}  // namespace
}  // namespace waybill::gui

int main(int argc, char** argv) {
    waybill::openStandardStreams();
    waybill::keepMemoryPrivate();
    int code = 1;
    try {
        code = waybill::gui::run({argv + 1, argv + argc});
    } catch (const Poco::Exception& error) {
        waybill::gui::complain(error.message(), code);
    } catch (const std::exception& error) {
        waybill::gui::complain(error.what(), code);
    }
    std::fflush(nullptr);
    // Not `return`: a call to a host that hangs may still be under way, and nobody waits for it.
    std::_Exit(code);
}
