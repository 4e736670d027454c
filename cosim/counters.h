// What the device has counted, read through its vendor registers.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_COUNTERS_H_
#define VNET_COSIM_COUNTERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "device.h"

namespace vnet_cosim {

struct QueueCounters {
  uint64_t frames, bytes, descriptors, header_inline, header_alone, header_cut, kicks, interrupts;
};

struct Counters {
  uint32_t header_length = 0;
  std::vector<QueueCounters> queues;  // by virtqueue: 2k receive, 2k + 1 transmit
  std::vector<uint32_t> errors;       // by code
};

Counters ReadCounters(Device* device);

// The name of an error code in docs/architecture.md, or an empty string.
const char* ErrorName(size_t code);

// What the whole card has done: the device's counters and those of the bridge.
struct Summary {
  Counters device;
  DmaCounters dma;
  uint64_t frames_tx = 0, frames_rx = 0;  // that crossed the network
  uint64_t send_failures = 0;
  std::string network = "{}";  // what the network reports, JSON
  uint64_t cycles = 0, busy_cycles = 0, busy_ns = 0;
  uint64_t cpu_ns = 0;  // processor time of the program
  uint32_t data_bits = 0;
};

std::string SummaryText(const Summary& summary);
std::string SummaryJson(const Summary& summary);  // one line, an object

// Text as a JSON string, with its quotes.
std::string JsonString(const std::string& text);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_COUNTERS_H_
