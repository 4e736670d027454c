// A file descriptor that is closed when its owner goes away.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_UNIQUE_FD_H_
#define VNET_COSIM_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace vnet_cosim {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { Reset(); }

  void Reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_UNIQUE_FD_H_
