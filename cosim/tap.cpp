// SPDX-License-Identifier: Apache-2.0
#include "tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../sim/error.h"

namespace vnet_cosim {

using vnet_sim::ExitCode;
using vnet_sim::Format;
using vnet_sim::SimError;

namespace {

constexpr size_t kMaxFrameBytes = 65536;

class Tap : public Network {
 public:
  explicit Tap(const std::string& name) {
    const bool exists = if_nametoindex(name.c_str()) != 0;
    fd_ = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) Fail(name, "open /dev/net/tun");
    ifreq request = {};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::memcpy(request.ifr_name, name.data(), name.size());
    if (ioctl(fd_, TUNSETIFF, &request) != 0) Fail(name, exists ? "attach" : "make");
    if (!exists) BringUp(name);
  }
  ~Tap() override { close(fd_); }

  int fd() const override { return fd_; }

  void Send(const Frame& frame) override {
    // A frame that the host does not take is lost, as on a wire.
    if (write(fd_, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size())) {
      ++send_failures;
    }
  }

  bool Receive(Frame* frame) override {
    const ssize_t length = read(fd_, buffer_, sizeof(buffer_));
    if (length <= 0) return false;
    frame->assign(buffer_, buffer_ + length);
    return true;
  }

 private:
  [[noreturn]] void Fail(const std::string& name, const char* what) {
    const int error = errno;
    if (fd_ >= 0) close(fd_);
    const char* hint = "";
    if (error == EPERM || error == EACCES) {
      hint = " (needs root, or a TAP made for you: ip tuntap add NAME mode tap user YOU)";
    }
    if (error == EBUSY) hint = " (another program uses it)";
    throw SimError(ExitCode::kSocket,
                   Format("TAP %s: %s: %s%s", name.c_str(), what, std::strerror(error), hint));
  }

  void BringUp(const std::string& name) {
    const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) Fail(name, "socket");
    ifreq request = {};
    std::memcpy(request.ifr_name, name.data(), name.size());
    bool good = ioctl(control, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    good = good && ioctl(control, SIOCSIFFLAGS, &request) == 0;
    const int error = errno;
    close(control);
    errno = error;
    if (!good) Fail(name, "bring up");
  }

  int fd_ = -1;
  uint8_t buffer_[kMaxFrameBytes];
};

}  // namespace

std::unique_ptr<Network> MakeTap(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    throw SimError(ExitCode::kCommandLine, "TAP name '" + name + "': expected 1 to 15 characters");
  }
  return std::make_unique<Tap>(name);
}

}  // namespace vnet_cosim
