// vnet_rr_arb: round-robin choice among N requests
// SPDX-License-Identifier: Apache-2.0
//
// grant is the first request after the last one served, in rising order with wrap. It follows req in the same cycle; the pointer moves when
// advance is high, so a caller that needs several cycles keeps advance low until it has finished.
//
// Latency:       none (combinational), the pointer is a register.
// Throughput:    1 grant per cycle.
// Back-pressure: advance low keeps the order; a requester that drops its request loses its turn.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_rr_arb #(
  // Requesters, at least 1.
  parameter integer N     = 4,
  // Derived: width of an index. Do not set.
  parameter integer IDX_W = (N < 2) ? 1 : $clog2(N)
) (
  input  wire             clk,
  input  wire             rst,

  input  wire [N-1:0]     req,
  input  wire             advance,
  output wire             grant_valid,
  output wire [N-1:0]     grant,
  output reg  [IDX_W-1:0] grant_idx
);

  // Requests not yet served in this round.
  reg  [N-1:0] mask_q;

  wire [N-1:0] masked      = req & mask_q;
  wire [N-1:0] masked_low  = masked & (~masked + 1'b1);
  wire [N-1:0] req_low     = req & (~req + 1'b1);

  assign grant       = (masked != {N{1'b0}}) ? masked_low : req_low;
  assign grant_valid = req != {N{1'b0}};

  integer i;
  always @* begin
    grant_idx = {IDX_W{1'b0}};
    for (i = 0; i < N; i = i + 1) begin
      if (grant[i]) begin
        grant_idx = grant_idx | i[IDX_W-1:0];
      end
    end
  end

  always @(posedge clk) begin
    if (advance && grant_valid) begin
      // All positions above the one just granted.
      mask_q <= ~(grant | (grant - 1'b1));
    end
    if (rst) begin
      mask_q <= {N{1'b0}};
    end
  end

endmodule

`default_nettype wire
