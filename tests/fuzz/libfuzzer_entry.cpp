// The one target of a program as libFuzzer calls it.
#include <cstddef>
#include <cstdint>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    waybill::test::fuzzTargets().begin()->second(size == 0 ? std::string_view() : bytes);
    return 0;
}
