// vnet_skid: two-entry register that cuts valid, ready and data paths
// SPDX-License-Identifier: Apache-2.0
//
// Both sides are registered: no combinational path from one side to the other. Used at module boundaries.
//
// Latency:       1 cycle.
// Throughput:    1 beat per cycle.
// Back-pressure: s_ready is a register.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_skid #(
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

  reg         ready_q;
  reg         valid_q;
  reg         spare_valid_q;
  reg [W-1:0] data_q;
  reg [W-1:0] spare_q;

  assign s_ready = ready_q;
  assign m_valid = valid_q;
  assign m_data  = data_q;

  wire in_beat  = s_valid && ready_q;
  wire out_free = m_ready || !valid_q;

  always @(posedge clk) begin
    if (out_free) begin
      valid_q       <= spare_valid_q || in_beat;
      data_q        <= spare_valid_q ? spare_q : s_data;
      spare_valid_q <= 1'b0;
      ready_q       <= 1'b1;
    end else if (in_beat) begin
      spare_valid_q <= 1'b1;
      ready_q       <= 1'b0;
    end else begin
      ready_q       <= !spare_valid_q;
    end
    // The spare place takes whatever comes while ready is high; it counts only when spare_valid_q is set.
    if (ready_q) begin
      spare_q <= s_data;
    end
    if (rst) begin
      valid_q       <= 1'b0;
      spare_valid_q <= 1'b0;
      ready_q       <= 1'b0;
    end
  end

endmodule

`default_nettype wire
