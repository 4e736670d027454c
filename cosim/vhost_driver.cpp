// SPDX-License-Identifier: Apache-2.0
#include "vhost_driver.h"

#include "../sim/error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

// docs/registers.md
constexpr uint32_t kDeviceFeatureSelect = 0x00;
constexpr uint32_t kDeviceFeature = 0x04;
constexpr uint32_t kDriverFeatureSelect = 0x08;
constexpr uint32_t kDriverFeature = 0x0C;
constexpr uint32_t kConfigMsixVector = 0x10;
constexpr uint32_t kNumQueues = 0x12;
constexpr uint32_t kDeviceStatus = 0x14;
constexpr uint32_t kQueueSelect = 0x16;
constexpr uint32_t kQueueSize = 0x18;
constexpr uint32_t kQueueMsixVector = 0x1A;
constexpr uint32_t kQueueEnable = 0x1C;
constexpr uint32_t kQueueDesc = 0x20;
constexpr uint32_t kQueueDriver = 0x28;
constexpr uint32_t kQueueDevice = 0x30;
constexpr uint32_t kQueueReset = 0x3A;
constexpr uint32_t kDeviceConfig = 0x200;
constexpr uint32_t kDeviceConfigBytes = 12;
constexpr uint32_t kNotification = 0x1000;
constexpr uint32_t kNotifyMultiplier = 4;
constexpr uint32_t kLastError = 0x2024;

constexpr uint32_t kAcknowledge = 1;
constexpr uint32_t kDriver = 2;
constexpr uint32_t kDriverOk = 4;
constexpr uint32_t kFeaturesOk = 8;
constexpr uint32_t kNeedsReset = 0x40;

constexpr uint64_t kFeatureVersion1 = uint64_t{1} << 32;

// A queue with an unanswered read cannot be reset; memory here answers at once.
constexpr uint64_t kResetCycles = 1'000'000;

}  // namespace

VhostDriver::VhostDriver(Device* device) : device_(device) {
  ResetDevice(device_);
  for (uint32_t window = 0; window < 2; ++window) {
    device_->Write(kDeviceFeatureSelect, window, 4);
    offered_ |= uint64_t{device_->Read(kDeviceFeature, 4)} << 32 * window;
  }
  queues_ = device_->Read(kNumQueues, 2);
  device_->Write(kQueueSelect, 0, 2);
  max_queue_size_ = device_->Read(kQueueSize, 2);
  device_->SetMsixEnabled(true);
}

std::string VhostDriver::Begin(uint64_t features) {
  ResetDevice(device_);
  device_->Write(kDeviceStatus, kAcknowledge, 1);
  device_->Write(kDeviceStatus, kAcknowledge | kDriver, 1);
  for (uint32_t window = 0; window < 2; ++window) {
    device_->Write(kDriverFeatureSelect, window, 4);
    device_->Write(kDriverFeature, static_cast<uint32_t>(features >> 32 * window), 4);
  }
  uint32_t status = kAcknowledge | kDriver;
  // A driver without VERSION_1 is one of the time before FEATURES_OK.
  if ((features & kFeatureVersion1) != 0) {
    status |= kFeaturesOk;
    device_->Write(kDeviceStatus, status, 1);
    if ((device_->Read(kDeviceStatus, 1) & kFeaturesOk) == 0) {
      return Format("the device refuses the features 0x%llx",
                    static_cast<unsigned long long>(features));
    }
  }
  device_->Write(kConfigMsixVector, kConfigVector, 2);
  device_->Write(kDeviceStatus, status | kDriverOk, 1);
  if ((device_->Read(kDeviceStatus, 1) & kDriverOk) == 0) return "the device refuses DRIVER_OK";
  return "";
}

void VhostDriver::End() {
  ResetDevice(device_);
}

void VhostDriver::Write64(uint32_t offset, uint64_t value) {
  device_->Write(offset, static_cast<uint32_t>(value), 4);
  device_->Write(offset + 4, static_cast<uint32_t>(value >> 32), 4);
}

std::string VhostDriver::StartQueue(uint32_t queue, const RingSetup& ring) {
  device_->Write(kQueueSelect, queue, 2);
  device_->Write(kQueueSize, ring.size, 2);
  const uint32_t size = device_->Read(kQueueSize, 2);
  if (size != ring.size) {
    return Format("queue %u: the device refuses the size %u: a power of two up to %u expected",
                  queue, ring.size, max_queue_size_);
  }
  device_->Write(kQueueMsixVector, QueueVector(queue), 2);
  Write64(kQueueDesc, ring.desc);
  Write64(kQueueDriver, ring.avail);
  Write64(kQueueDevice, ring.used);
  device_->Write(kQueueEnable, 1, 2);
  if (device_->Read(kQueueEnable, 2) != 1) {
    return Format("queue %u: the device does not enable it", queue);
  }
  return "";
}

void VhostDriver::StopQueue(uint32_t queue) {
  device_->Write(kQueueSelect, queue, 2);
  device_->Write(kQueueReset, 1, 2);
  for (uint64_t i = 0; device_->Read(kQueueReset, 2) != 0; ++i) {
    if (i == kResetCycles) {
      throw vnet_sim::SimError(vnet_sim::ExitCode::kInternal,
                               Format("queue %u does not come to its end", queue));
    }
  }
}

void VhostDriver::Notify(uint32_t queue) {
  device_->Write(kNotification + kNotifyMultiplier * queue, queue, 2);
}

std::vector<uint8_t> VhostDriver::ReadConfig(uint32_t offset, uint32_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint32_t i = 0; i < size && offset + i < kDeviceConfigBytes; ++i) {
    bytes[i] = static_cast<uint8_t>(device_->Read(kDeviceConfig + offset + i, 1));
  }
  return bytes;
}

bool VhostDriver::needs_reset() {
  return (device_->Read(kDeviceStatus, 1) & kNeedsReset) != 0;
}

std::string VhostDriver::LastError() {
  const uint32_t value = device_->Read(kLastError, 4);
  return Format("error %u of queue %u (docs/architecture.md, section 6)", value & 0x1F,
                value >> 8 & 0xFF);
}

}  // namespace vnet_cosim
