// waybilld: the daemon's entry. What it serves is described in server/API.md.
#include <Poco/Exception.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "config/settings.h"
#include "daemon/daemon.h"
#include "daemon/start_wait.h"
#include "daemon/wiped_memory.h"
#include "waybill/errors.h"
#include "waybill/printable.h"
#include "waybill/private_memory.h"
#include "waybill/standard_streams.h"
#include "waybill/version.h"
#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr rlim_t kMostDescriptors = 1 << 20;

int fail(int code, const std::string& message) {
    std::cerr << "waybilld: " << printable(message, true) << std::endl;
    return code;
}

/// As many descriptors as we may have: a connection each.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min(limit.rlim_max, kMostDescriptors);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Blocks, in this thread and all that it starts, the signals that `sigwait` takes.
sigset_t takeSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

int nextSignal(const sigset_t& signals) {
    int signal = 0;
    while (sigwait(&signals, &signal) != 0) {
    }
    return signal;
}

void waitForStop(const sigset_t& signals, Daemon& daemon) {
    while (nextSignal(signals) == SIGHUP)
        daemon.reload();
}

/// From now on a stop signal ends the process at once.
void endOnNextSignal(const sigset_t& signals) {
    startWorkerThread("waybill-signals", [signals] {
        int signal = SIGHUP;
        while (signal == SIGHUP)
            signal = nextSignal(signals);
        ::_exit(128 + signal);
    }).detach();
}

int serve(ServerOptions options, Secrets secrets, const std::vector<std::string>& warnings) {
    const sigset_t signals = takeSignals();
    raiseDescriptorLimit();
    LogWriter log(STDERR_FILENO, options.log_level, options.log_format);
    for (const std::string& warning : warnings)
        log.line(LogLevel::kWarn, warning);
    OpenedLog opened = openLogWhenFree(options, signals, log);
    if (!opened.log) return 0;
    Daemon daemon(options, std::move(secrets), log, std::move(opened));
    daemon.start();
    std::cout << "listening on " << daemon.url() << std::endl;
    waitForStop(signals, daemon);
    endOnNextSignal(signals);
    log.line(LogLevel::kInfo, "stopping",
             {{"drain_timeout", formatDuration(options.drainTimeout())}});
    daemon.drain(options.drainTimeout());
    return 0;
}

int run(const std::vector<std::string>& arguments) {
    Settings settings = readSettings(arguments, processEnvironment());
    if (settings.action == Action::kHelp) {
        std::cout << helpText();
        return 0;
    }
    if (settings.action == Action::kVersion) {
        std::cout << "waybilld " << version() << std::endl;
        return 0;
    }
    const ServerOptions options = makeOptions(settings);
    for (std::string& warning : warningsAbout(options))
        settings.warnings.push_back(std::move(warning));
    Secrets secrets = readSecrets(options);
    for (std::string& warning : warningsOfSecretFiles(options))
        settings.warnings.push_back(std::move(warning));
    checkFiles(options);
    std::vector<std::string> warnings = settings.warnings;
    warnings.insert(warnings.end(), secrets.warnings.begin(), secrets.warnings.end());
    if (settings.action == Action::kServe) return serve(options, std::move(secrets), warnings);
    for (const std::string& warning : warnings)
        std::cerr << "waybilld: " << printable(warning, true) << std::endl;
    std::cout << (settings.action == Action::kPrintConfig
                      ? printable(printedConfig(settings, options), true)
                      : "the configuration is fine\n");
    return 0;
}

/// Everything that stops the start, as one clear line and an exit code.
int runAndReport(const std::vector<std::string>& arguments) {
    try {
        return run(arguments);
    } catch (const ConfigError& error) {
        return fail(kWrongUsage, error.message());
    } catch (const Poco::Exception& error) {
        return fail(kFailed, error.message().empty() ? error.displayText() : error.message());
    } catch (...) {
        return fail(kFailed, currentProblem());
    }
}

}  // namespace
}  // namespace waybill::server

int main(int argc, char** argv) {
    waybill::openStandardStreams();
    waybill::keepMemoryPrivate();
    waybill::server::wipeFreedMemory();
    ::umask(0077);
    return waybill::server::runAndReport({argv + 1, argv + argc});
}
