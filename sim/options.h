// The command line of the simulator.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_OPTIONS_H_
#define VNET_SIM_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace vnet_sim {

struct MemoryOption {
  uint64_t base = 0;
  uint64_t size = 0;
  int fd = -1;  // -1: anonymous
  uint64_t offset = 0;
};

struct Options {
  int in_fd = -1;
  int out_fd = -1;
  std::string socket_path;
  int tcp_port = -1;
  uint64_t seed = 1;
  uint64_t max_cycles = 0;  // 0: no limit
  std::string trace_path;
  std::string coverage_path;
  std::vector<MemoryOption> memories;
  bool stats = false;
  bool help = false;
  std::vector<std::string> plusargs;  // for the design
};

// Throws SimError(kCommandLine).
Options ParseOptions(int argc, const char* const* argv);

const char* UsageText();

}  // namespace vnet_sim

#endif  // VNET_SIM_OPTIONS_H_
