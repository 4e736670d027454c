// vnet_defs.vh: numbers of the virtio specification that several modules use
// SPDX-License-Identifier: Apache-2.0
//
// Names of feature and status bits are the specification's. Error codes: docs/architecture.md,
// section 6.
`ifndef VNET_DEFS_VH
`define VNET_DEFS_VH

// Feature bits (virtio 1.4, "Feature bits" of the network device and "Reserved Feature Bits").
`define VNET_F_MTU              3
`define VNET_F_MAC              5
`define VNET_F_MRG_RXBUF        15
`define VNET_F_STATUS           16
// Never standardised: the bit proposed in 2013, offered only with the parameter ANY_HEADER_SG.
`define VNET_F_ANY_HEADER_SG    25
`define VNET_F_ANY_LAYOUT       27
`define VNET_F_INDIRECT_DESC    28
`define VNET_F_EVENT_IDX        29
`define VNET_F_VERSION_1        32
`define VNET_F_RING_RESET       40

// Device status, bit numbers ("Device Status Field").
`define VNET_S_ACKNOWLEDGE      0
`define VNET_S_DRIVER           1
`define VNET_S_DRIVER_OK        2
`define VNET_S_FEATURES_OK      3
`define VNET_S_NEEDS_RESET      6
`define VNET_S_FAILED           7

// "No vector" in the MSI-X vector registers.
`define VNET_NO_VECTOR          16'hFFFF

// Error codes that are not a report about a chain.
`define VNET_ERR_ZERO_LEN       5'd20
`define VNET_ERR_KICK_RANGE     5'd22

`endif
