// The texts of the index in its file, as their writer uses them.
#pragma once

#include <string>

#include "database.h"
#include "index/text_run.h"

namespace waybill::sqlite::index {

/// Key, id, subject and URL (or NULL) of the deliveries with `?1 <= key < ?2`, from the log.
std::string selectTexts();

class TextStore {
public:
    /// `log` is where the texts come from.
    TextStore(Database& log, Database& index);

    /// Makes a run, in the place of an earlier one.
    void make(std::int64_t run);

private:
    void put(TextKind kind, std::int64_t run, const EncodedRun& encoded);

    Statement texts_;
    Statement put_;
};

}  // namespace waybill::sqlite::index
