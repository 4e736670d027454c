// A TAP device of the host as network.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_TAP_H_
#define VNET_COSIM_TAP_H_

#include <memory>
#include <string>

#include "network.h"

namespace vnet_cosim {

// Throws SimError with what is missing (mostly: root).
std::unique_ptr<Network> MakeTap(const std::string& name);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_TAP_H_
