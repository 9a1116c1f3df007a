#include "waybill/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "net/ip_address.h"

namespace waybill {
namespace {

// Nobody tries more addresses than this within one attempt; every one of them is checked.
constexpr std::size_t kMaxAddresses = 64;

struct AddressListDeleter {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

// Where the machine has run out of something, getaddrinfo may well say that there is no such name:
// it could not open the files or sockets to ask. Only errno tells.
Resolution failed(int code, int system_error) {
    const bool exhausted = system_error == EMFILE || system_error == ENFILE ||
                           system_error == ENOMEM || system_error == ENOBUFS;
    Resolution resolution;
    resolution.local_fault = exhausted || code == EAI_MEMORY;
    resolution.error = exhausted || code == EAI_SYSTEM
                           ? std::generic_category().message(system_error)
                           : gai_strerror(code);
    return resolution;
}

class SystemResolver : public Resolver {
public:
    Resolution resolve(const std::string& host) override {
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        errno = 0;
        const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
        if (code != 0) return failed(code, errno);
        const AddressList list(found);
        return collect(*list);
    }

private:
    static Resolution collect(const addrinfo& first) {
        Resolution resolution;
        for (const addrinfo* entry = &first; entry != nullptr; entry = entry->ai_next) {
            const auto address = fromSocketAddress(*entry->ai_addr);
            if (!address) continue;
            const auto& known = resolution.addresses;
            if (std::find(known.begin(), known.end(), *address) != known.end()) continue;
            if (known.size() == kMaxAddresses) {
                return {{}, "the name has more than 64 addresses", false};
            }
            resolution.addresses.push_back(*address);
        }
        if (resolution.addresses.empty()) resolution.error = "the name has no address";
        return resolution;
    }
};

}  // namespace

std::shared_ptr<Resolver> systemResolver() {
    return std::make_shared<SystemResolver>();
}

}  // namespace waybill
