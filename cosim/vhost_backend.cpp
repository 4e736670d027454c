// SPDX-License-Identifier: Apache-2.0
#include "vhost_backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../sim/error.h"
#include "peer_error.h"

namespace vnet_cosim {

using vnet_sim::Format;

namespace {

constexpr uint64_t kFeatureRingReset = uint64_t{1} << 40;
constexpr uint64_t kProtocolFeatures =
    kVhostProtocolReplyAck | kVhostProtocolBackendReq | kVhostProtocolConfig;

unsigned long long Wide(uint64_t value) {
  return value;
}

std::vector<uint8_t> ReplyU64(uint32_t request, uint64_t value) {
  return VhostReply(request, &value, sizeof(value));
}

// Both ends share the flag. Every front-end that is known makes these descriptors non-blocking
// itself, and this process must not hang on one that is not.
void SetNonBlocking(const UniqueFd& fd) {
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags >= 0) fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
}

void Signal(const UniqueFd& fd) {
  if (!fd) return;
  const uint64_t one = 1;
  // A full counter or pipe means that the front-end has been called already.
  [[maybe_unused]] const ssize_t count = write(fd.get(), &one, sizeof(one));
}

}  // namespace

VhostBackend::VhostBackend(Device* device, uint64_t features, Log log)
    : device_(device),
      driver_(device),
      log_(std::move(log)),
      // A queue reset is made for the front-end here, in words of this protocol.
      offered_((driver_.offered_features() & features & ~kFeatureRingReset) |
               kVhostFeatureProtocol),
      rings_(driver_.queues()) {}

VhostBackend::~VhostBackend() {
  driver_.End();
  device_->memory()->Clear();
}

std::vector<uint8_t> VhostBackend::Handle(VhostMessage message) {
  std::vector<uint8_t> reply = Carry(&message);
  const bool acknowledges = (protocol_features_ & kVhostProtocolReplyAck) != 0;
  if (reply.empty() && acknowledges && message.need_reply()) return ReplyU64(message.request, 0);
  return reply;
}

std::vector<uint8_t> VhostBackend::Carry(VhostMessage* message) {
  const uint32_t request = message->request;
  switch (request) {
    case kVhostGetFeatures:
      AsNothing(*message);
      return ReplyU64(request, offered_);
    case kVhostSetFeatures:
      SetFeatures(AsU64(*message));
      return {};
    case kVhostGetProtocolFeatures:
      AsNothing(*message);
      return ReplyU64(request, kProtocolFeatures);
    case kVhostSetProtocolFeatures: {
      const uint64_t bits = AsU64(*message);
      if ((bits & ~kProtocolFeatures) != 0) {
        throw PeerError(Format("SET_PROTOCOL_FEATURES: a subset of 0x%llx expected, 0x%llx seen",
                               Wide(kProtocolFeatures), Wide(bits)));
      }
      protocol_features_ = bits;
      return {};
    }
    case kVhostSetOwner:
      AsNothing(*message);
      return {};
    case kVhostResetOwner:
      AsNothing(*message);
      for (Ring& ring : rings_) Stop(&ring);
      return {};
    case kVhostSetMemTable:
      SetMemTable(message);
      return {};
    case kVhostSetVringNum:
      SetVringNum(AsVringState(*message));
      return {};
    case kVhostSetVringAddr:
      SetVringAddr(AsVringAddr(*message));
      return {};
    case kVhostSetVringBase: {
      const VhostVringState state = AsVringState(*message);
      Ring& ring = RingAt(state.index);
      if (ring.running && state.num != ring.base) {
        throw PeerError(Format("SET_VRING_BASE: ring %u runs", state.index));
      }
      ring.base = state.num;
      return {};
    }
    case kVhostGetVringBase:
      return GetVringBase(AsVringState(*message));
    case kVhostSetVringKick:
      SetVringFd(message, &Ring::kick);
      return {};
    case kVhostSetVringCall:
      SetVringFd(message, &Ring::call);
      return {};
    case kVhostSetVringErr:
      SetVringFd(message, &Ring::err);
      return {};
    case kVhostSetVringEnable: {
      const VhostVringState state = AsVringState(*message);
      Ring& ring = RingAt(state.index);
      if (state.num > 1) {
        throw PeerError(
            Format("SET_VRING_ENABLE: ring %u: 0 or 1 expected, %u seen", state.index, state.num));
      }
      ring.enabled = state.num == 1;
      Update(&ring);
      return {};
    }
    case kVhostSetBackendReqFd:
      if (!message->payload.empty() || message->fds.size() != 1) {
        throw PeerError(
            Format("SET_BACKEND_REQ_FD: no payload and one file descriptor expected, "
                   "%zu bytes and %zu descriptors seen",
                   message->payload.size(), message->fds.size()));
      }
      backend_requests_ = std::move(message->fds[0]);
      return {};
    case kVhostGetConfig:
      return GetConfig(*message);
    case kVhostSetConfig:
      // All fields are read only; a legacy driver that writes its address is not told so by a card
      // either.
      AsConfig(*message);
      return {};
    default:
      throw PeerError(VhostRequestName(request) + " is not one of the offered requests");
  }
}

void VhostBackend::SetFeatures(uint64_t features) {
  if ((features & ~offered_) != 0) {
    throw PeerError(Format("SET_FEATURES: a subset of 0x%llx expected, 0x%llx seen", Wide(offered_),
                           Wide(features)));
  }
  if (features == features_) return;
  if (any_running()) throw PeerError("SET_FEATURES: other features while a ring runs");
  features_ = features;
}

void VhostBackend::SetMemTable(VhostMessage* message) {
  regions_ = AsRegions(*message);
  GuestMap* memory = device_->memory();
  device_->DrainDma();
  memory->Clear();
  std::string problem;
  for (size_t i = 0; i < regions_.size() && problem.empty(); ++i) {
    const VhostRegion& region = regions_[i];
    problem = memory->Add(region.guest, region.size, message->fds[i].get(), region.offset, true);
  }
  device_->ResumeDma();
  if (!problem.empty()) throw PeerError("SET_MEM_TABLE: " + problem);
  for (const Ring& ring : rings_) {
    if (!ring.running) continue;
    const RingSetup now = Locate(ring);
    if (now.desc != ring.setup.desc || now.avail != ring.setup.avail ||
        now.used != ring.setup.used) {
      throw PeerError(Format("SET_MEM_TABLE: moves ring %u, which runs", IndexOf(ring)));
    }
  }
}

void VhostBackend::SetVringNum(const VhostVringState& state) {
  Ring& ring = RingAt(state.index);
  const uint32_t limit = driver_.max_queue_size();
  if (state.num == 0 || (state.num & (state.num - 1)) != 0 || state.num > limit) {
    throw PeerError(Format("SET_VRING_NUM: ring %u: a power of two up to %u expected, %u seen",
                           state.index, limit, state.num));
  }
  if (ring.running && state.num != ring.size) {
    throw PeerError(Format("SET_VRING_NUM: ring %u runs", state.index));
  }
  ring.size = state.num;
  Update(&ring);
}

void VhostBackend::SetVringAddr(const VhostVringAddr& addr) {
  Ring& ring = RingAt(addr.index);
  if (addr.flags != 0) {
    throw PeerError(
        Format("SET_VRING_ADDR: ring %u: flags 0 expected (no logging is offered), 0x%x seen",
               addr.index, addr.flags));
  }
  if (ring.running && (addr.desc != ring.addr->desc || addr.avail != ring.addr->avail ||
                       addr.used != ring.addr->used)) {
    throw PeerError(Format("SET_VRING_ADDR: ring %u runs", addr.index));
  }
  ring.addr = addr;
  Update(&ring);
}

std::vector<uint8_t> VhostBackend::GetVringBase(const VhostVringState& state) {
  Ring& ring = RingAt(state.index);
  Stop(&ring);
  ring.kick.Reset();
  const VhostVringState reply = {state.index, ring.base};
  return VhostReply(kVhostGetVringBase, &reply, sizeof(reply));
}

void VhostBackend::SetVringFd(VhostMessage* message, UniqueFd Ring::*which) {
  bool has_fd = false;
  const uint32_t index = AsVringFd(*message, &has_fd);
  Ring& ring = RingAt(index);
  if (!has_fd && which == &Ring::kick) {
    throw PeerError(
        Format("SET_VRING_KICK: ring %u: a descriptor expected (polling is not offered)", index));
  }
  UniqueFd fd = has_fd ? std::move(message->fds[0]) : UniqueFd();
  if (fd) SetNonBlocking(fd);
  ring.*which = std::move(fd);
  Update(&ring);
}

std::vector<uint8_t> VhostBackend::GetConfig(const VhostMessage& message) {
  const VhostConfig config = AsConfig(message);
  std::vector<uint8_t> payload(sizeof(config) + config.size);
  std::memcpy(payload.data(), &config, sizeof(config));
  const std::vector<uint8_t> bytes = driver_.ReadConfig(config.offset, config.size);
  if (!bytes.empty()) std::memcpy(payload.data() + sizeof(config), bytes.data(), bytes.size());
  return VhostReply(kVhostGetConfig, payload.data(), payload.size());
}

VhostBackend::Ring& VhostBackend::RingAt(uint32_t index) {
  if (index >= rings_.size()) {
    throw PeerError(Format("ring 0..%zu expected, %u seen", rings_.size() - 1, index));
  }
  return rings_[index];
}

bool VhostBackend::any_running() const {
  for (const Ring& ring : rings_) {
    if (ring.running) return true;
  }
  return false;
}

void VhostBackend::Update(Ring* ring) {
  // A front-end that takes the protocol features enables its rings, even before it says that it
  // takes them.
  const bool enabled = ring->enabled.value_or((features_ & kVhostFeatureProtocol) == 0);
  const bool wanted = ring->size != 0 && ring->addr.has_value() && ring->kick && enabled;
  if (wanted && !ring->running) Start(ring);
  if (!wanted && ring->running) Stop(ring);
}

void VhostBackend::Start(Ring* ring) {
  const uint32_t index = IndexOf(*ring);
  if (ring->base != 0) {
    throw PeerError(
        Format("ring %u: base 0 expected, %u seen: the device starts a ring at index 0, so "
               "the driver has to reset it first",
               index, ring->base));
  }
  const RingSetup setup = Locate(*ring);
  std::string problem;
  if (!any_running()) {
    problem = driver_.Begin(features_ & ~kVhostFeatureProtocol);
    reported_failure_ = false;
  }
  if (problem.empty()) problem = driver_.StartQueue(index, setup);
  if (!problem.empty()) throw PeerError(problem);
  ring->setup = setup;
  ring->running = true;
  log_(Format("ring %u runs: size %u, features 0x%llx", index, ring->size,
              Wide(features_ & ~kVhostFeatureProtocol)));
}

void VhostBackend::Stop(Ring* ring) {
  if (!ring->running) return;
  const uint32_t index = IndexOf(*ring);
  driver_.StopQueue(index);
  ring->running = false;
  // Chains are completed in order, so the next one to be taken is the first that is not in the used
  // ring.
  const uint8_t* used = device_->memory()->At(ring->setup.used + 2, 2, false);
  uint16_t next = 0;
  if (used != nullptr) std::memcpy(&next, used, sizeof(next));
  ring->base = next;
  log_(Format("ring %u stopped at index %u", index, ring->base));
}

RingSetup VhostBackend::Locate(const Ring& ring) const {
  const uint32_t index = IndexOf(ring);
  RingSetup setup;
  setup.size = ring.size;
  setup.desc = Translate("descriptors", index, ring.addr->desc, 16 * uint64_t{ring.size}, 16);
  setup.avail =
      Translate("available ring", index, ring.addr->avail, 6 + 2 * uint64_t{ring.size}, 2);
  setup.used = Translate("used ring", index, ring.addr->used, 6 + 8 * uint64_t{ring.size}, 4);
  return setup;
}

uint64_t VhostBackend::Translate(const char* what, uint32_t index, uint64_t user, uint64_t size,
                                 uint64_t alignment) const {
  for (const VhostRegion& region : regions_) {
    const uint64_t offset = user - region.user;
    if (offset >= region.size || size > region.size - offset) continue;
    const uint64_t guest = region.guest + offset;
    if (guest % alignment != 0) {
      throw PeerError(
          Format("ring %u: %s: an address that is a multiple of %llu expected, 0x%llx seen", index,
                 what, Wide(alignment), Wide(guest)));
    }
    return guest;
  }
  throw PeerError(
      Format("ring %u: %s: %llu bytes inside one region of the memory table expected, address "
             "0x%llx seen",
             index, what, Wide(size), Wide(user)));
}

std::vector<int> VhostBackend::kick_fds() const {
  std::vector<int> fds;
  for (const Ring& ring : rings_) {
    if (ring.running) fds.push_back(ring.kick.get());
  }
  return fds;
}

void VhostBackend::OnKick(int fd) {
  for (Ring& ring : rings_) {
    if (!ring.running || ring.kick.get() != fd) continue;
    uint64_t count = 0;
    const ssize_t got = read(fd, &count, sizeof(count));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got != static_cast<ssize_t>(sizeof(count))) {
      throw PeerError(
          Format("ring %u: the kick descriptor is no eventfd: 8 bytes expected, %zd read",
                 IndexOf(ring), got));
    }
    ++kicks_;
    driver_.Notify(IndexOf(ring));
  }
}

void VhostBackend::OnMsix(uint16_t vector) {
  if (vector == VhostDriver::kConfigVector) {
    config_event_ = true;
    return;
  }
  const size_t index = vector - 1u;
  if (index >= rings_.size()) return;
  ++calls_;
  Signal(rings_[index].call);
}

void VhostBackend::CheckDevice() {
  if (!config_event_) return;
  config_event_ = false;
  if (!any_running() || reported_failure_ || !driver_.needs_reset()) return;
  reported_failure_ = true;
  log_("the device needs a reset: " + driver_.LastError());
  for (const Ring& ring : rings_) Signal(ring.err);
}

}  // namespace vnet_cosim
