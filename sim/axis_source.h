// AXI4-Stream source: sends queued frames and reports each one when its last beat is taken.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_AXIS_SOURCE_H_
#define VNET_SIM_AXIS_SOURCE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "axi_types.h"
#include "model.h"
#include "random.h"

namespace vnet_sim {

class AxisSource : public Model {
 public:
  struct Outputs {
    bool tvalid = false, tlast = false, tuser = false;
    uint16_t tdest = 0;
    uint64_t tkeep = 0;
    uint8_t tdata[kMaxDataBytes] = {};
  };

  AxisSource(Context* context, const std::string& name, uint32_t data_width);

  const Outputs& Clock(bool aresetn, bool tready);
  // The source obeys the rules by construction; there is nothing to check on its side.
  void SetChecking(bool) override {}
  bool idle() const override { return queue_.empty(); }
  bool Configure(const SourceConfig& config);
  void Send(const SourceSend& send, const uint8_t* bytes, uint32_t len);

 private:
  struct Frame {
    SourceSend send;
    std::vector<uint8_t> bytes;
  };

  void ShowBeat();
  void Noise();

  const uint32_t data_bytes_;
  bool noise_ = true;
  bool was_reset_ = false;
  Random random_;
  Pause pause_beat_, pause_frame_;
  Outputs out_;
  std::deque<Frame> queue_;
  uint32_t position_ = 0;    // bytes of the first frame already shown
  bool first_beat_ = false;  // the beat shown is the first one of its frame
  uint64_t first_cycle_ = 0;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_AXIS_SOURCE_H_
