// SPDX-License-Identifier: Apache-2.0
#include "event_loop.h"

#include <poll.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>

#include "../sim/error.h"

namespace vnet_cosim {

namespace {

// Clock cycles between two looks at the descriptors. A look costs about as much as 5 cycles.
constexpr uint32_t kSliceCycles = 128;
// While nothing happens the clock goes on slowly: so many cycles every so many milliseconds.
// Waiting times inside the device (RX_WAIT) still end.
constexpr uint32_t kIdleCycles = 1024;
constexpr int kIdleMs = 20;
// Frames waiting in front of the device. More stay in the network.
constexpr size_t kMaxBacklog = 8;
// An end for a wire that never falls silent.
constexpr uint32_t kMaxDropped = 100'000;
constexpr uint64_t kTickNs = 100'000'000;

uint64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

EventLoop::EventLoop(Device* device, Network* network) : device_(device), network_(network) {
  device_->on_frame = [this](const Frame& frame) { network_->Send(frame); };
}

void EventLoop::Watch(int fd, std::function<void()> readable) {
  watched_[fd] = std::move(readable);
}

void EventLoop::Unwatch(int fd) {
  watched_.erase(fd);
}

void EventLoop::Run() {
  stop_ = false;
  uint64_t before_ns = NowNs();
  while (!stop_) {
    ReceiveFrames();
    const bool busy = !device_->idle();
    const uint64_t before_cycles = device_->cycles();
    if (busy) {
      device_->Run(kSliceCycles);
      Poll(0);
    } else if (!Poll(kIdleMs)) {
      device_->Run(kIdleCycles);
    }
    const std::vector<std::function<void()>> later = std::exchange(later_, {});
    for (const auto& action : later) action();
    const uint64_t now = NowNs();
    if (busy) {
      busy_ns_ += now - before_ns;
      busy_cycles_ += device_->cycles() - before_cycles;
    }
    before_ns = now;
    if (now >= next_tick_ns_) {
      next_tick_ns_ = now + kTickNs;
      on_tick();
    }
  }
}

void EventLoop::DropFrames() {
  Frame frame;
  for (uint32_t i = 0; i < kMaxDropped && network_->Receive(&frame); ++i) continue;
  for (uint32_t i = 0; i < kMaxDropped && device_->rx_backlog() > 0; ++i) {
    device_->Run(kSliceCycles);
  }
}

void EventLoop::ReceiveFrames() {
  Frame frame;
  while (device_->rx_backlog() < kMaxBacklog && network_->Receive(&frame)) {
    device_->PushFrame(std::move(frame));
  }
}

bool EventLoop::Poll(int timeout_ms) {
  std::vector<pollfd> fds;
  fds.reserve(watched_.size() + 1);
  for (const auto& watched : watched_) fds.push_back({watched.first, POLLIN, 0});
  // The network is read by ReceiveFrames(); here it only wakes.
  if (network_->fd() >= 0 && device_->rx_backlog() < kMaxBacklog) {
    fds.push_back({network_->fd(), POLLIN, 0});
  }
  const int ready = poll(fds.data(), fds.size(), timeout_ms);
  if (ready < 0 && errno != EINTR) {
    throw vnet_sim::SimError(vnet_sim::ExitCode::kInternal,
                             std::string("poll: ") + std::strerror(errno));
  }
  for (size_t i = 0; ready > 0 && i < fds.size(); ++i) {
    if (fds[i].revents == 0) continue;
    const auto watched = watched_.find(fds[i].fd);
    if (watched == watched_.end()) continue;
    // A copy: the callback may remove itself.
    const std::function<void()> readable = watched->second;
    readable();
  }
  return ready > 0;
}

}  // namespace vnet_cosim
