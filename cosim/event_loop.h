// The main loop: simulated time while the device has work, poll() while it has none.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_EVENT_LOOP_H_
#define VNET_COSIM_EVENT_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "device.h"
#include "network.h"

namespace vnet_cosim {

class EventLoop {
 public:
  EventLoop(Device* device, Network* network);

  // Calls back whenever the descriptor is readable or its other end is gone. A callback may watch
  // and unwatch any descriptor.
  void Watch(int fd, std::function<void()> readable);
  void Unwatch(int fd);

  // Calls back once, when no other callback is running.
  void Later(std::function<void()> action) { later_.push_back(std::move(action)); }

  // Called now and then (some ten times a second), for the status line.
  std::function<void()> on_tick = [] {};

  // Returns after Stop().
  void Run();
  void Stop() { stop_ = true; }

  // Throws away what waits on the wire and in front of the device, whose queues are off: a new peer
  // gets no frames from before its time.
  void DropFrames();

  // Wall time and cycles while the device had work, everything between two looks included.
  uint64_t busy_ns() const { return busy_ns_; }
  uint64_t busy_cycles() const { return busy_cycles_; }

 private:
  void ReceiveFrames();
  // True if some descriptor was ready.
  bool Poll(int timeout_ms);

  Device* const device_;
  Network* const network_;
  std::map<int, std::function<void()>> watched_;
  std::vector<std::function<void()>> later_;
  bool stop_ = false;
  uint64_t next_tick_ns_ = 0;
  uint64_t busy_ns_ = 0;
  uint64_t busy_cycles_ = 0;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_EVENT_LOOP_H_
