// What the fuzz targets share: numbers out of the input, and descriptors of all kinds that a peer
// may send. SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_FUZZ_INPUT_H_
#define VNET_COSIM_FUZZ_INPUT_H_

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace vnet_fuzz {

constexpr uint64_t kFileBytes = 1 << 20;

// A new descriptor: memory of kFileBytes (kinds 0 and 1), an eventfd, /dev/null.
inline int Descriptor(uint64_t kind) {
  static const int memory = [] {
    const int fd = memfd_create("guest", MFD_CLOEXEC);
    if (ftruncate(fd, kFileBytes) != 0) abort();
    return fd;
  }();
  static const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  static const int event = eventfd(0, EFD_CLOEXEC);
  const int fds[] = {memory, memory, event, nothing};
  return fcntl(fds[kind % 4], F_DUPFD_CLOEXEC, 0);
}

class Input {
 public:
  Input(const uint8_t* bytes, size_t size) : bytes_(bytes), left_(size) {}

  bool empty() const { return left_ == 0; }
  uint64_t Number(size_t size) {
    uint64_t value = 0;
    Take(&value, size);
    return value;
  }
  // Addresses that mean something are more likely than chance.
  uint64_t Address(uint64_t base) {
    const uint64_t kind = Number(1);
    if (kind < 0xC0) return base + kind % 0x40 * 0x1000;
    return kind < 0xE0 ? base + Number(3) : Number(8);
  }
  std::vector<uint8_t> Bytes(size_t size) {
    std::vector<uint8_t> bytes(std::min(size, left_));
    Take(bytes.data(), bytes.size());
    return bytes;
  }

 private:
  void Take(void* to, size_t size) {
    size = std::min(size, left_);
    if (size == 0) return;
    std::memcpy(to, bytes_, size);
    bytes_ += size;
    left_ -= size;
  }

  const uint8_t* bytes_;
  size_t left_;
};

template <typename T>
void Append(std::vector<uint8_t>* to, const T& value) {
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(&value);
  to->insert(to->end(), bytes, bytes + sizeof(value));
}

}  // namespace vnet_fuzz

#endif  // VNET_COSIM_FUZZ_INPUT_H_
