// vfio-user: the decoder with a function made by hand, and the PCI function with a device made by
// hand. SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../../sim/error.h"
#include "../pci_function.h"
#include "../peer_error.h"
#include "../vfio_protocol.h"
#include "check.h"
#include "fake_device.h"

using namespace vnet_cosim;

namespace {

using Bytes = std::vector<uint8_t>;

// Little-endian numbers one after the other.
class Packer {
 public:
  template <typename T>
  Packer& Put(T value) {
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof(value));
    return *this;
  }
  Packer& U16(uint16_t value) { return Put(value); }
  Packer& U32(uint32_t value) { return Put(value); }
  Packer& U64(uint64_t value) { return Put(value); }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Bytes Message(uint16_t command, const Bytes& payload, uint32_t flags = 0) {
  Bytes message = Packer()
                      .U16(0x1234)
                      .U16(command)
                      .U32(static_cast<uint32_t>(16 + payload.size()))
                      .U32(flags)
                      .U32(0)
                      .bytes();
  message.insert(message.end(), payload.begin(), payload.end());
  return message;
}

Bytes Version() {
  return Message(1, Packer().U16(0).U16(1).bytes());
}

uint32_t Word(const Bytes& bytes, size_t at) {
  uint32_t value = 0;
  if (at + 4 <= bytes.size()) std::memcpy(&value, &bytes[at], 4);
  return value;
}

// A connected server with the real PCI function in front of a device made by hand.
class Bench {
 public:
  explicit Bench(bool greet = true) {
    device.Write(0x12, 2, 2);  // two virtqueues
    function = std::make_unique<PciFunction>(&device, [this](const std::string& t) { said += t; });
    server = std::make_unique<VfioServer>(function.get());
    device.accesses.clear();
    if (greet) Send(Version());
  }

  Bytes Send(const Bytes& message, std::vector<int> fds = {}) {
    server->bytes()->insert(server->bytes()->end(), message.begin(), message.end());
    for (const int fd : fds) server->fds()->emplace_back(fd);
    return server->Process();
  }

  // The error number of a reply; 0 if it is none.
  uint32_t Error(const Bytes& reply) {
    CHECK(reply.size() >= 16);
    CHECK_EQ(Word(reply, 8) & 0xF, 1u);
    CHECK_EQ(Word(reply, 4), reply.size());
    return (Word(reply, 8) & 0x20) != 0 ? Word(reply, 12) : 0;
  }

  uint32_t Config(uint32_t offset) {
    const Bytes reply = Send(Message(9, Packer().U64(offset).U32(7).U32(4).bytes()));
    CHECK_EQ(reply.size(), size_t{36});
    return Word(reply, 32);
  }
  uint32_t SetConfig(uint32_t offset, uint32_t value) {
    return Error(Send(Message(10, Packer().U64(offset).U32(7).U32(4).U32(value).bytes())));
  }
  uint32_t SetIrqs(uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
                   std::vector<int> fds = {}) {
    return Error(
        Send(Message(8, Packer().U32(20).U32(flags).U32(index).U32(start).U32(count).bytes()),
             std::move(fds)));
  }

  std::string Thrown(const Bytes& message) {
    try {
      Send(message);
    } catch (const PeerError& error) {
      return error.what();
    }
    return "nothing";
  }

  vnet_test::FakeDevice device;
  std::unique_ptr<PciFunction> function;
  std::unique_ptr<VfioServer> server;
  std::string said;
};

bool Says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// How often an eventfd was signalled since the last look.
uint64_t Signals(int fd) {
  uint64_t count = 0;
  if (read(fd, &count, sizeof(count)) != sizeof(count)) return 0;
  return count;
}

int NewEvent() {
  return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int NewMemory(uint64_t size) {
  const int fd = memfd_create("guest", MFD_CLOEXEC);
  CHECK_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
  return fd;
}

Bytes MapMessage(uint64_t addr, uint64_t size, uint32_t flags = 3, uint64_t offset = 0) {
  return Message(2, Packer().U32(32).U32(flags).U64(offset).U64(addr).U64(size).bytes());
}

Bytes UnmapMessage(uint64_t addr, uint64_t size, uint32_t flags = 0) {
  return Message(3, Packer().U32(24).U32(flags).U64(addr).U64(size).bytes());
}

constexpr uint32_t kTriggerEvent = 0x24;
constexpr uint32_t kTriggerNone = 0x21;
constexpr uint32_t kMask = 0x09;
constexpr uint32_t kUnmask = 0x11;

}  // namespace

TEST(vfio_version_is_negotiated_first) {
  Bench bench(false);
  CHECK(Says(bench.Thrown(Message(4, Bytes(16))), "expected VERSION as the first message"));
  Bench again(false);
  const Bytes reply = again.Send(Version());
  CHECK_EQ(again.Error(reply), 0u);
  CHECK_EQ(Word(reply, 16), 0u);
  CHECK_EQ(reply.back(), 0);
  CHECK(Says(std::string(reply.begin() + 20, reply.end()), "max_msg_fds"));
  Bench wrong(false);
  CHECK(
      Says(wrong.Thrown(Message(1, Packer().U16(1).U16(0).bytes())), "VERSION 1.0, expected 0.x"));
}

TEST(vfio_messages_may_come_in_pieces) {
  Bench bench;
  const Bytes message = Message(4, Packer().U32(16).U32(0).U32(0).U32(0).bytes());
  for (size_t i = 0; i < message.size(); ++i) {
    CHECK_EQ(bench.server->at_boundary(), i == 0);
    CHECK_EQ(bench.server->wanted(), i < 16 ? 16 - i : 32 - i);
    const Bytes reply = bench.Send({message[i]});
    CHECK_EQ(reply.empty(), i + 1 < message.size());
    if (!reply.empty()) {
      CHECK_EQ(Word(reply, 20), 3u);  // PCI, can be reset
      CHECK_EQ(Word(reply, 24), 9u);
      CHECK_EQ(Word(reply, 28), 5u);
    }
  }
  CHECK(bench.server->at_boundary());
}

TEST(vfio_broken_streams_are_refused) {
  const Bytes short_size = Packer().U16(1).U16(4).U32(15).U32(0).U32(0).bytes();
  CHECK(Says(Bench().Thrown(short_size), "message of 15 bytes, expected 16 to"));
  const Bytes huge = Packer().U16(1).U16(10).U32(0x7FFFFFFF).U32(0).U32(0).bytes();
  CHECK(Says(Bench().Thrown(huge), "message of 2147483647 bytes"));
  CHECK(Says(Bench().Thrown(Message(4, Bytes(16), 1)), "message type 1, expected a command"));
  CHECK(Says(Bench().Thrown(Message(9, Bytes(8))), "REGION_READ 4660: payload of 8 bytes"));
  CHECK(Says(Bench().Thrown(Message(10, Packer().U64(0).U32(0).U32(4).U16(1).bytes())),
             "count 4 with 2 bytes of data"));
  Bench bench;
  for (int i = 0; i < 9; ++i) bench.server->fds()->emplace_back(NewEvent());
  CHECK(Says(bench.Thrown(Message(13, {})), "9 file descriptors, expected at most 8"));
}

TEST(vfio_unknown_and_wrong_requests_are_answered_with_an_error) {
  Bench bench;
  CHECK_EQ(bench.Error(bench.Send(Message(6, Bytes(16)))), uint32_t{ENOTSUP});
  CHECK_EQ(bench.Error(bench.Send(Message(77, {}))), uint32_t{ENOTSUP});
  CHECK_EQ(bench.Error(
               bench.Send(Message(5, Packer().U32(32).U32(0).U32(9).U32(0).U64(0).U64(0).bytes()))),
           uint32_t{EINVAL});
  CHECK_EQ(bench.Error(bench.Send(Message(9, Packer().U64(0).U32(7).U32(70000).bytes()))),
           uint32_t{EINVAL});
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 2, 3, 1), uint32_t{EINVAL});
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 2, 0xFFFFFFFF, 2), uint32_t{EINVAL});
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 5, 0, 0), uint32_t{EINVAL});
  CHECK_EQ(bench.SetIrqs(0, 2, 0, 1), uint32_t{ENOTSUP});
  CHECK_EQ(bench.SetIrqs(kMask, 2, 0, 1), uint32_t{ENOTSUP});
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 2, 0, 3, {NewEvent()}), uint32_t{EINVAL});
}

TEST(vfio_regions_and_interrupts_are_described) {
  Bench bench;
  const uint64_t sizes[] = {0x4000, 0x1000, 0, 0, 0, 0, 0, 0x1000, 0};
  for (uint32_t region = 0; region < 9; ++region) {
    const Bytes reply =
        bench.Send(Message(5, Packer().U32(32).U32(0).U32(region).U32(0).U64(0).U64(0).bytes()));
    CHECK_EQ(reply.size(), size_t{48});
    CHECK_EQ(Word(reply, 20), sizes[region] == 0 ? 0u : 3u);
    CHECK_EQ(Word(reply, 32), sizes[region]);
  }
  const uint32_t counts[] = {1, 0, 3, 0, 0};
  for (uint32_t index = 0; index < 5; ++index) {
    const Bytes reply = bench.Send(Message(7, Packer().U32(16).U32(0).U32(index).U32(0).bytes()));
    CHECK_EQ(Word(reply, 28), counts[index]);
  }
}

TEST(vfio_registers_are_reached_with_their_width) {
  Bench bench;
  for (const uint32_t width : {1u, 2u, 4u}) {
    Packer data = Packer().U64(0x1000).U32(0).U32(width);
    for (uint32_t i = 0; i < width; ++i) data.Put(static_cast<uint8_t>(0x10 + i));
    CHECK_EQ(bench.Error(bench.Send(Message(10, data.bytes()))), 0u);
    CHECK_EQ(bench.device.accesses.back().kind, 'w');
    CHECK_EQ(bench.device.accesses.back().size, width);
    const Bytes reply = bench.Send(Message(9, Packer().U64(0x1000).U32(0).U32(width).bytes()));
    CHECK_EQ(reply.size(), size_t{32 + width});
    CHECK_EQ(reply[32 + width - 1], 0x10 + width - 1);
  }
  // Eight bytes are two accesses.
  bench.device.accesses.clear();
  CHECK_EQ(bench.Error(bench.Send(Message(9, Packer().U64(0x20).U32(0).U32(8).bytes()))), 0u);
  CHECK_EQ(bench.device.accesses.size(), size_t{2});
  // A posted write is not answered.
  const Bytes posted = Packer().U64(0x1000).U32(0).U32(2).U16(1).bytes();
  CHECK(bench.Send(Message(10, posted, 0x10)).empty());
  bench.device.accesses.clear();
  for (const auto& [offset, count] : {std::pair<uint64_t, uint32_t>{0x1001, 2},
                                      {0x10, 3},
                                      {0x4000, 4},
                                      {0x3FFE, 4},
                                      {~uint64_t{0} - 1, 4},
                                      {0, 0}}) {
    CHECK_EQ(bench.Error(bench.Send(Message(9, Packer().U64(offset).U32(0).U32(count).bytes()))),
             uint32_t{EINVAL});
  }
  CHECK(bench.device.accesses.empty());
}

TEST(vfio_configuration_space_is_that_of_a_virtio_card) {
  Bench bench;
  CHECK_EQ(bench.Config(0), 0x10411AF4u);
  CHECK_EQ(bench.Config(8) >> 8, 0x020000u);
  CHECK_EQ(bench.Config(4) >> 16 & 0x10, 0x10u);
  // The list goes through MSI-X and PCI Express to the capabilities of the RTL.
  CHECK_EQ(bench.Config(0x34), 0x40u);
  CHECK_EQ(bench.Config(0x40) & 0xFFFF, 0x5011u);
  CHECK_EQ(bench.Config(0x40) >> 16, 2u);  // three vectors
  CHECK_EQ(bench.Config(0x50) & 0xFFFF, 0x9010u);
  bench.device.config[0x90 / 4] = 0x01100009;
  CHECK_EQ(bench.Config(0x90), 0x01100009u);
  CHECK_EQ(bench.Config(0xFFC), 0u);
  // BARs can be sized; what is read-only stays.
  CHECK_EQ(bench.SetConfig(0x10, 0xFFFFFFFF), 0u);
  CHECK_EQ(bench.Config(0x10), 0xFFFFC000u);
  CHECK_EQ(bench.SetConfig(0x14, 0xFFFFFFFF), 0u);
  CHECK_EQ(bench.Config(0x14), 0xFFFFF000u);
  CHECK_EQ(bench.SetConfig(0x18, 0xFFFFFFFF), 0u);
  CHECK_EQ(bench.Config(0x18), 0u);
  CHECK_EQ(bench.SetConfig(0, 0), 0u);
  CHECK_EQ(bench.Config(0), 0x10411AF4u);
  // Writes of any width; those for the RTL reach it with their strobes.
  CHECK_EQ(
      bench.Error(bench.Send(Message(10, Packer().U64(0x95).U32(7).U32(2).U16(0xBBAA).bytes()))),
      0u);
  CHECK_EQ(bench.device.config[0x94 / 4], 0x00BBAA00u);
  const Bytes all = bench.Send(Message(9, Packer().U64(0).U32(7).U32(256).bytes()));
  CHECK_EQ(all.size(), size_t{32 + 256});
}

TEST(vfio_memory_is_mapped_and_unmapped) {
  Bench bench;
  GuestMap* memory = bench.device.memory();
  CHECK_EQ(bench.Error(bench.Send(MapMessage(0x100000, 0x2000), {NewMemory(0x2000)})), 0u);
  CHECK_EQ(bench.Error(bench.Send(MapMessage(0x200000, 0x1000, 1), {NewMemory(0x1000)})), 0u);
  CHECK(memory->At(0x100000, 0x2000, true) != nullptr);
  CHECK(memory->At(0x200000, 1, false) != nullptr);
  CHECK(memory->At(0x200000, 1, true) == nullptr);
  // Without a descriptor: accepted, and not there for the device.
  CHECK_EQ(bench.Error(bench.Send(MapMessage(0x300000, 0x1000))), 0u);
  CHECK(memory->At(0x300000, 1, false) == nullptr);
  CHECK_EQ(bench.Error(bench.Send(MapMessage(0x100000, 0x1000), {NewMemory(0x1000)})),
           uint32_t{EINVAL});
  CHECK(Says(bench.said, "overlaps"));
  CHECK_EQ(bench.Error(bench.Send(MapMessage(0x400000, 0x2000), {NewMemory(0x1000)})),
           uint32_t{EINVAL});

  const Bytes reply = bench.Send(UnmapMessage(0x100000, 0x2000));
  CHECK_EQ(bench.Error(reply), 0u);
  CHECK_EQ(reply.size(), size_t{40});
  CHECK(memory->At(0x100000, 1, false) == nullptr);
  CHECK_EQ(bench.device.drains, 0);  // as often resumed as drained
  CHECK_EQ(bench.Error(bench.Send(UnmapMessage(0x300000, 0x1000))), 0u);
  CHECK_EQ(bench.Error(bench.Send(UnmapMessage(0x300000, 0x1000))), uint32_t{EINVAL});
  CHECK_EQ(bench.Error(bench.Send(UnmapMessage(0, 0, 2))), 0u);
  CHECK_EQ(memory->ranges(), size_t{0});
  CHECK_EQ(bench.Error(bench.Send(UnmapMessage(0, 0, 1))), uint32_t{ENOTSUP});
}

TEST(vfio_msix_vectors_signal_their_eventfds) {
  Bench bench;
  // Fired before there was an event: it is not lost.
  bench.device.on_msix(1);
  const int first = NewEvent(), second = NewEvent();
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 2, 1, 1, {dup(first)}), 0u);
  CHECK_EQ(Signals(first), 1u);
  bench.device.on_msix(1);
  bench.device.on_msix(1);
  bench.device.on_msix(0);
  bench.device.on_msix(99);
  CHECK_EQ(Signals(first), 2u);
  // A new event replaces the old one.
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 2, 1, 1, {dup(second)}), 0u);
  bench.device.on_msix(1);
  CHECK_EQ(Signals(first), 0u);
  CHECK_EQ(Signals(second), 1u);
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 2, 1, 1), 0u);
  bench.device.on_msix(1);
  CHECK_EQ(Signals(second), 0u);
  CHECK_EQ(bench.SetIrqs(kTriggerNone, 2, 0, 0), 0u);
  CHECK_EQ(bench.SetConfig(0x40, 0x80000000), 0u);
  CHECK(bench.device.msix_enabled);
  CHECK_EQ(bench.SetConfig(0x40, 0), 0u);
  CHECK(!bench.device.msix_enabled);
  close(first);
  close(second);
}

TEST(vfio_intx_is_masked_until_it_was_served) {
  Bench bench;
  const int event = NewEvent();
  CHECK_EQ(bench.SetIrqs(kTriggerEvent, 0, 0, 1, {dup(event)}), 0u);
  bench.device.on_intx(true);
  CHECK_EQ(Signals(event), 1u);
  CHECK_EQ(bench.Config(4) >> 19 & 1, 1u);
  // Still up when the peer asks for more: it comes again. Down: it does not.
  CHECK_EQ(bench.SetIrqs(kUnmask, 0, 0, 1), 0u);
  CHECK_EQ(Signals(event), 1u);
  bench.device.on_intx(false);
  CHECK_EQ(bench.SetIrqs(kUnmask, 0, 0, 1), 0u);
  CHECK_EQ(Signals(event), 0u);
  CHECK_EQ(bench.SetIrqs(kMask, 0, 0, 1), 0u);
  bench.device.on_intx(true);
  CHECK_EQ(Signals(event), 0u);
  CHECK_EQ(bench.SetIrqs(kUnmask, 0, 0, 1), 0u);
  CHECK_EQ(Signals(event), 1u);
  // The bit INTx Disable holds it back.
  CHECK_EQ(bench.SetConfig(4, 0x400), 0u);
  CHECK_EQ(bench.SetIrqs(kUnmask, 0, 0, 1), 0u);
  CHECK_EQ(Signals(event), 0u);
  CHECK_EQ(bench.SetConfig(4, 0), 0u);
  CHECK_EQ(Signals(event), 1u);
  CHECK_EQ(bench.SetIrqs(kTriggerNone, 0, 0, 0), 0u);
  CHECK_EQ(bench.SetIrqs(kUnmask, 0, 0, 1), 0u);
  CHECK_EQ(Signals(event), 0u);
  close(event);
}

TEST(vfio_reset_is_a_reset_of_the_driver_and_the_header) {
  Bench bench;
  bench.device.Write(0x14, 0x0F, 1);
  CHECK_EQ(bench.SetConfig(4, 0x6), 0u);
  CHECK_EQ(bench.SetConfig(0x40, 0x80000000), 0u);
  CHECK_EQ(bench.SetConfig(0xD8, 0x2000), 0u);
  CHECK_EQ(bench.Error(bench.Send(Message(13, {}))), 0u);
  CHECK_EQ(bench.device.registers[0x14], 0);
  CHECK_EQ(bench.Config(4) & 0xFFFF, 0u);
  CHECK_EQ(bench.Config(0x40) >> 31, 0u);
  CHECK_EQ(bench.Config(0xD8), 0u);
  CHECK(!bench.device.msix_enabled);
}
