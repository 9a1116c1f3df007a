// What a verification has found so far.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "waybill/sqlite/verify.h"

namespace waybill::sqlite {

/// In the order in which they were found, up to a limit.
class Findings {
public:
    static constexpr std::size_t kMost = 20;

    void add(Finding finding) {
        if (!full()) found_.push_back(std::move(finding));
    }
    bool full() const { return found_.size() >= kMost; }
    std::vector<Finding> take() { return std::move(found_); }

private:
    std::vector<Finding> found_;
};

}  // namespace waybill::sqlite
