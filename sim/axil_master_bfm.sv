// axil_master_bfm: AXI4-Lite master; the queue of accesses is in C++ (axil_master.cpp)
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module axil_master_bfm #(
  parameter integer ADDR_W = 16
) (
  input  wire              clk,
  input  wire              aresetn,

  output reg  [ADDR_W-1:0] m_axil_awaddr,
  output wire [2:0]        m_axil_awprot,
  output reg               m_axil_awvalid,
  input  wire              m_axil_awready,
  output reg  [31:0]       m_axil_wdata,
  output reg  [3:0]        m_axil_wstrb,
  output reg               m_axil_wvalid,
  input  wire              m_axil_wready,
  input  wire [1:0]        m_axil_bresp,
  input  wire              m_axil_bvalid,
  output reg               m_axil_bready,
  output reg  [ADDR_W-1:0] m_axil_araddr,
  output wire [2:0]        m_axil_arprot,
  output reg               m_axil_arvalid,
  input  wire              m_axil_arready,
  input  wire [31:0]       m_axil_rdata,
  input  wire [1:0]        m_axil_rresp,
  input  wire              m_axil_rvalid,
  output reg               m_axil_rready
);

  import "DPI-C" function chandle vnet_axil_master_new(input string path, input int addr_width);

  // pins_in:  rresp[11:10] bresp[9:8], rvalid arready bvalid wready awready aresetn (bit 0)
  // pins_out: wstrb[11:8], rready arvalid bready wvalid awvalid (bit 0)
  import "DPI-C" function void vnet_axil_master_clock(
    input chandle model, input int unsigned pins_in, input int unsigned rdata,
    output int unsigned pins_out, output int unsigned awaddr, output int unsigned wdata,
    output int unsigned araddr);

  assign m_axil_awprot = 3'd0;
  assign m_axil_arprot = 3'd0;

  // An address of this process: not in waveforms, which must be the same in every run.
  // verilator tracing_off
  chandle model;
  // verilator tracing_on
  initial model = vnet_axil_master_new($sformatf("%m"), ADDR_W);

  wire [31:0] pins_in = {20'd0, m_axil_rresp, m_axil_bresp, 2'd0, m_axil_rvalid, m_axil_arready,
                         m_axil_bvalid, m_axil_wready, m_axil_awready, aresetn};

  // The words are wider than the pins.
  // verilator lint_off UNUSEDSIGNAL
  int unsigned pins_out;
  int unsigned awaddr;
  int unsigned wdata;
  int unsigned araddr;
  // verilator lint_on UNUSEDSIGNAL

  always @(posedge clk) begin
    vnet_axil_master_clock(model, pins_in, m_axil_rdata, pins_out, awaddr, wdata, araddr);
    m_axil_awvalid <= pins_out[0];
    m_axil_wvalid  <= pins_out[1];
    m_axil_bready  <= pins_out[2];
    m_axil_arvalid <= pins_out[3];
    m_axil_rready  <= pins_out[4];
    m_axil_wstrb   <= pins_out[11:8];
    m_axil_awaddr  <= awaddr[ADDR_W-1:0];
    m_axil_wdata   <= wdata;
    m_axil_araddr  <= araddr[ADDR_W-1:0];
  end

endmodule

`default_nettype wire
