// How the members of folded states are kept in columns.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/columns.h"
#include "log/database.h"
#include "waybill/delivery.h"
#include "waybill/response.h"

namespace waybill::sqlite {

/// A row holds what no state can be. Only in derived tables, which a rebuild makes anew.
class BadColumn : public Poco::DataException {
public:
    explicit BadColumn(const std::string& message) : Poco::DataException(message) {}
};

/// `3;5000000,300000000;410`: retries, delays in µs, final statuses.
std::string policyText(const RetryPolicy& policy);
RetryPolicy policyFrom(std::string_view text);

// The type a member's column is declared with.
template <std::integral T>
constexpr const char* declaredType(const T&) {
    return "INTEGER NOT NULL";
}
template <typename T>
requires std::is_enum_v<T>
constexpr const char* declaredType(const T&) {
    return "TEXT NOT NULL";
}
constexpr const char* declaredType(const std::string&) {
    return "TEXT NOT NULL";
}
constexpr const char* declaredType(const RetryPolicy&) {
    return "TEXT NOT NULL";
}
constexpr const char* declaredType(const Digest&) {
    return "BLOB NOT NULL";
}
constexpr const char* declaredType(const Timestamp&) {
    return "INTEGER NOT NULL";
}
constexpr const char* declaredType(const Duration&) {
    return "INTEGER NOT NULL";
}
template <typename T>
constexpr const char* declaredType(const std::optional<T>&) {
    return std::is_enum_v<T> ? "TEXT" : "INTEGER";
}

/// A visitor that binds members, all or only the changing ones, to the parameters of a statement,
/// in order. Must live until the statement has run.
class ColumnBinder {
public:
    ColumnBinder(Statement& statement, int first) : statement_(statement), parameter_(first) {}

    template <typename T>
    void operator()(const char*, const T& member) {
        bind(member);
        ++parameter_;
    }

private:
    template <std::integral T>
    void bind(T value) {
        statement_.bind(parameter_, static_cast<std::int64_t>(value));
    }
    template <typename T>
    requires std::is_enum_v<T>
    void bind(T value) { statement_.bindText(parameter_, toString(value)); }
    void bind(const std::string& text) { statement_.bindText(parameter_, text); }
    void bind(const Digest& digest) { statement_.bindBlob(parameter_, digest); }
    void bind(Timestamp time) { statement_.bind(parameter_, time.time_since_epoch().count()); }
    void bind(Duration duration) { statement_.bind(parameter_, duration.count()); }
    void bind(const RetryPolicy& policy) {
        policy_ = policyText(policy);
        statement_.bindText(parameter_, policy_);
    }
    template <typename T>
    void bind(const std::optional<T>& value) {
        value ? bind(*value) : statement_.bindNull(parameter_);
    }

    Statement& statement_;
    int parameter_;
    std::string policy_;
};

/// A visitor that fills members from the columns of a row, in order. Throws BadColumn.
class ColumnReader {
public:
    ColumnReader(const Statement& row, int first) : row_(row), column_(first) {}

    template <typename T>
    void operator()(const char* name, T& member) {
        name_ = name;
        read(member);
        ++column_;
    }

private:
    template <std::integral T>
    void read(T& value) {
        value = static_cast<T>(row_.integer(column_));
    }
    void read(std::string& text) { text = row_.text(column_); }
    void read(Digest& digest) { digest = row_.digest(column_); }
    void read(Timestamp& time) { time = Timestamp(Duration(row_.integer(column_))); }
    void read(Duration& duration) { duration = Duration(row_.integer(column_)); }
    void read(RetryPolicy& policy) { policy = policyFrom(row_.text(column_)); }
    void read(DeliveryStatus& status) { status = named(deliveryStatusFrom(text())); }
    void read(AttemptStatus& status) { status = named(attemptStatusFrom(text())); }
    void read(AttemptCause& cause) { cause = named(attemptCauseFrom(text())); }
    void read(FailureReason& reason) { reason = named(failureReasonFrom(text())); }
    void read(RoundEnd& end) { end = named(roundEndFrom(text())); }
    void read(ResponseState& state);
    template <typename T>
    void read(std::optional<T>& value) {
        if (row_.isNull(column_)) {
            value.reset();
        } else {
            read(value.emplace());
        }
    }

    std::string_view text() const { return row_.text(column_); }
    template <typename T>
    T named(std::optional<T> value) const {
        if (!value) refuse();
        return *value;
    }
    [[noreturn]] void refuse() const;

    const Statement& row_;
    int column_;
    const char* name_ = "";
};

/// A visitor that folds members into a number, so that a row which somebody has changed by hand, or
/// the disk has, is told from one that was written. No guard against a forger, who can compute it.
class RowDigest {
public:
    RowDigest(std::string_view table, std::int64_t key) {
        add(table);
        add(key);
    }

    template <typename T>
    void operator()(const char*, const T& member) {
        add(member);
    }
    std::int64_t value() const { return static_cast<std::int64_t>(value_); }

private:
    void mix(std::uint64_t word) {
        value_ = (value_ ^ word) * 0x9e3779b97f4a7c15;  // Fibonacci hashing: 2^64 / golden ratio
        value_ ^= value_ >> 32;
    }
    template <std::integral T>
    void add(T value) {
        mix(static_cast<std::uint64_t>(value));
    }
    template <typename T>
    requires std::is_enum_v<T>
    void add(T value) { add(toString(value)); }
    void add(std::string_view text) {
        mix(text.size());
        for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, std::min(sizeof word, text.size() - at));
            mix(word);
        }
    }
    void add(const std::string& text) { add(std::string_view(text)); }
    void add(const Digest& digest) {
        add(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
    }
    void add(Timestamp time) { add(time.time_since_epoch().count()); }
    void add(Duration duration) { add(duration.count()); }
    void add(const RetryPolicy& policy) { add(policyText(policy)); }
    template <typename T>
    void add(const std::optional<T>& value) {
        add(value.has_value());
        if (value) add(*value);
    }

    std::uint64_t value_ = 0;
};

/// A visitor that writes members out, to show where two states differ.
class ColumnPrinter {
public:
    struct Column {
        std::string name;
        std::string value;
    };

    template <typename T>
    void operator()(const char* name, const T& member) {
        columns_.push_back({name, print(member)});
    }
    const std::vector<Column>& columns() const { return columns_; }

private:
    template <std::integral T>
    static std::string print(T value) {
        return std::to_string(value);
    }
    template <typename T>
    requires std::is_enum_v<T>
    static std::string print(T value) { return std::string(toString(value)); }
    static std::string print(const std::string& text) { return '"' + text + '"'; }
    static std::string print(const Digest& digest) { return toHex(digest); }
    static std::string print(Timestamp time) { return formatTimestamp(time); }
    static std::string print(Duration duration) { return std::to_string(duration.count()); }
    static std::string print(const RetryPolicy& policy) { return policyText(policy); }
    template <typename T>
    static std::string print(const std::optional<T>& value) {
        return value ? print(*value) : "null";
    }

    std::vector<Column> columns_;
};

}  // namespace waybill::sqlite
