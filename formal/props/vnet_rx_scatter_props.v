// vnet_rx_scatter_props: write commands cover exactly the planned bytes; each chain is completed once, behind its reports
// SPDX-License-Identifier: Apache-2.0
//
// Segments are symbolic: one plan, chosen freely, is followed; its elements have any addresses and lengths, those of the
// other plans are anything. Which outputs belong to it is written in two bits of the address and of the head, which
// the design only hands on: 0 before the followed plan, 1 its own, 2 behind it. Plans count as entered in the first
// cycle in which they are offered, because commands leave before they end. Records answer with garbage as soon as
// the design has given them back.
`default_nettype none

module vnet_rx_scatter_props #(
  parameter integer DATA_W = 64,
  parameter integer LEN_W  = 20,
  // Derived.
  parameter integer OFF_W  = $clog2(DATA_W / 8)
) (
  input wire             clk,
  input wire             rst,
  input wire             plan_valid,
  input wire             plan_chain,
  input wire [15:0]      plan_head,
  input wire [2:0]       plan_start,
  input wire [3:0]       plan_nrec,
  input wire [LEN_W-1:0] plan_len,
  input wire             plan_first,
  input wire             plan_eof,
  input wire [4:0]       plan_err,
  input wire [61:0]      any_addr,
  input wire [LEN_W-1:0] any_len,
  input wire             evt_valid,
  input wire             cmd_ready,
  input wire             done_valid,
  input wire             done_err,
  input wire             cpl_ready,
  input wire             rep_ready
);

  localparam integer CMDS   = 4;
  localparam integer INFO_W = 52 + 2 * LEN_W;
  localparam integer TOK_W  = 8 + INFO_W;
  // Where the tag stands in what a plan carries along.
  localparam integer TAG    = INFO_W - 4;
  localparam integer SUM_W  = LEN_W + 3;

  (* anyconst *) reg [62*8-1:0]    addrs;
  (* anyconst *) reg [LEN_W*8-1:0] lens;

  wire             plan_ready;
  wire             rd_en;
  wire [2:0]       rd_pos;
  reg  [63:0]      rd_addr_q;
  reg  [LEN_W-1:0] rd_len_q;
  wire             free;
  wire [3:0]       free_nrec;
  wire             cmd_valid;
  wire [63:0]      cmd_addr;
  wire [LEN_W-1:0] cmd_len;
  wire [OFF_W-1:0] cmd_off;
  wire             cmd_eop;
  wire             cpl_valid;
  wire [15:0]      cpl_head;
  wire [31:0]      cpl_len;
  wire             cpl_eof;

  vnet_rx_scatter #(
    .DATA_W(DATA_W),
    .NQ    (1),
    .LEN_W (LEN_W),
    .REC_W (3),
    .CMDS  (CMDS)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .s_plan_valid  (plan_valid),
    .s_plan_ready  (plan_ready),
    .s_plan_chain  (plan_chain),
    .s_plan_queue  (1'b0),
    .s_plan_head   (plan_head),
    .s_plan_start  (plan_start),
    .s_plan_nrec   (plan_nrec),
    .s_plan_len    (plan_len),
    .s_plan_first  (plan_first),
    .s_plan_eof    (plan_eof),
    .s_plan_bytes  ({LEN_W{1'b0}}),
    .s_plan_ndesc  (16'd0),
    .s_plan_class  (2'd0),
    .s_plan_layout (1'b0),
    .s_plan_err    (plan_err),
    .s_plan_zero   (8'd0),
    .m_rd_en       (rd_en),
    .m_rd_queue    (),
    .m_rd_pos      (rd_pos),
    .s_rd_addr     (rd_addr_q),
    .s_rd_len      (rd_len_q),
    .m_free_valid  (free),
    .m_free_queue  (),
    .m_free_nrec   (free_nrec),
    .s_evt_valid   (evt_valid),
    .s_evt_ready   (),
    .s_evt_queue   (1'b0),
    .s_evt_code    (5'd0),
    .m_cmd_valid   (cmd_valid),
    .m_cmd_ready   (cmd_ready),
    .m_cmd_addr    (cmd_addr),
    .m_cmd_len     (cmd_len),
    .m_cmd_off     (cmd_off),
    .m_cmd_eop     (cmd_eop),
    .s_done_valid  (done_valid),
    .s_done_err    (done_err),
    .m_cpl_valid   (cpl_valid),
    .m_cpl_ready   (cpl_ready),
    .m_cpl_queue   (),
    .m_cpl_head    (cpl_head),
    .m_cpl_len     (cpl_len),
    .m_cpl_eof     (cpl_eof),
    .m_cpl_more    (),
    .m_rep_valid   (),
    .m_rep_ready   (rep_ready),
    .m_rep_queue   (),
    .m_rep_bytes   (),
    .m_rep_frame   (),
    .m_rep_ndesc   (),
    .m_rep_class   (),
    .m_rep_layout  (),
    .m_rep_err     (),
    .m_rep_zero    ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(1 + 16 + 3 + 4 + LEN_W + 2 + 5), .ASSUME(1)) u_plan (
    .clk(clk), .rst(rst), .valid(plan_valid), .ready(plan_ready),
    .payload({plan_chain, plan_head, plan_start, plan_nrec, plan_len, plan_first, plan_eof, plan_err})
  );
  stream_rules #(.W(64 + LEN_W + OFF_W + 1)) u_cmd (
    .clk(clk), .rst(rst), .valid(cmd_valid), .ready(cmd_ready), .payload({cmd_addr, cmd_len, cmd_off, cmd_eop})
  );
  stream_rules #(.W(49)) u_cpl (
    .clk(clk), .rst(rst), .valid(cpl_valid), .ready(cpl_ready), .payload({cpl_head, cpl_len, cpl_eof})
  );

  // ---- The registers of the design.

  (* hierconn *) wire [3:0]       \dut.pos_q ;
  (* hierconn *) wire             \dut.ask_valid_q ;
  (* hierconn *) wire             \dut.ask_last_q ;
  (* hierconn *) wire [TOK_W-1:0] \dut.ask_tok_q ;
  (* hierconn *) wire             \dut.ask_ready ;
  (* hierconn *) wire             \dut.tok_valid_q ;
  (* hierconn *) wire             \dut.tok_last_q ;
  (* hierconn *) wire [TOK_W-1:0] \dut.tok_q ;
  (* hierconn *) wire [63:0]      \dut.rec_addr_q ;
  (* hierconn *) wire [LEN_W-1:0] \dut.rec_len_q ;
  (* hierconn *) wire [LEN_W-1:0] \dut.rest_q ;
  (* hierconn *) wire [OFF_W-1:0] \dut.lane_q ;
  (* hierconn *) wire [3:0]       \dut.ncmd_q ;
  (* hierconn *) wire [2:0]       \dut.open_q ;
  (* hierconn *) wire             \dut.step ;
  (* hierconn *) wire             \dut.chain_end ;
  (* hierconn *) wire             \dut.finish ;
  (* hierconn *) wire             \dut.done_take ;
  (* hierconn *) wire             \dut.done_s_ready ;
  (* hierconn *) wire [3:0]       \dut.next_q ;
  (* hierconn *) wire             \dut.fail_q ;
  (* hierconn *) wire [2:0]       \dut.ord_level ;
  (* hierconn *) wire [2:0]       \dut.u_order.rd_ptr_q ;
  (* hierconn *) wire [INFO_W+3:0] \dut.u_order.u_mem.mem[0] ;
  (* hierconn *) wire [INFO_W+3:0] \dut.u_order.u_mem.mem[1] ;
  (* hierconn *) wire [INFO_W+3:0] \dut.u_order.u_mem.mem[2] ;
  (* hierconn *) wire [INFO_W+3:0] \dut.u_order.u_mem.mem[3] ;
  (* hierconn *) wire [2:0]       \dut.done_level ;
  (* hierconn *) wire [2:0]       \dut.u_done.rd_ptr_q ;
  (* hierconn *) wire             \dut.u_done.u_mem.mem[0] ;
  (* hierconn *) wire             \dut.u_done.u_mem.mem[1] ;
  (* hierconn *) wire             \dut.u_done.u_mem.mem[2] ;
  (* hierconn *) wire             \dut.u_done.u_mem.mem[3] ;

  // The rules of plans bind the input from the cycle on in which one is offered.
  (* hierconn *) wire             \u_plan.waits_q ;

  wire              ask_writes;
  wire              ask_first;
  wire              ask_first_chain;
  wire [3:0]        ask_nrec;
  wire              ask_eof;
  wire [INFO_W-1:0] ask_info;
  wire              tok_writes;
  wire              tok_first;
  wire              tok_first_chain;
  wire [3:0]        tok_nrec;
  wire              tok_eof;
  wire [INFO_W-1:0] tok_info;

  assign {ask_writes, ask_first, ask_first_chain, ask_nrec, ask_eof, ask_info} = \dut.ask_tok_q ;
  assign {tok_writes, tok_first, tok_first_chain, tok_nrec, tok_eof, tok_info} = \dut.tok_q ;

  wire [1:0] plan_tag = plan_head[15:14];
  wire [1:0] ask_tag  = ask_info[TAG +: 2];
  wire [1:0] tok_tag  = tok_info[TAG +: 2];
  wire [1:0] cmd_tag  = cmd_addr[63:62];
  wire [1:0] cpl_tag  = cpl_head[15:14];

  // ---- The followed plan.

  reg              fed_q;         // the plan in front has been counted
  reg              seen_q;        // the followed plan has been offered
  reg [INFO_W-1:0] info_q;        // what it carries along
  reg [3:0]        nrec_q;
  reg              freed_q;       // its records have been given back
  reg              pushed_q;      // its last command has been made, it waits for reports
  reg              finished_q;    // its completion has been made
  reg [1:0]        ahead_q;       // entries before its own while it waits for reports

  wire             feed  = plan_valid && !fed_q;
  wire             mark  = feed && (plan_tag == 2'd1);
  wire             chain = info_q[INFO_W-1];
  wire [15:0]      head  = info_q[INFO_W-3 -: 16];
  wire [LEN_W-1:0] len   = info_q[INFO_W-19 -: LEN_W];
  wire             first = info_q[INFO_W-19-LEN_W];
  wire             eof   = info_q[INFO_W-20-LEN_W];
  wire [4:0]       err   = info_q[12:8];
  wire             writes = len != {LEN_W{1'b0}};

  wire [INFO_W-1:0] plan_info = {plan_chain, 1'b0, plan_head, plan_len, plan_first, plan_eof, {LEN_W{1'b0}}, 16'd0,
                                 2'd0, 1'b0, plan_err, 8'd0};

  wire              push   = \dut.tok_valid_q && \dut.step && \dut.chain_end ;
  wire              finish = \dut.finish ;

  always @(posedge clk) begin
    fed_q <= plan_valid && !plan_ready;
    if (mark) begin
      seen_q <= 1'b1;
      info_q <= plan_info;
      nrec_q <= plan_nrec;
    end
    if (free && (tok_tag == 2'd1)) begin
      freed_q <= 1'b1;
    end
    if (push && (tok_tag == 2'd1)) begin
      pushed_q <= 1'b1;
      ahead_q  <= \dut.ord_level - finish;
    end else if (pushed_q && !finished_q && finish) begin
      finished_q <= ahead_q == 2'd0;
      ahead_q    <= ahead_q - 2'd1;
    end
    if (rst) begin
      fed_q      <= 1'b0;
      seen_q     <= 1'b0;
      freed_q    <= 1'b0;
      pushed_q   <= 1'b0;
      finished_q <= 1'b0;
    end
  end

  // ---- Its records.

  wire [2:0] rd_at = rd_pos - plan_start;

  always @(posedge clk) begin
    if (rd_en) begin
      rd_addr_q <= {plan_tag, ((plan_tag == 2'd1) && !freed_q) ? addrs[62*rd_at +: 62] : any_addr};
      rd_len_q  <= ((plan_tag == 2'd1) && !freed_q) ? lens[LEN_W*rd_at +: LEN_W] : any_len;
    end else if (freed_q) begin
      rd_addr_q <= {rd_addr_q[63:62], any_addr};
      rd_len_q  <= any_len;
    end
  end

  // room[i]: what the elements from number i on hold.
  wire [SUM_W*9-1:0] room;
  assign room[SUM_W*8 +: SUM_W] = {SUM_W{1'b0}};
  genvar g;
  generate
    for (g = 0; g < 8; g = g + 1) begin : g_room
      assign room[SUM_W*g +: SUM_W] = room[SUM_W*(g+1) +: SUM_W] +
                                      ((g < nrec_q) ? {3'd0, lens[LEN_W*g +: LEN_W]} : {SUM_W{1'b0}});
    end
  endgenerate

  // ---- Its commands: number of the next element, bytes that have no place yet, lane in the stream.

  reg [3:0]       k_q;
  reg [LEN_W-1:0] rest_q;
  reg             covered_q;      // all its commands have left
  reg [OFF_W-1:0] lane_q;
  reg             any_q;          // a command has left

  wire             out       = cmd_valid && cmd_ready;
  wire             mine      = cmd_valid && (cmd_tag == 2'd1);
  wire [61:0]      want_addr = addrs[62*k_q[2:0] +: 62];
  wire [LEN_W-1:0] element   = lens[LEN_W*k_q[2:0] +: LEN_W];
  wire [LEN_W-1:0] want_len  = (element < rest_q) ? element : rest_q;
  wire [OFF_W-1:0] want_off  = (first && (k_q == 4'd0)) ? {OFF_W{1'b0}} : lane_q;
  wire             ends      = want_len == rest_q;

  always @(posedge clk) begin
    if (mark) begin
      rest_q <= plan_len;
    end else if (mine && out) begin
      rest_q <= rest_q - want_len;
    end
    if (mine && out) begin
      k_q       <= k_q + 4'd1;
      covered_q <= ends;
    end
    if (out) begin
      lane_q <= cmd_off + cmd_len[OFF_W-1:0];
      any_q  <= 1'b1;
    end
    if (rst) begin
      k_q       <= 4'd0;
      covered_q <= 1'b0;
      any_q     <= 1'b0;
    end
  end

  // ---- Its reports: tags of the commands that wait for one, in order, and of the reports in the design.

  reg [2*CMDS-1:0] open_q;
  reg [2:0]        n_q;
  reg [2*CMDS-1:0] held_q;
  reg              failed_q;
  reg              completed_q;

  wire [2*CMDS-1:0] open_next = done_valid ? open_q >> 2 : open_q;
  wire [2*CMDS-1:0] held_next = \dut.done_take ? held_q >> 2 : held_q;
  wire [2:0]        held_n    = \dut.done_level - \dut.done_take ;
  wire [2*CMDS-1:0] put_open  = {6'd0, cmd_tag};
  wire [2*CMDS-1:0] put_held  = {6'd0, open_q[1:0]};
  wire [2:0]        open_n    = n_q - done_valid;

  always @(posedge clk) begin
    open_q <= open_next | (out ? put_open << {open_n, 1'b0} : 8'd0);
    n_q    <= open_n + out;
    held_q <= held_next | (done_valid ? put_held << {held_n, 1'b0} : 8'd0);
    if (done_valid && (open_q[1:0] == 2'd1)) begin
      failed_q <= failed_q || done_err;
    end
    if (cpl_valid && cpl_ready && (cpl_tag == 2'd1)) begin
      completed_q <= 1'b1;
    end
    if (rst) begin
      open_q      <= 8'd0;
      n_q         <= 3'd0;
      held_q      <= 8'd0;
      failed_q    <= 1'b0;
      completed_q <= 1'b0;
    end
  end

  // Commands with tag t among the first n of a list.
  function [3:0] count(input [2*CMDS-1:0] list, input [2:0] n, input [1:0] t);
    integer j;
    begin
      count = 4'd0;
      for (j = 0; j < CMDS; j = j + 1) begin
        count = count + ((j < n) && (list[2*j +: 2] == t));
      end
    end
  endfunction

  wire [3:0] unreported = count(open_q, n_q, 2'd1);

  always @* begin
    assume((plan_nrec >= 4'd1) && (plan_nrec <= 4'd8));
    assume(plan_chain || (plan_len == {LEN_W{1'b0}}));
    assume(!feed || (seen_q ? (plan_tag == 2'd2) : (plan_tag <= 2'd1)));
    // The elements of a plan hold its bytes.
    assume(!seen_q || (room[0 +: SUM_W] >= {3'd0, len}));
    assume(!done_valid || (n_q != 3'd0));
    if (!rst && cmd_valid) begin
      in_order_of_the_plans: assert((cmd_tag == 2'd0) ? (k_q == 4'd0) :
                                    (cmd_tag == 2'd1) ? seen_q && writes && !covered_q :
                                    (cmd_tag == 2'd2) && seen_q && (covered_q || !writes));
      if (mine) begin
        begins_at_the_element: assert(cmd_addr[61:0] == want_addr);
        as_long_as_element_or_rest: assert(cmd_len == want_len);
        goes_on_in_the_stream: assert((cmd_off == want_off) || !(any_q || first));
        ends_with_the_frame: assert(cmd_eop == (ends && eof));
      end
    end
    if (!rst) begin
      place_for_every_report: assert(!done_valid || \dut.done_s_ready );
      gives_back_all_records: assert(!(free && (tok_tag == 2'd1)) || (!freed_q && (free_nrec == nrec_q)));
    end
    if (!rst && cpl_valid) begin
      completed_once_in_order: assert((cpl_tag == 2'd0) ? !completed_q :
                                      (cpl_tag == 2'd1) ? seen_q && chain && !completed_q :
                                      (cpl_tag == 2'd2) && seen_q && (completed_q || !chain));
      if (cpl_tag == 2'd1) begin
        behind_its_last_report: assert((covered_q || !writes) && (unreported == 4'd0));
        head_and_end_of_the_plan: assert((cpl_head == head) && (cpl_eof == eof));
        length_unless_it_failed: assert(cpl_len == ((failed_q || (err != 5'd0)) ? 32'd0 : {{(32-LEN_W){1'b0}}, len}));
      end
    end
  end

  // ---- What is inside gets on, whenever the outputs are ready and every command that has left is reported.

  wire asks   = \dut.ask_valid_q ;
  wire makes  = \dut.tok_valid_q ;
  wire inside = plan_valid || asks || makes || cmd_valid || cpl_valid || (\dut.ord_level != 3'd0);
  wire moves  = out || (cpl_valid && cpl_ready) || finish || \dut.done_take || (makes && \dut.step ) ||
                ((asks || plan_valid) && \dut.ask_ready );

  always @* begin
    if (!rst && cmd_ready && cpl_ready && rep_ready && (n_q == 3'd0)) begin
      never_stuck: assert(moves || !inside);
    end
  end

  // ---- Invariants: the steps of the pipeline. An idle step has no say.

  wire [3:0] ask_at   = \dut.ask_last_q ? (ask_writes ? ask_nrec - 4'd1 : 4'd0) : \dut.pos_q - 4'd1;
  wire [3:0] tok_at   = \dut.tok_last_q ? (tok_writes ? tok_nrec - 4'd1 : 4'd0) : ask_at - 4'd1;
  wire       begun    = makes && !tok_first;
  wire [3:0] sent     = begun ? \dut.ncmd_q : 4'd0;
  wire       in_front = fed_q && (plan_tag == 2'd1);
  wire       in_ask   = asks && (ask_tag == 2'd1);
  wire       in_tok   = makes && (tok_tag == 2'd1);

  // The followed plan behind the command that waits at the output.
  wire [3:0]       k      = k_q + mine;
  wire [LEN_W-1:0] rest   = rest_q - (mine ? want_len : {LEN_W{1'b0}});
  wire             covered = mine ? ends : covered_q;
  wire [OFF_W-1:0] lane   = cmd_valid ? cmd_off + cmd_len[OFF_W-1:0] : lane_q;

  always @* begin
    if (!rst) begin
      inv_fed: assert(fed_q == \u_plan.waits_q );
      inv_pos: assert((\dut.pos_q != 4'd0) == (asks && !\dut.ask_last_q ));
      inv_pos_plan: assert((\dut.pos_q == 4'd0) ||
                           (fed_q && (plan_nrec == ask_nrec) && ask_writes && (plan_len != 0) &&
                            (plan_tag == ask_tag) && (\dut.pos_q < plan_nrec)));
      inv_ask: assert(!asks || ((ask_nrec >= 4'd1) && (ask_nrec <= 4'd8) && (ask_first == (ask_at == 4'd0)) &&
                                (ask_at < ask_nrec) && (ask_first == !(makes && !\dut.tok_last_q ))));
      inv_tok: assert(!makes || ((tok_nrec >= 4'd1) && (tok_nrec <= 4'd8) && (tok_first == (tok_at == 4'd0)) &&
                                 (tok_at < tok_nrec)));
      inv_tok_ask: assert(!(makes && !\dut.tok_last_q ) ||
                          (asks && (tok_nrec == ask_nrec) && tok_writes && ask_writes && (tok_tag == ask_tag)));
      inv_begun: assert(!begun || (tok_writes && (\dut.ncmd_q == tok_at)));
      // Tags rise from the output to the input.
      inv_tags: assert((!(makes && asks) || (tok_tag <= ask_tag)) && (!(asks && plan_valid) || (ask_tag <= plan_tag)) &&
                       (!(makes && plan_valid) || (tok_tag <= plan_tag)) &&
                       (!asks || (ask_tag <= (seen_q ? 2'd2 : 2'd0))) && (!makes || (tok_tag <= (seen_q ? 2'd2 : 2'd0))) &&
                       (!fed_q || (plan_tag <= (seen_q ? 2'd2 : 2'd0))));
      inv_phase: assert((seen_q || !pushed_q) && (pushed_q || !finished_q) && (finished_q || !completed_q) &&
                        (freed_q == (pushed_q && chain)));
      inv_here: assert((seen_q && !pushed_q) == (in_front || in_ask || in_tok));
      inv_once: assert(!(in_tok && \dut.tok_last_q && (in_ask || in_front)) && !(in_ask && \dut.ask_last_q && in_front));
      inv_behind: assert(!pushed_q || ((!makes || (tok_tag == 2'd2)) && (!asks || (ask_tag == 2'd2)) &&
                                      (!fed_q || (plan_tag == 2'd2))));
      inv_front: assert(!in_front || ((plan_info == info_q) && (plan_nrec == nrec_q)));
      inv_in_ask: assert(!in_ask || ((\dut.ask_tok_q == {writes, ask_first, first, nrec_q, eof, info_q}) &&
                                     (rd_addr_q == {2'd1, addrs[62*ask_at[2:0] +: 62]}) &&
                                     (rd_len_q == lens[LEN_W*ask_at[2:0] +: LEN_W])));
      inv_in_tok: assert(!in_tok || ((\dut.tok_q == {writes, tok_first, first, nrec_q, eof, info_q}) &&
                                     (\dut.rec_addr_q == {2'd1, addrs[62*tok_at[2:0] +: 62]}) &&
                                     (\dut.rec_len_q == lens[LEN_W*tok_at[2:0] +: LEN_W]) && (k == tok_at) && !covered &&
                                     (!tok_first || (rest == len)) && (tok_first || (\dut.rest_q == rest))));
      inv_rec_tag: assert((!asks || (rd_addr_q[63:62] == ask_tag)) && (!makes || (\dut.rec_addr_q [63:62] == tok_tag)));
      inv_not_begun: assert(pushed_q || in_tok || ((k == 4'd0) && !covered && (!seen_q || (rest == len))));
      inv_no_bytes: assert(!seen_q || writes || ((k == 4'd0) && !covered));
      inv_rest: assert(!(seen_q && !pushed_q && writes) ||
                       ((rest != 0) && (room[SUM_W*k +: SUM_W] >= {3'd0, rest})));
      inv_covered: assert(!pushed_q || (covered == writes));
      inv_info: assert(!seen_q || ((info_q[TAG +: 2] == 2'd1) && (chain || !writes) && (nrec_q >= 4'd1) && (nrec_q <= 4'd8)));
      inv_lane: assert(!(any_q || cmd_valid) || (\dut.lane_q == lane));
      inv_lane_known: assert(any_q || cmd_valid || (k == 4'd0));
    end
  end

  // ---- Invariants: chains that wait for reports, and the reports.

  wire [4*(INFO_W+4)-1:0] entries = {\dut.u_order.u_mem.mem[3] , \dut.u_order.u_mem.mem[2] ,
                                     \dut.u_order.u_mem.mem[1] , \dut.u_order.u_mem.mem[0] };
  wire [3:0]              errors  = {\dut.u_done.u_mem.mem[3] , \dut.u_done.u_mem.mem[2] ,
                                     \dut.u_done.u_mem.mem[1] , \dut.u_done.u_mem.mem[0] };

  // Entry i, from the oldest on: is there, its tag (from what is known of the followed plan), its commands.
  wire [3:0]  there;
  wire [3:0]  ok;
  wire [3:0]  told;            // an error report of the followed plan that the design has not used
  wire [15:0] ncmds;
  wire [7:0]  tags;
  generate
    for (g = 0; g < 4; g = g + 1) begin : g_entry
      wire [1:0]        at    = \dut.u_order.rd_ptr_q + g;
      wire [1:0]        at_d  = \dut.u_done.rd_ptr_q + g;
      wire [INFO_W+3:0] entry = entries[(INFO_W+4)*at +: INFO_W+4];
      assign there[g]       = g < \dut.ord_level ;
      assign tags[2*g +: 2] = (!pushed_q || (!finished_q && (g < ahead_q))) ? 2'd0 :
                              (!finished_q && (g == ahead_q))               ? 2'd1 : 2'd2;
      assign ncmds[4*g +: 4] = there[g] ? entry[INFO_W +: 4] : 4'd0;
      assign ok[g]          = !there[g] || ((entry[TAG +: 2] == tags[2*g +: 2]) && (entry[INFO_W +: 4] <= 4'd8) &&
                                            ((tags[2*g +: 2] != 2'd1) || (entry == {k, info_q})));
      assign told[g]        = (g < \dut.done_level ) && (held_q[2*g +: 2] == 2'd1) && errors[at_d];
    end
  endgenerate

  // All commands that the design still waits for, in order.
  wire [2*CMDS-1:0] waiting   = held_q | (open_q << {\dut.done_level , 1'b0}) |
                                (cmd_valid ? put_open << {\dut.open_q - 3'd1, 1'b0} : 8'd0);
  wire [1:0]        front_tag = there[0] ? tags[1:0] : tok_tag;
  wire [3:0]        taken     = \dut.next_q - 4'd1;

  // Made commands of plans with tag t: used reports and commands that wait.
  function [5:0] made(input [3:0] is, input [15:0] n, input [7:0] tag, input [1:0] t);
    integer j;
    begin
      made = 6'd0;
      for (j = 0; j < 4; j = j + 1) begin
        made = made + ((is[j] && (tag[2*j +: 2] == t)) ? n[4*j +: 4] : 4'd0);
      end
    end
  endfunction

  wire [2:0] sums;
  wire [2:0] rise;
  generate
    for (g = 0; g < 3; g = g + 1) begin : g_sum
      assign sums[g] = {2'd0, count(waiting, \dut.open_q , g)} + ((front_tag == g) ? {2'd0, taken} : 6'd0) ==
                       made(there, ncmds, tags, g) + ((tok_tag == g) ? {2'd0, sent} : 6'd0);
      assign rise[g] = (g + 1 >= \dut.open_q ) || (waiting[2*g +: 2] <= waiting[2*g+2 +: 2]);
    end
  endgenerate

  always @* begin
    if (!rst) begin
      inv_open: assert(({2'd0, \dut.open_q } == cmd_valid + n_q + \dut.done_level ) && (\dut.open_q <= CMDS) &&
                       (n_q <= CMDS) && (\dut.done_level <= CMDS) && (\dut.ord_level <= CMDS));
      inv_vacant: assert(((open_q >> {n_q, 1'b0}) == 8'd0) && ((held_q >> {\dut.done_level , 1'b0}) == 8'd0));
      inv_rise: assert((rise == 3'b111) && (count(waiting, \dut.open_q , 2'd3) == 4'd0));
      inv_entries: assert(ok == 4'b1111);
      inv_ahead: assert(!(pushed_q && !finished_q) || (ahead_q < \dut.ord_level ));
      inv_sums: assert(sums == 3'b111);
      inv_taken: assert((\dut.next_q != 4'd0) &&
                        (there[0] ? (\dut.next_q <= ((ncmds[3:0] == 4'd0) ? 4'd1 : ncmds[3:0])) : (taken <= sent)));
      inv_fail: assert((taken != 4'd0) || !\dut.fail_q );
      inv_failed: assert(finished_q || (failed_q == (((taken != 4'd0) && (front_tag == 2'd1) && \dut.fail_q ) ||
                                                     (told != 4'd0))));
      inv_finished: assert(!cpl_valid || ((cpl_tag == 2'd0) ? !(finished_q && chain) : finished_q));
      inv_completed: assert((finished_q && chain && !completed_q) == (cpl_valid && (cpl_tag == 2'd1)));
    end
  end

  always @* begin
    if (!rst) begin
      three_elements: cover(mine && out && (k_q == 4'd2) && ends && (cmd_off != 0));
      second_chain_of_a_frame: cover(mine && out && !first && (k_q == 4'd0) && eof && ends && (cmd_off != 0));
      completed: cover(cpl_valid && (cpl_tag == 2'd1) && (cpl_len == 32'd9) && (k_q == 4'd2));
      failed_write: cover(cpl_valid && (cpl_tag == 2'd1) && failed_q && (k_q == 4'd2));
      chain_without_bytes: cover(cpl_valid && (cpl_tag == 2'd1) && !writes && any_q);
      records_left_over: cover(mine && out && ends && (k_q == 4'd1) && (nrec_q == 4'd8));
      more_commands_than_on_the_way: cover(mine && (k_q == 4'd5));
    end
  end

endmodule

`default_nettype wire
