// vnet_tx: transmit path, from the records of the chains to frames for the MAC
// SPDX-License-Identifier: Apache-2.0
//
//   records -> gather -> dma_rd -> hdr_extract -> realign -> tx_finish -> frame_store -> tx_emit
//                \                      \------ header ---------^  ^ |
//                 \------------------ notes of the chain ---------/  +--> completion, report
//
// Wiring only.
//
// Latency:       about 25 cycles from the first record to the frame, besides the memory and the
//                length of the frame.
// Throughput:    1 record and 1 bus word per cycle.
// Back-pressure: registered on all sides; the read data channel has none.
// Errors:        see docs/architecture.md, section 6: codes 8 to 11 and 13, and those of the ring
//                engine.
// Spec:          virtio 1.4, "Network Device / Packet Transmission", "Message Framing".
`default_nettype none

module vnet_tx #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W         = 64,
  // Queues, 1, 2, 4 or 8.
  parameter integer NQ             = 1,
  // Longest frame in bytes, without header, 64..65535. Costs frame memory.
  parameter integer FRAME_MAX      = 9216,
  // Most read bursts in flight, a power of two, at least 2.
  parameter integer RD_OUTSTANDING = 64,
  // Response buffer in bus words, a power of two, at least AXI_MAX_BURST.
  parameter integer RD_BUF_BEATS   = 256,
  // Longest burst in beats, a power of two, 1..256.
  parameter integer AXI_MAX_BURST  = 16,
  // 1: refuse chains whose header is not alone in the first element although no any-layout right
  // was negotiated.
  parameter integer STRICT_LAYOUT  = 0,
  // Longest header in bytes, 12..32. Costs registers and block RAM.
  parameter integer HDR_MAX        = 32,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W            = (NQ < 2) ? 1 : $clog2(NQ)
) (
  input  wire                clk,
  input  wire                rst,

  input  wire [5:0]          cfg_hdr_len,
  input  wire                cfg_any_layout,
  input  wire [NQ-1:0]       cfg_stop,

  // Chains and their records.
  input  wire [NQ-1:0]       s_chain_ready,
  output wire                m_take_valid,
  input  wire                m_take_ready,
  output wire [Q_W-1:0]      m_take_queue,
  input  wire                s_rec_valid,
  output wire                s_rec_ready,
  input  wire [63:0]         s_rec_addr,
  input  wire [19:0]         s_rec_len,
  input  wire                s_rec_last,
  input  wire [Q_W-1:0]      s_rec_queue,
  input  wire [15:0]         s_rec_head,
  input  wire [15:0]         s_rec_ndesc,
  input  wire                s_rec_zero,
  input  wire [4:0]          s_rec_err,

  // Read client.
  output wire                m_req_valid,
  input  wire                m_req_ready,
  output wire [63:0]         m_req_addr,
  output wire [7:0]          m_req_len,
  input  wire                s_rsp_valid,
  input  wire [DATA_W-1:0]   s_rsp_data,
  input  wire                s_rsp_last,
  input  wire                s_rsp_err,

  // Completions and reports.
  output wire                m_cpl_valid,
  input  wire                m_cpl_ready,
  output wire [Q_W-1:0]      m_cpl_queue,
  output wire [15:0]         m_cpl_head,
  output wire [31:0]         m_cpl_len,
  output wire                m_cpl_eof,
  output wire                m_cpl_more,
  output wire                m_rep_valid,
  input  wire                m_rep_ready,
  output wire [Q_W-1:0]      m_rep_queue,
  output wire [19:0]         m_rep_bytes,
  output wire                m_rep_frame,
  output wire [15:0]         m_rep_ndesc,
  output wire [1:0]          m_rep_class,
  output wire                m_rep_layout,
  output wire [4:0]          m_rep_err,
  output wire [7:0]          m_rep_zero,

  // Frames to the MAC.
  output wire                m_axis_tx_tvalid,
  input  wire                m_axis_tx_tready,
  output wire [DATA_W-1:0]   m_axis_tx_tdata,
  output wire [DATA_W/8-1:0] m_axis_tx_tkeep,
  output wire                m_axis_tx_tlast,
  output wire [7:0]          m_axis_tx_tdest,
  output wire [255:0]        m_axis_tx_tuser
);

  vnet_param_check #(
    .OK((FRAME_MAX >= 64) && (FRAME_MAX <= 65535))
  ) u_frame_max_must_be_64_to_65535 ();

  localparam integer LEN_W  = 20;
  localparam integer OFF_W  = $clog2(DATA_W / 8);
  localparam integer CNT_W  = OFF_W + 1;
  // Room for two of the longest frames: one is written while another leaves.
  localparam integer WORDS  = 1 << $clog2(2 * (FRAME_MAX / (DATA_W / 8) + 1));
  localparam integer FRAMES = 64;
  localparam integer CHAINS = (RD_OUTSTANDING < 16) ? 16 : RD_OUTSTANDING;

  wire              cmd_valid;
  wire              cmd_ready;
  wire [63:0]       cmd_addr;
  wire [LEN_W-1:0]  cmd_len;
  wire              cmd_last;
  wire [4:0]        cmd_err;
  wire              chain_valid;
  wire              chain_ready;
  wire              chain_more;
  wire [Q_W-1:0]    chain_queue;
  wire [15:0]       chain_head;
  wire [15:0]       chain_ndesc;
  wire [1:0]        chain_class;
  wire              chain_layout;
  wire [7:0]        chain_zero;

  vnet_tx_gather #(
    .NQ           (NQ),
    .LEN_W        (LEN_W),
    .FRAME_MAX    (FRAME_MAX),
    .CHAINS       (CHAINS),
    .STRICT_LAYOUT(STRICT_LAYOUT)
  ) u_gather (
    .clk           (clk),
    .rst           (rst),
    .cfg_hdr_len   (cfg_hdr_len),
    .cfg_any_layout(cfg_any_layout),
    .cfg_stop      (cfg_stop),
    .s_chain_ready (s_chain_ready),
    .m_take_valid  (m_take_valid),
    .m_take_ready  (m_take_ready),
    .m_take_queue  (m_take_queue),
    .s_rec_valid   (s_rec_valid),
    .s_rec_ready   (s_rec_ready),
    .s_rec_addr    (s_rec_addr),
    .s_rec_len     (s_rec_len),
    .s_rec_last    (s_rec_last),
    .s_rec_queue   (s_rec_queue),
    .s_rec_head    (s_rec_head),
    .s_rec_ndesc   (s_rec_ndesc),
    .s_rec_zero    (s_rec_zero),
    .s_rec_err     (s_rec_err),
    .m_cmd_valid   (cmd_valid),
    .m_cmd_ready   (cmd_ready),
    .m_cmd_addr    (cmd_addr),
    .m_cmd_len     (cmd_len),
    .m_cmd_last    (cmd_last),
    .m_cmd_err     (cmd_err),
    .m_chain_valid (chain_valid),
    .m_chain_ready (chain_ready),
    .m_chain_more  (chain_more),
    .m_chain_queue (chain_queue),
    .m_chain_head  (chain_head),
    .m_chain_ndesc (chain_ndesc),
    .m_chain_class (chain_class),
    .m_chain_layout(chain_layout),
    .m_chain_zero  (chain_zero)
  );

  wire              win_valid;
  wire              win_ready;
  wire [DATA_W-1:0] win_data;
  wire [OFF_W-1:0]  win_off;
  wire [OFF_W:0]    win_cnt;
  wire              win_last;
  wire [4:0]        win_err;

  vnet_dma_rd #(
    .DATA_W         (DATA_W),
    .LEN_W          (LEN_W),
    .MAX_BURST_BEATS(AXI_MAX_BURST),
    .OUTSTANDING    (RD_OUTSTANDING),
    .BUF_BEATS      (RD_BUF_BEATS)
  ) u_dma_rd (
    .clk        (clk),
    .rst        (rst),
    .s_cmd_valid(cmd_valid),
    .s_cmd_ready(cmd_ready),
    .s_cmd_addr (cmd_addr),
    .s_cmd_len  (cmd_len),
    .s_cmd_last (cmd_last),
    .s_cmd_err  (cmd_err),
    .m_req_valid(m_req_valid),
    .m_req_ready(m_req_ready),
    .m_req_addr (m_req_addr),
    .m_req_len  (m_req_len),
    .s_rsp_valid(s_rsp_valid),
    .s_rsp_data (s_rsp_data),
    .s_rsp_last (s_rsp_last),
    .s_rsp_err  (s_rsp_err),
    .m_valid    (win_valid),
    .m_ready    (win_ready),
    .m_data     (win_data),
    .m_off      (win_off),
    .m_cnt      (win_cnt),
    .m_last     (win_last),
    .m_err      (win_err)
  );

  wire              hdr_valid;
  wire              hdr_ready;
  wire [8*HDR_MAX-1:0] hdr_data;
  wire              pay_valid;
  wire              pay_ready;
  wire [DATA_W-1:0] pay_data;
  wire [OFF_W-1:0]  pay_off;
  wire [OFF_W:0]    pay_cnt;
  wire              pay_last;
  wire [4:0]        pay_err;

  vnet_hdr_extract #(
    .DATA_W (DATA_W),
    .HDR_MAX(HDR_MAX)
  ) u_hdr_extract (
    .clk        (clk),
    .rst        (rst),
    .cfg_hdr_len(cfg_hdr_len),
    .s_valid    (win_valid),
    .s_ready    (win_ready),
    .s_data     (win_data),
    .s_off      (win_off),
    .s_cnt      (win_cnt),
    .s_last     (win_last),
    .s_err      (win_err),
    .m_hdr_valid(hdr_valid),
    .m_hdr_ready(hdr_ready),
    .m_hdr_data (hdr_data),
    .m_valid    (pay_valid),
    .m_ready    (pay_ready),
    .m_data     (pay_data),
    .m_off      (pay_off),
    .m_cnt      (pay_cnt),
    .m_last     (pay_last),
    .m_err      (pay_err)
  );

  wire              word_valid;
  wire              word_ready;
  wire [DATA_W-1:0] word_data;
  wire [OFF_W-1:0]  word_off;
  wire [OFF_W:0]    word_cnt;
  wire              word_last;
  wire [4:0]        word_err;

  vnet_realign #(
    .DATA_W(DATA_W)
  ) u_realign (
    .clk    (clk),
    .rst    (rst),
    .s_valid(pay_valid),
    .s_ready(pay_ready),
    .s_data (pay_data),
    .s_off  (pay_off),
    .s_cnt  (pay_cnt),
    .s_start({OFF_W{1'b0}}),
    .s_last (pay_last),
    .s_err  (pay_err),
    .m_valid(word_valid),
    .m_ready(word_ready),
    .m_data (word_data),
    .m_off  (word_off),
    .m_cnt  (word_cnt),
    .m_last (word_last),
    .m_err  (word_err)
  );

  wire              st_valid;
  wire              st_ready;
  wire [DATA_W-1:0] st_data;
  wire [CNT_W-1:0]  st_cnt;
  wire              st_last;
  wire              st_drop;
  wire [LEN_W-1:0]  st_len;
  wire [8*HDR_MAX-1:0] st_hdr;
  wire [Q_W-1:0]    st_queue;

  vnet_tx_finish #(
    .DATA_W (DATA_W),
    .NQ     (NQ),
    .LEN_W  (LEN_W),
    .HDR_MAX(HDR_MAX)
  ) u_finish (
    .clk           (clk),
    .rst           (rst),
    .cfg_stop      (cfg_stop),
    .s_hdr_valid   (hdr_valid),
    .s_hdr_ready   (hdr_ready),
    .s_hdr_data    (hdr_data),
    .s_valid       (word_valid),
    .s_ready       (word_ready),
    .s_data        (word_data),
    .s_cnt         (word_cnt),
    .s_last        (word_last),
    .s_err         (word_err),
    .s_chain_valid (chain_valid),
    .s_chain_ready (chain_ready),
    .s_chain_more  (chain_more),
    .s_chain_queue (chain_queue),
    .s_chain_head  (chain_head),
    .s_chain_ndesc (chain_ndesc),
    .s_chain_class (chain_class),
    .s_chain_layout(chain_layout),
    .s_chain_zero  (chain_zero),
    .m_valid       (st_valid),
    .m_ready       (st_ready),
    .m_data        (st_data),
    .m_cnt         (st_cnt),
    .m_last        (st_last),
    .m_drop        (st_drop),
    .m_len         (st_len),
    .m_hdr         (st_hdr),
    .m_queue       (st_queue),
    .m_cpl_valid   (m_cpl_valid),
    .m_cpl_ready   (m_cpl_ready),
    .m_cpl_queue   (m_cpl_queue),
    .m_cpl_head    (m_cpl_head),
    .m_cpl_len     (m_cpl_len),
    .m_cpl_eof     (m_cpl_eof),
    .m_cpl_more    (m_cpl_more),
    .m_rep_valid   (m_rep_valid),
    .m_rep_ready   (m_rep_ready),
    .m_rep_queue   (m_rep_queue),
    .m_rep_bytes   (m_rep_bytes),
    .m_rep_frame   (m_rep_frame),
    .m_rep_ndesc   (m_rep_ndesc),
    .m_rep_class   (m_rep_class),
    .m_rep_layout  (m_rep_layout),
    .m_rep_err     (m_rep_err),
    .m_rep_zero    (m_rep_zero)
  );

  wire              frm_valid;
  wire              frm_ready;
  wire [LEN_W-1:0]  frm_len;
  wire [8*HDR_MAX-1:0] frm_hdr;
  wire [Q_W-1:0]    frm_queue;
  wire              out_valid;
  wire              out_ready;
  wire [DATA_W-1:0] out_data;
  wire [CNT_W-1:0]  out_cnt;
  wire              out_last;

  vnet_frame_store #(
    .DATA_W(DATA_W),
    .LEN_W (LEN_W),
    .USER_W(8 * HDR_MAX + Q_W),
    .WORDS (WORDS),
    .FRAMES(FRAMES)
  ) u_store (
    .clk        (clk),
    .rst        (rst),
    .s_valid    (st_valid),
    .s_ready    (st_ready),
    .s_data     (st_data),
    .s_cnt      (st_cnt),
    .s_last     (st_last),
    .s_drop     (st_drop),
    .s_len      (st_len),
    .s_user     ({st_hdr, st_queue}),
    .m_frm_valid(frm_valid),
    .m_frm_ready(frm_ready),
    .m_frm_len  (frm_len),
    .m_frm_user ({frm_hdr, frm_queue}),
    .m_valid    (out_valid),
    .m_ready    (out_ready),
    .m_data     (out_data),
    .m_cnt      (out_cnt),
    .m_last     (out_last)
  );

  vnet_tx_emit #(
    .DATA_W (DATA_W),
    .Q_W    (Q_W),
    .HDR_MAX(HDR_MAX)
  ) u_emit (
    .clk             (clk),
    .rst             (rst),
    .s_frm_valid     (frm_valid),
    .s_frm_ready     (frm_ready),
    .s_frm_hdr       (frm_hdr),
    .s_frm_queue     (frm_queue),
    .s_valid         (out_valid),
    .s_ready         (out_ready),
    .s_data          (out_data),
    .s_cnt           (out_cnt),
    .s_last          (out_last),
    .m_axis_tx_tvalid(m_axis_tx_tvalid),
    .m_axis_tx_tready(m_axis_tx_tready),
    .m_axis_tx_tdata (m_axis_tx_tdata),
    .m_axis_tx_tkeep (m_axis_tx_tkeep),
    .m_axis_tx_tlast (m_axis_tx_tlast),
    .m_axis_tx_tdest (m_axis_tx_tdest),
    .m_axis_tx_tuser (m_axis_tx_tuser)
  );

  // Dense words begin at lane 0, and the end of a frame is marked in its words.
  wire unused_ok = &{1'b0, word_off, frm_len};

endmodule

`default_nettype wire
