// tb_top: the device between its bus models; what is left as ports is driven by the testbench
// SPDX-License-Identifier: Apache-2.0
//
// The protocol checkers sit in the models: each one looks at the pins of its bundle at every edge.
`default_nettype none

module tb_top #(
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
  input wire        clk,
  input wire        aresetn,

  input wire [47:0] cfg_mac,
  input wire [15:0] cfg_mtu,
  input wire        cfg_link_up,
  input wire        cfg_msix_enable
);

  import "DPI-C" function void vnet_parameter(input string name, input int unsigned value);

  initial begin
    vnet_parameter("DATA_W", DATA_W);
    vnet_parameter("QUEUE_PAIRS", QUEUE_PAIRS);
    vnet_parameter("QUEUE_SIZE_MAX", QUEUE_SIZE_MAX);
    vnet_parameter("CHAIN_MAX", CHAIN_MAX);
    vnet_parameter("FRAME_MAX", FRAME_MAX);
    vnet_parameter("RD_OUTSTANDING", RD_OUTSTANDING);
    vnet_parameter("RD_BUF_BEATS", RD_BUF_BEATS);
    vnet_parameter("WR_OUTSTANDING", WR_OUTSTANDING);
    vnet_parameter("CHAIN_SLOTS", CHAIN_SLOTS);
    vnet_parameter("SLOT_RECORDS", SLOT_RECORDS);
    vnet_parameter("DESC_CACHE_LINES", DESC_CACHE_LINES);
    vnet_parameter("STRICT_LAYOUT", STRICT_LAYOUT);
    vnet_parameter("ANY_HEADER_SG", ANY_HEADER_SG);
    vnet_parameter("RX_WAIT", RX_WAIT);
    vnet_parameter("MSIX_VECTORS", MSIX_VECTORS);
    vnet_parameter("AXI_ID_W", AXI_ID_W);
    vnet_parameter("AXI_MAX_BURST", AXI_MAX_BURST);
  end

  // Registers.
  wire [15:0]         axil_awaddr;
  wire [2:0]          axil_awprot;
  wire                axil_awvalid;
  wire                axil_awready;
  wire [31:0]         axil_wdata;
  wire [3:0]          axil_wstrb;
  wire                axil_wvalid;
  wire                axil_wready;
  wire [1:0]          axil_bresp;
  wire                axil_bvalid;
  wire                axil_bready;
  wire [15:0]         axil_araddr;
  wire [2:0]          axil_arprot;
  wire                axil_arvalid;
  wire                axil_arready;
  wire [31:0]         axil_rdata;
  wire [1:0]          axil_rresp;
  wire                axil_rvalid;
  wire                axil_rready;

  // Memory.
  wire [AXI_ID_W-1:0] axi_awid;
  wire [63:0]         axi_awaddr;
  wire [7:0]          axi_awlen;
  wire [2:0]          axi_awsize;
  wire [1:0]          axi_awburst;
  wire [3:0]          axi_awcache;
  wire [2:0]          axi_awprot;
  wire                axi_awvalid;
  wire                axi_awready;
  wire [DATA_W-1:0]   axi_wdata;
  wire [DATA_W/8-1:0] axi_wstrb;
  wire                axi_wlast;
  wire                axi_wvalid;
  wire                axi_wready;
  wire [AXI_ID_W-1:0] axi_bid;
  wire [1:0]          axi_bresp;
  wire                axi_bvalid;
  wire                axi_bready;
  wire [AXI_ID_W-1:0] axi_arid;
  wire [63:0]         axi_araddr;
  wire [7:0]          axi_arlen;
  wire [2:0]          axi_arsize;
  wire [1:0]          axi_arburst;
  wire [3:0]          axi_arcache;
  wire [2:0]          axi_arprot;
  wire                axi_arvalid;
  wire                axi_arready;
  wire [AXI_ID_W-1:0] axi_rid;
  wire [DATA_W-1:0]   axi_rdata;
  wire [1:0]          axi_rresp;
  wire                axi_rlast;
  wire                axi_rvalid;
  wire                axi_rready;

  // Frames.
  wire [DATA_W-1:0]   tx_tdata;
  wire [DATA_W/8-1:0] tx_tkeep;
  wire                tx_tvalid;
  wire                tx_tready;
  wire                tx_tlast;
  wire [7:0]          tx_tdest;
  wire [255:0]        tx_tuser;
  wire [DATA_W-1:0]   rx_tdata;
  wire [DATA_W/8-1:0] rx_tkeep;
  wire                rx_tvalid;
  wire                rx_tready;
  wire                rx_tlast;
  wire [7:0]          rx_tdest;
  wire                rx_tuser;

  // Interrupts.
  wire                irq_valid;
  wire                irq_ready;
  wire [15:0]         irq_vector;
  wire                intx;

  vnet_top #(
    .DATA_W           (DATA_W),
    .QUEUE_PAIRS      (QUEUE_PAIRS),
    .QUEUE_SIZE_MAX   (QUEUE_SIZE_MAX),
    .CHAIN_MAX        (CHAIN_MAX),
    .FRAME_MAX        (FRAME_MAX),
    .RD_OUTSTANDING   (RD_OUTSTANDING),
    .RD_BUF_BEATS     (RD_BUF_BEATS),
    .WR_OUTSTANDING   (WR_OUTSTANDING),
    .CHAIN_SLOTS      (CHAIN_SLOTS),
    .SLOT_RECORDS     (SLOT_RECORDS),
    .DESC_CACHE_LINES (DESC_CACHE_LINES),
    .STRICT_LAYOUT    (STRICT_LAYOUT),
    .ANY_HEADER_SG    (ANY_HEADER_SG),
    .RX_WAIT          (RX_WAIT),
    .MSIX_VECTORS     (MSIX_VECTORS),
    .AXI_ID_W         (AXI_ID_W),
    .AXI_MAX_BURST    (AXI_MAX_BURST)
  ) u_dut (
    .clk              (clk),
    .aresetn          (aresetn),
    .s_axil_awaddr    (axil_awaddr),
    .s_axil_awprot    (axil_awprot),
    .s_axil_awvalid   (axil_awvalid),
    .s_axil_awready   (axil_awready),
    .s_axil_wdata     (axil_wdata),
    .s_axil_wstrb     (axil_wstrb),
    .s_axil_wvalid    (axil_wvalid),
    .s_axil_wready    (axil_wready),
    .s_axil_bresp     (axil_bresp),
    .s_axil_bvalid    (axil_bvalid),
    .s_axil_bready    (axil_bready),
    .s_axil_araddr    (axil_araddr),
    .s_axil_arprot    (axil_arprot),
    .s_axil_arvalid   (axil_arvalid),
    .s_axil_arready   (axil_arready),
    .s_axil_rdata     (axil_rdata),
    .s_axil_rresp     (axil_rresp),
    .s_axil_rvalid    (axil_rvalid),
    .s_axil_rready    (axil_rready),
    .m_axi_awid       (axi_awid),
    .m_axi_awaddr     (axi_awaddr),
    .m_axi_awlen      (axi_awlen),
    .m_axi_awsize     (axi_awsize),
    .m_axi_awburst    (axi_awburst),
    .m_axi_awcache    (axi_awcache),
    .m_axi_awprot     (axi_awprot),
    .m_axi_awvalid    (axi_awvalid),
    .m_axi_awready    (axi_awready),
    .m_axi_wdata      (axi_wdata),
    .m_axi_wstrb      (axi_wstrb),
    .m_axi_wlast      (axi_wlast),
    .m_axi_wvalid     (axi_wvalid),
    .m_axi_wready     (axi_wready),
    .m_axi_bid        (axi_bid),
    .m_axi_bresp      (axi_bresp),
    .m_axi_bvalid     (axi_bvalid),
    .m_axi_bready     (axi_bready),
    .m_axi_arid       (axi_arid),
    .m_axi_araddr     (axi_araddr),
    .m_axi_arlen      (axi_arlen),
    .m_axi_arsize     (axi_arsize),
    .m_axi_arburst    (axi_arburst),
    .m_axi_arcache    (axi_arcache),
    .m_axi_arprot     (axi_arprot),
    .m_axi_arvalid    (axi_arvalid),
    .m_axi_arready    (axi_arready),
    .m_axi_rid        (axi_rid),
    .m_axi_rdata      (axi_rdata),
    .m_axi_rresp      (axi_rresp),
    .m_axi_rlast      (axi_rlast),
    .m_axi_rvalid     (axi_rvalid),
    .m_axi_rready     (axi_rready),
    .m_axis_tx_tdata  (tx_tdata),
    .m_axis_tx_tkeep  (tx_tkeep),
    .m_axis_tx_tvalid (tx_tvalid),
    .m_axis_tx_tready (tx_tready),
    .m_axis_tx_tlast  (tx_tlast),
    .m_axis_tx_tdest  (tx_tdest),
    .m_axis_tx_tuser  (tx_tuser),
    .s_axis_rx_tdata  (rx_tdata),
    .s_axis_rx_tkeep  (rx_tkeep),
    .s_axis_rx_tvalid (rx_tvalid),
    .s_axis_rx_tready (rx_tready),
    .s_axis_rx_tlast  (rx_tlast),
    .s_axis_rx_tdest  (rx_tdest),
    .s_axis_rx_tuser  (rx_tuser),
    .irq_valid        (irq_valid),
    .irq_ready        (irq_ready),
    .irq_vector       (irq_vector),
    .intx             (intx),
    .cfg_mac          (cfg_mac),
    .cfg_mtu          (cfg_mtu),
    .cfg_link_up      (cfg_link_up),
    .cfg_msix_enable  (cfg_msix_enable)
  );

  axi_mem_bfm #(
    .DATA_W        (DATA_W),
    .ID_W          (AXI_ID_W)
  ) u_mem (
    .clk           (clk),
    .aresetn       (aresetn),
    .s_axi_awid    (axi_awid),
    .s_axi_awaddr  (axi_awaddr),
    .s_axi_awlen   (axi_awlen),
    .s_axi_awsize  (axi_awsize),
    .s_axi_awburst (axi_awburst),
    .s_axi_awcache (axi_awcache),
    .s_axi_awprot  (axi_awprot),
    .s_axi_awvalid (axi_awvalid),
    .s_axi_awready (axi_awready),
    .s_axi_wdata   (axi_wdata),
    .s_axi_wstrb   (axi_wstrb),
    .s_axi_wlast   (axi_wlast),
    .s_axi_wvalid  (axi_wvalid),
    .s_axi_wready  (axi_wready),
    .s_axi_bid     (axi_bid),
    .s_axi_bresp   (axi_bresp),
    .s_axi_bvalid  (axi_bvalid),
    .s_axi_bready  (axi_bready),
    .s_axi_arid    (axi_arid),
    .s_axi_araddr  (axi_araddr),
    .s_axi_arlen   (axi_arlen),
    .s_axi_arsize  (axi_arsize),
    .s_axi_arburst (axi_arburst),
    .s_axi_arcache (axi_arcache),
    .s_axi_arprot  (axi_arprot),
    .s_axi_arvalid (axi_arvalid),
    .s_axi_arready (axi_arready),
    .s_axi_rid     (axi_rid),
    .s_axi_rdata   (axi_rdata),
    .s_axi_rresp   (axi_rresp),
    .s_axi_rlast   (axi_rlast),
    .s_axi_rvalid  (axi_rvalid),
    .s_axi_rready  (axi_rready)
  );

  axil_master_bfm #(
    .ADDR_W         (16)
  ) u_axil (
    .clk            (clk),
    .aresetn        (aresetn),
    .m_axil_awaddr  (axil_awaddr),
    .m_axil_awprot  (axil_awprot),
    .m_axil_awvalid (axil_awvalid),
    .m_axil_awready (axil_awready),
    .m_axil_wdata   (axil_wdata),
    .m_axil_wstrb   (axil_wstrb),
    .m_axil_wvalid  (axil_wvalid),
    .m_axil_wready  (axil_wready),
    .m_axil_bresp   (axil_bresp),
    .m_axil_bvalid  (axil_bvalid),
    .m_axil_bready  (axil_bready),
    .m_axil_araddr  (axil_araddr),
    .m_axil_arprot  (axil_arprot),
    .m_axil_arvalid (axil_arvalid),
    .m_axil_arready (axil_arready),
    .m_axil_rdata   (axil_rdata),
    .m_axil_rresp   (axil_rresp),
    .m_axil_rvalid  (axil_rvalid),
    .m_axil_rready  (axil_rready)
  );

  axis_source_bfm #(
    .DATA_W        (DATA_W),
    .DEST_W        (8)
  ) u_source (
    .clk           (clk),
    .aresetn       (aresetn),
    .m_axis_tdata  (rx_tdata),
    .m_axis_tkeep  (rx_tkeep),
    .m_axis_tvalid (rx_tvalid),
    .m_axis_tready (rx_tready),
    .m_axis_tlast  (rx_tlast),
    .m_axis_tdest  (rx_tdest),
    .m_axis_tuser  (rx_tuser)
  );

  axis_sink_bfm #(
    .DATA_W        (DATA_W),
    .DEST_W        (8),
    .USER_W        (256)
  ) u_sink (
    .clk           (clk),
    .aresetn       (aresetn),
    .s_axis_tdata  (tx_tdata),
    .s_axis_tkeep  (tx_tkeep),
    .s_axis_tvalid (tx_tvalid),
    .s_axis_tready (tx_tready),
    .s_axis_tlast  (tx_tlast),
    .s_axis_tdest  (tx_tdest),
    .s_axis_tuser  (tx_tuser)
  );

  irq_bfm u_irq (
    .clk        (clk),
    .aresetn    (aresetn),
    .irq_valid  (irq_valid),
    .irq_ready  (irq_ready),
    .irq_vector (irq_vector),
    .intx       (intx)
  );

endmodule

`default_nettype wire
