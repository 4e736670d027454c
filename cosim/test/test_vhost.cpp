// vhost-user: messages, the back-end against a device made by hand, the session over a socket.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cstring>

#include "../../sim/error.h"
#include "../peer_error.h"

#include "../feature_names.h"
#include "../vhost_backend.h"
#include "../vhost_session.h"
#include "check.h"
#include "register_device.h"

using namespace vnet_cosim;
using vnet_test::RegisterDevice;

namespace {

constexpr uint64_t kUser = 0x7F0000000000;
constexpr uint64_t kGuest = 0x40000000;
constexpr uint64_t kBytes = 1 << 20;
constexpr uint64_t kVersion1 = uint64_t{1} << 32;

UniqueFd Memory(uint64_t size = kBytes) {
  UniqueFd fd(memfd_create("guest", MFD_CLOEXEC));
  CHECK(ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
  return fd;
}

UniqueFd Event() {
  return UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}
UniqueFd Copy(const UniqueFd& fd) {
  return UniqueFd(dup(fd.get()));
}

template <typename T>
VhostMessage Message(uint32_t request, const T& payload, uint32_t flags = kVhostVersion) {
  VhostMessage message;
  message.request = request;
  message.flags = flags;
  message.payload.resize(sizeof(payload));
  std::memcpy(message.payload.data(), &payload, sizeof(payload));
  return message;
}

VhostMessage Message(uint32_t request) {
  VhostMessage message;
  message.request = request;
  message.flags = kVhostVersion;
  return message;
}

VhostMessage State(uint32_t request, uint32_t index, uint32_t num) {
  return Message(request, VhostVringState{index, num});
}

VhostMessage RingFd(uint32_t request, uint64_t value, UniqueFd fd) {
  VhostMessage message = Message(request, value);
  if (fd) message.fds.push_back(std::move(fd));
  return message;
}

VhostMessage Table(const std::vector<VhostRegion>& regions, const UniqueFd& fd) {
  VhostMessage message = Message(kVhostSetMemTable, static_cast<uint64_t>(regions.size()));
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(regions.data());
  message.payload.insert(message.payload.end(), bytes,
                         bytes + regions.size() * sizeof(VhostRegion));
  for (size_t i = 0; i < regions.size(); ++i) message.fds.push_back(Copy(fd));
  return message;
}

template <typename T>
T Payload(const std::vector<uint8_t>& reply) {
  T value = {};
  CHECK_EQ(reply.size(), sizeof(VhostHeader) + sizeof(T));
  if (reply.size() == sizeof(VhostHeader) + sizeof(T)) {
    std::memcpy(&value, reply.data() + sizeof(VhostHeader), sizeof(value));
  }
  return value;
}

std::vector<uint8_t> Bytes(const VhostMessage& message) {
  const VhostHeader header = {message.request, message.flags,
                              static_cast<uint32_t>(message.payload.size())};
  std::vector<uint8_t> bytes(sizeof(header));
  std::memcpy(bytes.data(), &header, sizeof(header));
  bytes.insert(bytes.end(), message.payload.begin(), message.payload.end());
  return bytes;
}

// The text of the PeerError that the action ends with, or "".
template <typename Action>
std::string Refusal(Action action) {
  try {
    action();
  } catch (const PeerError& error) {
    return error.what();
  }
  return "";
}

bool Contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  vnet_test::Failure(__FILE__, __LINE__, "'" + text + "' does not contain '" + part + "'");
  return false;
}

// A front-end with memory, and a back-end with a device behind it.
struct Bench {
  RegisterDevice device;
  std::vector<std::string> log;
  std::unique_ptr<VhostBackend> backend = std::make_unique<VhostBackend>(
      &device, UINT64_MAX, [this](const std::string& text) { log.push_back(text); });
  UniqueFd memory = Memory();
  UniqueFd kick = Event();
  UniqueFd call = Event();
  UniqueFd err = Event();

  std::vector<uint8_t> Send(VhostMessage message) { return backend->Handle(std::move(message)); }
  std::string Try(VhostMessage message) {
    return Refusal([&] { Send(std::move(message)); });
  }

  void Begin(uint64_t features = kVersion1 | kVhostFeatureProtocol) {
    Send(Message(kVhostSetOwner));
    Send(Message(kVhostSetProtocolFeatures, kVhostProtocolReplyAck | kVhostProtocolConfig));
    Send(Message(kVhostSetFeatures, features));
    Send(Table({{kGuest, kBytes, kUser, 0}}, memory));
  }

  static VhostVringAddr Addr(uint32_t index) {
    const uint64_t base = kUser + 0x10000 * (index + 1);
    return {index, 0, base, base + 0x2000, base + 0x1000, 0};
  }

  void SetUpRing(uint32_t index, uint32_t base = 0) {
    Send(State(kVhostSetVringNum, index, 256));
    Send(State(kVhostSetVringBase, index, base));
    Send(Message(kVhostSetVringAddr, Addr(index)));
    Send(RingFd(kVhostSetVringCall, index, Copy(call)));
    Send(RingFd(kVhostSetVringErr, index, Copy(err)));
    Send(RingFd(kVhostSetVringKick, index, Copy(kick)));
  }

  void StartRing(uint32_t index) {
    SetUpRing(index);
    Send(State(kVhostSetVringEnable, index, 1));
  }
};

uint64_t Count(const UniqueFd& fd) {
  uint64_t count = 0;
  return read(fd.get(), &count, sizeof(count)) == sizeof(count) ? count : 0;
}

}  // namespace

TEST(vhost_decoder_cuts_messages_whatever_the_pieces) {
  const std::vector<uint8_t> bytes = Bytes(State(kVhostSetVringNum, 1, 256));
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    VhostDecoder decoder;
    std::optional<VhostMessage> message;
    size_t at = 0;
    while (at < bytes.size()) {
      CHECK(!message);
      const size_t count = std::min({piece, decoder.wanted(), bytes.size() - at});
      message = decoder.Feed(&bytes[at], count, {});
      at += count;
      CHECK_EQ(decoder.at_boundary(), at == bytes.size());
    }
    CHECK(message.has_value());
    CHECK_EQ(message->request, static_cast<uint32_t>(kVhostSetVringNum));
    CHECK_EQ(AsVringState(*message).num, 256u);
  }
}

TEST(vhost_decoder_refuses_what_is_no_request) {
  const auto refusal = [](VhostHeader header) {
    VhostDecoder decoder;
    return Refusal(
        [&] { decoder.Feed(reinterpret_cast<const uint8_t*>(&header), sizeof(header), {}); });
  };
  CHECK(Contains(refusal({kVhostGetFeatures, 2, 0}), "version 1 expected, 2 seen"));
  CHECK(Contains(refusal({kVhostGetFeatures, 5, 0}), "a reply seen"));
  CHECK(Contains(refusal({kVhostSetMemTable, 1, 1025}), "1025 announced"));
  CHECK(Contains(refusal({99, 1, 0xFFFFFFFF}), "request 99"));
  CHECK_EQ(refusal({kVhostSetMemTable, 1, 1024}), std::string());
}

TEST(vhost_decoder_refuses_too_many_descriptors) {
  VhostDecoder decoder;
  const std::vector<uint8_t> bytes = Bytes(Message(kVhostSetOwner));
  std::vector<UniqueFd> fds;
  for (int i = 0; i < 9; ++i) fds.push_back(Event());
  CHECK(Contains(Refusal([&] { decoder.Feed(bytes.data(), 4, std::move(fds)); }), "at most 8"));
}

TEST(vhost_payloads_must_have_the_shape_of_their_request) {
  CHECK_EQ(AsU64(State(kVhostSetFeatures, 7, 1)), uint64_t{0x100000007});
  CHECK(Contains(Refusal([] { AsU64(Message(kVhostSetFeatures)); }),
                 "SET_FEATURES: payload of 8 bytes expected, 0 seen"));
  CHECK(Contains(Refusal([] { AsNothing(State(kVhostGetFeatures, 0, 0)); }), "8 seen"));
  CHECK(Contains(Refusal([] { AsVringAddr(State(kVhostSetVringAddr, 0, 0)); }), "40 bytes"));
  CHECK(Contains(Refusal([] {
                   VhostMessage message = State(kVhostSetVringNum, 0, 0);
                   message.fds.push_back(Event());
                   AsVringState(message);
                 }),
                 "0 file descriptors expected, 1 seen"));
  bool has_fd = false;
  CHECK(Contains(Refusal([&] { AsVringFd(Message(kVhostSetVringKick, uint64_t{0}), &has_fd); }),
                 "1 file descriptors expected, 0 seen"));
  CHECK(Contains(Refusal([&] { AsVringFd(RingFd(kVhostSetVringCall, 0x100, Event()), &has_fd); }),
                 "0 file descriptors expected, 1 seen"));
  CHECK_EQ(AsVringFd(Message(kVhostSetVringCall, uint64_t{0x101}), &has_fd), 1u);
  CHECK(!has_fd);
}

TEST(vhost_memory_tables_must_have_the_size_they_announce) {
  CHECK(Contains(Refusal([] { AsRegions(Message(kVhostSetMemTable)); }), "8 bytes expected"));
  CHECK(
      Contains(Refusal([] { AsRegions(Message(kVhostSetMemTable, uint64_t{9})); }), "9 announced"));
  CHECK(Contains(Refusal([] { AsRegions(Message(kVhostSetMemTable, uint64_t{1})); }),
                 "payload of 40 bytes expected, 8 seen"));
  const UniqueFd memory = Memory();
  VhostMessage message = Table({{kGuest, kBytes, kUser, 0}}, memory);
  message.fds.clear();
  CHECK(Contains(Refusal([&] { AsRegions(message); }), "1 file descriptors expected, 0 seen"));
  // User Mode Linux sends a table of two, with rubbish behind the last region.
  VhostMessage whole = Table({{kGuest, kBytes, kUser, 0}}, memory);
  whole.payload.resize(8 + 2 * sizeof(VhostRegion), 0xEE);
  CHECK_EQ(AsRegions(whole).size(), size_t{1});
}

TEST(vhost_configuration_accesses_must_stay_inside) {
  const auto refusal = [](VhostConfig config, size_t bytes) {
    VhostMessage message = Message(kVhostGetConfig, config);
    message.payload.resize(message.payload.size() + bytes);
    return Refusal([&] { AsConfig(message); });
  };
  CHECK_EQ(refusal({0, 256, 0}, 256), std::string());
  CHECK(Contains(refusal({1, 256, 0}, 256), "256 bytes at 1 seen"));
  CHECK(Contains(refusal({0xFFFFFFFF, 2, 0}, 2), "inside 0..255"));
  CHECK(Contains(refusal({0, 8, 0}, 7), "payload of 20 bytes expected, 19 seen"));
}

TEST(vhost_features_are_offered_and_must_be_a_subset) {
  Bench bench;
  const uint64_t offered = Payload<uint64_t>(bench.Send(Message(kVhostGetFeatures)));
  CHECK((offered & kVhostFeatureProtocol) != 0);
  CHECK((offered & kVersion1) != 0);
  CHECK((offered >> 40) == 0);  // RING_RESET is the bridge's own means
  CHECK((offered & uint64_t{1} << 34) == 0);
  CHECK(Contains(bench.Try(Message(kVhostSetFeatures, uint64_t{1} << 34)), "a subset of"));
  CHECK(Contains(bench.Try(Message(kVhostSetProtocolFeatures, uint64_t{1})), "a subset of"));
  // No MQ: it would promise queues that are not there.
  const uint64_t protocol = Payload<uint64_t>(bench.Send(Message(kVhostGetProtocolFeatures)));
  CHECK_EQ(protocol, uint64_t{1 << 3 | 1 << 5 | 1 << 9});
}

TEST(vhost_offer_can_be_narrowed) {
  RegisterDevice device;
  VhostBackend backend(&device, ParseFeatures("mrg_rxbuf"), [](const std::string&) {});
  CHECK_EQ(Payload<uint64_t>(backend.Handle(Message(kVhostGetFeatures))),
           uint64_t{1} << 15 | kVhostFeatureProtocol);
}

TEST(vhost_ring_becomes_register_accesses) {
  Bench bench;
  bench.Begin();
  CHECK_EQ(bench.device.status, 0);
  bench.StartRing(0);
  bench.StartRing(1);
  CHECK_EQ(bench.device.status, 0x0F);
  CHECK_EQ(bench.device.features, kVersion1);
  CHECK(bench.device.msix_enabled);
  for (uint32_t i = 0; i < 2; ++i) {
    const RegisterDevice::Queue& queue = bench.device.queues[i];
    CHECK_EQ(queue.enable, 1);
    CHECK_EQ(queue.size, 256);
    CHECK_EQ(queue.vector, i + 1);
    CHECK_EQ(queue.addr(0), kGuest + 0x10000 * (i + 1));
    CHECK_EQ(queue.addr(1), kGuest + 0x10000 * (i + 1) + 0x1000);
    CHECK_EQ(queue.addr(2), kGuest + 0x10000 * (i + 1) + 0x2000);
  }
}

TEST(vhost_front_end_without_features_gets_a_legacy_device) {
  Bench bench;
  bench.Send(Table({{kGuest, kBytes, kUser, 0}}, bench.memory));
  bench.SetUpRing(1);  // no SET_FEATURES, no SET_VRING_ENABLE
  CHECK_EQ(bench.device.queues[1].enable, 1);
  CHECK_EQ(bench.device.features, uint64_t{0});
  CHECK_EQ(bench.device.status, 0x07);
}

TEST(vhost_ring_can_be_enabled_before_the_features) {
  Bench bench;
  bench.Send(State(kVhostSetVringEnable, 0, 1));  // QEMU does
  bench.Begin(kVhostFeatureProtocol);
  bench.SetUpRing(0);
  bench.SetUpRing(1);
  CHECK_EQ(bench.device.queues[0].enable, 1);
  CHECK_EQ(bench.device.queues[1].enable, 0);
}

TEST(vhost_kick_notifies_and_interrupt_calls) {
  Bench bench;
  bench.Begin();
  bench.StartRing(1);
  CHECK_EQ(bench.backend->kick_fds().size(), size_t{1});
  const int fd = bench.backend->kick_fds()[0];
  bench.backend->OnKick(fd);  // nothing there: nothing happens
  CHECK(bench.device.notifications.empty());
  CHECK_EQ(eventfd_write(bench.kick.get(), 3), 0);
  bench.backend->OnKick(fd);
  CHECK_EQ(bench.device.notifications.size(), size_t{1});
  CHECK_EQ(bench.device.notifications[0], 1u);
  bench.backend->OnMsix(2);
  CHECK_EQ(Count(bench.call), uint64_t{1});
  bench.backend->OnMsix(1);  // ring 0 has no descriptor
  bench.backend->OnMsix(0xFFFF);
  CHECK_EQ(Count(bench.call), uint64_t{0});
}

TEST(vhost_full_call_descriptor_does_not_block) {
  Bench bench;
  bench.Begin();
  UniqueFd full(eventfd(0, EFD_CLOEXEC));  // blocking, as the peer made it
  CHECK_EQ(eventfd_write(full.get(), UINT64_MAX - 1), 0);
  bench.StartRing(0);
  bench.Send(RingFd(kVhostSetVringCall, 0, Copy(full)));
  bench.backend->OnMsix(1);
  CHECK_EQ(bench.backend->calls(), uint64_t{1});
}

TEST(vhost_kick_descriptor_that_is_no_eventfd_is_refused) {
  Bench bench;
  bench.Begin();
  bench.SetUpRing(0);
  bench.Send(RingFd(kVhostSetVringKick, 0, UniqueFd(open("/dev/null", O_RDONLY))));
  bench.Send(State(kVhostSetVringEnable, 0, 1));
  CHECK(Contains(Refusal([&] { bench.backend->OnKick(bench.backend->kick_fds()[0]); }),
                 "8 bytes expected, 0 read"));
}

TEST(vhost_get_vring_base_stops_the_ring_and_tells_where) {
  Bench bench;
  bench.Begin();
  bench.StartRing(0);
  uint8_t* used = bench.device.memory()->At(bench.device.queues[0].addr(2), 4, true);
  CHECK(used != nullptr);
  used[2] = 0x34;
  used[3] = 0x12;
  // The high word of the request means nothing.
  const auto state = Payload<VhostVringState>(bench.Send(State(kVhostGetVringBase, 0, 0xABCD0000)));
  CHECK_EQ(state.index, 0u);
  CHECK_EQ(state.num, 0x1234u);
  CHECK_EQ(bench.device.queue_resets, 1);
  CHECK_EQ(bench.device.queues[0].enable, 0);
  CHECK(bench.backend->kick_fds().empty());
  // To go on from there is not possible, to begin anew is.
  bench.Send(State(kVhostSetVringBase, 0, 0));
  bench.Send(RingFd(kVhostSetVringKick, 0, Copy(bench.kick)));
  CHECK_EQ(bench.device.queues[0].enable, 1);
}

TEST(vhost_ring_with_another_base_is_refused) {
  Bench bench;
  bench.Begin();
  bench.SetUpRing(1, 7);
  CHECK(Contains(bench.Try(State(kVhostSetVringEnable, 1, 1)), "ring 1: base 0 expected, 7 seen"));
  CHECK_EQ(bench.device.queues[1].enable, 0);
}

TEST(vhost_rings_must_lie_inside_one_region_and_be_aligned) {
  const auto refusal = [](uint64_t desc, uint64_t avail, uint64_t used) {
    Bench bench;
    bench.Begin();
    bench.SetUpRing(0);
    bench.Send(Message(kVhostSetVringAddr, VhostVringAddr{0, 0, desc, used, avail, 0}));
    return bench.Try(State(kVhostSetVringEnable, 0, 1));
  };
  const uint64_t end = kUser + kBytes;
  CHECK_EQ(refusal(end - 4096, kUser, kUser + 0x1000), std::string());
  CHECK(Contains(refusal(end - 4080, kUser, kUser), "descriptors: 4096 bytes inside one region"));
  CHECK(Contains(refusal(kUser - 16, kUser, kUser), "descriptors"));
  CHECK(Contains(refusal(kUser, end - 516, kUser), "available ring: 518 bytes"));
  CHECK(Contains(refusal(kUser, kUser, end - 2052), "used ring: 2054 bytes"));
  CHECK(Contains(refusal(0, kUser, kUser), "address 0x0 seen"));
  CHECK(Contains(refusal(UINT64_MAX - 15, kUser, kUser), "descriptors"));
  CHECK(Contains(refusal(kUser + 8, kUser, kUser), "multiple of 16"));
  CHECK(Contains(refusal(kUser, kUser + 1, kUser), "multiple of 2"));
  CHECK(Contains(refusal(kUser, kUser, kUser + 2), "multiple of 4"));
}

TEST(vhost_regions_must_lie_in_their_files) {
  const auto refusal = [](const std::vector<VhostRegion>& regions) {
    Bench bench;
    const std::string text = bench.Try(Table(regions, bench.memory));
    CHECK_EQ(bench.device.drains, 0);
    return text;
  };
  CHECK_EQ(refusal({{kGuest, kBytes - 4096, kUser, 4096}}), std::string());
  CHECK(Contains(refusal({{kGuest, kBytes + 4096, kUser, 0}}), "outside its file"));
  CHECK(Contains(refusal({{kGuest, kBytes, kUser, 4096}}), "outside its file"));
  CHECK(Contains(refusal({{kGuest, kBytes, kUser, UINT64_MAX - 4095}}), "outside its file"));
  CHECK(Contains(refusal({{kGuest, 0, kUser, 0}}), "empty or wraps"));
  CHECK(Contains(refusal({{UINT64_MAX - 4095, kBytes, kUser, 0}}), "empty or wraps"));
  CHECK(
      Contains(refusal({{kGuest, kBytes, kUser, 0}, {kGuest + 4096, 4096, kUser, 0}}), "overlaps"));
}

TEST(vhost_memory_table_can_be_replaced_while_rings_run) {
  Bench bench;
  bench.Begin();
  bench.StartRing(0);
  const UniqueFd other = Memory(4096);
  // The front-end maps the same memory at another place and adds a region.
  VhostMessage table = Table({{kGuest, kBytes, kUser, 0}}, bench.memory);
  VhostMessage more = Table({{kGuest, kBytes, kUser, 0}, {0, 4096, 0x1000, 0}}, bench.memory);
  more.fds[1] = Copy(other);
  CHECK_EQ(bench.Try(std::move(more)), std::string());
  CHECK_EQ(bench.device.memory()->ranges(), size_t{2});
  CHECK_EQ(bench.Try(std::move(table)), std::string());
  CHECK_EQ(bench.device.memory()->ranges(), size_t{1});
  CHECK_EQ(bench.device.queues[0].enable, 1);
  CHECK_EQ(bench.device.drains, 0);
  // One that moves or loses a running ring is refused.
  CHECK(Contains(bench.Try(Table({{kGuest + 4096, kBytes, kUser, 0}}, bench.memory)),
                 "moves ring 0, which runs"));
  CHECK(Contains(bench.Try(Table({}, bench.memory)), "inside one region"));
}

TEST(vhost_running_ring_cannot_be_changed) {
  Bench bench;
  bench.Begin();
  bench.StartRing(0);
  CHECK_EQ(bench.Try(State(kVhostSetVringNum, 0, 256)), std::string());
  CHECK(Contains(bench.Try(State(kVhostSetVringNum, 0, 128)), "ring 0 runs"));
  CHECK_EQ(bench.Try(State(kVhostSetVringBase, 0, 0)), std::string());
  CHECK(Contains(bench.Try(State(kVhostSetVringBase, 0, 1)), "ring 0 runs"));
  CHECK_EQ(bench.Try(Message(kVhostSetVringAddr, Bench::Addr(0))), std::string());
  VhostVringAddr moved = Bench::Addr(0);
  moved.used += 64;
  CHECK(Contains(bench.Try(Message(kVhostSetVringAddr, moved)), "ring 0 runs"));
  CHECK(Contains(bench.Try(Message(kVhostSetFeatures, uint64_t{0})), "while a ring runs"));
}

TEST(vhost_wrong_numbers_are_refused) {
  Bench bench;
  bench.Begin();
  CHECK(Contains(bench.Try(State(kVhostSetVringNum, 2, 256)), "ring 0..1 expected, 2 seen"));
  CHECK(Contains(bench.Try(State(kVhostSetVringNum, 0, 0)), "power of two up to 256"));
  CHECK(Contains(bench.Try(State(kVhostSetVringNum, 0, 100)), "100 seen"));
  CHECK(Contains(bench.Try(State(kVhostSetVringNum, 0, 512)), "512 seen"));
  CHECK(Contains(bench.Try(State(kVhostSetVringEnable, 0, 2)), "0 or 1 expected, 2 seen"));
  CHECK(Contains(bench.Try(RingFd(kVhostSetVringKick, 5, Event())), "ring 0..1 expected"));
  CHECK(Contains(bench.Try(RingFd(kVhostSetVringKick, 0x100, UniqueFd())), "polling"));
  CHECK(Contains(bench.Try(Message(kVhostSetVringAddr, VhostVringAddr{0, 1, 0, 0, 0, 0})),
                 "no logging"));
  CHECK(Contains(bench.Try(Message(77)), "request 77"));
  CHECK(Contains(bench.Try(Message(kVhostGetQueueNum)), "GET_QUEUE_NUM is not one"));
  CHECK(Contains(bench.Try(Message(kVhostSetBackendReqFd)), "one file descriptor expected"));
}

TEST(vhost_acknowledges_if_asked_to) {
  Bench bench;
  const VhostVringState state = {0, 256};
  const uint32_t flags = kVhostVersion | kVhostFlagNeedReply;
  CHECK(bench.Send(Message(kVhostSetVringNum, state, flags)).empty());  // not negotiated
  bench.Begin();
  CHECK_EQ(Payload<uint64_t>(bench.Send(Message(kVhostSetVringNum, state, flags))), uint64_t{0});
  CHECK(bench.Send(Message(kVhostSetVringNum, state)).empty());
  // A request with a reply of its own has only that one.
  VhostMessage get = Message(kVhostGetFeatures);
  get.flags = flags;
  CHECK(Payload<uint64_t>(bench.Send(std::move(get))) != 0);
}

TEST(vhost_configuration_is_read_from_the_device) {
  Bench bench;
  bench.Begin();
  VhostMessage message = Message(kVhostGetConfig, VhostConfig{0, 16, 0});
  message.payload.resize(12 + 16);
  const std::vector<uint8_t> reply = bench.Send(std::move(message));
  CHECK_EQ(reply.size(), size_t{12 + 12 + 16});
  for (size_t i = 0; i < 16; ++i) CHECK_EQ(reply[24 + i], i < 12 ? 0x10 + i : 0);
  VhostMessage write = Message(kVhostSetConfig, VhostConfig{0, 1, 0});
  write.payload.push_back(0);
  CHECK_EQ(bench.Try(std::move(write)), std::string());
}

TEST(vhost_queue_error_is_reported_once) {
  Bench bench;
  bench.Begin();
  bench.StartRing(0);
  bench.log.clear();
  bench.backend->CheckDevice();
  bench.backend->OnMsix(0);
  bench.backend->CheckDevice();  // a link change
  CHECK(bench.log.empty());
  bench.device.status |= 0x40;
  bench.backend->OnMsix(0);
  bench.backend->OnMsix(0);
  bench.backend->CheckDevice();
  bench.backend->CheckDevice();
  CHECK_EQ(bench.log.size(), size_t{1});
  CHECK_EQ(Count(bench.err), uint64_t{1});
}

TEST(vhost_end_stops_the_device) {
  Bench bench;
  bench.Begin();
  bench.StartRing(0);
  const int resets = bench.device.resets;
  bench.backend.reset();
  CHECK_EQ(bench.device.resets, resets + 1);
  CHECK_EQ(bench.device.queues[0].enable, 0);
  CHECK_EQ(bench.device.memory()->ranges(), size_t{0});
}

TEST(vhost_feature_texts) {
  CHECK_EQ(ParseFeatures(""), UINT64_MAX);
  CHECK_EQ(ParseFeatures("0x100008000"), uint64_t{0x100008000});
  CHECK_EQ(ParseFeatures("version_1,mrg_rxbuf"), uint64_t{0x100008000});
  CHECK_EQ(ParseFeatures("-any_layout"), ~(uint64_t{1} << 27));
  for (const char* wrong : {"nonsense", "0x12z", "-", "version_1,,mac"}) {
    std::string text;
    try {
      ParseFeatures(wrong);
    } catch (const vnet_sim::SimError& error) {
      text = error.what();
    }
    CHECK(Contains(text, "names out of mtu, "));
  }
}

// ---- The socket ----

namespace {

struct SocketBench {
  RegisterDevice device;
  std::unique_ptr<Network> network = MakeNetwork("none");
  EventLoop loop{&device, network.get()};
  UniqueFd peer;
  std::unique_ptr<Session> session;
  bool ended = false;
  std::string error;

  SocketBench() {
    int fds[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    peer = UniqueFd(fds[0]);
    session = MakeVhostSession({&device, &loop, fds[1], UINT64_MAX});
    session->on_end = [this](const std::string& text) {
      CHECK(!ended);
      ended = true;
      error = text;
      loop.Stop();
    };
  }

  void Send(const std::vector<uint8_t>& bytes, const std::vector<int>& fds = {}) {
    iovec part = {const_cast<uint8_t*>(bytes.data()), bytes.size()};
    msghdr envelope = {};
    envelope.msg_iov = &part;
    envelope.msg_iovlen = 1;
    std::vector<uint8_t> control(CMSG_SPACE(sizeof(int) * fds.size()));
    if (!fds.empty()) {
      envelope.msg_control = control.data();
      envelope.msg_controllen = control.size();
      cmsghdr* item = CMSG_FIRSTHDR(&envelope);
      item->cmsg_level = SOL_SOCKET;
      item->cmsg_type = SCM_RIGHTS;
      item->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
      std::memcpy(CMSG_DATA(item), fds.data(), sizeof(int) * fds.size());
    }
    CHECK_EQ(sendmsg(peer.get(), &envelope, 0), static_cast<ssize_t>(bytes.size()));
  }

  // Ends when the session does.
  void RunToEnd() { loop.Run(); }
};

int OpenDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

}  // namespace

TEST(vhost_session_answers_and_ends_with_its_peer) {
  SocketBench bench;
  bench.Send(Bytes(Message(kVhostGetFeatures)));
  shutdown(bench.peer.get(), SHUT_WR);
  bench.RunToEnd();
  CHECK_EQ(bench.error, std::string());
  uint8_t reply[64];
  CHECK_EQ(read(bench.peer.get(), reply, sizeof(reply)), ssize_t{20});
  CHECK_EQ(reply[4], 5);  // version 1, a reply
}

TEST(vhost_session_takes_descriptors_and_closes_them) {
  const int before = OpenDescriptors();
  {
    SocketBench bench;
    const UniqueFd memory = Memory();
    bench.Send(Bytes(Table({{kGuest, kBytes, kUser, 0}}, memory)), {memory.get()});
    bench.Send(Bytes(Message(kVhostSetVringCall, uint64_t{0})), {memory.get()});
    // One that was sent with the wrong request.
    bench.Send(Bytes(Message(kVhostGetFeatures)), {memory.get(), memory.get()});
    bench.RunToEnd();
    CHECK(Contains(bench.error, "0 file descriptors expected, 2 seen"));
    CHECK_EQ(bench.device.memory()->ranges(), size_t{1});
  }
  CHECK_EQ(OpenDescriptors(), before);
}

TEST(vhost_session_refuses_a_stream_that_ends_inside_a_message) {
  SocketBench bench;
  std::vector<uint8_t> bytes = Bytes(State(kVhostSetVringNum, 0, 256));
  bytes.pop_back();
  bench.Send(bytes);
  bench.peer.Reset();
  bench.RunToEnd();
  CHECK_EQ(bench.error, std::string("the connection ended inside a message"));
}

TEST(vhost_session_does_not_wait_for_a_peer_that_never_reads) {
  SocketBench bench;
  const std::vector<uint8_t> ask = Bytes(Message(kVhostGetFeatures));
  fcntl(bench.peer.get(), F_SETFL, O_NONBLOCK);
  bench.loop.on_tick = [&] {
    while (write(bench.peer.get(), ask.data(), ask.size()) > 0) {
    }
  };
  bench.RunToEnd();
  CHECK(Contains(bench.error, "does not take a reply"));
}
