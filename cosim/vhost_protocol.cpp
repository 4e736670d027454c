// SPDX-License-Identifier: Apache-2.0
#include "vhost_protocol.h"

#include <cstring>

#include "../sim/error.h"
#include "peer_error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "messages are copied as they are");

constexpr uint64_t kRingMask = 0xFF;
constexpr uint64_t kNoFd = 0x100;

[[noreturn]] void Refuse(const VhostMessage& message, const std::string& text) {
  throw PeerError(VhostRequestName(message.request) + ": " + text);
}

void CheckSize(const VhostMessage& message, size_t expected) {
  if (message.payload.size() == expected) return;
  Refuse(message,
         Format("payload of %zu bytes expected, %zu seen", expected, message.payload.size()));
}

void CheckFds(const VhostMessage& message, size_t expected) {
  if (message.fds.size() == expected) return;
  Refuse(message, Format("%zu file descriptors expected, %zu seen", expected, message.fds.size()));
}

template <typename T>
T Read(const VhostMessage& message, size_t offset = 0) {
  T value;
  std::memcpy(&value, message.payload.data() + offset, sizeof(value));
  return value;
}

template <typename T>
T ReadOnly(const VhostMessage& message) {
  CheckSize(message, sizeof(T));
  CheckFds(message, 0);
  return Read<T>(message);
}

}  // namespace

std::string VhostRequestName(uint32_t request) {
  switch (request) {
    case kVhostGetFeatures:
      return "GET_FEATURES";
    case kVhostSetFeatures:
      return "SET_FEATURES";
    case kVhostSetOwner:
      return "SET_OWNER";
    case kVhostResetOwner:
      return "RESET_OWNER";
    case kVhostSetMemTable:
      return "SET_MEM_TABLE";
    case kVhostSetVringNum:
      return "SET_VRING_NUM";
    case kVhostSetVringAddr:
      return "SET_VRING_ADDR";
    case kVhostSetVringBase:
      return "SET_VRING_BASE";
    case kVhostGetVringBase:
      return "GET_VRING_BASE";
    case kVhostSetVringKick:
      return "SET_VRING_KICK";
    case kVhostSetVringCall:
      return "SET_VRING_CALL";
    case kVhostSetVringErr:
      return "SET_VRING_ERR";
    case kVhostGetProtocolFeatures:
      return "GET_PROTOCOL_FEATURES";
    case kVhostSetProtocolFeatures:
      return "SET_PROTOCOL_FEATURES";
    case kVhostGetQueueNum:
      return "GET_QUEUE_NUM";
    case kVhostSetVringEnable:
      return "SET_VRING_ENABLE";
    case kVhostSetBackendReqFd:
      return "SET_BACKEND_REQ_FD";
    case kVhostGetConfig:
      return "GET_CONFIG";
    case kVhostSetConfig:
      return "SET_CONFIG";
    default:
      return Format("request %u", request);
  }
}

size_t VhostDecoder::wanted() const {
  if (bytes_.size() < sizeof(VhostHeader)) return sizeof(VhostHeader) - bytes_.size();
  VhostHeader header;
  std::memcpy(&header, bytes_.data(), sizeof(header));
  return sizeof(header) + header.size - bytes_.size();
}

std::optional<VhostMessage> VhostDecoder::Feed(const uint8_t* bytes, size_t count,
                                               std::vector<UniqueFd> fds) {
  bytes_.insert(bytes_.end(), bytes, bytes + count);
  for (UniqueFd& fd : fds) fds_.push_back(std::move(fd));
  if (fds_.size() > kVhostMaxFds) {
    throw PeerError(Format("a message has at most %zu file descriptors, more seen", kVhostMaxFds));
  }
  if (bytes_.size() < sizeof(VhostHeader)) return std::nullopt;

  VhostHeader header;
  std::memcpy(&header, bytes_.data(), sizeof(header));
  const std::string name = VhostRequestName(header.request);
  if ((header.flags & kVhostFlagVersion) != kVhostVersion) {
    throw PeerError(Format("%s: protocol version %u expected, %u seen", name.c_str(), kVhostVersion,
                           header.flags & kVhostFlagVersion));
  }
  if ((header.flags & kVhostFlagReply) != 0) {
    throw PeerError(name + ": a request expected, a reply seen");
  }
  if (header.size > kVhostMaxPayload) {
    throw PeerError(Format("%s: payload of at most %zu bytes expected, %u announced", name.c_str(),
                           kVhostMaxPayload, header.size));
  }
  if (bytes_.size() < sizeof(header) + header.size) return std::nullopt;

  VhostMessage message;
  message.request = header.request;
  message.flags = header.flags;
  message.payload.assign(bytes_.begin() + sizeof(header), bytes_.end());
  message.fds = std::move(fds_);
  bytes_.clear();
  fds_.clear();
  return message;
}

void AsNothing(const VhostMessage& message) {
  CheckSize(message, 0);
  CheckFds(message, 0);
}

uint64_t AsU64(const VhostMessage& message) {
  return ReadOnly<uint64_t>(message);
}

VhostVringState AsVringState(const VhostMessage& message) {
  return ReadOnly<VhostVringState>(message);
}

VhostVringAddr AsVringAddr(const VhostMessage& message) {
  return ReadOnly<VhostVringAddr>(message);
}

std::vector<VhostRegion> AsRegions(const VhostMessage& message) {
  constexpr size_t kCountBytes = 8;  // number, padding
  if (message.payload.size() < kCountBytes) CheckSize(message, kCountBytes);
  const uint32_t count = Read<uint32_t>(message);
  if (count > kVhostMaxRegions) {
    Refuse(message, Format("at most %zu regions expected, %u announced", kVhostMaxRegions, count));
  }
  // Some front-ends send a table of fixed size, with rubbish behind the last region.
  const size_t used = kCountBytes + count * sizeof(VhostRegion);
  if (message.payload.size() < used) CheckSize(message, used);
  CheckFds(message, count);
  std::vector<VhostRegion> regions(count);
  if (count > 0)
    std::memcpy(regions.data(), message.payload.data() + kCountBytes, used - kCountBytes);
  return regions;
}

uint32_t AsVringFd(const VhostMessage& message, bool* has_fd) {
  CheckSize(message, sizeof(uint64_t));
  const uint64_t value = Read<uint64_t>(message);
  *has_fd = (value & kNoFd) == 0;
  CheckFds(message, *has_fd ? 1 : 0);
  return static_cast<uint32_t>(value & kRingMask);
}

VhostConfig AsConfig(const VhostMessage& message) {
  if (message.payload.size() < sizeof(VhostConfig)) CheckSize(message, sizeof(VhostConfig));
  CheckFds(message, 0);
  const VhostConfig config = Read<VhostConfig>(message);
  if (config.size > kVhostMaxConfig || config.offset > kVhostMaxConfig - config.size) {
    Refuse(message, Format("bytes inside 0..%u expected, %u bytes at %u seen", kVhostMaxConfig - 1,
                           config.size, config.offset));
  }
  CheckSize(message, sizeof(config) + config.size);
  return config;
}

std::vector<uint8_t> VhostReply(uint32_t request, const void* payload, size_t size) {
  const VhostHeader header = {request, kVhostVersion | kVhostFlagReply,
                              static_cast<uint32_t>(size)};
  std::vector<uint8_t> bytes(sizeof(header) + size);
  std::memcpy(bytes.data(), &header, sizeof(header));
  if (size > 0) std::memcpy(bytes.data() + sizeof(header), payload, size);
  return bytes;
}

}  // namespace vnet_cosim
