// Conversations that go on from an earlier response.
#pragma once

#include <string>

#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// A create request's body in which `previous_response_id`, where it names a response of `client`
/// whose backend knows it by another id, is that one; every other byte as it was. While the log
/// cannot be read: unchanged.
std::string withBackendsPreviousId(std::string body, const std::string& client,
                                   const sqlite::ReadModel& model);

}  // namespace waybill::server
