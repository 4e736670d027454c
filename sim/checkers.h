// Protocol checkers: they are shown the pins at every rising edge and report what the bus forbids.
// SPDX-License-Identifier: Apache-2.0
//
// Spec: AMBA AXI and ACE protocol specification (AXI4, AXI4-Lite), AMBA 4 AXI4-Stream. They know
// nothing of the models; the unit tests feed them with faulty traces.
#ifndef VNET_SIM_CHECKERS_H_
#define VNET_SIM_CHECKERS_H_

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <type_traits>
#include <vector>

#include "axi_types.h"

namespace vnet_sim {

class ViolationSink {
 public:
  virtual void Violation(const std::string& text) = 0;

 protected:
  ~ViolationSink() = default;
};

// "Once valid is up it stays, with the same payload, until ready": one channel.
class StableCheck {
 public:
  StableCheck(const char* channel, ViolationSink* sink) : channel_(channel), sink_(sink) {}

  template <typename Payload>
  void Sample(bool valid, bool ready, const Payload& payload) {
    SampleLazy(valid, ready, [&payload]() -> const Payload& { return payload; });
  }

  // The same; `get` is called only when the payload is needed, that is when the channel waits.
  template <typename Get>
  void SampleLazy(bool valid, bool ready, Get get) {
    if (!waiting_ && (!valid || ready)) return;
    if (waiting_ && !valid) {
      Report("valid fell before ready");
    } else {
      const auto& payload = get();
      static_assert(std::has_unique_object_representations_v<std::decay_t<decltype(payload)>>,
                    "padding would be compared");
      if (!waiting_) {
        payload_.resize(sizeof(payload));
        std::memcpy(payload_.data(), &payload, sizeof(payload));
      } else if (std::memcmp(payload_.data(), &payload, sizeof(payload)) != 0) {
        Report("payload changed while waiting for ready");
      }
    }
    waiting_ = valid && !ready;
  }
  void Clear() { waiting_ = false; }

 private:
  void Report(const char* what);

  const char* channel_;
  ViolationSink* sink_;
  bool waiting_ = false;
  std::vector<uint8_t> payload_;
};

// Nothing is checked before the first reset (pins are garbage then); soon after a reset began, and
// at the first edge after it, all valids are down.
class ResetCheck {
 public:
  explicit ResetCheck(ViolationSink* sink) : sink_(sink) {}

  // True if the channels are to be checked at this edge. `valids`: any valid is up.
  bool Sample(bool aresetn, bool valids);
  // True once a reset was seen.
  bool armed() const { return armed_; }

 private:
  ViolationSink* sink_;
  bool armed_ = false;
  bool in_reset_ = false;
  uint32_t edges_ = 0;
};

// AXI4, both sides of all five channels.
class AxiChecker {
 public:
  AxiChecker(uint32_t data_bytes, uint32_t id_width, ViolationSink* sink);

  // False while the port is in reset or was never reset.
  bool Sample(const AxiPins& pins);
  void set_enabled(bool on) { enabled_ = on; }

 private:
  struct WriteData {  // a write burst whose address is known and whose data is not complete
    AxiAddress address;
    uint32_t beats = 0;
  };
  struct EarlyBeat {  // a data beat before its address
    uint64_t strobes;
    bool last;
  };

  void CheckAddress(const char* channel, const AxiAddress& address);
  void TakeDataBeat(uint64_t strobes, bool last);
  void Clear();
  void Report(const char* format, ...) __attribute__((format(printf, 2, 3)));

  const uint32_t data_bytes_;
  ViolationSink* const sink_;
  bool enabled_ = true;
  ResetCheck reset_;
  StableCheck ar_, r_, aw_, w_, b_;
  std::vector<std::deque<uint32_t>> reads_;  // by ID: beats still missing of each burst
  std::deque<WriteData> write_data_;
  std::deque<EarlyBeat> early_beats_;
  std::vector<uint32_t> unanswered_;  // by ID: complete write bursts without response
};

class AxilChecker {
 public:
  explicit AxilChecker(ViolationSink* sink);

  bool Sample(const AxilPins& pins);
  void set_enabled(bool on) { enabled_ = on; }

 private:
  ViolationSink* const sink_;
  bool enabled_ = true;
  ResetCheck reset_;
  StableCheck ar_, r_, aw_, w_, b_;
  uint64_t reads_ = 0;      // read requests without response
  uint64_t addresses_ = 0;  // write addresses without response
  uint64_t data_ = 0;       // write data without response
};

class AxisChecker {
 public:
  // constant_user: tdest and tuser must not change inside a frame.
  AxisChecker(uint32_t data_bytes, bool constant_user, ViolationSink* sink);

  bool Sample(const AxisPins& pins);
  void set_enabled(bool on) { enabled_ = on; }

 private:
  struct Sideband {
    uint64_t tdest;
    uint8_t tuser[kMaxUserBytes];
  };

  const uint64_t all_lanes_;
  const uint32_t data_bytes_;
  const bool constant_user_;
  ViolationSink* const sink_;
  bool enabled_ = true;
  ResetCheck reset_;
  StableCheck stable_;
  bool in_frame_ = false;
  Sideband first_ = {};
};

// A bare valid/ready pair with a small payload (irq).
class HandshakeChecker {
 public:
  HandshakeChecker(const char* channel, ViolationSink* sink)
      : reset_(sink), stable_(channel, sink) {}

  bool Sample(bool aresetn, bool valid, bool ready, uint32_t payload) {
    const bool active = reset_.Sample(aresetn, valid && enabled_);
    if (!active || !enabled_) {
      stable_.Clear();
      return active;
    }
    stable_.Sample(valid, ready, payload);
    return true;
  }
  void set_enabled(bool on) { enabled_ = on; }

 private:
  bool enabled_ = true;
  ResetCheck reset_;
  StableCheck stable_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_CHECKERS_H_
