// SPDX-License-Identifier: Apache-2.0
#include "guest_memory.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "error.h"

namespace vnet_sim {

namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kMaxAreaBytes = uint64_t{16} << 30;

uint64_t LoadWord(const uint8_t* at, uint32_t len) {
  uint64_t value = 0;
  std::memcpy(&value, at, len);
  return value;
}

bool WatchHolds(const MemWatch& watch, uint64_t old_value, uint64_t value) {
  switch (watch.kind) {
    case 0:
      return value != old_value;
    case 1:
      return value == watch.value;
    case 2:
      return value != watch.value;
    default: {
      // Sign bit of the difference, in a word of `len` bytes.
      const uint32_t sign = 8u * watch.len - 1;
      return ((value - watch.value) >> sign & 1) == 0;
    }
  }
}

}  // namespace

GuestMemory::~GuestMemory() {
  for (const Area& area : areas_) munmap(area.bytes, area.size);
}

Status GuestMemory::CheckPlace(uint64_t base, uint64_t size, std::string* text) const {
  if (size == 0 || size > kMaxAreaBytes || base % kPageBytes != 0 || size % kPageBytes != 0 ||
      base + (size - 1) < base) {
    *text = Format("area 0x%llx + 0x%llx: must be whole pages, at most 16 GiB, without wrap",
                   static_cast<unsigned long long>(base), static_cast<unsigned long long>(size));
    return Status::kBadValue;
  }
  for (const Area& area : areas_) {
    if (base <= area.base + (area.size - 1) && area.base <= base + (size - 1)) {
      *text = Format("area 0x%llx + 0x%llx overlaps the one at 0x%llx",
                     static_cast<unsigned long long>(base), static_cast<unsigned long long>(size),
                     static_cast<unsigned long long>(area.base));
      return Status::kBadAddress;
    }
  }
  return Status::kOk;
}

Status GuestMemory::AddArea(uint64_t base, uint64_t size, std::string* text) {
  const Status status = CheckPlace(base, size, text);
  if (status != Status::kOk) return status;
  const int fd = memfd_create("vnet-guest-memory", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(size)) != 0) {
    *text = Format("cannot make an area of 0x%llx bytes: %s", static_cast<unsigned long long>(size),
                   std::strerror(errno));
    if (fd >= 0) close(fd);
    return Status::kSystem;
  }
  const Status mapped = MapFile(base, size, fd, 0, text);
  close(fd);
  return mapped;
}

Status GuestMemory::MapFile(uint64_t base, uint64_t size, int fd, uint64_t offset,
                            std::string* text) {
  const Status status = CheckPlace(base, size, text);
  if (status != Status::kOk) return status;
  struct stat info = {};
  if (offset % kPageBytes != 0 || fstat(fd, &info) != 0 ||
      offset > static_cast<uint64_t>(info.st_size) ||
      size > static_cast<uint64_t>(info.st_size) - offset) {
    *text = "the file is shorter than the area, or the offset is no multiple of the page size";
    return Status::kBadValue;
  }
  void* at =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (at == MAP_FAILED) {
    *text = Format("mmap: %s", std::strerror(errno));
    return Status::kSystem;
  }
  areas_.push_back({base, size, static_cast<uint8_t*>(at)});
  return Status::kOk;
}

uint8_t* GuestMemory::AtSlow(uint64_t addr, uint64_t len) const {
  for (const Area& area : areas_) {
    if (addr - area.base < area.size && len <= area.size - (addr - area.base)) {
      hot_ = area;
      return area.bytes + (addr - area.base);
    }
  }
  return nullptr;
}

void GuestMemory::DeviceWrite(uint64_t addr, const uint8_t* data, uint64_t strobes, uint16_t model,
                              uint64_t cycle) {
  while (strobes != 0) {
    // One run of set strobes.
    const uint32_t first = static_cast<uint32_t>(__builtin_ctzll(strobes));
    const uint64_t shifted = strobes >> first;
    const uint32_t len = ~shifted == 0 ? 64 : static_cast<uint32_t>(__builtin_ctzll(~shifted));
    uint8_t* to = At(addr + first, len);
    if (to != nullptr) {
      std::memcpy(to, data + first, len);
      if (!watches_.empty()) FireWatches(addr + first, len, model, cycle);
    }
    strobes = first + len >= 64 ? 0 : strobes >> (first + len) << (first + len);
  }
}

uint64_t GuestMemory::SetWatch(const MemWatch& watch) {
  RemoveWatch(watch.id);
  const uint8_t* word = At(watch.addr, watch.len);
  const uint64_t value = LoadWord(word, watch.len);
  (watch.kind == kWatchRead ? read_watches_ : watches_).push_back({watch, word, value});
  return value;
}

void GuestMemory::RefreshWatches() {
  for (Watch& watch : watches_) watch.old_value = LoadWord(watch.word, watch.spec.len);
}

void GuestMemory::RemoveWatch(uint32_t id) {
  Erase(&watches_, id);
  Erase(&read_watches_, id);
}

void GuestMemory::Erase(std::vector<Watch>* watches, uint32_t id) {
  watches->erase(std::remove_if(watches->begin(), watches->end(),
                                [id](const Watch& watch) { return watch.spec.id == id; }),
                 watches->end());
}

void GuestMemory::FireReadWatches(uint64_t addr, uint64_t len, uint16_t model, uint64_t cycle) {
  for (size_t i = 0; i < read_watches_.size();) {
    const Watch& watch = read_watches_[i];
    const MemWatch& spec = watch.spec;
    if (addr > spec.addr + (spec.len - 1u) || spec.addr > addr + (len - 1)) {
      ++i;
      continue;
    }
    events_->Post(EventType::kWatch, model, cycle,
                  WatchEvent{spec.id, 0, LoadWord(watch.word, spec.len)});
    if (spec.once != 0) {
      read_watches_.erase(read_watches_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

void GuestMemory::FireWatches(uint64_t addr, uint64_t len, uint16_t model, uint64_t cycle) {
  bool remove = false;
  for (Watch& watch : watches_) {
    if (addr > watch.spec.addr + (watch.spec.len - 1u) || watch.spec.addr > addr + (len - 1))
      continue;
    const uint64_t value = LoadWord(watch.word, watch.spec.len);
    const bool fires = WatchHolds(watch.spec, watch.old_value, value);
    watch.old_value = value;
    if (!fires) continue;
    events_->Post(EventType::kWatch, model, cycle, WatchEvent{watch.spec.id, 0, value});
    if (watch.spec.once != 0) {
      watch.spec.len = 0;  // marks it for removal
      remove = true;
    }
  }
  if (remove) {
    watches_.erase(std::remove_if(watches_.begin(), watches_.end(),
                                  [](const Watch& watch) { return watch.spec.len == 0; }),
                   watches_.end());
  }
}

void GuestMemory::RemoveErrors(uint32_t id) {
  errors_.erase(
      std::remove_if(errors_.begin(), errors_.end(),
                     [id](const MemError& error) { return id == kAllIds || error.id == id; }),
      errors_.end());
}

uint8_t GuestMemory::TakeErrorSlow(uint64_t addr, uint64_t len, bool is_write) {
  const uint64_t last = addr + (len - 1);
  for (auto error = errors_.begin(); error != errors_.end(); ++error) {
    if ((error->flags & (is_write ? 2 : 1)) == 0) continue;
    if (addr > error->addr + (error->len - 1) || error->addr > last) continue;
    const uint8_t resp = error->resp;
    if (error->count > 0 && --error->count == 0) errors_.erase(error);
    return resp;
  }
  return 0;
}

}  // namespace vnet_sim
