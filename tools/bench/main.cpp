// waybill-bench: how close Waybill comes to what the machine can do.
#include <Poco/Exception.h>
#include <curl/curl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "bench/options.h"
#include "bench/receiver.h"
#include "waybill/version.h"

namespace waybill::bench {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

std::vector<Row> measureAll(const Options& options) {
    std::vector<Row> rows;
    const bool talkative = isatty(STDERR_FILENO) == 1;
    for (const Measure& measure : options.chosen) {
        if (talkative) std::cerr << measure.name << ": " << measure.question << " …\n";
        const std::vector<Row> more = measure.run(options.setup);
        rows.insert(rows.end(), more.begin(), more.end());
    }
    return rows;
}

int run(const std::vector<std::string>& words) {
    if (words.size() == 3 && words[0] == kReceiveCommand) {
        return receive(std::stoi(words[1]), words[2]);
    }
    const auto options = readOptions(words);
    if (!options) {
        std::cerr << "waybill-bench: " << options.refusal().message
                  << "\nTry waybill-bench --help.\n";
        return kWrongUsage;
    }
    if (options->help) return printHelp(std::cout), kDone;
    if (options->version) return std::cout << "waybill-bench " << version() << '\n', kDone;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::vector<Row> rows = measureAll(*options);
    cli::Console console = cli::systemConsole();
    options->json ? printJson(rows, std::cout) : printTable(rows, console);
    return kDone;
}

int guardedRun(const std::vector<std::string>& words) {
    try {
        return run(words);
    } catch (const Poco::Exception& error) {
        std::cerr << "waybill-bench: " << error.displayText() << '\n';
    } catch (const std::exception& error) {
        std::cerr << "waybill-bench: " << error.what() << '\n';
    }
    return kFailed;
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
    return waybill::bench::guardedRun(std::vector<std::string>(argv + 1, argv + argc));
}
