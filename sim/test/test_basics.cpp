// Random numbers, pauses, offers, guest memory, options.
// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "check.h"
#include "error.h"
#include "guest_memory.h"
#include "offers.h"
#include "options.h"
#include "random.h"

using namespace vnet_sim;

TEST(random_range_stays_inside_and_reaches_both_ends) {
  Random random(7);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const uint32_t value = random.Range(3, 6);
    CHECK(value >= 3 && value <= 6);
    low |= value == 3;
    high |= value == 6;
  }
  CHECK(low && high);
  CHECK_EQ(random.Range(5, 5), 5u);
  CHECK_EQ(random.Range(0, UINT32_MAX) == random.Range(0, UINT32_MAX), false);
}

static std::string Shape(const PauseSpec& spec, int cycles, uint64_t seed = 1) {
  Pause pause(spec, seed);
  std::string shape;
  for (int i = 0; i < cycles; ++i) shape += pause.Go() ? '1' : '.';
  return shape;
}

TEST(pause_kinds) {
  CHECK_EQ(Shape({0, 0, 0, 0, 0}, 5), std::string("11111"));
  CHECK_EQ(Shape({5, 0, 0, 0, 0}, 5), std::string("....."));
  CHECK_EQ(Shape({2, 0, 2, 3, 0}, 10), std::string("11...11..."));
  CHECK_EQ(Shape({2, 0, 2, 3, 4}, 10), std::string(".11...11.."));
  CHECK_EQ(Shape({4, 0, 0x5, 0, 4}, 9), std::string("1.1.1.1.1"));
  CHECK_EQ(Shape({4, 0, 0, 0x8000, 32}, 32), std::string(31, '.') + "1");
  CHECK_EQ(Shape({1, 0, 20000, 0, 0}, 100, 3), Shape({1, 0, 20000, 0, 0}, 100, 3));
  CHECK(Shape({1, 0, 20000, 0, 0}, 100, 3) != Shape({1, 0, 20000, 0, 0}, 100, 4));
  const std::string bursts = Shape({3, 0, 4, 2, 0}, 1000);
  CHECK(bursts.find("11111") == std::string::npos);
  CHECK(bursts.find("...") == std::string::npos);
  CHECK(bursts.find("1111") != std::string::npos && bursts.find("..") != std::string::npos);
}

TEST(pause_specifications_without_meaning_are_refused) {
  CHECK(!Pause::IsValid({6, 0, 0, 0, 0}));
  CHECK(!Pause::IsValid({2, 0, 0, 0, 0}));
  CHECK(!Pause::IsValid({3, 0, 0, 1, 0}));
  CHECK(!Pause::IsValid({3, 0, 1, 0, 0}));
  CHECK(!Pause::IsValid({4, 0, 1, 0, 0}));
  CHECK(!Pause::IsValid({4, 0, 1, 0, 33}));
  CHECK(Pause::IsValid({2, 0, 65535, 65535, 65535}));
}

TEST(offers_agree_with_one_counter_per_byte) {
  Offers offers;
  Random random(11);
  std::vector<Offers::Counts> bytes(64);
  std::vector<MemBlock> live;
  for (int step = 0; step < 5000; ++step) {
    const uint64_t addr = random.Range(0, 63);
    const uint64_t len = random.Range(0, static_cast<uint32_t>(64 - addr));
    const uint32_t flags = random.Range(1, 3);
    if (random.Range(0, 1) == 0) {
      offers.Offer(addr, len, flags);
      live.push_back({addr, len, flags});
      for (uint64_t i = addr; i < addr + len; ++i) {
        bytes[i].read += flags & 1;
        bytes[i].write += flags >> 1;
      }
    } else if (random.Range(0, 3) == 0) {
      bool good = true;
      for (uint64_t i = addr; i < addr + len; ++i) {
        good &= bytes[i].read >= (flags & 1) && bytes[i].write >= flags >> 1;
      }
      CHECK_EQ(offers.Revoke(addr, len, flags), good);
      for (uint64_t i = addr; good && i < addr + len; ++i) {
        bytes[i].read -= flags & 1;
        bytes[i].write -= flags >> 1;
      }
      if (good) live.clear();  // no longer known which
    } else if (!live.empty()) {
      const MemBlock block = live.back();
      live.pop_back();
      CHECK(offers.Revoke(block.addr, block.len, static_cast<uint32_t>(block.value)));
      for (uint64_t i = block.addr; i < block.addr + block.len; ++i) {
        bytes[i].read -= static_cast<uint32_t>(block.value & 1);
        bytes[i].write -= static_cast<uint32_t>(block.value >> 1);
      }
    }
    bool all_writable = true;
    bool all_readable = true;
    bool any_readable = false;
    for (uint64_t i = addr; i < addr + len; ++i) {
      CHECK(offers.At(i) == bytes[i]);
      all_writable &= bytes[i].write > 0;
      all_readable &= bytes[i].read > 0;
      any_readable |= bytes[i].read > 0;
    }
    CHECK_EQ(offers.AllWritable(addr, len), all_writable);
    CHECK_EQ(offers.AllReadable(addr, len), all_readable);
    CHECK_EQ(offers.AnyReadable(addr, len), any_readable);
    size_t pieces = 1;
    for (size_t i = 1; i < bytes.size(); ++i) pieces += !(bytes[i] == bytes[i - 1]);
    pieces += !(bytes[63] == Offers::Counts());
    CHECK_EQ(offers.size(), pieces);
  }
}

TEST(offers_at_the_end_of_the_address_space) {
  Offers offers;
  offers.Offer(UINT64_MAX - 15, 16, 3);
  CHECK(offers.AllWritable(UINT64_MAX - 15, 16));
  CHECK(!offers.AllWritable(UINT64_MAX - 16, 17));
  CHECK(offers.Revoke(UINT64_MAX, 1, 3));
  CHECK(!offers.AnyReadable(UINT64_MAX, 1));
  CHECK(!offers.Revoke(UINT64_MAX - 15, 16, 3));
}

TEST(memory_areas) {
  EventLog events;
  GuestMemory memory(&events);
  std::string text;
  CHECK(memory.AddArea(0x10000, 0x2000, &text) == Status::kOk);
  CHECK(memory.AddArea(0x11000, 0x1000, &text) == Status::kBadAddress);
  CHECK(memory.AddArea(0x12000, 0x800, &text) == Status::kBadValue);
  CHECK(memory.AddArea(0x12010, 0x1000, &text) == Status::kBadValue);
  CHECK(memory.AddArea(0x12000, 0, &text) == Status::kBadValue);
  CHECK(memory.AddArea(UINT64_MAX - 0xFFF, 0x2000, &text) == Status::kBadValue);
  CHECK(memory.AddArea(UINT64_MAX - 0xFFF, 0x1000, &text) == Status::kOk);
  CHECK(memory.At(0x10000, 0x2000) != nullptr);
  CHECK(memory.At(0x10000, 0x2001) == nullptr);
  CHECK(memory.At(0xFFFF, 1) == nullptr);
  CHECK(memory.At(0x11FFF, 1) != nullptr);
  CHECK(memory.At(0x12000, 1) == nullptr);
  CHECK(memory.At(UINT64_MAX, 1) != nullptr);
  CHECK(memory.At(UINT64_MAX, 2) == nullptr);
  CHECK_EQ(memory.At(0x11FFF, 1)[0], 0);
}

TEST(memory_is_shared_with_whoever_maps_the_same_file) {
  const int fd = memfd_create("test", MFD_CLOEXEC);
  CHECK(ftruncate(fd, 0x3000) == 0);
  uint8_t* other =
      static_cast<uint8_t*>(mmap(nullptr, 0x3000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  EventLog events;
  {
    GuestMemory memory(&events);
    std::string text;
    CHECK(memory.MapFile(0x40000000, 0x2000, fd, 0x1000, &text) == Status::kOk);
    CHECK(memory.MapFile(0x50000000, 0x4000, fd, 0, &text) == Status::kBadValue);
    CHECK(memory.MapFile(0x50000000, 0x1000, fd, 0x10, &text) == Status::kBadValue);
    CHECK(memory.MapFile(0x50000000, 0x1000, fd, 0x4000, &text) == Status::kBadValue);
    *memory.At(0x40000005, 1) = 42;
  }
  CHECK_EQ(other[0x1005], 42);
  munmap(other, 0x3000);
  close(fd);
}

TEST(device_writes_touch_only_strobed_bytes) {
  EventLog events;
  GuestMemory memory(&events);
  std::string text;
  memory.AddArea(0, 0x1000, &text);
  uint8_t data[64];
  for (int i = 0; i < 64; ++i) data[i] = static_cast<uint8_t>(i + 1);
  Random random(3);
  const uint64_t fixed[] = {0, ~uint64_t{0}, 1, uint64_t{1} << 63, 0xF0F0};
  for (int step = 0; step < 200; ++step) {
    const uint64_t strobes = step < 5 ? fixed[step] : random.Next() & random.Next();
    std::memset(memory.At(0, 0x1000), 0xEE, 0x1000);
    memory.DeviceWrite(0x100, data, strobes, 0, 0);
    for (uint32_t i = 0; i < 64; ++i) {
      CHECK_EQ(*memory.At(0x100 + i, 1), (strobes >> i & 1) != 0 ? data[i] : 0xEE);
    }
    CHECK_EQ(*memory.At(0xFF, 1), 0xEE);
    CHECK_EQ(*memory.At(0x140, 1), 0xEE);
  }
}

static void Write16(GuestMemory* memory, uint64_t addr, uint16_t value) {
  uint8_t data[64] = {};
  std::memcpy(data + (addr & 7), &value, 2);
  memory->DeviceWrite(addr & ~uint64_t{7}, data, uint64_t{3} << (addr & 7), 0, 99);
}

TEST(watches) {
  EventLog events;
  GuestMemory memory(&events);
  std::string text;
  memory.AddArea(0, 0x1000, &text);
  CHECK_EQ(memory.SetWatch({0x12, 1, 2, 0, 0, 0, 0}), 0u);  // changed
  memory.SetWatch({0x12, 2, 2, 1, 0, 0, 5});                // equals 5
  memory.SetWatch({0x12, 3, 2, 2, 0, 0, 5});                // differs from 5
  memory.SetWatch({0x12, 4, 2, 3, 1, 0, 0xFFFE});           // reached 0xFFFE, once
  Write16(&memory, 0x12, 0);  // nothing changes, but differs from 5; 0 is past 0xFFFE
  CHECK_EQ(events.count(), 2u);
  events.Clear();
  Write16(&memory, 0x12, 5);  // 1, 2; the once-watch is gone
  CHECK_EQ(events.count(), 2u);
  events.Clear();
  Write16(&memory, 0x10, 9);  // a neighbour
  Write16(&memory, 0x14, 9);
  CHECK_EQ(events.count(), 0u);
  memory.SetWatch({0x12, 4, 2, 3, 1, 0, 7});
  Write16(&memory, 0x12, 6);  // 1, 3
  CHECK_EQ(events.count(), 2u);
  events.Clear();
  Write16(&memory, 0x12, 7);  // 1, 3, 4
  CHECK_EQ(events.count(), 3u);
  events.Clear();
  for (uint32_t id = 1; id <= 4; ++id) memory.RemoveWatch(id);
  Write16(&memory, 0x12, 8);
  CHECK_EQ(events.count(), 0u);
}

TEST(watches_for_reads) {
  EventLog events;
  GuestMemory memory(&events);
  std::string text;
  memory.AddArea(0, 0x1000, &text);
  memory.SetWatch({0x12, 1, 2, kWatchRead, 0, 0, 0});
  memory.SetWatch({0x12, 2, 2, kWatchRead, 1, 0, 0});  // once
  Write16(&memory, 0x12, 5);
  memory.DeviceRead(0x0, 0x12, 0, 1);  // ends before it
  memory.DeviceRead(0x14, 8, 0, 2);
  CHECK_EQ(events.count(), 0u);
  memory.DeviceRead(0x8, 0x40, 0, 3);
  CHECK_EQ(events.count(), 2u);
  memory.DeviceRead(0x13, 1, 0, 4);
  CHECK_EQ(events.count(), 3u);
  memory.RemoveWatch(1);
  memory.DeviceRead(0x12, 2, 0, 5);
  CHECK_EQ(events.count(), 3u);
}

TEST(a_write_of_the_testbench_is_no_change) {
  EventLog events;
  GuestMemory memory(&events);
  std::string text;
  memory.AddArea(0, 0x1000, &text);
  memory.SetWatch({0x10, 1, 2, 0, 0, 0, 0});
  *memory.At(0x10, 1) = 3;
  memory.RefreshWatches();
  Write16(&memory, 0x10, 3);
  CHECK_EQ(events.count(), 0u);
}

TEST(error_ranges) {
  EventLog events;
  GuestMemory memory(&events);
  memory.AddError({0x100, 0x10, 1, 1, 2, 0});
  memory.AddError({0x200, 0x10, 2, 2, 3, 2});
  CHECK_EQ(memory.TakeError(0xF0, 0x10, false), 0);
  CHECK_EQ(memory.TakeError(0xF0, 0x11, false), 2);
  CHECK_EQ(memory.TakeError(0x10F, 1, false), 2);
  CHECK_EQ(memory.TakeError(0x110, 1, false), 0);
  CHECK_EQ(memory.TakeError(0x100, 1, true), 0);
  CHECK_EQ(memory.TakeError(0x200, 1, true), 3);
  CHECK_EQ(memory.TakeError(0x200, 1, true), 3);
  CHECK_EQ(memory.TakeError(0x200, 1, true), 0);  // the count is used up
  memory.RemoveErrors(1);
  CHECK_EQ(memory.TakeError(0x100, 1, false), 0);
}

static ExitCode OptionsCode(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "sim");
  try {
    ParseOptions(static_cast<int>(arguments.size()), arguments.data());
    return ExitCode::kNormal;
  } catch (const SimError& error) {
    return error.code();
  }
}

TEST(options) {
  const char* good[] = {"sim",      "+fd=3,4",       "--seed=9",          "--mem",  "0x1000:4096",
                        "--mem-fd", "0:8192:5:4096", "+verilator+seed+1", "--stats"};
  const Options options = ParseOptions(9, good);
  CHECK_EQ(options.in_fd, 3);
  CHECK_EQ(options.out_fd, 4);
  CHECK_EQ(options.seed, 9u);
  CHECK_EQ(options.memories.size(), 2u);
  CHECK_EQ(options.memories[1].fd, 5);
  CHECK_EQ(options.memories[1].offset, 4096u);
  CHECK_EQ(options.plusargs.size(), 1u);
  CHECK(options.stats);
  CHECK(OptionsCode({"--socket", "/tmp/x"}) == ExitCode::kNormal);
  CHECK(OptionsCode({"--help"}) == ExitCode::kNormal);
  const std::vector<std::vector<const char*>> bad = {
      {},
      {"--fd"},
      {"--fd", ""},
      {"--fd", "-1"},
      {"--fd", "1,2,3"},
      {"--fd", "99999999999999999999"},
      {"--fd", "3", "--socket", "x"},
      {"--fd", "3", "--seed", "0"},
      {"--fd", "3", "--seed", "2147483648"},
      {"--fd", "3", "--mem", "1"},
      {"--fd", "3", "--mem", "1:2:3"},
      {"--fd", "3", "--mem-fd", "1:2"},
      {"--tcp", "65536"},
      {"--fd", "3", "--stats=1"},
      {"--fd", "3", "--nope"},
      {"--fd", "3", "file"},
      {"--socket="},
      {"--fd", "3", "--max-cycles", "0"},
  };
  for (const auto& arguments : bad) CHECK(OptionsCode(arguments) == ExitCode::kCommandLine);
}
