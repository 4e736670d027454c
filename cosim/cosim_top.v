// cosim_top: what a card has behind its PCIe hard block: the virtio capabilities and the device
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module cosim_top #(
  parameter integer DATA_W      = 64,
  parameter integer QUEUE_PAIRS = 1
) (
  input  wire                clk,
  input  wire                aresetn,

  input  wire                cfg_ext_read_received,
  input  wire                cfg_ext_write_received,
  input  wire [9:0]          cfg_ext_register_number,
  input  wire [31:0]         cfg_ext_write_data,
  input  wire [3:0]          cfg_ext_write_byte_enable,
  output wire [31:0]         cfg_ext_read_data,
  output wire                cfg_ext_read_data_valid,

  input  wire [15:0]         s_axil_awaddr,
  input  wire                s_axil_awvalid,
  output wire                s_axil_awready,
  input  wire [31:0]         s_axil_wdata,
  input  wire [3:0]          s_axil_wstrb,
  input  wire                s_axil_wvalid,
  output wire                s_axil_wready,
  output wire [1:0]          s_axil_bresp,
  output wire                s_axil_bvalid,
  input  wire                s_axil_bready,
  input  wire [15:0]         s_axil_araddr,
  input  wire                s_axil_arvalid,
  output wire                s_axil_arready,
  output wire [31:0]         s_axil_rdata,
  output wire [1:0]          s_axil_rresp,
  output wire                s_axil_rvalid,
  input  wire                s_axil_rready,

  output wire [3:0]          m_axi_awid,
  output wire [63:0]         m_axi_awaddr,
  output wire [7:0]          m_axi_awlen,
  output wire [2:0]          m_axi_awsize,
  output wire [1:0]          m_axi_awburst,
  output wire [3:0]          m_axi_awcache,
  output wire [2:0]          m_axi_awprot,
  output wire                m_axi_awvalid,
  input  wire                m_axi_awready,
  output wire [DATA_W-1:0]   m_axi_wdata,
  output wire [DATA_W/8-1:0] m_axi_wstrb,
  output wire                m_axi_wlast,
  output wire                m_axi_wvalid,
  input  wire                m_axi_wready,
  input  wire [3:0]          m_axi_bid,
  input  wire [1:0]          m_axi_bresp,
  input  wire                m_axi_bvalid,
  output wire                m_axi_bready,
  output wire [3:0]          m_axi_arid,
  output wire [63:0]         m_axi_araddr,
  output wire [7:0]          m_axi_arlen,
  output wire [2:0]          m_axi_arsize,
  output wire [1:0]          m_axi_arburst,
  output wire [3:0]          m_axi_arcache,
  output wire [2:0]          m_axi_arprot,
  output wire                m_axi_arvalid,
  input  wire                m_axi_arready,
  input  wire [3:0]          m_axi_rid,
  input  wire [DATA_W-1:0]   m_axi_rdata,
  input  wire [1:0]          m_axi_rresp,
  input  wire                m_axi_rlast,
  input  wire                m_axi_rvalid,
  output wire                m_axi_rready,

  output wire [DATA_W-1:0]   m_axis_tx_tdata,
  output wire [DATA_W/8-1:0] m_axis_tx_tkeep,
  output wire                m_axis_tx_tvalid,
  input  wire                m_axis_tx_tready,
  output wire                m_axis_tx_tlast,
  output wire [7:0]          m_axis_tx_tdest,
  output wire [255:0]        m_axis_tx_tuser,
  input  wire [DATA_W-1:0]   s_axis_rx_tdata,
  input  wire [DATA_W/8-1:0] s_axis_rx_tkeep,
  input  wire                s_axis_rx_tvalid,
  output wire                s_axis_rx_tready,
  input  wire                s_axis_rx_tlast,
  input  wire [7:0]          s_axis_rx_tdest,
  input  wire                s_axis_rx_tuser,

  output wire                irq_valid,
  input  wire                irq_ready,
  output wire [15:0]         irq_vector,
  output wire                intx,

  input  wire [47:0]         cfg_mac,
  input  wire [15:0]         cfg_mtu,
  input  wire                cfg_link_up,
  input  wire                cfg_msix_enable
);

  wire [15:0] axil_awaddr;
  wire [2:0]  axil_awprot;
  wire        axil_awvalid;
  wire        axil_awready;
  wire [31:0] axil_wdata;
  wire [3:0]  axil_wstrb;
  wire        axil_wvalid;
  wire        axil_wready;
  wire [1:0]  axil_bresp;
  wire        axil_bvalid;
  wire        axil_bready;
  wire [15:0] axil_araddr;
  wire [2:0]  axil_arprot;
  wire        axil_arvalid;
  wire        axil_arready;
  wire [31:0] axil_rdata;
  wire [1:0]  axil_rresp;
  wire        axil_rvalid;
  wire        axil_rready;

  vnet_pci_caps #(
    .CAP_BASE  (144),
    .CAP_NEXT  (0),
    .BAR       (0),
    .BAR_OFFSET(0)
  ) u_caps (
    .clk                      (clk),
    .rst                      (!aresetn),
    .cfg_ext_read_received    (cfg_ext_read_received),
    .cfg_ext_write_received   (cfg_ext_write_received),
    .cfg_ext_register_number  (cfg_ext_register_number),
    .cfg_ext_write_data       (cfg_ext_write_data),
    .cfg_ext_write_byte_enable(cfg_ext_write_byte_enable),
    .cfg_ext_read_data        (cfg_ext_read_data),
    .cfg_ext_read_data_valid  (cfg_ext_read_data_valid),
    .s_axil_awprot            (3'd0),
    .s_axil_arprot            (3'd0),
    .s_axil_awaddr            (s_axil_awaddr),
    .s_axil_awvalid           (s_axil_awvalid),
    .s_axil_awready           (s_axil_awready),
    .s_axil_wdata             (s_axil_wdata),
    .s_axil_wstrb             (s_axil_wstrb),
    .s_axil_wvalid            (s_axil_wvalid),
    .s_axil_wready            (s_axil_wready),
    .s_axil_bresp             (s_axil_bresp),
    .s_axil_bvalid            (s_axil_bvalid),
    .s_axil_bready            (s_axil_bready),
    .s_axil_araddr            (s_axil_araddr),
    .s_axil_arvalid           (s_axil_arvalid),
    .s_axil_arready           (s_axil_arready),
    .s_axil_rdata             (s_axil_rdata),
    .s_axil_rresp             (s_axil_rresp),
    .s_axil_rvalid            (s_axil_rvalid),
    .s_axil_rready            (s_axil_rready),
    .m_axil_awaddr            (axil_awaddr),
    .m_axil_awprot            (axil_awprot),
    .m_axil_awvalid           (axil_awvalid),
    .m_axil_awready           (axil_awready),
    .m_axil_wdata             (axil_wdata),
    .m_axil_wstrb             (axil_wstrb),
    .m_axil_wvalid            (axil_wvalid),
    .m_axil_wready            (axil_wready),
    .m_axil_bresp             (axil_bresp),
    .m_axil_bvalid            (axil_bvalid),
    .m_axil_bready            (axil_bready),
    .m_axil_araddr            (axil_araddr),
    .m_axil_arprot            (axil_arprot),
    .m_axil_arvalid           (axil_arvalid),
    .m_axil_arready           (axil_arready),
    .m_axil_rdata             (axil_rdata),
    .m_axil_rresp             (axil_rresp),
    .m_axil_rvalid            (axil_rvalid),
    .m_axil_rready            (axil_rready)
  );

  vnet_top #(
    .DATA_W     (DATA_W),
    .QUEUE_PAIRS(QUEUE_PAIRS),
    .AXI_ID_W   (4)
  ) u_device (
    .clk             (clk),
    .aresetn         (aresetn),
    .s_axil_awaddr   (axil_awaddr),
    .s_axil_awprot   (axil_awprot),
    .s_axil_awvalid  (axil_awvalid),
    .s_axil_awready  (axil_awready),
    .s_axil_wdata    (axil_wdata),
    .s_axil_wstrb    (axil_wstrb),
    .s_axil_wvalid   (axil_wvalid),
    .s_axil_wready   (axil_wready),
    .s_axil_bresp    (axil_bresp),
    .s_axil_bvalid   (axil_bvalid),
    .s_axil_bready   (axil_bready),
    .s_axil_araddr   (axil_araddr),
    .s_axil_arprot   (axil_arprot),
    .s_axil_arvalid  (axil_arvalid),
    .s_axil_arready  (axil_arready),
    .s_axil_rdata    (axil_rdata),
    .s_axil_rresp    (axil_rresp),
    .s_axil_rvalid   (axil_rvalid),
    .s_axil_rready   (axil_rready),
    .m_axi_awid      (m_axi_awid),
    .m_axi_awaddr    (m_axi_awaddr),
    .m_axi_awlen     (m_axi_awlen),
    .m_axi_awsize    (m_axi_awsize),
    .m_axi_awburst   (m_axi_awburst),
    .m_axi_awcache   (m_axi_awcache),
    .m_axi_awprot    (m_axi_awprot),
    .m_axi_awvalid   (m_axi_awvalid),
    .m_axi_awready   (m_axi_awready),
    .m_axi_wdata     (m_axi_wdata),
    .m_axi_wstrb     (m_axi_wstrb),
    .m_axi_wlast     (m_axi_wlast),
    .m_axi_wvalid    (m_axi_wvalid),
    .m_axi_wready    (m_axi_wready),
    .m_axi_bid       (m_axi_bid),
    .m_axi_bresp     (m_axi_bresp),
    .m_axi_bvalid    (m_axi_bvalid),
    .m_axi_bready    (m_axi_bready),
    .m_axi_arid      (m_axi_arid),
    .m_axi_araddr    (m_axi_araddr),
    .m_axi_arlen     (m_axi_arlen),
    .m_axi_arsize    (m_axi_arsize),
    .m_axi_arburst   (m_axi_arburst),
    .m_axi_arcache   (m_axi_arcache),
    .m_axi_arprot    (m_axi_arprot),
    .m_axi_arvalid   (m_axi_arvalid),
    .m_axi_arready   (m_axi_arready),
    .m_axi_rid       (m_axi_rid),
    .m_axi_rdata     (m_axi_rdata),
    .m_axi_rresp     (m_axi_rresp),
    .m_axi_rlast     (m_axi_rlast),
    .m_axi_rvalid    (m_axi_rvalid),
    .m_axi_rready    (m_axi_rready),
    .m_axis_tx_tdata (m_axis_tx_tdata),
    .m_axis_tx_tkeep (m_axis_tx_tkeep),
    .m_axis_tx_tvalid(m_axis_tx_tvalid),
    .m_axis_tx_tready(m_axis_tx_tready),
    .m_axis_tx_tlast (m_axis_tx_tlast),
    .m_axis_tx_tdest (m_axis_tx_tdest),
    .m_axis_tx_tuser (m_axis_tx_tuser),
    .s_axis_rx_tdata (s_axis_rx_tdata),
    .s_axis_rx_tkeep (s_axis_rx_tkeep),
    .s_axis_rx_tvalid(s_axis_rx_tvalid),
    .s_axis_rx_tready(s_axis_rx_tready),
    .s_axis_rx_tlast (s_axis_rx_tlast),
    .s_axis_rx_tdest (s_axis_rx_tdest),
    .s_axis_rx_tuser (s_axis_rx_tuser),
    .irq_valid       (irq_valid),
    .irq_ready       (irq_ready),
    .irq_vector      (irq_vector),
    .intx            (intx),
    .cfg_mac         (cfg_mac),
    .cfg_mtu         (cfg_mtu),
    .cfg_link_up     (cfg_link_up),
    .cfg_msix_enable (cfg_msix_enable)
  );

endmodule

`default_nettype wire
