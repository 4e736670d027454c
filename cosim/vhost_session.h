// The vhost-user protocol as a session of the server.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_VHOST_SESSION_H_
#define VNET_COSIM_VHOST_SESSION_H_

#include <memory>

#include "session.h"

namespace vnet_cosim {

std::unique_ptr<Session> MakeVhostSession(const SessionSetup& setup);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_VHOST_SESSION_H_
