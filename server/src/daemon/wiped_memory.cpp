#include "daemon/wiped_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

/// explicit_bzero(3): no compiler leaves it out because the memory is freed next.
void wipeAndFree(void* block) noexcept {
    if (block == nullptr) return;
    ::explicit_bzero(block, ::malloc_usable_size(block));
    std::free(block);
}

void* allocateForOpenSsl(std::size_t size, const char*, int) {
    return size == 0 ? nullptr : std::malloc(size);
}

void freeForOpenSsl(void* block, const char*, int) {
    wipeAndFree(block);
}

/// realloc(3) would free the old block as it is.
void* growForOpenSsl(void* block, std::size_t size, const char*, int) {
    void* const grown = size == 0 ? nullptr : std::malloc(size);
    if (block != nullptr && (grown != nullptr || size == 0)) {
        if (grown != nullptr) ::memcpy(grown, block, std::min(size, ::malloc_usable_size(block)));
        wipeAndFree(block);
    }
    return grown;
}

}  // namespace

// A sanitizer watches these itself.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void* operator new(std::size_t size) {
    while (true) {
        if (void* const block = std::malloc(std::max<std::size_t>(size, 1))) return block;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

void operator delete(void* block) noexcept {
    wipeAndFree(block);
}

void operator delete(void* block, std::size_t size) noexcept {
    if (block == nullptr) return;
    ::explicit_bzero(block, size);
    std::free(block);
}

#endif

namespace waybill::server {

void wipeFreedMemory() noexcept {
    CRYPTO_set_mem_functions(allocateForOpenSsl, growForOpenSsl, freeForOpenSsl);
}

}  // namespace waybill::server
