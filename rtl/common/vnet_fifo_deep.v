// vnet_fifo_deep: synchronous FIFO, show-ahead, deep (block RAM behind an output register pair)
// SPDX-License-Identifier: Apache-2.0
//
// Same ports and behaviour as vnet_fifo but for the latency. Words wait in a block RAM; two are read ahead, because the RAM answers
// one cycle after it was asked and the output must move every cycle.
//
// Latency:       3 cycles from s to m when empty.
// Throughput:    1 word per cycle.
// Back-pressure: s_ready depends on registers only.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_fifo_deep #(
  // Word width in bits.
  parameter integer W       = 32,
  // Words in the RAM, a power of two, at least 4. Two or three more fit in the output stage.
  parameter integer DEPTH   = 512,
  // Derived: width of level. Do not set.
  parameter integer LEVEL_W = $clog2(DEPTH) + 1
) (
  input  wire               clk,
  input  wire               rst,

  input  wire               s_valid,
  output wire               s_ready,
  input  wire [W-1:0]       s_data,

  output wire               m_valid,
  input  wire               m_ready,
  output wire [W-1:0]       m_data,

  // Words in the RAM, 0..DEPTH (the output stage is not counted).
  output wire [LEVEL_W-1:0] level
);

  reg [LEVEL_W-1:0] wr_ptr_q;
  reg [LEVEL_W-1:0] rd_ptr_q;
  reg               read_q;      // a word comes out of the RAM in this cycle
  reg [1:0]         ahead_q;     // words read ahead: in the output FIFO or on their way to it

  wire [W-1:0] ram_data;
  wire         out_s_ready;
  wire [2:0]   out_level;

  assign level   = wr_ptr_q - rd_ptr_q;
  assign s_ready = (wr_ptr_q ^ rd_ptr_q) != {1'b1, {(LEVEL_W - 1){1'b0}}};

  wire push = s_valid && s_ready;
  wire pop  = m_valid && m_ready;
  // Read ahead as long as there is room for the word by the time it arrives.
  wire rd_en = (wr_ptr_q != rd_ptr_q) && (ahead_q != 2'd3);

  vnet_ram #(
    .W    (W),
    .DEPTH(DEPTH)
  ) u_mem (
    .clk    (clk),
    .wr_en  (push),
    .wr_addr(wr_ptr_q[LEVEL_W-2:0]),
    .wr_data(s_data),
    .rd_en  (rd_en),
    .rd_addr(rd_ptr_q[LEVEL_W-2:0]),
    .rd_data(ram_data)
  );

  vnet_fifo #(
    .W    (W),
    .DEPTH(4)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(read_q),
    .s_ready(out_s_ready),
    .s_data (ram_data),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data (m_data),
    .level  (out_level)
  );

  // The place for a word was counted in ahead_q before it was read, so the output FIFO is never full.
  wire unused_ok = &{1'b0, out_s_ready, out_level};

  always @(posedge clk) begin
    read_q  <= rd_en;
    ahead_q <= ahead_q + {1'b0, rd_en} - {1'b0, pop};
    if (push) begin
      wr_ptr_q <= wr_ptr_q + 1'b1;
    end
    if (rd_en) begin
      rd_ptr_q <= rd_ptr_q + 1'b1;
    end
    if (rst) begin
      wr_ptr_q <= {LEVEL_W{1'b0}};
      rd_ptr_q <= {LEVEL_W{1'b0}};
      read_q   <= 1'b0;
      ahead_q  <= 2'd0;
    end
  end

endmodule

`default_nettype wire
