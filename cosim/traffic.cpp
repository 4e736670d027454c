// SPDX-License-Identifier: Apache-2.0
#include "traffic.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <map>
#include <sstream>

#include "../sim/error.h"
#include "../sim/random.h"

namespace vnet_cosim {

using vnet_sim::ExitCode;
using vnet_sim::Format;
using vnet_sim::SimError;

namespace {

[[noreturn]] void Fail(const std::string& text) {
  throw SimError(ExitCode::kCommandLine, text);
}

// Compares, counts, and keeps what was wrong first.
class FrameCheck {
 public:
  void Compare(const Frame& seen, const Frame& expected) {
    ++frames_;
    if (seen == expected) {
      bytes_ += seen.size();
      return;
    }
    if (++wrong_ > 1) return;
    const auto differ = std::mismatch(
        seen.begin(), seen.begin() + static_cast<ptrdiff_t>(std::min(seen.size(), expected.size())),
        expected.begin());
    first_ = Format("frame %llu: %zu bytes expected, %zu seen, the first difference is byte %zd",
                    static_cast<unsigned long long>(frames_), expected.size(), seen.size(),
                    differ.first - seen.begin());
  }
  void Unexpected() {
    ++frames_;
    if (++wrong_ == 1) first_ = "a frame that nobody has sent";
  }

  std::string Report(uint64_t sent, uint64_t outstanding) const {
    return Format(
        "{\"sent\":%llu,\"received\":%llu,\"bytes_verified\":%llu,\"wrong\":%llu,"
        "\"outstanding\":%llu,\"first_wrong\":\"%s\"}",
        static_cast<unsigned long long>(sent), static_cast<unsigned long long>(frames_),
        static_cast<unsigned long long>(bytes_), static_cast<unsigned long long>(wrong_),
        static_cast<unsigned long long>(outstanding), first_.c_str());
  }

 private:
  uint64_t frames_ = 0;
  uint64_t bytes_ = 0;  // of the frames that were right
  uint64_t wrong_ = 0;
  std::string first_;
};

class Expect : public Network {
 public:
  explicit Expect(std::vector<Frame> frames) : frames_(std::move(frames)) {}

  void Send(const Frame& frame) override {
    const auto same = std::find(frames_.begin(), frames_.end(), frame);
    check_.Compare(frame, same == frames_.end() ? frames_.front() : *same);
  }
  bool Receive(Frame*) override { return false; }
  std::string Report() const override { return check_.Report(0, 0); }

 private:
  const std::vector<Frame> frames_;
  FrameCheck check_;
};

struct EchoOptions {
  uint64_t count = 100000;
  uint64_t min = 60;
  uint64_t max = 1514;
  uint64_t window = 64;
  uint64_t swap = 0;
  uint64_t seed = 1;
};

class Echo : public Network {
 public:
  explicit Echo(const EchoOptions& options) : options_(options), random_(options.seed) {}

  void Send(const Frame& frame) override {
    if (outstanding_.empty()) {
      check_.Unexpected();
      return;
    }
    check_.Compare(frame, outstanding_.front());
    outstanding_.pop_front();
  }

  void Begin() override { begun_ = true; }

  bool Receive(Frame* frame) override {
    if (!begun_ || sent_ == options_.count || outstanding_.size() >= options_.window) return false;
    *frame = NewFrame();
    ++sent_;
    outstanding_.push_back(*frame);
    if (options_.swap != 0) {
      Frame& back = outstanding_.back();
      std::swap_ranges(back.begin(), back.begin() + kAddressBytes, back.begin() + kAddressBytes);
    }
    return true;
  }

  std::string Report() const override { return check_.Report(sent_, outstanding_.size()); }

 private:
  static constexpr ptrdiff_t kAddressBytes = 6;

  Frame NewFrame() {
    Frame frame(
        random_.Range(static_cast<uint32_t>(options_.min), static_cast<uint32_t>(options_.max)));
    for (uint8_t& byte : frame) byte = static_cast<uint8_t>(random_.Next());
    // Addresses of single stations, and a type that no stack looks into.
    frame[0] &= 0xFE;
    frame[kAddressBytes] &= 0xFE;
    frame[2 * kAddressBytes] = 0x88;
    frame[2 * kAddressBytes + 1] = 0xB5;
    return frame;
  }

  const EchoOptions options_;
  vnet_sim::Random random_;
  bool begun_ = false;
  uint64_t sent_ = 0;
  std::deque<Frame> outstanding_;  // as they should come back
  FrameCheck check_;
};

Frame ParseFrame(const std::string& text) {
  const bool even = text.size() % 2 == 0;
  const bool digits = text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (text.empty() || !even || !digits) Fail("network expect: the bytes of a frame expected");
  Frame frame;
  for (size_t i = 0; i < text.size(); i += 2) {
    frame.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return frame;
}

uint64_t Number(const std::string& option) {
  const size_t equals = option.find('=');
  const char* text = option.c_str() + equals + 1;
  char* end = nullptr;
  errno = 0;
  const uint64_t value = std::strtoull(text, &end, 10);
  if (equals == std::string::npos || *text < '0' || *text > '9' || *end != '\0' || errno != 0) {
    Fail("network echo: '" + option + "': NAME=NUMBER expected");
  }
  return value;
}

}  // namespace

std::unique_ptr<Network> MakeExpect(const std::string& text) {
  std::vector<Frame> frames;
  std::stringstream list(text);
  for (std::string word; std::getline(list, word, '/');) frames.push_back(ParseFrame(word));
  if (frames.empty()) Fail("network expect: the bytes of a frame expected");
  return std::make_unique<Expect>(std::move(frames));
}

std::unique_ptr<Network> MakeEcho(const std::string& text) {
  EchoOptions options;
  const std::map<std::string, uint64_t*> names = {
      {"count", &options.count},   {"min", &options.min},   {"max", &options.max},
      {"window", &options.window}, {"swap", &options.swap}, {"seed", &options.seed},
  };
  std::stringstream list(text);
  for (std::string option; std::getline(list, option, ',');) {
    const auto known = names.find(option.substr(0, option.find('=')));
    if (known == names.end()) {
      Fail("network echo: '" + option + "': one of count, min, max, window, swap, seed expected");
    }
    *known->second = Number(option);
  }
  constexpr uint64_t kHeaderBytes = 14;
  constexpr uint64_t kMaxBytes = 65536;
  if (options.min < kHeaderBytes || options.max < options.min || options.max > kMaxBytes) {
    Fail("network echo: lengths of 14 to 65536 bytes expected, min not above max");
  }
  if (options.window == 0) Fail("network echo: a window of at least 1 expected");
  return std::make_unique<Echo>(options);
}

}  // namespace vnet_cosim
