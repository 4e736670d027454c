// SPDX-License-Identifier: Apache-2.0
#include "checkers.h"

#include <cstdarg>

#include "error.h"

namespace vnet_sim {

namespace {

// A design may register its reset a few times before it reaches the last flip-flop.
constexpr uint32_t kResetGraceEdges = 8;

constexpr uint64_t kBoundaryBytes = 4096;

struct DataPayload {
  uint64_t wstrb;
  uint64_t last;
  uint8_t data[kMaxDataBytes];
};

struct StreamPayload {
  uint64_t tkeep;
  uint32_t tlast;
  uint32_t tdest;
  uint8_t tdata[kMaxDataBytes];
  uint8_t tuser[kMaxUserBytes];
};

unsigned long long Hex(uint64_t value) {
  return value;
}

}  // namespace

void StableCheck::Report(const char* what) {
  sink_->Violation(std::string(channel_) + ": " + what);
}

bool ResetCheck::Sample(bool aresetn, bool valids) {
  if (!aresetn) {
    if (!in_reset_) edges_ = 0;
    in_reset_ = true;
    armed_ = true;
    if (++edges_ > kResetGraceEdges && valids) sink_->Violation("valid is up during reset");
    return false;
  }
  if (!armed_) return false;
  if (in_reset_ && edges_ > kResetGraceEdges && valids) {
    sink_->Violation("valid is up at the first edge after reset");
  }
  in_reset_ = false;
  return true;
}

// ---------------------------------------------------------------------------------------- AXI4

AxiChecker::AxiChecker(uint32_t data_bytes, uint32_t id_width, ViolationSink* sink)
    : data_bytes_(data_bytes),
      sink_(sink),
      reset_(sink),
      ar_("AR", sink),
      r_("R", sink),
      aw_("AW", sink),
      w_("W", sink),
      b_("B", sink),
      reads_(size_t{1} << id_width),
      unanswered_(size_t{1} << id_width) {}

void AxiChecker::Report(const char* format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  sink_->Violation(text);
}

void AxiChecker::Clear() {
  for (StableCheck* check : {&ar_, &r_, &aw_, &w_, &b_}) check->Clear();
  for (auto& queue : reads_) queue.clear();
  for (auto& count : unanswered_) count = 0;
  write_data_.clear();
  early_beats_.clear();
}

void AxiChecker::CheckAddress(const char* channel, const AxiAddress& address) {
  if (address.beat_bytes() > data_bytes_) {
    Report("%s: size %u is wider than the bus", channel, address.size);
    return;
  }
  const uint64_t bytes = (address.len + uint64_t{1}) << address.size;
  const uint64_t aligned = address.addr & ~static_cast<uint64_t>(address.beat_bytes() - 1);
  switch (address.burst) {
    case kBurstFixed:
      if (address.len > 15) Report("%s: FIXED burst of %u beats", channel, address.len + 1u);
      break;
    case kBurstIncr:
      if ((aligned & (kBoundaryBytes - 1)) + bytes > kBoundaryBytes) {
        Report("%s: burst 0x%llx + %llu bytes crosses 4 KiB", channel, Hex(address.addr),
               Hex(bytes));
      }
      break;
    case kBurstWrap:
      if (address.len != 1 && address.len != 3 && address.len != 7 && address.len != 15) {
        Report("%s: WRAP burst of %u beats", channel, address.len + 1u);
      } else if (aligned != address.addr) {
        Report("%s: WRAP burst at the unaligned address 0x%llx", channel, Hex(address.addr));
      }
      break;
    default:
      Report("%s: burst type %u is reserved", channel, address.burst);
  }
}

// One data beat of the oldest write burst that lacks data.
void AxiChecker::TakeDataBeat(uint64_t strobes, bool last) {
  WriteData& burst = write_data_.front();
  const uint64_t lanes = BeatLanes(burst.address, burst.beats, data_bytes_);
  if ((strobes & ~lanes) != 0) {
    Report("W: strobes 0x%llx outside lanes 0x%llx, beat %u of the burst at 0x%llx", Hex(strobes),
           Hex(lanes), burst.beats, Hex(burst.address.addr));
  }
  const bool is_last = burst.beats == burst.address.len;
  if (last != is_last) {
    Report("W: WLAST is %d in beat %u of the burst at 0x%llx with %u beats", last, burst.beats,
           Hex(burst.address.addr), burst.address.len + 1u);
  }
  ++burst.beats;
  if (is_last) {
    ++unanswered_[burst.address.id];
    write_data_.pop_front();
  }
}

bool AxiChecker::Sample(const AxiPins& pins) {
  const bool master_valid = pins.arvalid || pins.awvalid || pins.wvalid;
  if (!reset_.Sample(pins.aresetn, master_valid && enabled_)) {
    if (!pins.aresetn && enabled_) Clear();
    return false;
  }
  if (!enabled_) return true;

  ar_.Sample(pins.arvalid, pins.arready, pins.ar);
  aw_.Sample(pins.awvalid, pins.awready, pins.aw);
  r_.Sample(pins.rvalid, pins.rready,
            pins.rid | uint64_t{pins.rresp} << 32 | uint64_t{pins.rlast} << 40);
  b_.Sample(pins.bvalid, pins.bready, pins.bid | uint64_t{pins.bresp} << 32);
  w_.SampleLazy(pins.wvalid, pins.wready, [&pins, this] {
    DataPayload payload = {pins.wstrb, pins.wlast, {}};
    std::memcpy(payload.data, pins.wdata, data_bytes_);
    return payload;
  });

  // Responses first: they must answer something that moved at an earlier edge.
  if (pins.rvalid) {
    auto& bursts = reads_[pins.rid];
    if (bursts.empty()) {
      Report("R: data for ID %u without a request", pins.rid);
    } else if (pins.rlast != (bursts.front() == 1)) {
      Report("R: RLAST is %d with %u beats missing, ID %u", pins.rlast, bursts.front(), pins.rid);
    } else if (pins.rready && --bursts.front() == 0) {
      bursts.pop_front();
    }
  }
  if (pins.bvalid) {
    uint32_t& count = unanswered_[pins.bid];
    if (count == 0) {
      Report("B: response for ID %u without a complete write", pins.bid);
    } else if (pins.bready) {
      --count;
    }
  }
  if (pins.arvalid && pins.arready) {
    CheckAddress("AR", pins.ar);
    reads_[pins.ar.id].push_back(pins.ar.len + 1u);
  }
  if (pins.awvalid && pins.awready) {
    CheckAddress("AW", pins.aw);
    write_data_.push_back({pins.aw, 0});
  }
  if (pins.wvalid && pins.wready) early_beats_.push_back({pins.wstrb, pins.wlast});
  while (!write_data_.empty() && !early_beats_.empty()) {
    TakeDataBeat(early_beats_.front().strobes, early_beats_.front().last);
    early_beats_.pop_front();
  }
  return true;
}

// ------------------------------------------------------------------------------------ AXI4-Lite

AxilChecker::AxilChecker(ViolationSink* sink)
    : sink_(sink),
      reset_(sink),
      ar_("AR", sink),
      r_("R", sink),
      aw_("AW", sink),
      w_("W", sink),
      b_("B", sink) {}

bool AxilChecker::Sample(const AxilPins& pins) {
  if (!reset_.Sample(pins.aresetn, (pins.rvalid || pins.bvalid) && enabled_)) {
    for (StableCheck* check : {&ar_, &r_, &aw_, &w_, &b_}) check->Clear();
    reads_ = addresses_ = data_ = 0;
    return false;
  }
  if (!enabled_) return true;
  ar_.Sample(pins.arvalid, pins.arready, pins.araddr);
  aw_.Sample(pins.awvalid, pins.awready, pins.awaddr);
  w_.Sample(pins.wvalid, pins.wready, pins.wdata | uint64_t{pins.wstrb} << 32);
  r_.Sample(pins.rvalid, pins.rready, pins.rdata | uint64_t{pins.rresp} << 32);
  b_.Sample(pins.bvalid, pins.bready, pins.bresp);
  if (pins.rvalid) {
    if (reads_ == 0) {
      sink_->Violation("R: data without a request");
    } else if (pins.rready) {
      --reads_;
    }
    if (pins.rresp == kRespExOkay) sink_->Violation("R: EXOKAY on AXI4-Lite");
  }
  if (pins.bvalid) {
    if (addresses_ == 0 || data_ == 0) {
      sink_->Violation("B: response without a complete write");
    } else if (pins.bready) {
      --addresses_;
      --data_;
    }
    if (pins.bresp == kRespExOkay) sink_->Violation("B: EXOKAY on AXI4-Lite");
  }
  if (pins.arvalid && pins.arready) ++reads_;
  if (pins.awvalid && pins.awready) ++addresses_;
  if (pins.wvalid && pins.wready) ++data_;
  return true;
}

// ---------------------------------------------------------------------------------- AXI4-Stream

AxisChecker::AxisChecker(uint32_t data_bytes, bool constant_user, ViolationSink* sink)
    : all_lanes_(LaneMask(0, data_bytes)),
      data_bytes_(data_bytes),
      constant_user_(constant_user),
      sink_(sink),
      reset_(sink),
      stable_("stream", sink) {}

bool AxisChecker::Sample(const AxisPins& pins) {
  if (!reset_.Sample(pins.aresetn, pins.tvalid && enabled_)) {
    stable_.Clear();
    in_frame_ = false;
    return false;
  }
  if (!enabled_) return true;
  stable_.SampleLazy(pins.tvalid, pins.tready, [&pins, this] {
    StreamPayload payload = {pins.tkeep, pins.tlast, pins.tdest, {}, {}};
    std::memcpy(payload.tdata, pins.tdata, data_bytes_);
    std::memcpy(payload.tuser, pins.tuser, sizeof(payload.tuser));
    return payload;
  });
  if (!pins.tvalid) return true;

  if (pins.tkeep == 0) {
    sink_->Violation("stream: beat without bytes");
  } else if ((pins.tkeep & (pins.tkeep + 1)) != 0) {
    sink_->Violation(Format("stream: tkeep 0x%llx is not contiguous from lane 0", Hex(pins.tkeep)));
  } else if (!pins.tlast && pins.tkeep != all_lanes_) {
    sink_->Violation(Format("stream: partial tkeep 0x%llx before the last beat", Hex(pins.tkeep)));
  }
  if (constant_user_ && in_frame_ &&
      (pins.tdest != first_.tdest ||
       std::memcmp(pins.tuser, first_.tuser, sizeof(first_.tuser)) != 0)) {
    sink_->Violation("stream: tdest or tuser changed inside a frame");
  }
  if (pins.tready) {
    if (!in_frame_) {
      first_.tdest = pins.tdest;
      std::memcpy(first_.tuser, pins.tuser, sizeof(first_.tuser));
    }
    in_frame_ = !pins.tlast;
  }
  return true;
}

}  // namespace vnet_sim
