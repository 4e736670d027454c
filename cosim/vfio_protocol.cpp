// SPDX-License-Identifier: Apache-2.0
#include "vfio_protocol.h"

#include <cerrno>
#include <cstring>

#include "../sim/error.h"
#include "peer_error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

struct Header {
  uint16_t id;
  uint16_t command;
  uint32_t size;  // with this header
  uint32_t flags;
  uint32_t error;
};
static_assert(sizeof(Header) == 16);

constexpr uint32_t kTypeMask = 0xF;
constexpr uint32_t kTypeReply = 0x1;
constexpr uint32_t kNoReply = 0x10;
constexpr uint32_t kError = 0x20;

struct Version {
  uint16_t major;
  uint16_t minor;
};

struct DmaMap {
  uint32_t argsz;
  uint32_t flags;  // 1 readable, 2 writable
  uint64_t offset;
  uint64_t addr;
  uint64_t size;
};
static_assert(sizeof(DmaMap) == 32);
constexpr uint32_t kDmaWritable = 2;

struct DmaUnmap {
  uint32_t argsz;
  uint32_t flags;
  uint64_t addr;
  uint64_t size;
};
static_assert(sizeof(DmaUnmap) == 24);
constexpr uint32_t kUnmapAll = 2;

struct DeviceInfo {
  uint32_t argsz;
  uint32_t flags;
  uint32_t regions;
  uint32_t irqs;
};
static_assert(sizeof(DeviceInfo) == 16);
constexpr uint32_t kDeviceReset = 1;
constexpr uint32_t kDevicePci = 2;

struct RegionInfo {
  uint32_t argsz;
  uint32_t flags;  // 1 read, 2 write
  uint32_t index;
  uint32_t cap_offset;
  uint64_t size;
  uint64_t offset;
};
static_assert(sizeof(RegionInfo) == 32);
constexpr uint32_t kRegionReadWrite = 3;

struct IrqInfo {
  uint32_t argsz;
  uint32_t flags;
  uint32_t index;
  uint32_t count;
};
static_assert(sizeof(IrqInfo) == 16);
constexpr uint32_t kIrqEventfd = 1;
constexpr uint32_t kIrqMaskable = 2;
constexpr uint32_t kIrqAutomasked = 4;
constexpr uint32_t kIrqNoResize = 8;

struct IrqSet {
  uint32_t argsz;
  uint32_t flags;
  uint32_t index;
  uint32_t start;
  uint32_t count;
};
static_assert(sizeof(IrqSet) == 20);
constexpr uint32_t kDataNone = 1;
constexpr uint32_t kDataEventfd = 4;
constexpr uint32_t kActionMask = 0x08;
constexpr uint32_t kActionUnmask = 0x10;
constexpr uint32_t kActionTrigger = 0x20;

struct RegionAccess {
  uint64_t offset;
  uint32_t region;
  uint32_t count;
};
static_assert(sizeof(RegionAccess) == 16);

constexpr size_t kMaxMessage = sizeof(Header) + sizeof(RegionAccess) + kVfioMaxTransfer;

// The fixed part at the start of a payload.
template <typename T>
T Get(const std::vector<uint8_t>& payload) {
  T value;
  std::memcpy(&value, payload.data(), sizeof(value));
  return value;
}

template <typename T>
void Put(std::vector<uint8_t>* payload, const T& value) {
  payload->resize(sizeof(value));
  std::memcpy(payload->data(), &value, sizeof(value));
}

const char* CommandName(uint16_t command) {
  switch (static_cast<VfioCommand>(command)) {
    case VfioCommand::kVersion:
      return "VERSION";
    case VfioCommand::kDmaMap:
      return "DMA_MAP";
    case VfioCommand::kDmaUnmap:
      return "DMA_UNMAP";
    case VfioCommand::kGetInfo:
      return "DEVICE_GET_INFO";
    case VfioCommand::kGetRegionInfo:
      return "DEVICE_GET_REGION_INFO";
    case VfioCommand::kGetIrqInfo:
      return "DEVICE_GET_IRQ_INFO";
    case VfioCommand::kSetIrqs:
      return "DEVICE_SET_IRQS";
    case VfioCommand::kRegionRead:
      return "REGION_READ";
    case VfioCommand::kRegionWrite:
      return "REGION_WRITE";
    case VfioCommand::kDeviceReset:
      return "DEVICE_RESET";
  }
  return "unknown command";
}

// Bytes that the payload of a command has at least.
size_t FixedSize(VfioCommand command) {
  switch (command) {
    case VfioCommand::kVersion:
      return sizeof(Version);
    case VfioCommand::kDmaMap:
      return sizeof(DmaMap);
    case VfioCommand::kDmaUnmap:
      return sizeof(DmaUnmap);
    case VfioCommand::kGetInfo:
      return sizeof(DeviceInfo);
    case VfioCommand::kGetRegionInfo:
      return sizeof(RegionInfo);
    case VfioCommand::kGetIrqInfo:
      return sizeof(IrqInfo);
    case VfioCommand::kSetIrqs:
      return sizeof(IrqSet);
    case VfioCommand::kRegionRead:
    case VfioCommand::kRegionWrite:
      return sizeof(RegionAccess);
    case VfioCommand::kDeviceReset:
      return 0;
  }
  return 0;
}

}  // namespace

size_t VfioServer::wanted() const {
  if (bytes_.size() < sizeof(Header)) return sizeof(Header) - bytes_.size();
  return Get<Header>(bytes_).size - bytes_.size();
}

std::vector<uint8_t> VfioServer::Process() {
  if (bytes_.size() < sizeof(Header)) return {};
  const Header header = Get<Header>(bytes_);
  if (header.size < sizeof(Header) || header.size > kMaxMessage) {
    throw PeerError(Format("%s %u: message of %u bytes, expected %zu to %zu",
                           CommandName(header.command), header.id, header.size, sizeof(Header),
                           kMaxMessage));
  }
  if (fds_.size() > kVfioMaxFds) {
    throw PeerError(Format("%s %u: %zu file descriptors, expected at most %zu",
                           CommandName(header.command), header.id, fds_.size(), kVfioMaxFds));
  }
  if (bytes_.size() < header.size) return {};
  std::vector<uint8_t> reply = HandleMessage();
  bytes_.clear();
  fds_.clear();
  return reply;
}

std::vector<uint8_t> VfioServer::HandleMessage() {
  Header header = Get<Header>(bytes_);
  if ((header.flags & kTypeMask) != 0) {
    throw PeerError(Format("%s %u: message type %u, expected a command (0)",
                           CommandName(header.command), header.id, header.flags & kTypeMask));
  }
  if (!greeted_ && header.command != static_cast<uint16_t>(VfioCommand::kVersion)) {
    throw PeerError(Format("%s %u: expected VERSION as the first message",
                           CommandName(header.command), header.id));
  }
  const size_t fixed = FixedSize(static_cast<VfioCommand>(header.command));
  if (header.size - sizeof(Header) < fixed) {
    throw PeerError(Format("%s %u: payload of %zu bytes, expected at least %zu",
                           CommandName(header.command), header.id, header.size - sizeof(Header),
                           fixed));
  }
  std::vector<uint8_t> payload(bytes_.begin() + sizeof(Header), bytes_.end());
  header.error = static_cast<uint32_t>(Dispatch(&payload));
  const bool silent = (header.flags & kNoReply) != 0;
  if (silent) return {};
  header.flags = kTypeReply | (header.error != 0 ? kError : 0);
  if (header.error != 0) payload.clear();
  header.size = static_cast<uint32_t>(sizeof(Header) + payload.size());
  std::vector<uint8_t> reply(header.size);
  std::memcpy(reply.data(), &header, sizeof(header));
  if (!payload.empty()) std::memcpy(reply.data() + sizeof(header), payload.data(), payload.size());
  return reply;
}

// Replaces the payload of the request by that of the reply; returns 0 or an errno.
int VfioServer::Dispatch(std::vector<uint8_t>* payload) {
  const Header header = Get<Header>(bytes_);
  switch (static_cast<VfioCommand>(header.command)) {
    case VfioCommand::kVersion: {
      const Version version = Get<Version>(*payload);
      if (version.major != 0) {
        throw PeerError(Format("VERSION %u.%u, expected 0.x", version.major, version.minor));
      }
      greeted_ = true;
      const std::string capabilities =
          "{\"capabilities\":{\"max_msg_fds\":" + std::to_string(kVfioMaxFds) +
          ",\"max_data_xfer_size\":" + std::to_string(kVfioMaxTransfer) + "}}";
      Put(payload, Version{0, 0});
      payload->insert(payload->end(), capabilities.begin(), capabilities.end());
      payload->push_back(0);
      return 0;
    }
    case VfioCommand::kDmaMap: {
      const DmaMap map = Get<DmaMap>(*payload);
      payload->clear();
      if (fds_.size() > 1) return EINVAL;
      return function_->DmaMap(map.addr, map.size, fds_.empty() ? -1 : fds_[0].get(), map.offset,
                               (map.flags & kDmaWritable) != 0);
    }
    case VfioCommand::kDmaUnmap: {
      const DmaUnmap unmap = Get<DmaUnmap>(*payload);
      // The reply repeats the request. Dirty bitmaps are not kept.
      payload->resize(sizeof(unmap));
      if (unmap.flags == kUnmapAll) return function_->DmaUnmapAll();
      if (unmap.flags != 0) return ENOTSUP;
      return function_->DmaUnmap(unmap.addr, unmap.size);
    }
    case VfioCommand::kGetInfo:
      Put(payload,
          DeviceInfo{sizeof(DeviceInfo), kDeviceReset | kDevicePci, kVfioRegions, kVfioIrqs});
      return 0;
    case VfioCommand::kGetRegionInfo: {
      const uint32_t index = Get<RegionInfo>(*payload).index;
      if (index >= kVfioRegions) return EINVAL;
      const uint64_t size = function_->RegionSize(index);
      Put(payload,
          RegionInfo{sizeof(RegionInfo), size == 0 ? 0 : kRegionReadWrite, index, 0, size, 0});
      return 0;
    }
    case VfioCommand::kGetIrqInfo: {
      const uint32_t index = Get<IrqInfo>(*payload).index;
      if (index >= kVfioIrqs) return EINVAL;
      const uint32_t kind =
          index == kVfioIntx ? kIrqMaskable | kIrqAutomasked : uint32_t{kIrqNoResize};
      const uint32_t count = function_->IrqCount(index);
      Put(payload, IrqInfo{sizeof(IrqInfo), count == 0 ? 0 : kIrqEventfd | kind, index, count});
      return 0;
    }
    case VfioCommand::kSetIrqs: {
      const int error = SetIrqs(payload->data(), payload->size());
      payload->clear();
      return error;
    }
    case VfioCommand::kRegionRead: {
      const RegionAccess access = Get<RegionAccess>(*payload);
      if (access.count > kVfioMaxTransfer) return EINVAL;
      payload->resize(sizeof(access) + access.count);
      return function_->RegionRead(access.region, access.offset, access.count,
                                   payload->data() + sizeof(access));
    }
    case VfioCommand::kRegionWrite: {
      const RegionAccess access = Get<RegionAccess>(*payload);
      if (payload->size() - sizeof(access) != access.count) {
        throw PeerError(Format("REGION_WRITE %u: count %u with %zu bytes of data", header.id,
                               access.count, payload->size() - sizeof(access)));
      }
      const int error = function_->RegionWrite(access.region, access.offset, access.count,
                                               payload->data() + sizeof(access));
      payload->resize(sizeof(access));
      return error;
    }
    case VfioCommand::kDeviceReset:
      payload->clear();
      return function_->Reset();
  }
  return ENOTSUP;
}

int VfioServer::SetIrqs(const uint8_t* data, size_t size) {
  IrqSet set;
  if (size != sizeof(set)) return EINVAL;
  std::memcpy(&set, data, sizeof(set));
  if (set.index >= kVfioIrqs) return EINVAL;
  const uint32_t vectors = function_->IrqCount(set.index);
  if (set.start > vectors || set.count > vectors - set.start) return EINVAL;
  switch (set.flags) {
    case kActionTrigger | kDataNone:
      return set.count == 0 ? function_->DisableEvents(set.index) : ENOTSUP;
    case kActionTrigger | kDataEventfd: {
      // No descriptor: the vectors are cut off.
      if (!fds_.empty() && fds_.size() != set.count) return EINVAL;
      std::vector<UniqueFd> fds = std::move(fds_);
      fds_.clear();
      fds.resize(set.count);
      return function_->SetEvents(set.index, set.start, std::move(fds));
    }
    case kActionMask | kDataNone:
    case kActionUnmask | kDataNone:
      if (set.index != kVfioIntx) return ENOTSUP;
      return function_->MaskIntx((set.flags & kActionMask) != 0);
    default:
      return ENOTSUP;
  }
}

}  // namespace vnet_cosim
