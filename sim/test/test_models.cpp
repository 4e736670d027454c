// The bus models, driven clock by clock by small masters and slaves written here.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "axi_memory.h"
#include "axil_master.h"
#include "axis_sink.h"
#include "axis_source.h"
#include "check.h"
#include "irq_sink.h"

using namespace vnet_sim;

namespace {

struct Event {
  EventHeader header;
  std::vector<uint8_t> payload;
  template <typename T>
  T As() const {
    T value;
    std::memcpy(&value, payload.data(), sizeof(value));
    return value;
  }
};

std::vector<Event> Events(const EventLog& log) {
  std::vector<Event> events;
  size_t at = 0;
  while (at < log.bytes().size()) {
    Event event;
    std::memcpy(&event.header, &log.bytes()[at], sizeof(event.header));
    at += sizeof(event.header);
    event.payload.assign(&log.bytes()[at], &log.bytes()[at] + event.header.size);
    at += Pad8(event.header.size);
    events.push_back(event);
  }
  return events;
}

AxiAddress Burst(uint64_t addr, uint8_t len, uint32_t id = 1, uint8_t size = 3,
                 uint8_t burst = kBurstIncr) {
  AxiAddress address;
  address.addr = addr;
  address.len = len;
  address.id = id;
  address.size = size;
  address.burst = burst;
  return address;
}

// An AXI master that issues what is in its queues as fast as the slave takes it and records when
// everything moved. Always ready for responses, unless told to pause.
class Bench {
 public:
  struct ReadBeat {
    uint64_t cycle;
    uint32_t id;
    uint8_t resp;
    bool last;
    uint64_t data;
  };
  struct WriteBeat {
    uint64_t data, strobes;
    bool last;
  };
  struct Answer {
    uint64_t cycle;
    uint32_t id;
    uint8_t resp;
  };

  explicit Bench(uint64_t base = 0x10000, uint64_t size = 0x10000) {
    std::string text;
    context.memory.AddArea(base, size, &text);
    context.memory.offers().Offer(base, size, 3);
    model = context.Add(std::make_unique<AxiMemory>(&context, "u_mem", 64, 4));
    Run(10);
    aresetn = true;
    Run(2);
  }

  void Configure(uint32_t lat_min, uint32_t lat_max, uint32_t blat_min, uint32_t blat_max,
                 uint32_t flags = 0) {
    config.lat_min = lat_min;
    config.lat_max = lat_max;
    config.blat_min = blat_min;
    config.blat_max = blat_max;
    config.flags = flags;
    CHECK(model->Configure(config));
  }

  void Write(const AxiAddress& address, const std::vector<WriteBeat>& beats) {
    aw.push_back(address);
    w.insert(w.end(), beats.begin(), beats.end());
  }

  void Run(uint32_t cycles) {
    for (uint32_t i = 0; i < cycles && !context.failed(); ++i) Clock();
  }

  void Clock() {
    AxiPins pins;
    pins.aresetn = aresetn;
    pins.rready = !pause_r;
    pins.bready = true;
    pins.arvalid = !ar.empty();
    if (pins.arvalid) pins.ar = ar.front();
    pins.awvalid = !aw.empty() && !hold_aw;
    if (pins.awvalid) pins.aw = aw.front();
    pins.wvalid = !w.empty() && !hold_w;
    if (pins.wvalid) {
      std::memcpy(pins.wdata, &w.front().data, 8);
      pins.wstrb = w.front().strobes;
      pins.wlast = w.front().last;
    }
    const AxiMemory::Outputs before = out_;
    out_ = model->Clock(&pins);
    if (aresetn) {
      if (pins.arvalid && before.arready) {
        ar_cycles.push_back(context.cycle);
        ar.pop_front();
      }
      if (pins.awvalid && before.awready) aw.pop_front();
      if (pins.wvalid && before.wready) {
        w_cycles.push_back(context.cycle);
        w.pop_front();
      }
      if (before.rvalid && pins.rready) {
        uint64_t data = 0;
        std::memcpy(&data, before.rdata, 8);
        r.push_back({context.cycle, before.rid, before.rresp, before.rlast, data});
      }
      if (before.bvalid) b.push_back({context.cycle, before.bid, before.bresp});
    }
    ++context.cycle;
  }

  Context context;
  AxiMemory* model;
  AxiConfig config = {1, 0, 1, 1, 1, 1, 0, 0, {}, {}, {}, {}, {}};
  bool aresetn = false, pause_r = false, hold_aw = false, hold_w = false;
  std::deque<AxiAddress> ar, aw;
  std::deque<WriteBeat> w;
  std::vector<uint64_t> ar_cycles, w_cycles;
  std::vector<ReadBeat> r;
  std::vector<Answer> b;

 private:
  AxiMemory::Outputs out_;
};

void Fill(Context* context, uint64_t base, uint64_t len) {
  for (uint64_t i = 0; i < len; i += 8) std::memcpy(context->memory.At(base + i, 8), &i, 8);
}

}  // namespace

TEST(axi_memory_first_beat_comes_latency_cycles_after_the_address) {
  for (const uint32_t latency : {1u, 2u, 17u, 500u}) {
    Bench bench;
    bench.Configure(latency, latency, 1, 1);
    bench.ar.push_back(Burst(0x10000, 3));
    bench.Run(latency + 10);
    CHECK_EQ(bench.r.size(), 4u);
    for (uint64_t i = 0; i < 4; ++i) CHECK_EQ(bench.r[i].cycle, bench.ar_cycles[0] + latency + i);
  }
}

TEST(axi_memory_sustains_a_beat_per_cycle_in_both_directions_at_any_latency) {
  for (const uint32_t latency : {1u, 200u}) {
    Bench bench;
    bench.Configure(latency, latency, latency, latency);
    Fill(&bench.context, 0x10000, 0x8000);
    for (uint32_t i = 0; i < 100; ++i) {
      bench.ar.push_back(Burst(0x10000 + i * 64, 7));
      bench.Write(Burst(0x18000 + i * 64, 7), {{i, 0xFF, false},
                                               {i, 0xFF, false},
                                               {i, 0xFF, false},
                                               {i, 0xFF, false},
                                               {i, 0xFF, false},
                                               {i, 0xFF, false},
                                               {i, 0xFF, false},
                                               {i, 0xFF, true}});
    }
    bench.Run(800 + latency + 20);
    CHECK_EQ(bench.r.size(), 800u);
    CHECK_EQ(bench.r.back().cycle - bench.r.front().cycle, 799u);
    CHECK_EQ(bench.w_cycles.size(), 800u);
    CHECK_EQ(bench.w_cycles.back() - bench.w_cycles.front(), 799u);
    CHECK_EQ(bench.b.size(), 100u);
    for (uint64_t i = 0; i < 800; ++i) CHECK_EQ(bench.r[i].data, i * 8);
    const AxiStats stats = bench.model->stats();
    CHECK_EQ(stats.r_beats, 800u);
    CHECK_EQ(stats.w_beats, 800u);
    CHECK_EQ(stats.ar, 100u);
    CHECK_EQ(stats.b, 100u);
    CHECK_EQ(stats.read_bytes, 6400u);
    CHECK_EQ(stats.write_bytes, 6400u);
    CHECK_EQ(stats.outstanding_reads, 0u);
    CHECK_EQ(bench.model->id_stats()[1].r_beats, 800u);
    CHECK(!bench.context.failed());
  }
}

TEST(axi_memory_limits_outstanding_requests) {
  Bench bench;
  bench.config.max_reads = 3;
  bench.config.max_writes = 2;
  bench.Configure(50, 50, 50, 50);
  for (int i = 0; i < 20; ++i) {
    bench.ar.push_back(Burst(0x10000, 0));
    bench.Write(Burst(0x10000, 0), {{0, 0xFF, true}});
  }
  bench.Run(2000);
  const AxiStats stats = bench.model->stats();
  CHECK_EQ(stats.max_outstanding_reads, 3u);
  CHECK_EQ(stats.max_outstanding_writes, 2u);
  CHECK_EQ(bench.r.size(), 20u);
  CHECK_EQ(bench.b.size(), 20u);
  CHECK(stats.ar_wait > 0 && stats.aw_wait > 0);
}

TEST(axi_memory_reorders_between_ids_only) {
  for (const uint32_t reorder : {0u, 1u}) {
    Bench bench;
    bench.Configure(1, 60, 1, 60, reorder);
    Fill(&bench.context, 0x10000, 0x1000);
    for (uint32_t i = 0; i < 100; ++i) {
      bench.ar.push_back(Burst(0x10000 + i * 8, 0, i % 4));
      bench.Write(Burst(0x11000 + i * 8, 0, i % 4), {{i, 0xFF, true}});
    }
    bench.Run(8000);
    CHECK_EQ(bench.r.size(), 100u);
    CHECK_EQ(bench.b.size(), 100u);
    bool in_order = true;
    bool answers_in_order = true;
    uint64_t next[4] = {0, 8, 16, 24};
    for (size_t i = 0; i < bench.r.size(); ++i) {
      CHECK_EQ(bench.r[i].data, next[bench.r[i].id]);
      next[bench.r[i].id] += 32;
      in_order &= bench.r[i].id == i % 4;
      answers_in_order &= bench.b[i].id == i % 4;
    }
    CHECK_EQ(in_order, reorder == 0);
    CHECK_EQ(answers_in_order, reorder == 0);
    CHECK(!bench.context.failed());
  }
}

TEST(axi_memory_same_seed_same_run) {
  std::vector<uint64_t> cycles[3];
  const uint32_t seeds[] = {5, 5, 6};
  for (int run = 0; run < 3; ++run) {
    Bench bench;
    bench.config = {seeds[run],
                    1,
                    1,
                    40,
                    1,
                    40,
                    4,
                    4,
                    {1, 0, 20000, 0, 0},
                    {3, 0, 5, 3, 0},
                    {1, 0, 30000, 0, 0},
                    {2, 0, 1, 1, 0},
                    {1, 0, 10000, 0, 0}};
    CHECK(bench.model->Configure(bench.config));
    for (uint32_t i = 0; i < 50; ++i) {
      bench.ar.push_back(Burst(0x10000 + i * 64, static_cast<uint8_t>(i % 8), i % 3));
      bench.Write(Burst(0x10000, 0, i % 3), {{i, 0xFF, true}});
    }
    bench.Run(5000);
    CHECK(!bench.context.failed());
    for (const auto& beat : bench.r) cycles[run].push_back(beat.cycle);
    for (const auto& answer : bench.b) cycles[run].push_back(answer.cycle);
  }
  CHECK(cycles[0] == cycles[1]);
  CHECK(cycles[0] != cycles[2]);
}

TEST(axi_memory_stores_strobed_bytes_when_the_response_comes) {
  Bench bench;
  bench.Configure(1, 1, 20, 20);
  std::memset(bench.context.memory.At(0x10000, 32), 0xEE, 32);
  bench.Write(Burst(0x10003, 1),
              {{0x8877665544332211, 0xF8, false}, {0x0102030405060708, 0x81, true}});
  bench.Run(10);
  CHECK_EQ(bench.b.size(), 0u);
  CHECK_EQ(*bench.context.memory.At(0x10003, 1), 0xEE);
  bench.Run(20);
  CHECK_EQ(bench.b.size(), 1u);
  CHECK_EQ(bench.b[0].cycle, bench.w_cycles.back() + 20);
  const uint8_t expected[] = {0xEE, 0xEE, 0xEE, 0x44, 0x55, 0x66, 0x77, 0x88,
                              0x08, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0x01};
  CHECK(std::memcmp(bench.context.memory.At(0x10000, 16), expected, 16) == 0);
}

TEST(axi_memory_takes_data_before_its_address) {
  Bench bench;
  bench.hold_aw = true;
  bench.Write(Burst(0x10000, 1), {{1, 0xFF, false}, {2, 0xFF, true}});
  bench.Write(Burst(0x10040, 0), {{3, 0xFF, true}});
  bench.Run(10);
  CHECK(bench.w.empty());
  bench.hold_aw = false;
  bench.Run(10);
  CHECK_EQ(bench.b.size(), 2u);
  CHECK_EQ(*bench.context.memory.At(0x10008, 1), 2);
  CHECK_EQ(*bench.context.memory.At(0x10040, 1), 3);
  CHECK(!bench.context.failed());
}

TEST(axi_memory_narrow_wrap_and_unaligned_reads) {
  Bench bench;
  Fill(&bench.context, 0x10000, 0x100);
  bench.ar.push_back(Burst(0x10005, 1));                     // unaligned
  bench.ar.push_back(Burst(0x10002, 2, 1, 1));               // 2-byte beats
  bench.ar.push_back(Burst(0x10018, 3, 1, 3, kBurstWrap));   // 18, 00, 08, 10
  bench.ar.push_back(Burst(0x10020, 1, 1, 3, kBurstFixed));  // 20, 20
  bench.Run(30);
  CHECK_EQ(bench.r.size(), 11u);
  CHECK_EQ(bench.r[0].data, 0x000000A5A5A5A5A5u);  // lanes below the address carry noise
  CHECK_EQ(bench.r[1].data, 0x08u);
  CHECK_EQ(bench.r[2].data & 0xFFFF0000, 0u);
  CHECK_EQ(bench.r[2].data & 0xFFFF, 0xA5A5u);
  CHECK_EQ(bench.r[4].data >> 48, 0u);
  CHECK_EQ(bench.r[5].data, 0x18u);
  CHECK_EQ(bench.r[6].data, 0x00u);
  CHECK_EQ(bench.r[8].data, 0x10u);
  CHECK_EQ(bench.r[9].data, 0x20u);
  CHECK_EQ(bench.r[10].data, 0x20u);
  CHECK(!bench.context.failed());
}

TEST(axi_memory_injects_errors) {
  Bench bench;
  bench.context.events.Clear();
  bench.context.memory.AddError({0x10010, 1, 1, 1, kRespSlverr, 0});
  bench.context.memory.AddError({0x10050, 1, 2, 2, kRespDecerr, 1});
  bench.ar.push_back(Burst(0x10000, 3));
  *bench.context.memory.At(0x10040, 1) = 0x77;
  bench.Write(Burst(0x10040, 2), {{1, 0xFF, false}, {2, 0xFF, false}, {3, 0xFF, true}});
  bench.Write(Burst(0x10040, 2), {{1, 0xFF, false}, {2, 0xFF, false}, {3, 0xFF, true}});
  bench.Run(40);
  CHECK_EQ(bench.r.size(), 4u);
  for (uint32_t i = 0; i < 4; ++i) CHECK_EQ(bench.r[i].resp, i == 2 ? kRespSlverr : kRespOkay);
  CHECK_EQ(bench.b.size(), 2u);
  CHECK_EQ(bench.b[0].resp, kRespDecerr);
  CHECK_EQ(bench.b[1].resp, kRespOkay);
  const std::vector<Event> events = Events(bench.context.events);
  CHECK_EQ(events.size(), 2u);
  CHECK_EQ(events[0].As<AxiErrorEvent>().addr + events[1].As<AxiErrorEvent>().addr, 0x20050u);
}

TEST(axi_memory_a_failed_write_stores_nothing) {
  Bench bench;
  bench.context.memory.AddError({0x10050, 1, 2, 2, kRespSlverr, 0});
  bench.Write(Burst(0x10040, 2), {{1, 0xFF, false}, {2, 0xFF, false}, {3, 0xFF, true}});
  bench.Run(20);
  CHECK_EQ(bench.b[0].resp, kRespSlverr);
  CHECK_EQ(*bench.context.memory.At(0x10040, 1), 0);
}

TEST(axi_memory_outside_guest_memory_is_decerr_if_offered) {
  Bench bench;
  bench.context.memory.offers().Offer(0x80000, 0x100, 3);
  bench.ar.push_back(Burst(0x80000, 0));
  bench.Write(Burst(0x80000, 0), {{1, 0xFF, true}});
  bench.Run(20);
  CHECK_EQ(bench.r[0].resp, kRespDecerr);
  CHECK_EQ(bench.b[0].resp, kRespDecerr);
  CHECK(!bench.context.failed());
}

namespace {

// Offers exactly [addr, addr + len) and runs one access; returns the text of the failure.
std::string RuleText(uint64_t addr, uint64_t len, uint32_t flags, bool write,
                     const AxiAddress& burst, const std::vector<Bench::WriteBeat>& beats = {}) {
  Bench bench;
  bench.context.memory.offers().Clear();
  bench.context.memory.offers().Offer(addr, len, flags);
  if (write) {
    bench.Write(burst, beats);
  } else {
    bench.ar.push_back(burst);
  }
  bench.Run(40);
  if (!bench.context.failed()) return "";
  CHECK(bench.context.failure() == ExitCode::kMemoryRule);
  return bench.context.failure_text();
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(axi_memory_rule_for_reads) {
  CHECK_EQ(RuleText(0x10000, 16, 1, false, Burst(0x10000, 1)), std::string());
  // One offered byte in each word is enough.
  CHECK_EQ(RuleText(0x10007, 2, 1, false, Burst(0x10000, 1)), std::string());
  CHECK(Contains(RuleText(0x10007, 2, 1, false, Burst(0x10000, 2)), "read of 0x10010"));
  CHECK(Contains(RuleText(0x10008, 8, 1, false, Burst(0x10000, 1)), "read of 0x10000"));
  CHECK(Contains(RuleText(0x10000, 64, 2, false, Burst(0x10000, 0)), "read of 0x10000"));
  // A narrow beat reaches only its own bytes.
  CHECK(Contains(RuleText(0x10004, 4, 1, false, Burst(0x10000, 0, 1, 2)), "read of 0x10000"));
}

TEST(axi_memory_rule_for_writes) {
  CHECK_EQ(RuleText(0x10002, 3, 2, true, Burst(0x10000, 0), {{0, 0x1C, true}}), std::string());
  CHECK(Contains(RuleText(0x10002, 3, 2, true, Burst(0x10000, 0), {{0, 0x3C, true}}),
                 "write of 0x10005"));
  CHECK(Contains(RuleText(0x10002, 3, 2, true, Burst(0x10000, 0), {{0, 0x1D, true}}),
                 "write of 0x10000"));
  CHECK(Contains(RuleText(0x10000, 64, 1, true, Burst(0x10000, 0), {{0, 0x01, true}}),
                 "write of 0x10000"));
  // Gaps between strobes need no offer.
  Bench bench;
  bench.context.memory.offers().Clear();
  bench.context.memory.offers().Offer(0x10000, 1, 2);
  bench.context.memory.offers().Offer(0x10007, 1, 2);
  bench.Write(Burst(0x10000, 0), {{0, 0x81, true}});
  bench.Run(20);
  CHECK(!bench.context.failed());
}

TEST(axi_memory_rule_looks_again_when_an_offer_is_taken_back) {
  Bench bench;
  bench.Configure(20, 20, 1, 1);
  bench.ar.push_back(Burst(0x10000, 0));
  bench.Run(5);
  bench.context.memory.offers().Clear();
  bench.Run(40);
  CHECK(bench.context.failed());
}

TEST(axi_memory_rule_can_be_switched_off) {
  Bench bench;
  bench.context.memory.offers().Clear();
  bench.context.memory.set_checking(false);
  bench.ar.push_back(Burst(0x10000, 0));
  bench.Write(Burst(0x10000, 0), {{0, 0xFF, true}});
  bench.Run(20);
  CHECK(!bench.context.failed());
  CHECK_EQ(bench.b.size(), 1u);
}

TEST(axi_memory_reports_protocol_violations) {
  Bench bench;
  bench.ar.push_back(Burst(0x10FF8, 1));
  bench.Run(10);
  CHECK(bench.context.failure() == ExitCode::kBusProtocol);
  CHECK(Contains(bench.context.failure_text(), "u_mem: AR: burst 0x10ff8"));
}

TEST(axi_memory_forgets_all_at_reset) {
  Bench bench;
  bench.Configure(30, 30, 30, 30);
  bench.ar.push_back(Burst(0x10000, 0));
  bench.Write(Burst(0x10000, 1), {{0, 0xFF, false}});
  bench.Run(5);
  bench.aresetn = false;
  bench.Run(12);
  bench.aresetn = true;
  bench.Run(60);
  CHECK_EQ(bench.r.size(), 0u);
  bench.Write(Burst(0x10000, 0), {{7, 0xFF, true}});
  bench.Run(60);
  CHECK_EQ(bench.b.size(), 1u);
  CHECK_EQ(*bench.context.memory.At(0x10000, 1), 7);
  CHECK(!bench.context.failed());
}

TEST(axi_memory_refuses_bad_configurations) {
  Bench bench;
  AxiConfig config = bench.config;
  config.lat_min = 0;
  CHECK(!bench.model->Configure(config));
  config = bench.config;
  config.lat_max = 0;
  CHECK(!bench.model->Configure(config));
  config = bench.config;
  config.b.kind = 77;
  CHECK(!bench.model->Configure(config));
}

// ------------------------------------------------------------------------------------ AXI4-Lite

namespace {

// A register file of 16 words as slave.
class LiteBench {
 public:
  LiteBench() {
    model = context.Add(std::make_unique<AxilMaster>(&context, "u_axil", 16));
    for (int i = 0; i < 10; ++i) Clock(false);
    Clock(true);
  }
  void Clock(bool aresetn = true) {
    AxilPins pins;
    pins.aresetn = aresetn;
    pins.awready = !aw_full;
    pins.wready = !w_full;
    pins.bvalid = b_valid;
    pins.arready = !r_valid;
    pins.rvalid = r_valid;
    pins.rdata = r_data;
    const AxilMaster::Outputs before = out;
    out = model->Clock(&pins);
    if (aresetn) {
      if (b_valid && before.bready) b_valid = false;
      if (r_valid && before.rready) r_valid = false;
      if (before.awvalid && pins.awready) {
        aw_full = true;
        addr = before.awaddr;
      }
      if (before.wvalid && pins.wready) {
        w_full = true;
        data = before.wdata;
        strb = before.wstrb;
      }
      if (aw_full && w_full && !b_valid) {
        for (uint32_t i = 0; i < 4; ++i) {
          const uint32_t mask = 0xFFu << (8 * i);
          if ((strb >> i & 1) != 0) {
            regs[addr / 4 % 16] = (regs[addr / 4 % 16] & ~mask) | (data & mask);
          }
        }
        aw_full = w_full = false;
        b_valid = true;
      }
      if (before.arvalid && pins.arready) {
        r_valid = true;
        r_data = regs[before.araddr / 4 % 16];
      }
    }
    ++context.cycle;
  }

  Context context;
  AxilMaster* model;
  AxilMaster::Outputs out;
  uint32_t regs[16] = {};
  bool aw_full = false, w_full = false, b_valid = false, r_valid = false;
  uint32_t addr = 0, data = 0, strb = 0, r_data = 0;
};

}  // namespace

TEST(axil_master_writes_and_reads_in_order) {
  for (const uint32_t outstanding : {1u, 4u}) {
    for (const uint16_t pause : {uint16_t{0}, uint16_t{30000}}) {
      LiteBench bench;
      const PauseSpec spec = {static_cast<uint8_t>(pause > 0 ? 1 : 0), 0, pause, 0, 0};
      CHECK(bench.model->Configure({3, outstanding, spec, spec, spec, spec, spec}));
      CHECK(bench.model->Write({1, 4, 0x11223344, 0xF}));
      CHECK(bench.model->Write({2, 4, 0xAABBCCDD, 0x5}));
      for (int i = 0; i < 100; ++i) bench.Clock();
      CHECK(bench.model->Read({3, 4}));
      CHECK(bench.model->Read({4, 8}));
      for (int i = 0; i < 100; ++i) bench.Clock();
      const std::vector<Event> events = Events(bench.context.events);
      CHECK_EQ(events.size(), 4u);
      for (uint32_t i = 0; i < 4; ++i) CHECK_EQ(events[i].As<AxilDoneEvent>().tag, i + 1);
      CHECK_EQ(events[1].As<AxilDoneEvent>().is_write, 1);
      CHECK_EQ(events[2].As<AxilDoneEvent>().data, 0x11BB33DDu);
      CHECK_EQ(events[3].As<AxilDoneEvent>().data, 0u);
      CHECK(!bench.context.failed());
    }
  }
}

TEST(axil_master_refuses_what_does_not_fit) {
  LiteBench bench;
  CHECK(!bench.model->Write({0, 0x10000, 0, 0xF}));
  CHECK(!bench.model->Write({0, 0, 0, 0x10}));
  CHECK(!bench.model->Read({0, 0x10000}));
  CHECK(!bench.model->Configure({0, 0, {}, {}, {}, {}, {}}));
  CHECK(!bench.model->Configure({0, 17, {}, {}, {}, {}, {}}));
}

// -------------------------------------------------------------------------------------- streams

TEST(source_to_sink) {
  for (int variant = 0; variant < 3; ++variant) {
    Context context;
    AxisSource* source = context.Add(std::make_unique<AxisSource>(&context, "u_source", 64));
    AxisSink* sink = context.Add(std::make_unique<AxisSink>(&context, "u_sink", 64));
    const PauseSpec pause = {static_cast<uint8_t>(variant), 0, 20000, 2, 0};
    if (variant > 0) {
      const PauseSpec mild = variant == 1 ? pause : PauseSpec{2, 0, 3, 2, 0};
      CHECK(source->Configure({9, 0, mild, mild}));
      CHECK(sink->Configure({8, 0, mild}));
    }
    Random random(4);
    std::vector<std::vector<uint8_t>> frames;
    for (uint32_t i = 0; i < 60; ++i) {
      std::vector<uint8_t> frame(random.Range(1, 40));
      for (uint8_t& byte : frame) byte = static_cast<uint8_t>(random.Next());
      source->Send({i, static_cast<uint16_t>(i % 5), static_cast<uint16_t>(i % 3 == 0), 0},
                   frame.data(), static_cast<uint32_t>(frame.size()));
      frames.push_back(frame);
    }
    AxisSource::Outputs out;
    bool ready = false;
    std::vector<bool> bad;
    for (uint32_t cycle = 0; cycle < 3000; ++cycle) {
      const bool aresetn = cycle >= 10;
      AxisPins pins;
      pins.aresetn = aresetn;
      pins.tvalid = out.tvalid;
      pins.tlast = out.tlast;
      pins.tdest = out.tdest;
      pins.tkeep = out.tkeep;
      std::memcpy(pins.tdata, out.tdata, 8);
      if (aresetn && out.tvalid && ready && out.tlast) bad.push_back(out.tuser);
      const AxisSource::Outputs next = source->Clock(aresetn, ready);
      ready = sink->Clock(&pins);
      out = next;
      ++context.cycle;
    }
    CHECK(!context.failed());
    std::vector<Event> sent;
    std::vector<Event> seen;
    for (const Event& event : Events(context.events)) {
      (event.header.type == 2 ? sent : seen).push_back(event);
    }
    CHECK_EQ(sent.size(), 60u);
    CHECK_EQ(seen.size(), 60u);
    for (uint32_t i = 0; i < seen.size(); ++i) {
      const AxisFrameEvent frame = seen[i].As<AxisFrameEvent>();
      CHECK_EQ(frame.len, frames[i].size());
      CHECK_EQ(frame.beats, (frames[i].size() + 7) / 8);
      CHECK_EQ(frame.tdest, i % 5);
      CHECK(std::equal(frames[i].begin(), frames[i].end(), seen[i].payload.begin() + sizeof(frame),
                       seen[i].payload.end()));
      CHECK_EQ(bad[i], i % 3 == 0);
      CHECK_EQ(sent[i].As<AxisSentEvent>().tag, i);
      CHECK_EQ(sent[i].header.cycle, seen[i].header.cycle);
      CHECK_EQ(sent[i].As<AxisSentEvent>().first_cycle, frame.first_cycle);
    }
    if (variant == 0) {  // without pauses there is a beat in every cycle
      uint64_t beats = 0;
      for (const auto& frame : frames) beats += (frame.size() + 7) / 8;
      CHECK_EQ(seen.back().header.cycle - seen[0].As<AxisFrameEvent>().first_cycle, beats - 1);
    }
  }
}

TEST(source_starts_at_the_exact_cycle) {
  Context context;
  AxisSource* source = context.Add(std::make_unique<AxisSource>(&context, "u_source", 64));
  const uint8_t bytes[20] = {};
  source->Send({1, 0, 0, 50}, bytes, 20);
  source->Send({2, 0, 0, 51}, bytes, 1);
  source->Send({3, 0, 0, 70}, bytes, 8);
  for (; context.cycle < 100; ++context.cycle) source->Clock(context.cycle >= 10, true);
  const std::vector<Event> events = Events(context.events);
  CHECK_EQ(events[0].As<AxisSentEvent>().first_cycle, 50u);
  CHECK_EQ(events[0].header.cycle, 52u);
  CHECK_EQ(events[1].header.cycle, 53u);
  CHECK_EQ(events[2].header.cycle, 70u);
}

TEST(sink_reports_violations_and_can_drop_bytes) {
  Context context;
  AxisSink* sink = context.Add(std::make_unique<AxisSink>(&context, "u_sink", 64));
  CHECK(sink->Configure({1, 1, {}}));
  AxisPins pins;
  for (int i = 0; i < 10; ++i) sink->Clock(&pins);
  pins.aresetn = true;
  sink->Clock(&pins);
  pins.tvalid = pins.tlast = true;
  pins.tkeep = 0x3F;
  sink->Clock(&pins);
  const std::vector<Event> events = Events(context.events);
  CHECK_EQ(events.size(), 1u);
  CHECK_EQ(events[0].As<AxisFrameEvent>().len, 6u);
  CHECK_EQ(events[0].header.size, sizeof(AxisFrameEvent));
  pins.tkeep = 0x2F;
  sink->Clock(&pins);
  CHECK(context.failure() == ExitCode::kBusProtocol);
}

TEST(irq_sink_reports_vectors_and_levels) {
  Context context;
  IrqSink* sink = context.Add(std::make_unique<IrqSink>(&context, "u_irq"));
  for (int i = 0; i < 8; ++i) sink->Clock(false, true, 9, true);  // garbage before the reset works
  CHECK_EQ(context.events.count(), 0u);
  sink->Clock(true, false, 0, false);
  sink->Clock(true, true, 3, true);
  sink->Clock(true, false, 0, true);
  sink->Clock(true, false, 0, false);
  const std::vector<Event> events = Events(context.events);
  CHECK_EQ(events.size(), 3u);
  CHECK_EQ(events[0].As<IrqEvent>().vector, 3u);
  CHECK_EQ(events[1].As<IrqEvent>().vector, 1u);
  CHECK_EQ(events[2].As<IrqEvent>().vector, 0u);
  CHECK(!context.failed());
}

TEST(event_conditions) {
  EventLog log;
  log.AddCondition({kAnyModel, 1u << 4, 3, 0});
  log.AddCondition({2, 1u << 4 | 1u << 5, 2, 5});
  log.Post(EventType::kIrq, 2, 0, IrqEvent{});
  log.Post(EventType::kIntx, 1, 0, IrqEvent{});
  CHECK(!log.wake());
  log.Post(EventType::kIntx, 2, 0, IrqEvent{});
  CHECK(log.wake());
  CHECK_EQ(log.hit(), 1u << 5);
  log.Post(EventType::kIrq, 1, 0, IrqEvent{});
  log.Post(EventType::kIrq, 1, 0, IrqEvent{});
  CHECK_EQ(log.hit(), 1u << 5 | 1u);
  log.Clear();
  CHECK(!log.wake());
}
