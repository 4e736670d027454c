// SPDX-License-Identifier: Apache-2.0
#include "pci_function.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../sim/error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

constexpr uint32_t kRegisterRegion = 0;
constexpr uint32_t kMsixRegion = 1;
constexpr uint32_t kMsixBarBytes = 0x1000;
constexpr uint32_t kMsixPending = 0x800;
constexpr uint32_t kConfigBytes = 0x1000;

// Word numbers in configuration space.
constexpr uint32_t kIds = 0;
constexpr uint32_t kCommand = 1;
constexpr uint32_t kClass = 2;
constexpr uint32_t kBar0 = 4;
constexpr uint32_t kBar1 = 5;
constexpr uint32_t kSubsystem = 11;
constexpr uint32_t kCapPointer = 13;
constexpr uint32_t kInterrupt = 15;
constexpr uint32_t kMsixCap = 16;     // 0x40, 3 words
constexpr uint32_t kExpressCap = 20;  // 0x50, 15 words
// Capabilities of the RTL start here (CAP_BASE of cosim_top).
constexpr uint32_t kRtlCaps = 0x90;

constexpr uint32_t kCommandBits = 0x0547;  // I/O, memory, master, parity, SERR, INTx disable
constexpr uint32_t kIntxDisable = 1u << 10;
constexpr uint32_t kIntxStatus = 1u << 19;
constexpr uint32_t kMsixEnable = 1u << 31;
constexpr uint32_t kMsixMask = 1u << 30;

// Number of virtqueues, in the common configuration.
constexpr uint32_t kNumQueues = 0x12;

void Signal(const UniqueFd& event) {
  const uint64_t one = 1;
  // A counter that is full wakes its reader as well.
  [[maybe_unused]] const ssize_t done = write(event.get(), &one, sizeof(one));
}

}  // namespace

PciFunction::PciFunction(Device* device, std::function<void(const std::string&)> log)
    : device_(device),
      log_(std::move(log)),
      msix_bar_(kMsixBarBytes),
      vectors_(device->Read(kNumQueues, 2) + 1) {
  config_[kIds] = 0x1041'1AF4;
  config_[kCommand] = 0x0010'0000;  // there is a list of capabilities
  config_[kClass] = 0x0200'0001;    // Ethernet controller, revision 1
  config_[kSubsystem] = 0x1041'1AF4;
  config_[kCapPointer] = 4 * kMsixCap;
  config_[kInterrupt] = 0x0000'0100;  // pin A
  const uint32_t table_size = static_cast<uint32_t>(vectors_.size()) - 1;
  config_[kMsixCap] = 0x11 | 4 * kExpressCap << 8 | table_size << 16;
  config_[kMsixCap + 1] = kMsixRegion;
  config_[kMsixCap + 2] = kMsixRegion | kMsixPending;
  config_[kExpressCap] = 0x10 | kRtlCaps << 8 | 0x0002 << 16;  // version 2, endpoint
  config_[kExpressCap + 1] = 0x1000'8000;                      // function-level reset
  config_[kExpressCap + 3] = 0x0000'0011;                      // 2.5 GT/s, one lane
  config_[kExpressCap + 4] = 0x0011'0000;

  writable_[kCommand] = kCommandBits;
  writable_[3] = 0x0000'00FF;  // cache line size
  writable_[kBar0] = ~(kRegisterBytes - 1);
  writable_[kBar1] = ~(kMsixBarBytes - 1);
  writable_[kInterrupt] = 0x0000'00FF;  // line
  writable_[kMsixCap] = kMsixEnable | kMsixMask;
  writable_[kExpressCap + 2] = 0x0000'7FFF;  // device control
  writable_[kExpressCap + 4] = 0x0000'0FFF;  // link control
  writable_[kExpressCap + 10] = 0x0000'FFFF;

  device_->on_msix = [this](uint16_t vector) { FireMsix(vector); };
  device_->on_intx = [this](bool level) {
    intx_level_ = level;
    FireIntx();
  };
}

PciFunction::~PciFunction() {
  device_->on_msix = [](uint16_t) {};
  device_->on_intx = [](bool) {};
}

uint64_t PciFunction::RegionSize(uint32_t region) {
  switch (region) {
    case kRegisterRegion:
      return kRegisterBytes;
    case kMsixRegion:
      return kMsixBarBytes;
    case kVfioConfigRegion:
      return kConfigBytes;
    default:
      return 0;
  }
}

uint32_t PciFunction::IrqCount(uint32_t index) {
  if (index == kVfioIntx) return 1;
  return index == kVfioMsix ? static_cast<uint32_t>(vectors_.size()) : 0;
}

// ----------------------------------------------------------------------------------------- regions

int PciFunction::RegionRead(uint32_t region, uint64_t offset, uint32_t count, uint8_t* data) {
  const uint64_t size = RegionSize(region);
  if (count == 0 || offset > size || count > size - offset) return EINVAL;
  const uint32_t start = static_cast<uint32_t>(offset);
  if (region == kMsixRegion) {
    std::memcpy(data, &msix_bar_[start], count);
    return 0;
  }
  if (region == kVfioConfigRegion) {
    uint32_t word = 0;
    for (uint32_t i = 0; i < count; ++i) {
      // One read per word: some have side effects.
      if (i == 0 || (start + i) % 4 == 0) word = ReadConfigWord((start + i) & ~3u);
      data[i] = static_cast<uint8_t>(word >> 8 * ((start + i) % 4));
    }
    return 0;
  }
  if ((count != 1 && count != 2 && count != 4 && count != 8) || start % count != 0) return EINVAL;
  const uint32_t step = std::min(count, 4u);
  for (uint32_t i = 0; i < count; i += step) {
    const uint32_t value = device_->Read(start + i, step);
    std::memcpy(data + i, &value, step);
  }
  return 0;
}

int PciFunction::RegionWrite(uint32_t region, uint64_t offset, uint32_t count,
                             const uint8_t* data) {
  const uint64_t size = RegionSize(region);
  if (count == 0 || offset > size || count > size - offset) return EINVAL;
  const uint32_t start = static_cast<uint32_t>(offset);
  if (region == kMsixRegion) {
    std::memcpy(&msix_bar_[start], data, count);
    return 0;
  }
  if (region == kVfioConfigRegion) {
    for (uint32_t i = 0; i < count;) {
      const uint32_t word = (start + i) & ~3u;
      uint32_t value = 0, strobes = 0;
      for (; i < count && ((start + i) & ~3u) == word; ++i) {
        const uint32_t lane = (start + i) % 4;
        value |= uint32_t{data[i]} << 8 * lane;
        strobes |= 1u << lane;
      }
      WriteConfigWord(word, value, strobes);
    }
    return 0;
  }
  if ((count != 1 && count != 2 && count != 4 && count != 8) || start % count != 0) return EINVAL;
  const uint32_t step = std::min(count, 4u);
  for (uint32_t i = 0; i < count; i += step) {
    uint32_t value = 0;
    std::memcpy(&value, data + i, step);
    device_->Write(start + i, value, step);
  }
  return 0;
}

uint32_t PciFunction::ReadConfigWord(uint32_t offset) {
  if (offset >= 0x100) return 0;  // no extended capabilities
  if (offset >= kRtlCaps) return device_->ReadConfig(offset);
  const uint32_t word = config_[offset / 4];
  return offset == 4 * kCommand && intx_level_ ? word | kIntxStatus : word;
}

void PciFunction::WriteConfigWord(uint32_t offset, uint32_t value, uint32_t strobes) {
  if (offset >= 0x100) return;
  if (offset >= kRtlCaps) {
    device_->WriteConfig(offset, value, strobes);
    return;
  }
  uint32_t mask = 0;
  for (uint32_t lane = 0; lane < 4; ++lane) {
    if ((strobes >> lane & 1) != 0) mask |= 0xFFu << 8 * lane;
  }
  mask &= writable_[offset / 4];
  const bool was_enabled = msix_enabled();
  uint32_t& word = config_[offset / 4];
  word = (word & ~mask) | (value & mask);
  if (msix_enabled() != was_enabled) device_->SetMsixEnabled(msix_enabled());
  if (offset == 4 * kCommand) FireIntx();
}

bool PciFunction::msix_enabled() const {
  return (config_[kMsixCap] & kMsixEnable) != 0;
}

// ------------------------------------------------------------------------------------------ memory

int PciFunction::DmaMap(uint64_t addr, uint64_t size, int fd, uint64_t offset, bool writable) {
  if (fd < 0) {
    // The shadow of a ROM and the like.
    if (size == 0 || addr + (size - 1) < addr) return EINVAL;
    unmappable_.push_back({addr, size});
    return 0;
  }
  const std::string error = device_->memory()->Add(addr, size, fd, offset, writable);
  if (error.empty()) return 0;
  log_("DMA_MAP refused: " + error);
  return EINVAL;
}

int PciFunction::DmaUnmap(uint64_t addr, uint64_t size) {
  const auto found = std::find_if(
      unmappable_.begin(), unmappable_.end(),
      [&](const Unmappable& range) { return range.addr == addr && range.size == size; });
  if (found != unmappable_.end()) {
    unmappable_.erase(found);
    return 0;
  }
  device_->DrainDma();
  const std::string error = device_->memory()->Remove(addr, size);
  device_->ResumeDma();
  if (error.empty()) return 0;
  log_("DMA_UNMAP refused: " + error);
  return EINVAL;
}

int PciFunction::DmaUnmapAll() {
  unmappable_.clear();
  device_->DrainDma();
  device_->memory()->Clear();
  device_->ResumeDma();
  return 0;
}

// -------------------------------------------------------------------------------------- interrupts

int PciFunction::SetEvents(uint32_t index, uint32_t start, std::vector<UniqueFd> fds) {
  if (index == kVfioIntx) {
    if (fds.empty()) return 0;
    intx_event_ = std::move(fds[0]);
    intx_masked_ = false;
    FireIntx();
    return 0;
  }
  if (index != kVfioMsix) return EINVAL;
  for (size_t i = 0; i < fds.size(); ++i) {
    Vector& vector = vectors_[start + i];
    vector.event = std::move(fds[i]);
    if (vector.event && std::exchange(vector.pending, false)) Signal(vector.event);
  }
  return 0;
}

int PciFunction::DisableEvents(uint32_t index) {
  if (index == kVfioIntx) {
    intx_event_.Reset();
    return 0;
  }
  if (index != kVfioMsix) return EINVAL;
  for (Vector& vector : vectors_) vector = Vector();
  return 0;
}

int PciFunction::MaskIntx(bool masked) {
  intx_masked_ = masked;
  FireIntx();
  return 0;
}

void PciFunction::FireMsix(uint16_t number) {
  if (number >= vectors_.size()) return;
  Vector& vector = vectors_[number];
  if (vector.event) {
    Signal(vector.event);
  } else {
    vector.pending = true;
  }
}

// The line is masked from the event on until the peer has served it and asks for more.
void PciFunction::FireIntx() {
  if (!intx_level_ || intx_masked_ || !intx_event_ || (config_[kCommand] & kIntxDisable) != 0) {
    return;
  }
  intx_masked_ = true;
  Signal(intx_event_);
}

// ------------------------------------------------------------------------------------------- reset

// A function-level reset: the RTL sees a driver's reset, which ends its accesses in good order and
// keeps the counters.
int PciFunction::Reset() {
  ResetDevice(device_);
  for (uint32_t word = 0; word < config_.size(); ++word) {
    if (word != kInterrupt) config_[word] &= ~writable_[word];
  }
  device_->SetMsixEnabled(false);
  // bar, offset, length and data of PCI_CFG.
  for (uint32_t offset = kRtlCaps + 0x48; offset < kRtlCaps + 0x54; offset += 4) {
    device_->WriteConfig(offset, 0, 0xF);
  }
  for (Vector& vector : vectors_) vector.pending = false;
  intx_masked_ = false;
  return 0;
}

}  // namespace vnet_cosim
