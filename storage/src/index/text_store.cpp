#include "index/text_store.h"

#include <algorithm>

namespace waybill::sqlite::index {

std::string selectTexts() {
    return "SELECT d.stream, s.id, d.subject, x.url FROM derived_delivery d "
           "JOIN streams s ON s.stream = d.stream "
           "LEFT JOIN destinations x ON x.global_position = d.destination_position "
           "WHERE d.stream >= ?1 AND d.stream < ?2";
}

TextStore::TextStore(Database& log, Database& index)
    : texts_(log),
      put_(index,
           "INSERT OR REPLACE INTO derived_text(key, least, most, bytes) "
           "VALUES(?1, ?2, ?3, ?4)") {}

EncodedTexts TextSource::encode(std::int64_t run) {
    RunTexts subjects;
    RunTexts urls;
    EncodedRun ids;
    const std::int64_t first = run * kRunRows;
    texts_.bind(1, first);
    texts_.bind(2, first + kRunRows);
    Query query(texts_);
    while (query.next()) {
        const auto row = static_cast<std::uint16_t>(texts_.integer(0) - first);
        const std::string id(texts_.text(1));
        if (ids.most.empty() || id < ids.least) ids.least = id;
        ids.most = std::max(ids.most, id);
        if (const auto subject = texts_.text(2); !subject.empty())
            subjects.emplace_back(row, subject);
        if (const auto url = texts_.text(3); !url.empty()) urls.emplace_back(row, url);
    }
    return {encodeRun(std::move(subjects)), encodeRun(std::move(urls)), std::move(ids)};
}

void TextStore::make(std::int64_t run) {
    const EncodedTexts texts = texts_.encode(run);
    put(TextKind::kSubject, run, texts.subjects);
    put(TextKind::kUrl, run, texts.urls);
    put(TextKind::kId, run, texts.ids);
}

void TextStore::put(TextKind kind, std::int64_t run, const EncodedRun& encoded) {
    put_.bind(1, textKey(kind, run));
    put_.bindText(2, encoded.least);
    put_.bindText(3, encoded.most);
    put_.bindBlob(4, encoded.bytes);
    put_.run();
}

}  // namespace waybill::sqlite::index
