// holds_word: part of an invariant: one place of a design for one word
// SPDX-License-Identifier: Apache-2.0
//
// As `holds`, for the words of `follow_word`.
`default_nettype none

module holds_word #(
  parameter integer W       = 8,
  parameter integer LEVEL_W = 8
) (
  input  wire               valid,
  input  wire [W-1:0]       data,
  input  wire [LEVEL_W+W:0] mark,
  input  wire [LEVEL_W-1:0] before,
  output wire [LEVEL_W-1:0] after,
  output wire               ok
);

  wire               marked;
  wire [W-1:0]       value;
  wire [LEVEL_W-1:0] ahead;

  assign {marked, value, ahead} = mark;
  assign after = before + valid;
  assign ok    = !(valid && marked && (ahead == before)) || (data == value);

endmodule

`default_nettype wire
