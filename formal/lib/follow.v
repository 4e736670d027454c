// follow: follows one symbol of a byte stream through a design
// SPDX-License-Identifier: Apache-2.0
//
// A packet is a row of symbols: its bytes, then its end (with the error code). The windows of a stream
// are runs of symbols. In any cycle any symbol that enters may be marked; from then on the number of
// symbols ahead of it is counted down by what leaves, and when it reaches 0 the symbol must leave
// with its value. As the choice is free, this holds for every symbol: all come out, in order, unchanged.
// level is the number of symbols inside; more than that may not leave, so nothing is invented.
//
// The user says in in_* what enters; this is where a proof states the rule of its design (for example
// that the payload of hdr_extract begins after N bytes). With LANES = 1 also the lane matters: the first
// byte of what enters has to leave at lane in_lane, the next one a lane higher, modulo the word.
// BITS: how many bits of a byte are followed, from bit 0 on; wide words take the solver less time with one.
`default_nettype none

module follow #(
  parameter integer IN_BYTES  = 8,
  parameter integer OUT_BYTES = 8,
  parameter integer LEVEL_W   = 8,
  parameter integer LANES     = 0,
  parameter integer BITS      = 8,
  // Derived.
  parameter integer IO_W      = $clog2(IN_BYTES),
  parameter integer OO_W      = $clog2(OUT_BYTES)
) (
  input  wire                   clk,
  input  wire                   rst,

  input  wire                   in_fire,
  input  wire [8*IN_BYTES-1:0]  in_data,
  input  wire [IO_W-1:0]        in_off,
  input  wire [IO_W:0]          in_cnt,
  input  wire                   in_last,
  input  wire [4:0]             in_err,
  input  wire [OO_W-1:0]        in_lane,
  // The position that may be marked now, and whether the proof lets it.
  output wire [IO_W:0]          in_pos,
  input  wire                   in_may,

  input  wire                   out_valid,
  input  wire                   out_ready,
  input  wire [8*OUT_BYTES-1:0] out_data,
  input  wire [OO_W-1:0]        out_off,
  input  wire [OO_W:0]          out_cnt,
  input  wire                   out_last,
  input  wire [4:0]             out_err,

  output wire [LEVEL_W-1:0]     level,
  // {marked, is an end, value, symbols ahead}
  output wire [LEVEL_W+9:0]     mark,
  // Where the marked byte has to leave.
  output wire [OO_W-1:0]        lane
);

  (* anyseq *) reg            pick;
  (* anyseq *) reg [IO_W:0]   pick_pos;

  reg               marked_q;
  reg               end_q;
  reg [7:0]         value_q;
  reg [LEVEL_W-1:0] ahead_q;
  reg [LEVEL_W-1:0] level_q;
  reg [OO_W-1:0]    lane_q;

  wire [LEVEL_W-1:0] in_n  = in_fire ? in_cnt + in_last : {LEVEL_W{1'b0}};
  wire [LEVEL_W-1:0] out_n = out_valid ? out_cnt + out_last : {LEVEL_W{1'b0}};
  wire [LEVEL_W-1:0] gone  = out_ready ? out_n : {LEVEL_W{1'b0}};
  wire               hit   = marked_q && (ahead_q < out_n);

  localparam [7:0] MASK = (1 << BITS) - 1;

  wire [7:0] in_byte  = MASK & (in_data >> {in_off + pick_pos[IO_W-1:0], 3'd0});
  wire [7:0] out_byte = MASK & (out_data >> {out_off + ahead_q[OO_W-1:0], 3'd0});

  assign in_pos = pick_pos;
  assign lane  = lane_q;
  assign level = level_q;
  assign mark  = {marked_q, end_q, value_q, ahead_q};

  always @(posedge clk) begin
    level_q <= level_q + in_n - gone;
    ahead_q <= ahead_q - gone;
    if (hit && out_ready) begin
      marked_q <= 1'b0;
    end else if (!marked_q && pick && in_may && (pick_pos < in_n)) begin
      marked_q <= 1'b1;
      end_q    <= pick_pos == in_cnt;
      value_q  <= (pick_pos == in_cnt) ? {3'd0, in_err} : in_byte;
      ahead_q  <= level_q - gone + pick_pos;
      lane_q   <= in_lane + pick_pos;
    end
    if (rst) begin
      marked_q <= 1'b0;
      level_q  <= {LEVEL_W{1'b0}};
    end
  end

  always @* begin
    if (!rst && out_valid) begin
      window_in_the_word: assert(out_off + out_cnt <= OUT_BYTES);
      nothing_invented: assert(out_n <= level_q);
      if (hit) begin
        in_order: assert(end_q == (ahead_q == out_cnt));
        unchanged: assert(value_q == (end_q ? {3'd0, out_err} : out_byte));
        at_its_lane: assert((LANES == 0) || end_q || (out_off + ahead_q[OO_W-1:0] == {1'b0, lane_q}));
      end
    end
    if (!rst && marked_q) begin
      mark_is_inside: assert(ahead_q < level_q);
    end
  end

endmodule

`default_nettype wire
