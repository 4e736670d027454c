// vnet_reg: one-entry register that cuts valid and data paths
// SPDX-License-Identifier: Apache-2.0
//
// Half of a vnet_skid: no multiplexer, one register per bit, but ready passes through. Used inside of a part, where the next
// module's ready is short; a boundary between parts takes a vnet_skid.
//
// Latency:       1 cycle.
// Throughput:    1 beat per cycle.
// Back-pressure: s_ready depends on a register and on m_ready.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_reg #(
  // Payload width in bits, at least 1.
  parameter integer W = 8
) (
  input  wire         clk,
  input  wire         rst,

  input  wire         s_valid,
  output wire         s_ready,
  input  wire [W-1:0] s_data,

  output wire         m_valid,
  input  wire         m_ready,
  output wire [W-1:0] m_data
);

  reg         valid_q;
  reg [W-1:0] data_q;

  assign s_ready = m_ready || !valid_q;
  assign m_valid = valid_q;
  assign m_data  = data_q;

  always @(posedge clk) begin
    if (s_ready) begin
      valid_q <= s_valid;
      data_q  <= s_data;
    end
    if (rst) begin
      valid_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
