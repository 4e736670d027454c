// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include <cstring>

#include "error.h"

namespace vnet_sim {

void Signal::Read(void* words) const {
  if (item_bytes == 0) {
    std::memcpy(words, data, bytes());
    return;
  }
  uint64_t value = 0;
  std::memcpy(&value, data, item_bytes);
  std::memcpy(words, &value, bytes());
}

void Signal::Write(const void* words) const {
  if (item_bytes == 0) {
    std::memcpy(data, words, bytes());
    return;
  }
  uint64_t value = 0;
  std::memcpy(&value, words, bytes());
  std::memcpy(data, &value, item_bytes);
}

bool Signal::Fits(const uint32_t* words) const {
  return width % 32 == 0 || words[width / 32] >> (width % 32) == 0;
}

uint16_t SignalTable::Add(const Signal& signal) {
  if (signals_.size() >= kMaxSignals) throw SimError(ExitCode::kInternal, "too many signals");
  const uint16_t handle = static_cast<uint16_t>(signals_.size());
  signals_.push_back(signal);
  by_name_[signal.name] = handle;
  return handle;
}

int SignalTable::Find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? -1 : found->second;
}

}  // namespace vnet_sim
