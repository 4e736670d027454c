// SPDX-License-Identifier: Apache-2.0
#include "simulation.h"

namespace vnet_sim {

namespace {

// A dead peer is noticed within this many cycles of a run.
constexpr uint64_t kIdleCheckCycles = 1 << 16;

// Time units in the waveform: one cycle is 10, the rising edge in its middle.
constexpr uint64_t kCycleTime = 10;
constexpr uint64_t kEdgeTime = 5;

// The signal conditions of one run with what they saw one cycle before.
class ConditionWatcher {
 public:
  explicit ConditionWatcher(const std::vector<SignalCondition>& conditions)
      : conditions_(conditions), before_(conditions.size()) {
    for (size_t i = 0; i < conditions_.size(); ++i) {
      before_[i].resize(conditions_[i].signal->words());
      conditions_[i].signal->Read(before_[i].data());
    }
  }

  uint64_t Look() {
    uint64_t hit = 0;
    for (size_t i = 0; i < conditions_.size(); ++i) {
      if (Holds(conditions_[i], &before_[i])) hit |= uint64_t{1} << conditions_[i].index;
    }
    return hit;
  }

 private:
  bool Holds(const SignalCondition& condition, std::vector<uint32_t>* before) {
    now_.resize(before->size());
    condition.signal->Read(now_.data());
    bool holds = false;
    switch (condition.kind) {
      case ConditionKind::kRising:
        holds = (now_[0] & ~(*before)[0] & 1) != 0;
        break;
      case ConditionKind::kFalling:
        holds = (~now_[0] & (*before)[0] & 1) != 0;
        break;
      case ConditionKind::kChange:
        holds = now_ != *before;
        break;
      case ConditionKind::kEqual:
        holds = now_ == condition.value;
        break;
      default:
        holds = now_ != condition.value;
    }
    before->swap(now_);
    return holds;
  }

  const std::vector<SignalCondition>& conditions_;
  std::vector<std::vector<uint32_t>> before_;
  std::vector<uint32_t> now_;
};

}  // namespace

Simulation::Simulation(Context* context, Dut* dut)
    : context_(context), dut_(dut), clk_(dut->clk()) {
  for (const Signal& port : dut->Ports()) signals_.Add(port);
  if (clk_ != nullptr) *clk_ = 0;
}

Simulation::~Simulation() {
  TraceOff();
  dut_->Final();
}

void Simulation::Drive(const Signal& signal, const uint32_t* words) {
  driven_.push_back({signal, driven_words_.size()});
  driven_words_.insert(driven_words_.end(), words, words + signal.words());
}

void Simulation::ApplyDriven() {
  for (const Driven& driven : driven_) driven.signal.Write(&driven_words_[driven.word]);
  driven_.clear();
  driven_words_.clear();
}

// What was driven before the first run is there at the first edge.
void Simulation::Start() {
  started_ = true;
  ApplyDriven();
  dut_->Eval();
  if (tracing_) dut_->TraceDump(context_->cycle * kCycleTime);
}

void Simulation::Step() {
  if (clk_ != nullptr) *clk_ = 1;
  dut_->Eval();
  if (tracing_) dut_->TraceDump(context_->cycle * kCycleTime + kEdgeTime);
  if (!driven_.empty()) ApplyDriven();
  if (clk_ != nullptr) *clk_ = 0;
  dut_->Eval();
  ++context_->cycle;
  if (tracing_) dut_->TraceDump(context_->cycle * kCycleTime);
}

RunOutcome Simulation::Run(uint64_t max_cycles, const std::vector<SignalCondition>& conditions,
                           std::vector<IdleWait> idle_waits) {
  if (!started_) Start();
  ConditionWatcher watcher(conditions);
  RunOutcome outcome;
  for (uint64_t done = 0; done < max_cycles;) {
    if (context_->cycle >= cycle_limit_) {
      throw SimError(ExitCode::kCycleLimit, Format("cycle limit: %llu cycles are over",
                                                   static_cast<unsigned long long>(cycle_limit_)));
    }
    Step();
    ++done;
    if (context_->failed()) throw SimError(context_->failure(), context_->failure_text());
    if (!conditions.empty()) outcome.hit |= watcher.Look();
    for (IdleWait& wait : idle_waits) {
      wait.seen = wait.model->idle() ? wait.seen + 1 : 0;
      if (wait.seen >= wait.cycles) outcome.hit |= uint64_t{1} << wait.index;
    }
    if (outcome.hit != 0 || context_->events.wake()) {
      outcome.hit |= context_->events.hit();
      outcome.reason = outcome.hit != 0 ? StopReason::kCondition : StopReason::kBufferFull;
      break;
    }
    if (done % kIdleCheckCycles == 0 && idle_check_) idle_check_();
  }
  return outcome;
}

Status Simulation::FindSignal(const std::string& path, uint16_t* handle) {
  const int known = signals_.Find(path);
  if (known >= 0) {
    *handle = static_cast<uint16_t>(known);
    return Status::kOk;
  }
  Signal signal;
  if (dut_->FindInternal(path, &signal)) {
    *handle = signals_.Add(signal);
    return Status::kOk;
  }
  return dut_->has_debug_signals() ? Status::kNotFound : Status::kUnavailable;
}

bool Simulation::TraceOn(const std::string& path) {
  TraceOff();
  tracing_ = dut_->TraceOpen(path);
  // Without this the file would begin in the middle of the first cycle.
  if (tracing_ && started_) dut_->TraceDump(context_->cycle * kCycleTime);
  return tracing_;
}

void Simulation::TraceOff() {
  if (tracing_) dut_->TraceClose();
  tracing_ = false;
}

}  // namespace vnet_sim
