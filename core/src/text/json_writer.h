// Writes one JSON object (RFC 8259), key by key, in the order it is told.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "waybill/bytes.h"
#include "waybill/json_quote.h"
#include "waybill/time.h"

namespace waybill {

/// The log's data are written by this, on the engine's hot path: no tree in between, and the order
/// of keys is the order of calls, which the canonical form needs.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) { out_ += '{'; }

    void member(std::string_view key, std::string_view value) {
        name(key);
        appendJsonString(out_, value);
    }
    void member(std::string_view key, const char* value) { member(key, std::string_view(value)); }
    void member(std::string_view key, const std::string& value) {
        member(key, std::string_view(value));
    }
    void member(std::string_view key, std::integral auto value) {
        name(key);
        if constexpr (std::same_as<decltype(value), bool>) {
            out_ += value ? "true" : "false";
        } else {
            out_ += std::to_string(value);
        }
    }
    /// As `toHex`.
    void member(std::string_view key, const Digest& value);
    /// As `formatTimestamp`.
    void member(std::string_view key, Timestamp value);
    /// Finite; in the shortest form that reads back the same.
    void member(std::string_view key, double value);
    void null(std::string_view key) {
        name(key);
        out_ += "null";
    }
    /// `text` is JSON already.
    void raw(std::string_view key, std::string_view text) {
        name(key);
        out_ += text;
    }
    template <typename Values, typename ToNumber = std::identity>
    void numbers(std::string_view key, const Values& values, ToNumber toNumber = {}) {
        name(key);
        out_ += '[';
        bool first = true;
        for (const auto& value : values) {
            if (!std::exchange(first, false)) out_ += ',';
            out_ += std::to_string(toNumber(value));
        }
        out_ += ']';
    }
    template <typename Body>
    void object(std::string_view key, Body body) {
        name(key);
        JsonWriter inner(out_);
        body(inner);
        inner.close();
    }
    /// `element(writer, value)` writes the members of one object for each value.
    template <typename Values, typename Element>
    void array(std::string_view key, const Values& values, Element element) {
        name(key);
        out_ += '[';
        bool first = true;
        for (const auto& value : values) {
            if (!first) out_ += ',';
            first = false;
            JsonWriter inner(out_);
            element(inner, value);
            inner.close();
        }
        out_ += ']';
    }
    void close() { out_ += '}'; }

private:
    void name(std::string_view key) {
        if (!first_) out_ += ',';
        first_ = false;
        out_ += '"';
        out_ += key;
        out_ += "\":";
    }

    std::string& out_;
    bool first_ = true;
};

}  // namespace waybill
