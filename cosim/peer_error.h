// Thrown when the other side of a socket breaks its protocol.
// SPDX-License-Identifier: Apache-2.0
//
// The connection ends, the simulation goes on.
#ifndef VNET_COSIM_PEER_ERROR_H_
#define VNET_COSIM_PEER_ERROR_H_

#include <stdexcept>
#include <string>

namespace vnet_cosim {

class PeerError : public std::runtime_error {
 public:
  explicit PeerError(const std::string& text) : std::runtime_error(text) {}
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_PEER_ERROR_H_
