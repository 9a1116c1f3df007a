// A certificate for the time of a run.
#pragma once

#include <string>

namespace waybill::bench {

/// Makes a self-signed certificate (ECDSA, P-256) for `*.bench.test`, valid for a day, and its key
/// in `directory`.
void makeCertificate(const std::string& directory);

std::string certificateFile(const std::string& directory);
std::string keyFile(const std::string& directory);

}  // namespace waybill::bench
