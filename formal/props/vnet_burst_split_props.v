// vnet_burst_split_props: the bursts of a command are legal and cover its bytes exactly
// SPDX-License-Identifier: Apache-2.0
//
// One command is followed, chosen freely: its bursts begin where the one before ended, until the last byte; no
// burst crosses 4 KiB or is longer than MAX_BURST, and none has a word that no byte needs.
`default_nettype none

module vnet_burst_split_props #(
  parameter integer DATA_W    = 64,
  parameter integer LEN_W     = 20,
  parameter integer MAX_BURST = 16
) (
  input wire             clk,
  input wire             rst,
  input wire             s_valid,
  input wire [63:0]      s_addr,
  input wire [LEN_W-1:0] s_len,
  input wire             m_ready
);

  localparam integer BYTES   = DATA_W / 8;
  localparam integer OFF_W   = $clog2(BYTES);
  localparam integer BEAT_W  = (OFF_W + $clog2(MAX_BURST) > 12) ? 12 - OFF_W : $clog2(MAX_BURST);
  localparam integer BLOCK_W = OFF_W + BEAT_W;
  localparam integer SUM_W   = ((LEN_W > 14) ? LEN_W : 14) + 1;
  localparam integer LEFT_W  = SUM_W - BLOCK_W;

  wire        s_ready;
  wire        m_valid;
  wire [63:0] m_addr;
  wire [7:0]  m_beats_m1;
  wire        m_last;

  vnet_burst_split #(
    .DATA_W   (DATA_W),
    .LEN_W    (LEN_W),
    .MAX_BURST(MAX_BURST)
  ) dut (
    .clk       (clk),
    .rst       (rst),
    .s_valid   (s_valid),
    .s_ready   (s_ready),
    .s_addr    (s_addr),
    .s_len     (s_len),
    .m_valid   (m_valid),
    .m_ready   (m_ready),
    .m_addr    (m_addr),
    .m_beats_m1(m_beats_m1),
    .m_last    (m_last)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(73)) u_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .payload({m_addr, m_beats_m1, m_last})
  );

  // ---- The followed command: where its next burst begins, and how many bytes are left.

  (* anyseq *) reg pick;

  reg             marked_q;
  reg [1:0]       ahead_q;      // commands before it
  reg [63:0]      next_q;
  reg [LEN_W-1:0] left_q;
  reg [1:0]       level_q;

  wire in   = s_valid && s_ready;
  wire out  = m_valid && m_ready;
  wire gone = out && m_last;
  wire mine = marked_q && (ahead_q == 2'd0) && m_valid;

  // Bytes from the begin of the burst to the end of its last word.
  wire [LEN_W+1:0] words  = m_beats_m1 + 1;
  wire [LEN_W+1:0] covers = (words << OFF_W) - m_addr[OFF_W-1:0];
  wire [12:0]      end_4k = {1'b0, m_addr[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, m_beats_m1} << OFF_W);

  always @(posedge clk) begin
    level_q <= level_q + in - gone;
    if (marked_q && (ahead_q != 2'd0)) begin
      ahead_q <= ahead_q - gone;
    end
    if (mine && out) begin
      marked_q <= !m_last;
      next_q   <= next_q + covers;
      left_q   <= left_q - covers;
    end
    if (!marked_q && in && pick) begin
      marked_q <= 1'b1;
      ahead_q  <= level_q - gone;
      next_q   <= s_addr;
      left_q   <= s_len;
    end
    if (rst) begin
      marked_q <= 1'b0;
      level_q  <= 2'd0;
    end
  end

  always @* begin
    assume(s_len != 0);
    if (!rst && m_valid) begin
      inside_4k: assert(!end_4k[12]);
      not_too_long: assert(m_beats_m1 < MAX_BURST);
      nothing_invented: assert(level_q != 2'd0);
      if (mine) begin
        begins_at_the_next_byte: assert(m_addr == next_q);
        last_when_all_is_covered: assert(m_last == (covers >= left_q));
        no_word_too_many: assert(!m_last || (covers - left_q < BYTES));
      end
    end
  end

  // ---- The registers of the design.

  (* hierconn *) wire                 \dut.cmd_valid_q ;
  (* hierconn *) wire [63:0]          \dut.cmd_addr_q ;
  (* hierconn *) wire [SUM_W-1:OFF_W] \dut.cmd_end_q ;
  (* hierconn *) wire [LEFT_W-1:0]    \dut.left_q ;
  (* hierconn *) wire [7:0]           \dut.end_word_q ;

  wire [SUM_W-1:0] end_byte  = next_q[BLOCK_W-1:0] + {1'b0, left_q} - 1'b1;
  wire [7:0]       top       = 8'd255 >> (8 - BEAT_W);
  wire [7:0]       first     = (m_addr >> OFF_W) & top;
  wire [LEFT_W-1:0] blocks   = end_byte >> BLOCK_W;
  wire [7:0]       end_word  = (end_byte >> OFF_W) & top;

  always @* begin
    if (!rst) begin
      inv_level: assert(level_q == m_valid + \dut.cmd_valid_q );
      inv_ahead: assert(!marked_q || ((ahead_q < level_q) && (left_q != 0)));
      inv_burst: assert(!m_valid || ((m_last == (\dut.left_q == 0)) && (\dut.end_word_q <= top) &&
                                     (m_beats_m1 == (m_last ? \dut.end_word_q : top) - first) &&
                                     (m_beats_m1 <= top) && (first + m_beats_m1 <= top)));
      inv_aligned: assert(!(mine && !m_last) || (m_beats_m1 == top - first));
      inv_mine: assert(!mine || ((m_addr == next_q) && (\dut.left_q == blocks) &&
                                 (\dut.end_word_q == end_word)));
      inv_cmd: assert(!(marked_q && !mine) || (\dut.cmd_valid_q && (\dut.cmd_addr_q == next_q) &&
                                               (\dut.cmd_end_q == (end_byte >> OFF_W))));
      inv_cmd_order: assert(!\dut.cmd_valid_q || (\dut.cmd_end_q >= \dut.cmd_addr_q [BLOCK_W-1:OFF_W]));
      three_bursts: cover(mine && m_last && (next_q[BLOCK_W-1:0] == 0) && (left_q > BYTES) &&
                          (\dut.cmd_valid_q ) && (m_beats_m1 == 8'd1));
      unaligned_single_byte: cover(mine && m_last && (left_q == 1) && (m_addr[OFF_W-1:0] == BYTES - 1));
    end
  end

endmodule

`default_nettype wire
