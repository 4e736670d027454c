// One connected peer: a hypervisor or a driver on the other end of a Unix socket.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_SESSION_H_
#define VNET_COSIM_SESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device.h"
#include "event_loop.h"

namespace vnet_cosim {

struct SessionSetup {
  Device* device;
  EventLoop* loop;
  int fd;             // the connected socket, non-blocking; the session closes it
  uint64_t features;  // those that may be offered
};

// The constructor of a session watches the socket and what else the peer sends (eventfds); the
// destructor unwatches and closes all of it. Afterwards the server resets the device and empties
// its memory map.
class Session {
 public:
  Session() = default;
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // To be called when the peer has left (empty text) or has broken the protocol (what, where,
  // expected, seen). The first call counts. The session is destroyed after the
  // callback of the event loop has returned.
  std::function<void(const std::string& error)> on_end = [](const std::string&) {};
};

struct Protocol {
  const char* name;
  std::unique_ptr<Session> (*make)(const SessionSetup& setup);
};

// protocols.cpp
const std::vector<Protocol>& Protocols();

}  // namespace vnet_cosim

#endif  // VNET_COSIM_SESSION_H_
