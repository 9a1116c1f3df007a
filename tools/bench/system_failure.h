// A failed system call as an exception.
#pragma once

#include <Poco/Exception.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace waybill::bench {

[[noreturn]] inline void failSystemCall(const std::string& what) {
    throw Poco::SystemException(what + ": " + std::strerror(errno));
}

/// Passes on what a system call returned, unless that is -1.
template <typename T>
T require(T result, const char* what) {
    if (result == T{-1}) failSystemCall(what);
    return result;
}

}  // namespace waybill::bench
