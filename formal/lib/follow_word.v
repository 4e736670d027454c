// follow_word: follows one word through a design that keeps words in order
// SPDX-License-Identifier: Apache-2.0
//
// As `follow`, but a beat is one symbol.
`default_nettype none

module follow_word #(
  parameter integer W       = 8,
  parameter integer LEVEL_W = 8
) (
  input  wire               clk,
  input  wire               rst,

  input  wire               in_fire,
  input  wire [W-1:0]       in_data,
  input  wire               out_valid,
  input  wire               out_ready,
  input  wire [W-1:0]       out_data,

  output wire [LEVEL_W-1:0] level,
  // {marked, value, words ahead}
  output wire [LEVEL_W+W:0] mark
);

  (* anyseq *) reg  pick;

  reg               marked_q;
  reg [W-1:0]       value_q;
  reg [LEVEL_W-1:0] ahead_q;
  reg [LEVEL_W-1:0] level_q;

  wire gone = out_valid && out_ready;
  wire hit  = marked_q && (ahead_q == {LEVEL_W{1'b0}}) && out_valid;

  assign level = level_q;
  assign mark  = {marked_q, value_q, ahead_q};

  always @(posedge clk) begin
    level_q <= level_q + in_fire - gone;
    ahead_q <= ahead_q - gone;
    if (hit && out_ready) begin
      marked_q <= 1'b0;
    end else if (!marked_q && pick && in_fire) begin
      marked_q <= 1'b1;
      value_q  <= in_data;
      ahead_q  <= level_q - gone;
    end
    if (rst) begin
      marked_q <= 1'b0;
      level_q  <= {LEVEL_W{1'b0}};
    end
  end

  always @* begin
    if (!rst) begin
      nothing_invented: assert(!out_valid || (level_q != {LEVEL_W{1'b0}}));
      in_order_and_unchanged: assert(!hit || (out_data == value_q));
      mark_is_inside: assert(!marked_q || (ahead_q < level_q));
    end
  end

endmodule

`default_nettype wire
