// The chunked transfer coding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::http {

/// Decodes a chunked body (RFC 9112 section 7.1) from bytes cut anywhere. Extensions and trailers
/// are stepped over and bounded. Lines end in CR LF and nothing else.
class ChunkedBody {
public:
    enum class State { kReading, kComplete, kMalformed };

    struct Step {
        std::size_t consumed = 0;  ///< at least 1 while reading
        std::string_view data;     ///< a part of the content, within the bytes given; often empty
    };

    /// Takes some of `bytes` (not empty); call again with the rest while `state` is kReading.
    Step take(std::string_view bytes);

    State state() const { return state_; }

private:
    enum class Part { kSizeLine, kData, kDataEnd, kTrailer };

    Step takeLine(std::string_view bytes);
    void finishLine(std::string_view line);
    void finishSizeLine(std::string_view line);

    State state_ = State::kReading;
    Part part_ = Part::kSizeLine;
    std::uint64_t remaining_ = 0;  ///< of the current chunk
    std::size_t trailer_bytes_ = 0;
    std::string line_;  ///< begun, not ended yet
};

}  // namespace waybill::http
