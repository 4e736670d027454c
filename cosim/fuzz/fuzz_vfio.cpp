// Fuzz target: the vfio-user decoder and the PCI function, with a device made by hand behind them.
// SPDX-License-Identifier: Apache-2.0
//
// The input is a list of steps: a byte with the kind of the step, then what it needs. Some feed raw
// bytes, most build a message of the right shape with numbers of the input.
#include "../pci_function.h"
#include "../peer_error.h"
#include "../test/fake_device.h"
#include "../vfio_protocol.h"
#include "input.h"

using namespace vnet_cosim;
using namespace vnet_fuzz;
using vnet_test::FakeDevice;

namespace {

constexpr uint32_t kNoReply = 0x10;

struct Header {
  uint16_t id, command;
  uint32_t size, flags, error;
};

// Header and payload in one; a size that lies is one of the possibilities.
std::vector<uint8_t> Message(Input* input, uint16_t command, const std::vector<uint8_t>& payload) {
  Header header = {1, command, static_cast<uint32_t>(sizeof(header) + payload.size()),
                   input->Number(1) % 4 == 0 ? kNoReply : 0, 0};
  if (input->Number(1) == 0) header.size = static_cast<uint32_t>(input->Number(4));
  std::vector<uint8_t> bytes;
  Append(&bytes, header);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

std::vector<uint8_t> Greeting(Input* input) {
  std::vector<uint8_t> payload;
  Append(&payload, uint32_t{0});
  const char kJson[] = "{\"capabilities\":{\"max_msg_fds\":8}}";
  payload.insert(payload.end(), kJson, kJson + sizeof(kJson));
  return Message(input, static_cast<uint16_t>(VfioCommand::kVersion), payload);
}

std::vector<uint8_t> Shaped(Input* input, std::vector<UniqueFd>* fds) {
  constexpr VfioCommand kCommands[] = {
      VfioCommand::kDmaMap,      VfioCommand::kDmaUnmap,      VfioCommand::kGetInfo,
      VfioCommand::kGetIrqInfo,  VfioCommand::kSetIrqs,       VfioCommand::kRegionRead,
      VfioCommand::kRegionRead,  VfioCommand::kRegionWrite,   VfioCommand::kRegionWrite,
      VfioCommand::kDeviceReset, VfioCommand::kGetRegionInfo,
  };
  const VfioCommand command = kCommands[input->Number(1) % std::size(kCommands)];
  std::vector<uint8_t> payload;
  switch (command) {
    case VfioCommand::kDmaMap:
      Append(&payload, uint32_t{32});
      Append(&payload, static_cast<uint32_t>(input->Number(1) % 8));
      Append(&payload, input->Address(0));
      Append(&payload, input->Address(0));
      Append(&payload, input->Address(0));
      if (input->Number(1) % 4 != 0) fds->emplace_back(Descriptor(input->Number(1)));
      break;
    case VfioCommand::kDmaUnmap:
      Append(&payload, uint32_t{24});
      Append(&payload, static_cast<uint32_t>(input->Number(1) % 4));
      Append(&payload, input->Address(0));
      Append(&payload, input->Address(0));
      break;
    case VfioCommand::kGetInfo:
    case VfioCommand::kGetIrqInfo:
      Append(&payload, uint32_t{16});
      Append(&payload, uint32_t{0});
      Append(&payload, static_cast<uint32_t>(input->Number(1)));
      Append(&payload, uint32_t{0});
      break;
    case VfioCommand::kGetRegionInfo:
      Append(&payload, uint32_t{32});
      Append(&payload, uint32_t{0});
      Append(&payload, static_cast<uint32_t>(input->Number(1) % 12));
      payload.resize(32);
      break;
    case VfioCommand::kSetIrqs: {
      const uint32_t count = static_cast<uint32_t>(input->Number(1) % 6);
      Append(&payload, uint32_t{20});
      Append(&payload, static_cast<uint32_t>(input->Number(1)));
      Append(&payload, static_cast<uint32_t>(input->Number(1) % 6));
      Append(&payload, static_cast<uint32_t>(input->Number(1) % 6));
      Append(&payload, count);
      for (uint32_t i = 0; i < count; ++i) fds->emplace_back(Descriptor(input->Number(1)));
      break;
    }
    case VfioCommand::kRegionRead:
    case VfioCommand::kRegionWrite: {
      const uint32_t sizes[] = {1, 2, 4, 8, 256, 4096, static_cast<uint32_t>(input->Number(4))};
      const uint32_t count = sizes[input->Number(1) % std::size(sizes)];
      Append(&payload, input->Number(1) % 16 == 0 ? input->Number(8) : input->Number(2) % 0x4100);
      Append(&payload, static_cast<uint32_t>(input->Number(1) % 9));
      Append(&payload, count);
      if (command == VfioCommand::kRegionWrite) {
        const std::vector<uint8_t> data = input->Bytes(count);
        payload.insert(payload.end(), data.begin(), data.end());
      }
      break;
    }
    default:
      break;
  }
  return Message(input, static_cast<uint16_t>(command), payload);
}

// Bytes go in in pieces, as a socket would bring them.
void Feed(VfioServer* server, const std::vector<uint8_t>& bytes, std::vector<UniqueFd> fds) {
  for (UniqueFd& fd : fds) server->fds()->push_back(std::move(fd));
  for (size_t at = 0; at < bytes.size();) {
    const size_t count = std::min(server->wanted(), bytes.size() - at);
    if (count == 0) abort();
    const auto from = bytes.begin() + static_cast<ptrdiff_t>(at);
    server->bytes()->insert(server->bytes()->end(), from, from + static_cast<ptrdiff_t>(count));
    at += count;
    server->Process();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FakeDevice device;
  {
    PciFunction function(&device, [](const std::string&) {});
    VfioServer server(&function);
    Input input(bytes, size);
    try {
      if (input.Number(1) % 4 != 0) Feed(&server, Greeting(&input), {});
      while (!input.empty()) {
        const uint64_t kind = input.Number(1) % 8;
        if (kind == 0) {
          Feed(&server, input.Bytes(input.Number(1) % 64 + 1), {});
        } else if (kind == 1) {
          device.on_msix(static_cast<uint16_t>(input.Number(1) % 5));
          device.on_intx(input.Number(1) % 2 != 0);
        } else {
          std::vector<UniqueFd> fds;
          const std::vector<uint8_t> message = Shaped(&input, &fds);
          Feed(&server, message, std::move(fds));
        }
        if (device.drains != 0) abort();
      }
    } catch (const PeerError&) {
    }
  }
  return 0;
}
