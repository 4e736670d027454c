// The server side of vfio-user, without sockets: bytes in, calls of a PCI function, bytes out.
// SPDX-License-Identifier: Apache-2.0
//
// Spec: "vfio-user Protocol Specification" 0.x, with the structures of the kernel's VFIO interface.
// Numbers are little-endian. What a PCI function needs is served: commands 1 to 5, 7 to 10 and 13;
// others are answered ENOTSUP.
#ifndef VNET_COSIM_VFIO_PROTOCOL_H_
#define VNET_COSIM_VFIO_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace vnet_cosim {

enum class VfioCommand : uint16_t {
  kVersion = 1,
  kDmaMap = 2,
  kDmaUnmap = 3,
  kGetInfo = 4,
  kGetRegionInfo = 5,
  kGetIrqInfo = 7,
  kSetIrqs = 8,
  kRegionRead = 9,
  kRegionWrite = 10,
  kDeviceReset = 13,
};

// Regions and interrupts of a PCI function.
constexpr uint32_t kVfioConfigRegion = 7;
constexpr uint32_t kVfioRegions = 9;
constexpr uint32_t kVfioIntx = 0;
constexpr uint32_t kVfioMsix = 2;
constexpr uint32_t kVfioIrqs = 5;

// Bytes of one region access.
constexpr uint32_t kVfioMaxTransfer = 65536;
// File descriptors that may come with one message.
constexpr size_t kVfioMaxFds = 8;

// What the protocol serves. Nothing here knows of messages; all arguments are checked by the
// callee, which returns 0 or an errno.
class VfioFunction {
 public:
  virtual ~VfioFunction() = default;

  virtual uint64_t RegionSize(uint32_t region) = 0;
  virtual uint32_t IrqCount(uint32_t index) = 0;

  virtual int RegionRead(uint32_t region, uint64_t offset, uint32_t count, uint8_t* data) = 0;
  virtual int RegionWrite(uint32_t region, uint64_t offset, uint32_t count,
                          const uint8_t* data) = 0;

  // fd -1: memory that cannot be mapped; it is accepted and does not exist for the device.
  virtual int DmaMap(uint64_t addr, uint64_t size, int fd, uint64_t offset, bool writable) = 0;
  virtual int DmaUnmap(uint64_t addr, uint64_t size) = 0;
  virtual int DmaUnmapAll() = 0;

  // Vectors start..start + fds.size() - 1 signal these eventfds from now on; -1 in one: none.
  virtual int SetEvents(uint32_t index, uint32_t start, std::vector<UniqueFd> fds) = 0;
  virtual int DisableEvents(uint32_t index) = 0;
  virtual int MaskIntx(bool masked) = 0;

  virtual int Reset() = 0;
};

// Cuts the stream into messages and answers them.
class VfioServer {
 public:
  explicit VfioServer(VfioFunction* function) : function_(function) {}

  // Bytes that the message under way still lacks, at least 1: what may be read without reaching
  // into the next message, whose descriptors would be taken for those of this one.
  size_t wanted() const;
  // Where those bytes and descriptors are to be put.
  std::vector<uint8_t>* bytes() { return &bytes_; }
  std::vector<UniqueFd>* fds() { return &fds_; }
  // Between two messages.
  bool at_boundary() const { return bytes_.empty(); }

  // To be called when something was added. Returns the reply of the message if one is complete and
  // wants one. Throws PeerError when the stream is broken; a message that asks for something wrong
  // is answered with an error.
  std::vector<uint8_t> Process();

 private:
  std::vector<uint8_t> HandleMessage();
  int Dispatch(std::vector<uint8_t>* payload);
  int SetIrqs(const uint8_t* data, size_t size);

  VfioFunction* const function_;
  std::vector<uint8_t> bytes_;
  std::vector<UniqueFd> fds_;
  bool greeted_ = false;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_VFIO_PROTOCOL_H_
