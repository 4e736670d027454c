// The pins of the bus interfaces as one sample per clock edge, and AXI address arithmetic.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_AXI_TYPES_H_
#define VNET_SIM_AXI_TYPES_H_

#include <cstdint>

namespace vnet_sim {

constexpr uint32_t kMaxDataBytes = 64;
constexpr uint32_t kMaxUserBytes = 32;

enum AxiBurst : uint8_t { kBurstFixed = 0, kBurstIncr = 1, kBurstWrap = 2 };
enum AxiResp : uint8_t { kRespOkay = 0, kRespExOkay = 1, kRespSlverr = 2, kRespDecerr = 3 };

struct AxiAddress {
  uint64_t addr = 0;
  uint32_t id = 0;
  uint8_t len = 0;  // beats - 1
  uint8_t size = 0;
  uint8_t burst = kBurstIncr;
  uint8_t attributes = 0;  // cache and prot, only compared

  uint32_t beat_bytes() const { return 1u << size; }
  // Address of beat i: exact for beat 0, aligned to the beat size after it.
  uint64_t BeatAddress(uint32_t beat) const {
    if (beat == 0 || burst == kBurstFixed) return addr;
    const uint64_t aligned = addr & ~static_cast<uint64_t>(beat_bytes() - 1);
    const uint64_t next = aligned + (static_cast<uint64_t>(beat) << size);
    if (burst != kBurstWrap) return next;
    const uint64_t wrap_bytes = (len + uint64_t{1}) << size;
    const uint64_t low = addr & ~(wrap_bytes - 1);
    return low + ((next - low) & (wrap_bytes - 1));
  }
  // One past the last byte of the beat's container.
  uint64_t BeatEnd(uint32_t beat) const {
    return (BeatAddress(beat) & ~static_cast<uint64_t>(beat_bytes() - 1)) + beat_bytes();
  }
};
static_assert(sizeof(AxiAddress) == 16);

// The lanes [first, end) of a bus word as a mask; end is 1..64.
inline uint64_t LaneMask(uint32_t first, uint32_t end) {
  return (end >= 64 ? ~uint64_t{0} : (uint64_t{1} << end) - 1) & ~((uint64_t{1} << first) - 1);
}

// The lanes of the bus that beat `beat` may use.
inline uint64_t BeatLanes(const AxiAddress& address, uint32_t beat, uint32_t data_bytes) {
  const uint64_t addr = address.BeatAddress(beat);
  const uint32_t first = static_cast<uint32_t>(addr & (data_bytes - 1));
  const uint32_t container = first & ~(address.beat_bytes() - 1);
  return LaneMask(first, container + address.beat_bytes());
}

struct AxiPins {
  bool aresetn = false;
  bool arvalid = false, arready = false;
  bool rvalid = false, rready = false, rlast = false;
  bool awvalid = false, awready = false;
  bool wvalid = false, wready = false, wlast = false;
  bool bvalid = false, bready = false;
  uint8_t rresp = 0, bresp = 0;
  uint32_t rid = 0, bid = 0;
  AxiAddress ar, aw;
  uint64_t wstrb = 0;
  uint8_t wdata[kMaxDataBytes] = {};
};

struct AxilPins {
  bool aresetn = false;
  bool arvalid = false, arready = false;
  bool rvalid = false, rready = false;
  bool awvalid = false, awready = false;
  bool wvalid = false, wready = false;
  bool bvalid = false, bready = false;
  uint8_t rresp = 0, bresp = 0;
  uint32_t araddr = 0, awaddr = 0, wdata = 0, wstrb = 0, rdata = 0;
};

struct AxisPins {
  bool aresetn = false;
  bool tvalid = false, tready = false, tlast = false;
  uint16_t tdest = 0;
  uint64_t tkeep = 0;
  uint8_t tdata[kMaxDataBytes] = {};
  uint8_t tuser[kMaxUserBytes] = {};
};

}  // namespace vnet_sim

#endif  // VNET_SIM_AXI_TYPES_H_
