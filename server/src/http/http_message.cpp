#include "waybill/server/http_message.h"

#include <algorithm>

namespace waybill::server {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

void HttpHeaders::add(std::string name, std::string value) {
    if (fields_.empty()) fields_.reserve(8);  // about as many as a request has
    fields_.emplace_back(std::move(name), std::move(value));
}

const std::string* HttpHeaders::find(std::string_view name) const {
    for (const Field& field : fields_)
        if (equalsIgnoringCase(field.first, name)) return &field.second;
    return nullptr;
}

std::string_view HttpHeaders::value(std::string_view name) const {
    const std::string* found = find(name);
    return found == nullptr ? std::string_view() : *found;
}

HttpResponse jsonResponse(int status, std::string json) {
    HttpResponse response;
    response.status = status;
    response.body = makeBytes(std::move(json));
    return response;
}

}  // namespace waybill::server
