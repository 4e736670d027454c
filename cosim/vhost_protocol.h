// vhost-user messages: what the bytes mean. Knows no socket and no device.
// SPDX-License-Identifier: Apache-2.0
//
// A message is a header of 12 bytes (request, flags, size of what follows; all little-endian) and a
// payload of a shape that depends on the request, with up to eight file descriptors beside its
// first byte. VhostDecoder cuts messages off a stream; the As... functions read payloads and refuse
// any other size or number of descriptors than the request has.
#ifndef VNET_COSIM_VHOST_PROTOCOL_H_
#define VNET_COSIM_VHOST_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace vnet_cosim {

enum VhostRequest : uint32_t {
  kVhostGetFeatures = 1,
  kVhostSetFeatures = 2,
  kVhostSetOwner = 3,
  kVhostResetOwner = 4,
  kVhostSetMemTable = 5,
  kVhostSetVringNum = 8,
  kVhostSetVringAddr = 9,
  kVhostSetVringBase = 10,
  kVhostGetVringBase = 11,
  kVhostSetVringKick = 12,
  kVhostSetVringCall = 13,
  kVhostSetVringErr = 14,
  kVhostGetProtocolFeatures = 15,
  kVhostSetProtocolFeatures = 16,
  kVhostGetQueueNum = 17,
  kVhostSetVringEnable = 18,
  kVhostSetBackendReqFd = 21,
  kVhostGetConfig = 24,
  kVhostSetConfig = 25,
};

constexpr uint32_t kVhostVersion = 1;
constexpr uint32_t kVhostFlagVersion = 3;  // mask
constexpr uint32_t kVhostFlagReply = 4;
constexpr uint32_t kVhostFlagNeedReply = 8;

constexpr uint64_t kVhostFeatureProtocol = uint64_t{1} << 30;  // among the virtio features
constexpr uint64_t kVhostProtocolReplyAck = uint64_t{1} << 3;
constexpr uint64_t kVhostProtocolBackendReq = uint64_t{1} << 5;
constexpr uint64_t kVhostProtocolConfig = uint64_t{1} << 9;

constexpr size_t kVhostMaxRegions = 8;
constexpr size_t kVhostMaxFds = 8;
constexpr size_t kVhostMaxPayload =
    1024;  // the largest is a memory table of 264 bytes, or 12 + 256 of configuration
constexpr uint32_t kVhostMaxConfig = 256;

struct VhostHeader {
  uint32_t request;
  uint32_t flags;
  uint32_t size;
};
static_assert(sizeof(VhostHeader) == 12, "layout of the protocol");

struct VhostVringState {
  uint32_t index;
  uint32_t num;
};
static_assert(sizeof(VhostVringState) == 8, "layout of the protocol");

struct VhostVringAddr {
  uint32_t index;
  uint32_t flags;
  uint64_t desc;  // three addresses in the front-end's own address space
  uint64_t used;
  uint64_t avail;
  uint64_t log;
};
static_assert(sizeof(VhostVringAddr) == 40, "layout of the protocol");

struct VhostRegion {
  uint64_t guest;  // address that descriptors use
  uint64_t size;
  uint64_t user;    // address in the front-end
  uint64_t offset;  // where it begins in the file of the descriptor
};
static_assert(sizeof(VhostRegion) == 32, "layout of the protocol");

struct VhostConfig {
  uint32_t offset;
  uint32_t size;
  uint32_t flags;
};
static_assert(sizeof(VhostConfig) == 12, "layout of the protocol");

struct VhostMessage {
  uint32_t request = 0;
  uint32_t flags = 0;
  std::vector<uint8_t> payload;
  std::vector<UniqueFd> fds;

  bool need_reply() const { return (flags & kVhostFlagNeedReply) != 0; }
};

// "SET_VRING_NUM", or "request 77".
std::string VhostRequestName(uint32_t request);

class VhostDecoder {
 public:
  // How many bytes are missing until the header or the message is complete, at least 1. Whoever
  // feeds more would mix up the descriptors of two messages.
  size_t wanted() const;

  // The next bytes of the stream, at most wanted(), and the descriptors that came with them.
  // Returns a message when it is complete. Throws PeerError; the stream cannot be used afterwards.
  std::optional<VhostMessage> Feed(const uint8_t* bytes, size_t count, std::vector<UniqueFd> fds);

  // True between two messages: a stream that ends here ends well.
  bool at_boundary() const { return bytes_.empty(); }

 private:
  std::vector<uint8_t> bytes_;
  std::vector<UniqueFd> fds_;
};

// Payloads. All throw PeerError if the message does not have the shape of its request.
void AsNothing(const VhostMessage& message);
uint64_t AsU64(const VhostMessage& message);
VhostVringState AsVringState(const VhostMessage& message);
VhostVringAddr AsVringAddr(const VhostMessage& message);
// The descriptors stay in the message, in the order of the regions.
std::vector<VhostRegion> AsRegions(const VhostMessage& message);
// The ring index; *has_fd tells whether there is a descriptor.
uint32_t AsVringFd(const VhostMessage& message, bool* has_fd);
// The header of a configuration access; the bytes follow it in the payload.
VhostConfig AsConfig(const VhostMessage& message);

// Bytes of a reply to `request`.
std::vector<uint8_t> VhostReply(uint32_t request, const void* payload, size_t size);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_VHOST_PROTOCOL_H_
