// vnet_used_ring_props: used ring: indices that wrap, entries and their data, interrupts, idle
// SPDX-License-Identifier: Apache-2.0
//
// One queue of any size from 1 to 32768 and any place. It is started, runs, is stopped at any time, tells that it is
// idle and may be started again; memory and the suppression word are anything, at any pace, with errors. Indices run
// modulo 2**16 and never stop: they are compared as distances from `shown`, the used.idx that is known to be in
// memory. The engine holds fewer than 32768 chains, so all distances are true numbers.
//
// Completions are numbered from 0 in each life of the queue. A number is chosen freely: the entry with this number has
// to carry the id and length of the completion with it. Entries are written in order without gaps, so each completion
// of a running queue is one entry. Another number is chosen for frame ends: if used.idx is this number, the completion
// before it was the end of a frame.
//
// A note is kept of each write job from the cycle on in which it is made, at the place it has in the list of jobs:
// kind, number of its first entry, entries, value. It is proved that commands and data words are what the notes say;
// what a response means is taken from the note.
`default_nettype none

module vnet_used_ring_props (
  input wire        clk,
  input wire        rst,
  input wire        cfg_event_idx,
  input wire        stop_now,
  input wire        start_again,
  input wire        cpl_valid,
  input wire [15:0] cpl_head,
  input wire [31:0] cpl_len,
  input wire        cpl_eof,
  input wire        cpl_more,
  input wire        arm_valid,
  input wire [15:0] arm_idx,
  input wire        arm_sleep,
  input wire        cmd_ready,
  input wire        dat_ready,
  input wire        done_valid,
  input wire        done_err,
  input wire        req_ready,
  input wire        rsp_valid,
  input wire [63:0] rsp_data,
  input wire        rsp_err
);

  localparam integer JOBS = 2;   // write jobs in flight
  localparam integer P_W  = 2;

  (* anyconst *) reg [63:0] avail_addr;
  (* anyconst *) reg [63:0] used_addr;
  (* anyconst *) reg [3:0]  size_log2;
  (* anyconst *) reg [15:0] followed;
  (* anyconst *) reg [15:0] frame_end;

  wire [15:0] size = 16'd1 << size_log2;
  wire [15:0] mask = size - 16'd1;

  wire        cpl_ready;
  wire        cpl_taken;
  wire        arm_ready;
  wire        armed;
  wire        cmd_valid;
  wire [63:0] cmd_addr;
  wire [19:0] cmd_len;
  wire [2:0]  cmd_off;
  wire        cmd_eop;
  wire        dat_valid;
  wire [63:0] dat_data;
  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;
  wire        irq;
  wire        idle;

  // ---- Lives of the queue: context, enabled, stopped; when it has told that it is idle, perhaps the next one.

  reg [1:0] age_q;
  reg       stop_q;
  reg       allowed_q;
  wire      enable  = age_q == 2'd3;
  wire      restart = stop_q && idle && start_again && !cpl_valid && !arm_valid;
  wire      off     = !allowed_q && !stop_q;

  always @(posedge clk) begin
    allowed_q <= enable && !stop_q;
    age_q     <= restart ? 2'd0 : age_q + (age_q != 2'd3);
    stop_q    <= !restart && (stop_q || (stop_now && enable));
    if (rst) begin
      age_q     <= 2'd0;
      stop_q    <= 1'b0;
      allowed_q <= 1'b0;
    end
  end

  wire new_life = rst || restart;

  vnet_used_write #(
    .DATA_W    (64),
    .NQ        (1),
    .Q_W       (1),
    .AGE_CYCLES(2),
    .JOBS      (JOBS),
    .LEN_W     (20)
  ) dut (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (age_q == 2'd1),
    .ctx_queue      (1'b0),
    .ctx_desc_addr  (64'd0),
    .ctx_avail_addr (avail_addr),
    .ctx_used_addr  (used_addr),
    .ctx_size_log2  (size_log2),
    .cfg_event_idx  (cfg_event_idx),
    .cfg_enable     (enable),
    .cfg_stop       (stop_q),
    .s_cpl_valid    (cpl_valid),
    .s_cpl_ready    (cpl_ready),
    .s_cpl_queue    (1'b0),
    .s_cpl_head     (cpl_head),
    .s_cpl_len      (cpl_len),
    .s_cpl_eof      (cpl_eof),
    .s_cpl_more     (cpl_more),
    .cpl_taken_valid(cpl_taken),
    .cpl_taken_queue(),
    .s_arm_valid    (arm_valid),
    .s_arm_ready    (arm_ready),
    .s_arm_queue    (1'b0),
    .s_arm_idx      (arm_idx),
    .s_arm_sleep    (arm_sleep),
    .armed_valid    (armed),
    .armed_queue    (),
    .armed_err      (),
    .m_cmd_valid    (cmd_valid),
    .m_cmd_ready    (cmd_ready),
    .m_cmd_addr     (cmd_addr),
    .m_cmd_len      (cmd_len),
    .m_cmd_off      (cmd_off),
    .m_cmd_eop      (cmd_eop),
    .m_dat_valid    (dat_valid),
    .m_dat_ready    (dat_ready),
    .m_dat_data     (dat_data),
    .s_done_valid   (done_valid),
    .s_done_err     (done_err),
    .m_req_valid    (req_valid),
    .m_req_ready    (req_ready),
    .m_req_addr     (req_addr),
    .m_req_len      (req_len),
    .s_rsp_valid    (rsp_valid),
    .s_rsp_data     (rsp_data),
    .s_rsp_last     (1'b1),
    .s_rsp_err      (rsp_err),
    .irq_req        (irq),
    .qerr_valid     (),
    .qerr_queue     (),
    .qerr_code      (),
    .sts_idle       (idle)
  );

  reset_first #(.AGAIN(0)) u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(50), .ASSUME(1)) u_cpl (
    .clk(clk), .rst(rst), .valid(cpl_valid), .ready(cpl_ready), .payload({cpl_head, cpl_len, cpl_eof, cpl_more})
  );
  stream_rules #(.W(17), .ASSUME(1)) u_arm (
    .clk(clk), .rst(rst), .valid(arm_valid), .ready(arm_ready), .payload({arm_idx, arm_sleep})
  );
  stream_rules #(.W(64 + 20 + 3 + 1)) u_cmd (
    .clk(clk), .rst(rst), .valid(cmd_valid), .ready(cmd_ready), .payload({cmd_addr, cmd_len, cmd_off, cmd_eop})
  );
  stream_rules #(.W(64)) u_dat (
    .clk(clk), .rst(rst), .valid(dat_valid), .ready(dat_ready), .payload(dat_data)
  );
  stream_rules #(.W(72)) u_req (
    .clk(clk), .rst(rst), .valid(req_valid), .ready(req_ready), .payload({req_addr, req_len})
  );

  // ---- The registers of the design.

  (* hierconn *) wire            \dut.evt_accept ;
  (* hierconn *) wire            \dut.evt_issue_test ;
  (* hierconn *) wire            \dut.write_go ;
  (* hierconn *) wire            \dut.calc_go ;
  (* hierconn *) wire            \dut.in_valid ;
  (* hierconn *) wire            \dut.in_live ;
  (* hierconn *) wire [2:0]      \dut.state_q ;
  (* hierconn *) wire [1:0]      \dut.job_kind_q ;
  (* hierconn *) wire            \dut.job_queue_q ;
  (* hierconn *) wire            \dut.arm_valid_q ;
  (* hierconn *) wire            \dut.arm_queue_q ;
  (* hierconn *) wire            \dut.look_live_q ;
  (* hierconn *) wire [63:0]     \dut.look_base_q ;
  (* hierconn *) wire [3:0]      \dut.look_size_q ;
  (* hierconn *) wire [15:0]     \dut.look_issued_q ;
  (* hierconn *) wire [5:0]      \dut.look_fill_q ;
  (* hierconn *) wire [15:0]     \dut.look_eof_q ;
  (* hierconn *) wire [15:0]     \dut.look_block_eof_q ;
  (* hierconn *) wire [15:0]     \dut.look_target_q ;
  (* hierconn *) wire [4:0]      \dut.ent_n_q ;
  (* hierconn *) wire [15:0]     \dut.job_value ;
  (* hierconn *) wire            \dut.send_addr_q ;
  (* hierconn *) wire            \dut.send_data_q ;
  (* hierconn *) wire            \dut.send_read_q ;
  (* hierconn *) wire            \dut.send_ent_q ;
  (* hierconn *) wire            \dut.send_release_q ;
  (* hierconn *) wire            \dut.send_queue_q ;
  (* hierconn *) wire [1:0]      \dut.send_end_q ;
  (* hierconn *) wire [63:0]     \dut.send_base_q ;
  (* hierconn *) wire [18:0]     \dut.send_offset_q ;
  (* hierconn *) wire [7:0]      \dut.send_bytes_q ;
  (* hierconn *) wire [15:0]     \dut.send_value_q ;
  (* hierconn *) wire [2:0]      \dut.send_lane_q ;
  (* hierconn *) wire [4:0]      \dut.send_word_q ;
  (* hierconn *) wire [4:0]      \dut.send_last_q ;
  (* hierconn *) wire            \dut.word_valid_q ;
  (* hierconn *) wire            \dut.word_ent_q ;
  (* hierconn *) wire [15:0]     \dut.word_value_q ;
  (* hierconn *) wire            \dut.word_free ;
  (* hierconn *) wire            \dut.word_read ;
  (* hierconn *) wire            \dut.dat_ready ;
  (* hierconn *) wire [63:0]     \dut.mem_word ;
  (* hierconn *) wire            \dut.mem_wr_q ;
  (* hierconn *) wire [4:0]      \dut.mem_place_q ;
  (* hierconn *) wire [63:0]     \dut.mem_data_q ;
  (* hierconn *) wire            \dut.done_valid_q ;
  (* hierconn *) wire [1:0]      \dut.done_kind_q ;
  (* hierconn *) wire            \dut.done_queue_q ;
  (* hierconn *) wire            \dut.done_border_q ;
  (* hierconn *) wire [15:0]     \dut.done_idx_q ;
  (* hierconn *) wire            \dut.done_err_q ;
  (* hierconn *) wire            \dut.read_valid_q ;
  (* hierconn *) wire            \dut.read_queue_q ;
  (* hierconn *) wire            \dut.read_err_q ;
  (* hierconn *) wire            \dut.test_valid_q ;
  (* hierconn *) wire            \dut.test_err_q ;
  (* hierconn *) wire            \dut.test_queue_q ;
  (* hierconn *) wire [195:0]    \dut.u_ctx.g_register.ctx_q ;
  (* hierconn *) wire [1:0]      \dut.u_cpl.wr_ptr_q ;
  (* hierconn *) wire [1:0]      \dut.u_cpl.rd_ptr_q ;
  (* hierconn *) wire [50:0]     \dut.u_cpl.u_mem.mem[0] ;
  (* hierconn *) wire [50:0]     \dut.u_cpl.u_mem.mem[1] ;
  (* hierconn *) wire [P_W-1:0]  \dut.u_jobs.wr_ptr_q ;
  (* hierconn *) wire [P_W-1:0]  \dut.u_jobs.rd_ptr_q ;
  (* hierconn *) wire [20:0]     \dut.u_jobs.u_mem.mem[0] ;
  (* hierconn *) wire [20:0]     \dut.u_jobs.u_mem.mem[1] ;
  (* hierconn *) wire [1:0]      \dut.u_open.wr_ptr_q ;
  (* hierconn *) wire [1:0]      \dut.u_open.rd_ptr_q ;
  (* hierconn *) wire [2:0]      \dut.u_open.u_mem.mem[0] ;
  (* hierconn *) wire [2:0]      \dut.u_open.u_mem.mem[1] ;

  (* hierconn *) wire            \dut.g_queue[0].u_state.run_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.dead_q ;
  (* hierconn *) wire [P_W:0]    \dut.g_queue[0].u_state.jobs_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.fill_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.issued_q ;
  (* hierconn *) wire [1:0]      \dut.g_queue[0].u_state.released_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.eof_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.block_eof_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.target_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.pub_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.idx_busy_q ;
  (* hierconn *) wire [15:0]     \dut.g_queue[0].u_state.shown_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.test_todo_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.test_busy_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.want_ent_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.want_idx_q ;
  (* hierconn *) wire            \dut.g_queue[0].u_state.want_test_q ;

  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[0] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[1] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[2] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[3] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[4] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[5] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[6] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[7] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[8] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[9] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[10] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[11] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[12] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[13] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[14] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[15] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[16] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[17] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[18] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[19] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[20] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[21] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[22] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[23] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[24] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[25] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[26] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[27] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[28] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[29] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[30] ;
  (* hierconn *) wire [63:0]     \dut.g_bank[0].u_mem.mem[31] ;

  wire [64*32-1:0] memory = {
    \dut.g_bank[0].u_mem.mem[31] , \dut.g_bank[0].u_mem.mem[30] ,
    \dut.g_bank[0].u_mem.mem[29] , \dut.g_bank[0].u_mem.mem[28] ,
    \dut.g_bank[0].u_mem.mem[27] , \dut.g_bank[0].u_mem.mem[26] ,
    \dut.g_bank[0].u_mem.mem[25] , \dut.g_bank[0].u_mem.mem[24] ,
    \dut.g_bank[0].u_mem.mem[23] , \dut.g_bank[0].u_mem.mem[22] ,
    \dut.g_bank[0].u_mem.mem[21] , \dut.g_bank[0].u_mem.mem[20] ,
    \dut.g_bank[0].u_mem.mem[19] , \dut.g_bank[0].u_mem.mem[18] ,
    \dut.g_bank[0].u_mem.mem[17] , \dut.g_bank[0].u_mem.mem[16] ,
    \dut.g_bank[0].u_mem.mem[15] , \dut.g_bank[0].u_mem.mem[14] ,
    \dut.g_bank[0].u_mem.mem[13] , \dut.g_bank[0].u_mem.mem[12] ,
    \dut.g_bank[0].u_mem.mem[11] , \dut.g_bank[0].u_mem.mem[10] ,
    \dut.g_bank[0].u_mem.mem[9] , \dut.g_bank[0].u_mem.mem[8] ,
    \dut.g_bank[0].u_mem.mem[7] , \dut.g_bank[0].u_mem.mem[6] ,
    \dut.g_bank[0].u_mem.mem[5] , \dut.g_bank[0].u_mem.mem[4] ,
    \dut.g_bank[0].u_mem.mem[3] , \dut.g_bank[0].u_mem.mem[2] ,
    \dut.g_bank[0].u_mem.mem[1] , \dut.g_bank[0].u_mem.mem[0]
  };

  localparam [1:0] ENT = 2'd0, IDX = 2'd1, ARM = 2'd2, TEST = 2'd3;
  localparam [2:0] ST_PICK = 3'd0, ST_LOOK = 3'd1, ST_COUNT = 3'd2, ST_CALC = 3'd3, ST_SETTLE = 3'd4;

  wire [2:0]  state  = \dut.state_q ;
  wire [1:0]  kind   = \dut.job_kind_q ;
  wire        run    = \dut.g_queue[0].u_state.run_q ;
  wire        dead   = \dut.g_queue[0].u_state.dead_q ;
  wire        live   = run && !dead;
  wire [15:0] fill   = \dut.g_queue[0].u_state.fill_q ;
  wire [15:0] target = \dut.g_queue[0].u_state.target_q ;
  wire [15:0] eof    = \dut.g_queue[0].u_state.eof_q ;
  wire [15:0] block_eof = \dut.g_queue[0].u_state.block_eof_q ;
  wire        test_busy = \dut.g_queue[0].u_state.test_busy_q ;
  wire        idx_busy  = \dut.g_queue[0].u_state.idx_busy_q ;

  // ---- Places in the list of jobs: made, command taken, data taken, response come.

  wire [P_W-1:0] w = \dut.u_jobs.wr_ptr_q ;
  wire [P_W-1:0] r = \dut.u_jobs.rd_ptr_q ;
  wire [P_W-1:0] last = w - 1'b1;
  reg  [P_W-1:0] c_q;
  reg  [P_W-1:0] d_q;
  reg  [4:0]     pos_q;        // data words of d that were taken
  reg            reads_q;

  // ---- The notes.

  // {kind, number of the first entry, entries, value, event index}
  localparam integer NOTE_W = 40;
  reg [NOTE_W-1:0] note_0_q;
  reg [NOTE_W-1:0] note_1_q;


  function [1:0] kind_of(input [P_W-1:0] j);
    kind_of = j[0] ? note_1_q[39:38] : note_0_q[39:38];
  endfunction
  function [15:0] first_of(input [P_W-1:0] j);
    first_of = j[0] ? note_1_q[37:22] : note_0_q[37:22];
  endfunction
  function [4:0] n_of(input [P_W-1:0] j);
    n_of = j[0] ? note_1_q[21:17] : note_0_q[21:17];
  endfunction
  function [15:0] value_of(input [P_W-1:0] j);
    value_of = j[0] ? note_1_q[16:1] : note_0_q[16:1];
  endfunction
  function event_of(input [P_W-1:0] j);
    event_of = j[0] ? note_1_q[0] : note_0_q[0];
  endfunction
  function [4:0] words_of(input [P_W-1:0] j);
    words_of = (kind_of(j) == ENT) ? n_of(j) : 5'd1;
  endfunction
  function [P_W+4:0] next_word(input [P_W+4:0] word);
    next_word = (word[4:0] + 5'd1 == words_of(word[P_W+4:5])) ? {word[P_W+4:5] + 1'b1, 5'd0} : word + 1'b1;
  endfunction

  wire cmd = cmd_valid && cmd_ready;
  wire dat = dat_valid && dat_ready;
  wire cpl = cpl_valid && cpl_ready;
  wire dat_end = dat && (pos_q + 5'd1 == words_of(d_q));

  // ---- Numbers of this life.

  reg [15:0] accepted_q;   // completions
  reg [15:0] filled_q;     // of these, in the entry memory
  reg [15:0] made_q;       // entries in jobs
  reg [15:0] issued_q;     // entries in commands that were taken
  reg [15:0] released_q;   // entries that were read from the entry memory
  reg [15:0] answered_q;   // entries whose response has come
  reg [15:0] stored_q;     // the same, up to the first error
  reg [15:0] shown_q;      // used.idx that is known to be in memory
  reg        failed_q;     // a write failed
  reg        error_q;      // a write or a read failed

  wire take_idx = done_valid && (kind_of(r) == IDX);
  reg  shown_seen_q;       // the index was shown in the cycle before
  reg  fresh_q;            // shown since the last look at the suppression word
  reg  cause_q;            // so it was when this look began

  wire [NOTE_W-1:0] note = {kind, made_q, (kind == ENT) ? \dut.ent_n_q : 5'd0, \dut.job_value , cfg_event_idx};

  reg        ends_q;       // the completion before number frame_end ended a frame
  reg [47:0] value_q;      // length and id of the completion with the followed number

  always @(posedge clk) begin
    if (cpl) begin
      accepted_q <= accepted_q + 16'd1;
      if (accepted_q + 16'd1 == frame_end) begin
        ends_q <= cpl_eof;
      end
      if (accepted_q == followed) begin
        value_q <= {cpl_len, cpl_head};
      end
    end
    if (\dut.evt_accept ) begin
      filled_q <= filled_q + 16'd1;
    end
    if (\dut.write_go ) begin
      if (w[0]) begin
        note_1_q <= note;
      end else begin
        note_0_q <= note;
      end
      if (kind == ENT) begin
        made_q <= made_q + \dut.ent_n_q ;
      end
    end
    if (\dut.send_release_q ) begin
      released_q <= made_q;
    end
    if (cmd) begin
      c_q      <= c_q + 1'b1;
      issued_q <= issued_q + n_of(c_q);
    end
    if (dat) begin
      pos_q <= dat_end ? 5'd0 : pos_q + 5'd1;
      d_q   <= d_q + dat_end;
    end
    if (done_valid) begin
      answered_q <= answered_q + n_of(r);
      if (!done_err && !failed_q) begin
        stored_q <= stored_q + n_of(r);
        if (kind_of(r) == IDX) begin
          shown_q <= value_of(r);
        end
      end
      failed_q <= failed_q || done_err;
    end
    error_q <= error_q || (done_valid && done_err) || (rsp_valid && rsp_err);
    reads_q <= reads_q + (req_valid && req_ready) - rsp_valid;

    shown_seen_q <= take_idx;
    fresh_q      <= shown_seen_q || (fresh_q && !\dut.evt_issue_test );
    cause_q      <= \dut.evt_issue_test ? fresh_q : (cause_q && !irq);
    if (new_life) begin
      accepted_q <= 16'd0;
      filled_q   <= 16'd0;
      made_q     <= 16'd0;
      issued_q   <= 16'd0;
      released_q <= 16'd0;
      answered_q <= 16'd0;
      stored_q   <= 16'd0;
      shown_q    <= 16'd0;
      failed_q   <= 1'b0;
      error_q    <= 1'b0;
      ends_q     <= frame_end == 16'd0;
      shown_seen_q <= 1'b0;
      fresh_q    <= 1'b0;
      cause_q    <= 1'b0;
    end
    if (rst) begin
      c_q     <= {P_W{1'b0}};
      d_q     <= {P_W{1'b0}};
      pos_q   <= 5'd0;
      reads_q <= 1'b0;
    end
  end

  // ---- What the surroundings do.

  always @* begin
    assume((used_addr[1:0] == 2'd0) && (avail_addr[0] == 1'b0));
    // Only an enabled queue has chains and asks for notifications.
    assume(!cpl_valid || enable);
    assume(!arm_valid || enable);
    // Data are taken behind their command, a report comes behind the data: vnet_wr_scatter and vnet_dma_wr.
    assume(!dat_ready || (d_q != c_q));
    assume(!done_valid || (d_q != r));
    assume(!rsp_valid || reads_q);
    // The engine holds fewer chains at once than indices can count; so the driver may make any number available.
    assume(!cpl_valid || (accepted_q - shown_q < 16'd32768));
  end

  // ---- Properties.

  wire [63:0] place   = cmd_addr - used_addr;
  wire [15:0] first   = issued_q & mask;
  wire [4:0]  n       = n_of(c_q);
  wire [15:0] idx     = dat_data[15:0];
  wire [15:0] number  = first_of(d_q) + pos_q;
  wire [63:0] entry_value = {value_q[47:16], 16'd0, value_q[15:0]};   // struct virtq_used_elem

  // Numbers as distances from the index that is shown.
  wire [15:0] s_idx      = idx - shown_q;
  wire [15:0] s_stored   = stored_q - shown_q;
  wire [15:0] s_answered = answered_q - shown_q;
  wire [15:0] s_issued   = issued_q - shown_q;
  wire [15:0] s_released = released_q - shown_q;
  wire [15:0] s_made     = made_q - shown_q;
  wire [15:0] s_filled   = filled_q - shown_q;
  wire [15:0] s_accepted = accepted_q - shown_q;

  reg idle_q;      // the queue has told that it is idle, and is still stopped

  always @(posedge clk) begin
    idle_q <= !new_life && stop_q && (idle || idle_q);
  end

  // Index writes on their way.
  wire [JOBS-1:0] index_job;

  always @* begin
    if (!rst) begin
      if (cmd_valid) begin
        command_of_a_job: assert(c_q != w);
        in_one_piece: assert(cmd_eop && (cmd_off == 3'd0));
        case (kind_of(c_q))
          ENT: begin
            entry_at_its_place: assert(place == 64'd4 + {45'd0, first, 3'd0});
            not_over_the_end: assert((n != 5'd0) && (cmd_len == {12'd0, n, 3'd0}) &&
                                     ({1'b0, first} + n <= {1'b0, size}));
            no_entry_invented: assert(s_issued + n <= s_accepted);
          end
          IDX: begin
            index_at_its_place: assert((place == 64'd2) && (cmd_len == 20'd2));
          end
          default: begin
            event_or_flags_at_their_place: assert((place == (event_of(c_q) ? 64'd4 + {45'd0, size, 3'd0} : 64'd0)) &&
                                                  (cmd_len == 20'd2) && (kind_of(c_q) == ARM));
          end
        endcase
      end
      if (dat_valid) begin
        word_of_a_job: assert(d_q != w);
        if (kind_of(d_q) == IDX) begin
          index_behind_responses: assert(s_idx <= s_stored);
          index_grows: assert(s_idx != 16'd0);
          index_at_a_frame_end: assert((idx != frame_end) || ends_q);
        end
        if (kind_of(d_q) == ENT) begin
          entry_of_its_completion: assert((number != followed) || (dat_data == entry_value));
        end
      end
      one_index_at_a_time: assert((index_job & (index_job - 1'b1)) == {JOBS{1'b0}});
      inside_the_available_ring: assert(!req_valid || ((req_len == 8'd0) &&
        (((req_addr - avail_addr) == 64'd0) || ((req_addr - avail_addr) == 64'd4 + {47'd0, size, 1'b0}))));
      one_look_at_a_time: assert(!(req_valid && reads_q));
      swallowed_only_when_stopped_or_dead: assert(!\dut.in_valid || \dut.in_live || stop_q || error_q || off);
      never_read_while_written: assert(!(\dut.mem_wr_q && \dut.word_read && \dut.send_ent_q &&
                                         (\dut.mem_place_q == \dut.send_word_q )));
      interrupt_has_a_cause: assert(!irq || cause_q);
      silent_when_idle: assert(!idle_q || (!cmd_valid && !dat_valid && !req_valid && !irq));
      nothing_open_when_idle: assert(!(stop_q && idle) || ((w == r) && !reads_q && !cmd_valid && !dat_valid && !req_valid));
    end
  end

  // ---- Invariants: jobs. Places in the list.

  wire [P_W-1:0] level   = w - r;
  wire [P_W-1:0] c_level = c_q - r;
  wire [P_W-1:0] d_level = d_q - r;
  wire           in_job  = (state == ST_LOOK) || (state == ST_COUNT) || (state == ST_CALC);
  wire           ready_job = ((state == ST_COUNT) || (state == ST_CALC)) && \dut.look_live_q ;
  wire           send_cmd  = \dut.send_addr_q && !\dut.send_read_q ;
  wire           send_req  = \dut.send_addr_q && \dut.send_read_q ;
  wire [1:0]     open_level = \dut.u_open.wr_ptr_q - \dut.u_open.rd_ptr_q ;
  wire [1:0]     in_level  = \dut.u_cpl.wr_ptr_q - \dut.u_cpl.rd_ptr_q ;
  wire           done_idx_here = \dut.done_valid_q && (\dut.done_kind_q == IDX);
  wire           wish = \dut.g_queue[0].u_state.want_ent_q || \dut.g_queue[0].u_state.want_idx_q ||
                        \dut.g_queue[0].u_state.want_test_q ;

  // A frame border x: of the completions, not behind the last one.
  function is_end(input [15:0] x);
    is_end = (x != frame_end) || ends_q;
  endfunction

  wire [15:0] s_target = target - shown_q;
  wire [15:0] s_eof    = eof - shown_q;
  wire [15:0] back_eof = filled_q - eof;
  wire [15:0] back_block = filled_q - block_eof;
  // Of a border in a job that is prepared: completions behind those that are in jobs.
  wire [5:0]  have     = \dut.look_fill_q - made_q[5:0];
  wire [15:0] eof_at   = eof - made_q - 16'd1;
  wire [15:0] look_eof_at   = \dut.look_eof_q - made_q - 16'd1;
  wire [15:0] look_block_at = \dut.look_block_eof_q - made_q - 16'd1;
  wire [15:0] young    = filled_q - 16'd1;

  wire [JOBS-1:0]    chain_ok;
  wire [JOBS-1:0]    list_ok;
  wire [JOBS-1:0]    order_ok;
  wire [JOBS-1:0]    border_ok;
  wire [JOBS-1:0]    end_ok;
  wire [JOBS-1:0]    eof_ok;
  wire [JOBS-1:0]    index_ok;

  genvar g;
  generate
    for (g = 0; g < JOBS; g = g + 1) begin : g_job
      wire [P_W-1:0] at     = r + g;
      wire           here   = g < level;
      wire [20:0]    entry  = at[0] ? \dut.u_jobs.u_mem.mem[1] : \dut.u_jobs.u_mem.mem[0] ;
      wire [15:0]    border = entry[15:0];
      wire [15:0]    s_first  = first_of(at) - shown_q;
      wire [15:0]    begins = (g == 0) ? answered_q : first_of(r + g - 1) + n_of(r + g - 1);
      wire [15:0]    s_value = value_of(at) - shown_q;
      assign chain_ok[g]  = (g > level) || (begins == (here ? first_of(at) : made_q));
      assign list_ok[g]   = !here || ((entry[20:19] == kind_of(at)) && (entry[18] == 1'b0) && (kind_of(at) != TEST) &&
                                      ((kind_of(at) == ENT) ? (n_of(at) != 5'd0) && (n_of(at) <= 5'd16) :
                                                              (n_of(at) == 5'd0)));
      wire           flagged  = here && live && (kind_of(at) == ENT) && entry[16];
      wire [15:0]    back     = border - first_of(at) - 16'd1;
      assign border_ok[g] = !flagged || (back < {11'd0, n_of(at)});
      assign end_ok[g]    = !flagged || is_end(border);
      assign eof_ok[g]    = !flagged || (filled_q - border >= back_eof);
      assign order_ok[g]  = !here || ((s_answered <= s_first) && (s_first <= s_made) && (s_first + n_of(at) <= s_made));
      assign index_job[g] = here && (kind_of(at) == IDX);
      assign index_ok[g]  = !index_job[g] || ((s_value != 16'd0) && (s_value <= s_stored) && is_end(value_of(at)) &&
                                              (!live || (idx_busy && (\dut.g_queue[0].u_state.pub_q == value_of(at)))));
    end
  endgenerate

  wire any_index = (index_job != {JOBS{1'b0}});

  // Data words in the design: job and word number.
  wire [4:0]     send_begin = \dut.send_ent_q ? first_of(last) : 5'd0;
  wire [4:0]     send_pos   = \dut.send_word_q - send_begin;
  wire [4:0]     send_end   = send_begin + words_of(last) - 5'd1;
  wire [P_W+4:0] send_tag   = {last, send_pos};
  wire [P_W+4:0] dat_tag  = {d_q, pos_q};
  wire [P_W+4:0] tag_1    = dat_valid ? next_word(dat_tag) : dat_tag;
  wire [P_W+4:0] tag_2    = \dut.word_valid_q ? next_word(tag_1) : tag_1;
  wire [P_W-1:0] word_job = tag_1[P_W+4:5];
  wire [15:0]    word_number = first_of(word_job) + tag_1[4:0];

  wire [P_W-1:0] out_job = \dut.send_addr_q ? c_q + cmd_valid : c_q;
  wire [15:0]    send_first = first_of(last) & mask;

  // The entry memory: the followed number is in it.
  wire [15:0] written   = filled_q - \dut.mem_wr_q ;
  wire        in_memory = followed - released_q < written - released_q;
  wire [1023:0] memory_4 = followed[4] ? memory[2047:1024] : memory[1023:0];
  wire [511:0]  memory_3 = followed[3] ? memory_4[1023:512] : memory_4[511:0];
  wire [255:0]  memory_2 = followed[2] ? memory_3[511:256] : memory_3[255:0];
  wire [127:0]  memory_1 = followed[1] ? memory_2[255:128] : memory_2[127:0];
  wire [63:0]   memory_at = followed[0] ? memory_1[127:64] : memory_1[63:0];

  // Completions that wait in front of it.
  wire [50:0] wait_0 = \dut.u_cpl.rd_ptr_q [0] ? \dut.u_cpl.u_mem.mem[1] : \dut.u_cpl.u_mem.mem[0] ;
  wire [50:0] wait_1 = \dut.u_cpl.rd_ptr_q [0] ? \dut.u_cpl.u_mem.mem[0] : \dut.u_cpl.u_mem.mem[1] ;

  function waiting_ok(input [50:0] e, input [15:0] i);
    waiting_ok = (e[50] == 1'b0) && ((i != followed) || ({e[33:2], e[49:34]} == value_q)) &&
                 ((i + 16'd1 != frame_end) || (e[1] == ends_q));
  endfunction

  always @* begin
    if (!rst) begin
      inv_state: assert(state <= ST_SETTLE);
      inv_life: assert((run == allowed_q) && (!allowed_q || enable) && (!stop_q || enable));
      inv_ctx: assert((age_q < 2'd2) || ((\dut.u_ctx.g_register.ctx_q [3:0] == size_log2) &&
                      (\dut.u_ctx.g_register.ctx_q [67:4] == used_addr) &&
                      (\dut.u_ctx.g_register.ctx_q [131:68] == avail_addr)));
      inv_queue: assert((!\dut.arm_valid_q || !\dut.arm_queue_q ) && ((state == ST_PICK) || !\dut.job_queue_q ) &&
                        (!(\dut.send_addr_q || \dut.send_data_q || \dut.send_release_q ) || !\dut.send_queue_q ) &&
                        (!\dut.done_valid_q || !\dut.done_queue_q ) && (!\dut.read_valid_q || !\dut.read_queue_q ) &&
                        (!\dut.test_valid_q || !\dut.test_queue_q ));
      inv_off: assert(!off || ((w == r) && !\dut.arm_valid_q && !wish && !test_busy && !\dut.done_valid_q && !dead &&
                               ((state == ST_PICK) || (state == {1'b0, age_q} + 3'd1)) &&
                               (!((state == ST_COUNT) || (state == ST_CALC)) || !\dut.look_live_q )));
      inv_off_zero: assert(!(off && (age_q != 2'd0)) ||
        ((fill == 16'd0) && (\dut.g_queue[0].u_state.issued_q == 16'd0) && (\dut.g_queue[0].u_state.released_q == 2'd0) &&
         (eof == 16'd0) && (block_eof == 16'd0) && (target == 16'd0) && (\dut.g_queue[0].u_state.pub_q == 16'd0) &&
         !idx_busy && (\dut.g_queue[0].u_state.shown_q == 16'd0) && !\dut.g_queue[0].u_state.test_todo_q ));
      inv_off_numbers: assert(!off || ((accepted_q == 16'd0) && (filled_q == 16'd0) && (made_q == 16'd0) && (released_q == 16'd0) &&
                                       (shown_q == 16'd0) && (stored_q == 16'd0) && !failed_q && !error_q && !shown_seen_q &&
                                       (ends_q == (frame_end == 16'd0))));
      inv_off_empty: assert(!off || (in_level == 2'd0) || ((age_q == 2'd0) && (in_level == 2'd1)));
      inv_dead: assert(!dead || error_q);
      inv_error: assert((!(\dut.done_valid_q && \dut.done_err_q ) || failed_q) &&
                        (!(\dut.read_valid_q && \dut.read_err_q ) || error_q) && (!(\dut.test_valid_q && \dut.test_err_q ) || error_q));
      inv_failed: assert((!failed_q || error_q) && (!(failed_q && live) || (\dut.done_valid_q && \dut.done_err_q )));

      // Jobs are counted, places in order.
      inv_level: assert((level <= JOBS) && (c_level <= level) && (d_level <= c_level) && (!in_job || (level < JOBS)));
      inv_jobs: assert(\dut.g_queue[0].u_state.jobs_q == level + in_job + \dut.done_valid_q );
      inv_open: assert(({2'b0, send_req} + open_level + \dut.read_valid_q + \dut.test_valid_q == {2'b0, test_busy}) &&
                       (open_level == {1'b0, req_valid} + {1'b0, reads_q}));
      inv_cause: assert((!test_busy || cause_q) && (!irq || (!test_busy && !(in_job && (kind == TEST)))));
      inv_open_queue: assert((open_level == 2'd0) ||
                             !(\dut.u_open.rd_ptr_q [0] ? \dut.u_open.u_mem.mem[1] [2] : \dut.u_open.u_mem.mem[0] [2]));
      inv_commands: assert(c_level + cmd_valid + send_cmd == level);
      inv_chain: assert((chain_ok == {JOBS{1'b1}}) && ((level != JOBS) || (first_of(last) + n_of(last) == made_q)));
      inv_order: assert(order_ok == {JOBS{1'b1}});
      inv_list: assert(list_ok == {JOBS{1'b1}});
      inv_border: assert(border_ok == {JOBS{1'b1}});
      inv_border_end: assert(end_ok == {JOBS{1'b1}});
      inv_border_eof: assert(eof_ok == {JOBS{1'b1}});
      inv_index: assert(index_ok == {JOBS{1'b1}});
      inv_one_index: assert(!(any_index && done_idx_here && live));
      inv_issued: assert(issued_q == ((c_q == w) ? made_q : first_of(c_q)));

      // Order of the numbers.
      inv_order_stored: assert(s_stored <= s_answered);
      inv_order_answered: assert(s_answered <= s_released);
      inv_order_released: assert(s_released <= s_made);
      inv_order_made: assert({1'b0, s_made} + \dut.mem_wr_q <= {1'b0, s_filled});
      inv_order_filled: assert(s_filled <= s_accepted);
      inv_order_accepted: assert(s_accepted <= 16'd32768);
      inv_stored: assert(failed_q || (stored_q == answered_q));
      inv_memory_room: assert(filled_q - {released_q[15:4], 4'd0} <= 16'd32);
      if (live) begin
        inv_live_numbers: assert((fill == filled_q) && (\dut.g_queue[0].u_state.issued_q == made_q) &&
                                 (\dut.g_queue[0].u_state.released_q == released_q[5:4]));
        inv_waiting: assert(accepted_q == filled_q + in_level);
        inv_target: assert((s_target <= s_stored) && (s_target <= s_eof) && is_end(target));
        inv_eof: assert((s_eof <= s_filled) && is_end(eof));
        inv_block_eof: assert((back_block >= back_eof) && ({1'b0, back_block} <= 17'd32769 + young[3:0]) && is_end(block_eof));
        inv_done: assert(!(\dut.done_valid_q && !\dut.done_err_q && (\dut.done_kind_q == ENT) && \dut.done_border_q ) ||
                         ((\dut.done_idx_q - shown_q <= s_stored) && (\dut.done_idx_q - shown_q <= s_eof) &&
                          is_end(\dut.done_idx_q ) && (\dut.done_idx_q - shown_q >= s_target)));
        inv_pub: assert((idx_busy ? any_index || done_idx_here : !any_index && !done_idx_here) &&
                        (any_index || (\dut.g_queue[0].u_state.pub_q == shown_q) || failed_q));
        inv_pub_target: assert(\dut.g_queue[0].u_state.pub_q - shown_q <= s_target);
        inv_fresh: assert(!\dut.g_queue[0].u_state.test_todo_q || fresh_q);
        inv_shown_seen: assert(shown_seen_q == done_idx_here);
      end

      // What the state machine holds.
      inv_wish_ent: assert(!((state == ST_PICK) && live && \dut.g_queue[0].u_state.want_ent_q ) || (filled_q != made_q));
      inv_wish_idx: assert(!((state == ST_PICK) && live && \dut.g_queue[0].u_state.want_idx_q ) ||
                           ((target != \dut.g_queue[0].u_state.pub_q ) && !idx_busy));
      inv_wish_test: assert(!((state == ST_PICK) && \dut.g_queue[0].u_state.want_test_q ) ||
                            (!test_busy && (!live || \dut.g_queue[0].u_state.test_todo_q )));
      if ((state == ST_LOOK) && live) begin
        inv_look_ent: assert((kind != ENT) || (filled_q != made_q));
        inv_look_idx: assert((kind != IDX) || ((target != \dut.g_queue[0].u_state.pub_q ) && !idx_busy));
        inv_look_test: assert((kind != TEST) || \dut.g_queue[0].u_state.test_todo_q );
      end
      inv_look_free: assert(!(in_job && (kind == TEST)) || !test_busy);
      if (ready_job) begin
        inv_look: assert((\dut.look_size_q == size_log2) && (\dut.look_issued_q == made_q) &&
                         (\dut.look_base_q == ((kind == TEST) ? avail_addr : used_addr)));
        inv_look_fill: assert((have <= 6'd32) &&
                              ({10'd0, have} <= written - made_q) &&
                              ((kind != ENT) || (\dut.look_fill_q != made_q[5:0])));
        inv_look_target: assert((kind != IDX) || (!any_index && !(done_idx_here && live) && is_end(\dut.look_target_q ) &&
                                (\dut.look_target_q != shown_q) && (\dut.look_target_q - shown_q <= s_stored) &&
                                (!live || (!idx_busy && (\dut.look_target_q - shown_q <= s_target)))));
        inv_look_fresh: assert((kind != TEST) || fresh_q);
        if (live) begin
          inv_look_eof: assert((look_eof_at >= {10'd0, have}) || ((look_eof_at <= eof_at) && is_end(\dut.look_eof_q )));
          inv_look_block: assert((look_block_at >= {10'd0, have}) ||
                                 ((look_block_at <= eof_at) && is_end(\dut.look_block_eof_q )));
          inv_eof_at: assert(((look_eof_at >= {10'd0, have}) && (look_block_at >= {10'd0, have})) || (eof_at < 16'd32));
        end
      end
      if (ready_job && (state == ST_CALC) && (kind == ENT)) begin
        inv_count: assert((\dut.ent_n_q != 5'd0) && (\dut.ent_n_q <= 5'd16) &&
                          ({1'b0, \dut.ent_n_q } <= have) &&
                          ({1'b0, made_q & mask} + \dut.ent_n_q <= {1'b0, size}));
      end

      // The send stage.
      if (send_cmd) begin
        inv_send: assert((\dut.send_base_q == used_addr) && (\dut.send_lane_q == 3'd0));
        case (kind_of(last))
          ENT: begin
            inv_send_ent: assert((\dut.send_offset_q == {send_first, 3'd4}) && (\dut.send_bytes_q == {n_of(last), 3'd0}));
          end
          IDX: begin
            inv_send_idx: assert((\dut.send_offset_q == 19'd2) && (\dut.send_bytes_q == 8'd2));
          end
          default: begin
            inv_send_arm: assert((\dut.send_offset_q == (event_of(last) ? {size, 3'd4} : 19'd0)) &&
                                        (\dut.send_bytes_q == 8'd2));
          end
        endcase
      end
      inv_send_req: assert(!send_req || (!\dut.send_data_q && (\dut.send_base_q == avail_addr) &&
                    ((\dut.send_offset_q == 19'd0) || (\dut.send_offset_q == {2'd0, size, 1'd0} + 19'd4))));
      inv_fits: assert((level == 0) || (kind_of(last) != ENT) || ({1'b0, send_first} + n_of(last) <= {1'b0, size}));
      inv_fits_out: assert(!cmd_valid || (kind_of(c_q) != ENT) ||
                           ({1'b0, first_of(c_q) & mask} + n_of(c_q) <= {1'b0, size}));
      inv_send_data: assert(!\dut.send_data_q || ((level != 0) && !send_req && (\dut.send_ent_q == (kind_of(last) == ENT)) &&
                            (\dut.send_ent_q || (\dut.send_value_q == value_of(last)))));
      inv_release: assert(!\dut.send_release_q || ((level != 0) && (kind_of(last) == ENT) && \dut.send_ent_q && !\dut.send_data_q ));
      inv_released: assert(released_q == (((\dut.send_data_q && \dut.send_ent_q ) || \dut.send_release_q ) ? first_of(last) : made_q));
      inv_send_end: assert(!((\dut.send_data_q && \dut.send_ent_q ) || \dut.send_release_q ) || (\dut.send_end_q == made_q[5:4]));
      inv_words: assert(\dut.send_data_q ? (tag_2 == send_tag) && (send_pos < words_of(last)) && (\dut.send_last_q == send_end) :
                        (tag_2 == {w, 5'd0}));
      inv_pos: assert((d_q == w) ? (pos_q == 5'd0) : (pos_q < words_of(d_q)));
      inv_dat_job: assert((!dat_valid || (d_q != w)) && (!\dut.word_valid_q || (word_job - r < level)));
      if (\dut.word_valid_q ) begin
        inv_word: assert((\dut.word_ent_q == (kind_of(word_job) == ENT)) &&
                         (\dut.word_ent_q || (\dut.word_value_q == value_of(word_job))));
        inv_word_entry: assert(!\dut.word_ent_q || (word_number != followed) || (\dut.mem_word == entry_value));
      end
      inv_dat_value: assert(!dat_valid || (kind_of(d_q) == ENT) || (dat_data[15:0] == value_of(d_q)));

      // The entry memory.
      inv_write: assert(!\dut.mem_wr_q || ((\dut.mem_place_q == young[4:0]) &&
                        ((young != followed) || (\dut.mem_data_q == entry_value))));
      inv_memory: assert(!in_memory || (memory_at == entry_value));
      inv_wait: assert(!live || (((in_level == 2'd0) || waiting_ok(wait_0, filled_q)) &&
                                 ((in_level != 2'd2) || waiting_ok(wait_1, filled_q + 16'd1))));
      inv_in_level: assert((in_level <= 2'd2) && ((in_level == 2'd0) || !wait_0[50]) && ((in_level != 2'd2) || !wait_1[50]));

      // Idle.
      inv_idle: assert(!idle_q || (enable && stop_q && !run && (w == r) && !\dut.done_valid_q && !test_busy && !irq &&
                                   (!((state == ST_COUNT) || (state == ST_CALC)) || !\dut.look_live_q )));
    end
  end

  always @* begin
    if (!rst) begin
      index_written: cover((shown_q == 16'd2) && done_idx_here);
      two_entries_at_once: cover(cmd && (kind_of(c_q) == ENT) && (n == 5'd2) && (first == 16'd0));
      followed_entry: cover(dat && (kind_of(d_q) == ENT) && (number == followed) && (followed == 16'd1));
      over_the_end: cover(cmd && (kind_of(c_q) == ENT) && (issued_q == 16'd2) && (size == 16'd2));
      interrupt: cover(irq);
      put_to_sleep: cover(armed && (shown_q == 16'd1));
      idle_after_work: cover(idle_q && (shown_q == 16'd1));
      second_life: cover(restart && (shown_q == 16'd1));
      dead_queue: cover(failed_q && !live && cpl_taken && !stop_q);
    end
  end

endmodule

`default_nettype wire
