// Which ids of objects are taken.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// Keeps two objects from getting the same id: those in the log, and those whose recording is under
/// way. Any thread.
class ObjectIds {
public:
    explicit ObjectIds(const sqlite::ReadModel& model) : model_(model) {}

    /// An id that is ours until this is destroyed; by then it is in the log or given up.
    class Claim {
    public:
        Claim(ObjectIds& ids, std::string id) : ids_(&ids), id_(std::move(id)) {}
        ~Claim() {
            if (ids_ != nullptr) ids_->release(id_);
        }
        Claim(Claim&& other) noexcept
            : ids_(std::exchange(other.ids_, nullptr)), id_(std::move(other.id_)) {}
        Claim& operator=(Claim&&) = delete;

        const std::string& id() const { return id_; }

    private:
        ObjectIds* ids_;
        std::string id_;
    };

    /// Claims `wanted` if it is free, else `fallback`, which must be new. While the log cannot be
    /// read, what nobody else claims counts as free.
    Claim claim(const std::string& wanted, const std::string& fallback);

private:
    bool isRecorded(const std::string& id) const;
    void release(const std::string& id);

    const sqlite::ReadModel& model_;
    std::mutex mutex_;
    std::set<std::string> claimed_;
};

}  // namespace waybill::server
