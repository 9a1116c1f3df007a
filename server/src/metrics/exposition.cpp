#include "metrics/exposition.h"

#include <array>
#include <charconv>

namespace waybill::server {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

/// The shortest form without an exponent that reads back the same.
std::string numberText(double value) {
    std::array<char, 64> text{};
    char* const end = text.data() + text.size();
    return {text.data(), std::to_chars(text.data(), end, value, std::chars_format::fixed).ptr};
}

}  // namespace

void Exposition::counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample(name, "", static_cast<double>(value));
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
    family(name, "gauge", help);
    sample(name, "", value);
}

void Exposition::histogram(std::string_view name, std::string_view help,
                           const DurationHistogram& histogram) {
    family(name, "histogram", help);
    const std::string bucket = std::string(name) + "_bucket";
    double count = 0;
    for (std::size_t i = 0; i < histogram.buckets().size(); ++i) {
        count += static_cast<double>(histogram.buckets()[i].value());
        const bool last = i == DurationHistogram::kBounds.size();
        const std::string bound =
            last ? "+Inf"
                 : numberText(static_cast<double>(DurationHistogram::kBounds[i]) /
                              kMicrosecondsPerSecond);
        sample(bucket, "le=\"" + bound + "\"", count);
    }
    sample(std::string(name) + "_sum", "",
           static_cast<double>(histogram.sumMicroseconds()) / kMicrosecondsPerSecond);
    sample(std::string(name) + "_count", "", count);
}

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
    text_.append("# HELP ").append(name).append(" ").append(help);
    text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::sample(std::string_view name, std::string_view labels, double value) {
    text_.append(name);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(numberText(value)).append("\n");
}

}  // namespace waybill::server
