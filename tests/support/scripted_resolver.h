// Names that lead where a test says.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "waybill/address_policy.h"
#include "waybill/resolver.h"

namespace waybill {

/// What each look-up of a name answers, the last answer again and again. Any thread.
class ScriptedResolver : public Resolver {
public:
    void set(const std::string& host, std::vector<std::vector<std::string>> answers) {
        const std::lock_guard lock(mutex_);
        answers_[host] = std::move(answers);
    }

    /// Look-ups of this name do not return until `release`.
    void hangOn(const std::string& host) {
        const std::lock_guard lock(mutex_);
        hanging_.insert(host);
    }

    void release() {
        const std::lock_guard lock(mutex_);
        hanging_.clear();
        released_.notify_all();
    }

    int lookups() const {
        const std::lock_guard lock(mutex_);
        return lookups_;
    }

    /// The name `throws.example` is a bug of the resolver's.
    Resolution resolve(const std::string& host) override {
        std::unique_lock lock(mutex_);
        ++lookups_;
        released_.wait(lock, [&] { return !hanging_.contains(host); });
        if (host == "throws.example") throw std::runtime_error("a resolver's bug");
        auto& answers = answers_[host];
        if (answers.empty()) return {{}, "no such name", false};
        Resolution resolution;
        for (const auto& text : answers.front()) {
            resolution.addresses.push_back(parseNetwork(text)->base);
        }
        if (answers.size() > 1) answers.erase(answers.begin());
        return resolution;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable released_;
    std::map<std::string, std::vector<std::vector<std::string>>> answers_;
    std::set<std::string> hanging_;
    int lookups_ = 0;
};

}  // namespace waybill
