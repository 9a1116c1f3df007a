// How much memory the program has asked for.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace waybill::test {

/// Bytes that are allocated now, on all threads, by glibc's own count (malloc_info(3)); hundred
/// thousand more or less, whatever the load of the machine. 0 under a sanitizer, which has an
/// allocator of its own.
inline std::size_t heapInUse() {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const file = open_memstream(&text, &size);
    malloc_info(0, file);
    std::fclose(file);
    const std::string xml(text, size);
    std::free(text);
    // The last of each kind is the total of all threads' heaps.
    const auto total = [&xml](const char* element) -> std::size_t {
        constexpr std::string_view kSize = "size=\"";
        const std::size_t at = xml.rfind(element);
        if (at == std::string::npos) return 0;
        return std::strtoull(xml.c_str() + xml.find(kSize, at) + kSize.size(), nullptr, 10);
    };
    const std::size_t held = total("<system type=\"current\"") + total("<total type=\"mmap\"");
    return held - total("<total type=\"fast\"") - total("<total type=\"rest\"");
}

}  // namespace waybill::test
