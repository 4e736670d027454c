// The main loop: toggles the clock, applies what the testbench drives, looks at the conditions.
// README.md section 2 shows the timing.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_SIMULATION_H_
#define VNET_SIM_SIMULATION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "context.h"
#include "dut.h"
#include "model.h"
#include "protocol.h"

namespace vnet_sim {

struct SignalCondition {
  ConditionKind kind;
  const Signal* signal;
  uint32_t index;               // bit in the hit mask
  std::vector<uint32_t> value;  // for kEqual and kNotEqual
};

// The model has been idle for so many cycles in a row, counted from the begin of the run.
struct IdleWait {
  const Model* model;
  uint32_t cycles;
  uint32_t index;  // bit in the hit mask
  uint32_t seen = 0;
};

struct RunOutcome {
  uint64_t hit = 0;
  StopReason reason = StopReason::kMaxCycles;
};

class Simulation {
 public:
  Simulation(Context* context, Dut* dut);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  void set_cycle_limit(uint64_t limit) { cycle_limit_ = limit; }
  // Called now and then inside a long run; may throw to end it.
  void set_idle_check(std::function<void()> check) { idle_check_ = std::move(check); }

  // Conditions on events have been put into the event log before. Throws SimError when the run
  // fails.
  RunOutcome Run(uint64_t max_cycles, const std::vector<SignalCondition>& conditions,
                 std::vector<IdleWait> idle_waits = {});

  // Keeps a value for the drive phase after the next edge.
  void Drive(const Signal& signal, const uint32_t* words);

  // Status kOk, kNotFound or kUnavailable.
  Status FindSignal(const std::string& path, uint16_t* handle);
  const SignalTable& signals() const { return signals_; }

  // False if this build has no trace or the file cannot be made.
  bool TraceOn(const std::string& path);
  void TraceOff();

  Context* context() { return context_; }
  Dut* dut() { return dut_; }

 private:
  struct Driven {
    Signal signal;
    size_t word;  // where its value begins in driven_words_
  };

  void Start();
  void Step();
  void ApplyDriven();

  Context* const context_;
  Dut* const dut_;
  uint8_t* const clk_;
  SignalTable signals_;
  std::vector<Driven> driven_;
  std::vector<uint32_t> driven_words_;
  uint64_t cycle_limit_ = UINT64_MAX;
  std::function<void()> idle_check_;
  bool started_ = false;
  bool tracing_ = false;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_SIMULATION_H_
