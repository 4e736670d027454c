// The socket of a vhost-user front-end: messages with file descriptors in, replies out, kicks.
// SPDX-License-Identifier: Apache-2.0
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "../sim/error.h"
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
          std::fprintf(stderr, "vhost-user: %s\n", text.c_str());
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
      uint8_t bytes[sizeof(VhostHeader) + kVhostMaxPayload];
      iovec part = {bytes, decoder_.wanted()};
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * (kVhostMaxFds + 1))];
      msghdr envelope = {};
      envelope.msg_iov = &part;
      envelope.msg_iovlen = 1;
      envelope.msg_control = control;
      envelope.msg_controllen = sizeof(control);
      const ssize_t got = recvmsg(socket_.get(), &envelope, MSG_CMSG_CLOEXEC);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      std::vector<UniqueFd> fds = TakeFds(&envelope);
      if (got <= 0) {
        Finish(decoder_.at_boundary() ? "" : "the connection ends inside a message");
        return;
      }
      if ((envelope.msg_flags & MSG_CTRUNC) != 0) {
        throw PeerError(vnet_sim::Format("a message has at most %zu file descriptors, more seen",
                                         kVhostMaxFds));
      }
      std::optional<VhostMessage> message =
          decoder_.Feed(bytes, static_cast<size_t>(got), std::move(fds));
      if (!message) continue;
      UnwatchKicks();
      const std::vector<uint8_t> reply = backend_.Handle(std::move(*message));
      WatchKicks();
      if (!reply.empty()) SendReply(reply);
    }
  }

  static std::vector<UniqueFd> TakeFds(msghdr* envelope) {
    std::vector<UniqueFd> fds;
    for (cmsghdr* item = CMSG_FIRSTHDR(envelope); item != nullptr;
         item = CMSG_NXTHDR(envelope, item)) {
      if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
      const size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; ++i) {
        int fd;
        std::memcpy(&fd, CMSG_DATA(item) + i * sizeof(fd), sizeof(fd));
        fds.emplace_back(fd);
      }
    }
    return fds;
  }

  // A peer that asks and never reads the answers has filled the socket's buffer: nobody waits for
  // it.
  void SendReply(const std::vector<uint8_t>& reply) {
    const ssize_t sent = send(socket_.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(reply.size())) return;
    throw PeerError(std::string("the peer does not take a reply: ") +
                    (sent < 0 ? std::strerror(errno) : "its buffer is full"));
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
