// A device made by hand: registers that remember, for tests of what is around the device.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_TEST_FAKE_DEVICE_H_
#define VNET_COSIM_TEST_FAKE_DEVICE_H_

#include <string>
#include <vector>

#include "../device.h"

namespace vnet_test {

class FakeDevice : public vnet_cosim::Device {
 public:
  struct Access {
    char kind;  // 'r' or 'w'
    uint32_t offset, value, size;
  };

  uint32_t Read(uint32_t offset, uint32_t size) override {
    uint32_t value = 0;
    for (uint32_t i = 0; i < size; ++i) value |= uint32_t{registers[offset + i]} << 8 * i;
    accesses.push_back({'r', offset, value, size});
    return value;
  }
  void Write(uint32_t offset, uint32_t value, uint32_t size) override {
    accesses.push_back({'w', offset, value, size});
    for (uint32_t i = 0; i < size; ++i) {
      registers[offset + i] = static_cast<uint8_t>(value >> 8 * i);
    }
  }
  uint32_t ReadConfig(uint32_t offset) override { return config[offset / 4]; }
  void WriteConfig(uint32_t offset, uint32_t value, uint32_t strobes) override {
    for (uint32_t lane = 0; lane < 4; ++lane) {
      if ((strobes >> lane & 1) == 0) continue;
      config[offset / 4] &= ~(0xFFu << 8 * lane);
      config[offset / 4] |= value & 0xFFu << 8 * lane;
    }
  }
  void SetMsixEnabled(bool on) override { msix_enabled = on; }
  vnet_cosim::GuestMap* memory() override { return &memory_; }
  void DrainDma() override { ++drains; }
  void ResumeDma() override { --drains; }
  void PushFrame(vnet_cosim::Frame frame) override { frames.push_back(std::move(frame)); }
  size_t rx_backlog() const override { return 0; }
  void Run(uint32_t cycles) override { cycles_ += cycles; }
  bool idle() const override { return true; }
  uint64_t cycles() const override { return cycles_; }
  const vnet_cosim::DmaCounters& dma_counters() const override { return counters_; }
  uint32_t data_bits() const override { return 64; }

  std::vector<uint8_t> registers = std::vector<uint8_t>(vnet_cosim::kRegisterBytes);
  std::array<uint32_t, 1024> config = {};
  std::vector<Access> accesses;
  std::vector<vnet_cosim::Frame> frames;
  bool msix_enabled = false;
  int drains = 0;

 private:
  vnet_cosim::GuestMap memory_;
  vnet_cosim::DmaCounters counters_;
  uint64_t cycles_ = 0;
};

}  // namespace vnet_test

#endif  // VNET_COSIM_TEST_FAKE_DEVICE_H_
