// axis_sink_bfm: AXI4-Stream sink; frames are collected in C++ (axis_sink.cpp)
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module axis_sink_bfm #(
  parameter integer DATA_W = 64,
  parameter integer DEST_W = 8,
  parameter integer USER_W = 256
) (
  input  wire                clk,
  input  wire                aresetn,

  input  wire [DATA_W-1:0]   s_axis_tdata,
  input  wire [DATA_W/8-1:0] s_axis_tkeep,
  input  wire                s_axis_tvalid,
  output reg                 s_axis_tready,
  input  wire                s_axis_tlast,
  input  wire [DEST_W-1:0]   s_axis_tdest,
  input  wire [USER_W-1:0]   s_axis_tuser
);

  import "DPI-C" function chandle vnet_axis_sink_new(input string path, input int data_width);

  // pins_in: tlast tvalid aresetn (bit 0); the result is tready.
  import "DPI-C" function bit vnet_axis_sink_clock(
    input chandle model, input int unsigned pins_in, input int unsigned tdest,
    input longint unsigned tkeep, input bit [DATA_W-1:0] tdata, input int unsigned tdata_bytes,
    input bit [255:0] tuser);

  // An address of this process: not in waveforms, which must be the same in every run.
  // verilator tracing_off
  chandle model;
  // verilator tracing_on
  initial model = vnet_axis_sink_new($sformatf("%m"), DATA_W);

  always @(posedge clk) begin
    s_axis_tready <= vnet_axis_sink_clock(model, {29'd0, s_axis_tlast, s_axis_tvalid, aresetn},
                                          32'(s_axis_tdest), 64'(s_axis_tkeep), s_axis_tdata,
                                          DATA_W / 8, 256'(s_axis_tuser));
  end

endmodule

`default_nettype wire
