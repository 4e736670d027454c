// SPDX-License-Identifier: Apache-2.0
#include "irq_sink.h"

namespace vnet_sim {

bool IrqSink::Configure(const SinkConfig& config) {
  if (!Pause::IsValid(config.ready)) return false;
  pause_ = Pause(config.ready, Random(config.seed).Next());
  return true;
}

bool IrqSink::Clock(bool aresetn, bool valid, uint32_t vector, bool intx) {
  if (!checker_.Sample(aresetn, valid, ready_, vector)) {
    // A level that was up goes down with the reset; before the first one it means nothing.
    if (intx_) {
      intx_ = false;
      context_->events.Post(EventType::kIntx, id(), context_->cycle, IrqEvent{0, 0});
    }
    return ready_ = false;
  }
  if (valid && ready_) {
    context_->events.Post(EventType::kIrq, id(), context_->cycle, IrqEvent{vector, 0});
  }
  if (intx != intx_) {
    intx_ = intx;
    context_->events.Post(EventType::kIntx, id(), context_->cycle, IrqEvent{intx ? 1u : 0u, 0});
  }
  return ready_ = pause_.Go();
}

}  // namespace vnet_sim
