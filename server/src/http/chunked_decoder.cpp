#include "http/chunked_decoder.h"

#include <algorithm>
#include <charconv>

namespace waybill::server {

/// Reads `1a;extension`. False when it is not that.
bool ChunkedDecoder::takeSizeLine() {
    const std::string_view line = line_;
    const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, chunk_left_, 16);
    if (digits.empty() || stopped != end || error != std::errc()) return false;
    const std::string_view rest = line.substr(digits.size());
    const std::size_t extension = rest.find_first_not_of(" \t");
    return extension == std::string_view::npos || rest[extension] == ';';
}

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view input, std::string& body,
                                           std::size_t& consumed) {
    consumed = 0;
    while (consumed < input.size()) {
        if (expecting_ == Expecting::kData) {
            const std::size_t taken = static_cast<std::size_t>(
                std::min<std::uint64_t>(chunk_left_, input.size() - consumed));
            body.append(input.substr(consumed, taken));
            consumed += taken;
            chunk_left_ -= taken;
            if (chunk_left_ == 0) expecting_ = Expecting::kDataEnd;
            continue;
        }
        const char c = input[consumed++];
        if (c != '\n') {
            line_.push_back(c);
            if (line_.size() > kMaxLine) return State::kMalformed;
            continue;
        }
        if (line_.empty() || line_.back() != '\r') return State::kMalformed;
        line_.pop_back();
        if (line_.find('\r') != std::string::npos) return State::kMalformed;
        switch (expecting_) {
            case Expecting::kSizeLine:
                if (!takeSizeLine()) return State::kMalformed;
                if (chunk_left_ > room_) return State::kTooLarge;
                room_ -= chunk_left_;
                expecting_ = chunk_left_ == 0 ? Expecting::kTrailers : Expecting::kData;
                break;
            case Expecting::kDataEnd:
                if (!line_.empty()) return State::kMalformed;
                expecting_ = Expecting::kSizeLine;
                break;
            case Expecting::kTrailers:
                if (line_.empty()) return State::kDone;
                trailer_bytes_ += line_.size();
                if (trailer_bytes_ > kMaxTrailers) return State::kMalformed;
                break;
            case Expecting::kData:
                break;
        }
        line_.clear();
    }
    return State::kMore;
}

}  // namespace waybill::server
