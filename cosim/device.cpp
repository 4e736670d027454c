// SPDX-License-Identifier: Apache-2.0
#include "device.h"

#include "../sim/error.h"

namespace vnet_cosim {

namespace {

constexpr uint32_t kDeviceStatus = 0x14;
// A read takes some ten cycles; chains under way come to their end in much less.
constexpr uint32_t kResetPolls = 1'000'000;

}  // namespace

void ResetDevice(Device* device) {
  device->Write(kDeviceStatus, 0, 1);
  for (uint32_t i = 0; device->Read(kDeviceStatus, 1) != 0; ++i) {
    if (i == kResetPolls) {
      throw vnet_sim::SimError(vnet_sim::ExitCode::kInternal,
                               "the device does not leave its reset");
    }
  }
}

}  // namespace vnet_cosim
