// Guest memory: areas of shared memory at guest addresses, with offers, watches and error ranges.
// SPDX-License-Identifier: Apache-2.0
//
// An area is a mapped file, either an anonymous one made here or one that somebody else (a
// hypervisor) has mapped too. Pages that nobody touched cost nothing.
#ifndef VNET_SIM_GUEST_MEMORY_H_
#define VNET_SIM_GUEST_MEMORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "event_log.h"
#include "offers.h"
#include "protocol.h"

namespace vnet_sim {

class GuestMemory {
 public:
  explicit GuestMemory(EventLog* events) : events_(events) {}
  ~GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  // Both return a status and, if it is not kOk, a text. The descriptor stays the caller's.
  Status AddArea(uint64_t base, uint64_t size, std::string* text);
  Status MapFile(uint64_t base, uint64_t size, int fd, uint64_t offset, std::string* text);

  // Where the bytes are, or null if not all of them are in one area.
  uint8_t* At(uint64_t addr, uint64_t len) const {
    if (addr - hot_.base < hot_.size && len <= hot_.size - (addr - hot_.base)) {
      return hot_.bytes + (addr - hot_.base);
    }
    return AtSlow(addr, len);
  }

  // A write of the device: the bytes of `data` whose strobe bit is set go to addr + bit number.
  // Fires watches. The bytes must be in one area.
  void DeviceWrite(uint64_t addr, const uint8_t* data, uint64_t strobes, uint16_t model,
                   uint64_t cycle);

  // The device has asked for these bytes. Fires the watches that wait for reads.
  void DeviceRead(uint64_t addr, uint64_t len, uint16_t model, uint64_t cycle) {
    if (!read_watches_.empty()) FireReadWatches(addr, len, model, cycle);
  }

  // Returns the value of the word now; the caller has checked address, length and kind.
  uint64_t SetWatch(const MemWatch& watch);
  void RemoveWatch(uint32_t id);
  // The testbench has written: that is not a change made by the device.
  void RefreshWatches();

  void AddError(const MemError& error) { errors_.push_back(error); }
  void RemoveErrors(uint32_t id);
  // The response for an access of the device: 0 (OKAY) or that of the first error range it meets.
  uint8_t TakeError(uint64_t addr, uint64_t len, bool is_write) {
    return errors_.empty() ? 0 : TakeErrorSlow(addr, len, is_write);
  }

  Offers& offers() { return offers_; }
  const Offers& offers() const { return offers_; }
  bool checking() const { return checking_; }
  void set_checking(bool on) { checking_ = on; }

 private:
  struct Area {
    uint64_t base = 0;
    uint64_t size = 0;
    uint8_t* bytes = nullptr;
  };
  struct Watch {
    MemWatch spec;
    const uint8_t* word;
    uint64_t old_value;
  };

  uint8_t* AtSlow(uint64_t addr, uint64_t len) const;
  Status CheckPlace(uint64_t base, uint64_t size, std::string* text) const;
  uint8_t TakeErrorSlow(uint64_t addr, uint64_t len, bool is_write);
  void FireWatches(uint64_t addr, uint64_t len, uint16_t model, uint64_t cycle);
  void FireReadWatches(uint64_t addr, uint64_t len, uint16_t model, uint64_t cycle);
  static void Erase(std::vector<Watch>* watches, uint32_t id);

  EventLog* events_;
  std::vector<Area> areas_;
  mutable Area hot_;  // the area used last
  Offers offers_;
  bool checking_ = true;
  std::vector<Watch> watches_;
  std::vector<Watch> read_watches_;  // kept apart: writes need not look at them
  std::vector<MemError> errors_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_GUEST_MEMORY_H_
