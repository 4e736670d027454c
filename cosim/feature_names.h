// The option --features: which features a protocol offers.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_COSIM_FEATURE_NAMES_H_
#define VNET_COSIM_FEATURE_NAMES_H_

#include <cstdint>
#include <string>

namespace vnet_cosim {

// "": all. A number: that mask. Otherwise a list of names with commas, as in docs/registers.md
// without VIRTIO_ and F_ and in lower case ("version_1,mrg_rxbuf"), or of names with a minus before
// each: all but these ("-any_layout"). Throws SimError.
uint64_t ParseFeatures(const std::string& text);

}  // namespace vnet_cosim

#endif  // VNET_COSIM_FEATURE_NAMES_H_
