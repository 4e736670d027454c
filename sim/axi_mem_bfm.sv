// axi_mem_bfm: AXI4 memory slave; guest memory behind it is in C++ (axi_memory.cpp)
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module axi_mem_bfm #(
  parameter integer DATA_W = 64,
  parameter integer ID_W   = 4
) (
  input  wire                clk,
  input  wire                aresetn,

  input  wire [ID_W-1:0]     s_axi_awid,
  input  wire [63:0]         s_axi_awaddr,
  input  wire [7:0]          s_axi_awlen,
  input  wire [2:0]          s_axi_awsize,
  input  wire [1:0]          s_axi_awburst,
  input  wire [3:0]          s_axi_awcache,
  input  wire [2:0]          s_axi_awprot,
  input  wire                s_axi_awvalid,
  output reg                 s_axi_awready,
  input  wire [DATA_W-1:0]   s_axi_wdata,
  input  wire [DATA_W/8-1:0] s_axi_wstrb,
  input  wire                s_axi_wlast,
  input  wire                s_axi_wvalid,
  output reg                 s_axi_wready,
  output reg  [ID_W-1:0]     s_axi_bid,
  output reg  [1:0]          s_axi_bresp,
  output reg                 s_axi_bvalid,
  input  wire                s_axi_bready,
  input  wire [ID_W-1:0]     s_axi_arid,
  input  wire [63:0]         s_axi_araddr,
  input  wire [7:0]          s_axi_arlen,
  input  wire [2:0]          s_axi_arsize,
  input  wire [1:0]          s_axi_arburst,
  input  wire [3:0]          s_axi_arcache,
  input  wire [2:0]          s_axi_arprot,
  input  wire                s_axi_arvalid,
  output reg                 s_axi_arready,
  output reg  [ID_W-1:0]     s_axi_rid,
  output reg  [DATA_W-1:0]   s_axi_rdata,
  output reg  [1:0]          s_axi_rresp,
  output reg                 s_axi_rlast,
  output reg                 s_axi_rvalid,
  input  wire                s_axi_rready
);

  import "DPI-C" function chandle vnet_axi_mem_new(
    input string path, input int data_width, input int id_width);

  // pins_in:  bready wlast wvalid awvalid rready arvalid aresetn (bit 0)
  // pins_out: bresp[11:10] rresp[9:8], bvalid wready awready rlast rvalid arready (bit 0)
  // *info:    prot cache [22:16], burst [13:12], size [10:8], len [7:0]
  import "DPI-C" function void vnet_axi_mem_clock(
    input chandle model, input int unsigned pins_in, input int unsigned arid,
    input longint unsigned araddr, input int unsigned arinfo, input int unsigned awid,
    input longint unsigned awaddr, input int unsigned awinfo, input bit [DATA_W-1:0] wdata,
    input longint unsigned wstrb, input int unsigned wdata_bytes, output int unsigned pins_out,
    output int unsigned rid, output int unsigned bid, output bit [DATA_W-1:0] rdata);

  // An address of this process: not in waveforms, which must be the same in every run.
  // verilator tracing_off
  chandle model;
  // verilator tracing_on
  initial model = vnet_axi_mem_new($sformatf("%m"), DATA_W, ID_W);

  wire [31:0] pins_in = {25'd0, s_axi_bready, s_axi_wlast, s_axi_wvalid, s_axi_awvalid,
                         s_axi_rready, s_axi_arvalid, aresetn};
  wire [31:0] arinfo = {9'd0, s_axi_arprot, s_axi_arcache, 2'd0, s_axi_arburst, 1'b0, s_axi_arsize,
                        s_axi_arlen};
  wire [31:0] awinfo = {9'd0, s_axi_awprot, s_axi_awcache, 2'd0, s_axi_awburst, 1'b0, s_axi_awsize,
                        s_axi_awlen};

  // The words are wider than the pins.
  // verilator lint_off UNUSEDSIGNAL
  int unsigned     pins_out;
  int unsigned     rid;
  int unsigned     bid;
  // verilator lint_on UNUSEDSIGNAL
  bit [DATA_W-1:0] rdata;

  always @(posedge clk) begin
    vnet_axi_mem_clock(model, pins_in, 32'(s_axi_arid), s_axi_araddr, arinfo, 32'(s_axi_awid),
                       s_axi_awaddr, awinfo, s_axi_wdata, 64'(s_axi_wstrb), DATA_W / 8, pins_out,
                       rid, bid, rdata);
    s_axi_arready <= pins_out[0];
    s_axi_rvalid  <= pins_out[1];
    s_axi_rlast   <= pins_out[2];
    s_axi_awready <= pins_out[3];
    s_axi_wready  <= pins_out[4];
    s_axi_bvalid  <= pins_out[5];
    s_axi_rresp   <= pins_out[9:8];
    s_axi_bresp   <= pins_out[11:10];
    s_axi_rid     <= rid[ID_W-1:0];
    s_axi_bid     <= bid[ID_W-1:0];
    s_axi_rdata   <= rdata;
  end

endmodule

`default_nettype wire
