// vnet_ram: simple dual-port memory with registered read, the shape of a block RAM
// SPDX-License-Identifier: Apache-2.0
//
// One write port, one read port, one clock. The word that is read is undefined when the same address is written in the same
// cycle: a promise about it would cost a LUT and two registers per bit where a block RAM does not keep it by itself. No user
// here reads a word before the cycle after its write.
//
// Latency:       1 cycle from rd_en to rd_data; rd_data holds while rd_en is low.
// Throughput:    1 write and 1 read per cycle.
// Back-pressure: none.
// Errors:        none; contents are undefined until written.
// Spec:          none.
`default_nettype none

module vnet_ram #(
  // Word width in bits.
  parameter integer W      = 32,
  // Words, a power of two, at least 2.
  parameter integer DEPTH  = 512,
  // Derived: address width. Do not set.
  parameter integer ADDR_W = $clog2(DEPTH)
) (
  input  wire              clk,
  input  wire              wr_en,
  input  wire [ADDR_W-1:0] wr_addr,
  input  wire [W-1:0]      wr_data,
  input  wire              rd_en,
  input  wire [ADDR_W-1:0] rd_addr,
  output reg  [W-1:0]      rd_data
);

  vnet_param_check #(.OK((DEPTH >= 2) && ((DEPTH & (DEPTH - 1)) == 0))) u_depth_must_be_a_power_of_two ();

  reg [W-1:0] mem [0:DEPTH-1];

  always @(posedge clk) begin
    if (wr_en) begin
      mem[wr_addr] <= wr_data;
    end
    if (rd_en) begin
      rd_data <= mem[rd_addr];
      if (wr_en && (wr_addr == rd_addr)) begin
        rd_data <= {W{1'bx}};
      end
    end
  end

endmodule

`default_nettype wire
