#include "log/column_codec.h"

#include <charconv>
#include <utility>

namespace waybill::sqlite {

namespace {

template <typename Number>
Number numberFrom(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw BadColumn("policy holds no number where one belongs");
    }
    return value;
}

/// What stands before `separator`, which is taken off `rest` with it.
std::string_view takeUntil(char separator, std::string_view& rest) {
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return part;
}

}  // namespace

std::string policyText(const RetryPolicy& policy) {
    std::string text;
    text.reserve(64);
    const auto add = [&text](char separator, std::int64_t number) {
        text += separator;
        text += std::to_string(number);
    };
    text += std::to_string(policy.max_retries);
    char separator = ';';
    for (const Duration delay : policy.delays)
        add(std::exchange(separator, ','), delay.count());
    separator = ';';
    for (const std::uint16_t status : policy.final_statuses)
        add(std::exchange(separator, ','), status);
    return text;
}

RetryPolicy policyFrom(std::string_view text) {
    RetryPolicy policy;
    policy.max_retries = numberFrom<std::uint32_t>(takeUntil(';', text));
    std::string_view delays = takeUntil(';', text);
    policy.delays.clear();
    while (!delays.empty())
        policy.delays.emplace_back(numberFrom<std::int64_t>(takeUntil(',', delays)));
    while (!text.empty())
        policy.final_statuses.push_back(numberFrom<std::uint16_t>(takeUntil(',', text)));
    return policy;
}

void ColumnReader::read(ResponseState& state) {
    for (const auto candidate :
         {ResponseState::kNone, ResponseState::kCreated, ResponseState::kCompleted,
          ResponseState::kCallFailed, ResponseState::kDeleted}) {
        if (toString(candidate) == text()) {
            state = candidate;
            return;
        }
    }
    refuse();
}

void ColumnReader::refuse() const {
    throw BadColumn(std::string("column ") + name_ + " holds no value that it can have");
}

}  // namespace waybill::sqlite
