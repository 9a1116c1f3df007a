// Exceptions: the environment failed. What the domain foresees is a `Refusal` (result.h) and what a
// receiver does wrong is an `AttemptOutcome` (transport.h); neither throws.
#pragma once

#include <Poco/Exception.h>

#include <cstdint>
#include <string>

namespace waybill {

/// The log cannot be used: no such directory, held by another process, disk full, I/O error.
/// Nothing was written by the call that threw.
class StoreUnavailable : public Poco::RuntimeException {
public:
    explicit StoreUnavailable(const std::string& message) : Poco::RuntimeException(message) {}
    const char* name() const noexcept override { return "StoreUnavailable"; }
    const char* className() const noexcept override { return "waybill::StoreUnavailable"; }
    Poco::Exception* clone() const override { return new StoreUnavailable(*this); }
    void rethrow() const override { throw *this; }
};

/// A commit failed halfway: the batch may or may not survive. The log must be reopened and read
/// again before anything is decided on it.
class StoreIndeterminate : public Poco::RuntimeException {
public:
    explicit StoreIndeterminate(const std::string& message) : Poco::RuntimeException(message) {}
    const char* name() const noexcept override { return "StoreIndeterminate"; }
    const char* className() const noexcept override { return "waybill::StoreIndeterminate"; }
    Poco::Exception* clone() const override { return new StoreIndeterminate(*this); }
    void rethrow() const override { throw *this; }
};

/// Another writer has appended since `expected_head` was read, or an event does not have the next
/// position of its stream. Nothing was written. In one process with one writer this is a bug or a
/// stolen lock.
class Fenced : public Poco::RuntimeException {
public:
    explicit Fenced(const std::string& message) : Poco::RuntimeException(message) {}
    const char* name() const noexcept override { return "Fenced"; }
    const char* className() const noexcept override { return "waybill::Fenced"; }
    Poco::Exception* clone() const override { return new Fenced(*this); }
    void rethrow() const override { throw *this; }
};

/// What the log holds breaks a rule: a hash, a position, an event that cannot follow its stream.
/// Carries the three facts an auditor needs.
class CorruptLog : public Poco::DataException {
public:
    CorruptLog(std::string stream, std::uint64_t position, std::string rule)
        : Poco::DataException("stream " + stream + ", position " + std::to_string(position) + ": " +
                              rule),
          stream_(std::move(stream)),
          position_(position),
          rule_(std::move(rule)) {}
    const std::string& stream() const noexcept { return stream_; }
    std::uint64_t position() const noexcept { return position_; }
    const std::string& rule() const noexcept { return rule_; }
    const char* name() const noexcept override { return "CorruptLog"; }
    const char* className() const noexcept override { return "waybill::CorruptLog"; }
    Poco::Exception* clone() const override { return new CorruptLog(*this); }
    void rethrow() const override { throw *this; }

private:
    std::string stream_;
    std::uint64_t position_;
    std::string rule_;
};

/// Bytes that lie beside the log (a payload, a URL with its token, a stored request) are missing
/// though they were never erased, or are not those that their event names: nothing may be done with
/// them. The log itself is sound, and so is everything else in it.
class DamagedBytes : public Poco::DataException {
public:
    explicit DamagedBytes(const std::string& message) : Poco::DataException(message) {}
    const char* name() const noexcept override { return "DamagedBytes"; }
    const char* className() const noexcept override { return "waybill::DamagedBytes"; }
    Poco::Exception* clone() const override { return new DamagedBytes(*this); }
    void rethrow() const override { throw *this; }
};

/// Configuration that cannot be used; the message says which setting and what to write instead.
class ConfigError : public Poco::RuntimeException {
public:
    explicit ConfigError(const std::string& message) : Poco::RuntimeException(message) {}
    const char* name() const noexcept override { return "ConfigError"; }
    const char* className() const noexcept override { return "waybill::ConfigError"; }
    Poco::Exception* clone() const override { return new ConfigError(*this); }
    void rethrow() const override { throw *this; }
};

}  // namespace waybill
