// SPDX-License-Identifier: Apache-2.0
#include "dma_slave.h"

#include <atomic>
#include <cstring>

namespace vnet_cosim {

using vnet_sim::AxiAddress;
using vnet_sim::AxiPins;
using vnet_sim::kRespOkay;
using vnet_sim::kRespSlverr;

namespace {

// Open write bursts; the device's own limit is lower.
constexpr size_t kMaxWrites = 256;

// Copies bytes that another processor looks at. An aligned field of 2, 4 or 8 bytes (an index, a
// flag word) changes in one piece.
void Store(uint8_t* to, const uint8_t* from, uint32_t len) {
  const auto aligned = [to](uint32_t bytes) {
    return reinterpret_cast<uintptr_t>(to) % bytes == 0;
  };
  if (len == 2 && aligned(2)) {
    uint16_t value;
    std::memcpy(&value, from, sizeof(value));
    __atomic_store_n(reinterpret_cast<uint16_t*>(to), value, __ATOMIC_RELAXED);
  } else if (len == 4 && aligned(4)) {
    uint32_t value;
    std::memcpy(&value, from, sizeof(value));
    __atomic_store_n(reinterpret_cast<uint32_t*>(to), value, __ATOMIC_RELAXED);
  } else if (len == 8 && aligned(8)) {
    uint64_t value;
    std::memcpy(&value, from, sizeof(value));
    __atomic_store_n(reinterpret_cast<uint64_t*>(to), value, __ATOMIC_RELAXED);
  } else {
    std::memcpy(to, from, len);
  }
}

void Load(uint8_t* to, const uint8_t* from, uint64_t len) {
  if (len == 8 && reinterpret_cast<uintptr_t>(from) % 8 == 0) {
    const uint64_t value =
        __atomic_load_n(reinterpret_cast<const uint64_t*>(from), __ATOMIC_RELAXED);
    std::memcpy(to, &value, sizeof(value));
  } else {
    std::memcpy(to, from, len);
  }
}

}  // namespace

void DmaSlave::Reset() {
  reads_.clear();
  writes_.clear();
  complete_ = 0;
  out_ = Outputs();
}

const DmaSlave::Outputs& DmaSlave::Clock(const AxiPins& pins) {
  if (!pins.aresetn) {
    Reset();
    return out_;
  }
  if (pins.arvalid && out_.arready) {
    Burst burst = {pins.ar};
    const uint64_t end = burst.address.BeatEnd(burst.address.len);
    ++counters_.read_bursts;
    if (memory_->At(burst.address.addr, end - burst.address.addr, false) == nullptr) {
      burst.resp = kRespSlverr;
      ++counters_.refused_reads;
      counters_.last_refused = burst.address.addr;
    }
    reads_.push_back(burst);
  }
  if (pins.awvalid && out_.awready) {
    ++counters_.write_bursts;
    writes_.push_back({pins.aw});
  }
  if (pins.wvalid && out_.wready) TakeWriteBeat(pins.wdata, pins.wstrb);
  if (out_.rvalid && pins.rready) out_.rvalid = false;
  if (out_.bvalid && pins.bready) out_.bvalid = false;

  if (!out_.rvalid && !reads_.empty()) SendReadBeat();
  if (!out_.bvalid && complete_ > 0) {
    const Burst& burst = writes_.front();
    out_.bvalid = true;
    out_.bid = burst.address.id;
    out_.bresp = burst.resp;
    if (burst.resp != kRespOkay) {
      ++counters_.refused_writes;
      counters_.last_refused = burst.address.addr;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    writes_.pop_front();
    --complete_;
  }
  out_.arready = accepting_;
  out_.awready = accepting_ && writes_.size() < kMaxWrites;
  // Data is taken for known addresses only, so a drained slave holds nothing.
  out_.wready = writes_.size() > complete_;
  return out_;
}

void DmaSlave::SendReadBeat() {
  Burst& burst = reads_.front();
  const uint64_t addr = burst.address.BeatAddress(burst.beat);
  const uint64_t end = burst.address.BeatEnd(burst.beat);
  const uint64_t word = addr & ~static_cast<uint64_t>(data_bytes_ - 1);
  if (burst.beat == 0) std::atomic_thread_fence(std::memory_order_acquire);
  const uint8_t* bytes = burst.resp == kRespOkay ? memory_->At(addr, end - addr, false) : nullptr;
  if (bytes == nullptr) {
    burst.resp = kRespSlverr;
    std::memset(out_.rdata, 0, data_bytes_);
  } else {
    Load(out_.rdata + (addr - word), bytes, end - addr);
  }
  ++counters_.read_beats;
  out_.rvalid = true;
  out_.rid = burst.address.id;
  out_.rresp = burst.resp;
  out_.rlast = burst.beat == burst.address.len;
  ++burst.beat;
  if (out_.rlast) reads_.pop_front();
}

void DmaSlave::TakeWriteBeat(const uint8_t* data, uint64_t strobes) {
  Burst& burst = writes_[complete_];
  const uint64_t word =
      burst.address.BeatAddress(burst.beat) & ~static_cast<uint64_t>(data_bytes_ - 1);
  ++counters_.write_beats;
  while (strobes != 0 && burst.resp == kRespOkay) {
    const uint32_t first = static_cast<uint32_t>(__builtin_ctzll(strobes));
    const uint64_t rest = ~(strobes >> first);
    const uint32_t run = rest == 0 ? 64 - first : static_cast<uint32_t>(__builtin_ctzll(rest));
    uint8_t* bytes = memory_->At(word + first, run, true);
    if (bytes == nullptr) {
      burst.resp = kRespSlverr;
    } else {
      Store(bytes, data + first, run);
    }
    strobes &= ~vnet_sim::LaneMask(first, first + run);
  }
  if (burst.beat++ == burst.address.len) ++complete_;
}

}  // namespace vnet_cosim
