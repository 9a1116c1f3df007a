// How much memory each client's requests take.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "waybill/server/request_memory.h"

namespace waybill::server {

/// Whose memory it is, by name, for as long as a request of that name is there. Any thread.
class ClientMemories {
public:
    /// `limit`: of each; 0: there is none.
    explicit ClientMemories(std::size_t limit) : limit_(limit) {}

    /// Null where there is no limit, or nobody of that name.
    std::shared_ptr<ClientMemory> of(const std::string& name) {
        if (limit_ == 0 || name.empty()) return nullptr;
        const std::lock_guard lock(mutex_);
        // Names that nobody uses now are forgotten before others are added.
        if (!by_name_.contains(name))
            std::erase_if(by_name_, [](const auto& entry) { return entry.second.expired(); });
        std::weak_ptr<ClientMemory>& known = by_name_[name];
        std::shared_ptr<ClientMemory> memory = known.lock();
        if (!memory) known = memory = std::make_shared<ClientMemory>(limit_);
        return memory;
    }

private:
    const std::size_t limit_;
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<ClientMemory>> by_name_;
};

}  // namespace waybill::server
