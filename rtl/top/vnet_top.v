// vnet_top: the virtio-net device
// SPDX-License-Identifier: Apache-2.0
//
// Wires the parts together and turns the active-low reset round; there is no logic here.
// docs/architecture.md shows the picture, docs/registers.md the register map.
//
// All ports belong to clk, aresetn too: if it comes from elsewhere, synchronise it outside. It must
// be low for at least two cycles.
//
// To hide a memory latency of L cycles for frames that take T cycles each: CHAIN_SLOTS at least 2 *
// L / T (a chain is known from the read of its available entry on), RD_OUTSTANDING at least L / T
// bursts, RD_BUF_BEATS at least L words, and a ring of at least 6 * L / T chains, because that many
// memory accesses follow each other from the index to the used index.
//
// Latency:       see docs/architecture.md.
// Throughput:    1 beat per cycle on every AXI channel and stream.
// Back-pressure: m_axi_rready and m_axi_bready are constantly 1; all other readys come from
//                registers.
// Errors:        see docs/architecture.md, section 6.
// Spec:          virtio 1.4, "Network Device", "Split Virtqueues" and the common configuration of
//                "Virtio Over PCI Bus".
`default_nettype none

module vnet_top #(
  // Width of the DMA bus and of the frame streams in bits: 64, 128, 256 or 512.
  parameter integer    DATA_W           = 64,
  // Pairs of a receive and a transmit queue: 1, 2, 4 or 8.
  parameter integer    QUEUE_PAIRS      = 1,
  // Largest size of a virtqueue, a power of two, 2..32768; also the size offered after reset.
  parameter integer    QUEUE_SIZE_MAX   = 256,
  // Most elements in a chain, 1..32768. A longer chain is completed without being served.
  parameter integer    CHAIN_MAX        = 256,
  // Longest frame in bytes, without header and without FCS, 86..65535. Costs frame memory.
  parameter integer    FRAME_MAX        = 9216,
  // Payload read bursts in flight, a power of two. Costs a small FIFO.
  parameter integer    RD_OUTSTANDING   = 64,
  // Payload read buffer in bus words, a power of two, at least twice AXI_MAX_BURST. Costs block
  // RAM.
  parameter integer    RD_BUF_BEATS     = 256,
  // Write bursts in flight, a power of two. Costs a small FIFO.
  parameter integer    WR_OUTSTANDING   = 64,
  // Chains known to the ring engine per direction, all queues together, a power of two.
  parameter integer    CHAIN_SLOTS      = 64,
  // Elements kept ready per chain slot, a power of two. Longer chains are served in parts.
  parameter integer    SLOT_RECORDS     = 4,
  // Bus words in the descriptor cache per direction, a power of two.
  parameter integer    DESC_CACHE_LINES = 64,
  // 1: refuse chains whose header is not alone in the first element, like an old host (experiment).
  parameter integer    STRICT_LAYOUT    = 0,
  // 1: also offer feature 25, the bit of the 2013 patch (experiment).
  parameter integer    ANY_HEADER_SG    = 0,
  // Reset value of the register RX_WAIT: cycles a received frame waits for buffers; all ones: for
  // ever.
  parameter     [31:0] RX_WAIT          = 32'hFFFFFFFF,
  // MSI-X vectors, 1..2048; one per virtqueue and one for the configuration is the most a driver
  // can use.
  parameter integer    MSIX_VECTORS     = 2 * QUEUE_PAIRS + 1,
  // Width of the AXI IDs, at least 3.
  parameter integer    AXI_ID_W         = 4,
  // Longest payload burst in beats, a power of two, 1..256; a burst never crosses 4 KiB.
  parameter integer    AXI_MAX_BURST    = 16
) (
  input  wire                  clk,
  input  wire                  aresetn,

  // Registers.
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

  // Memory.
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

  // Frames to the MAC. tdest is the queue pair, tuser the virtio header; both are constant over the
  // frame.
  output wire [DATA_W-1:0]     m_axis_tx_tdata,
  output wire [DATA_W/8-1:0]   m_axis_tx_tkeep,
  output wire                  m_axis_tx_tvalid,
  input  wire                  m_axis_tx_tready,
  output wire                  m_axis_tx_tlast,
  output wire [7:0]            m_axis_tx_tdest,
  output wire [255:0]          m_axis_tx_tuser,

  // Frames from the MAC. tdest chooses the queue pair; tuser with tlast: the frame is bad.
  input  wire [DATA_W-1:0]     s_axis_rx_tdata,
  input  wire [DATA_W/8-1:0]   s_axis_rx_tkeep,
  input  wire                  s_axis_rx_tvalid,
  output wire                  s_axis_rx_tready,
  input  wire                  s_axis_rx_tlast,
  input  wire [7:0]            s_axis_rx_tdest,
  input  wire                  s_axis_rx_tuser,

  // Interrupts: a vector number with MSI-X, else the level intx.
  output wire                  irq_valid,
  input  wire                  irq_ready,
  output wire [15:0]           irq_vector,
  output wire                  intx,

  // Settings from the board, synchronous to clk. MAC address: byte 0 in bits 7:0.
  input  wire [47:0]           cfg_mac,
  input  wire [15:0]           cfg_mtu,
  input  wire                  cfg_link_up,
  input  wire                  cfg_msix_enable
);

  localparam integer NQ    = QUEUE_PAIRS;
  localparam integer NVQ   = 2 * QUEUE_PAIRS;
  localparam integer Q_W   = (NQ < 2) ? 1 : $clog2(NQ);
  localparam integer VQ_W  = $clog2(NVQ);
  localparam integer OFF_W = $clog2(DATA_W / 8);
  localparam integer LEN_W = 20;
  // The features that can be negotiated lead to a header of 10 or 12 bytes.
  localparam integer HDR_MAX = 12;

  // Read clients; the number is the ARID. Ring accesses go first.
  localparam integer RD_CLIENTS = 7;
  localparam [6:0]   RD_FIRST   = 7'b0111111;
  // Write clients: used rings of both directions, payload.
  localparam integer WR_CLIENTS = 3;

  vnet_param_check #(
    .OK((DATA_W == 64) || (DATA_W == 128) || (DATA_W == 256) || (DATA_W == 512))
  ) u_data_w_must_be_64_128_256_or_512 ();
  vnet_param_check #(.OK(AXI_ID_W >= 3)) u_axi_id_w_must_be_at_least_3 ();

  wire rst = !aresetn;

  // Register bus.
  wire        reg_en;
  wire        reg_write;
  wire [15:0] reg_addr;
  wire [31:0] reg_wdata;
  wire [3:0]  reg_wstrb;
  wire        reg_done;
  wire [31:0] reg_rdata;

  // Settings.
  wire           cfg_event_idx;
  wire           cfg_indirect;
  wire           cfg_mrg_rxbuf;
  wire           cfg_any_layout;
  wire [5:0]     cfg_hdr_len;
  wire [31:0]    cfg_rx_wait;
  wire [16:0]    cfg_rx_max;
  wire           cfg_driver_ok;
  wire           cfg_stop_all;
  wire           evt_reset;
  wire [NVQ-1:0] cfg_stop;

  // Queue contexts.
  wire           tx_ctx_wr;
  wire           rx_ctx_wr;
  wire [Q_W-1:0] ctx_queue;
  wire [63:0]    ctx_desc_addr;
  wire [63:0]    ctx_avail_addr;
  wire [63:0]    ctx_used_addr;
  wire [3:0]     ctx_size_log2;

  // Interrupts and counters.
  wire            vec_wr;
  wire [VQ_W-1:0] vec_vq;
  wire [15:0]     vec_value;
  wire [NVQ-1:0]  vec_mapped;
  wire [15:0]     config_vector;
  wire            evt_config;
  wire [1:0]      isr;
  wire            isr_read;
  wire [NVQ-1:0]  irq_busy;
  wire            irq_config_busy;
  wire [NVQ-1:0]  irq_req;
  wire [NQ-1:0]   tx_evt_kick;
  wire [NQ-1:0]   rx_evt_kick;
  wire            evt_kick_range;
  wire [7:0]      evt_kick_number;
  wire            cnt_rd_en;
  wire [15:0]     cnt_rd_addr;
  wire            cnt_rd_valid;
  wire [31:0]     cnt_rd_data;
  wire [15:0]     last_error;

  // Clients of the memory engines, packed by number.
  wire [RD_CLIENTS-1:0]        rd_req_valid;
  wire [RD_CLIENTS-1:0]        rd_req_ready;
  wire [64*RD_CLIENTS-1:0]     rd_req_addr;
  wire [8*RD_CLIENTS-1:0]      rd_req_len;
  wire [RD_CLIENTS-1:0]        rd_rsp_valid;
  wire [DATA_W-1:0]            rd_rsp_data;
  wire                         rd_rsp_last;
  wire                         rd_rsp_err;
  wire [WR_CLIENTS-1:0]        wr_cmd_valid;
  wire [WR_CLIENTS-1:0]        wr_cmd_ready;
  wire [64*WR_CLIENTS-1:0]     wr_cmd_addr;
  wire [LEN_W*WR_CLIENTS-1:0]  wr_cmd_len;
  wire [OFF_W*WR_CLIENTS-1:0]  wr_cmd_off;
  wire [WR_CLIENTS-1:0]        wr_cmd_eop;
  wire [WR_CLIENTS-1:0]        wr_dat_valid;
  wire [WR_CLIENTS-1:0]        wr_dat_ready;
  wire [DATA_W*WR_CLIENTS-1:0] wr_dat_data;
  wire [WR_CLIENTS-1:0]        wr_done_valid;
  wire                         wr_done_err;

  // Transmit queues.
  wire [NQ-1:0]    tx_enable;
  wire [NQ-1:0]    tx_run;
  wire [NQ-1:0]    tx_stop;
  wire [NQ-1:0]    tx_kick;
  wire [NQ-1:0]    tx_idle;
  wire [NQ-1:0]    tx_irq;
  wire             tx_qerr_valid;
  wire [Q_W-1:0]   tx_qerr_queue;
  wire [4:0]       tx_qerr_code;
  wire [NQ-1:0]    tx_chain_ready;
  wire             tx_take_valid;
  wire             tx_take_ready;
  wire [Q_W-1:0]   tx_take_queue;
  wire             tx_rec_valid;
  wire             tx_rec_ready;
  wire [63:0]      tx_rec_addr;
  wire [LEN_W-1:0] tx_rec_len;
  wire             tx_rec_last;
  wire [Q_W-1:0]   tx_rec_queue;
  wire [15:0]      tx_rec_head;
  wire [15:0]      tx_rec_ndesc;
  wire             tx_rec_zero;
  wire [4:0]       tx_rec_err;
  wire             tx_cpl_valid;
  wire             tx_cpl_ready;
  wire [Q_W-1:0]   tx_cpl_queue;
  wire [15:0]      tx_cpl_head;
  wire [31:0]      tx_cpl_len;
  wire             tx_cpl_eof;
  wire             tx_cpl_more;
  wire             tx_rep_valid;
  wire             tx_rep_ready;
  wire [Q_W-1:0]   tx_rep_queue;
  wire [LEN_W-1:0] tx_rep_bytes;
  wire             tx_rep_frame;
  wire [15:0]      tx_rep_ndesc;
  wire [1:0]       tx_rep_class;
  wire             tx_rep_layout;
  wire [4:0]       tx_rep_err;
  wire [7:0]       tx_rep_zero;

  // Receive queues.
  wire [NQ-1:0]    rx_enable;
  wire [NQ-1:0]    rx_run;
  wire [NQ-1:0]    rx_stop;
  wire [NQ-1:0]    rx_kick;
  wire [NQ-1:0]    rx_idle;
  wire [NQ-1:0]    rx_irq;
  wire             rx_qerr_valid;
  wire [Q_W-1:0]   rx_qerr_queue;
  wire [4:0]       rx_qerr_code;
  wire [NQ-1:0]    rx_chain_ready;
  wire             rx_take_valid;
  wire             rx_take_ready;
  wire [Q_W-1:0]   rx_take_queue;
  wire             rx_rec_valid;
  wire             rx_rec_ready;
  wire [63:0]      rx_rec_addr;
  wire [LEN_W-1:0] rx_rec_len;
  wire             rx_rec_last;
  wire [Q_W-1:0]   rx_rec_queue;
  wire [15:0]      rx_rec_head;
  wire [15:0]      rx_rec_ndesc;
  wire             rx_rec_zero;
  wire [4:0]       rx_rec_err;
  wire             rx_cpl_valid;
  wire             rx_cpl_ready;
  wire [Q_W-1:0]   rx_cpl_queue;
  wire [15:0]      rx_cpl_head;
  wire [31:0]      rx_cpl_len;
  wire             rx_cpl_eof;
  wire             rx_cpl_more;
  wire             rx_rep_valid;
  wire             rx_rep_ready;
  wire [Q_W-1:0]   rx_rep_queue;
  wire [LEN_W-1:0] rx_rep_bytes;
  wire             rx_rep_frame;
  wire [15:0]      rx_rep_ndesc;
  wire [1:0]       rx_rep_class;
  wire             rx_rep_layout;
  wire [4:0]       rx_rep_err;
  wire [7:0]       rx_rep_zero;

  genvar k;
  generate
    for (k = 0; k < NQ; k = k + 1) begin : g_pair
      assign irq_req[2*k]   = rx_irq[k];
      assign irq_req[2*k+1] = tx_irq[k];
    end
  endgenerate

  // ---- Registers ----

  vnet_axil_slave #(
    .ADDR_W(16)
  ) u_axil (
    .clk           (clk),
    .rst           (rst),
    .s_axil_awaddr (s_axil_awaddr),
    .s_axil_awprot (s_axil_awprot),
    .s_axil_awvalid(s_axil_awvalid),
    .s_axil_awready(s_axil_awready),
    .s_axil_wdata  (s_axil_wdata),
    .s_axil_wstrb  (s_axil_wstrb),
    .s_axil_wvalid (s_axil_wvalid),
    .s_axil_wready (s_axil_wready),
    .s_axil_bresp  (s_axil_bresp),
    .s_axil_bvalid (s_axil_bvalid),
    .s_axil_bready (s_axil_bready),
    .s_axil_araddr (s_axil_araddr),
    .s_axil_arprot (s_axil_arprot),
    .s_axil_arvalid(s_axil_arvalid),
    .s_axil_arready(s_axil_arready),
    .s_axil_rdata  (s_axil_rdata),
    .s_axil_rresp  (s_axil_rresp),
    .s_axil_rvalid (s_axil_rvalid),
    .s_axil_rready (s_axil_rready),
    .m_reg_en      (reg_en),
    .m_reg_write   (reg_write),
    .m_reg_addr    (reg_addr),
    .m_reg_wdata   (reg_wdata),
    .m_reg_wstrb   (reg_wstrb),
    .m_reg_done    (reg_done),
    .m_reg_rdata   (reg_rdata)
  );

  vnet_regs #(
    .DATA_W        (DATA_W),
    .QUEUE_PAIRS   (QUEUE_PAIRS),
    .QUEUE_SIZE_MAX(QUEUE_SIZE_MAX),
    .CHAIN_MAX     (CHAIN_MAX),
    .FRAME_MAX     (FRAME_MAX),
    .RD_OUTSTANDING(RD_OUTSTANDING),
    .CHAIN_SLOTS   (CHAIN_SLOTS),
    .STRICT_LAYOUT (STRICT_LAYOUT),
    .ANY_HEADER_SG (ANY_HEADER_SG),
    .RX_WAIT       (RX_WAIT),
    .MSIX_VECTORS  (MSIX_VECTORS)
  ) u_regs (
    .clk              (clk),
    .rst              (rst),
    .reg_en           (reg_en),
    .reg_write        (reg_write),
    .reg_addr         (reg_addr),
    .reg_wdata        (reg_wdata),
    .reg_wstrb        (reg_wstrb),
    .reg_done         (reg_done),
    .reg_rdata        (reg_rdata),
    .cfg_mac          (cfg_mac),
    .cfg_mtu          (cfg_mtu),
    .cfg_link_up      (cfg_link_up),
    .cfg_event_idx    (cfg_event_idx),
    .cfg_indirect     (cfg_indirect),
    .cfg_mrg_rxbuf    (cfg_mrg_rxbuf),
    .cfg_any_layout   (cfg_any_layout),
    .cfg_hdr_len      (cfg_hdr_len),
    .cfg_rx_wait      (cfg_rx_wait),
    .cfg_rx_max       (cfg_rx_max),
    .tx_ctx_wr        (tx_ctx_wr),
    .rx_ctx_wr        (rx_ctx_wr),
    .ctx_queue        (ctx_queue),
    .ctx_desc_addr    (ctx_desc_addr),
    .ctx_avail_addr   (ctx_avail_addr),
    .ctx_used_addr    (ctx_used_addr),
    .ctx_size_log2    (ctx_size_log2),
    .tx_cfg_enable    (tx_enable),
    .tx_cfg_run       (tx_run),
    .tx_cfg_stop      (tx_stop),
    .tx_kick          (tx_kick),
    .tx_sts_idle      (tx_idle),
    .tx_qerr_valid    (tx_qerr_valid),
    .tx_qerr_queue    (tx_qerr_queue),
    .rx_cfg_enable    (rx_enable),
    .rx_cfg_run       (rx_run),
    .rx_cfg_stop      (rx_stop),
    .rx_kick          (rx_kick),
    .rx_sts_idle      (rx_idle),
    .rx_qerr_valid    (rx_qerr_valid),
    .rx_qerr_queue    (rx_qerr_queue),
    .cfg_driver_ok    (cfg_driver_ok),
    .cfg_stop_all     (cfg_stop_all),
    .evt_reset        (evt_reset),
    .cfg_stop         (cfg_stop),
    .vec_wr           (vec_wr),
    .vec_vq           (vec_vq),
    .vec_value        (vec_value),
    .vec_mapped       (vec_mapped),
    .cfg_config_vector(config_vector),
    .evt_config       (evt_config),
    .isr              (isr),
    .isr_read         (isr_read),
    .irq_busy         (irq_busy),
    .irq_config_busy  (irq_config_busy),
    .tx_evt_kick      (tx_evt_kick),
    .rx_evt_kick      (rx_evt_kick),
    .evt_kick_range   (evt_kick_range),
    .evt_kick_number  (evt_kick_number),
    .cnt_rd_en        (cnt_rd_en),
    .cnt_rd_addr      (cnt_rd_addr),
    .cnt_rd_valid     (cnt_rd_valid),
    .cnt_rd_data      (cnt_rd_data),
    .sts_last_error   (last_error)
  );

  vnet_irq #(
    .NVQ(NVQ)
  ) u_irq (
    .clk              (clk),
    .rst              (rst),
    .cfg_msix_enable  (cfg_msix_enable),
    .cfg_driver_ok    (cfg_driver_ok),
    .cfg_stop_all     (cfg_stop_all),
    .evt_reset        (evt_reset),
    .cfg_stop         (cfg_stop),
    .vec_wr           (vec_wr),
    .vec_vq           (vec_vq),
    .vec_value        (vec_value),
    .vec_mapped       (vec_mapped),
    .cfg_config_vector(config_vector),
    .irq_req          (irq_req),
    .evt_config       (evt_config),
    .isr              (isr),
    .isr_read         (isr_read),
    .sts_busy         (irq_busy),
    .sts_config_busy  (irq_config_busy),
    .m_irq_valid      (irq_valid),
    .m_irq_ready      (irq_ready),
    .m_irq_vector     (irq_vector),
    .intx             (intx)
  );

  vnet_counters #(
    .NQ       (NQ),
    .LEN_W    (LEN_W),
    .FRAME_MAX(FRAME_MAX),
    .CHAIN_MAX(CHAIN_MAX)
  ) u_counters (
    .clk            (clk),
    .rst            (rst),
    .s_tx_rep_valid (tx_rep_valid),
    .s_tx_rep_ready (tx_rep_ready),
    .s_tx_rep_queue (tx_rep_queue),
    .s_tx_rep_bytes (tx_rep_bytes),
    .s_tx_rep_frame (tx_rep_frame),
    .s_tx_rep_ndesc (tx_rep_ndesc),
    .s_tx_rep_class (tx_rep_class),
    .s_tx_rep_layout(tx_rep_layout),
    .s_tx_rep_err   (tx_rep_err),
    .s_tx_rep_zero  (tx_rep_zero),
    .s_rx_rep_valid (rx_rep_valid),
    .s_rx_rep_ready (rx_rep_ready),
    .s_rx_rep_queue (rx_rep_queue),
    .s_rx_rep_bytes (rx_rep_bytes),
    .s_rx_rep_frame (rx_rep_frame),
    .s_rx_rep_ndesc (rx_rep_ndesc),
    .s_rx_rep_class (rx_rep_class),
    .s_rx_rep_layout(rx_rep_layout),
    .s_rx_rep_err   (rx_rep_err),
    .s_rx_rep_zero  (rx_rep_zero),
    .tx_qerr_valid  (tx_qerr_valid),
    .tx_qerr_queue  (tx_qerr_queue),
    .tx_qerr_code   (tx_qerr_code),
    .rx_qerr_valid  (rx_qerr_valid),
    .rx_qerr_queue  (rx_qerr_queue),
    .rx_qerr_code   (rx_qerr_code),
    .tx_evt_kick    (tx_evt_kick),
    .rx_evt_kick    (rx_evt_kick),
    .tx_evt_irq     (tx_irq),
    .rx_evt_irq     (rx_irq),
    .evt_kick_range (evt_kick_range),
    .evt_kick_number(evt_kick_number),
    .rd_en          (cnt_rd_en),
    .rd_addr        (cnt_rd_addr),
    .rd_valid       (cnt_rd_valid),
    .rd_data        (cnt_rd_data),
    .sts_last_error (last_error)
  );

  // ---- Memory ----

  vnet_axi_rd #(
    .DATA_W  (DATA_W),
    .N       (RD_CLIENTS),
    .AXI_ID_W(AXI_ID_W),
    .PRIORITY(RD_FIRST)
  ) u_axi_rd (
    .clk          (clk),
    .rst          (rst),
    .s_req_valid  (rd_req_valid),
    .s_req_ready  (rd_req_ready),
    .s_req_addr   (rd_req_addr),
    .s_req_len    (rd_req_len),
    .m_rsp_valid  (rd_rsp_valid),
    .m_rsp_data   (rd_rsp_data),
    .m_rsp_last   (rd_rsp_last),
    .m_rsp_err    (rd_rsp_err),
    .m_axi_arid   (m_axi_arid),
    .m_axi_araddr (m_axi_araddr),
    .m_axi_arlen  (m_axi_arlen),
    .m_axi_arsize (m_axi_arsize),
    .m_axi_arburst(m_axi_arburst),
    .m_axi_arcache(m_axi_arcache),
    .m_axi_arprot (m_axi_arprot),
    .m_axi_arvalid(m_axi_arvalid),
    .m_axi_arready(m_axi_arready),
    .m_axi_rid    (m_axi_rid),
    .m_axi_rdata  (m_axi_rdata),
    .m_axi_rresp  (m_axi_rresp),
    .m_axi_rlast  (m_axi_rlast),
    .m_axi_rvalid (m_axi_rvalid),
    .m_axi_rready (m_axi_rready)
  );

  vnet_dma_wr #(
    .DATA_W        (DATA_W),
    .N             (WR_CLIENTS),
    .LEN_W         (LEN_W),
    .MAX_BURST     (AXI_MAX_BURST),
    .WR_OUTSTANDING(WR_OUTSTANDING),
    .AXI_ID_W      (AXI_ID_W)
  ) u_dma_wr (
    .clk          (clk),
    .rst          (rst),
    .s_cmd_valid  (wr_cmd_valid),
    .s_cmd_ready  (wr_cmd_ready),
    .s_cmd_addr   (wr_cmd_addr),
    .s_cmd_len    (wr_cmd_len),
    .s_cmd_off    (wr_cmd_off),
    .s_cmd_eop    (wr_cmd_eop),
    .s_dat_valid  (wr_dat_valid),
    .s_dat_ready  (wr_dat_ready),
    .s_dat_data   (wr_dat_data),
    .m_done_valid (wr_done_valid),
    .m_done_err   (wr_done_err),
    .m_axi_awid   (m_axi_awid),
    .m_axi_awaddr (m_axi_awaddr),
    .m_axi_awlen  (m_axi_awlen),
    .m_axi_awsize (m_axi_awsize),
    .m_axi_awburst(m_axi_awburst),
    .m_axi_awcache(m_axi_awcache),
    .m_axi_awprot (m_axi_awprot),
    .m_axi_awvalid(m_axi_awvalid),
    .m_axi_awready(m_axi_awready),
    .m_axi_wdata  (m_axi_wdata),
    .m_axi_wstrb  (m_axi_wstrb),
    .m_axi_wlast  (m_axi_wlast),
    .m_axi_wvalid (m_axi_wvalid),
    .m_axi_wready (m_axi_wready),
    .m_axi_bid    (m_axi_bid),
    .m_axi_bresp  (m_axi_bresp),
    .m_axi_bvalid (m_axi_bvalid),
    .m_axi_bready (m_axi_bready)
  );

  // ---- Transmit ----

  vnet_ring #(
    .DATA_W   (DATA_W),
    .NQ       (NQ),
    .SLOTS    (CHAIN_SLOTS),
    .K        (SLOT_RECORDS),
    .LINES    (DESC_CACHE_LINES),
    .CHAIN_MAX(CHAIN_MAX),
    .JOBS     (WR_OUTSTANDING),
    .DIR_WRITE(0),
    .LEN_W    (LEN_W)
  ) u_tx_ring (
    .clk              (clk),
    .rst              (rst),
    .ctx_wr           (tx_ctx_wr),
    .ctx_queue        (ctx_queue),
    .ctx_desc_addr    (ctx_desc_addr),
    .ctx_avail_addr   (ctx_avail_addr),
    .ctx_used_addr    (ctx_used_addr),
    .ctx_size_log2    (ctx_size_log2),
    .cfg_event_idx    (cfg_event_idx),
    .cfg_indirect     (cfg_indirect),
    .cfg_enable       (tx_enable),
    .cfg_run          (tx_run),
    .cfg_stop         (tx_stop),
    .kick             (tx_kick),
    .m_avail_req_valid(rd_req_valid[0]),
    .m_avail_req_ready(rd_req_ready[0]),
    .m_avail_req_addr (rd_req_addr[64*0 +: 64]),
    .m_avail_req_len  (rd_req_len[8*0 +: 8]),
    .s_avail_rsp_valid(rd_rsp_valid[0]),
    .m_desc_req_valid (rd_req_valid[1]),
    .m_desc_req_ready (rd_req_ready[1]),
    .m_desc_req_addr  (rd_req_addr[64*1 +: 64]),
    .m_desc_req_len   (rd_req_len[8*1 +: 8]),
    .s_desc_rsp_valid (rd_rsp_valid[1]),
    .m_event_req_valid(rd_req_valid[2]),
    .m_event_req_ready(rd_req_ready[2]),
    .m_event_req_addr (rd_req_addr[64*2 +: 64]),
    .m_event_req_len  (rd_req_len[8*2 +: 8]),
    .s_event_rsp_valid(rd_rsp_valid[2]),
    .s_rsp_data       (rd_rsp_data),
    .s_rsp_last       (rd_rsp_last),
    .s_rsp_err        (rd_rsp_err),
    .m_cmd_valid      (wr_cmd_valid[0]),
    .m_cmd_ready      (wr_cmd_ready[0]),
    .m_cmd_addr       (wr_cmd_addr[64*0 +: 64]),
    .m_cmd_len        (wr_cmd_len[LEN_W*0 +: LEN_W]),
    .m_cmd_off        (wr_cmd_off[OFF_W*0 +: OFF_W]),
    .m_cmd_eop        (wr_cmd_eop[0]),
    .m_dat_valid      (wr_dat_valid[0]),
    .m_dat_ready      (wr_dat_ready[0]),
    .m_dat_data       (wr_dat_data[DATA_W*0 +: DATA_W]),
    .s_done_valid     (wr_done_valid[0]),
    .s_done_err       (wr_done_err),
    .m_chain_ready    (tx_chain_ready),
    .s_take_valid     (tx_take_valid),
    .s_take_ready     (tx_take_ready),
    .s_take_queue     (tx_take_queue),
    .m_rec_valid      (tx_rec_valid),
    .m_rec_ready      (tx_rec_ready),
    .m_rec_addr       (tx_rec_addr),
    .m_rec_len        (tx_rec_len),
    .m_rec_last       (tx_rec_last),
    .m_rec_queue      (tx_rec_queue),
    .m_rec_head       (tx_rec_head),
    .m_rec_ndesc      (tx_rec_ndesc),
    .m_rec_zero       (tx_rec_zero),
    .m_rec_err        (tx_rec_err),
    .s_cpl_valid      (tx_cpl_valid),
    .s_cpl_ready      (tx_cpl_ready),
    .s_cpl_queue      (tx_cpl_queue),
    .s_cpl_head       (tx_cpl_head),
    .s_cpl_len        (tx_cpl_len),
    .s_cpl_eof        (tx_cpl_eof),
    .s_cpl_more       (tx_cpl_more),
    .irq_req          (tx_irq),
    .sts_idle         (tx_idle),
    .qerr_valid       (tx_qerr_valid),
    .qerr_queue       (tx_qerr_queue),
    .qerr_code        (tx_qerr_code)
  );

  vnet_tx #(
    .DATA_W        (DATA_W),
    .NQ            (NQ),
    .FRAME_MAX     (FRAME_MAX),
    .RD_OUTSTANDING(RD_OUTSTANDING),
    .RD_BUF_BEATS  (RD_BUF_BEATS),
    .AXI_MAX_BURST (AXI_MAX_BURST),
    .STRICT_LAYOUT (STRICT_LAYOUT),
    .HDR_MAX       (HDR_MAX)
  ) u_tx (
    .clk             (clk),
    .rst             (rst),
    .cfg_hdr_len     (cfg_hdr_len),
    .cfg_any_layout  (cfg_any_layout),
    .cfg_stop        (tx_stop),
    .s_chain_ready   (tx_chain_ready),
    .m_take_valid    (tx_take_valid),
    .m_take_ready    (tx_take_ready),
    .m_take_queue    (tx_take_queue),
    .s_rec_valid     (tx_rec_valid),
    .s_rec_ready     (tx_rec_ready),
    .s_rec_addr      (tx_rec_addr),
    .s_rec_len       (tx_rec_len),
    .s_rec_last      (tx_rec_last),
    .s_rec_queue     (tx_rec_queue),
    .s_rec_head      (tx_rec_head),
    .s_rec_ndesc     (tx_rec_ndesc),
    .s_rec_zero      (tx_rec_zero),
    .s_rec_err       (tx_rec_err),
    .m_req_valid     (rd_req_valid[6]),
    .m_req_ready     (rd_req_ready[6]),
    .m_req_addr      (rd_req_addr[64*6 +: 64]),
    .m_req_len       (rd_req_len[8*6 +: 8]),
    .s_rsp_valid     (rd_rsp_valid[6]),
    .s_rsp_data      (rd_rsp_data),
    .s_rsp_last      (rd_rsp_last),
    .s_rsp_err       (rd_rsp_err),
    .m_cpl_valid     (tx_cpl_valid),
    .m_cpl_ready     (tx_cpl_ready),
    .m_cpl_queue     (tx_cpl_queue),
    .m_cpl_head      (tx_cpl_head),
    .m_cpl_len       (tx_cpl_len),
    .m_cpl_eof       (tx_cpl_eof),
    .m_cpl_more      (tx_cpl_more),
    .m_rep_valid     (tx_rep_valid),
    .m_rep_ready     (tx_rep_ready),
    .m_rep_queue     (tx_rep_queue),
    .m_rep_bytes     (tx_rep_bytes),
    .m_rep_frame     (tx_rep_frame),
    .m_rep_ndesc     (tx_rep_ndesc),
    .m_rep_class     (tx_rep_class),
    .m_rep_layout    (tx_rep_layout),
    .m_rep_err       (tx_rep_err),
    .m_rep_zero      (tx_rep_zero),
    .m_axis_tx_tdata (m_axis_tx_tdata),
    .m_axis_tx_tkeep (m_axis_tx_tkeep),
    .m_axis_tx_tvalid(m_axis_tx_tvalid),
    .m_axis_tx_tready(m_axis_tx_tready),
    .m_axis_tx_tlast (m_axis_tx_tlast),
    .m_axis_tx_tdest (m_axis_tx_tdest),
    .m_axis_tx_tuser (m_axis_tx_tuser)
  );

  // ---- Receive ----

  vnet_ring #(
    .DATA_W   (DATA_W),
    .NQ       (NQ),
    .SLOTS    (CHAIN_SLOTS),
    .K        (SLOT_RECORDS),
    .LINES    (DESC_CACHE_LINES),
    .CHAIN_MAX(CHAIN_MAX),
    .JOBS     (WR_OUTSTANDING),
    .DIR_WRITE(1),
    .LEN_W    (LEN_W)
  ) u_rx_ring (
    .clk              (clk),
    .rst              (rst),
    .ctx_wr           (rx_ctx_wr),
    .ctx_queue        (ctx_queue),
    .ctx_desc_addr    (ctx_desc_addr),
    .ctx_avail_addr   (ctx_avail_addr),
    .ctx_used_addr    (ctx_used_addr),
    .ctx_size_log2    (ctx_size_log2),
    .cfg_event_idx    (cfg_event_idx),
    .cfg_indirect     (cfg_indirect),
    .cfg_enable       (rx_enable),
    .cfg_run          (rx_run),
    .cfg_stop         (rx_stop),
    .kick             (rx_kick),
    .m_avail_req_valid(rd_req_valid[3]),
    .m_avail_req_ready(rd_req_ready[3]),
    .m_avail_req_addr (rd_req_addr[64*3 +: 64]),
    .m_avail_req_len  (rd_req_len[8*3 +: 8]),
    .s_avail_rsp_valid(rd_rsp_valid[3]),
    .m_desc_req_valid (rd_req_valid[4]),
    .m_desc_req_ready (rd_req_ready[4]),
    .m_desc_req_addr  (rd_req_addr[64*4 +: 64]),
    .m_desc_req_len   (rd_req_len[8*4 +: 8]),
    .s_desc_rsp_valid (rd_rsp_valid[4]),
    .m_event_req_valid(rd_req_valid[5]),
    .m_event_req_ready(rd_req_ready[5]),
    .m_event_req_addr (rd_req_addr[64*5 +: 64]),
    .m_event_req_len  (rd_req_len[8*5 +: 8]),
    .s_event_rsp_valid(rd_rsp_valid[5]),
    .s_rsp_data       (rd_rsp_data),
    .s_rsp_last       (rd_rsp_last),
    .s_rsp_err        (rd_rsp_err),
    .m_cmd_valid      (wr_cmd_valid[1]),
    .m_cmd_ready      (wr_cmd_ready[1]),
    .m_cmd_addr       (wr_cmd_addr[64*1 +: 64]),
    .m_cmd_len        (wr_cmd_len[LEN_W*1 +: LEN_W]),
    .m_cmd_off        (wr_cmd_off[OFF_W*1 +: OFF_W]),
    .m_cmd_eop        (wr_cmd_eop[1]),
    .m_dat_valid      (wr_dat_valid[1]),
    .m_dat_ready      (wr_dat_ready[1]),
    .m_dat_data       (wr_dat_data[DATA_W*1 +: DATA_W]),
    .s_done_valid     (wr_done_valid[1]),
    .s_done_err       (wr_done_err),
    .m_chain_ready    (rx_chain_ready),
    .s_take_valid     (rx_take_valid),
    .s_take_ready     (rx_take_ready),
    .s_take_queue     (rx_take_queue),
    .m_rec_valid      (rx_rec_valid),
    .m_rec_ready      (rx_rec_ready),
    .m_rec_addr       (rx_rec_addr),
    .m_rec_len        (rx_rec_len),
    .m_rec_last       (rx_rec_last),
    .m_rec_queue      (rx_rec_queue),
    .m_rec_head       (rx_rec_head),
    .m_rec_ndesc      (rx_rec_ndesc),
    .m_rec_zero       (rx_rec_zero),
    .m_rec_err        (rx_rec_err),
    .s_cpl_valid      (rx_cpl_valid),
    .s_cpl_ready      (rx_cpl_ready),
    .s_cpl_queue      (rx_cpl_queue),
    .s_cpl_head       (rx_cpl_head),
    .s_cpl_len        (rx_cpl_len),
    .s_cpl_eof        (rx_cpl_eof),
    .s_cpl_more       (rx_cpl_more),
    .irq_req          (rx_irq),
    .sts_idle         (rx_idle),
    .qerr_valid       (rx_qerr_valid),
    .qerr_queue       (rx_qerr_queue),
    .qerr_code        (rx_qerr_code)
  );

  vnet_rx #(
    .DATA_W        (DATA_W),
    .NQ            (NQ),
    .FRAME_MAX     (FRAME_MAX),
    .CHAIN_MAX     (CHAIN_MAX),
    .WR_OUTSTANDING(WR_OUTSTANDING),
    .STRICT_LAYOUT (STRICT_LAYOUT)
  ) u_rx (
    .clk             (clk),
    .rst             (rst),
    .cfg_hdr_len     (cfg_hdr_len),
    .cfg_any_layout  (cfg_any_layout),
    .cfg_mrg_rxbuf   (cfg_mrg_rxbuf),
    .cfg_enable      (rx_run),
    .cfg_stop        (rx_stop),
    .cfg_rx_wait     (cfg_rx_wait),
    .cfg_rx_max      (cfg_rx_max),
    .s_axis_rx_tdata (s_axis_rx_tdata),
    .s_axis_rx_tkeep (s_axis_rx_tkeep),
    .s_axis_rx_tvalid(s_axis_rx_tvalid),
    .s_axis_rx_tready(s_axis_rx_tready),
    .s_axis_rx_tlast (s_axis_rx_tlast),
    .s_axis_rx_tdest (s_axis_rx_tdest),
    .s_axis_rx_tuser (s_axis_rx_tuser),
    .s_chain_ready   (rx_chain_ready),
    .m_take_valid    (rx_take_valid),
    .m_take_ready    (rx_take_ready),
    .m_take_queue    (rx_take_queue),
    .s_rec_valid     (rx_rec_valid),
    .s_rec_ready     (rx_rec_ready),
    .s_rec_addr      (rx_rec_addr),
    .s_rec_len       (rx_rec_len),
    .s_rec_last      (rx_rec_last),
    .s_rec_queue     (rx_rec_queue),
    .s_rec_head      (rx_rec_head),
    .s_rec_ndesc     (rx_rec_ndesc),
    .s_rec_zero      (rx_rec_zero),
    .s_rec_err       (rx_rec_err),
    .m_cmd_valid     (wr_cmd_valid[2]),
    .m_cmd_ready     (wr_cmd_ready[2]),
    .m_cmd_addr      (wr_cmd_addr[64*2 +: 64]),
    .m_cmd_len       (wr_cmd_len[LEN_W*2 +: LEN_W]),
    .m_cmd_off       (wr_cmd_off[OFF_W*2 +: OFF_W]),
    .m_cmd_eop       (wr_cmd_eop[2]),
    .m_dat_valid     (wr_dat_valid[2]),
    .m_dat_ready     (wr_dat_ready[2]),
    .m_dat_data      (wr_dat_data[DATA_W*2 +: DATA_W]),
    .s_done_valid    (wr_done_valid[2]),
    .s_done_err      (wr_done_err),
    .m_cpl_valid     (rx_cpl_valid),
    .m_cpl_ready     (rx_cpl_ready),
    .m_cpl_queue     (rx_cpl_queue),
    .m_cpl_head      (rx_cpl_head),
    .m_cpl_len       (rx_cpl_len),
    .m_cpl_eof       (rx_cpl_eof),
    .m_cpl_more      (rx_cpl_more),
    .m_rep_valid     (rx_rep_valid),
    .m_rep_ready     (rx_rep_ready),
    .m_rep_queue     (rx_rep_queue),
    .m_rep_bytes     (rx_rep_bytes),
    .m_rep_frame     (rx_rep_frame),
    .m_rep_ndesc     (rx_rep_ndesc),
    .m_rep_class     (rx_rep_class),
    .m_rep_layout    (rx_rep_layout),
    .m_rep_err       (rx_rep_err),
    .m_rep_zero      (rx_rep_zero)
  );

endmodule

`default_nettype wire
