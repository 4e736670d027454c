// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "../sim/error.h"
#include "feature_names.h"

namespace vnet_cosim {

using vnet_sim::ExitCode;
using vnet_sim::SimError;

namespace {

[[noreturn]] void Fail(const std::string& text) {
  throw SimError(ExitCode::kCommandLine, text);
}

uint32_t ParseNumber(const std::string& name, const std::string& text, uint32_t max) {
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
  if (text.empty() || *end != '\0' || text[0] == '-' || errno != 0 || value > max) {
    Fail(name + " '" + text + "': expected a number up to " + std::to_string(max));
  }
  return static_cast<uint32_t>(value);
}

std::array<uint8_t, 6> ParseMac(const std::string& text) {
  std::array<uint8_t, 6> mac;
  unsigned bytes[6];
  int used = 0;
  if (std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2],
                  &bytes[3], &bytes[4], &bytes[5], &used) != 6 ||
      static_cast<size_t>(used) != text.size() || (bytes[0] & 1) != 0) {
    Fail("--mac '" + text + "': expected an address like 02:00:00:00:00:01, not a group address");
  }
  for (size_t i = 0; i < mac.size(); ++i) mac[i] = static_cast<uint8_t>(bytes[i]);
  return mac;
}

}  // namespace

Options ParseOptions(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) Fail(name + ": expected a value");
      return argv[i];
    };
    if (name == "--help") {
      options.help = true;
      return options;
    } else if (name == "--socket") {
      options.socket_path = value();
    } else if (name == "--connect") {
      options.connect = true;
    } else if (name == "--net") {
      options.network = value();
    } else if (name == "--capture") {
      options.capture_path = value();
    } else if (name == "--features") {
      options.features = ParseFeatures(value());
    } else if (name == "--keep") {
      options.keep = true;
    } else if (name == "--control") {
      options.control = true;
    } else if (name == "--mac") {
      options.device.mac = ParseMac(value());
    } else if (name == "--mtu") {
      options.device.mtu = static_cast<uint16_t>(ParseNumber(name, value(), 65535));
    } else if (name == "--seed") {
      options.device.seed = ParseNumber(name, value(), 0x7FFFFFFF);
    } else if (name.compare(0, 1, "-") != 0 && options.protocol.empty()) {
      options.protocol = name;
    } else {
      Fail("unknown option '" + name + "'; --help lists them");
    }
  }
  if (options.protocol.empty()) Fail("expected a protocol: vfio or vhost");
  if (options.socket_path.empty()) Fail("expected --socket PATH");
  return options;
}

const char* UsageText() {
  return R"(usage: cosim vfio|vhost --socket PATH [options]
Serves the simulated network card to a hypervisor or a driver until it leaves or ctrl-C.
  --socket PATH      Unix socket to listen at
  --connect          connect to the socket instead: the peer listens
  --net NETWORK      none (default), loopback, tap:NAME, echo:OPTIONS or expect:FRAME
  --capture FILE     write all frames to a pcapng file
  --features LIST    vhost: features to offer (default: all the device has): a mask, names
                     (version_1,mrg_rxbuf), or names to leave out (-version_1,-any_layout)
  --keep             wait for the next peer when one has left
  --mac ADDRESS      of the device, default 02:56:4e:45:54:01
  --mtu BYTES        of the device, default 1500
  --seed N           start values of registers without a reset
  --control          for programs: commands on standard input (begin, counters, stop), answers and
                     events on standard output, one JSON object a line
)";
}

}  // namespace vnet_cosim
