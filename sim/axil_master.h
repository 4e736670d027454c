// AXI4-Lite master: issues queued register accesses and reports their results as events.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_AXIL_MASTER_H_
#define VNET_SIM_AXIL_MASTER_H_

#include <cstdint>
#include <deque>
#include <string>

#include "axi_types.h"
#include "model.h"
#include "random.h"

namespace vnet_sim {

class AxilMaster : public Model {
 public:
  struct Outputs {
    bool arvalid = false, awvalid = false, wvalid = false, rready = false, bready = false;
    uint32_t araddr = 0, awaddr = 0, wdata = 0, wstrb = 0;
  };

  AxilMaster(Context* context, const std::string& name, uint32_t addr_width);

  const Outputs& Clock(AxilPins* pins);
  void SetChecking(bool on) override { checker_.set_enabled(on); }
  bool idle() const override { return queue_.empty() && read_tags_.empty() && write_tags_.empty(); }
  bool Configure(const AxilConfig& config);
  // False if the address or the strobes do not fit.
  bool Write(const AxilWrite& write);
  bool Read(const AxilRead& read);

 private:
  struct Access {
    bool is_write;
    uint32_t tag, addr, data, strb;
  };
  struct Beat {  // waits for its channel
    uint32_t addr, data, strb;
  };

  void Issue();

  const uint64_t addr_limit_;
  AxilChecker checker_;
  uint32_t max_outstanding_ = 1;
  Pause pause_aw_, pause_w_, pause_b_, pause_ar_, pause_r_;
  Outputs out_;
  std::deque<Access> queue_;  // not issued yet
  // Issued; a channel whose queue is not empty still has to show its beat.
  std::deque<Beat> aw_beats_, w_beats_, ar_beats_;
  std::deque<uint32_t> read_tags_, write_tags_;  // without response
};

}  // namespace vnet_sim

#endif  // VNET_SIM_AXIL_MASTER_H_
