// Drives the registers of the device as a virtio driver would, on behalf of a vhost-user front-end.
// SPDX-License-Identifier: Apache-2.0
//
// A front-end speaks of features and rings, never of registers: status, queue selection, vectors
// and resets are made here.
#ifndef VNET_COSIM_VHOST_DRIVER_H_
#define VNET_COSIM_VHOST_DRIVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "device.h"

namespace vnet_cosim {

// The ring of a queue, at guest addresses.
struct RingSetup {
  uint32_t size = 0;
  uint64_t desc = 0;
  uint64_t avail = 0;
  uint64_t used = 0;
};

class VhostDriver {
 public:
  explicit VhostDriver(Device* device);

  uint64_t offered_features() const { return offered_; }
  uint32_t queues() const { return queues_; }
  uint32_t max_queue_size() const { return max_queue_size_; }

  // Resets the device and brings it up to DRIVER_OK with these features, a subset of the offered
  // ones. Returns an empty string or what the device did not take.
  std::string Begin(uint64_t features);
  // Resets the device.
  void End();

  // Enables a queue, which begins at index 0. Returns an empty string or what the device did not
  // take.
  std::string StartQueue(uint32_t queue, const RingSetup& ring);
  // Resets a queue. Afterwards the device touches none of its memory.
  void StopQueue(uint32_t queue);
  void Notify(uint32_t queue);

  // Bytes of the device configuration; those behind its end are 0.
  std::vector<uint8_t> ReadConfig(uint32_t offset, uint32_t size);

  // The device has set DEVICE_NEEDS_RESET.
  bool needs_reset();
  // Code and queue of the last error that the device counted.
  std::string LastError();

  // Which message the device sends for what.
  static constexpr uint16_t kConfigVector = 0;
  static uint16_t QueueVector(uint32_t queue) { return static_cast<uint16_t>(queue + 1); }

 private:
  void Write64(uint32_t offset, uint64_t value);

  Device* const device_;
  uint64_t offered_ = 0;
  uint32_t queues_ = 0;
  uint32_t max_queue_size_ = 0;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_VHOST_DRIVER_H_
