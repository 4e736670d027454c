// rule: one rule of a protocol: assumed of the surroundings of a design, or demanded of the design
// SPDX-License-Identifier: Apache-2.0
//
// The instance name is the name of the rule in reports.
`default_nettype none

module rule #(
  parameter integer ASSUME = 0
) (
  input wire rst,
  input wire ok
);

  generate
    if (ASSUME != 0) begin : g_assume
      always @* begin
        assume(rst || ok);
      end
    end else begin : g_assert
      always @* begin
        kept: assert(rst || ok);
      end
    end
  endgenerate

endmodule

`default_nettype wire
