// vnet_rx: receive path, from frames of the MAC to write commands
// SPDX-License-Identifier: Apache-2.0
//
//   s_axis_rx -> rx_intake -> frame_store --words--> hdr_insert -> realign -> data for the engine
//                    |  |          \ frames              ^ plan per frame
//                    |  \- let in   v                    |
//                    |    rx_stale -+                    |
//                    |   records -> rx_place ------------+
//                    |              | plan per chain
//                    \- events -> rx_scatter -> commands of the write engine; completions, reports
//
// Wiring only.
//
// Latency:       about 11 cycles from the last beat of a frame to the first write command.
// Throughput:    1 record and 1 bus word per cycle, 1 frame per 2 cycles.
// Back-pressure: registered on all sides; s_rec_ready is constantly 1.
// Errors:        see docs/architecture.md, section 6: codes 8, 10, 13, 24 to 28, and those of the
//                ring engine.
// Spec:          virtio 1.4, "Network Device / Device Operation".
`default_nettype none

module vnet_rx #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W         = 64,
  // Queues, 1, 2, 4 or 8.
  parameter integer NQ             = 1,
  // Longest frame in bytes, without header, 64..65535. Costs frame memory.
  parameter integer FRAME_MAX      = 9216,
  // Most elements in a chain, 1..65535. Costs record memory: eight times as many records per queue.
  parameter integer CHAIN_MAX      = 256,
  // Write bursts in flight, a power of two.
  parameter integer WR_OUTSTANDING = 64,
  // 1: refuse chains whose header is not alone in the first element although no any-layout right
  // was negotiated.
  parameter integer STRICT_LAYOUT  = 0,
  // Derived: width of a queue number and of a lane number. Do not set.
  parameter integer Q_W            = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer OFF_W          = $clog2(DATA_W / 8)
) (
  input  wire                clk,
  input  wire                rst,

  input  wire [5:0]          cfg_hdr_len,
  input  wire                cfg_any_layout,
  input  wire                cfg_mrg_rxbuf,
  input  wire [NQ-1:0]       cfg_enable,
  input  wire [NQ-1:0]       cfg_stop,
  input  wire [31:0]         cfg_rx_wait,
  // Longest frame the driver wants to see.
  input  wire [16:0]         cfg_rx_max,

  // Frames from the MAC.
  input  wire                s_axis_rx_tvalid,
  output wire                s_axis_rx_tready,
  input  wire [DATA_W-1:0]   s_axis_rx_tdata,
  input  wire [DATA_W/8-1:0] s_axis_rx_tkeep,
  input  wire                s_axis_rx_tlast,
  input  wire [7:0]          s_axis_rx_tdest,
  input  wire                s_axis_rx_tuser,

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

  // Write client.
  output wire                m_cmd_valid,
  input  wire                m_cmd_ready,
  output wire [63:0]         m_cmd_addr,
  output wire [19:0]         m_cmd_len,
  output wire [OFF_W-1:0]    m_cmd_off,
  output wire                m_cmd_eop,
  output wire                m_dat_valid,
  input  wire                m_dat_ready,
  output wire [DATA_W-1:0]   m_dat_data,
  input  wire                s_done_valid,
  input  wire                s_done_err,

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
  output wire [7:0]          m_rep_zero
);

  vnet_param_check #(
    .OK((FRAME_MAX >= 64) && (FRAME_MAX <= 65535))
  ) u_frame_max_must_be_64_to_65535 ();

  localparam integer LEN_W   = 20;
  localparam integer CNT_W   = OFF_W + 1;
  // Room for two of the longest frames: one is written while another leaves.
  localparam integer WORDS   = 1 << $clog2(2 * (FRAME_MAX / (DATA_W / 8) + 1));
  // Short frames take a word each at the widest bus.
  localparam integer FRAMES  = (WORDS < 256) ? WORDS : 256;
  // A take reserves CHAIN_MAX records until its chain is here, about 9 cycles later; 7 takes at a
  // time and what is stored already keep one chain per 2 cycles flowing.
  localparam integer RECORDS = (CHAIN_MAX < 8) ? 64 : 8 * (1 << $clog2(CHAIN_MAX));
  localparam integer REC_W   = $clog2(RECORDS);
  localparam integer CHAINS  = 64;
  localparam integer CMDS    = (WR_OUTSTANDING < 8) ? 16 : 2 * WR_OUTSTANDING;

  wire              in_valid;
  wire              in_ready;
  wire [DATA_W-1:0] in_data;
  wire [CNT_W-1:0]  in_cnt;
  wire              in_last;
  wire              in_drop;
  wire [LEN_W-1:0]  in_len;
  wire [Q_W-1:0]    in_queue;
  wire              evt_valid;
  wire              evt_ready;
  wire [Q_W-1:0]    evt_queue;
  wire [4:0]        evt_code;
  wire              acc_valid;
  wire [Q_W-1:0]    acc_queue;

  vnet_rx_intake #(
    .DATA_W   (DATA_W),
    .NQ       (NQ),
    .LEN_W    (LEN_W),
    .FRAME_MAX(FRAME_MAX),
    .WORDS    (WORDS)
  ) u_intake (
    .clk             (clk),
    .rst             (rst),
    .cfg_enable      (cfg_enable),
    .cfg_rx_max      (cfg_rx_max),
    .s_axis_rx_tvalid(s_axis_rx_tvalid),
    .s_axis_rx_tready(s_axis_rx_tready),
    .s_axis_rx_tdata (s_axis_rx_tdata),
    .s_axis_rx_tkeep (s_axis_rx_tkeep),
    .s_axis_rx_tlast (s_axis_rx_tlast),
    .s_axis_rx_tdest (s_axis_rx_tdest),
    .s_axis_rx_tuser (s_axis_rx_tuser),
    .m_valid         (in_valid),
    .m_ready         (in_ready),
    .m_data          (in_data),
    .m_cnt           (in_cnt),
    .m_last          (in_last),
    .m_drop          (in_drop),
    .m_len           (in_len),
    .m_queue         (in_queue),
    .m_acc_valid     (acc_valid),
    .m_acc_queue     (acc_queue),
    .m_evt_valid     (evt_valid),
    .m_evt_ready     (evt_ready),
    .m_evt_queue     (evt_queue),
    .m_evt_code      (evt_code)
  );

  wire              frm_valid;
  wire              frm_ready;
  wire [LEN_W-1:0]  frm_len;
  wire [Q_W-1:0]    frm_queue;
  wire              st_valid;
  wire              st_ready;
  wire [DATA_W-1:0] st_data;
  wire [CNT_W-1:0]  st_cnt;
  wire              st_last;

  vnet_frame_store #(
    .DATA_W(DATA_W),
    .LEN_W (LEN_W),
    .USER_W(Q_W),
    .WORDS (WORDS),
    .FRAMES(FRAMES)
  ) u_store (
    .clk        (clk),
    .rst        (rst),
    .s_valid    (in_valid),
    .s_ready    (in_ready),
    .s_data     (in_data),
    .s_cnt      (in_cnt),
    .s_last     (in_last),
    .s_drop     (in_drop),
    .s_len      (in_len),
    .s_user     (in_queue),
    .m_frm_valid(frm_valid),
    .m_frm_ready(frm_ready),
    .m_frm_len  (frm_len),
    .m_frm_user (frm_queue),
    .m_valid    (st_valid),
    .m_ready    (st_ready),
    .m_data     (st_data),
    .m_cnt      (st_cnt),
    .m_last     (st_last)
  );

  wire              frm_stale;

  // The store holds FRAMES; a few more are on their way to it and from it.
  vnet_rx_stale #(
    .NQ    (NQ),
    .FRAMES(2 * FRAMES)
  ) u_stale (
    .clk        (clk),
    .rst        (rst),
    .cfg_enable (cfg_enable),
    .cfg_stop   (cfg_stop),
    .s_acc_valid(acc_valid),
    .s_acc_queue(acc_queue),
    .s_frm_queue(frm_queue),
    .s_frm_taken(frm_valid && frm_ready),
    .m_frm_stale(frm_stale)
  );

  wire              frame_valid;
  wire              frame_ready;
  wire              frame_discard;
  wire [15:0]       frame_buffers;
  wire              plan_valid;
  wire              plan_ready;
  wire              plan_chain;
  wire [Q_W-1:0]    plan_queue;
  wire [15:0]       plan_head;
  wire [REC_W-1:0]  plan_start;
  wire [REC_W:0]    plan_nrec;
  wire [LEN_W-1:0]  plan_len;
  wire              plan_first;
  wire              plan_eof;
  wire [LEN_W-1:0]  plan_bytes;
  wire [15:0]       plan_ndesc;
  wire [1:0]        plan_class;
  wire              plan_layout;
  wire [4:0]        plan_err;
  wire [7:0]        plan_zero;
  wire              rd_en;
  wire [Q_W-1:0]    rd_queue;
  wire [REC_W-1:0]  rd_pos;
  wire [63:0]       rd_addr;
  wire [LEN_W-1:0]  rd_len;
  wire              free_valid;
  wire [Q_W-1:0]    free_queue;
  wire [REC_W:0]    free_nrec;

  vnet_rx_place #(
    .NQ           (NQ),
    .LEN_W        (LEN_W),
    .CHAIN_MAX    (CHAIN_MAX),
    .RECORDS      (RECORDS),
    .CHAINS       (CHAINS),
    .STRICT_LAYOUT(STRICT_LAYOUT)
  ) u_place (
    .clk            (clk),
    .rst            (rst),
    .cfg_hdr_len    (cfg_hdr_len),
    .cfg_any_layout (cfg_any_layout),
    .cfg_mrg_rxbuf  (cfg_mrg_rxbuf),
    .cfg_enable     (cfg_enable),
    .cfg_stop       (cfg_stop),
    .cfg_rx_wait    (cfg_rx_wait),
    .s_chain_ready  (s_chain_ready),
    .m_take_valid   (m_take_valid),
    .m_take_ready   (m_take_ready),
    .m_take_queue   (m_take_queue),
    .s_rec_valid    (s_rec_valid),
    .s_rec_ready    (s_rec_ready),
    .s_rec_addr     (s_rec_addr),
    .s_rec_len      (s_rec_len),
    .s_rec_last     (s_rec_last),
    .s_rec_queue    (s_rec_queue),
    .s_rec_head     (s_rec_head),
    .s_rec_ndesc    (s_rec_ndesc),
    .s_rec_zero     (s_rec_zero),
    .s_rec_err      (s_rec_err),
    .s_frm_valid    (frm_valid),
    .s_frm_ready    (frm_ready),
    .s_frm_len      (frm_len),
    .s_frm_queue    (frm_queue),
    .s_frm_stale    (frm_stale),
    .m_frame_valid  (frame_valid),
    .m_frame_ready  (frame_ready),
    .m_frame_discard(frame_discard),
    .m_frame_buffers(frame_buffers),
    .m_plan_valid   (plan_valid),
    .m_plan_ready   (plan_ready),
    .m_plan_chain   (plan_chain),
    .m_plan_queue   (plan_queue),
    .m_plan_head    (plan_head),
    .m_plan_start   (plan_start),
    .m_plan_nrec    (plan_nrec),
    .m_plan_len     (plan_len),
    .m_plan_first   (plan_first),
    .m_plan_eof     (plan_eof),
    .m_plan_bytes   (plan_bytes),
    .m_plan_ndesc   (plan_ndesc),
    .m_plan_class   (plan_class),
    .m_plan_layout  (plan_layout),
    .m_plan_err     (plan_err),
    .m_plan_zero    (plan_zero),
    .s_rd_en        (rd_en),
    .s_rd_queue     (rd_queue),
    .s_rd_pos       (rd_pos),
    .m_rd_addr      (rd_addr),
    .m_rd_len       (rd_len),
    .s_free_valid   (free_valid),
    .s_free_queue   (free_queue),
    .s_free_nrec    (free_nrec)
  );

  wire              win_valid;
  wire              win_ready;
  wire [DATA_W-1:0] win_data;
  wire [CNT_W-1:0]  win_cnt;
  wire              win_last;

  vnet_hdr_insert #(
    .DATA_W(DATA_W)
  ) u_hdr_insert (
    .clk           (clk),
    .rst           (rst),
    .cfg_hdr_len   (cfg_hdr_len),
    .s_plan_valid  (frame_valid),
    .s_plan_ready  (frame_ready),
    .s_plan_discard(frame_discard),
    .s_plan_buffers(frame_buffers),
    .s_plan_hdr    (256'd0),
    .s_valid       (st_valid),
    .s_ready       (st_ready),
    .s_data        (st_data),
    .s_cnt         (st_cnt),
    .s_last        (st_last),
    .m_valid       (win_valid),
    .m_ready       (win_ready),
    .m_data        (win_data),
    .m_cnt         (win_cnt),
    .m_last        (win_last)
  );

  wire [OFF_W-1:0]  dat_off;
  wire [CNT_W-1:0]  dat_cnt;
  wire              dat_last;
  wire [4:0]        dat_err;

  vnet_realign #(
    .DATA_W(DATA_W)
  ) u_realign (
    .clk    (clk),
    .rst    (rst),
    .s_valid(win_valid),
    .s_ready(win_ready),
    .s_data (win_data),
    .s_off  ({OFF_W{1'b0}}),
    .s_cnt  (win_cnt),
    .s_start({OFF_W{1'b0}}),
    .s_last (win_last),
    .s_err  (5'd0),
    .m_valid(m_dat_valid),
    .m_ready(m_dat_ready),
    .m_data (m_dat_data),
    .m_off  (dat_off),
    .m_cnt  (dat_cnt),
    .m_last (dat_last),
    .m_err  (dat_err)
  );

  vnet_rx_scatter #(
    .DATA_W(DATA_W),
    .NQ    (NQ),
    .LEN_W (LEN_W),
    .REC_W (REC_W),
    .CMDS  (CMDS)
  ) u_scatter (
    .clk          (clk),
    .rst          (rst),
    .s_plan_valid (plan_valid),
    .s_plan_ready (plan_ready),
    .s_plan_chain (plan_chain),
    .s_plan_queue (plan_queue),
    .s_plan_head  (plan_head),
    .s_plan_start (plan_start),
    .s_plan_nrec  (plan_nrec),
    .s_plan_len   (plan_len),
    .s_plan_first (plan_first),
    .s_plan_eof   (plan_eof),
    .s_plan_bytes (plan_bytes),
    .s_plan_ndesc (plan_ndesc),
    .s_plan_class (plan_class),
    .s_plan_layout(plan_layout),
    .s_plan_err   (plan_err),
    .s_plan_zero  (plan_zero),
    .m_rd_en      (rd_en),
    .m_rd_queue   (rd_queue),
    .m_rd_pos     (rd_pos),
    .s_rd_addr    (rd_addr),
    .s_rd_len     (rd_len),
    .m_free_valid (free_valid),
    .m_free_queue (free_queue),
    .m_free_nrec  (free_nrec),
    .s_evt_valid  (evt_valid),
    .s_evt_ready  (evt_ready),
    .s_evt_queue  (evt_queue),
    .s_evt_code   (evt_code),
    .m_cmd_valid  (m_cmd_valid),
    .m_cmd_ready  (m_cmd_ready),
    .m_cmd_addr   (m_cmd_addr),
    .m_cmd_len    (m_cmd_len),
    .m_cmd_off    (m_cmd_off),
    .m_cmd_eop    (m_cmd_eop),
    .s_done_valid (s_done_valid),
    .s_done_err   (s_done_err),
    .m_cpl_valid  (m_cpl_valid),
    .m_cpl_ready  (m_cpl_ready),
    .m_cpl_queue  (m_cpl_queue),
    .m_cpl_head   (m_cpl_head),
    .m_cpl_len    (m_cpl_len),
    .m_cpl_eof    (m_cpl_eof),
    .m_cpl_more   (m_cpl_more),
    .m_rep_valid  (m_rep_valid),
    .m_rep_ready  (m_rep_ready),
    .m_rep_queue  (m_rep_queue),
    .m_rep_bytes  (m_rep_bytes),
    .m_rep_frame  (m_rep_frame),
    .m_rep_ndesc  (m_rep_ndesc),
    .m_rep_class  (m_rep_class),
    .m_rep_layout (m_rep_layout),
    .m_rep_err    (m_rep_err),
    .m_rep_zero   (m_rep_zero)
  );

  // Lengths and ends are in the commands; the stream of the realigner is dense from lane 0.
  wire unused_ok = &{1'b0, dat_off, dat_cnt, dat_last, dat_err};

endmodule

`default_nettype wire
