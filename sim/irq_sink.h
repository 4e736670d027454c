// Interrupt sink: takes vectors over valid/ready and watches the level intx.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_IRQ_SINK_H_
#define VNET_SIM_IRQ_SINK_H_

#include <cstdint>
#include <string>

#include "model.h"
#include "random.h"

namespace vnet_sim {

class IrqSink : public Model {
 public:
  IrqSink(Context* context, const std::string& name)
      : Model(context, "irq", name), checker_("irq", this) {}

  // Returns the next ready.
  bool Clock(bool aresetn, bool valid, uint32_t vector, bool intx);
  void SetChecking(bool on) override { checker_.set_enabled(on); }
  bool Configure(const SinkConfig& config);

 private:
  HandshakeChecker checker_;
  Pause pause_;
  bool ready_ = false;
  bool intx_ = false;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_IRQ_SINK_H_
