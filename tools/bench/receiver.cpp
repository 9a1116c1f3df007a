#include "bench/receiver.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "bench/certificate.h"
#include "bench/system_failure.h"

namespace waybill::bench {

namespace {

constexpr auto kReceiverStartTimeout = std::chrono::seconds(10);

/// Without FD_CLOEXEC: the child finds it under the same number.
int sharedMemory() {
    const int memory = require(memfd_create("lanes", 0), "memfd_create");
    require(ftruncate(memory, sizeof(Lanes)), "ftruncate");
    return memory;
}

void* mapped(int memory) {
    void* const at = mmap(nullptr, sizeof(Lanes), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (at == MAP_FAILED) failSystemCall("mmap");
    return at;
}

std::vector<std::string> receiverCommand(int memory, const std::string& directory) {
    return {"/proc/self/exe", kReceiveCommand, std::to_string(memory), directory};
}

}  // namespace

Receiver::Receiver(const std::string& directory)
    : directory_(directory),
      memory_(sharedMemory()),
      lanes_(new (mapped(memory_)) Lanes()),
      process_((makeCertificate(directory), receiverCommand(memory_, directory)),
               ChildProcess::ErrorOutput::kOurs) {
    process_.readLine(kReceiverStartTimeout);
}

Receiver::~Receiver() {
    munmap(lanes_, sizeof(Lanes));
    close(memory_);
}

std::string Receiver::url(LaneName name) {
    return "http://127.0.0.1:" + std::to_string(port(name)) + "/hook";
}

std::string Receiver::caFile() const {
    return certificateFile(directory_);
}

}  // namespace waybill::bench
