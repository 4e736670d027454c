// holds: part of an invariant: one register stage of a design and the symbols it holds
// SPDX-License-Identifier: Apache-2.0
//
// Chain one per stage from the output to the input: before is what lies nearer to the output, after is that
// and this stage. ok says that the marked symbol of `follow`, if it lies here, has its value, and that
// the window is legal.
`default_nettype none

module holds #(
  parameter integer BYTES   = 8,
  parameter integer LEVEL_W = 8,
  parameter integer BITS    = 8,
  // Derived.
  parameter integer OFF_W   = $clog2(BYTES)
) (
  input  wire               valid,
  input  wire [8*BYTES-1:0] data,
  input  wire [OFF_W-1:0]   off,
  input  wire [OFF_W:0]     cnt,
  input  wire               last,
  input  wire [4:0]         err,

  input  wire [LEVEL_W+9:0] mark,
  input  wire [LEVEL_W-1:0] before,
  output wire [LEVEL_W-1:0] after,
  output wire               ok
);

  wire               marked;
  wire               is_end;
  wire [7:0]         value;
  wire [LEVEL_W-1:0] ahead;

  assign {marked, is_end, value, ahead} = mark;
  assign after = valid ? before + cnt + last : before;

  wire [LEVEL_W-1:0] pos   = ahead - before;
  wire               here  = marked && (ahead >= before) && (ahead < after);
  localparam [7:0]   MASK  = (1 << BITS) - 1;
  wire [7:0]         found = MASK & (data >> {off + pos[OFF_W-1:0], 3'd0});
  wire               legal = off + cnt <= BYTES;

  assign ok = !valid || (legal && (!here || (is_end ? (pos == cnt) && (value == {3'd0, err})
                                                     : (pos != cnt) && (value == found))));

endmodule

`default_nettype wire
