// Fuzz target: the vhost-user decoder and back-end, with a device made by hand behind them.
// SPDX-License-Identifier: Apache-2.0
//
// The input is a list of steps: a byte with the kind of the step, then what it needs. Half of the
// steps feed raw bytes, the others build a message of the right shape with numbers of the input, so
// that the deep states are reached.
#include "../peer_error.h"
#include "../test/register_device.h"
#include "../vhost_backend.h"
#include "input.h"

using namespace vnet_cosim;
using namespace vnet_fuzz;
using vnet_test::RegisterDevice;

namespace {

constexpr uint64_t kUser = 0x7F0000000000;
constexpr uint64_t kGuest = 0x40000000;

constexpr uint32_t kRequests[] = {
    kVhostGetFeatures,         kVhostSetFeatures,         kVhostSetOwner,
    kVhostResetOwner,          kVhostSetMemTable,         kVhostSetVringNum,
    kVhostSetVringAddr,        kVhostSetVringBase,        kVhostGetVringBase,
    kVhostSetVringKick,        kVhostSetVringCall,        kVhostSetVringErr,
    kVhostGetProtocolFeatures, kVhostSetProtocolFeatures, kVhostSetVringEnable,
    kVhostSetBackendReqFd,     kVhostGetConfig,           kVhostSetConfig,
};

VhostMessage Shaped(Input* input) {
  VhostMessage message;
  message.request = kRequests[input->Number(1) % std::size(kRequests)];
  message.flags = kVhostVersion | (input->Number(1) % 2 != 0 ? kVhostFlagNeedReply : 0);
  std::vector<uint8_t>* payload = &message.payload;
  const uint32_t ring = static_cast<uint32_t>(input->Number(1) % 3);
  switch (message.request) {
    case kVhostSetFeatures:
      Append(payload, input->Number(1) % 8 == 0 ? input->Number(8)
                                                : RegisterDevice::kOffered & input->Number(6));
      break;
    case kVhostSetProtocolFeatures:
      Append(payload, input->Number(2));
      break;
    case kVhostSetMemTable: {
      const uint32_t regions = static_cast<uint32_t>(input->Number(1) % 10);
      Append(payload, uint64_t{regions});
      for (uint32_t i = 0; i < regions; ++i) {
        Append(payload, VhostRegion{input->Address(kGuest), input->Address(0),
                                    input->Address(kUser), input->Address(0)});
        message.fds.emplace_back(Descriptor(input->Number(1)));
      }
      break;
    }
    case kVhostSetVringNum:
      Append(payload, VhostVringState{ring, 1u << input->Number(1) % 12});
      break;
    case kVhostSetVringAddr:
      Append(payload, VhostVringAddr{ring, 0, input->Address(kUser), input->Address(kUser),
                                     input->Address(kUser), 0});
      break;
    case kVhostSetVringBase:
    case kVhostGetVringBase:
    case kVhostSetVringEnable:
      Append(payload, VhostVringState{ring, static_cast<uint32_t>(input->Number(1) % 3)});
      break;
    case kVhostSetVringKick:
    case kVhostSetVringCall:
    case kVhostSetVringErr:
      Append(payload, uint64_t{ring});
      [[fallthrough]];
    case kVhostSetBackendReqFd:
      message.fds.emplace_back(Descriptor(input->Number(1)));
      break;
    case kVhostGetConfig:
    case kVhostSetConfig: {
      const uint32_t size = static_cast<uint32_t>(input->Number(1));
      Append(payload, VhostConfig{static_cast<uint32_t>(input->Number(1)), size, 0});
      payload->resize(payload->size() + size);
      break;
    }
    default:
      break;
  }
  return message;
}

template <typename T>
void Say(VhostBackend* backend, uint32_t request, const T& payload, int fd = -1) {
  VhostMessage message;
  message.request = request;
  message.flags = kVhostVersion;
  Append(&message.payload, payload);
  if (fd >= 0) message.fds.emplace_back(fd);
  backend->Handle(std::move(message));
}

// Memory, and one ring that runs.
void SetUp(VhostBackend* backend) {
  struct {
    uint64_t count;
    VhostRegion region;
  } table = {1, {kGuest, kFileBytes, kUser, 0}};
  Say(backend, kVhostSetMemTable, table, Descriptor(0));
  Say(backend, kVhostSetVringNum, VhostVringState{0, 64});
  Say(backend, kVhostSetVringAddr, VhostVringAddr{0, 0, kUser, kUser + 0x2000, kUser + 0x1000, 0});
  Say(backend, kVhostSetVringKick, uint64_t{0}, Descriptor(2));
}

void Step(Input* input, RegisterDevice* device, VhostDecoder* decoder, VhostBackend* backend) {
  switch (input->Number(1) % 8) {
    case 0:
    case 1: {
      const std::vector<uint8_t> bytes =
          input->Bytes(std::min<size_t>(decoder->wanted(), input->Number(1) % 64 + 1));
      std::vector<UniqueFd> fds;
      for (uint64_t n = input->Number(1) % 16; n > 12; --n) {
        fds.emplace_back(Descriptor(n));
      }
      std::optional<VhostMessage> message =
          decoder->Feed(bytes.data(), bytes.size(), std::move(fds));
      if (message) backend->Handle(std::move(*message));
      break;
    }
    case 2:
      for (const int fd : backend->kick_fds()) backend->OnKick(fd);
      break;
    case 3:
      device->status ^= 0x40;
      backend->OnMsix(static_cast<uint16_t>(input->Number(1) % 5));
      backend->CheckDevice();
      break;
    default:
      backend->Handle(Shaped(input));
  }
}

// What must hold whatever the peer has said.
void CheckRules(RegisterDevice* device) {
  if (device->drains != 0) abort();
  for (const RegisterDevice::Queue& queue : device->queues) {
    if (queue.enable == 0) continue;
    const GuestMap* memory = device->memory();
    const uint64_t size = queue.size;
    if (memory->At(queue.addr(0), 16 * size, false) == nullptr ||
        memory->At(queue.addr(1), 6 + 2 * size, false) == nullptr ||
        memory->At(queue.addr(2), 6 + 8 * size, true) == nullptr) {
      abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  RegisterDevice device;
  {
    VhostDecoder decoder;
    VhostBackend backend(&device, UINT64_MAX, [](const std::string&) {});
    Input input(bytes, size);
    try {
      if (input.Number(1) % 2 != 0) SetUp(&backend);
      CheckRules(&device);
      while (!input.empty()) {
        Step(&input, &device, &decoder, &backend);
        CheckRules(&device);
      }
    } catch (const PeerError&) {
    }
  }
  if (device.memory()->ranges() != 0 || device.queues[0].enable || device.queues[1].enable) abort();
  return 0;
}
