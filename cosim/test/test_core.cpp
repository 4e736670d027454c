// Memory map, AXI slave, networks, capture, options, counters.
// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "../../sim/error.h"
#include "../counters.h"
#include "../dma_slave.h"
#include "../event_loop.h"
#include "../guest_map.h"
#include "../network.h"
#include "../options.h"
#include "check.h"
#include "fake_device.h"

using namespace vnet_cosim;
using vnet_sim::AxiPins;

namespace {

// A file in memory, closed at the end.
class MemoryFile {
 public:
  explicit MemoryFile(uint64_t size) : fd(memfd_create("test", MFD_CLOEXEC)) {
    CHECK_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
  }
  ~MemoryFile() { close(fd); }
  const int fd;
};

bool Says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string ThrownBy(const std::function<void()>& action) {
  try {
    action();
  } catch (const vnet_sim::SimError& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST(guest_map_finds_only_what_is_mapped) {
  MemoryFile file(0x3000);
  GuestMap map;
  CHECK_EQ(map.Add(0x10000, 0x2000, file.fd, 0x1000, true), "");
  CHECK_EQ(map.Add(0x20000, 0x1000, file.fd, 0, false), "");
  uint8_t* start = map.At(0x10000, 0x2000, true);
  CHECK(start != nullptr);
  CHECK(map.At(0x11FFF, 1, true) == start + 0x1FFF);
  CHECK(map.At(0x11FFF, 2, true) == nullptr);
  CHECK(map.At(0xFFFF, 2, true) == nullptr);
  CHECK(map.At(0xFFFFFFFFFFFFFFFF, 2, false) == nullptr);
  CHECK(map.At(0x20000, 4, false) != nullptr);
  CHECK(map.At(0x20000, 4, true) == nullptr);
  CHECK(map.At(0x20000, 4, false) != nullptr);
  CHECK(map.At(0x20000, 4, true) == nullptr);
}

TEST(guest_map_refuses_bad_ranges) {
  MemoryFile file(0x3000);
  GuestMap map;
  CHECK_EQ(map.Add(0x10000, 0x2000, file.fd, 0, true), "");
  CHECK(Says(map.Add(0x11000, 0x1000, file.fd, 0, true), "overlaps"));
  CHECK(Says(map.Add(0xF000, 0x2000, file.fd, 0, true), "overlaps"));
  CHECK(Says(map.Add(0x20000, 0, file.fd, 0, true), "empty"));
  CHECK(Says(map.Add(0xFFFFFFFFFFFFF000, 0x2000, file.fd, 0, true), "wraps"));
  CHECK(Says(map.Add(0x20000, 0x4000, file.fd, 0, true), "outside its file"));
  CHECK(Says(map.Add(0x20000, 0x1000, file.fd, ~uint64_t{0} - 4, true), "outside its file"));
  CHECK(Says(map.Add(0x20000, 0x1000, -1, 0, true), "descriptor"));
  CHECK_EQ(map.ranges(), size_t{1});
  CHECK_EQ(map.Add(0xFFFFFFFFFFFFF000, 0x1000, file.fd, 0, true), "");
  CHECK(map.At(0xFFFFFFFFFFFFFFFF, 1, true) != nullptr);
}

TEST(guest_map_removes_whole_ranges) {
  MemoryFile file(0x3000);
  GuestMap map;
  CHECK_EQ(map.Add(0x10000, 0x1000, file.fd, 0, true), "");
  CHECK_EQ(map.Add(0x11000, 0x1000, file.fd, 0x1000, true), "");
  CHECK(map.At(0x10000, 1, true) != nullptr);
  CHECK(Says(map.Remove(0x10000, 0x800), "cuts"));
  CHECK(Says(map.Remove(0x30000, 0x1000), "not mapped"));
  CHECK_EQ(map.ranges(), size_t{2});
  CHECK_EQ(map.Remove(0x10000, 0x2000), "");
  CHECK_EQ(map.ranges(), size_t{0});
  CHECK(map.At(0x10000, 1, true) == nullptr);
}

TEST(dma_slave_reads_and_refuses) {
  MemoryFile file(0x1000);
  GuestMap map;
  CHECK_EQ(map.Add(0x10000, 0x1000, file.fd, 0, true), "");
  for (int i = 0; i < 0x1000; ++i) map.At(0x10000, 0x1000, true)[i] = static_cast<uint8_t>(i);
  DmaSlave slave(&map, 8);
  AxiPins pins;
  pins.aresetn = true;
  pins.rready = pins.bready = true;
  slave.Clock(pins);
  CHECK(slave.outputs().arready);

  pins.arvalid = true;
  pins.ar.addr = 0x10005;
  pins.ar.len = 1;
  pins.ar.size = 3;
  pins.ar.id = 5;
  DmaSlave::Outputs out = slave.Clock(pins);
  CHECK(out.rvalid && !out.rlast && out.rresp == 0);
  CHECK_EQ(out.rid, 5u);
  CHECK_EQ(out.rdata[5], 5);
  CHECK_EQ(out.rdata[7], 7);
  pins.ar.addr = 0x11000;
  pins.ar.len = 0;
  out = slave.Clock(pins);
  CHECK(out.rvalid && out.rlast && out.rresp == 0);
  CHECK_EQ(out.rdata[0], 8);
  pins.arvalid = false;
  out = slave.Clock(pins);
  CHECK(out.rvalid && out.rlast);
  CHECK_EQ(out.rresp, vnet_sim::kRespSlverr);
  CHECK_EQ(out.rdata[0], 0);
  out = slave.Clock(pins);
  CHECK(!out.rvalid && !slave.busy());
  CHECK_EQ(slave.counters().refused_reads, 1u);
  CHECK_EQ(slave.counters().last_refused, 0x11000u);
}

TEST(dma_slave_writes_strobed_bytes_and_refuses) {
  MemoryFile file(0x1000);
  GuestMap map;
  CHECK_EQ(map.Add(0x10000, 0x1000, file.fd, 0, true), "");
  uint8_t* memory = map.At(0x10000, 0x1000, true);
  DmaSlave slave(&map, 8);
  AxiPins pins;
  pins.aresetn = true;
  pins.rready = pins.bready = true;
  slave.Clock(pins);
  CHECK(slave.outputs().awready && !slave.outputs().wready);

  pins.awvalid = true;
  pins.aw.addr = 0x10FF8;
  pins.aw.size = 3;
  slave.Clock(pins);
  pins.aw.addr = 0x11000;
  pins.wvalid = true;
  pins.wstrb = 0x66;
  for (int i = 0; i < 8; ++i) pins.wdata[i] = static_cast<uint8_t>(0x10 + i);
  DmaSlave::Outputs out = slave.Clock(pins);
  CHECK(out.bvalid && out.bresp == 0);
  const uint8_t expected[8] = {0, 0x11, 0x12, 0, 0, 0x15, 0x16, 0};
  CHECK(std::memcmp(memory + 0xFF8, expected, 8) == 0);
  pins.awvalid = false;
  pins.wstrb = 0x01;
  out = slave.Clock(pins);
  CHECK(out.bvalid);
  CHECK_EQ(out.bresp, vnet_sim::kRespSlverr);
  CHECK_EQ(slave.counters().refused_writes, 1u);
}

TEST(dma_slave_drains) {
  MemoryFile file(0x1000);
  GuestMap map;
  CHECK_EQ(map.Add(0x10000, 0x1000, file.fd, 0, true), "");
  DmaSlave slave(&map, 8);
  AxiPins pins;
  pins.aresetn = true;
  pins.rready = pins.bready = true;
  slave.Clock(pins);
  pins.arvalid = true;
  pins.ar.addr = 0x10000;
  pins.ar.len = 3;
  pins.ar.size = 3;
  slave.set_accepting(false);
  slave.Clock(pins);  // arready was still up
  CHECK(!slave.outputs().arready);
  int beats = 0;
  for (int i = 0; i < 10 && slave.busy(); ++i) {
    if (slave.outputs().rvalid) ++beats;
    slave.Clock(pins);
  }
  CHECK(!slave.busy());
  CHECK_EQ(beats, 4);
}

TEST(loopback_returns_frames_in_order_and_has_an_end) {
  const auto network = MakeNetwork("loopback");
  Frame frame;
  CHECK(!network->Receive(&frame));
  network->Send({1, 2, 3});
  network->Send({4});
  CHECK(network->Receive(&frame) && frame == Frame({1, 2, 3}));
  CHECK(network->Receive(&frame) && frame == Frame({4}));
  for (int i = 0; i < 5000; ++i) network->Send({1});
  CHECK(network->send_failures > 0);
}

TEST(network_names_are_checked) {
  CHECK(Says(ThrownBy([] { MakeNetwork("tun:x"); }), "expected none, loopback, echo:"));
  CHECK(Says(ThrownBy([] { MakeNetwork("tap:"); }), "1 to 15"));
  CHECK(Says(ThrownBy([] { MakeNetwork("tap:aname-that-is-too-long"); }), "1 to 15"));
}

TEST(capture_writes_pcapng) {
  char path[] = "/tmp/vnet-capture-XXXXXX";
  close(mkstemp(path));
  {
    const auto network = MakeCapture(MakeNetwork("loopback"), path);
    network->Send({1, 2, 3, 4, 5});
    Frame frame;
    CHECK(network->Receive(&frame));
  }
  std::FILE* file = std::fopen(path, "rb");
  uint32_t words[64] = {};
  const size_t bytes = std::fread(words, 1, sizeof(words), file);
  std::fclose(file);
  unlink(path);
  CHECK_EQ(bytes, size_t{28 + 32 + 2 * 52});
  CHECK_EQ(words[0], 0x0A0D0D0Au);
  CHECK_EQ(words[2], 0x1A2B3C4Du);
  const uint32_t* packet = words + (28 + 32) / 4;
  CHECK_EQ(packet[0], 6u);
  CHECK_EQ(packet[1], 52u);
  CHECK_EQ(packet[5], 5u);
  CHECK_EQ(packet[7], 0x04030201u);
  CHECK_EQ(packet[10], 2u);       // outbound
  CHECK_EQ(packet[12], 52u);      // the length again
  CHECK_EQ(packet[13 + 10], 1u);  // the second one is inbound
  CHECK(Says(ThrownBy([] { MakeCapture(MakeNetwork("none"), "/nonexistent/x"); }), "No such file"));
}

TEST(options_are_checked) {
  const auto parse = [](std::vector<const char*> words) {
    words.insert(words.begin(), "cosim");
    return ParseOptions(static_cast<int>(words.size()), words.data());
  };
  const Options options = parse(
      {"vfio", "--socket", "/tmp/x", "--keep", "--mac", "02:00:00:00:00:07", "--mtu", "9000"});
  CHECK_EQ(options.protocol, "vfio");
  CHECK(options.keep && !options.connect);
  CHECK_EQ(options.device.mac[5], 7);
  CHECK_EQ(options.device.mtu, 9000);
  CHECK(Says(ThrownBy([&] { parse({"vfio"}); }), "--socket"));
  CHECK(Says(ThrownBy([&] { parse({"--socket", "x"}); }), "protocol"));
  CHECK(Says(ThrownBy([&] { parse({"vfio", "--socket"}); }), "expected a value"));
  CHECK(Says(ThrownBy([&] { parse({"vfio", "--socket", "x", "--mtu", "70000"}); }), "up to 65535"));
  CHECK(Says(ThrownBy([&] {
               parse({"vfio", "--socket", "x", "--mac", "03:00:00:00:00:07"});
             }),
             "group"));
  CHECK(Says(ThrownBy([&] { parse({"vfio", "--nonsense"}); }), "unknown option"));
}

TEST(counters_are_read_and_printed) {
  vnet_test::FakeDevice device;
  device.Write(0x12, 2, 2);
  device.Write(0x2018, 12, 4);
  device.Write(0x2400 + 0x40, 7, 4);         // tx frames
  device.Write(0x2400 + 0x40 + 4, 1, 4);     // high word
  device.Write(0x2400 + 0x40 + 0x18, 5, 4);  // inline
  device.Write(0x2080 + 4 * 8, 3, 4);
  Summary summary = {};
  summary.device = ReadCounters(&device);
  CHECK_EQ(summary.device.queues.size(), size_t{2});
  CHECK_EQ(summary.device.queues[1].frames, 0x100000007u);
  CHECK_EQ(summary.device.queues[1].header_inline, 5u);
  CHECK_EQ(summary.device.queues[0].header_inline, 0u);
  CHECK(Says(SummaryText(summary), "CHAIN_SHORT 3"));
  CHECK(Says(SummaryJson(summary), "\"errors\":{\"CHAIN_SHORT\":3}"));
  CHECK(Says(SummaryJson(summary), "\"header_length\":12"));
  CHECK_EQ(JsonString("a\"b\n"), "\"a\\\"b\\u000a\"");
}

TEST(event_loop_serves_descriptors_and_deferred_work) {
  vnet_test::FakeDevice device;
  const auto network = MakeNetwork("loopback");
  EventLoop loop(&device, network.get());
  int ends[2];
  CHECK_EQ(pipe(ends), 0);
  int order = 0;
  loop.Watch(ends[0], [&] {
    loop.Unwatch(ends[0]);
    loop.Later([&] {
      CHECK_EQ(order, 1);
      loop.Stop();
    });
    order = 1;
  });
  network->Send({1, 2});
  CHECK_EQ(write(ends[1], "x", 1), 1);
  loop.Run();
  CHECK_EQ(device.frames.size(), size_t{1});
  close(ends[0]);
  close(ends[1]);
}

TEST(event_loop_drops_what_came_before_a_peer) {
  vnet_test::FakeDevice device;
  const auto network = MakeNetwork("loopback");
  EventLoop loop(&device, network.get());
  for (uint8_t i = 0; i < 20; ++i) network->Send({i});
  loop.DropFrames();
  Frame frame;
  CHECK(!network->Receive(&frame));
  CHECK(device.frames.empty());
}
