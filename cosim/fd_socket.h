// Messages with file descriptors over a Unix-domain socket that does not block.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_FD_SOCKET_H_
#define VNET_COSIM_FD_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unique_fd.h"

namespace vnet_cosim {

// Most descriptors that may come with one piece of a message.
constexpr size_t kMaxFdsPerRead = 64;

enum class ReadResult { kData, kNothingYet, kEnd };

// Reads up to `wanted` bytes to the end of `bytes`, and the descriptors that came with them. Throws
// PeerError if there were more descriptors than a message may have.
ReadResult ReadSocket(int fd, size_t wanted, std::vector<uint8_t>* bytes,
                      std::vector<UniqueFd>* fds);

// Throws PeerError if the peer does not take it: one that asks and never reads the answers is not
// waited for.
void WriteSocket(int fd, const std::vector<uint8_t>& bytes);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_FD_SOCKET_H_
