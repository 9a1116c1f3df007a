// Delivers one payload to the URL given as the first argument, with a log in the directory given as
// the second, and waits for it.
#include <waybill/engine.h>
#include <waybill/sqlite/log.h>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    waybill::AddressPolicy policy;
    policy.allow("loopback");
    const auto log = waybill::sqlite::openLog({.directory = argv[2]});
    const auto transport = waybill::makeHttpTransport({.address_policy = policy});
    waybill::Engine engine(*log, *transport, {.address_policy = policy});
    engine.start();

    const auto accepted = engine.submit(
        {.destination = {.url = argv[1]}, .payload = waybill::makeBytes(R"({"hello":"world"})")});
    if (!accepted) return std::cerr << accepted.refusal().message << '\n', 1;
    const auto delivery =
        engine.waitUntilFinished(accepted->delivery.id, std::chrono::seconds(30));
    engine.stop();
    return delivery && delivery->status == waybill::DeliveryStatus::kDelivered ? 0 : 1;
}
