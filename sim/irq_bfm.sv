// irq_bfm: takes interrupt vectors and watches intx; recorded in C++ (irq_sink.cpp)
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module irq_bfm (
  input  wire        clk,
  input  wire        aresetn,

  input  wire        irq_valid,
  output reg         irq_ready,
  input  wire [15:0] irq_vector,
  input  wire        intx
);

  import "DPI-C" function chandle vnet_irq_new(input string path);

  // pins_in: intx valid aresetn (bit 0); the result is ready.
  import "DPI-C" function bit vnet_irq_clock(
    input chandle model, input int unsigned pins_in, input int unsigned irq_number);

  // An address of this process: not in waveforms, which must be the same in every run.
  // verilator tracing_off
  chandle model;
  // verilator tracing_on
  initial model = vnet_irq_new($sformatf("%m"));

  always @(posedge clk) begin
    irq_ready <= vnet_irq_clock(model, {29'd0, intx, irq_valid, aresetn}, {16'd0, irq_vector});
  end

endmodule

`default_nettype wire
