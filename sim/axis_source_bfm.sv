// axis_source_bfm: AXI4-Stream source; the queue of frames is in C++ (axis_source.cpp)
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module axis_source_bfm #(
  parameter integer DATA_W = 64,
  parameter integer DEST_W = 8
) (
  input  wire                clk,
  input  wire                aresetn,

  output reg  [DATA_W-1:0]   m_axis_tdata,
  output reg  [DATA_W/8-1:0] m_axis_tkeep,
  output reg                 m_axis_tvalid,
  input  wire                m_axis_tready,
  output reg                 m_axis_tlast,
  output reg  [DEST_W-1:0]   m_axis_tdest,
  output reg                 m_axis_tuser
);

  import "DPI-C" function chandle vnet_axis_source_new(input string path, input int data_width);

  // pins_in:  tready aresetn (bit 0)
  // pins_out: tuser tlast tvalid (bit 0)
  import "DPI-C" function void vnet_axis_source_clock(
    input chandle model, input int unsigned pins_in, input int unsigned tdata_bytes,
    output int unsigned pins_out, output int unsigned tdest, output longint unsigned tkeep,
    output bit [DATA_W-1:0] tdata);

  // An address of this process: not in waveforms, which must be the same in every run.
  // verilator tracing_off
  chandle model;
  // verilator tracing_on
  initial model = vnet_axis_source_new($sformatf("%m"), DATA_W);

  // The words are wider than the pins.
  // verilator lint_off UNUSEDSIGNAL
  int unsigned     pins_out;
  int unsigned     tdest;
  longint unsigned tkeep;
  // verilator lint_on UNUSEDSIGNAL
  bit [DATA_W-1:0] tdata;

  always @(posedge clk) begin
    vnet_axis_source_clock(model, {30'd0, m_axis_tready, aresetn}, DATA_W / 8, pins_out, tdest,
                           tkeep, tdata);
    m_axis_tvalid <= pins_out[0];
    m_axis_tlast  <= pins_out[1];
    m_axis_tuser  <= pins_out[2];
    m_axis_tdest  <= tdest[DEST_W-1:0];
    m_axis_tkeep  <= tkeep[DATA_W/8-1:0];
    m_axis_tdata  <= tdata;
  end

endmodule

`default_nettype wire
