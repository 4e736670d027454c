// Exit codes and the exception that ends a simulation.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_ERROR_H_
#define VNET_SIM_ERROR_H_

#include <stdexcept>
#include <string>

namespace vnet_sim {

enum class ExitCode : int {
  kNormal = 0,
  kInternal = 1,
  kCommandLine = 2,
  kSocket = 3,
  kPeerDied = 4,
  kMalformed = 5,
  kVersion = 6,
  kCycleLimit = 7,
  kDesignFatal = 8,
  kBusProtocol = 9,
  kMemoryRule = 10,
  kDesignFinish = 11,
};

// printf into a string.
std::string Format(const char* format, ...) __attribute__((format(printf, 1, 2)));

class SimError : public std::runtime_error {
 public:
  SimError(ExitCode code, const std::string& text) : std::runtime_error(text), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_ERROR_H_
