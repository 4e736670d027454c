// SPDX-License-Identifier: Apache-2.0
#include "offers.h"

#include <iterator>

namespace vnet_sim {

void Offers::Clear() {
  map_.clear();
  map_[0] = Counts();
  ++generation_;
  last_found_ = {1, 0, {}};
}

const Offers::Piece& Offers::Find(uint64_t addr) const {
  if (addr < last_found_.first || addr > last_found_.last) {
    const auto next = map_.upper_bound(addr);
    const auto piece = std::prev(next);
    last_found_ = {piece->first, next == map_.end() ? UINT64_MAX : next->first - 1, piece->second};
  }
  return last_found_;
}

// Makes a piece begin at addr.
Offers::Map::iterator Offers::Split(uint64_t addr) {
  const auto next = map_.lower_bound(addr);
  if (next != map_.end() && next->first == addr) return next;
  return map_.emplace_hint(next, addr, std::prev(next)->second);
}

void Offers::Add(uint64_t addr, uint64_t len, uint32_t directions, uint32_t delta) {
  if (len == 0) return;
  ++generation_;
  last_found_ = {1, 0, {}};
  const uint64_t end = addr + len;  // 0 at the end of the address space
  if (end != 0) Split(end);
  auto piece = Split(addr);
  const auto begin = piece;
  for (; piece != map_.end() && (end == 0 || piece->first < end); ++piece) {
    if (directions & kRead) piece->second.read += delta;
    if (directions & kWrite) piece->second.write += delta;
  }
  // Join with both neighbours. Pieces inside differed before by the same amounts as now.
  if (piece != map_.end() && std::prev(piece)->second == piece->second) map_.erase(piece);
  if (begin != map_.begin() && std::prev(begin)->second == begin->second) map_.erase(begin);
}

void Offers::Offer(uint64_t addr, uint64_t len, uint32_t directions) {
  Add(addr, len, directions, 1);
}

bool Offers::Revoke(uint64_t addr, uint64_t len, uint32_t directions) {
  const bool offered = All(addr, len, [directions](const Counts& counts) {
    return ((directions & kRead) == 0 || counts.read > 0) &&
           ((directions & kWrite) == 0 || counts.write > 0);
  });
  if (offered) Add(addr, len, directions, static_cast<uint32_t>(-1));
  return offered;
}

template <typename Test>
bool Offers::All(uint64_t addr, uint64_t len, Test test) const {
  if (len == 0) return true;
  const uint64_t last = addr + (len - 1);
  for (;;) {
    const Piece& piece = Find(addr);
    if (!test(piece.counts)) return false;
    if (piece.last >= last) return true;
    addr = piece.last + 1;
  }
}

bool Offers::AllWritable(uint64_t addr, uint64_t len) const {
  return All(addr, len, [](const Counts& counts) { return counts.write > 0; });
}

bool Offers::AllReadable(uint64_t addr, uint64_t len) const {
  return All(addr, len, [](const Counts& counts) { return counts.read > 0; });
}

bool Offers::AnyReadable(uint64_t addr, uint64_t len) const {
  return !All(addr, len, [](const Counts& counts) { return counts.read == 0; });
}

}  // namespace vnet_sim
