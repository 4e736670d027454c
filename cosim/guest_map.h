// Which guest addresses the device may touch, and where their bytes are in this process.
// SPDX-License-Identifier: Apache-2.0
//
// The peer announces its memory piece by piece, each with a descriptor. What was not announced does
// not exist for the device: the lookup fails and the access is answered SLVERR.
#ifndef VNET_COSIM_GUEST_MAP_H_
#define VNET_COSIM_GUEST_MAP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vnet_cosim {

class GuestMap {
 public:
  GuestMap() = default;
  ~GuestMap() { Clear(); }
  GuestMap(const GuestMap&) = delete;
  GuestMap& operator=(const GuestMap&) = delete;

  // Maps `size` bytes of the file, from `offset` on, at a guest address. The descriptor stays the
  // caller's and may be closed. Returns an empty string or what is wrong: an overlap, a range that
  // wraps or lies outside the file, a failed mmap.
  std::string Add(uint64_t addr, uint64_t size, int fd, uint64_t offset, bool writable);

  // Takes every range away that lies in [addr, addr + size). Returns an empty string, or what is
  // wrong: no such range, or one that is only partly inside. Nothing is removed then.
  std::string Remove(uint64_t addr, uint64_t size);
  void Clear();

  // Where the bytes are, or null if the device may not touch all of them.
  uint8_t* At(uint64_t addr, uint64_t len, bool write) const {
    const Range& hot = hot_;
    if (addr - hot.addr < hot.size && len <= hot.size - (addr - hot.addr) &&
        (hot.writable || !write)) {
      return hot.bytes + (addr - hot.addr);
    }
    return AtSlow(addr, len, write);
  }

  size_t ranges() const { return ranges_.size(); }

 private:
  struct Range {
    uint64_t addr = 0;
    uint64_t size = 0;
    uint8_t* bytes = nullptr;
    bool writable = false;
    void* mapping = nullptr;  // what munmap wants
    size_t mapping_size = 0;
  };

  uint8_t* AtSlow(uint64_t addr, uint64_t len, bool write) const;

  std::vector<Range> ranges_;
  mutable Range hot_;  // the range used last
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_GUEST_MAP_H_
