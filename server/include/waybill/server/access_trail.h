// Who used an operator's credential, or tried to, on record.
#pragma once

#include <memory>
#include <string>

#include "waybill/engine.h"
#include "waybill/worker_thread.h"

namespace waybill::server {

/// Records accesses as events (`access_recorded`), the first of a kind at once and more of the same
/// counted together, so that neither strangers nor who reads all day makes the log grow without
/// bound: at most some dozens of events a minute in all. What the log cannot take is said as a
/// problem and lost. The engine must outlive it and run.
class AccessTrail {
public:
    explicit AccessTrail(Engine& engine, ProblemReport on_problem = nullptr);
    /// Records what has been counted, and waits for it.
    ~AccessTrail();
    AccessTrail(const AccessTrail&) = delete;
    AccessTrail& operator=(const AccessTrail&) = delete;

    /// Any thread; takes a short lock and waits for nothing.
    void note(AccessNote note);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::server
