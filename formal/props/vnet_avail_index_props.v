// vnet_avail_index_props: the available ring: free-running 16-bit indices, any size, any pace, for ever
// SPDX-License-Identifier: Apache-2.0
//
// Positions run modulo 2**16 and never stop; the ring place of a position is its low bits. Of a hostile driver's
// index the device believes only what its queue can hold: the entries from `requested` to `known` are at most as
// many as the queue has, whatever was answered, and an index is refused (AVAIL_JUMP) exactly if it would make them
// more, or goes back. Entries are read at their place, none behind `known`, each once. A head leaves only if it is
// below the size of the queue; heads have the positions 0, 1, 2 and so on, and the value that memory answered for
// their place. Slots are never exceeded, every answer has room, and a queue that has told that it is idle is silent
// until it starts again, at 0. All sizes from 1 to 2**SIZE_LOG2_MAX; the queue may be stopped at any time and started
// again when it was idle.
//
// The invariant follows the list of requests: each ends where the next begins, in positions and in bus words. So what
// is under way is a difference of two counters, and no sum over the list is needed.
`default_nettype none

module vnet_avail_index_props #(
  // Largest queue, log2.
  parameter integer SIZE_LOG2_MAX = 15
) (
  input wire        clk,
  input wire        rst,
  input wire        stop_now,
  input wire        start_again,
  input wire        other_error,
  input wire        kick,
  input wire        req_ready,
  input wire        rsp_valid,
  input wire [63:0] rsp_data,
  input wire        rsp_err,
  input wire        head_ready,
  input wire        slot_free,
  input wire        arm_ready,
  input wire        armed,
  input wire        armed_err,
  input wire        cpl
);

  localparam integer SLOTS = 16;
  localparam integer NOTES = 16;

  (* anyconst *) reg [63:0] avail_addr;
  (* anyconst *) reg [3:0]  size_log2;

  wire [15:0] size = 16'd1 << size_log2;

  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;
  wire        head_valid;
  wire [15:0] head_pos;
  wire [15:0] head_head;
  wire [15:0] known;
  wire        arm_valid;
  wire        arm_sleep;
  wire        idle;
  wire        qerr;

  reg [1:0]  age_q;
  reg        stop_q;
  reg        dead_q;       // a queue error was reported, by this module or by another one
  reg [3:0]  still_q;      // cycles since the queue has told that it is idle
  wire       enable = age_q == 2'd3;
  // The context is copied word by word first (vnet_queue_cfg).
  wire       restart = stop_q && idle && (still_q == 4'd8) && start_again;

  vnet_avail_fetch #(
    .DATA_W(64),
    .NQ    (1),
    .Q_W   (1),
    .SLOTS (SLOTS),
    .POLL_GAP(2)
  ) dut (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (age_q == 2'd1),
    .ctx_queue      (1'b0),
    .ctx_desc_addr  (64'd0),
    .ctx_avail_addr (avail_addr),
    .ctx_used_addr  (64'd0),
    .ctx_size_log2  (size_log2),
    .cfg_enable     (enable && !dead_q),
    .cfg_stop       (stop_q),
    .kick           (kick),
    .m_req_valid    (req_valid),
    .m_req_ready    (req_ready),
    .m_req_addr     (req_addr),
    .m_req_len      (req_len),
    .s_rsp_valid    (rsp_valid),
    .s_rsp_data     (rsp_data),
    .s_rsp_last     (1'b1),
    .s_rsp_err      (rsp_err),
    .m_head_valid   (head_valid),
    .m_head_ready   (head_ready),
    .m_head_queue   (),
    .m_head_pos     (head_pos),
    .m_head_head    (head_head),
    .slot_free_valid(slot_free),
    .slot_free_queue(1'b0),
    .m_arm_valid    (arm_valid),
    .m_arm_ready    (arm_ready),
    .m_arm_queue    (),
    .m_arm_idx      (),
    .m_arm_sleep    (arm_sleep),
    .armed_valid    (armed),
    .armed_queue    (1'b0),
    .armed_err      (armed_err),
    .cpl_valid      (cpl),
    .cpl_queue      (1'b0),
    .sts_known      (known),
    .sts_idle       (idle),
    .qerr_valid     (qerr),
    .qerr_queue     (),
    .qerr_code      ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  always @(posedge clk) begin
    age_q   <= age_q + (age_q != 2'd3);
    stop_q  <= stop_q || (stop_now && enable);
    dead_q  <= dead_q || ((qerr || other_error) && enable);
    still_q <= (rst || !(stop_q && idle)) ? 4'd0 : still_q + (still_q != 4'd8);
    if (rst || restart) begin
      age_q  <= 2'd0;
      stop_q <= 1'b0;
      dead_q <= 1'b0;
    end
  end

  // ---- The registers of the design.

  (* hierconn *) wire [15:0] \dut.requested ;
  (* hierconn *) wire        \dut.running ;
  (* hierconn *) wire        \dut.evt_issue ;
  (* hierconn *) wire        \dut.fsm_idx_q ;
  (* hierconn *) wire [5:0]  \dut.fsm_n_q ;
  (* hierconn *) wire [2:0]  \dut.state_q ;
  (* hierconn *) wire [15:0] \dut.pos_q ;
  (* hierconn *) wire [15:0] \dut.avail_n_q ;
  (* hierconn *) wire [3:0]  \dut.size_log2_q ;
  (* hierconn *) wire [15:0] \dut.ring_left_q ;
  (* hierconn *) wire [63:0] \dut.addr_q ;
  (* hierconn *) wire [16:0] \dut.offset_q ;
  (* hierconn *) wire [4:0]  \dut.free_q ;
  (* hierconn *) wire        \dut.fits_q ;
  (* hierconn *) wire        \dut.issue_q ;
  (* hierconn *) wire [4:0]  \dut.g_queue[0].u_queue.used_q ;
  (* hierconn *) wire [4:0]  \dut.slots_free ;
  (* hierconn *) wire        \dut.val_valid_q ;
  (* hierconn *) wire        \dut.val_idx_q ;
  (* hierconn *) wire        \dut.val_err_q ;
  (* hierconn *) wire [15:0] \dut.val_q ;
  (* hierconn *) wire [3:0]  \dut.val_size_log2_q ;
  (* hierconn *) wire [15:0] \dut.val_over_q ;
  (* hierconn *) wire        \dut.idx_valid_q ;
  (* hierconn *) wire [15:0] \dut.idx_value_q ;
  (* hierconn *) wire [4:0]  \dut.idx_code_q ;
  (* hierconn *) wire        \dut.note_valid ;
  (* hierconn *) wire        \dut.evt_drop ;
  (* hierconn *) wire        \dut.note_queue ;
  (* hierconn *) wire        \dut.note_idx ;
  (* hierconn *) wire        \dut.val_step ;
  (* hierconn *) wire        \dut.want_idx ;
  (* hierconn *) wire        \dut.want_entries ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.idx_out_q ;
  (* hierconn *) wire        \dut.fsm_queue_q ;
  (* hierconn *) wire        \dut.val_queue_q ;
  (* hierconn *) wire        \dut.idx_queue_q ;
  (* hierconn *) wire [195:0] \dut.u_fsm_ctx.g_register.ctx_q ;
  (* hierconn *) wire [195:0] \dut.u_val_ctx.g_register.ctx_q ;

  localparam [2:0] ST_CTX = 3'd1, ST_PLACE = 3'd2, ST_ADDR = 3'd3, ST_SIZE = 3'd4, ST_ISSUE = 3'd5;

  wire [15:0] mask   = size - 16'd1;
  // The entries that are known and not yet requested.
  wire [15:0] store = known - \dut.requested ;
  wire        set_up = age_q >= 2'd2;

  // An index answer is being checked; what the check has to say, in numbers that do not wrap.
  reg         check_q;
  reg         check_err_q;
  reg         legal_q;
  wire [15:0] step  = \dut.val_q - known;
  wire        legal = {1'b0, step} + {1'b0, store} <= {1'b0, size};

  always @(posedge clk) begin
    check_q     <= !rst && \dut.val_valid_q && \dut.val_idx_q ;
    check_err_q <= \dut.val_err_q ;
    legal_q     <= legal;
  end

  // ---- What is under way: numbers of heads, positions and bus words, all free running.

  (* hierconn *) wire        \dut.req_valid_q ;
  (* hierconn *) wire [4:0]  \dut.beats_q ;
  (* hierconn *) wire [4:0]  \dut.len_q ;
  (* hierconn *) wire [4:0]  \dut.credit_q ;
  (* hierconn *) wire [15:0] \dut.note_pos ;
  (* hierconn *) wire [5:0]  \dut.note_n ;
  (* hierconn *) wire [1:0]  \dut.note_lane ;
  (* hierconn *) wire [4:0]  \dut.u_note.wr_ptr_q ;
  (* hierconn *) wire [4:0]  \dut.u_note.rd_ptr_q ;
  (* hierconn *) wire [4:0]  \dut.u_beat.wr_ptr_q ;
  (* hierconn *) wire [4:0]  \dut.u_beat.rd_ptr_q ;
  (* hierconn *) wire        \dut.beat_ready ;
  (* hierconn *) wire        \dut.beat_pop ;
  (* hierconn *) wire        \dut.first_q ;
  (* hierconn *) wire [15:0] \dut.pos_cur_q ;
  (* hierconn *) wire [5:0]  \dut.left_q ;
  (* hierconn *) wire [1:0]  \dut.lane_q ;
  (* hierconn *) wire [15:0] \dut.val_pos_q ;
  (* hierconn *) wire        \dut.arm_valid_q ;
  (* hierconn *) wire        \dut.arm_queue_q ;
  (* hierconn *) wire [15:0] \dut.g_queue[0].u_queue.fly_q ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.err_q ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.stop_q ;
  (* hierconn *) wire [1:0]  \dut.g_queue[0].u_queue.state_q ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.quiet ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.kick_q ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.busy_q ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.err_valid ;

  // A request for n entries from `lane` on has this many bus words.
  function automatic [4:0] words;
    input [1:0] lane;
    input [5:0] n;
    reg   [6:0] top;
    begin
      top   = {5'd0, lane} + {1'b0, n} - 7'd1;
      words = top[6:2] + 5'd1;
    end
  endfunction

  reg  [7:0]  issued_q;     // words of the requests that were made
  reg  [7:0]  asked_q;      // words of those that memory has taken
  reg  [7:0]  answered_q;
  reg  [7:0]  popped_q;     // answers that are unpacked
  reg  [15:0] heads_q;      // heads that have left
  reg  [4:0]  slots_q;      // of those, still in a slot
  reg  [15:0] open_q;       // of those, not completed
  reg         sleep_q;      // a wish to be notified is on its way
  reg         work_q;       // a chain was completed
  reg         idle_q;       // the queue has told that it is idle and was not started again
  wire        head = head_valid && head_ready;
  wire        req  = req_valid && req_ready;

  always @(posedge clk) begin
    issued_q   <= issued_q + (\dut.evt_issue ? {3'd0, words(\dut.addr_q [2:1], \dut.fsm_n_q )} : 8'd0);
    asked_q    <= asked_q + (req ? req_len + 8'd1 : 8'd0);
    answered_q <= answered_q + rsp_valid;
    popped_q   <= popped_q + \dut.beat_pop ;
    heads_q    <= heads_q + head;
    slots_q    <= slots_q + head - slot_free;
    open_q     <= open_q + head - cpl;
    work_q     <= !rst && (work_q || cpl);
    sleep_q    <= (sleep_q && !armed) || (arm_valid && arm_ready && arm_sleep);
    idle_q     <= (stop_q && idle) || (idle_q && !enable);
    if (rst) begin
      issued_q   <= 8'd0;
      asked_q    <= 8'd0;
      answered_q <= 8'd0;
      popped_q   <= 8'd0;
      slots_q    <= 5'd0;
      open_q     <= 16'd0;
      sleep_q    <= 1'b0;
      idle_q     <= 1'b0;
    end
    if (rst || restart) begin
      heads_q <= 16'd0;
    end
  end

  // The list of requests, with the number of the first word of each.
  reg [7:0] word_q [0:NOTES-1];

  always @(posedge clk) begin
    if (\dut.evt_issue ) begin
      word_q[\dut.u_note.wr_ptr_q [3:0]] <= issued_q;
    end
  end

  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[0] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[1] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[2] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[3] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[4] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[5] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[6] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[7] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[8] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[9] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[10] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[11] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[12] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[13] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[14] ;
  (* hierconn *) wire [25:0] \dut.u_note.u_mem.mem[15] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[0] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[1] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[2] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[3] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[4] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[5] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[6] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[7] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[8] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[9] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[10] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[11] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[12] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[13] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[14] ;
  (* hierconn *) wire [64:0] \dut.u_beat.u_mem.mem[15] ;

  wire [4:0]          listed = \dut.u_note.wr_ptr_q - \dut.u_note.rd_ptr_q ;
  wire [NOTES-1:0]    in_list;
  wire [NOTES-1:0]    is_idx;
  wire [26*NOTES-1:0] notes = {\dut.u_note.u_mem.mem[15] , \dut.u_note.u_mem.mem[14] , \dut.u_note.u_mem.mem[13] , \dut.u_note.u_mem.mem[12] ,
                               \dut.u_note.u_mem.mem[11] , \dut.u_note.u_mem.mem[10] , \dut.u_note.u_mem.mem[9] , \dut.u_note.u_mem.mem[8] ,
                               \dut.u_note.u_mem.mem[7] , \dut.u_note.u_mem.mem[6] , \dut.u_note.u_mem.mem[5] , \dut.u_note.u_mem.mem[4] ,
                               \dut.u_note.u_mem.mem[3] , \dut.u_note.u_mem.mem[2] , \dut.u_note.u_mem.mem[1] , \dut.u_note.u_mem.mem[0] };
  wire [8*NOTES-1:0]  firsts;

  genvar i;
  generate
    for (i = 0; i < NOTES; i = i + 1) begin : g_note
      localparam integer J = (i + 1) % NOTES;
      wire        idx;
      wire        queue;
      wire [15:0] pos;
      wire [5:0]  n;
      wire [1:0]  lane;
      assign {idx, queue, pos, n, lane} = notes[26*i +: 26];
      wire [3:0]  behind = i[3:0] - \dut.u_note.rd_ptr_q [3:0];
      wire        next   = {1'b0, behind} + 5'd1 < listed;
      wire [15:0] end_pos  = next ? notes[26*J+8 +: 16] : \dut.requested ;
      wire [7:0]  end_word = next ? firsts[8*J +: 8] : issued_q;
      assign firsts[8*i +: 8] = word_q[i];
      assign in_list[i] = {1'b0, behind} < listed;
      assign is_idx[i]  = in_list[i] && idx;
      wire [7:0]  open_words = end_word - popped_q;
      // The followed entry of this request stands where it was counted.
      wire [15:0] inside = mark_pos_q - pos;
      wire [7:0]  at     = {6'd0, lane} + inside[7:0];

      rule note_legal (.rst(rst), .ok(!in_list[i] || ((n != 6'd0) && (n <= (idx ? 6'd1 : 6'd8)) && !queue)));
      rule note_ends_where_the_next_begins (
        .rst(rst), .ok(!in_list[i] || ((end_pos == pos + (idx ? 16'd0 : {10'd0, n})) &&
                                       (end_word == firsts[8*i +: 8] + {3'd0, words(lane, n)})))
      );
      rule note_has_words_to_come (
        .rst(rst), .ok(!in_list[i] || ((open_words != 8'd0) && (open_words <= issued_q - popped_q)))
      );
      rule note_of_the_followed (
        .rst(rst), .ok(!(mark_listed && (mark_note_q == i)) ||
                       (in_list[i] && !idx && (inside < {10'd0, n}) && (mark_lane_q == at[1:0]) &&
                        (mark_word_q == firsts[8*i +: 8] + {2'd0, at[7:2]})))
      );
    end
  endgenerate

  integer     c;
  reg   [4:0] indices;
  always @* begin
    indices = 5'd0;
    for (c = 0; c < NOTES; c = c + 1) begin
      indices = indices + {4'd0, is_idx[c]};
    end
  end

  wire        val_is_idx = \dut.val_valid_q && \dut.val_idx_q ;
  wire        val_is_ent = \dut.val_valid_q && !\dut.val_idx_q ;
  // The request in front, or where the next one will begin.
  wire        some       = listed != 5'd0;
  wire [15:0] front_pos  = some ? \dut.note_pos : \dut.requested ;
  wire [7:0]  front_word = some ? firsts >> {\dut.u_note.rd_ptr_q [3:0], 3'd0} : issued_q;
  wire [5:0]  done_n     = \dut.note_n - \dut.left_q ;
  wire [7:0]  done_at    = {6'd0, \dut.note_lane } + {2'd0, done_n};
  // The position that is unpacked next, and that of the oldest entry that has not left as a head.
  wire [15:0] cur_pos    = \dut.first_q ? front_pos : \dut.pos_cur_q ;
  wire [15:0] old_pos    = val_is_ent ? \dut.val_pos_q : cur_pos;
  wire [15:0] inside_n   = \dut.requested - old_pos;
  // Entries requested for which no head has left or waits to leave.
  wire [15:0] unsent_n   = \dut.requested - heads_q - {15'd0, head_valid};

  // Cycles until nothing of a stopped queue is left in the state machine, when no request waits.
  reg [3:0] steps;
  always @* begin
    case (\dut.state_q )
      3'd0:     steps = (\dut.want_idx || \dut.want_entries ) ? 4'd8 : 4'd0;
      ST_CTX:   steps = 4'd7;
      ST_PLACE: steps = 4'd6;
      ST_ADDR:  steps = 4'd5;
      ST_SIZE:  steps = 4'd4;
      ST_ISSUE: steps = \dut.issue_q ? 4'd2 : 4'd3;
      default:  steps = 4'd1;
    endcase
  end

  // ---- One entry, chosen freely, is followed: the word that its answer brings, and the value in it.

  (* anyseq *) reg       pick;
  (* anyseq *) reg [2:0] pick_n;

  reg        marked_q;
  reg        got_q;         // its answer has come
  reg [15:0] mark_pos_q;
  reg [3:0]  mark_note_q;   // its request in the list
  reg [7:0]  mark_word_q;
  reg [1:0]  mark_lane_q;
  reg [15:0] value_q;
  reg        bad_q;         // ... and was an error
  wire [3:0]  pick_at   = {2'd0, \dut.addr_q [2:1]} + {1'b0, pick_n};
  wire [63:0] mark_addr = avail_addr + 64'd4 + {47'd0, mark_pos_q & mask, 1'b0};
  wire        mark_head = marked_q && head_valid && (head_pos == mark_pos_q);
  wire        mark_val  = marked_q && val_is_ent && (\dut.val_pos_q == mark_pos_q);
  wire        mark_listed = marked_q && !mark_head && !mark_val;
  wire        answer    = marked_q && !got_q && rsp_valid && (answered_q == mark_word_q);

  always @(posedge clk) begin
    if (answer) begin
      got_q   <= 1'b1;
      value_q <= rsp_data >> {mark_lane_q, 4'd0};
      bad_q   <= rsp_err;
    end
    if ((mark_head && head_ready) || (mark_val && \dut.evt_drop )) begin
      marked_q <= 1'b0;
    end else if (!marked_q && pick && \dut.evt_issue && !\dut.fsm_idx_q && ({3'd0, pick_n} < \dut.fsm_n_q )) begin
      marked_q    <= 1'b1;
      got_q       <= 1'b0;
      mark_pos_q  <= \dut.pos_q + {13'd0, pick_n};
      mark_note_q <= \dut.u_note.wr_ptr_q [3:0];
      mark_word_q <= issued_q + {6'd0, pick_at[3:2]};
      mark_lane_q <= pick_at[1:0];
    end
    if (rst) begin
      marked_q <= 1'b0;
    end
  end

  // Its word in the answers that wait: the pointers of the FIFO count as the words do.
  wire [3:0]  mark_place = mark_word_q[3:0];
  wire [65*NOTES-1:0] beats = {\dut.u_beat.u_mem.mem[15] , \dut.u_beat.u_mem.mem[14] , \dut.u_beat.u_mem.mem[13] , \dut.u_beat.u_mem.mem[12] ,
                               \dut.u_beat.u_mem.mem[11] , \dut.u_beat.u_mem.mem[10] , \dut.u_beat.u_mem.mem[9] , \dut.u_beat.u_mem.mem[8] ,
                               \dut.u_beat.u_mem.mem[7] , \dut.u_beat.u_mem.mem[6] , \dut.u_beat.u_mem.mem[5] , \dut.u_beat.u_mem.mem[4] ,
                               \dut.u_beat.u_mem.mem[3] , \dut.u_beat.u_mem.mem[2] , \dut.u_beat.u_mem.mem[1] , \dut.u_beat.u_mem.mem[0] };
  reg  [64:0] mark_beat;
  integer     b;
  always @* begin
    mark_beat = 65'd0;
    for (b = 0; b < NOTES; b = b + 1) begin
      if (mark_place == b[3:0]) begin
        mark_beat = beats[65*b +: 65];
      end
    end
  end
  wire [15:0] mark_found = mark_beat[63:0] >> {mark_lane_q, 4'd0};
  wire [7:0]  mark_open = mark_word_q - asked_q;
  wire [63:0] mark_from = req_addr + {53'd0, mark_open, 3'd0};

  // ---- The ring.

  wire [15:0] first     = \dut.pos_q & mask;
  wire [63:0] place     = avail_addr + 64'd4 + {47'd0, first, 1'b0};

  wire [16:0] offset    = \dut.fsm_idx_q ? 17'd2 : {first, 1'b0} + 17'd4;
  wire        behind_addr = (\dut.state_q == ST_SIZE) || (\dut.state_q == ST_ISSUE);
  wire        preparing = (\dut.state_q >= ST_PLACE) && (\dut.state_q <= ST_ISSUE);

  always @* begin
    assume((avail_addr[0] == 1'b0) && (size_log2 <= SIZE_LOG2_MAX));
    assume(!kick || enable);
    // A slot is freed for a head that came (vnet_desc_fetch), a chain completed after that, and its consumer holds
    // fewer than a counter of 16 bits can tell.
    assume(!slot_free || (slots_q != 5'd0));
    assume(!cpl || (open_q != 16'd0));
    assume(open_q < 16'hfff0);
    // One answer for every sleep; vnet_used_write is silent before the start.
    assume(!armed || sleep_q);
    // Memory answers what it was asked for.
    assume(!rsp_valid || (asked_q != answered_q));
    if (!rst) begin
      store_fits_the_queue: assert(stop_q || (store <= size));
      if (check_q && !stop_q) begin
        jump_exact: assert(check_err_q ? (\dut.idx_code_q == 5'd18) : (\dut.idx_code_q == (legal_q ? 5'd0 : 5'd16)));
      end
      every_answer_checked: assert(check_q == \dut.idx_valid_q );
      if (\dut.evt_issue && !\dut.fsm_idx_q ) begin
        none_behind_known: assert((\dut.fsm_n_q != 6'd0) && ({10'd0, \dut.fsm_n_q } <= store));
        requested_in_order: assert(\dut.pos_q == \dut.requested );
        entry_at_its_place: assert(\dut.addr_q == place);
        not_over_the_end: assert({1'b0, first} + \dut.fsm_n_q <= {1'b0, size});
        slot_for_every_entry: assert(\dut.fsm_n_q  <= {1'b0, \dut.slots_free } );
      end
      if (\dut.evt_issue && \dut.fsm_idx_q ) begin
        index_at_its_place: assert(\dut.addr_q == avail_addr + 64'd2);
      end
      head_in_range: assert(!head_valid || (head_head < size));
      heads_in_ring_order: assert(!head_valid || (head_pos == heads_q));
      head_is_the_entry: assert(!mark_head || (head_head == value_q));
      room_for_every_answer: assert(!rsp_valid || \dut.beat_ready );
      slot_for_every_head: assert(!head_valid || (slots_q < SLOTS));
      if (req_valid && marked_q && !got_q && (mark_open <= req_len)) begin
        entry_is_read: assert((mark_from[63:3] == mark_addr[63:3]) && (mark_lane_q == mark_addr[2:1]));
      end
      silent_when_idle: assert(!idle_q || (!req_valid && !head_valid && !arm_valid));
      nothing_open_when_idle: assert(!(stop_q && idle) || ((asked_q == answered_q) && (open_q == 16'd0) && !sleep_q));

      // Invariants.
      inv_quiet_before: assert(enable || (!\dut.running && !\dut.val_valid_q && !\dut.idx_valid_q && !\dut.note_valid &&
                                          !head_valid && (\dut.state_q == 3'd0) && !\dut.want_idx && !\dut.want_entries &&
                                          !arm_valid && !sleep_q && (known == 16'd0) && (\dut.requested == 16'd0) &&
                                          (open_q == 16'd0) && (slots_q == 5'd0) && !stop_q &&
                                          !\dut.g_queue[0].u_queue.err_q && !marked_q && !dead_q));
      inv_ctx: assert(!set_up || ((\dut.u_fsm_ctx.g_register.ctx_q [3:0] == size_log2) &&
                                  (\dut.u_fsm_ctx.g_register.ctx_q [131:68] == avail_addr) &&
                                  (\dut.u_val_ctx.g_register.ctx_q [3:0] == size_log2)));
      inv_val: assert(!\dut.val_valid_q || ((\dut.val_size_log2_q == size_log2) &&
                                            (\dut.val_over_q == 16'hffff << size_log2)));
      inv_idx: assert(stop_q || !(\dut.idx_valid_q && (\dut.idx_code_q == 5'd0)) ||
                      ({1'b0, \dut.idx_value_q - known} + {1'b0, store} <= {1'b0, size}));
      inv_queue: assert((!\dut.evt_issue || !\dut.fsm_queue_q ) && (!\dut.val_valid_q || !\dut.val_queue_q ) &&
                        (!\dut.idx_valid_q || !\dut.idx_queue_q ) && ((\dut.state_q == 3'd0) || !\dut.fsm_queue_q ));
      // The list: each request ends where the next begins; indices among them are counted.
      inv_listed: assert(listed <= 5'd16);
      inv_indices: assert((indices + {4'd0, val_is_idx} + {4'd0, \dut.idx_valid_q }) ==
                          {4'd0, \dut.g_queue[0].u_queue.idx_out_q });
      inv_no_second: assert(!\dut.g_queue[0].u_queue.idx_out_q || (\dut.state_q == 3'd6) ||
                            (!\dut.want_idx && ((\dut.state_q == 3'd0) || !\dut.fsm_idx_q )));
      inv_unpack: assert(\dut.first_q ||
                         (some && !\dut.note_idx && (\dut.left_q != 6'd0) && (\dut.left_q < \dut.note_n ) &&
                          (\dut.pos_cur_q == \dut.note_pos + {10'd0, done_n}) && (\dut.lane_q == done_at[1:0])));
      inv_popped: assert(popped_q == front_word + (\dut.first_q ? 8'd0 : {2'd0, done_at[7:2]}));
      inv_beats: assert((\dut.u_beat.wr_ptr_q == answered_q[4:0]) && (\dut.u_beat.rd_ptr_q == popped_q[4:0]) &&
                        (answered_q - popped_q <= asked_q - popped_q) && (asked_q - popped_q <= issued_q - popped_q) &&
                        (issued_q - popped_q <= 8'd16));
      inv_credit: assert({3'd0, \dut.credit_q } == 8'd16 - (issued_q - popped_q));
      inv_request: assert(issued_q == asked_q + (\dut.req_valid_q ? {3'd0, \dut.len_q } + 8'd1 : 8'd0));
      inv_listed_request: assert(!\dut.req_valid_q || (some && (\dut.state_q != 3'd2) && (\dut.state_q != 3'd3) &&
                                 (\dut.state_q != 3'd4) && (\dut.state_q != 3'd5)));
      inv_count: assert((\dut.state_q != ST_ISSUE) || !\dut.issue_q ||
                        ((\dut.beats_q == words(\dut.addr_q [2:1], \dut.fsm_n_q )) &&
                         (\dut.len_q == \dut.beats_q - 5'd1)));
      inv_issue: assert(!\dut.issue_q || (\dut.state_q == ST_ISSUE) || (\dut.state_q == 3'd6));
      inv_val_pos: assert(!val_is_ent || (cur_pos == \dut.val_pos_q + 16'd1));
      // Slots and chains.
      inv_used: assert(({11'd0, \dut.g_queue[0].u_queue.used_q } ==
                        {11'd0, slots_q} + {15'd0, head_valid} + inside_n) &&
                       (\dut.g_queue[0].u_queue.used_q <= SLOTS) && (inside_n <= SLOTS));
      inv_fly: assert(\dut.g_queue[0].u_queue.fly_q == open_q + {15'd0, head_valid});
      inv_head: assert(!head_valid || (head_pos == heads_q));
      inv_next: assert(\dut.g_queue[0].u_queue.err_q || stop_q || (old_pos == heads_q + {15'd0, head_valid}));
      // Without heads, what was requested before the error or stop is dropped.
      inv_behind: assert((stop_q && (inside_n == 16'd0) && !head_valid) ||
                         ((unsent_n <= SLOTS) && (inside_n <= unsent_n)));
      inv_still: assert(still_q <= 4'd8);
      // The followed entry.
      inv_mark: assert(!marked_q || mark_head || (mark_pos_q - old_pos < inside_n));
      inv_not_yet: assert(!marked_q || got_q || (mark_word_q - answered_q < issued_q - answered_q));
      inv_where: assert(!mark_listed || (mark_word_q - popped_q < issued_q - popped_q));
      inv_answered: assert(!(mark_listed && got_q) || (mark_word_q - popped_q < answered_q - popped_q));
      inv_waits: assert(!(mark_listed && got_q) || ((mark_found == value_q) && (mark_beat[64] == bad_q)));
      inv_value: assert(!mark_val || (got_q && (\dut.val_q == value_q) && (\dut.val_err_q == bad_q)));
      inv_marked_head: assert(!mark_head || (got_q && !bad_q));
      // Silence.
      inv_sleep: assert((\dut.g_queue[0].u_queue.state_q == 2'd3) ==
                        (sleep_q || (arm_valid && arm_sleep)));
      inv_arm: assert((!\dut.arm_valid_q || !\dut.arm_queue_q ) && !(sleep_q && arm_valid && arm_sleep));
      inv_stop: assert(!\dut.g_queue[0].u_queue.stop_q || stop_q || !set_up);
      inv_idle: assert(!(stop_q && idle) || (\dut.g_queue[0].u_queue.quiet && !\dut.want_idx && !\dut.want_entries &&
                       (known == 16'd0) && (\dut.requested == 16'd0) && !\dut.g_queue[0].u_queue.err_q &&
                       !\dut.g_queue[0].u_queue.kick_q && !\dut.g_queue[0].u_queue.busy_q &&
                       (\dut.g_queue[0].u_queue.state_q == 2'd0) && ({1'b0, steps} + {1'b0, still_q} <= 5'd8)));
      inv_state: assert(\dut.state_q <= 3'd6);
      if (set_up && \dut.running ) begin
        inv_wanted: assert((store != 16'd0) || !((\dut.state_q == 3'd0) ? \dut.want_entries :
                                                 (\dut.state_q == ST_CTX) && !\dut.fsm_idx_q ));
      end
      // From ST_CTX on the numbers of the queue only get better, while it runs.
      if (preparing && set_up && \dut.running ) begin
        inv_pos: assert((\dut.pos_q == \dut.requested ) && (\dut.avail_n_q <= store) && (\dut.size_log2_q == size_log2));
        inv_free: assert(\dut.free_q <= \dut.slots_free );
        inv_entries: assert(\dut.fsm_idx_q || (\dut.avail_n_q != 16'd0));
        inv_base: assert(behind_addr || (\dut.addr_q == avail_addr));
        inv_offset: assert((\dut.state_q == ST_PLACE) || ((\dut.offset_q == offset) && (\dut.ring_left_q == size - first)));
        inv_addr: assert(!behind_addr || (\dut.addr_q == avail_addr + {47'd0, offset}));
        inv_n: assert((\dut.state_q != ST_ISSUE) || (\dut.fsm_idx_q ? (\dut.fsm_n_q == 6'd1) :
                      ((\dut.fsm_n_q != 6'd0) && (\dut.fsm_n_q <= 6'd8) && ({10'd0, \dut.fsm_n_q } <= \dut.avail_n_q ) &&
                       ({10'd0, \dut.fsm_n_q } <= \dut.ring_left_q ))));
        inv_fits: assert((\dut.state_q != ST_ISSUE) || !\dut.issue_q || !\dut.fits_q || \dut.fsm_idx_q ||
                         (\dut.fsm_n_q  <= {1'b0, \dut.free_q }));
      end
    end
  end

  always @* begin
    if (!rst) begin
      followed_head: cover(mark_head && (mark_lane_q == 2'd1) && (heads_q == 16'd1));
      two_words: cover(\dut.evt_issue && (\dut.beats_q == 5'd2));
      dropped: cover(marked_q && \dut.evt_drop && got_q && !bad_q);
      starts_again: cover(restart && work_q);
      index_wraps: cover(check_q && legal_q && !check_err_q && (known == 16'd0) && \dut.idx_valid_q );
    end
  end

endmodule

`default_nettype wire
