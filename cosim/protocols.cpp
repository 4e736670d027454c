// The protocols that the program speaks. Each has a file of its own; this is the only place that
// knows all. SPDX-License-Identifier: Apache-2.0
#include "session.h"
#include "vhost_session.h"

namespace vnet_cosim {

const std::vector<Protocol>& Protocols() {
  static const std::vector<Protocol> kProtocols = {
      {"vhost", MakeVhostSession},
  };
  return kProtocols;
}

}  // namespace vnet_cosim
