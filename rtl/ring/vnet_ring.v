// vnet_ring: ring engine for all queues of one direction
// SPDX-License-Identifier: Apache-2.0
//
// Wires the three parts together: vnet_avail_fetch reads the available rings, vnet_desc_fetch walks
// the chains, vnet_used_write returns them. Each of them keeps its own copy of the queue contexts.
// The only logic is that queue errors of two parts leave by one port.
//
// Latency:       see the parts.
// Throughput:    see the parts.
// Back-pressure: see the parts; read responses have none.
// Errors:        queue errors as pulses: AVAIL_JUMP, HEAD_RANGE, AXI_RING.
// Spec:          virtio 1.4, "Split Virtqueues".
`default_nettype none

module vnet_ring #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W      = 64,
  // Queues of this direction.
  parameter integer NQ          = 1,
  // Chain slots of all queues, a power of two.
  parameter integer SLOTS       = 64,
  // Records per slot, a power of two, at least 2.
  parameter integer K           = 4,
  // Lines of the descriptor cache, a power of two.
  parameter integer LINES       = 64,
  // Most elements in a chain, 1..32768.
  parameter integer CHAIN_MAX   = 256,
  // Write jobs in flight, a power of two.
  parameter integer JOBS        = 64,
  // 1: elements must be device-writable (receive), 0: device-readable (transmit).
  parameter integer DIR_WRITE   = 0,
  // Width of an element length in bits.
  parameter integer LEN_W       = 20,
  // Derived: widths of a queue number and of a lane number. Do not set.
  parameter integer Q_W         = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer OFF_W       = $clog2(DATA_W / 8)
) (
  input  wire              clk,
  input  wire              rst,

  input  wire              ctx_wr,
  input  wire [Q_W-1:0]    ctx_queue,
  input  wire [63:0]       ctx_desc_addr,
  input  wire [63:0]       ctx_avail_addr,
  input  wire [63:0]       ctx_used_addr,
  input  wire [3:0]        ctx_size_log2,
  input  wire              cfg_event_idx,
  input  wire              cfg_indirect,
  // cfg_run: enabled and without a queue error; new chains are taken only then.
  input  wire [NQ-1:0]     cfg_enable,
  input  wire [NQ-1:0]     cfg_run,
  input  wire [NQ-1:0]     cfg_stop,
  input  wire [NQ-1:0]     kick,

  // Read clients; the response data are common.
  output wire              m_avail_req_valid,
  input  wire              m_avail_req_ready,
  output wire [63:0]       m_avail_req_addr,
  output wire [7:0]        m_avail_req_len,
  input  wire              s_avail_rsp_valid,
  output wire              m_desc_req_valid,
  input  wire              m_desc_req_ready,
  output wire [63:0]       m_desc_req_addr,
  output wire [7:0]        m_desc_req_len,
  input  wire              s_desc_rsp_valid,
  output wire              m_event_req_valid,
  input  wire              m_event_req_ready,
  output wire [63:0]       m_event_req_addr,
  output wire [7:0]        m_event_req_len,
  input  wire              s_event_rsp_valid,
  input  wire [DATA_W-1:0] s_rsp_data,
  input  wire              s_rsp_last,
  input  wire              s_rsp_err,

  // Write client.
  output wire              m_cmd_valid,
  input  wire              m_cmd_ready,
  output wire [63:0]       m_cmd_addr,
  output wire [LEN_W-1:0]  m_cmd_len,
  output wire [OFF_W-1:0]  m_cmd_off,
  output wire              m_cmd_eop,
  output wire              m_dat_valid,
  input  wire              m_dat_ready,
  output wire [DATA_W-1:0] m_dat_data,
  input  wire              s_done_valid,
  input  wire              s_done_err,

  // Chains and their records.
  output wire [NQ-1:0]     m_chain_ready,
  input  wire              s_take_valid,
  output wire              s_take_ready,
  input  wire [Q_W-1:0]    s_take_queue,
  output wire              m_rec_valid,
  input  wire              m_rec_ready,
  output wire [63:0]       m_rec_addr,
  output wire [LEN_W-1:0]  m_rec_len,
  output wire              m_rec_last,
  output wire [Q_W-1:0]    m_rec_queue,
  output wire [15:0]       m_rec_head,
  output wire [15:0]       m_rec_ndesc,
  output wire              m_rec_zero,
  output wire [4:0]        m_rec_err,

  // Completions.
  input  wire              s_cpl_valid,
  output wire              s_cpl_ready,
  input  wire [Q_W-1:0]    s_cpl_queue,
  input  wire [15:0]       s_cpl_head,
  input  wire [31:0]       s_cpl_len,
  input  wire              s_cpl_eof,
  input  wire              s_cpl_more,

  output wire [NQ-1:0]     irq_req,
  output wire [NQ-1:0]     sts_idle,
  output wire              qerr_valid,
  output wire [Q_W-1:0]    qerr_queue,
  output wire [4:0]        qerr_code
);

  wire             head_valid;
  wire             head_ready;
  wire [Q_W-1:0]   head_queue;
  wire [15:0]      head_pos;
  wire [15:0]      head_head;
  wire             slot_free_valid;
  wire [Q_W-1:0]   slot_free_queue;
  wire [16*NQ-1:0] known;
  wire             arm_valid;
  wire             arm_ready;
  wire [Q_W-1:0]   arm_queue;
  wire [15:0]      arm_idx;
  wire             arm_sleep;
  wire             armed_valid;
  wire [Q_W-1:0]   armed_queue;
  wire             armed_err;
  wire             cpl_taken_valid;
  wire [Q_W-1:0]   cpl_taken_queue;
  wire [NQ-1:0]    avail_idle;
  wire [NQ-1:0]    used_idle;
  wire             avail_qerr_valid;
  wire [Q_W-1:0]   avail_qerr_queue;
  wire [4:0]       avail_qerr_code;
  wire             used_qerr_valid;
  wire [Q_W-1:0]   used_qerr_queue;
  wire [4:0]       used_qerr_code;

  vnet_avail_fetch #(
    .DATA_W(DATA_W),
    .NQ    (NQ),
    .Q_W   (Q_W),
    .SLOTS (SLOTS)
  ) u_avail (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (ctx_wr),
    .ctx_queue      (ctx_queue),
    .ctx_desc_addr  (ctx_desc_addr),
    .ctx_avail_addr (ctx_avail_addr),
    .ctx_used_addr  (ctx_used_addr),
    .ctx_size_log2  (ctx_size_log2),
    .cfg_enable     (cfg_run),
    .cfg_stop       (cfg_stop),
    .kick           (kick),
    .m_req_valid    (m_avail_req_valid),
    .m_req_ready    (m_avail_req_ready),
    .m_req_addr     (m_avail_req_addr),
    .m_req_len      (m_avail_req_len),
    .s_rsp_valid    (s_avail_rsp_valid),
    .s_rsp_data     (s_rsp_data),
    .s_rsp_last     (s_rsp_last),
    .s_rsp_err      (s_rsp_err),
    .m_head_valid   (head_valid),
    .m_head_ready   (head_ready),
    .m_head_queue   (head_queue),
    .m_head_pos     (head_pos),
    .m_head_head    (head_head),
    .slot_free_valid(slot_free_valid),
    .slot_free_queue(slot_free_queue),
    .m_arm_valid    (arm_valid),
    .m_arm_ready    (arm_ready),
    .m_arm_queue    (arm_queue),
    .m_arm_idx      (arm_idx),
    .m_arm_sleep    (arm_sleep),
    .armed_valid    (armed_valid),
    .armed_queue    (armed_queue),
    .armed_err      (armed_err),
    .cpl_valid      (cpl_taken_valid),
    .cpl_queue      (cpl_taken_queue),
    .sts_known      (known),
    .sts_idle       (avail_idle),
    .qerr_valid     (avail_qerr_valid),
    .qerr_queue     (avail_qerr_queue),
    .qerr_code      (avail_qerr_code)
  );

  vnet_desc_fetch #(
    .DATA_W        (DATA_W),
    .NQ            (NQ),
    .Q_W           (Q_W),
    .SLOTS         (SLOTS),
    .K             (K),
    .LINES         (LINES),
    .CHAIN_MAX     (CHAIN_MAX),
    // A chain has at most one read in flight.
    .RD_OUTSTANDING(SLOTS),
    .DIR_WRITE     (DIR_WRITE),
    .LEN_W         (LEN_W)
  ) u_desc (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (ctx_wr),
    .ctx_queue      (ctx_queue),
    .ctx_desc_addr  (ctx_desc_addr),
    .ctx_avail_addr (ctx_avail_addr),
    .ctx_used_addr  (ctx_used_addr),
    .ctx_size_log2  (ctx_size_log2),
    .cfg_stop       (cfg_stop),
    .cfg_indirect   (cfg_indirect),
    .sts_known      (known),
    .s_head_valid   (head_valid),
    .s_head_ready   (head_ready),
    .s_head_queue   (head_queue),
    .s_head_pos     (head_pos),
    .s_head_head    (head_head),
    .m_req_valid    (m_desc_req_valid),
    .m_req_ready    (m_desc_req_ready),
    .m_req_addr     (m_desc_req_addr),
    .m_req_len      (m_desc_req_len),
    .s_rsp_valid    (s_desc_rsp_valid),
    .s_rsp_data     (s_rsp_data),
    .s_rsp_last     (s_rsp_last),
    .s_rsp_err      (s_rsp_err),
    .slot_free_valid(slot_free_valid),
    .slot_free_queue(slot_free_queue),
    .m_chain_ready  (m_chain_ready),
    .s_take_valid   (s_take_valid),
    .s_take_ready   (s_take_ready),
    .s_take_queue   (s_take_queue),
    .m_rec_valid    (m_rec_valid),
    .m_rec_ready    (m_rec_ready),
    .m_rec_addr     (m_rec_addr),
    .m_rec_len      (m_rec_len),
    .m_rec_last     (m_rec_last),
    .m_rec_queue    (m_rec_queue),
    .m_rec_head     (m_rec_head),
    .m_rec_ndesc    (m_rec_ndesc),
    .m_rec_zero     (m_rec_zero),
    .m_rec_err      (m_rec_err)
  );

  // Queues that share the bus fill their blocks of used entries more slowly.
  localparam integer USED_AGE_CYCLES = 64 * NQ;

  vnet_used_write #(
    .DATA_W    (DATA_W),
    .NQ        (NQ),
    .Q_W       (Q_W),
    .AGE_CYCLES(USED_AGE_CYCLES),
    .JOBS      (JOBS),
    .LEN_W     (LEN_W)
  ) u_used (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (ctx_wr),
    .ctx_queue      (ctx_queue),
    .ctx_desc_addr  (ctx_desc_addr),
    .ctx_avail_addr (ctx_avail_addr),
    .ctx_used_addr  (ctx_used_addr),
    .ctx_size_log2  (ctx_size_log2),
    .cfg_event_idx  (cfg_event_idx),
    .cfg_enable     (cfg_enable),
    .cfg_stop       (cfg_stop),
    .s_cpl_valid    (s_cpl_valid),
    .s_cpl_ready    (s_cpl_ready),
    .s_cpl_queue    (s_cpl_queue),
    .s_cpl_head     (s_cpl_head),
    .s_cpl_len      (s_cpl_len),
    .s_cpl_eof      (s_cpl_eof),
    .s_cpl_more     (s_cpl_more),
    .cpl_taken_valid(cpl_taken_valid),
    .cpl_taken_queue(cpl_taken_queue),
    .s_arm_valid    (arm_valid),
    .s_arm_ready    (arm_ready),
    .s_arm_queue    (arm_queue),
    .s_arm_idx      (arm_idx),
    .s_arm_sleep    (arm_sleep),
    .armed_valid    (armed_valid),
    .armed_queue    (armed_queue),
    .armed_err      (armed_err),
    .m_cmd_valid    (m_cmd_valid),
    .m_cmd_ready    (m_cmd_ready),
    .m_cmd_addr     (m_cmd_addr),
    .m_cmd_len      (m_cmd_len),
    .m_cmd_off      (m_cmd_off),
    .m_cmd_eop      (m_cmd_eop),
    .m_dat_valid    (m_dat_valid),
    .m_dat_ready    (m_dat_ready),
    .m_dat_data     (m_dat_data),
    .s_done_valid   (s_done_valid),
    .s_done_err     (s_done_err),
    .m_req_valid    (m_event_req_valid),
    .m_req_ready    (m_event_req_ready),
    .m_req_addr     (m_event_req_addr),
    .m_req_len      (m_event_req_len),
    .s_rsp_valid    (s_event_rsp_valid),
    .s_rsp_data     (s_rsp_data),
    .s_rsp_last     (s_rsp_last),
    .s_rsp_err      (s_rsp_err),
    .irq_req        (irq_req),
    .qerr_valid     (used_qerr_valid),
    .qerr_queue     (used_qerr_queue),
    .qerr_code      (used_qerr_code),
    .sts_idle       (used_idle)
  );

  assign sts_idle = avail_idle & used_idle;

  // Errors of the used ring wait here when one of the available ring comes in the same cycle. A
  // queue sends at most one until it is reset, so there is always room.
  wire           fifo_s_ready;
  wire           fifo_valid;
  wire [Q_W-1:0] fifo_queue;
  wire [4:0]     fifo_code;
  wire [4:0]     fifo_level;

  vnet_fifo #(
    .W    (Q_W + 5),
    .DEPTH(16)
  ) u_used_errors (
    .clk    (clk),
    .rst    (rst),
    .s_valid(used_qerr_valid),
    .s_ready(fifo_s_ready),
    .s_data ({used_qerr_queue, used_qerr_code}),
    .m_valid(fifo_valid),
    .m_ready(!avail_qerr_valid),
    .m_data ({fifo_queue, fifo_code}),
    .level  (fifo_level)
  );

  assign qerr_valid = avail_qerr_valid || fifo_valid;
  assign qerr_queue = avail_qerr_valid ? avail_qerr_queue : fifo_queue;
  assign qerr_code  = avail_qerr_valid ? avail_qerr_code : fifo_code;

  wire unused_ok = &{1'b0, fifo_s_ready, fifo_level};  // never full, see above

endmodule

`default_nettype wire
