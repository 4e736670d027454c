// Networks that make frames and check frames, for drivers without a TCP/IP stack of their own.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_TRAFFIC_H_
#define VNET_COSIM_TRAFFIC_H_

#include <memory>
#include <string>

#include "network.h"

namespace vnet_cosim {

// Every frame that the device sends must be this one (hexadecimal digits), or one of several with a
// slash between them. Throws SimError.
std::unique_ptr<Network> MakeExpect(const std::string& text);

// A driver that sends back what it receives, in order: frames of random length and bytes go in,
// each that comes out is compared. Nothing is sent before Begin(). Options NAME=NUMBER with commas:
// count (100000), min (60), max (1514), window (64, frames on their way at once), swap (0; 1: the
// driver exchanges the two addresses), seed (1). Throws SimError.
std::unique_ptr<Network> MakeEcho(const std::string& text);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_TRAFFIC_H_
