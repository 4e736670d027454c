// vfio-user: the card as a complete PCI function of a virtual machine.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_VFIO_SESSION_H_
#define VNET_COSIM_VFIO_SESSION_H_

#include <memory>

#include "session.h"

namespace vnet_cosim {

std::unique_ptr<Session> MakeVfioSession(const SessionSetup& setup);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_VFIO_SESSION_H_
