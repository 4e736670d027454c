// The simulated network card as its environment sees it: registers, memory, frames, interrupts,
// time. SPDX-License-Identifier: Apache-2.0
//
// The interface knows nothing of Verilator, so that protocols can be tested with a device made by
// hand. Time moves only inside Run() and inside a register access.
#ifndef VNET_COSIM_DEVICE_H_
#define VNET_COSIM_DEVICE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dma_slave.h"
#include "guest_map.h"

namespace vnet_cosim {

using Frame = std::vector<uint8_t>;

// What the board around the core decides.
struct DeviceSettings {
  std::array<uint8_t, 6> mac = {0x02, 0x56, 0x4e, 0x45, 0x54, 0x01};
  uint16_t mtu = 1500;
  bool link_up = true;
  uint32_t seed = 1;  // start values of registers without a reset
};

// Size of the register space (BAR 0).
constexpr uint32_t kRegisterBytes = 0x4000;

class Device {
 public:
  Device() = default;
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // One access to the registers, over AXI4-Lite. `size` is 1, 2 or 4, the offset a multiple of it
  // and below kRegisterBytes; the caller has checked that. Returns when the device has answered.
  virtual uint32_t Read(uint32_t offset, uint32_t size) = 0;
  virtual void Write(uint32_t offset, uint32_t value, uint32_t size) = 0;

  // One access to the configuration space of the RTL (vnet_pci_caps). The offset is a multiple of
  // 4; what the RTL does not have reads 0. `strobes` has a bit for each byte.
  virtual uint32_t ReadConfig(uint32_t offset) = 0;
  virtual void WriteConfig(uint32_t offset, uint32_t value, uint32_t strobes) = 0;

  // The pin cfg_msix_enable: interrupts are messages instead of the level intx.
  virtual void SetMsixEnabled(bool on) = 0;

  // The memory that the device may touch. Add ranges at any time; before one is removed, call
  // DrainDma(): it lets the clock run until no access of the device is under way, while no new one
  // is accepted. After the removal call ResumeDma().
  virtual GuestMap* memory() = 0;
  virtual void DrainDma() = 0;
  virtual void ResumeDma() = 0;

  // A frame from the network (without FCS). Queued without limit: look at rx_backlog() before.
  virtual void PushFrame(Frame frame) = 0;
  virtual size_t rx_backlog() const = 0;

  // Lets the clock run.
  virtual void Run(uint32_t cycles) = 0;
  // Nothing has moved on any interface for a while, and no queued frame can enter: more clock edges
  // would change nothing but the waiting times inside the device.
  virtual bool idle() const = 0;

  virtual uint64_t cycles() const = 0;
  virtual const DmaCounters& dma_counters() const = 0;
  virtual uint32_t data_bits() const = 0;

  // Called from Run() and from register accesses. They must not call the device.
  std::function<void(const Frame& frame)> on_frame = [](const Frame&) {};
  std::function<void(uint16_t vector)> on_msix = [](uint16_t) {};
  std::function<void(bool level)> on_intx = [](bool) {};

  uint64_t frames_tx = 0;  // given to on_frame
  uint64_t frames_rx = 0;  // taken from the queue of PushFrame, completely
};

// Writes 0 to device_status and waits until it reads 0: afterwards the device touches no memory.
void ResetDevice(Device* device);

// The Verilated card. Throws SimError if the RTL breaks a bus rule or never answers.
std::unique_ptr<Device> MakeRtlDevice(const DeviceSettings& settings);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_DEVICE_H_
