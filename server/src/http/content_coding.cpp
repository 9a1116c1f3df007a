#include "http/content_coding.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "http/request_head.h"
#include "waybill/server/http_message.h"

namespace waybill::server {
namespace {

using Result = ContentDecoder::Result;

/// Bytes that one step decodes: a body over the limit is decoded at most this far beyond it.
constexpr std::size_t kPiece = 16 * 1024;

constexpr int kMaxWindowLog = 23;

}  // namespace

/// One step at a time, so that the limit is looked at between them.
class ContentDecoder::Impl {
public:
    virtual ~Impl() = default;

    /// Takes from the front of `input` and writes up to `room` bytes to `to`; both move on by what
    /// was used. False: malformed.
    virtual bool step(std::string_view& input, char*& to, std::size_t room) = 0;

    virtual bool whole() const = 0;
};

class ContentDecoder::Identity final : public Impl {
public:
    bool step(std::string_view& input, char*& to, std::size_t room) override {
        const std::size_t length = std::min(room, input.size());
        to = std::copy_n(input.data(), length, to);
        input.remove_prefix(length);
        return true;
    }
    bool whole() const override { return true; }
};

class ContentDecoder::Gzip final : public Impl {
public:
    Gzip() {
        constexpr int kGzipOnly = 16;
        if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
    }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    bool step(std::string_view& input, char*& to, std::size_t room) override {
        if (whole_ && !input.empty() && !nextMember(input)) return true;
        const std::size_t given =
            std::min<std::size_t>(input.size(), std::numeric_limits<uInt>::max());
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream_.avail_in = static_cast<uInt>(given);
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(room);
        const int code = whole_ ? Z_BUF_ERROR : inflate(&stream_, Z_SYNC_FLUSH);
        if (code == Z_MEM_ERROR) throw std::bad_alloc();
        input.remove_prefix(given - stream_.avail_in);
        to += room - stream_.avail_out;
        if (code == Z_STREAM_END) whole_ = true;
        return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR;
    }
    bool whole() const override { return whole_; }

private:
    /// Another member may follow (RFC 1952 section 2.2). Bytes that begin none are padding and are
    /// dropped, as gzip(1) does. False: all of `input` is used and nothing is to be decoded.
    bool nextMember(std::string_view& input) {
        constexpr std::string_view kMagic = "\x1f\x8b";
        for (; begun_ < kMagic.size() && !input.empty() && !padding_; ++begun_) {
            padding_ = input.front() != kMagic[begun_];
            input.remove_prefix(1);
        }
        if (padding_) input = {};
        if (padding_ || begun_ < kMagic.size()) return false;
        begun_ = 0;
        whole_ = false;
        if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc();
        Bytef none[1];
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(kMagic.data()));
        stream_.avail_in = static_cast<uInt>(kMagic.size());
        stream_.next_out = none;
        stream_.avail_out = 1;
        inflate(&stream_, Z_SYNC_FLUSH);
        return true;
    }

    z_stream stream_{};
    bool whole_ = false;
    bool padding_ = false;   ///< nothing more is to be decoded
    std::size_t begun_ = 0;  ///< bytes of the next member's magic number that have come
};

class ContentDecoder::Zstd final : public Impl {
public:
    Zstd() : context_(ZSTD_createDCtx()) {
        if (context_ == nullptr) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxWindowLog);
    }
    ~Zstd() override { ZSTD_freeDCtx(context_); }
    Zstd(const Zstd&) = delete;
    Zstd& operator=(const Zstd&) = delete;

    bool step(std::string_view& input, char*& to, std::size_t room) override {
        if (magic_bytes_ < magic_.size()) return begin(input);
        return decode(input, to, room);
    }
    bool whole() const override { return whole_; }

private:
    /// A frame's magic number comes first (RFC 8878 sections 3.1.1 and 3.1.2). The library would
    /// take those of its formats before the standard too, whose decoders nobody tends.
    bool begin(std::string_view& input) {
        for (; magic_bytes_ < magic_.size() && !input.empty(); input.remove_prefix(1)) {
            magic_[magic_bytes_++] = input.front();
            whole_ = false;
        }
        if (magic_bytes_ < magic_.size()) return true;
        std::string_view magic(magic_.data(), magic_.size());
        const bool frame = magic == "\x28\xB5\x2F\xFD";
        const bool skippable = (magic[0] & 0xF0) == 0x50 && magic.substr(1) == "\x2A\x4D\x18";
        char* nowhere = nullptr;
        return (frame || skippable) && decode(magic, nowhere, 0) && magic.empty();
    }

    bool decode(std::string_view& input, char*& to, std::size_t room) {
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{to, room, 0};
        const std::size_t left = ZSTD_decompressStream(context_, &out, &in);
        if (ZSTD_isError(left) != 0) return false;
        whole_ = left == 0;
        if (whole_) magic_bytes_ = 0;
        input.remove_prefix(in.pos);
        to += out.pos;
        return true;
    }

    ZSTD_DCtx* const context_;
    std::array<char, 4> magic_{};  ///< of the frame under way, as far as it has come
    std::size_t magic_bytes_ = 0;
    bool whole_ = false;
};

namespace {

ContentCoding codingNamed(std::string_view name) {
    if (name.empty() || equalsIgnoringCase(name, "identity")) return ContentCoding::kIdentity;
    if (equalsIgnoringCase(name, "gzip") || equalsIgnoringCase(name, "x-gzip"))
        return ContentCoding::kGzip;
    if (equalsIgnoringCase(name, "zstd")) return ContentCoding::kZstd;
    return ContentCoding::kUnknown;
}

/// Both, one applied after the other.
ContentCoding combined(ContentCoding one, ContentCoding other) {
    if (one == ContentCoding::kIdentity) return other;
    return other == ContentCoding::kIdentity ? one : ContentCoding::kUnknown;
}

}  // namespace

ContentCoding contentCodingOf(std::string_view field) {
    ContentCoding coding = ContentCoding::kIdentity;
    while (!field.empty()) {
        const std::string_view name = field.substr(0, field.find(','));
        field.remove_prefix(std::min(name.size() + 1, field.size()));
        coding = combined(coding, codingNamed(trimmed(name)));
    }
    return coding;
}

ContentCoding bodyCodingOf(const HttpHeaders& headers) {
    ContentCoding coding = ContentCoding::kIdentity;
    for (const auto& [name, value] : headers)
        if (equalsIgnoringCase(name, "content-encoding"))
            coding = combined(coding, contentCodingOf(value));
    return coding;
}

ContentDecoder::ContentDecoder(ContentCoding coding, std::size_t max_bytes) : left_(max_bytes) {
    if (coding == ContentCoding::kGzip)
        impl_ = std::make_unique<Gzip>();
    else if (coding == ContentCoding::kZstd)
        impl_ = std::make_unique<Zstd>();
    else
        impl_ = std::make_unique<Identity>();
}

ContentDecoder::~ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;

ContentDecoder::Result ContentDecoder::feed(std::string_view input, std::string& out) {
    char piece[kPiece];
    bool full = true;  // more may come out of what was taken before
    while (result_ == Result::kOk && (full || !input.empty())) {
        char* end = piece;
        const std::size_t before = input.size();
        if (!impl_->step(input, end, sizeof piece)) return result_ = Result::kMalformed;
        const auto made = static_cast<std::size_t>(end - piece);
        if (made == 0 && input.size() == before && before > 0)
            return result_ = Result::kMalformed;  // no progress: the loop would not end
        out.append(piece, std::min(made, left_));
        if (made > left_) return result_ = Result::kTooLarge;
        left_ -= made;
        full = made == sizeof piece;
    }
    return result_;
}

bool ContentDecoder::whole() const {
    return result_ == Result::kOk && impl_->whole();
}

ContentDecoder::Result decodeContent(ContentCoding coding, std::string_view body,
                                     std::size_t max_bytes, std::string& out) {
    ContentDecoder decoder(coding, max_bytes);
    const Result result = decoder.feed(body, out);
    return result == Result::kOk && !decoder.whole() ? Result::kMalformed : result;
}

}  // namespace waybill::server
