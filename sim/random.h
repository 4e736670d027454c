// Seeded random numbers and the pause generator built on them. Same seed, same sequence, anywhere.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_RANDOM_H_
#define VNET_SIM_RANDOM_H_

#include <cstdint>

#include "protocol.h"

namespace vnet_sim {

// SplitMix64: one add and three multiply-xor steps per number, any seed is good.
class Random {
 public:
  explicit Random(uint64_t seed = 1) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // Uniform in [min, max]; the bias of the multiplication is below 2^-32.
  uint32_t Range(uint32_t min, uint32_t max) {
    if (min >= max) return min;
    const uint64_t span = static_cast<uint64_t>(max) - min + 1;
    return min + static_cast<uint32_t>(((Next() >> 32) * span) >> 32);
  }

 private:
  uint64_t state_;
};

// Says for each cycle whether a model may go (README.md section 1.7).
class Pause {
 public:
  Pause() = default;
  Pause(const PauseSpec& spec, uint64_t seed);

  // False if the specification means nothing (unknown kind, pattern without length, ...).
  static bool IsValid(const PauseSpec& spec);

  // To be called once per cycle.
  bool Go() { return spec_.kind == kNever || Step(); }

 private:
  enum Kind : uint8_t { kNever, kRandom, kPeriodic, kBursts, kPattern, kAlways };

  bool Step();

  PauseSpec spec_ = {};
  Random random_;
  uint32_t position_ = 0;
  uint32_t run_left_ = 0;
  bool run_goes_ = false;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_RANDOM_H_
