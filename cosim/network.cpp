// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <cstring>
#include <deque>

#include "../sim/error.h"
#include "tap.h"
#include "traffic.h"

namespace vnet_cosim {

using vnet_sim::ExitCode;
using vnet_sim::SimError;

namespace {

class NoNetwork : public Network {
 public:
  void Send(const Frame&) override {}
  bool Receive(Frame*) override { return false; }
};

class Loopback : public Network {
 public:
  // A device that sends more than it takes back would fill the memory: a wire has an end, too.
  static constexpr size_t kMaxFrames = 4096;

  void Send(const Frame& frame) override {
    if (frames_.size() < kMaxFrames) {
      frames_.push_back(frame);
    } else {
      ++send_failures;
    }
  }
  bool Receive(Frame* frame) override {
    if (frames_.empty()) return false;
    *frame = std::move(frames_.front());
    frames_.pop_front();
    return true;
  }

 private:
  std::deque<Frame> frames_;
};

}  // namespace

std::unique_ptr<Network> MakeNetwork(const std::string& text) {
  struct Kind {
    const char* prefix;
    std::unique_ptr<Network> (*make)(const std::string& rest);
  };
  constexpr Kind kKinds[] = {{"tap:", MakeTap}, {"echo:", MakeEcho}, {"expect:", MakeExpect}};
  if (text == "none") return std::make_unique<NoNetwork>();
  if (text == "loopback") return std::make_unique<Loopback>();
  for (const Kind& kind : kKinds) {
    const size_t length = std::strlen(kind.prefix);
    if (text.compare(0, length, kind.prefix) == 0) return kind.make(text.substr(length));
  }
  throw SimError(
      ExitCode::kCommandLine,
      "network '" + text + "': expected none, loopback, echo:OPTIONS, expect:FRAME or tap:NAME");
}

}  // namespace vnet_cosim
