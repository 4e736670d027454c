// Writes what crosses a network to a pcapng file (draft-ietf-opsawg-pcapng).
// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "../sim/error.h"
#include "network.h"

namespace vnet_cosim {

using vnet_sim::ExitCode;
using vnet_sim::SimError;

namespace {

constexpr uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint16_t kOptionFlags = 2;    // of a packet: 1 inbound, 2 outbound
constexpr uint16_t kOptionTsresol = 9;  // of an interface
constexpr uint8_t kNanoseconds = 9;
constexpr uint16_t kLinkEthernet = 1;

class Block {
 public:
  explicit Block(uint32_t type) { Put(type).Put(uint32_t{0}); }

  template <typename T>
  Block& Put(T value) {
    return Bytes(&value, sizeof(value));
  }
  Block& Bytes(const void* data, size_t size) {
    const uint8_t* bytes = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
    return *this;
  }
  Block& Pad() {
    bytes_.resize((bytes_.size() + 3) & ~size_t{3});
    return *this;
  }
  // The length stands at both ends.
  const std::vector<uint8_t>& Finish() {
    const uint32_t length = static_cast<uint32_t>(bytes_.size() + 4);
    std::memcpy(&bytes_[4], &length, sizeof(length));
    Put(length);
    return bytes_;
  }

 private:
  std::vector<uint8_t> bytes_;
};

class Capture : public Network {
 public:
  Capture(std::unique_ptr<Network> inner, const std::string& path)
      : inner_(std::move(inner)), path_(path), file_(std::fopen(path.c_str(), "wbe")) {
    if (file_ == nullptr) Fail();
    Write(Block(kSectionHeader)
              .Put(uint32_t{0x1A2B3C4D})
              .Put(uint16_t{1})
              .Put(uint16_t{0})
              .Put(~uint64_t{0})
              .Finish());
    Write(Block(kInterfaceDescription)
              .Put(kLinkEthernet)
              .Put(uint16_t{0})
              .Put(uint32_t{0})
              .Put(kOptionTsresol)
              .Put(uint16_t{1})
              .Put(kNanoseconds)
              .Pad()
              .Put(uint32_t{0})  // end of options
              .Finish());
  }
  ~Capture() override { std::fclose(file_); }

  int fd() const override { return inner_->fd(); }
  void Begin() override { inner_->Begin(); }
  std::string Report() const override { return inner_->Report(); }
  void Send(const Frame& frame) override {
    Record(frame, 2);
    inner_->Send(frame);
    send_failures = inner_->send_failures;
  }
  bool Receive(Frame* frame) override {
    if (!inner_->Receive(frame)) return false;
    Record(*frame, 1);
    return true;
  }

 private:
  [[noreturn]] void Fail() {
    throw SimError(ExitCode::kCommandLine, "capture " + path_ + ": " + std::strerror(errno));
  }
  void Write(const std::vector<uint8_t>& bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) Fail();
  }
  void Record(const Frame& frame, uint32_t direction) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t time =
        static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
    const uint32_t length = static_cast<uint32_t>(frame.size());
    Write(Block(kEnhancedPacket)
              .Put(uint32_t{0})
              .Put(static_cast<uint32_t>(time >> 32))
              .Put(static_cast<uint32_t>(time))
              .Put(length)
              .Put(length)
              .Bytes(frame.data(), frame.size())
              .Pad()
              .Put(kOptionFlags)
              .Put(uint16_t{4})
              .Put(direction)
              .Put(uint32_t{0})  // end of options
              .Finish());
  }

  const std::unique_ptr<Network> inner_;
  const std::string path_;
  std::FILE* const file_;
};

}  // namespace

std::unique_ptr<Network> MakeCapture(std::unique_ptr<Network> inner, const std::string& path) {
  return std::make_unique<Capture>(std::move(inner), path);
}

}  // namespace vnet_cosim
