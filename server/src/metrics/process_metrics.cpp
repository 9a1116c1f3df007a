#include "metrics/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <vector>

namespace waybill::server {
namespace {

/// The fields of /proc/self/stat from the third one on (proc(5)); the second may hold spaces.
std::vector<double> statFields() {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(") ");
    if (name_end == std::string::npos) return {};
    std::istringstream rest(text.substr(name_end + 4));  // behind the state, a letter
    std::vector<double> fields = {0};
    for (double field = 0; rest >> field;)
        fields.push_back(field);
    return fields;
}

double bootTime() {
    std::ifstream file("/proc/stat");
    std::string word;
    while (file >> word) {
        double seconds = 0;
        if (word == "btime" && file >> seconds) return seconds;
    }
    return 0;
}

double openDescriptors() {
    DIR* const directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) return 0;
    double count = -3;  // `.`, `..` and the one that is open here
    while (::readdir(directory) != nullptr)
        ++count;
    ::closedir(directory);
    return count;
}

}  // namespace

void exposeProcess(Exposition& out) {
    // Numbered as in proc(5), less three.
    constexpr std::size_t kUserTime = 11, kSystemTime = 12, kStart = 19, kVirtual = 20, kPages = 21;
    const std::vector<double> fields = statFields();
    if (fields.size() > kPages) {
        const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        out.family("process_cpu_seconds_total", "counter", "User and system CPU time spent.");
        out.sample("process_cpu_seconds_total", "",
                   (fields[kUserTime] + fields[kSystemTime]) / ticks);
        out.gauge("process_start_time_seconds", "Start of the process since the Unix epoch.",
                  bootTime() + fields[kStart] / ticks);
        out.gauge("process_virtual_memory_bytes", "Size of the address space.", fields[kVirtual]);
        out.gauge("process_resident_memory_bytes", "Memory in use.",
                  fields[kPages] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    out.gauge("process_open_fds", "Open file descriptors.", openDescriptors());
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.gauge("process_max_fds", "Most file descriptors that may be open.",
                  static_cast<double>(limit.rlim_cur));
}

}  // namespace waybill::server
