// Content codings of HTTP bodies (RFC 9110 section 8.4.1).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

enum class ContentCoding { kIdentity, kGzip, kZstd, kUnknown };

/// What a `Content-Encoding` field says, a list of codings. An empty one is `kIdentity`, `x-gzip`
/// is gzip; any other name, and two codings one on top of the other, are `kUnknown`.
ContentCoding contentCodingOf(std::string_view field);

/// In what coding a body with this head comes; more than one field is one list.
ContentCoding bodyCodingOf(const HttpHeaders& headers);

/// What `Accept-Encoding` says where these codings are taken.
inline constexpr std::string_view kAcceptedCodings = "gzip, zstd";

/// Decodes a body as it comes: gzip (RFC 1952) or zstd (RFC 8878, windows up to 8 MiB as RFC 9659
/// section 3 has it), one member or frame after the other. What follows a gzip member and begins no
/// other is padding and dropped. One thread. Holds at most about 50 KiB for gzip and 8.5 MiB for
/// zstd beside what it has handed out.
class ContentDecoder {
public:
    enum class Result { kOk, kMalformed, kTooLarge };

    /// `coding` is not `kUnknown`. `max_bytes`: of all that is decoded, over all calls. Throws
    /// std::bad_alloc.
    ContentDecoder(ContentCoding coding, std::size_t max_bytes);
    ~ContentDecoder();
    ContentDecoder(ContentDecoder&&) noexcept;

    /// Appends to `out` everything that `input` decodes to, and stops at the limit. After anything
    /// but `kOk` every call gives the same answer.
    Result feed(std::string_view input, std::string& out);

    /// Whether what has come ends where a member or frame ends: a body that ends elsewhere was cut.
    /// True before the first byte only for `kIdentity`.
    bool whole() const;

private:
    class Impl;
    class Identity;
    class Gzip;
    class Zstd;

    std::unique_ptr<Impl> impl_;
    std::size_t left_;
    Result result_ = Result::kOk;
};

/// The same for a body that is there as a whole; one that was cut is `kMalformed`.
ContentDecoder::Result decodeContent(ContentCoding coding, std::string_view body,
                                     std::size_t max_bytes, std::string& out);

}  // namespace waybill::server
