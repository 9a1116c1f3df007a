// What must hold while a process lives: who asked was answered, what was known is on record, what
// is on the wire fits into its budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/event_log.h"

namespace waybill::test {

/// Looks on in one life of an engine, and says in sentences what was wrong.
class Witness {
public:
    /// `budget`: bytes that may be on the wire at once.
    explicit Witness(std::size_t budget) : budget_(budget) {}

    // -- every caller is answered exactly once

    /// Somebody asks; the number is what `answered` takes. `what`: a kind of command. `may_wait`:
    /// for something that need not happen.
    std::size_t asked(const char* what, bool may_wait);
    void answered(std::size_t caller);
    /// A turn of the ring is over that has taken everything there was.
    void requireTurnAnswered();
    /// The ring is gone.
    void requireAllAnswered();

    // -- an outcome that was known is recorded as known; nothing stays attempting

    void sent(const StreamId& id, std::uint32_t attempt, const Bytes& body);
    void known(const StreamId& id, std::uint32_t attempt);
    void recorded(const RecordedEvent& event);
    /// The log could not read this one: nothing is said about it any more.
    void excuse(const StreamId& id) { excused_.insert(id); }
    /// While all is well and nothing waits for the ring.
    void requireInFlight(std::uint64_t in_flight);
    /// Before an end in good order, with all that the ring had to do done.
    void requireOnRecord(const EventLog& log);

    const std::vector<std::string>& wrong() const { return wrong_; }

private:
    using Attempt = std::pair<StreamId, std::uint32_t>;

    struct Caller {
        const char* what;
        bool may_wait;
        int answers = 0;
    };

    void require(bool holds, const std::string& otherwise);

    const std::size_t budget_;
    std::vector<Caller> callers_;
    std::size_t new_from_ = 0;  ///< who asked since the last turn
    std::map<Attempt, Bytes> on_wire_;
    std::size_t bytes_on_wire_ = 0;
    std::set<Attempt> known_;  ///< and not on record yet
    std::set<StreamId> excused_;
    std::vector<std::string> wrong_;
};

}  // namespace waybill::test
