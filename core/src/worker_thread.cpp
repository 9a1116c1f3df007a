#include "worker_thread.h"

#include <Poco/Exception.h>
#include <pthread.h>
#include <signal.h>

#include <system_error>

namespace waybill {

std::thread startWorkerThread(const char* name, std::function<void()> body) {
    // A thread inherits the mask of the one that starts it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread thread(std::move(body));
        pthread_setname_np(thread.native_handle(), name);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return thread;
    } catch (const std::system_error& error) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw Poco::SystemException("no thread to be had", error.code().value());
    }
}

}  // namespace waybill
