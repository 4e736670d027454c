// fifo_item: one item in a FIFO whose own proof shows that words come out once, in order, unchanged
// SPDX-License-Identifier: Apache-2.0
//
// For proofs that follow an item through a design and need not look into its FIFOs again (vnet_fifo_props,
// vnet_fifo_deep_props). What comes out and is the item must have gone in, and is the same word. The user shows that the
// item is in at most one place, so it does not go in twice.
`default_nettype none

module fifo_item #(
  parameter integer W = 8
) (
  input  wire         clk,
  input  wire         rst,
  input  wire         push,
  input  wire         push_is_it,
  input  wire [W-1:0] push_data,
  input  wire         valid,
  input  wire         pop,
  input  wire         pop_is_it,
  input  wire [W-1:0] pop_data,
  output wire         inside,
  output wire [W-1:0] data
);

  reg         inside_q;
  reg [W-1:0] data_q;

  assign inside = inside_q;
  assign data   = data_q;

  always @(posedge clk) begin
    if (push && push_is_it) begin
      inside_q <= 1'b1;
      data_q   <= push_data;
    end else if (valid && pop && pop_is_it) begin
      inside_q <= 1'b0;
    end
    if (rst) begin
      inside_q <= 1'b0;
    end
  end

  always @* begin
    assume(rst || !(valid && pop_is_it) || (inside_q && (pop_data == data_q)));
    if (!rst) begin
      goes_in_once: assert(!(push && push_is_it && inside_q) || (valid && pop && pop_is_it));
    end
  end

endmodule

`default_nettype wire
