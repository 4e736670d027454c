// A device made by hand that keeps the rules of its registers. No data path.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_TEST_REGISTER_DEVICE_H_
#define VNET_COSIM_TEST_REGISTER_DEVICE_H_

#include <vector>

#include "fake_device.h"

namespace vnet_test {

// Keeps the rules of docs/registers.md that a driver can notice. A register without a rule here is
// a plain one.
class RegisterDevice : public FakeDevice {
 public:
  static constexpr uint32_t kQueues = 2;
  static constexpr uint32_t kMaxSize = 256;
  static constexpr uint64_t kOffered = uint64_t{1} << 5 | uint64_t{1} << 15 | uint64_t{1} << 28 |
                                       uint64_t{1} << 32 | uint64_t{1} << 40;

  struct Queue {
    uint16_t size = kMaxSize;
    uint16_t vector = 0xFFFF;
    uint16_t enable = 0;
    uint32_t address[6] = {};
    uint64_t addr(int which) const {
      return address[2 * which] | uint64_t{address[2 * which + 1]} << 32;
    }
  };

  uint32_t Read(uint32_t offset, uint32_t size) override {
    switch (offset) {
      case 0x04:
        return select_ > 1 ? 0 : static_cast<uint32_t>(kOffered >> 32 * select_);
      case 0x12:
        return kQueues;
      case 0x14:
        return status;
      case 0x18:
        return selected().size;
      case 0x1C:
        return selected().enable;
      case 0x3A:
        return 0;
      default:
        break;
    }
    if (offset >= 0x200 && offset < 0x20C && size == 1) return offset - 0x200 + 0x10;
    return 0;
  }

  void Write(uint32_t offset, uint32_t value, uint32_t) override {
    ++writes;
    if (offset >= 0x1000 && offset < 0x2000) {
      notifications.push_back(value);
      return;
    }
    if (offset >= 0x20 && offset < 0x38) {
      selected().address[(offset - 0x20) / 4] = value;
      return;
    }
    switch (offset) {
      case 0x00:
        select_ = value;
        break;
      case 0x08:
        driver_select_ = value;
        break;
      case 0x0C:
        if (driver_select_ == 0) features = (features & ~uint64_t{0xFFFFFFFF}) | value;
        if (driver_select_ == 1) features = (features & 0xFFFFFFFF) | uint64_t{value} << 32;
        break;
      case 0x14:
        WriteStatus(static_cast<uint8_t>(value));
        break;
      case 0x16:
        queue_ = value;
        break;
      case 0x18:
        selected().size = static_cast<uint16_t>(value);
        break;
      case 0x1A:
        selected().vector = static_cast<uint16_t>(value);
        break;
      case 0x1C:
        selected().enable = static_cast<uint16_t>(value);
        break;
      case 0x3A:
        ++queue_resets;
        selected() = Queue();
        break;
      default:
        break;
    }
  }

  Queue queues[kQueues];
  uint8_t status = 0;
  uint64_t features = 0;
  int resets = 0;
  int queue_resets = 0;
  uint64_t writes = 0;
  std::vector<uint32_t> notifications;

 private:
  Queue& selected() { return queues[queue_ % kQueues]; }

  void WriteStatus(uint8_t value) {
    if (value == 0) {
      ++resets;
      status = 0;
      features = 0;
      for (Queue& queue : queues) queue = Queue();
      return;
    }
    uint8_t allowed = 0xFF;
    if ((features & ~kOffered) != 0) allowed = static_cast<uint8_t>(allowed & ~8);
    status = static_cast<uint8_t>(status | (value & allowed));
  }

  uint32_t select_ = 0;
  uint32_t driver_select_ = 0;
  uint32_t queue_ = 0;
};

}  // namespace vnet_test

#endif  // VNET_COSIM_TEST_REGISTER_DEVICE_H_
