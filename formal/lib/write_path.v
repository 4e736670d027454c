// write_path: what vnet_wr_scatter and vnet_realign behind it make of the commands of vnet_dma_wr
// SPDX-License-Identifier: Apache-2.0
//
// Each command leaves as words, the commands in order: the first word begins at the lane of the memory address, the
// others at lane 0, each is full to the top lane or to the last byte of the command, and m_last comes with that byte.
// One byte of one command is marked, both chosen freely; it leaves at its lane with the value that stands at its place
// in the data words of its client. When words leave is left open.
//
// ASSUME = 1 in proofs where both modules are abstract, 0 where the real ones have to obey. Where it is proved:
//   wr-scatter-*   the windows of each command are its bytes, in order, m_start is its lane, m_last comes with its last
//                  byte (begins_at_the_next_byte, to_the_end_of_word_or_command, last_with_the_last_byte,
//                  start_of_the_command), from the right data words (word_of_the_client, used_up_exactly)
//   realign-*      bytes and ends leave in order, unchanged, each at its lane, none invented (u_follow), words are dense
//                  (full_but_the_last, gap_only_in_front)
//   realign-end-*  the end does not leave alone (ends_with_a_byte)
`default_nettype none

module write_path #(
  parameter integer DATA_W = 64,
  parameter integer N      = 2,
  parameter integer LEN_W  = 8,
  // Commands that may be inside at a time, a power of two.
  parameter integer RING   = 8,
  parameter integer ASSUME = 0,
  // Derived.
  parameter integer OFF_W  = $clog2(DATA_W / 8),
  parameter integer PTR_W  = $clog2(RING) + 1
) (
  input  wire                clk,
  input  wire                rst,

  input  wire                in_fire,
  // A command without bytes is passed by: it has a number, but no words.
  input  wire                in_skip,
  input  wire [N-1:0]        in_client,
  input  wire [OFF_W-1:0]    in_start,
  input  wire [OFF_W-1:0]    in_off,
  input  wire [LEN_W-1:0]    in_len,
  input  wire                in_eop,

  input  wire [N-1:0]        dat_valid,
  input  wire [N-1:0]        dat_ready,
  input  wire [DATA_W*N-1:0] dat_data,

  input  wire                out_valid,
  input  wire                out_ready,
  input  wire [DATA_W-1:0]   out_data,
  input  wire [OFF_W-1:0]    out_off,
  input  wire [OFF_W:0]      out_cnt,
  input  wire                out_last,

  // The mark: number of its command, number of the byte in it, whether it has left, its value once it is known.
  output wire                marked,
  output wire [PTR_W-1:0]    mark_cmd,
  output wire [LEN_W-1:0]    mark_pos,
  output wire                mark_left,
  output wire                mark_known,
  output wire [7:0]          mark_value,

  // Lanes and lengths of the commands inside, for invariants.
  output wire [RING*OFF_W-1:0] starts,
  output wire [RING*LEN_W-1:0] lens
);

  localparam integer BYTES = DATA_W / 8;
  localparam integer IDX_W = PTR_W - 1;
  // Numbers of data words; not as many are under way.
  localparam integer NUM_W = LEN_W - OFF_W + PTR_W + 1;

  // ---- Commands inside, by number; bytes of the oldest one that have left.

  reg [OFF_W-1:0] start_q [0:RING-1];
  reg [LEN_W-1:0] len_q [0:RING-1];
  reg [PTR_W-1:0] in_q;
  reg [PTR_W-1:0] head_q;
  reg [LEN_W-1:0] sent_q;

  genvar r;
  generate
    for (r = 0; r < RING; r = r + 1) begin : g_ring
      assign starts[OFF_W*r +: OFF_W] = start_q[r];
      assign lens[LEN_W*r +: LEN_W]   = len_q[r];
    end
  endgenerate

  wire             out   = out_valid && out_ready;
  wire [OFF_W-1:0] lane  = (sent_q == {LEN_W{1'b0}}) ? start_q[head_q[IDX_W-1:0]] : {OFF_W{1'b0}};
  wire [LEN_W-1:0] rest  = len_q[head_q[IDX_W-1:0]] - sent_q;
  wire [OFF_W:0]   space = BYTES - lane;
  wire [OFF_W:0]   count = (rest < space) ? rest[OFF_W:0] : space;
  wire             ends  = count == rest;

  rule #(.ASSUME(ASSUME)) word_of_a_command (.rst(rst), .ok(!out_valid || (head_q != in_q)));
  rule #(.ASSUME(ASSUME)) dense_from_its_lane (
    .rst(rst), .ok(!out_valid || ((out_off == lane) && (out_cnt == count)))
  );
  rule #(.ASSUME(ASSUME)) last_with_the_last_byte (.rst(rst), .ok(!out_valid || (out_last == ends)));

  // ---- The mark.

  (* anyconst *) reg [$clog2(N)-1:0] whose;
  (* anyseq *)   reg                 pick;
  (* anyseq *)   reg [LEN_W-1:0]     pick_pos;

  reg             marked_q;
  reg [PTR_W-1:0] cmd_q;
  reg [LEN_W-1:0] pos_q;
  reg             left_q;
  reg             known_q;
  reg [7:0]       value_q;
  reg [NUM_W-1:0] begin_q;      // data word of this client in which its next command begins
  reg [NUM_W-1:0] word_q;       // data word that it offers now
  reg [NUM_W-1:0] target_q;     // data word and lane of the byte
  reg [OFF_W-1:0] place_q;

  wire              mine   = in_fire && in_client[whose];
  wire [LEN_W:0]    bytes  = in_off + {1'b0, in_len};
  wire [LEN_W:0]    first  = in_off + {1'b0, pick_pos};
  wire [DATA_W-1:0] word   = dat_data >> (DATA_W * whose);
  wire              takes  = dat_valid[whose] && dat_ready[whose];
  wire [LEN_W-1:0]  behind = pos_q - sent_q;
  wire              here   = marked_q && !left_q && out_valid && (head_q == cmd_q) && (pos_q >= sent_q) &&
                             (behind < count);
  wire [OFF_W-1:0]  at     = lane + behind[OFF_W-1:0];
  wire [7:0]        found  = out_data >> {at, 3'd0};
  wire [NUM_W-1:0]  store  = begin_q - word_q;

  rule #(.ASSUME(ASSUME)) value_of_its_place (.rst(rst), .ok(!here || (known_q && (found == value_q))));
  // begin_q counts to the word in which the next command begins.
  rule #(.ASSUME(ASSUME)) no_data_word_too_many (.rst(rst), .ok(!takes || (store != {NUM_W{1'b0}})));

  assign marked     = marked_q;
  assign mark_cmd   = cmd_q;
  assign mark_pos   = pos_q;
  assign mark_left  = left_q;
  assign mark_known = known_q;
  assign mark_value = value_q;

  always @(posedge clk) begin
    if (in_fire) begin
      start_q[in_q[IDX_W-1:0]] <= in_start;
      len_q[in_q[IDX_W-1:0]]   <= in_len;
      in_q                     <= in_q + 1'b1;
    end
    if (out) begin
      head_q <= head_q + ends;
      sent_q <= ends ? {LEN_W{1'b0}} : sent_q + count;
    end
    if (in_skip) begin
      in_q   <= in_q + 1'b1;
      head_q <= head_q + 1'b1;
    end
    if (mine) begin
      begin_q <= begin_q + bytes[LEN_W:OFF_W] + (in_eop && (bytes[OFF_W-1:0] != {OFF_W{1'b0}}));
    end
    word_q <= word_q + takes;
    if (marked_q && !known_q && dat_valid[whose] && (word_q == target_q)) begin
      known_q <= 1'b1;
      value_q <= word >> {place_q, 3'd0};
    end
    if (here && out_ready) begin
      left_q <= 1'b1;
    end
    if (!marked_q && mine && pick && (pick_pos < in_len)) begin
      marked_q <= 1'b1;
      left_q   <= 1'b0;
      known_q  <= 1'b0;
      cmd_q    <= in_q;
      pos_q    <= pick_pos;
      target_q <= begin_q + first[LEN_W:OFF_W];
      place_q  <= first[OFF_W-1:0];
    end
    if (rst) begin
      in_q     <= {PTR_W{1'b0}};
      head_q   <= {PTR_W{1'b0}};
      sent_q   <= {LEN_W{1'b0}};
      marked_q <= 1'b0;
      begin_q  <= {NUM_W{1'b0}};
      word_q   <= {NUM_W{1'b0}};
    end
  end

  always @* begin
    assume(whose < N);
  end

endmodule

`default_nettype wire
