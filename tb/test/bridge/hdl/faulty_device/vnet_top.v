// vnet_top: stands in for the device and breaks the rule that cfg_mtu names, to test the checkers
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module vnet_top #(
  parameter integer    DATA_W           = 64,
  parameter integer    QUEUE_PAIRS      = 1,
  parameter integer    QUEUE_SIZE_MAX   = 256,
  parameter integer    CHAIN_MAX        = 256,
  parameter integer    FRAME_MAX        = 9216,
  parameter integer    RD_OUTSTANDING   = 64,
  parameter integer    RD_BUF_BEATS     = 256,
  parameter integer    WR_OUTSTANDING   = 64,
  parameter integer    CHAIN_SLOTS      = 64,
  parameter integer    SLOT_RECORDS     = 4,
  parameter integer    DESC_CACHE_LINES = 64,
  parameter integer    STRICT_LAYOUT    = 0,
  parameter integer    ANY_HEADER_SG    = 0,
  parameter     [31:0] RX_WAIT          = 32'hFFFFFFFF,
  parameter integer    MSIX_VECTORS     = 2 * QUEUE_PAIRS + 1,
  parameter integer    AXI_ID_W         = 4,
  parameter integer    AXI_MAX_BURST    = 16
) (
  input  wire                  clk,
  input  wire                  aresetn,

  input  wire [15:0]           s_axil_awaddr,
  input  wire [2:0]            s_axil_awprot,
  input  wire                  s_axil_awvalid,
  output wire                  s_axil_awready,
  input  wire [31:0]           s_axil_wdata,
  input  wire [3:0]            s_axil_wstrb,
  input  wire                  s_axil_wvalid,
  output wire                  s_axil_wready,
  output wire [1:0]            s_axil_bresp,
  output wire                  s_axil_bvalid,
  input  wire                  s_axil_bready,
  input  wire [15:0]           s_axil_araddr,
  input  wire [2:0]            s_axil_arprot,
  input  wire                  s_axil_arvalid,
  output wire                  s_axil_arready,
  output wire [31:0]           s_axil_rdata,
  output wire [1:0]            s_axil_rresp,
  output wire                  s_axil_rvalid,
  input  wire                  s_axil_rready,

  output wire [AXI_ID_W-1:0]   m_axi_awid,
  output wire [63:0]           m_axi_awaddr,
  output wire [7:0]            m_axi_awlen,
  output wire [2:0]            m_axi_awsize,
  output wire [1:0]            m_axi_awburst,
  output wire [3:0]            m_axi_awcache,
  output wire [2:0]            m_axi_awprot,
  output wire                  m_axi_awvalid,
  input  wire                  m_axi_awready,
  output wire [DATA_W-1:0]     m_axi_wdata,
  output wire [DATA_W/8-1:0]   m_axi_wstrb,
  output wire                  m_axi_wlast,
  output wire                  m_axi_wvalid,
  input  wire                  m_axi_wready,
  input  wire [AXI_ID_W-1:0]   m_axi_bid,
  input  wire [1:0]            m_axi_bresp,
  input  wire                  m_axi_bvalid,
  output wire                  m_axi_bready,
  output wire [AXI_ID_W-1:0]   m_axi_arid,
  output wire [63:0]           m_axi_araddr,
  output wire [7:0]            m_axi_arlen,
  output wire [2:0]            m_axi_arsize,
  output wire [1:0]            m_axi_arburst,
  output wire [3:0]            m_axi_arcache,
  output wire [2:0]            m_axi_arprot,
  output wire                  m_axi_arvalid,
  input  wire                  m_axi_arready,
  input  wire [AXI_ID_W-1:0]   m_axi_rid,
  input  wire [DATA_W-1:0]     m_axi_rdata,
  input  wire [1:0]            m_axi_rresp,
  input  wire                  m_axi_rlast,
  input  wire                  m_axi_rvalid,
  output wire                  m_axi_rready,

  output wire [DATA_W-1:0]     m_axis_tx_tdata,
  output wire [DATA_W/8-1:0]   m_axis_tx_tkeep,
  output wire                  m_axis_tx_tvalid,
  input  wire                  m_axis_tx_tready,
  output wire                  m_axis_tx_tlast,
  output wire [7:0]            m_axis_tx_tdest,
  output wire [255:0]          m_axis_tx_tuser,

  input  wire [DATA_W-1:0]     s_axis_rx_tdata,
  input  wire [DATA_W/8-1:0]   s_axis_rx_tkeep,
  input  wire                  s_axis_rx_tvalid,
  output wire                  s_axis_rx_tready,
  input  wire                  s_axis_rx_tlast,
  input  wire [7:0]            s_axis_rx_tdest,
  input  wire                  s_axis_rx_tuser,

  output wire                  irq_valid,
  input  wire                  irq_ready,
  output wire [15:0]           irq_vector,
  output wire                  intx,

  input  wire [47:0]           cfg_mac,
  input  wire [15:0]           cfg_mtu,
  input  wire                  cfg_link_up,
  input  wire                  cfg_msix_enable
);

  // Edges since the reset; the fault shows around edge 10.
  reg [7:0] t_q;
  always @(posedge clk) begin
    t_q <= aresetn ? t_q + 8'd1 : 8'd0;
  end

  wire at10 = (t_q == 8'd10);
  wire late = (t_q >= 8'd10) && (t_q < 8'd20);

  // 1 valid falls, 2 the address changes, 3 4 KiB, 13 not offered, 12 valid during reset.
  assign m_axi_arvalid = ((cfg_mtu == 16'd1) && at10) || ((cfg_mtu == 16'd2) && late) ||
                         ((cfg_mtu == 16'd3) && at10) || ((cfg_mtu == 16'd13) && at10) ||
                         (cfg_mtu == 16'd12);
  assign m_axi_araddr  = (cfg_mtu == 16'd2) ? {56'd0, t_q} :
                         (cfg_mtu == 16'd3) ? 64'h10000FF8 : 64'h10000040;
  assign m_axi_arlen   = (cfg_mtu == 16'd3) ? 8'd1 : 8'd0;
  assign m_axi_arid    = {AXI_ID_W{1'b0}};
  assign m_axi_arsize  = 3'd3;
  assign m_axi_arburst = 2'd1;
  assign m_axi_arcache = 4'd3;
  assign m_axi_arprot  = 3'd0;
  assign m_axi_rready  = 1'b1;

  // 4 WLAST too early, 5 strobes outside the burst, 14 not offered.
  wire write = (cfg_mtu == 16'd4) || (cfg_mtu == 16'd5) || (cfg_mtu == 16'd14);
  assign m_axi_awvalid = write && at10;
  assign m_axi_awaddr  = (cfg_mtu == 16'd5) ? 64'h10000044 : 64'h10000040;
  assign m_axi_awlen   = (cfg_mtu == 16'd4) ? 8'd1 : 8'd0;
  assign m_axi_awid    = {AXI_ID_W{1'b0}};
  assign m_axi_awsize  = 3'd3;
  assign m_axi_awburst = 2'd1;
  assign m_axi_awcache = 4'd3;
  assign m_axi_awprot  = 3'd0;
  assign m_axi_wvalid  = write && (t_q == 8'd11);
  assign m_axi_wdata   = {DATA_W{1'b0}};
  assign m_axi_wstrb   = {DATA_W/8{1'b1}};
  assign m_axi_wlast   = 1'b1;
  assign m_axi_bready  = 1'b1;

  // 6 tkeep with a hole, 7 partial before the last beat, 8 tdest changes inside a frame.
  assign m_axis_tx_tvalid = ((cfg_mtu == 16'd6) || (cfg_mtu == 16'd7) || (cfg_mtu == 16'd8)) && late;
  assign m_axis_tx_tdata  = {DATA_W{1'b0}};
  assign m_axis_tx_tkeep  = (cfg_mtu == 16'd6) ? {{(DATA_W/8-3){1'b0}}, 3'd5} :
                            (cfg_mtu == 16'd7) ? {{(DATA_W/8-3){1'b0}}, 3'd7} : {DATA_W/8{1'b1}};
  assign m_axis_tx_tlast  = (cfg_mtu == 16'd6);
  assign m_axis_tx_tdest  = (cfg_mtu == 16'd8) ? t_q : 8'd0;
  assign m_axis_tx_tuser  = 256'd0;

  // 9 the vector changes while it waits.
  assign irq_valid  = (cfg_mtu == 16'd9) && late;
  assign irq_vector = {8'd0, t_q};
  assign intx       = 1'b0;

  // 10 a response to nothing, 11 data for nothing.
  assign s_axil_awready = 1'b0;
  assign s_axil_wready  = 1'b0;
  assign s_axil_bresp   = 2'd0;
  assign s_axil_bvalid  = (cfg_mtu == 16'd10) && at10;
  assign s_axil_arready = 1'b0;
  assign s_axil_rdata   = 32'd0;
  assign s_axil_rresp   = 2'd0;
  assign s_axil_rvalid  = (cfg_mtu == 16'd11) && at10;

  assign s_axis_rx_tready = 1'b0;

  wire unused_ok = &{1'b0, s_axil_awaddr, s_axil_awprot, s_axil_awvalid, s_axil_wdata, s_axil_wstrb,
                     s_axil_wvalid, s_axil_bready, s_axil_araddr, s_axil_arprot, s_axil_arvalid,
                     s_axil_rready, m_axi_awready, m_axi_wready, m_axi_bid, m_axi_bresp,
                     m_axi_bvalid, m_axi_arready, m_axi_rid, m_axi_rdata, m_axi_rresp, m_axi_rlast,
                     m_axi_rvalid, m_axis_tx_tready, s_axis_rx_tdata, s_axis_rx_tkeep,
                     s_axis_rx_tvalid, s_axis_rx_tlast, s_axis_rx_tdest, s_axis_rx_tuser, irq_ready,
                     cfg_mac, cfg_link_up, cfg_msix_enable};

endmodule

`default_nettype wire
