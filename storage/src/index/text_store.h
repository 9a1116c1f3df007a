// The texts of the index in its file, as their writer uses them.
#pragma once

#include <string>

#include "index/text_run.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// Key, id, subject and URL (or NULL) of the deliveries with `?1 <= key < ?2`, from the log.
std::string selectTexts();

/// The texts of a run, as they are stored.
struct EncodedTexts {
    EncodedRun subjects;
    EncodedRun urls;
    EncodedRun ids;
};

/// Makes runs of texts from a log.
class TextSource {
public:
    explicit TextSource(Database& log) : texts_(log, selectTexts()) {}

    EncodedTexts encode(std::int64_t run);

private:
    Statement texts_;
};

class TextStore {
public:
    /// `log` is where the texts come from.
    TextStore(Database& log, Database& index);

    /// Makes a run, in the place of an earlier one.
    void make(std::int64_t run);

private:
    void put(TextKind kind, std::int64_t run, const EncodedRun& encoded);

    TextSource texts_;
    Statement put_;
};

}  // namespace waybill::sqlite::index
