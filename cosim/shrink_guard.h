// A peer may shorten a file whose memory it has shared.
// SPDX-License-Identifier: Apache-2.0
//
// The next access to a page that is gone is SIGBUS, which would end the simulation. With the guard
// the access finds a page of zeros that belongs to nobody, and the server ends the connection.
#ifndef VNET_COSIM_SHRINK_GUARD_H_
#define VNET_COSIM_SHRINK_GUARD_H_

namespace vnet_cosim {

// Once, before the first access to shared memory.
void InstallShrinkGuard();

// Whether a page has gone missing since the last call.
bool TakeShrunk();

}  // namespace vnet_cosim

#endif  // VNET_COSIM_SHRINK_GUARD_H_
