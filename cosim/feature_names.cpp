// SPDX-License-Identifier: Apache-2.0
#include "feature_names.h"

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "../sim/error.h"

namespace vnet_cosim {

namespace {

struct Feature {
  const char* name;
  int bit;
};

constexpr Feature kFeatures[] = {
    {"mtu", 3},
    {"mac", 5},
    {"mrg_rxbuf", 15},
    {"status", 16},
    {"any_header_sg", 25},
    {"any_layout", 27},
    {"indirect", 28},
    {"event_idx", 29},
    {"version_1", 32},
};

uint64_t BitOf(const std::string& name) {
  std::string known;
  for (const Feature& feature : kFeatures) {
    if (name == feature.name) return uint64_t{1} << feature.bit;
    known += std::string(known.empty() ? "" : ", ") + feature.name;
  }
  throw vnet_sim::SimError(
      vnet_sim::ExitCode::kCommandLine,
      "feature '" + name + "': a number or names out of " + known + " expected");
}

}  // namespace

uint64_t ParseFeatures(const std::string& text) {
  if (text.empty()) return UINT64_MAX;
  char* end = nullptr;
  errno = 0;
  const unsigned long long mask = std::strtoull(text.c_str(), &end, 0);
  if (*end == '\0' && errno == 0 && text[0] >= '0' && text[0] <= '9') return mask;

  uint64_t named = 0;
  uint64_t without = 0;
  std::stringstream list(text);
  for (std::string name; std::getline(list, name, ',');) {
    if (name.compare(0, 1, "-") == 0) {
      without |= BitOf(name.substr(1));
    } else {
      named |= BitOf(name);
    }
  }
  return (named == 0 ? UINT64_MAX : named) & ~without;
}

}  // namespace vnet_cosim
