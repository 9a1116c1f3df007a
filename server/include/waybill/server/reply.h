// An answer that is given later.
#pragma once

#include <functional>
#include <memory>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// Takes the answer to one request. Copies are one and the same reply: the first answer given to
/// any of them counts. The last copy to go without an answer answers 500. Any thread; costs a short
/// lock.
class Reply {
public:
    /// Makes the answer, on a thread of the server's, so that whoever gives it spends no time on
    /// its form. The request is still there. May throw, which is answered as 500; must not block.
    using Maker = std::function<HttpResponse()>;

    /// `deliver` is called once, on the thread that answers.
    explicit Reply(std::function<void(Maker)> deliver);

    void operator()(Maker answer) const;
    void operator()(HttpResponse answer) const;

private:
    struct Slot;
    std::shared_ptr<Slot> slot_;
};

}  // namespace waybill::server
