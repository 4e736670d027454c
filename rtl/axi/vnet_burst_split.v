// vnet_burst_split: cuts a byte range into legal AXI bursts
// SPDX-License-Identifier: Apache-2.0
//
// Memory is seen as blocks of MAX_BURST words, at most 4 KiB, aligned to their size. A burst ends
// with its block or with the command. So no burst is longer than MAX_BURST and none crosses 4 KiB.
// With both rules made one, a single addition per command gives everything: the word of the last
// byte, counted from the begin of the first block. Its upper part is the number of blocks that
// follow, its lower part the place of the last word in the last block.
//
//   MAX_BURST = 4, words of 8 bytes (blocks of 32), address 0x1B, length 50:
//   last byte at 0x1B + 49 = 76, that is in word 9 = 2 * 4 + 1
//
//     word     0  1  2  3 | 4  5  6  7 | 8  9  .  .
//                       x   x  x  x  x   x  x
//     bursts   0x1B, 1 word; 0x20, 4 words; 0x40, 2 words, last
//
// The first burst begins at the given address, which may be unaligned; later ones are aligned.
//
// Latency:       2 cycles.
// Throughput:    1 burst per cycle; 1 command per cycle if each is one burst.
// Back-pressure: s_ready depends on registers and on m_ready.
// Errors:        none. s_len must be at least 1. Addresses wrap at 2**64.
// Spec:          AMBA AXI4, "Burst length", "Burst address".
`default_nettype none

module vnet_burst_split #(
  // Bus width in bits: 64, 128, 256 or 512.
  parameter integer DATA_W    = 64,
  // Width of the length in bytes.
  parameter integer LEN_W     = 20,
  // Longest burst in words, a power of two, 1..256. The default reaches from one 4 KiB border to
  // the next where AXI allows it.
  parameter integer MAX_BURST = (DATA_W < 128) ? 256 : 32768 / DATA_W
) (
  input  wire             clk,
  input  wire             rst,

  // Commands: bytes s_addr .. s_addr + s_len - 1, at least one.
  input  wire             s_valid,
  output wire             s_ready,
  input  wire [63:0]      s_addr,
  input  wire [LEN_W-1:0] s_len,

  // Bursts. m_last: the last burst of its command.
  output wire             m_valid,
  input  wire             m_ready,
  output wire [63:0]      m_addr,
  output wire [7:0]       m_beats_m1,
  output wire             m_last
);

  vnet_param_check #(
    .OK((MAX_BURST >= 1) && (MAX_BURST <= 256) && ((MAX_BURST & (MAX_BURST - 1)) == 0))
  ) u_max_burst_must_be_a_power_of_two_up_to_256 ();

  localparam integer OFF_W   = $clog2(DATA_W / 8);
  // Words per block and bytes per block, base 2.
  localparam integer BEAT_W  = (OFF_W + $clog2(MAX_BURST) > 12) ? 12 - OFF_W : $clog2(MAX_BURST);
  localparam integer BLOCK_W = OFF_W + BEAT_W;
  // Width of the byte sum: at least one bit above the block and 8 above the word.
  localparam integer SUM_W   = ((LEN_W > 14) ? LEN_W : 14) + 1;
  localparam integer LEFT_W  = SUM_W - BLOCK_W;

  // First step: number of the last byte, counted from the begin of the first block. Its lane does not
  // matter.
  wire [SUM_W-1:0]       s_end = {{(SUM_W - BLOCK_W){1'b0}}, s_addr[BLOCK_W-1:0]} +
                                 {{(SUM_W - LEN_W){1'b0}}, s_len} - {{(SUM_W - 1){1'b0}}, 1'b1};
  wire                   unused_ok = &{1'b0, s_end[OFF_W-1:0]};
  wire                   cmd_ready;
  reg                    cmd_valid_q;
  reg  [63:0]            cmd_addr_q;
  reg  [SUM_W-1:OFF_W]   cmd_end_q;

  assign s_ready = cmd_ready || !cmd_valid_q;

  always @(posedge clk) begin
    if (s_ready) begin
      cmd_valid_q <= s_valid;
      cmd_addr_q  <= s_addr;
      cmd_end_q   <= s_end[SUM_W-1:OFF_W];
    end
    if (rst) begin
      cmd_valid_q <= 1'b0;
    end
  end

  // Second step: bursts. Places inside the block are made 8 bits wide at every MAX_BURST.
  wire [LEFT_W-1:0] end_block  = cmd_end_q[SUM_W-1:BLOCK_W];
  wire [7:0]        block_top  = 8'd255 >> (8 - BEAT_W);
  wire [7:0]        end_word   = cmd_end_q[OFF_W +: 8] & block_top;
  wire [7:0]        begin_word = cmd_addr_q[OFF_W +: 8] & block_top;

  reg              valid_q;
  reg [63:0]       addr_q;
  reg [7:0]        beats_m1_q;
  reg              last_q;
  reg [LEFT_W-1:0] left_q;      // blocks behind the one of the present burst
  reg [7:0]        end_word_q;

  wire [LEFT_W-1:0] next_left = left_q - {{(LEFT_W - 1){1'b0}}, 1'b1};
  wire              next_last = next_left == {LEFT_W{1'b0}};

  assign m_valid    = valid_q;
  assign m_addr     = addr_q;
  assign m_beats_m1 = beats_m1_q;
  assign m_last     = last_q;

  assign cmd_ready = !valid_q || (m_ready && last_q);

  always @(posedge clk) begin
    if (cmd_ready) begin
      valid_q    <= cmd_valid_q;
      addr_q     <= cmd_addr_q;
      left_q     <= end_block;
      end_word_q <= end_word;
      last_q     <= end_block == {LEFT_W{1'b0}};
      beats_m1_q <= ((end_block == {LEFT_W{1'b0}}) ? end_word : block_top) - begin_word;
    end else if (m_ready) begin
      addr_q     <= {addr_q[63:BLOCK_W] + {{(63 - BLOCK_W){1'b0}}, 1'b1}, {BLOCK_W{1'b0}}};
      left_q     <= next_left;
      last_q     <= next_last;
      beats_m1_q <= next_last ? end_word_q : block_top;
    end
    if (rst) begin
      valid_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
