// vnet_desc_fetch: turns heads of chains into buffer records, many chains at once
// SPDX-License-Identifier: Apache-2.0
//
// Wrapper of the token loop. A token is a chain on its walk; it carries all that is known about the
// chain but for the indirect table it is in, which is kept per slot. So any number of chains (one
// per slot) can be under way. Every FIFO of tokens has a place for each slot, and the walk never
// waits for anybody, so the loop cannot block itself.
//
//   heads --> vnet_desc_issue --> requests --> bus --> vnet_desc_line --+
//               ^  ^  |  tags: vnet_desc_cache                           v
//               |  |  +------> waiting FIFO ---------------------> vnet_desc_walk
//               |  |                                                |         |
//               |  +---- continue FIFO, state and table memory <----+         v
//               +------- vnet_chain_blocks <------------------------ vnet_chain_slots --> records
//
// Latency:       14 cycles and the memory's from a head to chain_ready (one descriptor). Heads wait
//                as many cycles as there are slots after reset.
// Throughput:    1 descriptor per cycle.
// Back-pressure: heads wait while tokens that have begun are served; requests wait for m_req_ready.
//                A chain whose records are not taken keeps its slot and stops nothing else.
// Errors:        1 to 7 and 12 (docs/architecture.md) end the chain with a record of length 0.
// Spec:          virtio 1.4, Split Virtqueues, The Virtqueue Descriptor Table.
`default_nettype none

module vnet_desc_fetch #(
  // Bus width: 64, 128, 256, 512.
  parameter integer DATA_W         = 512,
  // Queues of this direction.
  parameter integer NQ             = 4,
  // Width of a queue number, max(1, log2 NQ).
  parameter integer Q_W            = 2,
  // Chain slots of all queues, at least 2 per queue; a queue gets SLOTS / NQ, rounded down to a
  // power of two.
  parameter integer SLOTS          = 256,
  // Records per slot, a power of two, at least 2. Longer chains share SLOTS spare blocks of K.
  parameter integer K              = 4,
  // Cache lines (one bus word each), a power of two.
  parameter integer LINES          = 64,
  // Most elements of a chain, 1..32768.
  parameter integer CHAIN_MAX      = 256,
  // Descriptor reads in flight, a power of two, at least 4.
  parameter integer RD_OUTSTANDING = 128,
  // 1: elements must be device-writable (receive), 0: device-readable (transmit).
  parameter integer DIR_WRITE      = 0,
  // Width of an element length; longer ones are given as the largest value.
  parameter integer LEN_W          = 20
) (
  input  wire              clk,
  input  wire              rst,

  input  wire              ctx_wr,
  input  wire [Q_W-1:0]    ctx_queue,
  input  wire [63:0]       ctx_desc_addr,
  input  wire [63:0]       ctx_avail_addr,
  input  wire [63:0]       ctx_used_addr,
  input  wire [3:0]        ctx_size_log2,

  input  wire [NQ-1:0]     cfg_stop,
  input  wire              cfg_indirect,
  // Available index known, 16 bits per queue.
  input  wire [16*NQ-1:0]  sts_known,

  input  wire              s_head_valid,
  output wire              s_head_ready,
  input  wire [Q_W-1:0]    s_head_queue,
  input  wire [15:0]       s_head_pos,
  input  wire [15:0]       s_head_head,

  // Read client.
  output wire              m_req_valid,
  input  wire              m_req_ready,
  output wire [63:0]       m_req_addr,
  output wire [7:0]        m_req_len,
  input  wire              s_rsp_valid,
  input  wire [DATA_W-1:0] s_rsp_data,
  input  wire              s_rsp_last,
  input  wire              s_rsp_err,

  output wire              slot_free_valid,
  output wire [Q_W-1:0]    slot_free_queue,

  // The oldest chain of the queue can be taken. In the cycle after a take it speaks of the next
  // chain.
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
  output wire [4:0]        m_rec_err
);

  localparam integer SLOT_LOG2  = $clog2((SLOTS / NQ) + 1) - 1;
  localparam integer SLOT_W     = SLOT_LOG2 + ((NQ < 2) ? 0 : Q_W);
  localparam integer SLOT_N     = 1 << SLOT_W;
  localparam integer K_LOG2     = $clog2(K);
  localparam integer CNT_MIN    = $clog2(CHAIN_MAX + 1);
  localparam integer CNT_W      = (CNT_MIN > K_LOG2) ? CNT_MIN : K_LOG2 + 1;
  localparam integer TOKEN_W    = Q_W + CNT_W + 49;
  localparam integer STATE_W    = TOKEN_W - 16;
  localparam integer LINE_LOG2  = (DATA_W < 128) ? 4 : $clog2(DATA_W / 8);
  localparam integer LINE_W     = 8 << LINE_LOG2;
  localparam integer LINES_LOG2 = $clog2(LINES);
  localparam integer WAIT_W     = 10 + LINES_LOG2 + TOKEN_W;
  localparam integer REC_W      = 64 + LEN_W + 23;

  vnet_param_check #(.OK((DATA_W == 64) || (DATA_W == 128) || (DATA_W == 256) || (DATA_W == 512)))
    u_data_w_must_be_64_128_256_or_512 ();
  vnet_param_check #(.OK(SLOTS >= 2 * NQ)) u_every_queue_needs_two_slots ();
  vnet_param_check #(.OK((RD_OUTSTANDING >= 4) && ((RD_OUTSTANDING & (RD_OUTSTANDING - 1)) == 0)))
    u_rd_outstanding_must_be_a_power_of_two ();

  wire                  head_ok;
  wire                  issue_head_ready;
  wire                  evt_head;
  wire [Q_W-1:0]        head_queue;
  wire [15:0]           head_pos;
  wire [15:0]           head_head;

  wire                  go_valid;
  wire                  go_ready;
  wire [SLOT_W-1:0]     go_slot;
  wire                  cont_valid;
  wire                  cont_ready;
  wire [SLOT_W-1:0]     cont_slot;

  wire                  state_wr;
  wire [SLOT_W-1:0]     state_wr_slot;
  wire [STATE_W-1:0]    state_wr_token;
  wire                  cont_wr;
  wire                  state_rd_en;
  wire [SLOT_W-1:0]     state_rd_slot;
  wire [STATE_W-1:0]    state_rd_token;
  wire                  table_wr;
  wire [79:0]           table_wr_data;
  wire [79:0]           table_rd_data;

  wire [Q_W-1:0]        lookup_queue;
  wire [63-LINE_LOG2:0] lookup_line;
  wire [15:0]           lookup_pos;
  wire [15:0]           lookup_stamp;
  wire                  lookup_en;
  wire                  lookup_wait;
  wire                  answer_hit;
  wire [LINES_LOG2-1:0] answer_index;
  wire                  answer_take;
  wire                  cache_flush;
  reg                   stop_flush_q;
  reg  [NQ-1:0]         stop_q;

  wire                  evt_request;
  wire                  request_start;

  wire                  wait_in_valid;
  wire                  wait_in_ready;
  wire [WAIT_W-1:0]     wait_in_data;
  wire                  wait_valid;
  wire                  wait_ready;
  wire [WAIT_W-1:0]     wait_data;
  wire [SLOT_W:0]       wait_level;

  wire                  line_valid;
  wire                  line_ready;
  wire [LINE_W-1:0]     line_data;
  wire                  line_err;

  wire                  cache_wr;
  wire [LINES_LOG2-1:0] cache_index;
  wire [LINE_W:0]       cache_wr_data;
  wire [LINE_W:0]       cache_rd_data;

  wire                  rec_wr;
  wire [SLOT_W-1:0]     rec_slot;
  wire [SLOT_W:0]       rec_block;
  wire [K_LOG2-1:0]     rec_k;
  wire [REC_W-1:0]      rec_data;
  wire                  rec_done;
  wire                  rec_end;
  wire [15:0]           rec_blocks;

  wire                  free_valid;
  wire [SLOT_W-1:0]     free_block;
  wire                  read_wait_valid;
  wire [SLOT_W-1:0]     read_wait_slot;
  wire                  starving;
  wire [SLOT_W-1:0]     last_slot;
  wire [SLOT_W-1:0]     last_block;
  wire [SLOT_W:0]       link_block;
  wire [SLOT_W-1:0]     link_next;

  assign s_head_ready = issue_head_ready && head_ok;

  vnet_desc_issue #(
    .DATA_W        (DATA_W),
    .NQ            (NQ),
    .Q_W           (Q_W),
    .SLOT_W        (SLOT_W),
    .LINES         (LINES),
    .RD_OUTSTANDING(RD_OUTSTANDING),
    .CNT_W         (CNT_W)
  ) u_issue (
    .clk           (clk),
    .rst           (rst),
    .ctx_wr        (ctx_wr),
    .ctx_queue     (ctx_queue),
    .ctx_desc_addr (ctx_desc_addr),
    .ctx_avail_addr(ctx_avail_addr),
    .ctx_used_addr (ctx_used_addr),
    .ctx_size_log2 (ctx_size_log2),
    .cfg_stop      (cfg_stop),
    .sts_known     (sts_known),
    .s_head_valid  (s_head_valid && head_ok),
    .s_head_ready  (issue_head_ready),
    .s_head_queue  (s_head_queue),
    .s_head_pos    (s_head_pos),
    .s_head_head   (s_head_head),
    .evt_head      (evt_head),
    .head_queue    (head_queue),
    .head_pos      (head_pos),
    .head_head     (head_head),
    .s_go_valid    (go_valid),
    .s_go_ready    (go_ready),
    .s_go_slot     (go_slot),
    .s_cont_valid  (cont_valid),
    .s_cont_ready  (cont_ready),
    .s_cont_slot   (cont_slot),
    .state_rd_en   (state_rd_en),
    .state_rd_slot (state_rd_slot),
    .state_rd_token(state_rd_token),
    .table_rd_data (table_rd_data),
    .lookup_queue  (lookup_queue),
    .lookup_line   (lookup_line),
    .lookup_pos    (lookup_pos),
    .lookup_stamp  (lookup_stamp),
    .lookup_en     (lookup_en),
    .lookup_wait   (lookup_wait),
    .answer_hit    (answer_hit),
    .answer_index  (answer_index),
    .answer_take   (answer_take),
    .cache_flush   (cache_flush),
    .m_req_valid   (m_req_valid),
    .m_req_ready   (m_req_ready),
    .m_req_addr    (m_req_addr),
    .m_req_len     (m_req_len),
    .evt_request   (evt_request),
    .request_start (request_start),
    .evt_line_taken(line_valid && line_ready),
    .m_wait_valid  (wait_in_valid),
    .m_wait_data   (wait_in_data)
  );

  // Tokens on their way back to vnet_desc_issue: the slot in the FIFO, the token in the memory.
  wire              cont_in_ready;
  wire [SLOT_W:0]   cont_level;

  vnet_fifo #(
    .W    (SLOT_W),
    .DEPTH(SLOT_N)
  ) u_cont (
    .clk    (clk),
    .rst    (rst),
    .s_valid(cont_wr),
    .s_ready(cont_in_ready),
    .s_data (state_wr_slot),
    .m_valid(cont_valid),
    .m_ready(cont_ready),
    .m_data (cont_slot),
    .level  (cont_level)
  );

  vnet_ram #(
    .W    (80),
    .DEPTH(SLOT_N)
  ) u_table (
    .clk    (clk),
    .wr_en  (table_wr),
    .wr_addr(state_wr_slot),
    .wr_data(table_wr_data),
    .rd_en  (state_rd_en),
    .rd_addr(state_rd_slot),
    .rd_data(table_rd_data)
  );

  vnet_ram #(
    .W    (STATE_W),
    .DEPTH(SLOT_N)
  ) u_state (
    .clk    (clk),
    .wr_en  (state_wr),
    .wr_addr(state_wr_slot),
    .wr_data(state_wr_token),
    .rd_en  (state_rd_en),
    .rd_addr(state_rd_slot),
    .rd_data(state_rd_token)
  );

  // A queue that starts again counts positions from 0, so no line of its former life may stay.
  always @(posedge clk) begin
    stop_q       <= cfg_stop;
    stop_flush_q <= (stop_q & ~cfg_stop) != {NQ{1'b0}};
    if (rst) begin
      stop_q       <= {NQ{1'b0}};
      stop_flush_q <= 1'b0;
    end
  end

  vnet_desc_cache #(
    .LINE_ADDR_W(64 - LINE_LOG2),
    .LINE_DATA_W(LINE_W + 1),
    .Q_W        (Q_W),
    .LINES      (LINES)
  ) u_cache (
    .clk         (clk),
    .rst         (rst),
    .flush       (cache_flush || stop_flush_q),
    // A single queue needs no place in the tags.
    .lookup_queue((NQ < 2) ? {Q_W{1'b0}} : lookup_queue),
    .lookup_line (lookup_line),
    .lookup_pos  (lookup_pos),
    .lookup_stamp(lookup_stamp),
    .lookup_en   (lookup_en),
    .lookup_wait (lookup_wait),
    .answer_hit  (answer_hit),
    .answer_index(answer_index),
    .answer_take (answer_take),
    .dw_en       (cache_wr),
    .dw_index    (cache_index),
    .dw_data     (cache_wr_data),
    .dr_index    (cache_index),
    .dr_data     (cache_rd_data)
  );

  vnet_fifo_deep #(
    .W    (WAIT_W),
    .DEPTH(SLOT_N)
  ) u_wait (
    .clk    (clk),
    .rst    (rst),
    .s_valid(wait_in_valid),
    .s_ready(wait_in_ready),
    .s_data (wait_in_data),
    .m_valid(wait_valid),
    .m_ready(wait_ready),
    .m_data (wait_data),
    .level  (wait_level)
  );

  vnet_desc_line #(
    .DATA_W        (DATA_W),
    .RD_OUTSTANDING(RD_OUTSTANDING)
  ) u_line (
    .clk          (clk),
    .rst          (rst),
    .evt_request  (evt_request),
    .request_start(request_start),
    .s_rsp_valid  (s_rsp_valid),
    .s_rsp_data   (s_rsp_data),
    .s_rsp_last   (s_rsp_last),
    .s_rsp_err    (s_rsp_err),
    .m_line_valid (line_valid),
    .m_line_ready (line_ready),
    .m_line_data  (line_data),
    .m_line_err   (line_err)
  );

  vnet_desc_walk #(
    .DATA_W   (DATA_W),
    .NQ       (NQ),
    .Q_W      (Q_W),
    .SLOT_W   (SLOT_W),
    .SLOT_LOG2(SLOT_LOG2),
    .K        (K),
    .LINES    (LINES),
    .CHAIN_MAX(CHAIN_MAX),
    .DIR_WRITE(DIR_WRITE),
    .LEN_W    (LEN_W)
  ) u_walk (
    .clk           (clk),
    .rst           (rst),
    .ctx_wr        (ctx_wr),
    .ctx_queue     (ctx_queue),
    .ctx_desc_addr (ctx_desc_addr),
    .ctx_avail_addr(ctx_avail_addr),
    .ctx_used_addr (ctx_used_addr),
    .ctx_size_log2 (ctx_size_log2),
    .cfg_stop      (cfg_stop),
    .cfg_indirect  (cfg_indirect),
    .s_wait_valid  (wait_valid),
    .s_wait_ready  (wait_ready),
    .s_wait_data   (wait_data),
    .s_line_valid  (line_valid),
    .s_line_ready  (line_ready),
    .s_line_data   (line_data),
    .s_line_err    (line_err),
    .cache_wr      (cache_wr),
    .cache_index   (cache_index),
    .cache_wr_data (cache_wr_data),
    .cache_rd_data (cache_rd_data),
    .last_slot     (last_slot),
    .last_block    (last_block),
    .rec_wr        (rec_wr),
    .rec_slot      (rec_slot),
    .rec_block     (rec_block),
    .rec_k         (rec_k),
    .rec_data      (rec_data),
    .rec_done      (rec_done),
    .rec_end       (rec_end),
    .rec_blocks    (rec_blocks),
    .state_wr      (state_wr),
    .state_wr_slot (state_wr_slot),
    .state_wr_token(state_wr_token),
    .cont_wr       (cont_wr),
    .table_wr      (table_wr),
    .table_wr_data (table_wr_data)
  );

  vnet_chain_blocks #(
    .SLOT_W(SLOT_W)
  ) u_blocks (
    .clk       (clk),
    .rst       (rst),
    .s_need    (rec_wr && rec_done && !rec_end),
    .need_slot (rec_slot),
    .need_block(rec_block),
    .m_go_valid(go_valid),
    .m_go_ready(go_ready),
    .m_go_slot (go_slot),
    .free_valid(free_valid),
    .free_block(free_block),
    .wait_valid(read_wait_valid),
    .wait_slot (read_wait_slot),
    .starving  (starving),
    .last_slot (last_slot),
    .last_block(last_block),
    .link_block(link_block),
    .link_next (link_next)
  );

  vnet_chain_slots #(
    .NQ       (NQ),
    .Q_W      (Q_W),
    .SLOT_W   (SLOT_W),
    .SLOT_LOG2(SLOT_LOG2),
    .K        (K),
    .REC_W    (REC_W)
  ) u_slots (
    .clk            (clk),
    .rst            (rst),
    .head_ok        (head_ok),
    .evt_head       (evt_head),
    .head_queue     (head_queue),
    .head_pos       (head_pos),
    .head_head      (head_head),
    .rec_wr         (rec_wr),
    .rec_slot       (rec_slot),
    .rec_block      (rec_block),
    .rec_k          (rec_k),
    .rec_data       (rec_data),
    .rec_done       (rec_done),
    .rec_end        (rec_end),
    .rec_blocks     (rec_blocks),
    .free_valid     (free_valid),
    .free_block     (free_block),
    .wait_valid     (read_wait_valid),
    .wait_slot      (read_wait_slot),
    .starving       (starving),
    .link_block     (link_block),
    .link_next      (link_next),
    .slot_free_valid(slot_free_valid),
    .slot_free_queue(slot_free_queue),
    .m_chain_ready  (m_chain_ready),
    .s_take_valid   (s_take_valid),
    .s_take_ready   (s_take_ready),
    .s_take_queue   (s_take_queue),
    .m_rec_valid    (m_rec_valid),
    .m_rec_ready    (m_rec_ready),
    .m_rec_queue    (m_rec_queue),
    .m_rec_head     (m_rec_head),
    .m_rec_data     ({m_rec_addr, m_rec_len, m_rec_zero, m_rec_last, m_rec_err, m_rec_ndesc})
  );

  // The FIFOs have a place for every token.
  wire unused_ok = &{1'b0, cont_in_ready, cont_level, wait_in_ready, wait_level};

endmodule

`default_nettype wire
