// vnet_avail_fetch: reads the available rings of all queues and sends the heads of chains
// SPDX-License-Identifier: Apache-2.0
//
// When to read is decided per queue in vnet_avail_queue. Here queues take turns: an index read is 2
// bytes, an entry read is one block inside a 64-byte aligned area, not over the end of the ring, of
// no more entries than are known to be available. A block is read only when the queue has free
// chain slots for all of it: if slots come back one by one, waiting a little makes one read out of
// many.
//
//   queues ask --> ST_PICK .. ST_ISSUE --> request, and a note of what was asked
//   response beats --> beat FIFO --> unpack: one entry per cycle --> check --> head
//
// The answer to a request is kept in the beat FIFO, whose places are counted when the request is
// made.
//
// Latency:       9 cycles from a kick to the request, 3 from a response beat to its first head.
// Throughput:    1 head per cycle; a request every 8 cycles (a request is up to 32 entries).
// Back-pressure: m_head_ready stops the unpacking only. Responses are never stopped.
// Errors:        16 index moved by more than the queue size, 17 head not below the queue size, 18
//                AXI error: the queue stops until it was stopped and enabled again. Later entries
//                are dropped.
// Spec:          virtio 1.4, Split Virtqueues, The Virtqueue Available Ring; Available Buffer
//                Notification Suppression.
`default_nettype none

module vnet_avail_fetch #(
  // Bus width: 64, 128, 256, 512.
  parameter integer DATA_W   = 512,
  // Queues of this direction.
  parameter integer NQ       = 4,
  // Width of a queue number, max(1, log2 NQ).
  parameter integer Q_W      = 2,
  // Chain slots of all queues; at least 2 per queue.
  parameter integer SLOTS    = 256,
  // Cycles between index reads of a queue that is dry but has chains in its slots, a power of two.
  parameter integer POLL_GAP = 64
) (
  input  wire              clk,
  input  wire              rst,

  input  wire              ctx_wr,
  input  wire [Q_W-1:0]    ctx_queue,
  input  wire [63:0]       ctx_desc_addr,
  input  wire [63:0]       ctx_avail_addr,
  input  wire [63:0]       ctx_used_addr,
  input  wire [3:0]        ctx_size_log2,

  input  wire [NQ-1:0]     cfg_enable,
  input  wire [NQ-1:0]     cfg_stop,
  input  wire [NQ-1:0]     kick,

  // Read client.
  output wire              m_req_valid,
  input  wire              m_req_ready,
  output wire [63:0]       m_req_addr,
  output wire [7:0]        m_req_len,
  input  wire              s_rsp_valid,
  input  wire [DATA_W-1:0] s_rsp_data,
  input  wire              s_rsp_last,
  input  wire              s_rsp_err,

  // Heads, in ring order within a queue.
  output wire              m_head_valid,
  input  wire              m_head_ready,
  output wire [Q_W-1:0]    m_head_queue,
  output wire [15:0]       m_head_pos,
  output wire [15:0]       m_head_head,

  // A chain slot became free.
  input  wire              slot_free_valid,
  input  wire [Q_W-1:0]    slot_free_queue,

  // Notification suppression. sleep: publish avail_event = idx or clear NO_NOTIFY, answered by
  // armed_*. Without sleep: the queue is busy, NO_NOTIFY may be set; no answer.
  output wire              m_arm_valid,
  input  wire              m_arm_ready,
  output wire [Q_W-1:0]    m_arm_queue,
  output wire [15:0]       m_arm_idx,
  output wire              m_arm_sleep,
  input  wire              armed_valid,
  input  wire [Q_W-1:0]    armed_queue,
  input  wire              armed_err,

  // One completion was accepted by vnet_used_write.
  input  wire              cpl_valid,
  input  wire [Q_W-1:0]    cpl_queue,

  // Available index known, 16 bits per queue.
  output wire [16*NQ-1:0]  sts_known,
  // Nothing of the queue is left; means something only while cfg_stop is high.
  output wire [NQ-1:0]     sts_idle,

  output reg               qerr_valid,
  output reg  [Q_W-1:0]    qerr_queue,
  output reg  [4:0]        qerr_code
);

  localparam integer BYTES     = DATA_W / 8;
  localparam integer OFF_W     = $clog2(BYTES);
  localparam integer LANE_W    = OFF_W - 1;                         // entry within a beat
  localparam integer SLOT_LOG2 = $clog2((SLOTS / NQ) + 1) - 1;      // rounded down
  localparam integer SLOT_N    = 1 << SLOT_LOG2;
  // Largest block: half of the slots, so that one half is worked on while the other is filled.
  localparam integer BLOCK_MAX = (SLOT_N >= 64) ? 32 : (SLOT_N / 2);
  // Places for answers: 1 KiB but at least 32 beats, for blocks that are not whole; no more than the
  // slots ask for, because every beat but those of index reads has an entry for a free slot.
  localparam integer BEATS_MAX = (DATA_W >= 256) ? 32 : (8192 / DATA_W);
  localparam integer BEATS     = (SLOT_N * NQ >= BEATS_MAX) ? BEATS_MAX
                               : (SLOT_N * NQ < 16) ? 16 : (1 << $clog2(SLOT_N * NQ));
  localparam integer CREDIT_W  = $clog2(BEATS) + 1;
  localparam integer NOTE_W    = 1 + Q_W + 16 + 6 + LANE_W;

  vnet_param_check #(.OK((DATA_W == 64) || (DATA_W == 128) || (DATA_W == 256) || (DATA_W == 512)))
    u_data_w_must_be_64_128_256_or_512 ();
  vnet_param_check #(.OK(SLOTS >= 2 * NQ)) u_every_queue_needs_two_slots ();

  // ---------------------------------------------------------------------------------------------
  // Queues

  wire [NQ-1:0]                 want_idx;
  wire [NQ-1:0]                 want_entries;
  wire [NQ-1:0]                 running;
  wire [NQ-1:0]                 want_arm;
  wire [NQ-1:0]                 want_busy;
  wire [NQ-1:0]                 dead;
  wire [NQ-1:0]                 err_valid;
  wire [5*NQ-1:0]               err_code;
  wire [16*NQ-1:0]              requested;
  wire [(SLOT_LOG2+1)*NQ-1:0]   slots_free;

  reg                           evt_issue;        // the request of ST_ISSUE is made in this cycle
  reg  [Q_W-1:0]                fsm_queue_q;
  reg                           fsm_idx_q;        // an index read, not an entry read
  reg  [5:0]                    fsm_n_q;

  reg                           idx_valid_q;      // the answer to an index read, checked
  reg  [Q_W-1:0]                idx_queue_q;
  reg  [15:0]                   idx_value_q;
  reg  [4:0]                    idx_code_q;

  wire                          evt_head;
  wire                          evt_drop;
  wire [4:0]                    drop_code;
  wire [Q_W-1:0]                ent_queue;

  reg                           arm_valid_q;
  reg  [Q_W-1:0]                arm_queue_q;
  reg  [15:0]                   arm_idx_q;
  reg                           arm_sleep_q;
  wire                          arm_load;
  wire [NQ-1:0]                 arm_grant;
  reg  [NQ-1:0]                 err_grant;

  genvar q;
  generate
    for (q = 0; q < NQ; q = q + 1) begin : g_queue
      localparam [Q_W-1:0] QUEUE = q;
      vnet_avail_queue #(
        .SLOT_LOG2(SLOT_LOG2),
        .POLL_GAP (POLL_GAP)
      ) u_queue (
        .clk               (clk),
        .rst               (rst),
        .cfg_enable        (cfg_enable[q]),
        .cfg_stop          (cfg_stop[q]),
        .kick              (kick[q]),
        .want_idx          (want_idx[q]),
        .want_entries      (want_entries[q]),
        .running           (running[q]),
        .evt_idx_issued    (evt_issue && fsm_idx_q && (fsm_queue_q == QUEUE)),
        .evt_entries_issued(evt_issue && !fsm_idx_q && (fsm_queue_q == QUEUE)),
        .issued_n          (fsm_n_q),
        .evt_idx           (idx_valid_q && (idx_queue_q == QUEUE)),
        .idx_value         (idx_value_q),
        .idx_code          (idx_code_q),
        .evt_head          (evt_head && (ent_queue == QUEUE)),
        .evt_drop          (evt_drop && (ent_queue == QUEUE)),
        .drop_code         (drop_code),
        .evt_slot_free     (slot_free_valid && (slot_free_queue == QUEUE)),
        .evt_completed     (cpl_valid && (cpl_queue == QUEUE)),
        .want_arm          (want_arm[q]),
        .want_busy         (want_busy[q]),
        .evt_arm_taken     (arm_load && arm_grant[q] && want_arm[q]),
        .evt_busy_taken    (arm_load && arm_grant[q] && want_busy[q]),
        .arm_pending       (arm_valid_q && (arm_queue_q == QUEUE)),
        .evt_armed         (armed_valid && (armed_queue == QUEUE)),
        .armed_err         (armed_err),
        .known             (sts_known[16*q +: 16]),
        .requested         (requested[16*q +: 16]),
        .slots_free        (slots_free[(SLOT_LOG2+1)*q +: SLOT_LOG2+1]),
        .dead              (dead[q]),
        .sts_idle          (sts_idle[q]),
        .err_valid         (err_valid[q]),
        .err_code          (err_code[5*q +: 5]),
        .err_taken         (err_grant[q])
      );
    end
  endgenerate

  // Errors are reported one per cycle.
  integer e;
  always @* begin
    err_grant  = err_valid & (~err_valid + 1'b1);
    qerr_valid = err_valid != {NQ{1'b0}};
    qerr_queue = {Q_W{1'b0}};
    qerr_code  = 5'd0;
    for (e = 0; e < NQ; e = e + 1) begin
      if (err_grant[e]) begin
        qerr_queue = qerr_queue | e[Q_W-1:0];
        qerr_code  = qerr_code | err_code[5*e +: 5];
      end
    end
  end

  // ---------------------------------------------------------------------------------------------
  // Requests

  localparam [2:0] ST_PICK  = 3'd0;   // some queue wants something; leaves with the choice made
  localparam [2:0] ST_CTX   = 3'd1;   // fetch its numbers; waits until the last request is taken
  localparam [2:0] ST_PLACE = 3'd2;   // place of the first entry in the ring
  localparam [2:0] ST_ADDR  = 3'd3;   // its address
  localparam [2:0] ST_SIZE  = 3'd4;   // length of the block
  localparam [2:0] ST_ISSUE = 3'd5;   // waits for room in the beat FIFO
  localparam [2:0] ST_GAP   = 3'd6;   // the wishes of the queue follow what was done

  reg  [2:0]            state_q;
  reg                   req_valid_q;
  reg  [63:0]           addr_q;
  reg  [16:0]           offset_q;
  reg  [15:0]           pos_q;
  reg  [15:0]           avail_n_q;
  reg  [SLOT_LOG2:0]    free_q;
  reg  [3:0]            size_log2_q;
  reg  [15:0]           ring_left_q;
  reg  [CREDIT_W-1:0]   beats_q;
  reg  [CREDIT_W-1:0]   len_q;          // beats_q - 1
  reg                   fits_q;
  reg  [CREDIT_W-1:0]   credit_q;       // free places of the beat FIFO

  wire [NQ-1:0]         want = want_idx | want_entries;
  wire                  pick_valid;
  wire [NQ-1:0]         pick;
  wire [Q_W-1:0]        pick_queue;
  wire                  beat_pop;

  vnet_rr_arb #(
    .N    (NQ),
    .IDX_W(Q_W)
  ) u_pick (
    .clk        (clk),
    .rst        (rst),
    .req        (want),
    .advance    (state_q == ST_PICK),
    .grant_valid(pick_valid),
    .grant      (pick),
    .grant_idx  (pick_queue)
  );

  wire [63:0] fsm_avail_addr;
  wire [3:0]  fsm_size_log2;
  wire [63:0] fsm_unused_desc_addr;
  wire [63:0] fsm_unused_used_addr;

  vnet_queue_ctx #(
    .NQ (NQ),
    .Q_W(Q_W)
  ) u_fsm_ctx (
    .clk          (clk),
    .wr           (ctx_wr),
    .wr_queue     (ctx_queue),
    .wr_desc_addr (ctx_desc_addr),
    .wr_avail_addr(ctx_avail_addr),
    .wr_used_addr (ctx_used_addr),
    .wr_size_log2 (ctx_size_log2),
    .rd_queue     (fsm_queue_q),
    .rd_desc_addr (fsm_unused_desc_addr),
    .rd_avail_addr(fsm_avail_addr),
    .rd_used_addr (fsm_unused_used_addr),
    .rd_size_log2 (fsm_size_log2)
  );

  // Numbers of one queue out of those of all.
  reg  [15:0]        fsm_known;
  reg  [15:0]        fsm_requested;
  reg  [SLOT_LOG2:0] fsm_free;
  reg                fsm_running;
  integer i;
  always @* begin
    fsm_known     = 16'd0;
    fsm_requested = 16'd0;
    fsm_free      = {(SLOT_LOG2 + 1){1'b0}};
    fsm_running   = 1'b0;
    for (i = 0; i < NQ; i = i + 1) begin
      if (fsm_queue_q == i[Q_W-1:0]) begin
        fsm_known     = sts_known[16*i +: 16];
        fsm_requested = requested[16*i +: 16];
        fsm_free      = slots_free[(SLOT_LOG2+1)*i +: SLOT_LOG2+1];
        fsm_running   = running[i];
      end
    end
  end

  // Block length: the smallest of four, each cut to 32 first so that the comparisons stay narrow.
  //   avail ring ...|e e e e e e e e|e e e ...     area of 64 bytes between the bars
  //                        ^addr, area_left = 5
  wire [5:0]  avail_cut = (avail_n_q   > 16'd32) ? 6'd32 : avail_n_q[5:0];
  wire [5:0]  ring_cut  = (ring_left_q > 16'd32) ? 6'd32 : ring_left_q[5:0];
  wire [5:0]  area_left = 6'd32 - {1'b0, addr_q[5:1]};
  wire [5:0]  min_a     = (avail_cut < ring_cut) ? avail_cut : ring_cut;
  wire [5:0]  min_b     = (area_left < BLOCK_MAX[5:0]) ? area_left : BLOCK_MAX[5:0];
  wire [5:0]  block_n   = (min_a < min_b) ? min_a : min_b;
  wire [15:0] ring_mask = ~(16'hFFFF << size_log2_q);

  // Beats of a block of n entries that starts at addr.
  wire [6:0]  last_lane  = {{(7-LANE_W){1'b0}}, addr_q[OFF_W-1:1]} + {1'b0, fsm_n_q} - 7'd1;
  wire [6:0]  beats_m1   = last_lane >> LANE_W;
  wire [SLOT_LOG2+6:0] free_wide = {6'd0, free_q};

  wire                 room = credit_q >= beats_q;

  // ST_ISSUE spends its first cycle on counting the beats (issue_q is still low then).
  reg issue_q;

  always @* begin
    evt_issue = (state_q == ST_ISSUE) && issue_q && fsm_running && fits_q && room;
  end

  always @(posedge clk) begin
    issue_q <= 1'b0;
    case (state_q)
      ST_PICK: begin
        fsm_queue_q <= pick_queue;
        fsm_idx_q   <= (pick & want_idx) != {NQ{1'b0}};
        if (pick_valid) begin
          state_q <= ST_CTX;
        end
      end
      ST_CTX: begin
        if (!req_valid_q) begin
          pos_q       <= fsm_requested;
          avail_n_q   <= fsm_known - fsm_requested;
          free_q      <= fsm_free;
          addr_q      <= {fsm_avail_addr[63:1], 1'b0};
          size_log2_q <= fsm_size_log2;
          state_q     <= ST_PLACE;
        end
      end
      ST_PLACE: begin
        ring_left_q <= (ring_mask & ~pos_q) + 16'd1;
        offset_q    <= fsm_idx_q ? 17'd2 : {pos_q & ring_mask, 1'b0} + 17'd4;
        state_q     <= ST_ADDR;
      end
      ST_ADDR: begin
        addr_q      <= addr_q + {47'd0, offset_q};
        state_q     <= ST_SIZE;
      end
      ST_SIZE: begin
        fsm_n_q <= fsm_idx_q ? 6'd1 : block_n;
        state_q <= ST_ISSUE;
      end
      ST_ISSUE: begin
        issue_q <= 1'b1;
        beats_q <= len_wide[CREDIT_W-1:0] + 1'b1;
        len_q   <= len_wide[CREDIT_W-1:0];
        fits_q  <= fsm_idx_q || (free_wide >= {{(SLOT_LOG2 + 1){1'b0}}, fsm_n_q});
        if (evt_issue || (issue_q && (!fsm_running || !fits_q))) begin
          state_q <= ST_GAP;
        end
      end
      default: begin
        state_q <= ST_PICK;
      end
    endcase
    if (evt_issue) begin
      req_valid_q <= 1'b1;
    end else if (m_req_ready) begin
      req_valid_q <= 1'b0;
    end
    credit_q <= credit_q - (evt_issue ? beats_q : {CREDIT_W{1'b0}})
              + {{(CREDIT_W-1){1'b0}}, beat_pop};
    if (rst) begin
      state_q     <= ST_PICK;
      issue_q     <= 1'b0;
      req_valid_q <= 1'b0;
      credit_q    <= BEATS[CREDIT_W-1:0];
    end
  end

  wire [CREDIT_W+6:0] len_wide = {{CREDIT_W{1'b0}}, beats_m1};

  assign m_req_valid = req_valid_q;
  assign m_req_addr  = {addr_q[63:OFF_W], {OFF_W{1'b0}}};
  assign m_req_len   = {{(8-CREDIT_W){1'b0}}, len_q};

  // ---------------------------------------------------------------------------------------------
  // Responses

  wire                note_ready;
  wire                note_valid;
  wire                note_pop;
  wire                note_idx;
  wire [Q_W-1:0]      note_queue;
  wire [15:0]         note_pos;
  wire [5:0]          note_n;
  wire [LANE_W-1:0]   note_lane;
  wire [CREDIT_W-1:0] note_level;

  vnet_fifo #(
    .W    (NOTE_W),
    .DEPTH(BEATS)
  ) u_note (
    .clk    (clk),
    .rst    (rst),
    .s_valid(evt_issue),
    .s_ready(note_ready),
    .s_data ({fsm_idx_q, fsm_queue_q, pos_q, fsm_n_q, addr_q[OFF_W-1:1]}),
    .m_valid(note_valid),
    .m_ready(note_pop),
    .m_data ({note_idx, note_queue, note_pos, note_n, note_lane}),
    .level  (note_level)
  );

  wire                beat_ready;
  wire                beat_valid;
  wire                beat_err;
  wire [DATA_W-1:0]   beat_data;
  wire [CREDIT_W-1:0] beat_level;

  vnet_fifo #(
    .W    (DATA_W + 1),
    .DEPTH(BEATS)
  ) u_beat (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_rsp_valid),
    .s_ready(beat_ready),
    .s_data ({s_rsp_err, s_rsp_data}),
    .m_valid(beat_valid),
    .m_ready(beat_pop),
    .m_data ({beat_err, beat_data}),
    .level  (beat_level)
  );

  // Unpack: one value per cycle. The note holds for the first value of a request, the registers
  // after that.
  reg               first_q;
  reg  [15:0]       pos_cur_q;
  reg  [5:0]        left_q;
  reg  [LANE_W-1:0] lane_q;

  wire [15:0]       pos_cur  = first_q ? note_pos : pos_cur_q;
  wire [5:0]        left_cur = first_q ? note_n : left_q;
  wire [LANE_W-1:0] lane_cur = first_q ? note_lane : lane_q;
  wire              last_cur = left_cur == 6'd1;

  reg               val_valid_q;
  reg               val_idx_q;
  reg               val_err_q;
  reg  [Q_W-1:0]    val_queue_q;
  reg  [15:0]       val_pos_q;
  reg  [15:0]       val_q;
  wire              val_ready;
  wire              val_step = note_valid && beat_valid && val_ready;

  assign note_pop = val_step && last_cur;
  assign beat_pop = val_step && (last_cur || (lane_cur == {LANE_W{1'b1}}));

  always @(posedge clk) begin
    if (val_step) begin
      first_q   <= last_cur;
      pos_cur_q <= pos_cur + 16'd1;
      left_q    <= left_cur - 6'd1;
      lane_q    <= lane_cur + 1'b1;
    end
    if (val_ready) begin
      val_valid_q <= note_valid && beat_valid;
      val_idx_q   <= note_idx;
      val_err_q   <= beat_err;
      val_queue_q <= note_queue;
      val_pos_q   <= pos_cur;
      val_q       <= beat_data[{lane_cur, 4'd0} +: 16];
    end
    if (rst) begin
      first_q     <= 1'b1;
      val_valid_q <= 1'b0;
    end
  end

  // Check. An index must not be ahead of what was requested, nor of what was known, by more than
  // the queue has; the second catches an index that goes back. In a queue of 32768 entries that are
  // all known and none requested, a further step of 32768 wraps to where the requests are.
  wire [63:0] val_unused_desc_addr;
  wire [63:0] val_unused_avail_addr;
  wire [63:0] val_unused_used_addr;
  wire [3:0]  note_size_log2;

  vnet_queue_ctx #(
    .NQ (NQ),
    .Q_W(Q_W)
  ) u_val_ctx (
    .clk          (clk),
    .wr           (ctx_wr),
    .wr_queue     (ctx_queue),
    .wr_desc_addr (ctx_desc_addr),
    .wr_avail_addr(ctx_avail_addr),
    .wr_used_addr (ctx_used_addr),
    .wr_size_log2 (ctx_size_log2),
    .rd_queue     (note_queue),
    .rd_desc_addr (val_unused_desc_addr),
    .rd_avail_addr(val_unused_avail_addr),
    .rd_used_addr (val_unused_used_addr),
    .rd_size_log2 (note_size_log2)
  );

  reg [3:0]  val_size_log2_q;
  reg [15:0] val_over_q;         // bits that a head of this queue may not have

  always @(posedge clk) begin
    if (val_ready) begin
      val_size_log2_q <= note_size_log2;
      val_over_q      <= 16'hFFFF << note_size_log2;
    end
  end

  reg [15:0] val_known;
  reg [15:0] val_requested;
  reg        val_dead;
  integer k;
  always @* begin
    val_known     = 16'd0;
    val_requested = 16'd0;
    val_dead      = 1'b0;
    for (k = 0; k < NQ; k = k + 1) begin
      if (val_queue_q == k[Q_W-1:0]) begin
        val_known     = sts_known[16*k +: 16];
        val_requested = requested[16*k +: 16];
        val_dead      = dead[k];
      end
    end
  end

  wire [15:0] val_size       = 16'd1 << val_size_log2_q;
  wire [15:0] ahead_known    = val_q - val_known;
  wire [15:0] ahead_request  = val_q - val_requested;
  wire        head_bad       = (val_q & val_over_q) != 16'd0;
  wire        head_lost      = val_dead || val_err_q || head_bad;
  wire        head_ready;

  // A head that gets lost waits for room like any other, so that the check does not stand in front of
  // the unpacking.
  assign val_ready = !val_valid_q || val_idx_q || head_ready;
  assign ent_queue = val_queue_q;
  assign evt_head  = val_valid_q && !val_idx_q && !head_lost && head_ready;
  assign evt_drop  = val_valid_q && !val_idx_q && head_lost && head_ready;
  assign drop_code = val_err_q ? 5'd18 : head_bad ? 5'd17 : 5'd0;

  always @(posedge clk) begin
    idx_valid_q <= val_valid_q && val_idx_q;
    idx_queue_q <= val_queue_q;
    idx_value_q <= val_q;
    idx_code_q  <= val_err_q ? 5'd18
                 : ((ahead_known > val_size) || (ahead_request > val_size) ||
                    (ahead_known[15] && !ahead_request[15])) ? 5'd16 : 5'd0;
    if (rst) begin
      idx_valid_q <= 1'b0;
    end
  end

  vnet_reg #(
    .W(Q_W + 32)
  ) u_head (
    .clk    (clk),
    .rst    (rst),
    .s_valid(val_valid_q && !val_idx_q && !head_lost),
    .s_ready(head_ready),
    .s_data ({val_queue_q, val_pos_q, val_q}),
    .m_valid(m_head_valid),
    .m_ready(m_head_ready),
    .m_data ({m_head_queue, m_head_pos, m_head_head})
  );

  // ---------------------------------------------------------------------------------------------
  // Requests to vnet_used_write

  wire           arm_any;
  wire [Q_W-1:0] arm_idx;
  reg  [15:0]    arm_pos;

  vnet_rr_arb #(
    .N    (NQ),
    .IDX_W(Q_W)
  ) u_arm (
    .clk        (clk),
    .rst        (rst),
    .req        (want_arm | want_busy),
    .advance    (arm_load),
    .grant_valid(arm_any),
    .grant      (arm_grant),
    .grant_idx  (arm_idx)
  );

  integer a;
  always @* begin
    arm_pos = 16'd0;
    for (a = 0; a < NQ; a = a + 1) begin
      if (arm_grant[a]) begin
        arm_pos = arm_pos | requested[16*a +: 16];
      end
    end
  end

  assign arm_load    = !arm_valid_q;
  assign m_arm_valid = arm_valid_q;
  assign m_arm_queue = arm_queue_q;
  assign m_arm_idx   = arm_idx_q;
  assign m_arm_sleep = arm_sleep_q;

  always @(posedge clk) begin
    if (arm_load) begin
      arm_valid_q <= arm_any;
      arm_queue_q <= arm_idx;
      arm_idx_q   <= arm_pos;
      arm_sleep_q <= (arm_grant & want_arm) != {NQ{1'b0}};
    end else if (m_arm_ready) begin
      arm_valid_q <= 1'b0;
    end
    if (rst) begin
      arm_valid_q <= 1'b0;
    end
  end

  // Unused: the FIFOs cannot overflow (counted), and the number of beats is known from the note.
  wire unused_ok = &{1'b0, note_ready, note_level, beat_ready, beat_level, s_rsp_last, len_wide,
                     fsm_unused_desc_addr, fsm_unused_used_addr, fsm_avail_addr[0],
                     val_unused_desc_addr, val_unused_avail_addr, val_unused_used_addr};

endmodule

`default_nettype wire
