// waybill payload
#include <array>
#include <fstream>
#include <ostream>

#include "cli/command.h"
#include "cli/named_delivery.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kPayloadOptions = {{
    {"--output", "FILE", "write it there and not to the standard output"},
}};

int runPayload(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() != 1) {
        return wrongUsage(console, "payload", "payload takes one id.");
    }
    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    const auto delivery = deliveryNamed(*target.api, arguments.operands().front());
    if (!delivery.ok()) return refused(console, delivery.refusal());
    const auto payload = target.api->payload(*delivery);
    if (!payload.ok()) return refused(console, payload.refusal());
    const auto output = arguments.value("--output");
    if (!output) {
        console.out() << **payload;
        return kDone;
    }
    std::ofstream file(*output, std::ios::binary | std::ios::trunc);
    file << **payload << std::flush;
    if (file) return kDone;
    console.complain("The payload could not be written to " + *output + ".");
    return kFailed;
}

}  // namespace

const Command kPayloadCommand = {
    .name = "payload",
    .operands = "ID",
    .summary = "the bytes that a delivery sends",
    .details =
        "Writes the payload of a delivery, byte for byte as the receiver gets it. ID is a "
        "delivery's, or its response's or subject.",
    .options = kPayloadOptions,
    .examples =
        "waybill payload dlv_01h8xgbd2v3m4n5p6q7r8s9t0v | jq .\n"
        "waybill payload dlv_01h8xgbd2v3m4n5p6q7r8s9t0v | sha256sum",
    .run = runPayload};

}  // namespace waybill::cli
