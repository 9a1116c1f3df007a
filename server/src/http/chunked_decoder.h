// Bodies in chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::server {

/// Takes a chunked body (RFC 9112 section 7.1) apart as it comes. Extensions and trailers are
/// bounded and dropped.
class ChunkedDecoder {
public:
    enum class State { kMore, kDone, kMalformed, kTooLarge };

    explicit ChunkedDecoder(std::size_t max_body_bytes) : room_(max_body_bytes) {}

    /// Appends the data in `input` to `body`. `consumed` says how much of `input` it took: all of
    /// it, unless the body ended there.
    State feed(std::string_view input, std::string& body, std::size_t& consumed);

private:
    enum class Expecting { kSizeLine, kData, kDataEnd, kTrailers };

    static constexpr std::size_t kMaxLine = 256;
    static constexpr std::size_t kMaxTrailers = 8 * 1024;

    bool takeSizeLine();

    std::uint64_t room_;  // for data that is not announced yet
    Expecting expecting_ = Expecting::kSizeLine;
    std::string line_;  // what has come of the line that is being read
    std::uint64_t chunk_left_ = 0;
    std::size_t trailer_bytes_ = 0;
};

}  // namespace waybill::server
