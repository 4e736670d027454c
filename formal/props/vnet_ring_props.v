// vnet_ring_props: safety of the whole ring engine against a hostile driver
// SPDX-License-Identifier: Apache-2.0
//
// Whatever memory answers (it may change between two reads, and claim anything):
// - `secret`, any word that is in none of the three rings and in no range that a delivered descriptor names, is
//   neither read nor written, and no record for the data path covers it;
// - every head that was taken from the available ring leaves as exactly one chain, in order;
// - every completion is one used entry with its head, in order; used.idx never runs ahead of the responses;
// - from the moment at which the engine tells that the queue is idle, until it is set up again, nothing is
//   accessed and no interrupt is asked for.
// The consumer takes chains and completes them in any pace, in order. PROMPT = 1: memory and consumer answer at
// once, and the queue has two descriptors at a fixed place, so that a trace reaches further. SCENE = n: moreover a
// driver has made two chains of one element available and kicks once, memory has no errors, and both chains have to
// be back within n cycles, if the queue is not stopped: the whole way of a chain fits into the trace.
`default_nettype none

module vnet_ring_props #(
  parameter integer PROMPT    = 0,
  parameter integer SCENE     = 0,
  parameter integer DIR_WRITE = 0
) (
  input wire        clk,
  input wire        rst,
  input wire        stop_now,
  input wire        off_now,
  input wire        any_kick,
  input wire        any_avail_req_ready,
  input wire        any_desc_req_ready,
  input wire        any_event_req_ready,
  input wire        any_avail_rsp_valid,
  input wire        any_desc_rsp_valid,
  input wire        any_event_rsp_valid,
  input wire [63:0] any_rsp_data,
  input wire        any_rsp_err,
  input wire        any_cmd_ready,
  input wire        any_dat_ready,
  input wire        any_done_valid,
  input wire        any_done_err,
  input wire        any_take_valid,
  input wire        any_rec_ready,
  input wire        any_cpl_valid,
  input wire [31:0] cpl_len,
  input wire        any_cpl_more
);

  (* anyconst *) reg [63:0] any_desc;
  (* anyconst *) reg [63:0] any_avail;
  (* anyconst *) reg [63:0] any_used;
  (* anyconst *) reg [3:0]  any_size;
  (* anyconst *) reg [63:0] secret;
  (* anyconst *) reg        event_idx;
  (* anyconst *) reg        indirect;

  wire [63:0] desc_addr  = (PROMPT != 0) ? 64'h1000 : any_desc;
  wire [63:0] avail_addr = (PROMPT != 0) ? 64'h1024 : any_avail;
  wire [63:0] used_addr  = (PROMPT != 0) ? 64'h2004 : any_used;
  wire [3:0]  size_log2  = (PROMPT != 0) ? 4'd1 : any_size;

  wire [15:0] size = 16'd1 << size_log2;

  wire        avail_req_ready;
  wire        desc_req_ready;
  wire        event_req_ready;
  wire        avail_rsp_valid;
  wire        desc_rsp_valid;
  wire        event_rsp_valid;
  wire [63:0] rsp_data;
  wire        rsp_err;
  wire        cmd_ready;
  wire        dat_ready;
  wire        done_valid;
  wire        done_err;
  wire        take_valid;
  wire        rec_ready;
  wire        cpl_valid;
  wire        cpl_more;
  wire        avail_req_valid;
  wire [63:0] avail_req_addr;
  wire [7:0]  avail_req_len;
  wire        desc_req_valid;
  wire [63:0] desc_req_addr;
  wire [7:0]  desc_req_len;
  wire        event_req_valid;
  wire [63:0] event_req_addr;
  wire [7:0]  event_req_len;
  wire        cmd_valid;
  wire [63:0] cmd_addr;
  wire [19:0] cmd_len;
  wire [2:0]  cmd_off;
  wire        cmd_eop;
  wire        dat_valid;
  wire [63:0] dat_data;
  wire        chain_ready;
  wire        take_ready;
  wire        rec_valid;
  wire [63:0] rec_addr;
  wire [19:0] rec_len;
  wire        rec_last;
  wire [15:0] rec_head;
  wire [15:0] rec_ndesc;
  wire        rec_zero;
  wire [4:0]  rec_err;
  wire        cpl_ready;
  wire        irq;
  wire        idle;
  wire        qerr;

  // ---- Life of the queue: context, enabled, at any time stopped; when it has told that it is idle, the stop may end,
  // and the queue stays disabled, as after a reset.

  reg [1:0] age_q;
  reg       stop_q;
  reg       dead_q;
  reg       idle_q;        // it has told that it is idle
  reg       off_q;
  reg       kicked_q;
  wire      enable = (age_q == 2'd3) && !off_q;

  // In the scene one notification comes at the start, and others when all is over.
  wire kick = (SCENE != 0) ? (enable && !kicked_q) || (idle_q && any_kick) : any_kick;

  always @(posedge clk) begin
    kicked_q <= !rst && enable;
    age_q  <= age_q + (age_q != 2'd3);
    stop_q <= stop_q || (stop_now && enable);
    dead_q <= dead_q || qerr;
    idle_q <= idle_q || (stop_q && idle);
    off_q  <= off_q || (idle_q && idle && off_now);
    if (rst) begin
      idle_q <= 1'b0;
      off_q  <= 1'b0;
      age_q  <= 2'd0;
      stop_q <= 1'b0;
      dead_q <= 1'b0;
    end
  end

  wire [15:0] cpl_head;
  wire        avail_last;
  wire        desc_last;
  wire        event_last;

  vnet_ring #(
    .DATA_W   (64),
    .NQ       (1),
    .SLOTS    (4),
    .K        (2),
    .LINES    (2),
    .CHAIN_MAX(4),
    .JOBS     (2),
    .DIR_WRITE(DIR_WRITE)
  ) dut (
    .clk              (clk),
    .rst              (rst),
    .ctx_wr           (age_q == 2'd1),
    .ctx_queue        (1'b0),
    .ctx_desc_addr    (desc_addr),
    .ctx_avail_addr   (avail_addr),
    .ctx_used_addr    (used_addr),
    .ctx_size_log2    (size_log2),
    .cfg_event_idx    (event_idx),
    .cfg_indirect     (indirect),
    .cfg_enable       (enable),
    .cfg_run          (enable && !dead_q),
    .cfg_stop         (stop_q && !off_q),
    .kick             (kick),
    .m_avail_req_valid(avail_req_valid),
    .m_avail_req_ready(avail_req_ready),
    .m_avail_req_addr (avail_req_addr),
    .m_avail_req_len  (avail_req_len),
    .s_avail_rsp_valid(avail_rsp_valid),
    .m_desc_req_valid (desc_req_valid),
    .m_desc_req_ready (desc_req_ready),
    .m_desc_req_addr  (desc_req_addr),
    .m_desc_req_len   (desc_req_len),
    .s_desc_rsp_valid (desc_rsp_valid),
    .m_event_req_valid(event_req_valid),
    .m_event_req_ready(event_req_ready),
    .m_event_req_addr (event_req_addr),
    .m_event_req_len  (event_req_len),
    .s_event_rsp_valid(event_rsp_valid),
    .s_rsp_data       (rsp_data),
    .s_rsp_last       (avail_rsp_valid ? avail_last : desc_rsp_valid ? desc_last : event_last),
    .s_rsp_err        (rsp_err),
    .m_cmd_valid      (cmd_valid),
    .m_cmd_ready      (cmd_ready),
    .m_cmd_addr       (cmd_addr),
    .m_cmd_len        (cmd_len),
    .m_cmd_off        (cmd_off),
    .m_cmd_eop        (cmd_eop),
    .m_dat_valid      (dat_valid),
    .m_dat_ready      (dat_ready),
    .m_dat_data       (dat_data),
    .s_done_valid     (done_valid),
    .s_done_err       (done_err),
    .m_chain_ready    (chain_ready),
    .s_take_valid     (take_valid),
    .s_take_ready     (take_ready),
    .s_take_queue     (1'b0),
    .m_rec_valid      (rec_valid),
    .m_rec_ready      (rec_ready),
    .m_rec_addr       (rec_addr),
    .m_rec_len        (rec_len),
    .m_rec_last       (rec_last),
    .m_rec_queue      (),
    .m_rec_head       (rec_head),
    .m_rec_ndesc      (rec_ndesc),
    .m_rec_zero       (rec_zero),
    .m_rec_err        (rec_err),
    .s_cpl_valid      (cpl_valid),
    .s_cpl_ready      (cpl_ready),
    .s_cpl_queue      (1'b0),
    .s_cpl_head       (cpl_head),
    .s_cpl_len        (cpl_len),
    .s_cpl_eof        (1'b1),
    .s_cpl_more       (cpl_more),
    .irq_req          (irq),
    .sts_idle         (idle),
    .qerr_valid       (qerr),
    .qerr_queue       (),
    .qerr_code        ()
  );

  reset_first #(.AGAIN(0)) u_reset (.clk(clk), .rst(rst));

  // ---- Memory.

  wire [2:0]  open;
  wire [2:0]  room;
  wire [2:0]  touches;
  wire [63:0] avail_at;
  wire [63:0] desc_at;
  wire [63:0] event_at;

  assign avail_req_ready = (PROMPT != 0) ? room[0] : any_avail_req_ready;
  assign desc_req_ready  = (PROMPT != 0) ? room[1] : any_desc_req_ready;
  assign event_req_ready = (PROMPT != 0) ? room[2] : any_event_req_ready;

  // Prompt memory answers one of the open bursts in every cycle; which, is free, except in the scene.
  assign avail_rsp_valid = (PROMPT == 0) ? any_avail_rsp_valid :
                           open[0] && (any_avail_rsp_valid || (SCENE != 0) || (open[2:1] == 2'd0));
  assign desc_rsp_valid  = (PROMPT == 0) ? any_desc_rsp_valid :
                           open[1] && !avail_rsp_valid && (any_desc_rsp_valid || (SCENE != 0) || !open[2]);
  assign event_rsp_valid = (PROMPT == 0) ? any_event_rsp_valid : open[2] && !avail_rsp_valid && !desc_rsp_valid;

  wire [63:0] rsp_at = avail_rsp_valid ? avail_at : desc_rsp_valid ? desc_at : event_at;

  assign rsp_data = (SCENE != 0) ? scene(rsp_at, any_rsp_data[47:32]) : any_rsp_data;
  assign rsp_err  = (SCENE == 0) && any_rsp_err;
  assign done_err = (SCENE == 0) && any_done_err;

  read_side u_avail (
    .clk(clk), .rst(rst), .req_valid(avail_req_valid), .req_ready(avail_req_ready), .req_addr(avail_req_addr),
    .req_len(avail_req_len), .rsp_valid(avail_rsp_valid), .rsp_last(avail_last), .open(open[0]), .room(room[0]),
    .rsp_addr(avail_at), .secret(secret), .touches(touches[0])
  );
  read_side u_desc (
    .clk(clk), .rst(rst), .req_valid(desc_req_valid), .req_ready(desc_req_ready), .req_addr(desc_req_addr),
    .req_len(desc_req_len), .rsp_valid(desc_rsp_valid), .rsp_last(desc_last), .open(open[1]), .room(room[1]),
    .rsp_addr(desc_at), .secret(secret), .touches(touches[1])
  );
  read_side u_event (
    .clk(clk), .rst(rst), .req_valid(event_req_valid), .req_ready(event_req_ready), .req_addr(event_req_addr),
    .req_len(event_req_len), .rsp_valid(event_rsp_valid), .rsp_last(event_last), .open(open[2]), .room(room[2]),
    .rsp_addr(event_at), .secret(secret), .touches(touches[2])
  );

  // The secret is no part of what the driver offers: the rings, and the ranges of the descriptors that were delivered.
  // A descriptor is two words of the bus: the address, then length, flags and next.
  reg         second_q;
  reg  [63:0] first_q;
  wire [63:0] in_desc  = secret - {desc_addr[63:3], 3'd0};
  wire [63:0] in_avail = secret - {avail_addr[63:3], 3'd0};
  wire [63:0] in_used  = secret - {used_addr[63:3], 3'd0};
  // From the first byte of the range back to the begin of the word, forward to its end.
  wire [63:0] in_buf   = secret - {first_q[63:3], 3'd0};
  wire [63:0] buf_span = {32'd0, rsp_data[31:0]} + first_q[2:0];
  wire [63:0] in_rec   = secret - {rec_addr[63:3], 3'd0};
  wire [63:0] rec_span = {44'd0, rec_len} + rec_addr[2:0];
  wire [63:0] in_cmd   = secret - {cmd_addr[63:3], 3'd0};
  wire [63:0] cmd_span = {44'd0, cmd_len} + cmd_addr[2:0];

  always @(posedge clk) begin
    if (desc_rsp_valid) begin
      second_q <= !second_q;
      first_q  <= rsp_data;
    end
    if (rst) begin
      second_q <= 1'b0;
    end
  end

  // Memory of the scene, word by word; used_event is anything.
  function automatic [63:0] scene;
    input [63:0] at;
    input [15:0] used_event;
    begin
      case (at)
        64'h1000: scene = 64'h8000;
        64'h1008: scene = {16'd0, (DIR_WRITE != 0) ? 16'd2 : 16'd0, 32'd60};
        64'h1010: scene = 64'h9000;
        64'h1018: scene = {16'd0, (DIR_WRITE != 0) ? 16'd2 : 16'd0, 32'd80};
        // flags, idx = 2
        64'h1020: scene = {16'd2, 16'd0, 32'd0};
        // heads 1 and 0, used_event
        64'h1028: scene = {16'd0, used_event, 16'd0, 16'd1};
        default:  scene = 64'd0;
      endcase
    end
  endfunction

  always @* begin
    assume(size_log2 <= 4'd2);
    assume(secret[2:0] == 3'd0);
    assume((desc_addr[3:0] == 4'd0) && (avail_addr[0] == 1'b0) && (used_addr[1:0] == 2'd0));
    assume((desc_addr[63:16] != 48'hffffffffffff) && (avail_addr[63:16] != 48'hffffffffffff) &&
           (used_addr[63:16] != 48'hffffffffffff));
    assume(in_desc >= {44'd0, size, 4'd0});
    assume(in_avail >= 64'd6 + {47'd0, size, 1'b0} + avail_addr[2:0]);
    assume(in_used >= 64'd6 + {45'd0, size, 3'd0} + used_addr[2:0]);
    assume(!(desc_rsp_valid && second_q) || (in_buf >= buf_span));
    // One word of data at a time.
    assume(avail_rsp_valid + desc_rsp_valid + event_rsp_valid <= 1);
  end

  // ---- Write commands and their data, as in vnet_used_write_props.

  wire [63:0] place    = cmd_addr - used_addr;
  wire        is_idx   = (place == 64'd2) && (cmd_len == 20'd2);
  wire        is_entry = (place >= 64'd4) && (cmd_len[2:0] == 3'd0);

  reg [3:0]  n_q;
  reg [7:0]  kinds_q;
  reg [31:0] counts_q;
  reg [3:0]  dat_n_q;
  reg [7:0]  dat_kinds_q;
  reg [31:0] dat_left_q;
  reg [11:0] dat_off_q;
  reg [7:0]  stored_q;
  reg [7:0]  shown_q;
  reg [7:0]  pub_q;
  reg        failed_q;

  wire        cmd     = cmd_valid && cmd_ready;
  wire        dat     = dat_valid && dat_ready;
  wire [7:0]  entries = cmd_len >> 3;
  wire [1:0]  kind    = is_entry ? 2'd1 : is_idx ? 2'd2 : 2'd0;
  wire [7:0]  words   = (cmd_off + cmd_len + 20'd7) >> 3;
  wire        dat_end = dat && (dat_left_q[7:0] == 8'd1);
  wire [15:0] idx     = dat_data >> {dat_off_q[2:0], 3'd0};
  wire        ok_done = done_valid && !done_err && !failed_q;
  wire [7:0]  dat_left_d = dat ? dat_left_q[7:0] - 8'd1 : dat_left_q[7:0];

  always @(posedge clk) begin
    n_q      <= n_q + cmd - done_valid;
    kinds_q  <= (done_valid ? kinds_q >> 2 : kinds_q) | (cmd ? {6'd0, kind} << (2 * (n_q - done_valid)) : 8'd0);
    counts_q <= (done_valid ? counts_q >> 8 : counts_q) |
                (cmd ? {24'd0, entries} << (8 * (n_q - done_valid)) : 32'd0);
    if (ok_done && (kinds_q[1:0] == 2'd1)) begin
      stored_q <= stored_q + counts_q[7:0];
    end
    if (ok_done && (kinds_q[1:0] == 2'd2)) begin
      shown_q <= pub_q;
    end
    failed_q <= failed_q || (done_valid && done_err);
    dat_n_q     <= dat_n_q + cmd - dat_end;
    dat_kinds_q <= (dat_end ? dat_kinds_q >> 2 : dat_kinds_q) |
                   (cmd ? {6'd0, kind} << (2 * (dat_n_q - dat_end)) : 8'd0);
    dat_left_q  <= (dat_end ? dat_left_q >> 8 : {dat_left_q[31:8], dat_left_d}) |
                   (cmd ? {24'd0, words} << (8 * (dat_n_q - dat_end)) : 32'd0);
    dat_off_q   <= (dat_end ? dat_off_q >> 3 : dat_off_q) |
                   (cmd ? {9'd0, cmd_off} << (3 * (dat_n_q - dat_end)) : 12'd0);
    if (dat && (dat_kinds_q[1:0] == 2'd2)) begin
      pub_q <= idx[7:0];
    end
    if (rst) begin
      n_q         <= 4'd0;
      kinds_q     <= 8'd0;
      counts_q    <= 32'd0;
      stored_q    <= 8'd0;
      shown_q     <= 8'd0;
      failed_q    <= 1'b0;
      dat_n_q     <= 4'd0;
      dat_kinds_q <= 8'd0;
      dat_left_q  <= 32'd0;
      dat_off_q   <= 12'd0;
      pub_q       <= 8'd0;
    end
  end

  assign dat_ready  = (PROMPT != 0) ? dat_n_q != 4'd0 : any_dat_ready;
  assign cmd_ready  = (PROMPT != 0) ? (n_q < 4'd4) && (dat_n_q < 4'd4) : any_cmd_ready;
  assign done_valid = (PROMPT != 0) ? n_q > dat_n_q : any_done_valid;

  always @* begin
    assume(!dat_ready || (dat_n_q != 4'd0));
    assume(!cmd_ready || ((n_q < 4'd4) && (dat_n_q < 4'd4)));
    assume(!done_valid || (n_q > dat_n_q));
  end

  // ---- Consumer: chains in order, heads that it has, four at most.

  reg [63:0] heads_q;
  reg [3:0]  heads_n_q;
  reg [3:0]  takes_q;      // taken, records not all here
  wire       take   = take_valid && take_ready;
  wire       end_chain = rec_valid && rec_ready && rec_last;
  wire       cpl    = cpl_valid && cpl_ready;

  // A promise that more comes at once is kept: in the scene nothing comes behind the second chain.
  reg        second_cpl_q;
  assign     cpl_more = any_cpl_more && ((SCENE == 0) || !second_cpl_q);

  always @(posedge clk) begin
    second_cpl_q <= !rst && (second_cpl_q || cpl);
  end

  assign cpl_head   = heads_q[15:0];
  assign rec_ready  = (PROMPT != 0) ? heads_n_q < 4'd4 : any_rec_ready;
  assign take_valid = (PROMPT != 0) ? chain_ready && (takes_q == 4'd0) : any_take_valid;
  assign cpl_valid  = (PROMPT != 0) ? heads_n_q != 4'd0 : any_cpl_valid;

  always @(posedge clk) begin
    takes_q   <= takes_q + take - end_chain;
    heads_n_q <= heads_n_q + end_chain - cpl;
    heads_q   <= (cpl ? heads_q >> 16 : heads_q) |
                 (end_chain ? {48'd0, rec_head} << (16 * (heads_n_q - cpl)) : 64'd0);
    if (rst) begin
      takes_q   <= 4'd0;
      heads_n_q <= 4'd0;
      heads_q   <= 64'd0;
    end
  end

  stream_rules #(.W(33), .ASSUME(1)) u_cpl (
    .clk(clk), .rst(rst), .valid(cpl_valid), .ready(cpl_ready), .payload({cpl_len, cpl_more})
  );

  always @* begin
    assume(!cpl_valid || (heads_n_q != 4'd0));
    assume(!take_valid || (chain_ready && (takes_q == 4'd0)));
    assume(!rec_ready || (heads_n_q < 4'd4));
  end

  // ---- Heads, chains, entries.

  (* hierconn *) wire        \dut.head_valid ;
  (* hierconn *) wire        \dut.head_ready ;
  (* hierconn *) wire [15:0] \dut.head_pos ;
  (* hierconn *) wire [15:0] \dut.head_head ;

  wire       head = \dut.head_valid && \dut.head_ready ;
  wire [3:0]  chains;
  wire [20:0] chain_mark;
  wire [3:0]  returned;
  wire [20:0] entry_mark;
  reg [15:0]  pos_q;
  reg [7:0]   recs_q;

  follow_word #(.W(16), .LEVEL_W(4)) u_chains (
    .clk(clk), .rst(rst), .in_fire(head), .in_data(\dut.head_head ),
    .out_valid(rec_valid && rec_last), .out_ready(rec_ready), .out_data(rec_head), .level(chains), .mark(chain_mark)
  );
  follow_word #(.W(16), .LEVEL_W(4)) u_entries (
    .clk(clk), .rst(rst), .in_fire(cpl && !stop_q && !dead_q), .in_data(cpl_head),
    .out_valid(dat_valid && (dat_n_q != 0) && (dat_kinds_q[1:0] == 2'd1)), .out_ready(dat_ready),
    .out_data(dat_data[15:0]), .level(returned), .mark(entry_mark)
  );

  // From the available ring to the used ring: what is returned was taken, once, with its number, in order.
  wire [3:0]  taken;
  wire [20:0] taken_mark;

  follow_word #(.W(16), .LEVEL_W(4)) u_once (
    .clk(clk), .rst(rst), .in_fire(head), .in_data(\dut.head_head ),
    .out_valid(dat_valid && (dat_n_q != 0) && (dat_kinds_q[1:0] == 2'd1)), .out_ready(dat_ready),
    .out_data(dat_data[15:0]), .level(taken), .mark(taken_mark)
  );

  // In the scene, when the queue goes on, both chains have come back after a while.
  reg [6:0] cycles_q;

  always @(posedge clk) begin
    cycles_q <= rst ? 7'd0 : cycles_q + (cycles_q != 7'd127);
    if (head) begin
      pos_q <= pos_q + 16'd1;
    end
    if (rec_valid && rec_ready) begin
      recs_q <= rec_last ? 8'd0 : recs_q + 8'd1;
    end
    if (rst) begin
      pos_q  <= 16'd0;
      recs_q <= 8'd0;
    end
  end

  always @* begin
    if (!rst) begin
      no_read_of_the_secret: assert(touches == 3'd0);
      no_write_to_the_secret: assert(!cmd_valid || (in_cmd >= cmd_span));
      no_record_of_the_secret: assert(!rec_valid || (rec_len == 20'd0) || (in_rec >= rec_span));
      head_in_range: assert(!head || (\dut.head_head < size));
      heads_in_ring_order: assert(!head || (\dut.head_pos == pos_q));
      chain_not_too_long: assert(recs_q <= 8'd4);
      if (dat_valid && (dat_n_q != 0) && (dat_kinds_q[1:0] == 2'd2)) begin
        index_behind_responses: assert(idx <= {8'd0, stored_q});
        index_grows: assert(idx > {8'd0, pub_q});
      end
      silent_when_idle: assert(!idle_q || (!avail_req_valid && !desc_req_valid && !event_req_valid &&
                                                       !cmd_valid && !dat_valid && !irq && !rec_valid));
      nothing_open_when_idle: assert(!(stop_q && idle) || ((open == 3'd0) && (n_q == 0) && (dat_n_q == 0)));
      both_returned: assert((SCENE == 0) || stop_q || (cycles_q < SCENE) || (shown_q == 8'd2));
      index_asked: cover(avail_req_valid && avail_req_ready && (avail_req_addr[63:3] == (avail_addr + 64'd2) >> 3));
      idle_told: cover(idle_q);
      first_head: cover(head);
      chain_taken: cover(end_chain && (rec_err == 5'd0) && (rec_len != 20'd0));
      chain_completed: cover(cpl);
      entry_stored: cover(stored_q == 8'd1);
      index_shown: cover(shown_q == 8'd1);
      interrupt_after_work: cover(irq && (shown_q != 8'd0));
      idle_after_work: cover(idle_q && (shown_q != 8'd0));
      off_after_work: cover(off_q && (shown_q != 8'd0) && kick);
    end
  end

endmodule

`default_nettype wire
