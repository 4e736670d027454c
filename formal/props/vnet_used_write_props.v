// vnet_used_write_props: safety of the used ring
// SPDX-License-Identifier: Apache-2.0
//
// One queue of a free size and place. Every completion becomes one used entry, in order, at its place; used.idx
// follows only entries whose write response has come, and only to ends of frames; nothing outside the two rings
// is touched; nothing happens when the queue has told that it is idle. The driver's suppression word is anything.
// PROMPT = 1: memory answers at once, and the queue has two entries at a fixed place, so that a trace reaches further.
`default_nettype none

module vnet_used_write_props #(
  parameter integer DATA_W = 64,
  parameter integer PROMPT = 0
) (
  input wire              clk,
  input wire              rst,
  input wire              cfg_event_idx,
  input wire              stop_now,
  input wire              cpl_valid,
  input wire [15:0]       cpl_head,
  input wire [31:0]       cpl_len,
  input wire              cpl_eof,
  input wire              cpl_more,
  input wire              arm_valid,
  input wire [15:0]       arm_idx,
  input wire              arm_sleep,
  input wire              any_cmd_ready,
  input wire              any_dat_ready,
  input wire              any_done_valid,
  input wire              done_err,
  input wire              any_req_ready,
  input wire              any_rsp_valid,
  input wire [DATA_W-1:0] rsp_data,
  input wire              rsp_err
);

  localparam integer OFF_W = $clog2(DATA_W / 8);

  (* anyconst *) reg [63:0] any_avail;
  (* anyconst *) reg [63:0] any_used;
  (* anyconst *) reg [3:0]  any_size;

  wire [63:0] avail_addr = (PROMPT != 0) ? 64'h1024 : any_avail;
  wire [63:0] used_addr  = (PROMPT != 0) ? 64'h2004 : any_used;
  wire [3:0]  size_log2  = (PROMPT != 0) ? 4'd1 : any_size;
  wire [15:0] size = 16'd1 << size_log2;

  wire              cmd_ready;
  wire              dat_ready;
  wire              done_valid;
  wire              req_ready;
  wire              rsp_valid;
  wire              cpl_ready;
  wire              cpl_taken;
  wire              arm_ready;
  wire              armed;
  wire              cmd_valid;
  wire [63:0]       cmd_addr;
  wire [19:0]       cmd_len;
  wire [OFF_W-1:0]  cmd_off;
  wire              cmd_eop;
  wire              dat_valid;
  wire [DATA_W-1:0] dat_data;
  wire              req_valid;
  wire [63:0]       req_addr;
  wire [7:0]        req_len;
  wire              irq;
  wire              qerr;
  wire              idle;

  // ---- Life of the queue: context, enabled, at any time stopped for good.

  reg [1:0] age_q;
  reg       stop_q;
  wire      enable = age_q == 2'd3;

  always @(posedge clk) begin
    age_q  <= age_q + (age_q != 2'd3);
    stop_q <= stop_q || (stop_now && enable);
    if (rst) begin
      age_q  <= 2'd0;
      stop_q <= 1'b0;
    end
  end

  vnet_used_write #(
    .DATA_W    (DATA_W),
    .NQ        (1),
    .Q_W       (1),
    .AGE_CYCLES(2),
    .JOBS      (2),
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
    .qerr_valid     (qerr),
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
  stream_rules #(.W(64 + 20 + OFF_W + 1)) u_cmd (
    .clk(clk), .rst(rst), .valid(cmd_valid), .ready(cmd_ready), .payload({cmd_addr, cmd_len, cmd_off, cmd_eop})
  );
  stream_rules #(.W(DATA_W)) u_dat (
    .clk(clk), .rst(rst), .valid(dat_valid), .ready(dat_ready), .payload(dat_data)
  );
  stream_rules #(.W(72)) u_req (
    .clk(clk), .rst(rst), .valid(req_valid), .ready(req_ready), .payload({req_addr, req_len})
  );

  // ---- Commands by what they write.

  wire [63:0] place    = cmd_addr - used_addr;
  wire        is_flags = (place == 64'd0) && (cmd_len == 20'd2);
  wire        is_idx   = (place == 64'd2) && (cmd_len == 20'd2);
  wire        is_event = (place == 64'd4 + {45'd0, size, 3'd0}) && (cmd_len == 20'd2);
  wire        is_entry = (place >= 64'd4) && (place + cmd_len <= 64'd4 + {45'd0, size, 3'd0}) &&
                         (cmd_len[2:0] == 3'd0) && (cmd_len != 20'd0);

  // Commands that were taken and not reported: two bits each say what they are; 8 bits the number of entries.
  reg [3:0]  n_q;
  reg [7:0]  kinds_q;      // 1: entries, 2: index, 0: other
  reg [31:0] counts_q;
  // Data words of taken commands that have not been taken, the oldest in the low bits.
  reg [3:0]  dat_n_q;
  reg [7:0]  dat_kinds_q;
  reg [31:0] dat_left_q;
  reg [11:0] dat_off_q;

  reg [7:0]  accepted_q;   // completions
  reg [7:0]  issued_q;     // entries in write commands
  reg [7:0]  stored_q;     // entries whose response has come
  reg [7:0]  pub_q;        // value of used.idx in the last index write
  reg [7:0]  shown_q;      // the last of those whose response has come
  reg [7:0]  told_q;       // shown_q at the last interrupt
  reg [31:0] border_q;     // bit n: a frame ends with completion n
  reg        failed_q;     // an error response came
  reg [1:0]  reads_q;

  wire        cmd  = cmd_valid && cmd_ready;
  wire        dat  = dat_valid && dat_ready;
  wire [7:0]  entries = cmd_len >> 3;
  wire [1:0]  kind = is_entry ? 2'd1 : is_idx ? 2'd2 : 2'd0;
  wire [7:0]  words = (cmd_off + cmd_len + 20'd7) >> 3;
  wire        dat_end = dat && (dat_left_q[7:0] == 8'd1);
  wire [15:0] idx  = dat_data >> {dat_off_q[2:0], 3'd0};
  wire        cpl  = cpl_valid && cpl_ready;
  wire        ok_done = done_valid && !done_err && !failed_q;

  wire [7:0] dat_left_d = dat ? dat_left_q[7:0] - 8'd1 : dat_left_q[7:0];

  always @(posedge clk) begin
    if (cpl) begin
      accepted_q <= accepted_q + 8'd1;
      border_q   <= border_q | ({31'd0, cpl_eof} << (accepted_q + 8'd1));
    end
    n_q      <= n_q + cmd - done_valid;
    kinds_q  <= (done_valid ? kinds_q >> 2 : kinds_q) | (cmd ? {6'd0, kind} << (2 * (n_q - done_valid)) : 8'd0);
    counts_q <= (done_valid ? counts_q >> 8 : counts_q) |
                (cmd ? {24'd0, entries} << (8 * (n_q - done_valid)) : 32'd0);
    if (cmd && is_entry) begin
      issued_q <= issued_q + entries;
    end
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
    if (irq) begin
      told_q <= shown_q;
    end
    reads_q <= reads_q + (req_valid && req_ready) - rsp_valid;
    if (rst) begin
      accepted_q  <= 8'd0;
      border_q    <= 32'd0;
      n_q         <= 4'd0;
      kinds_q     <= 8'd0;
      counts_q    <= 32'd0;
      issued_q    <= 8'd0;
      stored_q    <= 8'd0;
      shown_q     <= 8'd0;
      told_q      <= 8'd0;
      failed_q    <= 1'b0;
      dat_n_q     <= 4'd0;
      dat_kinds_q <= 8'd0;
      dat_left_q  <= 32'd0;
      dat_off_q   <= 12'd0;
      pub_q       <= 8'd0;
      reads_q     <= 2'd0;
    end
  end

  // ---- Entries: id and length of the completions, in order.

  wire [3:0]  level;
  wire [52:0] mark;

  follow_word #(.W(48), .LEVEL_W(4)) u_entries (
    .clk(clk), .rst(rst), .in_fire(cpl), .in_data({cpl_len, cpl_head}),
    .out_valid(dat_valid && (dat_n_q != 0) && (dat_kinds_q[1:0] == 2'd1)), .out_ready(dat_ready),
    .out_data({dat_data[63:32], dat_data[15:0]}), .level(level), .mark(mark)
  );

  // ---- What the surroundings do.

  assign dat_ready  = (PROMPT != 0) ? dat_n_q != 4'd0 : any_dat_ready;
  assign cmd_ready  = (PROMPT != 0) ? (n_q < 4'd4) && (dat_n_q < 4'd4) : any_cmd_ready;
  assign done_valid = (PROMPT != 0) ? n_q > dat_n_q : any_done_valid;
  assign rsp_valid  = (PROMPT != 0) ? reads_q != 2'd0 : any_rsp_valid;
  assign req_ready  = (PROMPT != 0) ? reads_q < 2'd2 : any_req_ready;

  always @* begin
    assume(size_log2 <= 4'd4);
    assume((used_addr[1:0] == 2'd0) && (avail_addr[0] == 1'b0));
    assume((used_addr[63:16] != 48'hffffffffffff) && (avail_addr[63:16] != 48'hffffffffffff));
    assume(!cpl_valid || enable);
    assume(!arm_valid || enable);
    // Data are taken behind their command, a report comes behind the data; at most 4 commands open.
    assume(!dat_ready || (dat_n_q != 4'd0));
    assume(!cmd_ready || ((n_q < 4'd4) && (dat_n_q < 4'd4)));
    assume(!done_valid || (n_q > dat_n_q));
    assume(!rsp_valid || (reads_q != 2'd0));
    assume(!req_ready || (reads_q < 2'd2));
    // No more chains than the queue has.
    assume(!cpl_valid || (accepted_q - shown_q < size[7:0]));
  end

  reg idle_q;      // the queue has told that it is idle, and is still stopped

  always @(posedge clk) begin
    idle_q <= !rst && stop_q && (idle || idle_q);
  end

  wire [15:0] first_place = {8'd0, issued_q} & (size - 16'd1);

  always @* begin
    if (!rst) begin
      inside_the_used_ring: assert(!cmd_valid || is_flags || is_idx || is_event || is_entry);
      inside_the_available_ring: assert(!req_valid || ((req_len == 8'd0) &&
        (((req_addr - avail_addr) == 64'd0) || ((req_addr - avail_addr) == 64'd4 + {47'd0, size, 1'b0}))));
      entry_at_its_place: assert(!(cmd_valid && is_entry && !is_event) ||
                                 (place == 64'd4 + {45'd0, first_place, 3'd0}));
      no_entry_invented: assert(!(cmd_valid && is_entry && !is_event) || (issued_q + entries <= accepted_q));
      entry_unused: assert(dat_data[31:16] == 16'd0 || !(dat_valid && (dat_n_q != 0) && (dat_kinds_q[1:0] == 2'd1)));
      if (dat_valid && (dat_n_q != 0) && (dat_kinds_q[1:0] == 2'd2)) begin
        index_behind_responses: assert(idx <= {8'd0, stored_q});
        index_grows: assert(idx > {8'd0, pub_q});
        index_at_a_frame_end: assert(border_q[idx[4:0]]);
      end
      interrupt_has_a_cause: assert(!irq || (shown_q != told_q));
      silent_when_idle: assert(!(idle_q && enable) || (!cmd_valid && !dat_valid && !req_valid && !irq));
      nothing_open_when_idle: assert(!(stop_q && idle) || ((n_q == 0) && (dat_n_q == 0) && (reads_q == 0)));
      index_written: cover((pub_q == 8'd2) && (shown_q == 8'd0));
      idle_after_work: cover(idle_q && (shown_q == 8'd1));
      two_entries_at_once: cover(cmd && is_entry && (entries == 8'd2) && !is_event);
      followed_entry: cover(mark[52] && (mark[3:0] == 4'd1) && dat);
      put_to_sleep: cover(armed);
    end
  end

endmodule

`default_nettype wire
