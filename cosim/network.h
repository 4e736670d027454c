// What the MAC side of the device is connected to.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_NETWORK_H_
#define VNET_COSIM_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "device.h"

namespace vnet_cosim {

class Network {
 public:
  Network() = default;
  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // A frame that the device has sent.
  virtual void Send(const Frame& frame) = 0;
  // The next frame for the device; false if there is none now.
  virtual bool Receive(Frame* frame) = 0;
  // Becomes readable when Receive() has something; -1: it has whenever something was sent.
  virtual int fd() const { return -1; }

  // Lets a network that makes frames begin: the driver is ready.
  virtual void Begin() {}
  // What it has found out, as a JSON object on one line.
  virtual std::string Report() const { return "{}"; }

  uint64_t send_failures = 0;  // frames that the other side did not take
};

// "none": frames vanish. "loopback": every frame comes back. "echo:...", "expect:...": traffic.h.
// "tap:NAME": a TAP device of the host; one that exists is used as it is, another is made, brought
// up, and vanishes at the end. Throws SimError.
std::unique_ptr<Network> MakeNetwork(const std::string& text);

// Writes all that crosses `inner` to a pcapng file. Throws SimError if it cannot be written.
std::unique_ptr<Network> MakeCapture(std::unique_ptr<Network> inner, const std::string& path);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_NETWORK_H_
