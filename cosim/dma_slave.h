// The AXI4 slave behind the device's memory port: beats go straight to and from the guest's memory.
// SPDX-License-Identifier: Apache-2.0
//
// Requests are answered in the order of their acceptance, one beat per cycle, reads one cycle after
// they were accepted. A read burst that the map does not hold is answered SLVERR and zeros as a
// whole, a write burst is answered SLVERR and not carried out from the first such beat on.
//
// The guest runs on another processor meanwhile. The write response is sent after a full memory
// barrier: what the device reads after it has seen the response cannot be older than its own write
// (the event index needs that), and bursts become visible in the order of their responses.
#ifndef VNET_COSIM_DMA_SLAVE_H_
#define VNET_COSIM_DMA_SLAVE_H_

#include <cstdint>
#include <deque>

#include "../sim/axi_types.h"
#include "guest_map.h"

namespace vnet_cosim {

struct DmaCounters {
  uint64_t read_bursts = 0;
  uint64_t read_beats = 0;
  uint64_t write_bursts = 0;
  uint64_t write_beats = 0;
  uint64_t refused_reads = 0;  // bursts answered SLVERR
  uint64_t refused_writes = 0;
  uint64_t last_refused = 0;  // address of the last one
};

class DmaSlave {
 public:
  // The pins that the slave drives.
  struct Outputs {
    bool arready = false, awready = false, wready = false;
    bool rvalid = false, rlast = false, bvalid = false;
    uint8_t rresp = 0, bresp = 0;
    uint32_t rid = 0, bid = 0;
    uint8_t rdata[vnet_sim::kMaxDataBytes] = {};
  };

  DmaSlave(GuestMap* memory, uint32_t data_bytes) : memory_(memory), data_bytes_(data_bytes) {}

  // One rising edge: `pins` as they were before it, the outputs after it.
  const Outputs& Clock(const vnet_sim::AxiPins& pins);
  void Reset();

  const Outputs& outputs() const { return out_; }
  // Requests that were accepted and are not answered.
  bool busy() const { return out_.rvalid || out_.bvalid || !reads_.empty() || !writes_.empty(); }
  // While off no request is accepted; those under way are finished.
  void set_accepting(bool on) { accepting_ = on; }
  const DmaCounters& counters() const { return counters_; }

 private:
  struct Burst {
    vnet_sim::AxiAddress address;
    uint32_t beat = 0;
    uint8_t resp = vnet_sim::kRespOkay;
  };

  void SendReadBeat();
  void TakeWriteBeat(const uint8_t* data, uint64_t strobes);

  GuestMap* const memory_;
  const uint32_t data_bytes_;
  bool accepting_ = true;
  Outputs out_;
  std::deque<Burst> reads_;
  std::deque<Burst> writes_;  // the first `complete_` have all their data
  size_t complete_ = 0;
  DmaCounters counters_;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_DMA_SLAVE_H_
