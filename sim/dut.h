// What the main loop needs to know of the design. The generated glue code implements it for one
// Verilated top module; the unit tests implement it by hand.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_DUT_H_
#define VNET_SIM_DUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "signals.h"

namespace vnet_sim {

class Dut {
 public:
  virtual ~Dut() = default;

  virtual const char* top() const = 0;
  virtual void Eval() = 0;
  virtual void Final() = 0;
  // The clock pin, or null: a design without one is only evaluated.
  virtual uint8_t* clk() = 0;
  virtual std::vector<Signal> Ports() = 0;

  // Signals below the top module.
  virtual bool has_debug_signals() const { return false; }
  virtual bool FindInternal(const std::string&, Signal*) { return false; }
  virtual std::vector<Signal> ListInternal(const std::string&) { return {}; }

  // "none", "vcd" or "fst"
  virtual const char* trace_kind() const { return "none"; }
  virtual bool TraceOpen(const std::string&) { return false; }
  virtual void TraceDump(uint64_t) {}
  virtual void TraceClose() {}
};

}  // namespace vnet_sim

#endif  // VNET_SIM_DUT_H_
