// The signals that the testbench reaches by handle: ports of the top module and, in a debug build,
// anything inside.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_SIGNALS_H_
#define VNET_SIM_SIGNALS_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace vnet_sim {

struct Signal {
  std::string name;
  void* data = nullptr;
  uint32_t width = 0;
  uint32_t item_bytes = 0;  // 1, 2, 4, 8: one such integer; 0: array of 32-bit words
  bool writable = false;
  bool is_port = false;

  uint32_t words() const { return (width + 31) / 32; }
  uint32_t bytes() const { return 4 * words(); }
  // bytes() bytes: 32-bit words, least significant first.
  void Read(void* words) const;
  void Write(const void* words) const;
  // True if no bit above the width is set.
  bool Fits(const uint32_t* words) const;
  bool Bit0() const { return (*static_cast<const uint8_t*>(data) & 1) != 0; }  // little-endian
};

class SignalTable {
 public:
  static constexpr size_t kMaxSignals = 65536;

  // Returns the handle.
  uint16_t Add(const Signal& signal);
  // Null if there is no such handle.
  const Signal* At(uint16_t handle) const {
    return handle < signals_.size() ? &signals_[handle] : nullptr;
  }
  // Handle or -1.
  int Find(const std::string& name) const;
  size_t size() const { return signals_.size(); }

 private:
  std::vector<Signal> signals_;
  std::unordered_map<std::string, uint16_t> by_name_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_SIGNALS_H_
