// Which bytes of guest memory the driver has offered to the device, for reading and for writing.
// SPDX-License-Identifier: Apache-2.0
//
// A byte may be offered several times (one header buffer shared by all chains in flight), so each
// has two counts. Neighbouring bytes with equal counts are one entry of the map.
#ifndef VNET_SIM_OFFERS_H_
#define VNET_SIM_OFFERS_H_

#include <cstddef>
#include <cstdint>
#include <map>

namespace vnet_sim {

class Offers {
 public:
  enum Direction : uint32_t { kRead = 1, kWrite = 2 };

  struct Counts {
    uint32_t read = 0;
    uint32_t write = 0;
    bool operator==(const Counts& other) const {
      return read == other.read && write == other.write;
    }
  };

  Offers() { Clear(); }

  void Clear();
  void Offer(uint64_t addr, uint64_t len, uint32_t directions);
  // False, and nothing changes, if some byte was not offered in one of the directions.
  bool Revoke(uint64_t addr, uint64_t len, uint32_t directions);

  Counts At(uint64_t addr) const { return Find(addr).counts; }
  bool AllWritable(uint64_t addr, uint64_t len) const;
  bool AllReadable(uint64_t addr, uint64_t len) const;
  bool AnyReadable(uint64_t addr, uint64_t len) const;

  // Changes with every change of the set.
  uint64_t generation() const { return generation_; }
  size_t size() const { return map_.size(); }

 private:
  struct Piece {
    uint64_t first;
    uint64_t last;  // inclusive, so that the end of the address space needs no special case
    Counts counts;
  };
  using Map = std::map<uint64_t, Counts>;

  const Piece& Find(uint64_t addr) const;
  Map::iterator Split(uint64_t addr);
  void Add(uint64_t addr, uint64_t len, uint32_t directions, uint32_t delta);
  template <typename Test>
  bool All(uint64_t addr, uint64_t len, Test test) const;

  Map map_;  // key: first address of the piece; it lasts until the next key
  uint64_t generation_ = 0;
  mutable Piece last_found_ = {1, 0, {}};  // empty
};

}  // namespace vnet_sim

#endif  // VNET_SIM_OFFERS_H_
