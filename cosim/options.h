// The command line of the co-simulation.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_OPTIONS_H_
#define VNET_COSIM_OPTIONS_H_

#include <string>

#include "device.h"

namespace vnet_cosim {

struct Options {
  std::string protocol;
  std::string socket_path;
  bool connect = false;
  std::string network = "none";
  std::string capture_path;
  uint64_t features = UINT64_MAX;
  bool keep = false;
  bool control = false;
  bool help = false;
  DeviceSettings device;
};

// Throws SimError(kCommandLine) with what is wrong.
Options ParseOptions(int argc, const char* const* argv);

const char* UsageText();

}  // namespace vnet_cosim

#endif  // VNET_COSIM_OPTIONS_H_
