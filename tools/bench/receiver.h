// Where the deliveries of a measure go.
#pragma once

#include <cstdint>
#include <string>

#include "bench/child_process.h"
#include "bench/lanes.h"

namespace waybill::bench {

/// A receiver of callbacks in a process of its own, so that its CPU is not counted as ours. Listens
/// on 127.0.0.1 from construction to destruction. Its certificate, for `*.bench.test`, is made at
/// run time.
class Receiver {
public:
    /// `directory`: where the certificate is put.
    explicit Receiver(const std::string& directory);
    ~Receiver();
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    Lane& lane(LaneName name) { return (*lanes_)[static_cast<std::size_t>(name)]; }
    std::uint16_t port(LaneName name) { return lane(name).port; }

    /// `http://127.0.0.1:PORT/hook`.
    std::string url(LaneName name);

    /// What vouches for the certificate.
    std::string caFile() const;

private:
    std::string directory_;
    int memory_;
    Lanes* lanes_;
    ChildProcess process_;
};

/// What the child process does: the program's words after `receive` in, an exit code out.
int receive(int memory, const std::string& directory);

/// The word that makes the program a receiver.
inline constexpr const char* kReceiveCommand = "receive";

}  // namespace waybill::bench
