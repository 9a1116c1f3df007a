#include "waybill/server/reply.h"

#include <atomic>
#include <stdexcept>
#include <utility>

namespace waybill::server {

struct Reply::Slot {
    explicit Slot(std::function<void(Maker)> deliver_to) : deliver(std::move(deliver_to)) {}
    ~Slot() {
        give([]() -> HttpResponse { throw std::logic_error("the handler gave no answer"); });
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    void give(Maker answer) {
        if (!given.exchange(true)) deliver(std::move(answer));
    }

    const std::function<void(Maker)> deliver;
    std::atomic<bool> given{false};
};

Reply::Reply(std::function<void(Maker)> deliver)
    : slot_(std::make_shared<Slot>(std::move(deliver))) {}

void Reply::operator()(Maker answer) const {
    slot_->give(std::move(answer));
}

void Reply::operator()(HttpResponse answer) const {
    slot_->give([answer = std::move(answer)]() mutable { return std::move(answer); });
}

}  // namespace waybill::server
