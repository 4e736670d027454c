// vnet_rr_arb_props: one grant, to a requester, and each requester in its turn
// SPDX-License-Identifier: Apache-2.0
//
// The turn: a requester that keeps asking waits for at most N - 1 grants to others. `left` is how many of them
// can still come, so that the sum never grows.
`default_nettype none

module vnet_rr_arb_props #(
  parameter integer N     = 4,
  // Derived.
  parameter integer IDX_W = (N < 2) ? 1 : $clog2(N)
) (
  input wire         clk,
  input wire         rst,
  input wire [N-1:0] req,
  input wire         advance
);

  wire             grant_valid;
  wire [N-1:0]     grant;
  wire [IDX_W-1:0] grant_idx;

  vnet_rr_arb #(
    .N(N)
  ) dut (
    .clk        (clk),
    .rst        (rst),
    .req        (req),
    .advance    (advance),
    .grant_valid(grant_valid),
    .grant      (grant),
    .grant_idx  (grant_idx)
  );

  (* hierconn *) wire [N-1:0] \dut.mask_q ;

  (* anyconst *) reg [IDX_W-1:0] who;

  reg [7:0] waited_q;     // grants to others while `who` has been asking

  integer i;
  reg [7:0] zeros;
  reg       contiguous;
  always @* begin
    zeros      = 8'd0;
    contiguous = 1'b1;
    for (i = 0; i < N; i = i + 1) begin
      zeros = zeros + !\dut.mask_q [i];
      if (i > 0) begin
        contiguous = contiguous && (\dut.mask_q [i] || !\dut.mask_q [i-1]);
      end
    end
  end

  wire       in_round = \dut.mask_q >> who;
  wire       asks     = req >> who;
  wire       granted  = grant >> who;
  wire [7:0] left     = in_round ? who - zeros : N - zeros + who;

  reset_first u_reset (.clk(clk), .rst(rst));

  always @(posedge clk) begin
    waited_q <= waited_q + (advance && grant_valid);
    if (rst || !asks || (granted && advance)) begin
      waited_q <= 8'd0;
    end
  end

  always @* begin
    assume(who < N);
    if (!rst) begin
      granted_if_asked: assert(grant_valid == (req != {N{1'b0}}));
      to_a_requester: assert((grant & ~req) == {N{1'b0}});
      one_at_most: assert((grant & (grant - 1'b1)) == {N{1'b0}});
      some_if_valid: assert(grant_valid == (grant != {N{1'b0}}));
      index_of_the_grant: assert(!grant_valid || ((grant >> grant_idx) == 1));
      in_its_turn: assert(waited_q <= N - 1);
      inv_mask: assert(contiguous);
      inv_turn: assert(waited_q + left <= N - 1);
      longest_wait: cover((waited_q == N - 1) && asks && granted && advance);
      all_ask: cover((req == {N{1'b1}}) && (waited_q == 8'd1));
    end
  end

endmodule

`default_nettype wire
