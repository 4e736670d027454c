// SPDX-License-Identifier: Apache-2.0
#include "fd_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "peer_error.h"

namespace vnet_cosim {

ReadResult ReadSocket(int fd, size_t wanted, std::vector<uint8_t>* bytes,
                      std::vector<UniqueFd>* fds) {
  const size_t before = bytes->size();
  bytes->resize(before + wanted);
  iovec part = {bytes->data() + before, wanted};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxFdsPerRead)];
  msghdr envelope = {};
  envelope.msg_iov = &part;
  envelope.msg_iovlen = 1;
  envelope.msg_control = control;
  envelope.msg_controllen = sizeof(control);
  ssize_t got;
  do {
    got = recvmsg(fd, &envelope, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  const bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  bytes->resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
  if (later) return ReadResult::kNothingYet;
  if (got <= 0) return ReadResult::kEnd;
  for (cmsghdr* item = CMSG_FIRSTHDR(&envelope); item != nullptr;
       item = CMSG_NXTHDR(&envelope, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int received;
      std::memcpy(&received, CMSG_DATA(item) + i * sizeof(received), sizeof(received));
      fds->emplace_back(received);
    }
  }
  if ((envelope.msg_flags & MSG_CTRUNC) != 0) {
    throw PeerError("more than " + std::to_string(kMaxFdsPerRead) +
                    " file descriptors came with one message");
  }
  return ReadResult::kData;
}

void WriteSocket(int fd, const std::vector<uint8_t>& bytes) {
  const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(bytes.size())) return;
  throw PeerError(std::string("the peer does not take a reply: ") +
                  (sent < 0 ? std::strerror(errno) : "its buffer is full"));
}

}  // namespace vnet_cosim
