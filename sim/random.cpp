// SPDX-License-Identifier: Apache-2.0
#include "random.h"

namespace vnet_sim {

Pause::Pause(const PauseSpec& spec, uint64_t seed) : spec_(spec), random_(seed) {
  if (spec_.kind == kPeriodic) position_ = spec_.c % (static_cast<uint32_t>(spec_.a) + spec_.b);
}

bool Pause::IsValid(const PauseSpec& spec) {
  switch (spec.kind) {
    case kNever:
    case kRandom:
    case kAlways:
      return true;
    case kPeriodic:
      return spec.a + spec.b > 0;
    case kBursts:
      return spec.a > 0 && spec.b > 0;
    case kPattern:
      return spec.c >= 1 && spec.c <= 32;
    default:
      return false;
  }
}

bool Pause::Step() {
  switch (spec_.kind) {
    case kRandom:
      return (random_.Next() >> 48) >= spec_.a;
    case kPeriodic: {
      const bool go = position_ < spec_.a;
      if (++position_ == static_cast<uint32_t>(spec_.a) + spec_.b) position_ = 0;
      return go;
    }
    case kBursts:
      if (run_left_ == 0) {
        run_goes_ = !run_goes_;
        run_left_ = random_.Range(1, run_goes_ ? spec_.a : spec_.b);
      }
      --run_left_;
      return run_goes_;
    case kPattern: {
      const uint32_t bits = spec_.a | static_cast<uint32_t>(spec_.b) << 16;
      const bool go = (bits >> position_ & 1) != 0;
      if (++position_ == spec_.c) position_ = 0;
      return go;
    }
    case kAlways:
      return false;
    default:
      return true;
  }
}

}  // namespace vnet_sim
