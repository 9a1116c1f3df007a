// A value that is read by many and replaced now and then.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace waybill::server {

/// A value that is replaced as a whole while others read it. Any thread.
template <typename T>
class Reloadable {
public:
    explicit Reloadable(T value) : value_(std::make_shared<const T>(std::move(value))) {}
    std::shared_ptr<const T> get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    void set(T value) {
        auto fresh = std::make_shared<const T>(std::move(value));
        const std::lock_guard lock(mutex_);
        value_ = std::move(fresh);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
};

}  // namespace waybill::server
