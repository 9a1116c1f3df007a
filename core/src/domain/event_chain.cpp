#include "crypto/sha256.h"
#include "waybill/event_codec.h"

namespace waybill {

namespace {

void hashNumber(Sha256& hash, std::uint64_t value) {
    char bytes[8];
    for (int i = 0; i < 8; ++i)
        bytes[i] = static_cast<char>(value >> (56 - 8 * i));
    hash.update({bytes, sizeof bytes});
}

void hashText(Sha256& hash, std::string_view text) {
    hashNumber(hash, text.size());
    hash.update(text);
}

std::string_view view(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

Digest genesisHash(std::string_view log_id) {
    return saltedSha256("waybill log 1\n", log_id);
}

Digest chainHash(const Digest& previous, const StoredEvent& event) {
    Sha256 hash;
    hash.update(view(previous));
    hashNumber(hash, event.global_position);
    hashText(hash, event.stream);
    hashNumber(hash, event.position);
    hashText(hash, event.type);
    hashNumber(hash, static_cast<std::uint64_t>(event.recorded_at_us));
    hashText(hash, event.actor);
    hashText(hash, event.data);
    return hash.finish();
}

Digest chainHash(const Digest& previous, const RecordedEvent& event, std::string_view data) {
    return chainHash(
        previous,
        StoredEvent{event.global_position, event.stream, event.position, typeName(event.event),
                    event.recorded_at.time_since_epoch().count(), event.actor, data});
}

}  // namespace waybill
