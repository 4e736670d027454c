// SPDX-License-Identifier: Apache-2.0
#include "counters.h"

#include "../sim/error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

using ull = unsigned long long;

// docs/registers.md
constexpr uint32_t kNumQueues = 0x12;
constexpr uint32_t kHeaderLength = 0x2018;
constexpr uint32_t kErrors = 0x2080;
constexpr uint32_t kQueueCounters = 0x2400;
constexpr uint32_t kQueueStride = 0x40;
constexpr size_t kErrorCodes = 32;

uint64_t Read64(Device* device, uint32_t offset) {
  const uint64_t low = device->Read(offset, 4);
  return low | uint64_t{device->Read(offset + 4, 4)} << 32;
}

double PerSecond(uint64_t count, uint64_t ns) {
  return ns == 0 ? 0 : static_cast<double>(count) * 1e9 / static_cast<double>(ns);
}

}  // namespace

Counters ReadCounters(Device* device) {
  Counters counters;
  counters.header_length = device->Read(kHeaderLength, 4);
  const uint32_t queues = device->Read(kNumQueues, 2);
  for (uint32_t vq = 0; vq < queues; ++vq) {
    uint64_t values[8];
    for (uint32_t i = 0; i < 8; ++i) {
      values[i] = Read64(device, kQueueCounters + vq * kQueueStride + i * 8);
    }
    counters.queues.push_back(
        {values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]});
  }
  for (uint32_t code = 0; code < kErrorCodes; ++code) {
    counters.errors.push_back(device->Read(kErrors + 4 * code, 4));
  }
  return counters;
}

const char* ErrorName(size_t code) {
  static const char* const kNames[kErrorCodes] = {"",
                                                  "CHAIN_LONG",
                                                  "NEXT_RANGE",
                                                  "INDIRECT_NESTED",
                                                  "INDIRECT_LEN",
                                                  "INDIRECT_FLAG",
                                                  "DIRECTION",
                                                  "ORDER",
                                                  "CHAIN_SHORT",
                                                  "FRAME_LONG",
                                                  "LAYOUT_REFUSED",
                                                  "HDR_CSUM",
                                                  "AXI_DESC",
                                                  "AXI_DATA",
                                                  "",
                                                  "",
                                                  "AVAIL_JUMP",
                                                  "HEAD_RANGE",
                                                  "AXI_RING",
                                                  "",
                                                  "ZERO_LEN",
                                                  "LAYOUT",
                                                  "KICK_RANGE",
                                                  "",
                                                  "RX_NO_FIT",
                                                  "RX_NO_BUFFER",
                                                  "RX_TOO_LONG",
                                                  "RX_BAD",
                                                  "RX_NO_QUEUE",
                                                  "",
                                                  "",
                                                  ""};
  return code < kErrorCodes ? kNames[code] : "";
}

std::string SummaryText(const Summary& summary) {
  std::string text =
      "queue       frames         bytes   descriptors      inline       alone         cut"
      "       kicks  interrupts\n";
  for (size_t vq = 0; vq < summary.device.queues.size(); ++vq) {
    const QueueCounters& queue = summary.device.queues[vq];
    text += Format("%s%-3zu %12llu  %12llu  %12llu  %10llu  %10llu  %10llu  %10llu  %10llu\n",
                   vq % 2 == 0 ? "rx" : "tx", vq / 2, ull{queue.frames}, ull{queue.bytes},
                   ull{queue.descriptors}, ull{queue.header_inline}, ull{queue.header_alone},
                   ull{queue.header_cut}, ull{queue.kicks}, ull{queue.interrupts});
  }
  std::string errors;
  for (size_t code = 0; code < summary.device.errors.size(); ++code) {
    if (summary.device.errors[code] == 0) continue;
    errors += Format(" %s %u", ErrorName(code), summary.device.errors[code]);
  }
  text += "errors:    " + (errors.empty() ? " none" : errors) + "\n";
  text += Format("network:    %llu frames out, %llu in, %llu not taken by the host\n",
                 ull{summary.frames_tx}, ull{summary.frames_rx}, ull{summary.send_failures});
  text += Format("memory:     %llu read beats, %llu write beats, %llu refused",
                 ull{summary.dma.read_beats}, ull{summary.dma.write_beats},
                 ull{summary.dma.refused_reads + summary.dma.refused_writes});
  if (summary.dma.refused_reads + summary.dma.refused_writes > 0) {
    text += Format(" (the last one at 0x%llx)", ull{summary.dma.last_refused});
  }
  text +=
      Format("\ntime:       %llu cycles at %u bit, %.0f kcycle/s while busy\n", ull{summary.cycles},
             summary.data_bits, PerSecond(summary.busy_cycles, summary.busy_ns) / 1e3);
  return text;
}

std::string SummaryJson(const Summary& summary) {
  std::string queues;
  for (const QueueCounters& queue : summary.device.queues) {
    queues += Format(
        "%s{\"frames\":%llu,\"bytes\":%llu,\"descriptors\":%llu,\"inline\":%llu,\"alone\":%llu,"
        "\"cut\":%llu,\"kicks\":%llu,\"interrupts\":%llu}",
        queues.empty() ? "" : ",", ull{queue.frames}, ull{queue.bytes}, ull{queue.descriptors},
        ull{queue.header_inline}, ull{queue.header_alone}, ull{queue.header_cut}, ull{queue.kicks},
        ull{queue.interrupts});
  }
  std::string errors;
  for (size_t code = 0; code < summary.device.errors.size(); ++code) {
    if (summary.device.errors[code] == 0) continue;
    const std::string name = ErrorName(code);
    errors += Format("%s\"%s\":%u", errors.empty() ? "" : ",",
                     name.empty() ? Format("%zu", code).c_str() : name.c_str(),
                     summary.device.errors[code]);
  }
  return Format(
             "{\"header_length\":%u,\"queues\":[%s],\"errors\":{%s},\"frames_tx\":%llu,"
             "\"frames_rx\":%llu,\"send_failures\":%llu,",
             summary.device.header_length, queues.c_str(), errors.c_str(), ull{summary.frames_tx},
             ull{summary.frames_rx}, ull{summary.send_failures}) +
         Format(
             "\"read_beats\":%llu,\"write_beats\":%llu,\"refused_reads\":%llu,"
             "\"refused_writes\":%llu,\"data_bits\":%u,\"cycles\":%llu,\"busy_cycles\":%llu,"
             "\"busy_seconds\":%.6f,\"cpu_seconds\":%.6f,\"network\":",
             ull{summary.dma.read_beats}, ull{summary.dma.write_beats},
             ull{summary.dma.refused_reads}, ull{summary.dma.refused_writes}, summary.data_bits,
             ull{summary.cycles}, ull{summary.busy_cycles},
             static_cast<double>(summary.busy_ns) / 1e9,
             static_cast<double>(summary.cpu_ns) / 1e9) +
         summary.network + "}";
}

std::string JsonString(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += Format("\\u%04x", c);
    } else {
      json += c;
    }
  }
  return json + "\"";
}

}  // namespace vnet_cosim
