// Prometheus' text format, version 0.0.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/counters.h"

namespace waybill::server {

/// Puts the text of an answer to a scrape together. Names and label values are ours and need no
/// escaping.
class Exposition {
public:
    /// `help`: a sentence.
    void counter(std::string_view name, std::string_view help, std::uint64_t value);
    void gauge(std::string_view name, std::string_view help, double value);
    void histogram(std::string_view name, std::string_view help,
                   const DurationHistogram& histogram);

    /// Several samples of one name: first this, then each of them; `labels`: `outcome="failed"`.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(std::string_view name, std::string_view labels, double value);

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace waybill::server
