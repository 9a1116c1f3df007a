#include "waybill/worker_thread.h"

#include <Poco/Exception.h>
#include <pthread.h>
#include <signal.h>

#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

namespace waybill {

std::string currentProblem() {
    try {
        throw;
    } catch (const Poco::Exception& error) {
        // Our own say all in their messages, without the name of a class.
        const bool is_ours = std::string_view(error.className()).starts_with("waybill::");
        return is_ours && !error.message().empty() ? error.message() : error.displayText();
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

void reportCurrent(const ProblemReport& report, std::string_view what) noexcept {
    try {
        if (report) report(std::string(what) + ": " + currentProblem());
    } catch (...) {
        // There is no memory to say so. The step has failed all the same.
    }
}

std::thread startWorkerThread(const char* name, std::function<void()> body, ProblemReport report) {
    // A thread inherits the mask of the one that starts it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread thread([name, body = std::move(body), report = std::move(report)] {
            contained(report, std::string_view(name), body);
        });
        pthread_setname_np(thread.native_handle(), name);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return thread;
    } catch (const std::system_error& error) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw Poco::SystemException("no thread to be had", error.code().value());
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
}

}  // namespace waybill
