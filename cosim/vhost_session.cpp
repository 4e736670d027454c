// The socket of a vhost-user front-end: messages with file descriptors in, replies out, kicks.
// SPDX-License-Identifier: Apache-2.0
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdio>

#include "fd_socket.h"
#include "peer_error.h"
#include "vhost_backend.h"
#include "vhost_session.h"

namespace vnet_cosim {

namespace {

class VhostSession : public Session {
 public:
  explicit VhostSession(const SessionSetup& setup)
      : device_(setup.device),
        loop_(setup.loop),
        socket_(setup.fd),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        backend_(setup.device, setup.features, [](const std::string& text) {
          std::fprintf(stderr, "cosim: vhost-user: %s\n", text.c_str());
        }) {
    loop_->Watch(socket_.get(), [this] { Guard([this] { ReadSocket(); }); });
    loop_->Watch(wake_.get(), [this] { Guard([this] { OnWake(); }); });
    device_->on_msix = [this](uint16_t vector) {
      backend_.OnMsix(vector);
      // The device must not be called from here.
      if (vector == VhostDriver::kConfigVector) Wake();
    };
  }

  ~VhostSession() override {
    device_->on_msix = [](uint16_t) {};
    Unwatch();
  }

 private:
  template <typename Action>
  void Guard(Action action) {
    try {
      action();
    } catch (const PeerError& error) {
      Finish(error.what());
    }
  }

  void Finish(const std::string& error) {
    Unwatch();
    on_end(error);
  }

  void Unwatch() {
    loop_->Unwatch(socket_.get());
    loop_->Unwatch(wake_.get());
    UnwatchKicks();
  }

  void UnwatchKicks() {
    for (const int fd : kicks_) loop_->Unwatch(fd);
    kicks_.clear();
  }

  void WatchKicks() {
    kicks_ = backend_.kick_fds();
    for (const int fd : kicks_) {
      loop_->Watch(fd, [this, fd] { Guard([this, fd] { backend_.OnKick(fd); }); });
    }
  }

  void Wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t count = write(wake_.get(), &one, sizeof(one));
  }

  void OnWake() {
    uint64_t count;
    [[maybe_unused]] const ssize_t got = read(wake_.get(), &count, sizeof(count));
    backend_.CheckDevice();
  }

  // One call takes everything that has come, but not for ever: the device wants to go on.
  void ReadSocket() {
    constexpr int kMaxReads = 64;
    for (int i = 0; i < kMaxReads; ++i) {
      std::vector<uint8_t> bytes;
      std::vector<UniqueFd> fds;
      switch (vnet_cosim::ReadSocket(socket_.get(), decoder_.wanted(), &bytes, &fds)) {
        case ReadResult::kNothingYet:
          return;
        case ReadResult::kEnd:
          Finish(decoder_.at_boundary() ? "" : "the connection ended inside a message");
          return;
        case ReadResult::kData:
          break;
      }
      std::optional<VhostMessage> message =
          decoder_.Feed(bytes.data(), bytes.size(), std::move(fds));
      if (!message) continue;
      UnwatchKicks();
      const std::vector<uint8_t> reply = backend_.Handle(std::move(*message));
      WatchKicks();
      if (!reply.empty()) WriteSocket(socket_.get(), reply);
    }
  }

  Device* const device_;
  EventLoop* const loop_;
  UniqueFd socket_;
  UniqueFd wake_;
  VhostDecoder decoder_;
  VhostBackend backend_;
  std::vector<int> kicks_;
};

}  // namespace

std::unique_ptr<Session> MakeVhostSession(const SessionSetup& setup) {
  return std::make_unique<VhostSession>(setup);
}

}  // namespace vnet_cosim
