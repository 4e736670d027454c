// libFuzzer target: a hostile testbench talks to the session. `make fuzz-bridge` builds and runs
// it. SPDX-License-Identifier: Apache-2.0
//
// The first byte of an input says what the rest is. 0: the bytes of the stream from HELLO on.
// Else: HELLO is sent for the fuzzer, and the rest is the body of a batch of so many operations.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "channel.h"
#include "fake_dut.h"
#include "session.h"
#include "simulation.h"

using namespace vnet_sim;

namespace {

// The time of an input is not the matter here: runs and guest memory are short.
constexpr uint64_t kMaxCycles = 100;
constexpr rlim_t kMaxMemoryBytes = 1 << 20;

template <typename T>
void Add(std::vector<uint8_t>* bytes, const T& value) {
  const uint8_t* at = reinterpret_cast<const uint8_t*>(&value);
  bytes->insert(bytes->end(), at, at + sizeof(value));
}

MessageHeader Header(MessageKind kind, uint32_t count, size_t body) {
  return {static_cast<uint32_t>(sizeof(MessageHeader) + body), static_cast<uint16_t>(kind), 0, 1,
          count};
}

std::vector<uint8_t> Stream(const uint8_t* data, size_t size) {
  std::vector<uint8_t> stream;
  const uint32_t count = size > 0 ? data[0] : 0;
  if (count > 0) {
    Add(&stream, Header(MessageKind::kHello, 0, sizeof(Hello)));
    Add(&stream, Hello{kMagic, kProtocolVersion, 0});
    Add(&stream, Header(MessageKind::kBatch, count, Pad8(size - 1)));
  }
  if (size > 1) stream.insert(stream.end(), data + 1, data + size);
  if (count > 0) stream.resize(Pad8(stream.size()));
  return stream;
}

void Check(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  std::signal(SIGPIPE, SIG_IGN);
  // A larger area of guest memory is refused by the operating system.
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {kMaxMemoryBytes, kMaxMemoryBytes};
  Check(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> stream = Stream(data, size);
  int fds[2];
  Check(pipe2(fds, O_CLOEXEC) == 0, "pipe");
  // Inputs are at most 1 KiB, so the pipe takes all of it before anybody reads.
  Check(write(fds[1], stream.data(), stream.size()) == static_cast<ssize_t>(stream.size()),
        "write");
  close(fds[1]);
  const int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Check(out >= 0, "/dev/null");

  Context context;
  vnet_test::FakeDut dut;
  AddModels(&context, &dut);
  Channel channel(fds[0], out);
  Simulation simulation(&context, &dut);
  simulation.set_cycle_limit(kMaxCycles);
  Session session(&simulation, &channel);
  const ExitCode code = session.Serve();
  // Every input ends in one of these ways, and says how if it is an error.
  const bool expected = code == ExitCode::kNormal || code == ExitCode::kPeerDied ||
                        code == ExitCode::kMalformed || code == ExitCode::kVersion ||
                        code == ExitCode::kCycleLimit;
  if (!expected || (code == ExitCode::kNormal) != session.failure_text().empty()) std::abort();
  return 0;
}
