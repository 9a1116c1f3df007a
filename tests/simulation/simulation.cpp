#include "simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "simulation/broken_log.h"
#include "simulation/log_audit.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kLives = 30;
constexpr Duration kLongestLife = minutes(20);
constexpr std::uint64_t kMostOrders = 150;
constexpr Duration kPatience = hours(72);       ///< for what is left when all is well
constexpr std::size_t kPayloadMemory = 40'000;  ///< bytes; a wire full of payloads is more
/// Of a machine without a battery. A world must be over within the day that an idempotency key
/// lasts by the wall clock.
constexpr Duration kBehind = hours(6);

EngineOptions optionsOfEngine(Breakage breakage) {
    EngineOptions options;
    options.max_in_flight = 32;
    options.max_in_flight_per_endpoint = 8;
    options.max_batch = 16;
    const std::size_t factor = breakage == Breakage::kBudgetIsIgnored ? 100 : 1;
    options.payload_memory = std::make_shared<ByteBudget>(factor * kPayloadMemory);
    return options;
}

}  // namespace

class Simulation::Wire : public Transport {
public:
    explicit Wire(Simulation& simulation) : simulation_(simulation) {}
    void send(AttemptRequest request, Completion done) override {
        simulation_.send(std::move(request), std::move(done));
    }
    TransportStats stats() const override { return {}; }

private:
    Simulation& simulation_;
};

Simulation::Simulation(std::uint64_t seed, Breakage breakage)
    : breakage_(breakage),
      chance_(seed),
      entropy_(seed + 1),
      disk_(seed + 2),
      receivers_(seed + 3),
      options_(optionsOfEngine(breakage)),
      clock_is_set_(seed % 2 == 0),
      wire_(std::make_unique<Wire>(*this)) {
    options_.on_event = [this](const RecordedEvent& event) {
        seen_.push_back(event.hash);
        witness_->recorded(event);
        hostThrowsNowAndThen();
    };
    options_.on_start = [this](Duration) { hostThrowsNowAndThen(); };
    if (breakage == Breakage::kWalIsNotSynced) disk_.lieAbout("-wal");
    if (breakage == Breakage::kDatabaseIsNotSynced) disk_.lieAbout("waybill.db");
    if (breakage == Breakage::kIndexIsNotSynced) disk_.lieAbout("index.db");
}

Simulation::~Simulation() = default;

SimulationReport Simulation::run() {
    for (std::uint64_t life = 0; life < kLives; ++life) {
        disk_.dieIn(1 + chance_.below(chance_.oneIn(4) ? 20 : 600));
        if (chance_.oneIn(2)) disk_.failIn(1 + chance_.below(300));
        if (beginLife()) {
            at(clock_.now().monotonic, [this] { actAsClient(); });
            at(clock_.now().monotonic + seconds(chance_.below(20)), [this] { setTheClockRight(); });
            live(seconds(1 + chance_.below(kLongestLife / seconds(1))));
        }
        endLife();
        clock_.advance(seconds(chance_.below(600)));
    }
    disk_.calm();
    all_is_well_ = true;
    settle();
    checkTheEnd();
    report_.deliveries = acknowledged_.size();
    report_.requests = receivers_.received().size();
    return report_;
}

// ---- lives

/// False when it was over at once.
bool Simulation::beginLife() {
    ++life_;
    on_wire_.clear();
    try {
        sqlite::LogOptions options;
        options.directory = directory_ / "data";
        options.entropy = &entropy_;
        options.checkpoint_idle_bytes = 256 * 1024;
        log_ = std::make_unique<FaultyLog>(broken(sqlite::openLog(options), breakage_));
        checkWhatWasFound();
        damageBytes();
        witness_ = std::make_unique<Witness>(kPayloadMemory);
        inbox_ = std::make_shared<Inbox>(options_.max_waiting_commands);
        loop_ = std::make_unique<EngineLoop>(*log_, *wire_, options_, entropy_, inbox_);
        loop_->recover(clock_.now());
        return true;
    } catch (const StoreUnavailable& unavailable) {
        const bool is_suspected =
            unavailable.message().find("lacks acknowledged") != std::string::npos;
        if (!disk_.dead() && (is_suspected || !disk_.hasFailed()))
            violation(unavailable.displayText());
    } catch (const CorruptLog& corrupt) {
        violation(corrupt.displayText());
    }
    loop_.reset();
    log_.reset();
    return false;
}

void Simulation::live(Duration time) {
    const MonotonicTime end = clock_.now().monotonic + time;
    while (!disk_.dead() && clock_.now().monotonic < end) {
        throwNowAndThen();
        MonotonicTime next = std::min(turn(), end);
        if (disk_.dead()) return;
        if (!agenda_.empty()) next = std::min(next, agenda_.begin()->first);
        const MonotonicTime now = clock_.now().monotonic;
        if (next > now) clock_.advance(next - now);
        while (!agenda_.empty() && agenda_.begin()->first <= clock_.now().monotonic) {
            const Appointment due = std::move(agenda_.extract(agenda_.begin()).mapped());
            if (due.life == life_) due.action();
        }
    }
}

/// Once round the ring, and what must hold afterwards. Returns when it is needed next.
MonotonicTime Simulation::turn() {
    const MonotonicTime next = loop_->tick(clock_.now());
    if (log_->hasFailed()) {
        ++report_.faults;
        if (!log_->misreadStream().empty()) witness_->excuse(log_->misreadStream());
        log_->calm();
    }
    if (inbox_->waiting() > 0) return next;
    witness_->requireTurnAnswered();
    const EngineHealth health = loop_->health();
    if (health.ready) witness_->requireInFlight(health.in_flight);
    return next;
}

/// The process dies, if it has not yet, or stops in good order; the next one finds what a kill or a
/// power cut leaves.
void Simulation::endLife() {
    if (disk_.hasFailed()) ++report_.failures;
    if (!chance_.oneIn(4)) {
        disk_.die();
    } else if (loop_ && !disk_.dead()) {
        endInGoodOrder();
    }
    if (loop_) loop_->abort("the process ends");
    loop_.reset();
    for (auto& [time, appointment] : agenda_) {
        if (appointment.is_outcome && chance_.oneIn(2)) appointment.action();  // too late
    }
    inbox_.reset();
    agenda_.clear();
    if (witness_) {
        witness_->requireAllAnswered();
        for (const std::string& what : witness_->wrong())
            violation(what);
        witness_.reset();
    }
    if (options_.payload_memory->used() > 0) violation("memory is counted that nobody holds");
    follower_.reset();
    log_.reset();
    disk_.die();
    if (clock_is_set_ && chance_.oneIn(4)) setTheClockBack();
    if (chance_.oneIn(2)) {
        ++report_.kills;
        disk_.reviveAfterKill();
    } else {
        ++report_.power_cuts;
        disk_.reviveAfterPowerCut();
    }
}

/// Nothing fails for as long as the ring needs to be done with what it knows.
void Simulation::endInGoodOrder() {
    disk_.calm();
    log_->calm();
    for (int i = 0; i < 20; ++i) {
        clock_.advance(std::chrono::milliseconds(200));
        turn();
    }
    if (!loop_->health().ready)
        return violation("the engine stays down: " + loop_->health().problem);
    witness_->requireOnRecord(*log_);
}

/// All is well from now on: whatever was accepted comes to its end.
void Simulation::settle() {
    receivers_.recover();
    setTheClockRight();
    if (!beginLife()) return violation("the log cannot be opened though nothing fails any more");
    for (std::uint64_t i = 0; i < Receivers::kEndpoints; ++i)
        setPaused(Receivers::endpoint(i), false);
    for (const auto& order : orders_) {
        if (!order->accepted) submit(*order);
    }
    const MonotonicTime end = clock_.now().monotonic + kPatience;
    while (!nothingLeft() && clock_.now().monotonic < end) {
        live(minutes(10));
        const EngineHealth health = loop_->health();
        if (!health.ready) return violation("the engine stays down: " + health.problem);
    }
}

bool Simulation::nothingLeft() {
    return log_->openDeliveryCount() == 0 &&
           std::all_of(orders_.begin(), orders_.end(),
                       [](const auto& order) { return order->accepted.has_value(); });
}

// ---- the world outside

void Simulation::at(MonotonicTime time, std::function<void()> action, bool is_outcome) {
    agenda_.emplace(time, Appointment{life_, std::move(action), is_outcome});
}

template <typename Concrete>
void Simulation::put(Concrete concrete) {
    Command command(std::move(concrete));
    if (inbox_->offer(command) != Inbox::Offer::kTaken) violation("the inbox is full");
}

/// Takes the one answer that somebody gets, and throws now and then.
template <typename T>
Engine::Reply<T> Simulation::reply(const char* what, std::function<void(const Result<T>&)> then,
                                   bool may_wait) {
    const std::size_t caller = witness_->asked(what, may_wait);
    return [this, caller, then = std::move(then)](Result<T> result) {
        if (breakage_ != Breakage::kRepliesAreDropped || caller % 20 != 0)
            witness_->answered(caller);
        if (breakage_ == Breakage::kRepliesAreRepeated && caller % 20 == 0)
            witness_->answered(caller);
        if (then) then(result);
        hostThrowsNowAndThen();
    };
}

std::string Simulation::salt() {
    std::string salt(16, '\0');
    entropy_.fill({reinterpret_cast<std::uint8_t*>(salt.data()), salt.size()});
    return salt;
}

void Simulation::actAsClient() {
    if (chance_.oneIn(3)) index();
    const std::uint64_t die = chance_.below(100);
    if (die < 55 && orders_.size() < kMostOrders) {
        auto order = std::make_unique<Order>();
        order->number = orders_.size();
        order->submission.destination = {Receivers::url(chance_.below(Receivers::kEndpoints)),
                                         chance_.oneIn(2) ? "s3cret" : ""};
        order->submission.payload =
            makeBytes(std::string(1 + chance_.below(6000), 'p') + std::to_string(order->number));
        const std::string number = std::to_string(order->number);
        order->submission.idempotency = IdempotencyKey{sha256("key " + number), sha256(number)};
        orders_.push_back(std::move(order));
        submit(*orders_.back());
    } else if (die < 70) {
        for (const auto& order : orders_) {
            if (!order->accepted) submit(*order);
        }
    } else if (die < 80) {
        completeResponse();
    } else {
        actAsOperator();
    }
    at(clock_.now().monotonic + std::chrono::milliseconds(chance_.below(20'000)),
       [this] { actAsClient(); });
}

void Simulation::submit(Order& order) {
    auto decided = decideSubmission(order.submission, options_, salt(), clock_.now().wall);
    put(SubmitCommand{
        newStreamId(kDeliveryPrefix, clock_.now().wall, entropy_), std::move(decided).value(),
        reply<Accepted>("a submission", [this, &order](const Result<Accepted>& result) {
            if (!result) return;
            const StreamId& id = result->delivery.id;
            if (order.accepted && *order.accepted != id)
                violation("one idempotency key made two deliveries");
            order.accepted = id;
            acknowledged_.push_back(id);
        })});
}

/// A call that ends, and the callback it owes.
void Simulation::completeResponse() {
    const StreamId id = newStreamId(kResponsePrefix, clock_.now().wall, entropy_);
    ResponseCreation creation;
    creation.id = id;
    creation.created.kind = "response";
    creation.created.client = "acme";
    put(CreateResponseCommand{std::move(creation), salt(), reply<Response>("a create call")});
    ResponseCompletion completion;
    completion.id = completion.object_id = id;
    completion.status = "completed";
    completion.object = makeBytes("{\"id\":\"" + id + "\"}");
    completion.callback =
        Destination{Receivers::url(chance_.below(Receivers::kEndpoints)), "s3cret"};
    const Digest digest = sha256(*completion.object);
    put(CompleteResponseCommand{std::move(completion), digest,
                                newStreamId(kDeliveryPrefix, clock_.now().wall, entropy_), salt(),
                                reply<Response>("a completion", [this](const auto& result) {
                                    if (!result) return;
                                    responses_.push_back(result->id);
                                    acknowledged_.push_back(result->delivery);
                                })});
}

void Simulation::actAsOperator() {
    enum Deed {
        kPause,
        kResume,
        kCancel,
        kRedeliver,
        kDeleteResponse,
        kCheck,
        kWatch,
        kSetTheClock,
        kDeeds
    };
    const auto deed = static_cast<Deed>(chance_.below(kDeeds));
    const std::string endpoint = Receivers::endpoint(chance_.below(Receivers::kEndpoints));
    if (deed == kPause || deed == kResume) return setPaused(endpoint, deed == kPause);
    if (deed == kSetTheClock && clock_is_set_) {
        return clock_.jumpWall(minutes(chance_.below(240)) - minutes(120));
    }
    if (acknowledged_.empty() || responses_.empty()) return;
    const StreamId& id = acknowledged_[chance_.below(acknowledged_.size())];
    const StreamId& response = responses_[chance_.below(responses_.size())];
    if (deed == kCancel)
        put(CancelCommand{{id, "operator:kim", "why not"}, reply<Delivery>("a cancellation")});
    if (deed == kRedeliver)
        put(RedeliverCommand{
            {.delivery = id, .actor = "operator:kim"}, salt(), reply<Delivery>("a re-delivery")});
    if (deed == kDeleteResponse)
        put(DeleteResponseCommand{{response, "client:acme", ""}, reply<Response>("a deletion")});
    if (deed == kWatch) {
        put(WatchCommand{id, reply<Delivery>("a watcher", {}, true)});
    }
    if (deed == kCheck) {
        put(CheckRequestCommand{id, "chk_1", makeBytes("{}"), reply<AttemptRequest>("a check")});
    }
}

/// What the indexer's thread does when it gets to it.
void Simulation::index() {
    try {
        if (!follower_)
            follower_ = std::make_unique<sqlite::index::Follower>(directory_ / "data/waybill.db");
        follower_->step();
    } catch (const sqlite::SqliteError& error) {
        if (error.isDamage()) violation("the index is damaged: " + error.message());
        follower_.reset();
    }
}

void Simulation::setPaused(const std::string& endpoint, bool paused) {
    const EndpointCommand command{endpoint, "operator:kim", ""};
    paused ? put(PauseCommand{command, reply<EndpointState>("a pause")})
           : put(ResumeCommand{command, reply<EndpointState>("a resumption")});
}

void Simulation::send(AttemptRequest request, Transport::Completion done) {
    hostThrowsNowAndThen();
    Received received;
    for (const auto& [name, value] : request.headers) {
        if (name == "webhook-id") received.webhook_id = value;
        if (name == "waybill-attempt")
            received.attempt = static_cast<std::uint32_t>(std::stoul(value));
    }
    received.body = *request.body;
    const StreamId id = received.webhook_id;
    const std::uint32_t attempt = received.attempt;
    if (!on_wire_.insert(id).second) violation("two attempts of " + id + " are on the wire");
    witness_->sent(id, attempt, request.body);
    Habit habit = receivers_.habitFor(request.url, request.timeout);
    received.accepted = !habit.outcome.reason;
    if (breakage_ == Breakage::kRequestsAreSentTwice) receivers_.receive(received);
    if (habit.arrives) receivers_.receive(std::move(received));
    if (breakage_ == Breakage::kSuccessIsInvented) habit.outcome.reason.reset();
    const bool dropped = breakage_ == Breakage::kOutcomesAreDropped && chance_.oneIn(20);
    const bool repeated = !all_is_well_ && chance_.oneIn(50);  // against what a transport promises
    at(
        clock_.now().monotonic + habit.after,
        [this, id, attempt, dropped, repeated, outcome = std::move(habit.outcome),
         done = std::move(done)] {
            on_wire_.erase(id);
            witness_->known(id, attempt);
            if (!dropped) done(outcome);
            if (repeated) done(outcome);
        },
        true);
}

// ---- what goes wrong

/// Some call of the log, in the turn that comes, throws.
void Simulation::throwNowAndThen() {
    if (all_is_well_ || !chance_.oneIn(30)) return;
    constexpr Thrown kKinds[] = {Thrown::kUnavailable, Thrown::kCorrupt, Thrown::kDamaged,
                                 Thrown::kNoMemory, Thrown::kForeign};
    log_->failCall(1 + chance_.below(12), kKinds[chance_.below(std::size(kKinds))]);
}

/// For a life, some bytes beside the log are not those that their events name.
void Simulation::damageBytes() {
    if (all_is_well_ || !chance_.oneIn(4)) return;
    const std::uint64_t events = log_->head().global_position;
    while (!chance_.oneIn(4))
        log_->damage(1 + chance_.below(events + 1));
}

/// A machine without a battery knows no better when it boots.
void Simulation::setTheClockBack() {
    if (clock_is_behind_ != Duration::zero()) return;
    clock_is_behind_ = kBehind;
    clock_.jumpWall(-kBehind);
}

void Simulation::setTheClockRight() {
    clock_.jumpWall(std::exchange(clock_is_behind_, Duration::zero()));
}

void Simulation::hostThrowsNowAndThen() {
    if (all_is_well_ || !chance_.oneIn(100)) return;
    ++report_.host_faults;
    throw "as a host may";
}

// ---- what must hold

void Simulation::violation(const std::string& what) {
    report_.violations.push_back("life " + std::to_string(life_) + ": " + what);
}

/// What the process finds when it starts is all it has; so this is where a loss shows.
void Simulation::checkWhatWasFound() {
    LogAudit audit(*log_, directory_ / "data/waybill.db");
    for (const std::string& what : audit.unsound(seen_))
        violation(what);
    for (const std::string& what : audit.missing(acknowledged_, receivers_.received()))
        violation(what);
    seen_ = audit.hashes();
}

void Simulation::checkTheEnd() {
    if (!log_) return;
    checkWhatWasFound();
    LogAudit audit(*log_, directory_ / "data/waybill.db");
    for (const std::string& what : audit.unfinished(receivers_.received()))
        violation(what);
    for (const std::string& what : audit.altered(receivers_.received()))
        violation(what);
    if (!clock_is_set_) {
        for (const std::string& what : audit.early())
            violation(what);
    }
    for (const auto& order : orders_) {
        if (!order->accepted)
            violation("order " + std::to_string(order->number) + " was never accepted");
    }
    report_.head = log_->head().hash;
}

}  // namespace waybill::test
