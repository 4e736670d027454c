// The protocols that the program speaks. Each has a file of its own; only this one knows them all.
// SPDX-License-Identifier: Apache-2.0
#include "session.h"
#include "vfio_session.h"
#include "vhost_session.h"

namespace vnet_cosim {

const std::vector<Protocol>& Protocols() {
  static const std::vector<Protocol> kProtocols = {
      {"vfio", MakeVfioSession},
      {"vhost", MakeVhostSession},
  };
  return kProtocols;
}

}  // namespace vnet_cosim
