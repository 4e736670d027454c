// vnet_lutram: small memory with asynchronous read, the shape of distributed RAM
// SPDX-License-Identifier: Apache-2.0
//
// One write port, one read port. A word is seen at the read port in the cycle after it was written.
//
// Latency:       none on read.
// Throughput:    1 write and 1 read per cycle.
// Back-pressure: none.
// Errors:        none; contents are undefined until written.
// Spec:          none.
`default_nettype none

module vnet_lutram #(
  // Word width in bits.
  parameter integer W      = 32,
  // Words, a power of two, at least 2.
  parameter integer DEPTH  = 16,
  // Derived: address width. Do not set.
  parameter integer ADDR_W = $clog2(DEPTH)
) (
  input  wire              clk,
  input  wire              wr_en,
  input  wire [ADDR_W-1:0] wr_addr,
  input  wire [W-1:0]      wr_data,
  input  wire [ADDR_W-1:0] rd_addr,
  output wire [W-1:0]      rd_data
);

  vnet_param_check #(.OK((DEPTH >= 2) && ((DEPTH & (DEPTH - 1)) == 0))) u_depth_must_be_a_power_of_two ();

  reg [W-1:0] mem [0:DEPTH-1];

  assign rd_data = mem[rd_addr];

  always @(posedge clk) begin
    if (wr_en) begin
      mem[wr_addr] <= wr_data;
    end
  end

endmodule

`default_nettype wire
