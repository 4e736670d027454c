// The events of one RUN in wire format, and the conditions on events that end it.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_EVENT_LOG_H_
#define VNET_SIM_EVENT_LOG_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "protocol.h"

namespace vnet_sim {

class EventLog {
 public:
  struct Condition {
    uint16_t model;
    uint32_t mask;
    uint32_t left;   // events still missing
    uint32_t index;  // bit in the hit mask
  };

  // Forgets all events and conditions.
  void Clear() {
    bytes_.clear();
    conditions_.clear();
    count_ = 0;
    hit_ = 0;
    full_ = false;
  }

  void AddCondition(const Condition& condition) { conditions_.push_back(condition); }

  template <typename Payload>
  void Post(EventType type, uint16_t model, uint64_t cycle, const Payload& payload,
            const uint8_t* tail = nullptr, size_t tail_len = 0) {
    static_assert(sizeof(Payload) % 8 == 0);
    const EventHeader header = {static_cast<uint16_t>(type), model,
                                static_cast<uint32_t>(sizeof(Payload) + tail_len), cycle};
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(header) + sizeof(Payload) + Pad8(tail_len));
    std::memcpy(&bytes_[at], &header, sizeof(header));
    std::memcpy(&bytes_[at + sizeof(header)], &payload, sizeof(Payload));
    if (tail_len > 0) {
      std::memcpy(&bytes_[at + sizeof(header) + sizeof(Payload)], tail, tail_len);
    }
    Count(type, model);
  }

  // Something happened that ends the RUN.
  bool wake() const { return hit_ != 0 || full_; }
  bool full() const { return full_; }
  uint64_t hit() const { return hit_; }
  uint32_t count() const { return count_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  void Count(EventType type, uint16_t model) {
    ++count_;
    full_ = bytes_.size() >= kMaxEventBytes;
    for (Condition& condition : conditions_) {
      if (condition.left == 0 || (condition.mask >> static_cast<uint32_t>(type) & 1) == 0) continue;
      if (condition.model != kAnyModel && condition.model != model) continue;
      if (--condition.left == 0) hit_ |= uint64_t{1} << condition.index;
    }
  }

  std::vector<uint8_t> bytes_;
  std::vector<Condition> conditions_;
  uint32_t count_ = 0;
  uint64_t hit_ = 0;
  bool full_ = false;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_EVENT_LOG_H_
