// AXI4-Stream sink: collects frames and reports each one as an event.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_AXIS_SINK_H_
#define VNET_SIM_AXIS_SINK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "axi_types.h"
#include "model.h"
#include "random.h"

namespace vnet_sim {

class AxisSink : public Model {
 public:
  AxisSink(Context* context, const std::string& name, uint32_t data_width);

  // Fills pins->tready in; returns the next tready.
  bool Clock(AxisPins* pins);
  void SetChecking(bool on) override { checker_.set_enabled(on); }
  bool idle() const override { return !offered_; }
  bool Configure(const SinkConfig& config);

 private:
  AxisChecker checker_;
  Pause pause_;
  bool store_ = true;
  bool tready_ = false;
  bool offered_ = false;  // tvalid at the last edge
  AxisFrameEvent frame_ = {};
  std::vector<uint8_t> bytes_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_AXIS_SINK_H_
