// vnet_fifo: synchronous FIFO, show-ahead, small (distributed RAM)
// SPDX-License-Identifier: Apache-2.0
//
// m_data is the oldest word whenever m_valid is high. For deep FIFOs use vnet_fifo_deep, which has the same ports.
//
// Latency:       1 cycle from s to m.
// Throughput:    1 word per cycle, also when full or empty on the other side.
// Back-pressure: s_ready is a register-derived comparison, independent of m_ready.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_fifo #(
  // Word width in bits.
  parameter integer W       = 32,
  // Words, a power of two, at least 2.
  parameter integer DEPTH   = 16,
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

  // Words stored, 0..DEPTH.
  output wire [LEVEL_W-1:0] level
);

  // The extra top bit of each pointer tells full from empty.
  reg [LEVEL_W-1:0] wr_ptr_q;
  reg [LEVEL_W-1:0] rd_ptr_q;

  // Comparisons of the pointers themselves: a subtractor would stand in front of all who look at valid and ready.
  assign level   = wr_ptr_q - rd_ptr_q;
  assign s_ready = (wr_ptr_q ^ rd_ptr_q) != {1'b1, {(LEVEL_W - 1){1'b0}}};
  assign m_valid = wr_ptr_q != rd_ptr_q;

  wire push = s_valid && s_ready;
  wire pop  = m_valid && m_ready;

  vnet_lutram #(
    .W    (W),
    .DEPTH(DEPTH)
  ) u_mem (
    .clk    (clk),
    .wr_en  (push),
    .wr_addr(wr_ptr_q[LEVEL_W-2:0]),
    .wr_data(s_data),
    .rd_addr(rd_ptr_q[LEVEL_W-2:0]),
    .rd_data(m_data)
  );

  always @(posedge clk) begin
    if (push) begin
      wr_ptr_q <= wr_ptr_q + 1'b1;
    end
    if (pop) begin
      rd_ptr_q <= rd_ptr_q + 1'b1;
    end
    if (rst) begin
      wr_ptr_q <= {LEVEL_W{1'b0}};
      rd_ptr_q <= {LEVEL_W{1'b0}};
    end
  end

endmodule

`default_nettype wire
