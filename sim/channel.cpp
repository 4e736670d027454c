// SPDX-License-Identifier: Apache-2.0
#include "channel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error.h"

namespace vnet_sim {

namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "messages are copied as they are");

constexpr size_t kReadAheadBytes = 65536;

[[noreturn]] void PeerDied(const std::string& how) {
  throw SimError(ExitCode::kPeerDied, "the testbench is gone: " + how);
}

[[noreturn]] void SocketError(const std::string& what) {
  throw SimError(ExitCode::kSocket, what + ": " + std::strerror(errno));
}

int Connect(int family, const sockaddr* address, socklen_t len, const std::string& name) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) SocketError("cannot make a socket");
  int result;
  do {
    result = connect(fd, address, len);
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    SocketError("cannot connect to " + name);
  }
  return fd;
}

}  // namespace

Channel::Channel(int in_fd, int out_fd)
    : in_fd_(in_fd), out_fd_(out_fd), buffer_(kReadAheadBytes) {}

Channel::~Channel() {
  close(in_fd_);
  if (out_fd_ != in_fd_) close(out_fd_);
}

int Channel::ConnectUnix(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw SimError(ExitCode::kSocket, "socket path is longer than 107 bytes: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return Connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address), path);
}

int Channel::ConnectTcpLoopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int fd = Connect(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address),
                         Format("127.0.0.1:%u", port));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

void Channel::CheckDescriptor(int fd) {
  if (fcntl(fd, F_GETFD) < 0) SocketError(Format("descriptor %d", fd));
}

void Channel::Wait(int fd, short events) {
  pollfd entry = {fd, events, 0};
  if (poll(&entry, 1, -1) < 0 && errno != EINTR) SocketError("poll");
}

size_t Channel::ReadSome(uint8_t* to, size_t len) {
  for (;;) {
    const ssize_t got = read(in_fd_, to, len);
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0) PeerDied("end of the stream");
    if (errno == EAGAIN) {
      Wait(in_fd_, POLLIN);
    } else if (errno != EINTR) {
      PeerDied(std::strerror(errno));
    }
  }
}

void Channel::ReadExactly(uint8_t* to, size_t len) {
  while (len > 0) {
    if (position_ == end_) {
      if (len >= buffer_.size()) {  // large blocks go straight to their place
        const size_t got = ReadSome(to, len);
        to += got;
        len -= got;
        continue;
      }
      position_ = end_ = 0;
      end_ = ReadSome(buffer_.data(), buffer_.size());
    }
    const size_t count = std::min(len, end_ - position_);
    std::memcpy(to, &buffer_[position_], count);
    position_ += count;
    to += count;
    len -= count;
  }
}

MessageHeader Channel::Receive(std::vector<uint8_t>* body) {
  MessageHeader header;
  ReadExactly(reinterpret_cast<uint8_t*>(&header), sizeof(header));
  if (header.length < sizeof(header) || header.length > kMaxMessageBytes ||
      header.length % 8 != 0) {
    throw SimError(ExitCode::kMalformed,
                   Format("malformed message: length %u is not a multiple of 8 in 16..%u",
                          header.length, kMaxMessageBytes));
  }
  // Grows with what really comes, so that an announced length alone costs no memory.
  size_t left = header.length - sizeof(header);
  body->clear();
  while (left > 0) {
    const size_t count = std::min<size_t>(left, 1 << 20);
    const size_t at = body->size();
    body->resize(at + count);
    ReadExactly(body->data() + at, count);
    left -= count;
  }
  return header;
}

void Channel::Send(MessageHeader header, const std::vector<uint8_t>& body) {
  header.length = static_cast<uint32_t>(sizeof(header) + body.size());
  size_t sent = 0;
  while (sent < header.length) {
    iovec parts[2];
    int n_parts = 0;
    if (sent < sizeof(header)) {
      parts[n_parts++] = {reinterpret_cast<uint8_t*>(&header) + sent, sizeof(header) - sent};
    }
    const size_t body_sent = sent > sizeof(header) ? sent - sizeof(header) : 0;
    if (body_sent < body.size()) {
      parts[n_parts++] = {const_cast<uint8_t*>(body.data()) + body_sent, body.size() - body_sent};
    }
    const ssize_t count = writev(out_fd_, parts, n_parts);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      Wait(out_fd_, POLLOUT);
    } else if (errno != EINTR) {
      PeerDied(std::strerror(errno));
    }
  }
}

void Channel::CheckPeer() {
  // Nobody takes our answers any more.
  pollfd out = {out_fd_, 0, 0};
  if (poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    PeerDied("it has closed the socket");
  }
  // Nobody sends any more, and nothing is left to be read.
  pollfd in = {in_fd_, POLLRDHUP, 0};
  if (poll(&in, 1, 0) > 0 && (in.revents & (POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)) != 0) {
    int waiting = 0;
    const bool unread = position_ < end_ || (ioctl(in_fd_, FIONREAD, &waiting) == 0 && waiting > 0);
    if (!unread) PeerDied("it has closed the socket");
  }
}

}  // namespace vnet_sim
