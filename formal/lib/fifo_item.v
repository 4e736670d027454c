// fifo_item: one item in a FIFO whose own proof shows that words come out once, in order, unchanged
// SPDX-License-Identifier: Apache-2.0
//
// For proofs that follow an item through a design and need not look into its FIFOs again (vnet_fifo_props,
// vnet_fifo_deep_props). What comes out and is the item must have gone in, and is the same word. The user shows that the
// item is in at most one place, so it does not go in twice. ORDER = 1: level is the number of words in the FIFO, and the
// item comes out when all words ahead of it have.
`default_nettype none

module fifo_item #(
  parameter integer W       = 8,
  parameter integer LEVEL_W = 1,
  parameter integer ORDER   = 0
) (
  input  wire               clk,
  input  wire               rst,
  input  wire               push,
  input  wire               push_is_it,
  input  wire [W-1:0]       push_data,
  input  wire               valid,
  input  wire               pop,
  input  wire               pop_is_it,
  input  wire [W-1:0]       pop_data,
  input  wire [LEVEL_W-1:0] level,
  output wire               inside,
  output wire [W-1:0]       data,
  output wire [LEVEL_W-1:0] ahead
);

  reg               inside_q;
  reg [W-1:0]       data_q;
  reg [LEVEL_W-1:0] ahead_q;

  wire gone = valid && pop;

  assign inside = inside_q;
  assign data   = data_q;
  assign ahead  = ahead_q;

  always @(posedge clk) begin
    ahead_q <= ahead_q - gone;
    if (push && push_is_it) begin
      inside_q <= 1'b1;
      data_q   <= push_data;
      ahead_q  <= level - gone;
    end else if (gone && pop_is_it) begin
      inside_q <= 1'b0;
    end
    if (rst) begin
      inside_q <= 1'b0;
    end
  end

  always @* begin
    assume(rst || !(valid && pop_is_it) || (inside_q && (pop_data == data_q)));
    assume(rst || (ORDER == 0) || !inside_q || (valid && (ahead_q < level) && (pop_is_it == (ahead_q == {LEVEL_W{1'b0}}))));
    if (!rst) begin
      goes_in_once: assert(!(push && push_is_it && inside_q) || (gone && pop_is_it));
    end
  end

endmodule

`default_nettype wire
