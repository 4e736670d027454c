// The whole life of a simulator process; the generated glue code calls it from main().
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_RUN_SIMULATOR_H_
#define VNET_SIM_RUN_SIMULATOR_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dut.h"

namespace vnet_sim {

using DutFactory = std::function<std::unique_ptr<Dut>()>;
using Parameters = std::vector<std::pair<std::string, std::string>>;

// Returns the exit code.
int RunSimulator(int argc, const char* const* argv, const Parameters& parameters,
                 const DutFactory& make_dut);

}  // namespace vnet_sim

#endif  // VNET_SIM_RUN_SIMULATOR_H_
