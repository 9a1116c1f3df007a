// A thread of the library.
#pragma once

#include <functional>
#include <thread>

namespace waybill {

/// A named thread that takes no signals: those are for the host's own threads, and a write to a
/// closed connection must not end the process. Throws Poco::SystemException when there is none to
/// be had. `name` has at most 15 characters.
std::thread startWorkerThread(const char* name, std::function<void()> body);

}  // namespace waybill
