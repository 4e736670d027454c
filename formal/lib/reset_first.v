// reset_first: the first cycle of every trace is a reset; later resets are free (AGAIN = 1), or there are none
// SPDX-License-Identifier: Apache-2.0
//
// Registers of the design have no initial values, so without this a trace could begin anywhere. Without later resets
// a bounded proof gets deeper in the same time.
`default_nettype none

module reset_first #(
  parameter integer AGAIN = 1
) (
  input wire clk,
  input wire rst
);

  reg first_q = 1'b1;

  always @(posedge clk) begin
    first_q <= 1'b0;
  end

  always @* begin
    assume(!first_q || rst);
    assume((AGAIN != 0) || first_q || !rst);
  end

endmodule

`default_nettype wire
