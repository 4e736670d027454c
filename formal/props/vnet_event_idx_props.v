// vnet_event_idx_props: the event index rule, for all 2**48 inputs
// SPDX-License-Identifier: Apache-2.0
//
// Two statements: the formula of the specification, and what it means: the entry with number event_idx is
// one of those from old_idx on, up to and without new_idx.
`default_nettype none

module vnet_event_idx_props (
  input wire [15:0] new_idx,
  input wire [15:0] old_idx,
  input wire [15:0] event_idx
);

  wire need;

  vnet_event_idx dut (
    .new_idx  (new_idx),
    .old_idx  (old_idx),
    .event_idx(event_idx),
    .need     (need)
  );

  // (u16)(new_idx - event_idx - 1) < (u16)(new_idx - old_idx)
  wire [31:0] left  = {16'd1, new_idx} - {16'd0, event_idx} - 32'd1;
  wire [31:0] right = {16'd1, new_idx} - {16'd0, old_idx};

  // Entries of the step counted from old_idx, and the place of the entry among them.
  wire [15:0] count = new_idx - old_idx;
  wire [15:0] place = event_idx - old_idx;

  always @* begin
    formula_of_the_specification: assert(need == (left[15:0] < right[15:0]));
    entry_is_among_the_new: assert(need == (place < count));
    over_the_wrap: cover(need && (new_idx < old_idx));
    no_need: cover(!need && (new_idx != old_idx));
  end

endmodule

`default_nettype wire
