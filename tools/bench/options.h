// The command line of the benchmark.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "waybill/result.h"

namespace waybill::bench {

struct Options {
    Setup setup{};
    std::vector<Measure> chosen{};
    bool json = false;
    bool help = false;
    bool version = false;
};

/// The program's words without its name.
Result<Options> readOptions(std::span<const std::string> words);

void printHelp(std::ostream& out);

}  // namespace waybill::bench
