// Holds a log against what the world outside knows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulation/receivers.h"
#include "waybill/event_log.h"

namespace waybill::test {

/// Reads the log once. Each question is answered with sentences about what is wrong.
class LogAudit {
public:
    /// `file` is where `log` lies.
    LogAudit(const EventLog& log, const std::string& file);

    std::vector<Digest> hashes() const;

    /// Chain, positions, fold and payloads; and that every event that was `seen` is still there.
    std::vector<std::string> unsound(const std::vector<Digest>& seen) const;

    /// What was acknowledged, or sent, and is not on record.
    std::vector<std::string> missing(const std::vector<StreamId>& acknowledged,
                                     const std::vector<Received>& received) const;

    /// What arrived with other bytes than its event names.
    std::vector<std::string> altered(const std::vector<Received>& received) const;

    /// Whether each delivery has come to its end, and in the way that the record says. (How many
    /// attempts a round may have is a rule of the fold.)
    std::vector<std::string> unfinished(const std::vector<Received>& received) const;

    /// Attempts before they were due, by a clock that nobody sets.
    std::vector<std::string> early() const;

private:
    struct History {
        std::vector<const RecordedEvent*> events{};
        std::set<std::uint32_t> started{};
    };

    const EventLog& log_;
    std::string file_;
    std::vector<RecordedEvent> events_;
    std::map<StreamId, History> deliveries_;
};

}  // namespace waybill::test
