// SPDX-License-Identifier: Apache-2.0
#include "guest_map.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../sim/error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

std::string RangeText(uint64_t addr, uint64_t size) {
  return Format("0x%llx + 0x%llx", static_cast<unsigned long long>(addr),
                static_cast<unsigned long long>(size));
}

}  // namespace

std::string GuestMap::Add(uint64_t addr, uint64_t size, int fd, uint64_t offset, bool writable) {
  if (size == 0 || addr + (size - 1) < addr) {
    return "range " + RangeText(addr, size) + " is empty or wraps";
  }
  for (const Range& range : ranges_) {
    if (addr <= range.addr + (range.size - 1) && range.addr <= addr + (size - 1)) {
      return "range " + RangeText(addr, size) + " overlaps " + RangeText(range.addr, range.size);
    }
  }
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return "range " + RangeText(addr, size) + ": descriptor: " + std::strerror(errno);
  }
  // Behind the end of the file an access would be SIGBUS.
  const uint64_t file_size = static_cast<uint64_t>(info.st_size);
  if (offset > file_size || size > file_size - offset) {
    return "range " + RangeText(addr, size) + " at offset " +
           Format("0x%llx", static_cast<unsigned long long>(offset)) +
           Format(" lies outside its file of 0x%llx bytes",
                  static_cast<unsigned long long>(file_size));
  }
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const uint64_t skip = offset % page;
  Range range;
  range.addr = addr;
  range.size = size;
  range.writable = writable;
  range.mapping_size = size + skip;
  range.mapping = mmap(nullptr, range.mapping_size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                       MAP_SHARED, fd, static_cast<off_t>(offset - skip));
  if (range.mapping == MAP_FAILED) {
    return "range " + RangeText(addr, size) + ": mmap: " + std::strerror(errno);
  }
  range.bytes = static_cast<uint8_t*>(range.mapping) + skip;
  ranges_.push_back(range);
  return "";
}

std::string GuestMap::Remove(uint64_t addr, uint64_t size) {
  if (size == 0 || addr + (size - 1) < addr) {
    return "range " + RangeText(addr, size) + " is empty or wraps";
  }
  const uint64_t last = addr + (size - 1);
  const auto inside = [&](const Range& range) {
    return range.addr >= addr && range.addr + (range.size - 1) <= last;
  };
  bool any = false;
  for (const Range& range : ranges_) {
    if (inside(range)) {
      any = true;
    } else if (addr <= range.addr + (range.size - 1) && range.addr <= last) {
      return "range " + RangeText(addr, size) + " cuts the mapped range " +
             RangeText(range.addr, range.size);
    }
  }
  if (!any) return "range " + RangeText(addr, size) + " is not mapped";
  for (const Range& range : ranges_) {
    if (inside(range)) munmap(range.mapping, range.mapping_size);
  }
  ranges_.erase(std::remove_if(ranges_.begin(), ranges_.end(), inside), ranges_.end());
  hot_ = Range();
  return "";
}

void GuestMap::Clear() {
  for (const Range& range : ranges_) munmap(range.mapping, range.mapping_size);
  ranges_.clear();
  hot_ = Range();
}

uint8_t* GuestMap::AtSlow(uint64_t addr, uint64_t len, bool write) const {
  for (const Range& range : ranges_) {
    if (addr - range.addr < range.size && len <= range.size - (addr - range.addr)) {
      if (write && !range.writable) return nullptr;
      hot_ = range;
      return range.bytes + (addr - range.addr);
    }
  }
  return nullptr;
}

}  // namespace vnet_cosim
