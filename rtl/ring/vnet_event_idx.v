// vnet_event_idx: the event index rule
// SPDX-License-Identifier: Apache-2.0
//
// The other side wants to hear of the step that publishes entry number event_idx. The count of
// published entries went from old_idx to new_idx. need is 1 if the entry is among those published
// by this step, all modulo 2**16:
//
//   old_idx = 65534, new_idx = 1: entries 65534, 65535 and 0 are new; need for these event_idx
//
// Latency:       none (combinational).
// Throughput:    none.
// Back-pressure: none.
// Errors:        none.
// Spec:          virtio 1.4, "Used Buffer Notification Suppression" of split virtqueues.
`default_nettype none

module vnet_event_idx (
  input  wire [15:0] new_idx,
  input  wire [15:0] old_idx,
  input  wire [15:0] event_idx,
  output wire        need
);

  // Steps since the entry was published (new - event - 1), and steps in all. Equal indices: no step,
  // no need.
  wire [15:0] since = new_idx + ~event_idx;
  wire [15:0] step  = new_idx - old_idx;

  assign need = since < step;

endmodule

`default_nettype wire
