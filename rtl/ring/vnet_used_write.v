// vnet_used_write: writes used rings, publishes their index and asks for interrupts
// SPDX-License-Identifier: Apache-2.0
//
//   completions -> entry memory (two blocks of 16 per queue)
//                     |
//   wishes of queues, arm requests -> ST_PICK .. ST_SETTLE -> command and data words, or event read
//   write responses -> list of jobs -> queue: entries in memory / index in memory -> armed_*
//   event responses -> event index rule or flag -> irq_req
//
// Entries are written up to 16 at once: when a 16-entry block is complete, when no completion
// follows by itself (s_cpl_more = 0), or after AGE_CYCLES. That is longer than 16 of the shortest
// frames take, so that blocks are whole under full load. While the write engine is slow, entries
// gather by themselves.
//
// used.idx follows only entries whose write response has come, and only up to a frame border (eof),
// so all buffers of a merged frame appear together. Each queue has one index write in flight. Its
// response makes the queue read the suppression word, then vnet_event_idx or the flag decides.
// Entries of later blocks are written meanwhile: nothing waits for memory but the index.
//
// Stopped and dead queues swallow completions. What was picked before runs through.
//
// Latency:       completion to write command 8 cycles when it does not wait for others.
// Throughput:    1 completion per cycle in bursts of 32, at least 1 per 2 cycles for ever. A job
//                every 5 cycles. JOBS write jobs in flight.
// Back-pressure: all readys are registers or depend on registers only.
// Errors:        18 (AXI_RING) on an error response to a used ring or event access, once; then the
//                queue is dead until it was stopped or disabled.
// Spec:          virtio 1.4, "The Virtqueue Used Ring", "Used Buffer Notification Suppression",
//                "Available Buffer Notification Suppression".
`default_nettype none

module vnet_used_write #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W     = 64,
  // Queues of this direction.
  parameter integer NQ         = 4,
  // Width of a queue number, max(1, log2 NQ).
  parameter integer Q_W        = 2,
  // Cycles an entry waits for others, 2..1024.
  parameter integer AGE_CYCLES = 64,
  // Write jobs in flight, a power of two. Costs a small FIFO.
  parameter integer JOBS       = 64,
  // Width of the length of a write command.
  parameter integer LEN_W      = 20,
  // Derived: width of a lane number. Do not set.
  parameter integer OFF_W      = $clog2(DATA_W / 8)
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
  input  wire [NQ-1:0]     cfg_enable,
  input  wire [NQ-1:0]     cfg_stop,

  // Completions, and a pulse for each that was accepted or swallowed.
  input  wire              s_cpl_valid,
  output wire              s_cpl_ready,
  input  wire [Q_W-1:0]    s_cpl_queue,
  input  wire [15:0]       s_cpl_head,
  input  wire [31:0]       s_cpl_len,
  input  wire              s_cpl_eof,
  input  wire              s_cpl_more,
  output wire              cpl_taken_valid,
  output wire [Q_W-1:0]    cpl_taken_queue,

  // Notification suppression for the driver. sleep = 1: ask for notifications, avail_event = idx or
  // used.flags = 0; armed_* says that this is in memory. sleep = 0: used.flags = 1, no answer.
  input  wire              s_arm_valid,
  output wire              s_arm_ready,
  input  wire [Q_W-1:0]    s_arm_queue,
  input  wire [15:0]       s_arm_idx,
  input  wire              s_arm_sleep,
  output wire              armed_valid,
  output wire [Q_W-1:0]    armed_queue,
  output wire              armed_err,

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

  // Read client, for the suppression word.
  output wire              m_req_valid,
  input  wire              m_req_ready,
  output wire [63:0]       m_req_addr,
  output wire [7:0]        m_req_len,
  input  wire              s_rsp_valid,
  input  wire [DATA_W-1:0] s_rsp_data,
  input  wire              s_rsp_last,
  input  wire              s_rsp_err,

  output wire [NQ-1:0]     irq_req,
  output wire              qerr_valid,
  output wire [Q_W-1:0]    qerr_queue,
  output wire [4:0]        qerr_code,
  // Nothing of the queue is left here; means something only while cfg_stop is high.
  output wire [NQ-1:0]     sts_idle
);

  vnet_param_check #(
    .OK((DATA_W == 64) || (DATA_W == 128) || (DATA_W == 256) || (DATA_W == 512))
  ) u_data_w_must_be_64_128_256_or_512 ();

  localparam integer EPW      = DATA_W / 64;            // entries per bus word
  localparam integer EPW_LOG2 = OFF_W - 3;
  localparam integer WORD_W   = 5 - EPW_LOG2;           // word within the 32 entries of a queue
  localparam integer JOBS_W   = $clog2(JOBS) + 2;
  localparam integer LANE_W   = OFF_W - 1;              // 2-byte lane in a bus word
  localparam integer OPEN_W   = (NQ < 2) ? 1 : $clog2(NQ);
  localparam integer PLACE_W  = WORD_W + ((NQ < 2) ? 0 : Q_W);  // word within the entry memory

  localparam [4:0] ERR_AXI_RING = 5'd18;

  localparam [1:0] KIND_ENT  = 2'd0;   // entries
  localparam [1:0] KIND_IDX  = 2'd1;   // used.idx
  localparam [1:0] KIND_ARM  = 2'd2;   // avail_event or used.flags
  localparam [1:0] KIND_TEST = 2'd3;   // read of used_event or avail.flags

  // We choose a job among the wishes; we leave when there is one and a place in the list of jobs.
  localparam [2:0] ST_PICK   = 3'd0;
  // We know whose job it is and collect its numbers; one cycle.
  localparam [2:0] ST_LOOK   = 3'd1;
  // We count the entries; one cycle.
  localparam [2:0] ST_COUNT  = 3'd2;
  // We compute what is to be sent; we leave when the send stage is free.
  localparam [2:0] ST_CALC   = 3'd3;
  // The wishes follow what ST_CALC has taken over; one cycle.
  localparam [2:0] ST_SETTLE = 3'd4;

  // ---- Queues.

  wire [NQ-1:0]    q_live;
  wire [NQ-1:0]    q_dead;
  wire [NQ-1:0]    q_busy;
  wire [NQ-1:0]    q_room;
  wire [16*NQ-1:0] q_fill;
  wire [NQ-1:0]    q_want_ent;
  wire [NQ-1:0]    q_want_idx;
  wire [NQ-1:0]    q_want_test;
  wire [16*NQ-1:0] q_issued;
  wire [16*NQ-1:0] q_eof;
  wire [16*NQ-1:0] q_block_eof;
  wire [16*NQ-1:0] q_target;
  wire [16*NQ-1:0] q_test_old;
  wire [16*NQ-1:0] q_test_new;
  wire [NQ-1:0]    q_err_report;

  // Events; the queue they are for is beside them.
  wire             evt_accept;
  wire             evt_flush;
  wire             evt_pick;
  wire             evt_end;
  wire             evt_issue_ent;
  wire             evt_issue_idx;
  wire             evt_issue_test;
  wire [15:0]      issue_idx;
  reg              send_release_q;
  reg  [1:0]       send_end_q;
  reg  [Q_W-1:0]   send_queue_q;
  wire [NQ-1:0]    evt_reported;

  wire             in_valid;
  wire [Q_W-1:0]   in_queue;
  wire             in_eof;

  wire [Q_W-1:0]   pick_queue;
  reg  [Q_W-1:0]   job_queue_q;

  reg              done_valid_q;
  reg  [1:0]       done_kind_q;
  reg  [Q_W-1:0]   done_queue_q;
  reg              done_sleep_q;
  reg              done_border_q;
  reg  [15:0]      done_idx_q;
  reg              done_err_q;

  reg              test_valid_q;
  reg  [Q_W-1:0]   test_queue_q;
  reg  [15:0]      test_word_q;
  reg  [15:0]      test_old_q;
  reg  [15:0]      test_new_q;
  reg              test_err_q;

  reg              arm_valid_q;
  reg  [Q_W-1:0]   arm_queue_q;
  reg  [15:0]      arm_idx_q;
  reg              arm_sleep_q;

  genvar g;
  generate
    for (g = 0; g < NQ; g = g + 1) begin : g_queue
      wire done_here = done_valid_q && (done_queue_q == g[Q_W-1:0]);
      wire test_here = test_valid_q && (test_queue_q == g[Q_W-1:0]);
      wire job_here  = job_queue_q == g[Q_W-1:0];

      vnet_used_queue #(
        .AGE_CYCLES(AGE_CYCLES),
        .JOBS_W    (JOBS_W)
      ) u_state (
        .clk            (clk),
        .rst            (rst),
        .cfg_enable     (cfg_enable[g]),
        .cfg_stop       (cfg_stop[g]),
        .live           (q_live[g]),
        .dead           (q_dead[g]),
        .busy           (q_busy[g]),
        .evt_accept     (evt_accept && (in_queue == g[Q_W-1:0])),
        .accept_eof     (in_eof),
        .evt_flush      (evt_flush),
        .room           (q_room[g]),
        .fill           (q_fill[16*g +: 16]),
        .want_ent       (q_want_ent[g]),
        .want_idx       (q_want_idx[g]),
        .want_test      (q_want_test[g]),
        .evt_pick       (evt_pick && (pick_queue == g[Q_W-1:0])),
        .evt_end        (evt_end && job_here),
        .evt_issue_ent  (evt_issue_ent && job_here),
        .evt_issue_idx  (evt_issue_idx && job_here),
        .evt_issue_test (evt_issue_test && job_here),
        .issue_idx      (issue_idx),
        .issued         (q_issued[16*g +: 16]),
        .eof            (q_eof[16*g +: 16]),
        .block_eof      (q_block_eof[16*g +: 16]),
        .target         (q_target[16*g +: 16]),
        .evt_release    (send_release_q && (send_queue_q == g[Q_W-1:0])),
        .release_block  (send_end_q),
        .evt_done       (done_here),
        .evt_done_border(done_here && (done_kind_q == KIND_ENT) && done_border_q),
        .evt_done_idx   (done_here && (done_kind_q == KIND_IDX)),
        .done_border    (done_idx_q),
        .evt_tested     (test_here),
        .evt_err        ((done_here && done_err_q) || (test_here && test_err_q)),
        .test_old       (q_test_old[16*g +: 16]),
        .test_new       (q_test_new[16*g +: 16]),
        .err_report     (q_err_report[g]),
        .evt_reported   (evt_reported[g])
      );

      assign sts_idle[g] = !q_live[g] && !q_busy[g] &&
                           !(arm_valid_q && (arm_queue_q == g[Q_W-1:0]));
    end
  endgenerate

  // ---- Completions: into the entry memory of their queue, or nowhere.

  wire [15:0] in_head;
  wire [31:0] in_len;
  wire        in_more;
  reg         in_live;
  reg         in_room;
  reg  [4:0]  in_place;
  wire        in_ready = !in_live || in_room;

  wire [1:0]  in_level;

  vnet_fifo #(
    .W    (Q_W + 50),
    .DEPTH(2)
  ) u_cpl (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_cpl_valid),
    .s_ready(s_cpl_ready),
    .s_data ({s_cpl_queue, s_cpl_head, s_cpl_len, s_cpl_eof, s_cpl_more}),
    .m_valid(in_valid),
    .m_ready(in_ready),
    .m_data ({in_queue, in_head, in_len, in_eof, in_more}),
    .level  (in_level)
  );

  integer i;
  always @* begin
    in_live  = 1'b0;
    in_room  = 1'b0;
    in_place = 5'd0;
    for (i = 0; i < NQ; i = i + 1) begin
      if (in_queue == i[Q_W-1:0]) begin
        in_live  = q_live[i];
        in_room  = q_room[i];
        in_place = q_fill[16*i +: 5];
      end
    end
  end

  assign evt_accept = in_valid && in_live && in_room;
  assign evt_flush  = in_valid && in_ready && !in_more;

  reg           mem_wr_q;
  reg [Q_W-1:0] mem_queue_q;
  reg [4:0]     mem_place_q;
  reg [63:0]    mem_data_q;
  reg           taken_q;

  assign cpl_taken_valid = taken_q;
  assign cpl_taken_queue = mem_queue_q;

  always @(posedge clk) begin
    mem_wr_q    <= evt_accept;
    taken_q     <= in_valid && in_ready;
    mem_queue_q <= in_queue;
    mem_place_q <= in_place;
    // struct virtq_used_elem: le32 id, le32 len.
    mem_data_q  <= {in_len, 16'd0, in_head};
    if (rst) begin
      mem_wr_q <= 1'b0;
      taken_q  <= 1'b0;
    end
  end

  // ---- Arm requests wait here. Without the event index, "busy" is a write of NO_NOTIFY; with it,
  // there is nothing to write.

  wire take_arm;

  assign s_arm_ready = !arm_valid_q;

  always @(posedge clk) begin
    if (s_arm_ready) begin
      arm_valid_q <= s_arm_valid && (s_arm_sleep || !cfg_event_idx);
      arm_queue_q <= s_arm_queue;
      arm_idx_q   <= s_arm_idx;
      arm_sleep_q <= s_arm_sleep;
    end else if (take_arm) begin
      arm_valid_q <= 1'b0;
    end
    if (rst) begin
      arm_valid_q <= 1'b0;
    end
  end

  // ---- ST_PICK: arm requests first, then the queues in turn; of a queue the test first, then the
  // index. Those come only once per write of entries, so the entries do not starve.

  reg [2:0]  state_q;
  wire       job_room;

  wire [NQ-1:0]     wish = q_want_ent | q_want_idx | q_want_test;
  wire              wish_valid;
  wire [NQ-1:0]     wish_grant;
  wire [OPEN_W-1:0] wish_idx;
  wire              picking = (state_q == ST_PICK) && job_room;

  vnet_rr_arb #(
    .N(NQ)
  ) u_arb (
    .clk        (clk),
    .rst        (rst),
    .req        (wish),
    .advance    (picking && !arm_valid_q),
    .grant_valid(wish_valid),
    .grant      (wish_grant),
    .grant_idx  (wish_idx)
  );

  wire [Q_W-1:0] wish_queue;

  generate
    if (Q_W > OPEN_W) begin : g_wide_queue
      assign wish_queue = {{(Q_W - OPEN_W){1'b0}}, wish_idx};
    end else begin : g_exact_queue
      assign wish_queue = wish_idx[Q_W-1:0];
    end
  endgenerate

  wire wish_test = (wish_grant & q_want_test) != {NQ{1'b0}};
  wire wish_pub  = (wish_grant & q_want_idx) != {NQ{1'b0}};

  assign evt_pick   = picking && (arm_valid_q || wish_valid);
  assign take_arm   = picking && arm_valid_q;
  assign pick_queue = arm_valid_q ? arm_queue_q : wish_queue;

  // ---- ST_LOOK: the numbers of the queue.

  reg [1:0]   job_kind_q;
  reg [15:0]  job_arm_idx_q;
  reg         job_sleep_q;

  wire [63:0] ctx_rd_desc_addr;
  wire [63:0] ctx_rd_avail_addr;
  wire [63:0] ctx_rd_used_addr;
  wire [3:0]  ctx_rd_size_log2;

  vnet_queue_ctx #(
    .NQ (NQ),
    .Q_W(Q_W)
  ) u_ctx (
    .clk          (clk),
    .wr           (ctx_wr),
    .wr_queue     (ctx_queue),
    .wr_desc_addr (ctx_desc_addr),
    .wr_avail_addr(ctx_avail_addr),
    .wr_used_addr (ctx_used_addr),
    .wr_size_log2 (ctx_size_log2),
    .rd_queue     (job_queue_q),
    .rd_desc_addr (ctx_rd_desc_addr),
    .rd_avail_addr(ctx_rd_avail_addr),
    .rd_used_addr (ctx_rd_used_addr),
    .rd_size_log2 (ctx_rd_size_log2)
  );

  reg         look_live_q;
  reg         look_dead_q;
  reg  [63:0] look_base_q;
  reg  [3:0]  look_size_q;
  reg  [15:0] look_issued_q;
  reg  [5:0]  look_fill_q;
  reg  [15:0] look_eof_q;
  reg  [15:0] look_block_eof_q;
  reg  [15:0] look_target_q;

  integer j;
  always @(posedge clk) begin
    if (state_q == ST_LOOK) begin
      look_base_q <= (job_kind_q == KIND_TEST) ? ctx_rd_avail_addr : ctx_rd_used_addr;
      look_size_q <= ctx_rd_size_log2;
      for (j = 0; j < NQ; j = j + 1) begin
        if (job_queue_q == j[Q_W-1:0]) begin
          look_live_q      <= q_live[j];
          look_dead_q      <= q_dead[j];
          look_issued_q    <= q_issued[16*j +: 16];
          look_fill_q      <= q_fill[16*j +: 6];
          look_eof_q       <= q_eof[16*j +: 16];
          look_block_eof_q <= q_block_eof[16*j +: 16];
          look_target_q    <= q_target[16*j +: 16];
        end
      end
    end
  end

  // ---- ST_COUNT: entries up to a multiple of 16 or the end of the ring.

  wire [15:0] size        = 16'd1 << look_size_q;
  wire [4:0]  block       = (look_size_q < 4'd4) ? size[4:0] : 5'd16;
  wire [3:0]  block_place = look_issued_q[3:0] & (block[3:0] - 4'd1);
  wire [4:0]  block_left  = block - {1'b0, block_place};
  wire [5:0]  have        = look_fill_q - look_issued_q[5:0];
  reg  [4:0]  ent_n_q;

  always @(posedge clk) begin
    ent_n_q <= (have < {1'b0, block_left}) ? have[4:0] : block_left;
  end

  // ---- ST_CALC: what is to be sent.

  wire [15:0] ent_end     = look_issued_q + {11'd0, ent_n_q};
  wire [15:0] ring_place  = look_issued_q & (size - 16'd1);

  // The last frame border among these entries. With two blocks of entries waiting it is the one
  // before the younger block. In rings of less than 16 entries it may be neither, then the index
  // waits for the next entries.
  wire [15:0] eof_back       = look_eof_q + ~look_issued_q;         // border - issued - 1
  wire [15:0] block_eof_back = look_block_eof_q + ~look_issued_q;
  wire        eof_in         = eof_back < {11'd0, ent_n_q};
  wire        block_eof_in   = block_eof_back < {11'd0, ent_n_q};

  // used: flags, idx, ring of 8-byte entries, avail_event.
  // avail: flags, idx, ring of 2-byte entries, used_event.
  reg  [18:0] job_offset;
  reg  [7:0]  job_bytes;
  reg  [15:0] job_value;

  always @* begin
    case (job_kind_q)
      KIND_ENT: begin
        job_offset = {ring_place, 3'd4};
        job_bytes  = {ent_n_q, 3'd0};
        job_value  = 16'd0;
      end
      KIND_IDX: begin
        job_offset = 19'd2;
        job_bytes  = 8'd2;
        job_value  = look_target_q;
      end
      KIND_ARM: begin
        job_offset = cfg_event_idx ? {size, 3'd4} : 19'd0;
        job_bytes  = 8'd2;
        job_value  = cfg_event_idx ? job_arm_idx_q : {15'd0, !job_sleep_q};
      end
      default: begin
        job_offset = cfg_event_idx ? {2'd0, size, 1'd0} + 19'd4 : 19'd0;
        job_bytes  = 8'd2;
        job_value  = 16'd0;
      end
    endcase
  end

  reg         send_addr_q;       // the command or the read request has to be sent
  reg         send_data_q;       // data words have to be sent
  wire        armed_clash = done_valid_q && (done_kind_q == KIND_ARM);
  wire        calc_go     = (state_q == ST_CALC) && !send_addr_q && !send_data_q &&
                            !(!look_live_q && armed_clash);
  wire        job_go      = calc_go && look_live_q;
  wire        write_go    = job_go && (job_kind_q != KIND_TEST);
  wire        arm_refused = calc_go && !look_live_q && (job_kind_q == KIND_ARM) && job_sleep_q;

  assign evt_end        = calc_go && !write_go;
  assign evt_issue_ent  = job_go && (job_kind_q == KIND_ENT);
  assign evt_issue_idx  = job_go && (job_kind_q == KIND_IDX);
  assign evt_issue_test = job_go && (job_kind_q == KIND_TEST);
  assign issue_idx      = (job_kind_q == KIND_IDX) ? look_target_q : ent_end;

  always @(posedge clk) begin
    case (state_q)
      ST_PICK: begin
        job_kind_q    <= arm_valid_q ? KIND_ARM :
                         (wish_test ? KIND_TEST : (wish_pub ? KIND_IDX : KIND_ENT));
        job_queue_q   <= pick_queue;
        job_arm_idx_q <= arm_idx_q;
        job_sleep_q   <= arm_sleep_q;
        if (evt_pick) begin
          state_q <= ST_LOOK;
        end
      end
      ST_LOOK: begin
        state_q <= ST_COUNT;
      end
      ST_COUNT: begin
        state_q <= ST_CALC;
      end
      ST_CALC: begin
        if (calc_go) begin
          state_q <= ST_SETTLE;
        end
      end
      default: begin
        state_q <= ST_PICK;
      end
    endcase
    if (rst) begin
      state_q <= ST_PICK;
    end
  end

  // ---- Send: command and data words, or a read request, while the next job is prepared.

  reg               send_read_q;
  reg  [63:0]       send_base_q;
  reg  [18:0]       send_offset_q;
  reg  [7:0]        send_bytes_q;
  reg  [15:0]       send_value_q;
  reg               send_ent_q;
  reg  [OFF_W-1:0]  send_lane_q;      // first lane in the first word
  reg  [WORD_W-1:0] send_word_q;
  reg  [WORD_W-1:0] send_last_q;

  // Commands and read requests leave through the same address register.
  reg               cmd_valid_q;
  reg               req_valid_q;
  reg  [63:0]       out_addr_q;
  reg  [7:0]        out_bytes_q;
  reg  [OFF_W-1:0]  out_lane_q;

  // A data word comes out of the entry memory. Of a word without entries only the two bytes of the
  // value count.
  reg               word_valid_q;
  reg               word_ent_q;
  reg  [15:0]       word_value_q;

  wire              dat_ready;
  wire [63:0]       send_addr = send_base_q + {45'd0, send_offset_q};
  wire              addr_sent = send_addr_q && !cmd_valid_q && !req_valid_q;
  wire              word_free = !word_valid_q || dat_ready;
  wire              word_read = send_data_q && word_free;
  wire              last_word = send_word_q == send_last_q;

  wire [DATA_W-1:0]  mem_word;
  wire [PLACE_W-1:0] mem_wr_place;
  wire [PLACE_W-1:0] mem_rd_place;

  generate
    if (NQ < 2) begin : g_one_queue
      assign mem_wr_place = mem_place_q[4:EPW_LOG2];
      assign mem_rd_place = send_word_q;
    end else begin : g_queues
      assign mem_wr_place = {mem_queue_q, mem_place_q[4:EPW_LOG2]};
      assign mem_rd_place = {send_queue_q, send_word_q};
    end
    for (g = 0; g < EPW; g = g + 1) begin : g_bank
      vnet_ram #(
        .W    (64),
        .DEPTH(1 << PLACE_W)
      ) u_mem (
        .clk    (clk),
        .wr_en  (mem_wr_q && ((mem_place_q & (EPW[4:0] - 5'd1)) == g[4:0])),
        .wr_addr(mem_wr_place),
        .wr_data(mem_data_q),
        .rd_en  (word_read),
        .rd_addr(mem_rd_place),
        .rd_data(mem_word[64*g +: 64])
      );
    end
  endgenerate

  wire [5:0] ent_lane = {look_issued_q[2:0], 3'd0};
  wire [4:0] ent_last = look_issued_q[4:0] + ent_n_q - 5'd1;

  always @(posedge clk) begin
    send_release_q <= 1'b0;
    if (m_cmd_ready) begin
      cmd_valid_q <= 1'b0;
    end
    if (m_req_ready) begin
      req_valid_q <= 1'b0;
    end
    if (addr_sent) begin
      send_addr_q <= 1'b0;
      cmd_valid_q <= !send_read_q;
      req_valid_q <= send_read_q;
      out_addr_q  <= send_addr;
      out_bytes_q <= send_bytes_q;
      out_lane_q  <= send_lane_q;
    end
    if (word_free) begin
      word_valid_q <= send_data_q;
      word_ent_q   <= send_ent_q;
      word_value_q <= send_value_q;
    end
    if (word_read) begin
      send_word_q <= send_word_q + {{(WORD_W - 1){1'b0}}, 1'b1};
      if (last_word) begin
        send_data_q    <= 1'b0;
        send_release_q <= send_ent_q;
      end
    end
    if (calc_go) begin
      send_addr_q   <= job_go;
      send_data_q   <= write_go;
      send_read_q   <= job_kind_q == KIND_TEST;
      send_ent_q    <= job_kind_q == KIND_ENT;
      send_queue_q  <= job_queue_q;
      send_base_q   <= look_base_q;
      send_offset_q <= job_offset;
      send_bytes_q  <= job_bytes;
      send_value_q  <= job_value;
      send_end_q    <= ent_end[5:4];
      send_lane_q   <= (job_kind_q == KIND_ENT) ? ent_lane[OFF_W-1:0] : {OFF_W{1'b0}};
      send_word_q   <= (job_kind_q == KIND_ENT) ? look_issued_q[4:EPW_LOG2] : {WORD_W{1'b0}};
      send_last_q   <= (job_kind_q == KIND_ENT) ? ent_last[4:EPW_LOG2] : {WORD_W{1'b0}};
    end
    if (rst) begin
      cmd_valid_q    <= 1'b0;
      req_valid_q    <= 1'b0;
      word_valid_q   <= 1'b0;
      send_addr_q    <= 1'b0;
      send_data_q    <= 1'b0;
      send_release_q <= 1'b0;
    end
  end

  assign m_cmd_valid = cmd_valid_q;
  assign m_cmd_addr  = out_addr_q;
  assign m_cmd_len   = {{(LEN_W - 8){1'b0}}, out_bytes_q};
  assign m_cmd_off   = out_lane_q;
  assign m_cmd_eop   = 1'b1;
  assign m_req_valid = req_valid_q;
  assign m_req_addr  = out_addr_q;
  assign m_req_len   = 8'd0;

  vnet_reg #(
    .W(DATA_W)
  ) u_dat (
    .clk    (clk),
    .rst    (rst),
    .s_valid(word_valid_q),
    .s_ready(dat_ready),
    .s_data ({mem_word[DATA_W-1:16], word_ent_q ? mem_word[15:0] : word_value_q}),
    .m_valid(m_dat_valid),
    .m_ready(m_dat_ready),
    .m_data (m_dat_data)
  );

  // ---- Write responses, in the order of the jobs.

  wire                job_valid;
  wire [1:0]          job_kind;
  wire [Q_W-1:0]      job_queue;
  wire                job_sleep;
  wire                job_border;
  wire [15:0]         job_idx;
  wire [$clog2(JOBS):0] job_level;

  vnet_fifo #(
    .W    (2 + Q_W + 1 + 1 + 16),
    .DEPTH(JOBS)
  ) u_jobs (
    .clk    (clk),
    .rst    (rst),
    .s_valid(write_go),
    .s_ready(job_room),
    .s_data ({job_kind_q, job_queue_q, job_sleep_q, eof_in || block_eof_in,
              eof_in ? look_eof_q : look_block_eof_q}),
    .m_valid(job_valid),
    .m_ready(s_done_valid),
    .m_data ({job_kind, job_queue, job_sleep, job_border, job_idx}),
    .level  (job_level)
  );

  reg           armed_valid_q;
  reg [Q_W-1:0] armed_queue_q;
  reg           armed_err_q;

  assign armed_valid = armed_valid_q;
  assign armed_queue = armed_queue_q;
  assign armed_err   = armed_err_q;

  always @(posedge clk) begin
    done_valid_q  <= s_done_valid && job_valid;
    done_kind_q   <= job_kind;
    done_queue_q  <= job_queue;
    done_sleep_q  <= job_sleep;
    done_border_q <= job_border;
    done_idx_q    <= job_idx;
    done_err_q    <= s_done_err;

    // A request of a queue that does not run is answered too, so that nobody waits for it.
    armed_valid_q <= arm_refused || (armed_clash && done_sleep_q);
    armed_queue_q <= arm_refused ? job_queue_q : done_queue_q;
    armed_err_q   <= arm_refused ? look_dead_q : done_err_q;
    if (rst) begin
      done_valid_q  <= 1'b0;
      armed_valid_q <= 1'b0;
    end
  end

  // ---- Event reads. One per queue at most.

  wire              open_s_ready;
  wire              open_valid;
  wire [Q_W-1:0]    open_queue;
  wire [LANE_W-1:0] open_lane;
  wire [OPEN_W:0]   open_level;

  vnet_fifo #(
    .W    (Q_W + LANE_W),
    .DEPTH(1 << OPEN_W)
  ) u_open (
    .clk    (clk),
    .rst    (rst),
    .s_valid(addr_sent && send_read_q),
    .s_ready(open_s_ready),
    .s_data ({send_queue_q, send_addr[OFF_W-1:1]}),
    .m_valid(open_valid),
    .m_ready(s_rsp_valid),
    .m_data ({open_queue, open_lane}),
    .level  (open_level)
  );

  reg           read_valid_q;
  reg [Q_W-1:0] read_queue_q;
  reg [15:0]    read_word_q;
  reg           read_err_q;
  reg [NQ-1:0]  irq_q;
  wire          need;

  wire [15:0]   word = s_rsp_data[{open_lane, 4'd0} +: 16];

  vnet_event_idx u_event (
    .new_idx  (test_new_q),
    .old_idx  (test_old_q),
    .event_idx(test_word_q),
    .need     (need)
  );

  assign irq_req = irq_q;

  integer m;
  always @(posedge clk) begin
    read_valid_q <= s_rsp_valid && open_valid;
    read_queue_q <= open_queue;
    read_word_q  <= word;
    read_err_q   <= s_rsp_err;

    test_valid_q <= read_valid_q;
    test_queue_q <= read_queue_q;
    test_word_q  <= read_word_q;
    test_err_q   <= read_err_q;
    for (m = 0; m < NQ; m = m + 1) begin
      if (read_queue_q == m[Q_W-1:0]) begin
        test_old_q <= q_test_old[16*m +: 16];
        test_new_q <= q_test_new[16*m +: 16];
      end
      irq_q[m] <= test_valid_q && !test_err_q && q_live[m] && (test_queue_q == m[Q_W-1:0]) &&
                  (cfg_event_idx ? need : !test_word_q[0]);
    end
    if (rst) begin
      read_valid_q <= 1'b0;
      test_valid_q <= 1'b0;
      irq_q        <= {NQ{1'b0}};
    end
  end

  // ---- Errors, one queue per cycle.

  reg           qerr_valid_q;
  reg [Q_W-1:0] qerr_queue_q;

  assign evt_reported = q_err_report & (~q_err_report + {{(NQ - 1){1'b0}}, 1'b1});
  assign qerr_valid   = qerr_valid_q;
  assign qerr_queue   = qerr_queue_q;
  assign qerr_code    = ERR_AXI_RING;

  integer n;
  always @(posedge clk) begin
    qerr_valid_q <= q_err_report != {NQ{1'b0}};
    for (n = 0; n < NQ; n = n + 1) begin
      if (evt_reported[n]) begin
        qerr_queue_q <= n[Q_W-1:0];
      end
    end
    if (rst) begin
      qerr_valid_q <= 1'b0;
    end
  end

  // Descriptor addresses are not used here. Answers are single words. The list of event reads is as
  // long as there are queues.
  wire unused_ok = &{1'b0, ctx_rd_desc_addr, s_rsp_last, job_level, in_level, open_level, open_s_ready,
                     ent_lane, ent_last, wish_idx};

endmodule

`default_nettype wire
