// bridge_faults: a design that ends the simulation in the ways that Verilog knows
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module bridge_faults (
  input  wire       clk,
  input  wire [3:0] fault,
  input  wire [7:0] d,
  output reg  [7:0] q
);

  always @(posedge clk) begin
    q <= d;
    case (fault)
      4'd1: $fatal(1, "five is right out");
      4'd2: $error("that was wrong");
      4'd3: $stop;
      4'd4: $finish;
      4'd5: assert (d == q + 8'd1) else $error("d does not follow q");
      default: ;
    endcase
  end

endmodule

`default_nettype wire
