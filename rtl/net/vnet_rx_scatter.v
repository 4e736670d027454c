// vnet_rx_scatter: cuts received frames at the ends of buffer elements and completes the chains
// SPDX-License-Identifier: Apache-2.0
//
// Walks the records of each planned chain and sends one write command per element until the bytes
// of the chain are used up; elements behind that are skipped. The data go to the write engine
// without passing here: the commands say at which lane of the dense stream they begin.
//
//   8-byte bus, frame of 20 bytes into elements of 12 and 16:   word 0 |word 1 |word 2
//     command 1: len 12, off 0                                  11111111 1111.... ........
//     command 2: len 8,  off 4, eop                             ........ ....2222 2222....
//
// A chain without bytes (an error, a reset) passes the same steps without a command, so
// completions keep the order of the chains. A chain is completed when the write engine has
// reported all of its commands. At most CMDS commands are on their way, so that their reports
// always have a place.
//
// Latency:       3 cycles from plan to command, 2 from the last report of the engine to the
//                completion.
// Throughput:    1 element per cycle, chains back to back; up to two cycles more where elements are
//                skipped.
// Back-pressure: readys depend on registers and on the readys of the outputs; s_done and s_free have
//                none.
// Errors:        13 for a chain of which a write failed: it is completed with length 0.
// Spec:          virtio 1.4, "Network Device / Processing of Incoming Packets": buffers of a
//                frame are filled completely but the last.
`default_nettype none

module vnet_rx_scatter #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W = 64,
  // Queues, 1, 2, 4 or 8.
  parameter integer NQ     = 1,
  // Width of a length in bits.
  parameter integer LEN_W  = 20,
  // Width of a record number inside a queue.
  parameter integer REC_W  = 10,
  // Most write commands on their way, a power of two, at least 2.
  parameter integer CMDS   = 64,
  // Derived: width of a queue number and of a lane number. Do not set.
  parameter integer Q_W    = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer OFF_W  = $clog2(DATA_W / 8)
) (
  input  wire             clk,
  input  wire             rst,

  // Plans of vnet_rx_place.
  input  wire             s_plan_valid,
  output wire             s_plan_ready,
  input  wire             s_plan_chain,
  input  wire [Q_W-1:0]   s_plan_queue,
  input  wire [15:0]      s_plan_head,
  input  wire [REC_W-1:0] s_plan_start,
  input  wire [REC_W:0]   s_plan_nrec,
  input  wire [LEN_W-1:0] s_plan_len,
  input  wire             s_plan_first,
  input  wire             s_plan_eof,
  input  wire [LEN_W-1:0] s_plan_bytes,
  input  wire [15:0]      s_plan_ndesc,
  input  wire [1:0]       s_plan_class,
  input  wire             s_plan_layout,
  input  wire [4:0]       s_plan_err,
  input  wire [7:0]       s_plan_zero,

  // Its record memory, and records that it may overwrite.
  output wire             m_rd_en,
  output wire [Q_W-1:0]   m_rd_queue,
  output wire [REC_W-1:0] m_rd_pos,
  input  wire [63:0]      s_rd_addr,
  input  wire [LEN_W-1:0] s_rd_len,
  output wire             m_free_valid,
  output wire [Q_W-1:0]   m_free_queue,
  output wire [REC_W:0]   m_free_nrec,

  // Drop events of the intake.
  input  wire             s_evt_valid,
  output wire             s_evt_ready,
  input  wire [Q_W-1:0]   s_evt_queue,
  input  wire [4:0]       s_evt_code,

  // Write engine.
  output wire             m_cmd_valid,
  input  wire             m_cmd_ready,
  output wire [63:0]      m_cmd_addr,
  output wire [LEN_W-1:0] m_cmd_len,
  output wire [OFF_W-1:0] m_cmd_off,
  output wire             m_cmd_eop,
  input  wire             s_done_valid,
  input  wire             s_done_err,

  // Completions.
  output wire             m_cpl_valid,
  input  wire             m_cpl_ready,
  output wire [Q_W-1:0]   m_cpl_queue,
  output wire [15:0]      m_cpl_head,
  output wire [31:0]      m_cpl_len,
  output wire             m_cpl_eof,
  output wire             m_cpl_more,

  // Reports.
  output wire             m_rep_valid,
  input  wire             m_rep_ready,
  output wire [Q_W-1:0]   m_rep_queue,
  output wire [LEN_W-1:0] m_rep_bytes,
  output wire             m_rep_frame,
  output wire [15:0]      m_rep_ndesc,
  output wire [1:0]       m_rep_class,
  output wire             m_rep_layout,
  output wire [4:0]       m_rep_err,
  output wire [7:0]       m_rep_zero
);

  localparam [4:0]   ERR_AXI_DATA  = 5'd13;
  localparam [4:0]   ERR_CANCELLED = 5'd31;
  localparam integer LEVEL_W       = $clog2(CMDS) + 1;
  // What the completion needs of a plan: chain, queue, head, len, first, eof, bytes, ndesc,
  // class, layout, err, zero.
  localparam integer INFO_W        = 1 + Q_W + 16 + LEN_W + 2 + LEN_W + 16 + 2 + 1 + 5 + 8;

  // ---- first step: ask for a record
  reg  [REC_W:0]    pos_q;           // record of the plan in front that is asked for next
  wire              ask_ready;       // the second step is free or becomes free
  wire              drop;            // the chain in the third step needs no more records
  wire              skip;            // and the plan in front is still its own
  wire              plan_writes = s_plan_len != {LEN_W{1'b0}};
  wire              at_end      = !plan_writes || (pos_q + {{REC_W{1'b0}}, 1'b1} == s_plan_nrec);
  wire              ask         = s_plan_valid && ask_ready && !skip;

  assign m_rd_en      = s_plan_valid && ask_ready;
  assign m_rd_queue   = s_plan_queue;
  assign m_rd_pos     = s_plan_start + pos_q[REC_W-1:0];
  assign s_plan_ready = ask_ready && (at_end || skip);

  // ---- second step: the record comes out of the memory
  localparam integer TOK_W = 3 + (REC_W + 1) + 1 + INFO_W;

  reg               ask_valid_q;
  reg               ask_last_q;      // last record of the chain
  reg  [TOK_W-1:0]  ask_tok_q;

  // ---- third step: make a command of it
  reg               tok_valid_q;
  reg               tok_last_q;
  reg  [TOK_W-1:0]  tok_q;
  reg  [63:0]       rec_addr_q;
  reg  [LEN_W-1:0]  rec_len_q;
  wire              tok_writes;
  wire              tok_first;       // first record of the chain
  wire              tok_first_chain; // the chain is the first of its frame
  wire [REC_W:0]    tok_nrec;
  wire              tok_chain;
  wire [Q_W-1:0]    tok_queue;
  wire [15:0]       tok_head;
  wire [LEN_W-1:0]  tok_len;
  wire              tok_eof;
  wire [INFO_W-1:0] tok_info;
  wire [INFO_W-Q_W-LEN_W-18:0] tok_more;
  reg  [LEN_W-1:0]  rest_q;          // bytes of the chain still without a place
  reg  [OFF_W-1:0]  lane_q;          // where the next command begins in the dense stream
  reg  [REC_W:0]    ncmd_q;          // commands of the chain so far
  reg  [LEVEL_W-1:0] open_q;         // commands whose report has not been used

  assign {tok_writes, tok_first, tok_first_chain, tok_nrec, tok_eof, tok_info} = tok_q;
  assign {tok_chain, tok_queue, tok_head, tok_len, tok_more}                   = tok_info;

  wire              cmd_ready;
  wire              order_ready;
  wire              done_take;
  wire              credit  = !open_q[LEVEL_W-1];
  wire              step    = cmd_ready && order_ready && credit;
  wire [LEN_W-1:0]  rest    = tok_first ? tok_len : rest_q;
  wire              covers  = rec_len_q >= rest;
  wire [LEN_W-1:0]  cmd_len = covers ? rest : rec_len_q;
  wire [OFF_W-1:0]  cmd_off = (tok_first && tok_first_chain) ? {OFF_W{1'b0}} : lane_q;
  wire              chain_end = !tok_writes || covers || tok_last_q;
  wire [REC_W:0]    ncmd    = (tok_first ? {(REC_W + 1){1'b0}} : ncmd_q)
                            + {{REC_W{1'b0}}, tok_writes};
  wire              send    = tok_valid_q && tok_writes && order_ready && credit;
  wire              tok_ready = step || !tok_valid_q;

  assign ask_ready = tok_ready || !ask_valid_q;
  // The bytes are used up before the last record: what is in the second step belongs to the chain
  // too, and so does the plan in front unless the last record has been asked for.
  assign drop      = tok_valid_q && step && chain_end && !tok_last_q;
  assign skip      = drop && !(ask_valid_q && ask_last_q);

  always @(posedge clk) begin
    if (ask_ready) begin
      ask_valid_q <= ask;
      ask_last_q  <= at_end;
      ask_tok_q   <= {plan_writes, pos_q == {(REC_W + 1){1'b0}}, s_plan_first, s_plan_nrec,
                      s_plan_eof, s_plan_chain, s_plan_queue, s_plan_head, s_plan_len,
                      s_plan_first, s_plan_eof, s_plan_bytes, s_plan_ndesc, s_plan_class,
                      s_plan_layout, s_plan_err, s_plan_zero};
      if (s_plan_valid) begin
        pos_q <= (at_end || skip) ? {(REC_W + 1){1'b0}} : pos_q + {{REC_W{1'b0}}, 1'b1};
      end
    end
    if (tok_ready) begin
      tok_valid_q <= ask_valid_q && !drop;
      tok_last_q  <= ask_last_q;
      tok_q       <= ask_tok_q;
      rec_addr_q  <= s_rd_addr;
      rec_len_q   <= s_rd_len;
    end
    if (tok_valid_q && step) begin
      rest_q <= rest - cmd_len;
      ncmd_q <= ncmd;
    end
    if (send && cmd_ready) begin
      lane_q <= cmd_off + cmd_len[OFF_W-1:0];
    end
    open_q <= open_q + {{(LEVEL_W - 1){1'b0}}, send && cmd_ready}
            - {{(LEVEL_W - 1){1'b0}}, done_take};
    if (rst) begin
      ask_valid_q <= 1'b0;
      tok_valid_q <= 1'b0;
      pos_q       <= {(REC_W + 1){1'b0}};
      open_q      <= {LEVEL_W{1'b0}};
    end
  end

  vnet_reg #(
    .W(64 + LEN_W + OFF_W + 1)
  ) u_cmd (
    .clk    (clk),
    .rst    (rst),
    .s_valid(send),
    .s_ready(cmd_ready),
    .s_data ({rec_addr_q, cmd_len, cmd_off, chain_end && tok_eof}),
    .m_valid(m_cmd_valid),
    .m_ready(m_cmd_ready),
    .m_data ({m_cmd_addr, m_cmd_len, m_cmd_off, m_cmd_eop})
  );

  assign m_free_valid = tok_valid_q && step && chain_end && tok_chain;
  assign m_free_queue = tok_queue;
  assign m_free_nrec  = tok_nrec;

  // ---- chains in order, until all of their commands are reported
  wire              ord_valid;
  wire              ord_ready;
  wire [REC_W:0]    ord_ncmd;
  wire              ord_chain;
  wire [Q_W-1:0]    ord_queue;
  wire [15:0]       ord_head;
  wire [LEN_W-1:0]  ord_len;
  wire              ord_first;
  wire              ord_eof;
  wire [LEN_W-1:0]  ord_bytes;
  wire [15:0]       ord_ndesc;
  wire [1:0]        ord_class;
  wire              ord_layout;
  wire [4:0]        ord_err;
  wire [7:0]        ord_zero;
  wire [LEVEL_W-1:0] ord_level;

  vnet_fifo #(
    .W    (REC_W + 1 + INFO_W),
    .DEPTH(CMDS)
  ) u_order (
    .clk    (clk),
    .rst    (rst),
    .s_valid(tok_valid_q && chain_end && cmd_ready && credit),
    .s_ready(order_ready),
    .s_data ({ncmd, tok_info}),
    .m_valid(ord_valid),
    .m_ready(ord_ready),
    .m_data ({ord_ncmd, ord_chain, ord_queue, ord_head, ord_len, ord_first, ord_eof, ord_bytes,
              ord_ndesc, ord_class, ord_layout, ord_err, ord_zero}),
    .level  (ord_level)
  );

  wire              done_s_ready;
  wire              done_valid;
  wire              done_err;
  wire [LEVEL_W-1:0] done_level;

  vnet_fifo #(
    .W    (1),
    .DEPTH(CMDS)
  ) u_done (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_done_valid),
    .s_ready(done_s_ready),
    .s_data (s_done_err),
    .m_valid(done_valid),
    .m_ready(done_take),
    .m_data (done_err),
    .level  (done_level)
  );

  reg  [REC_W:0]    next_q;          // number of the next report for the chain in front, from 1
  reg               fail_q;          // one of them told of an error
  wire              cpl_ready;
  wire              rep_ready;
  wire              waits    = ord_ncmd != {(REC_W + 1){1'b0}};
  wire              at_last  = next_q == ord_ncmd;
  wire              may_end  = cpl_ready && rep_ready;
  wire              finish   = ord_valid && may_end && (!waits || (done_valid && at_last));
  wire              fail     = waits && (fail_q || done_err);
  wire [4:0]        err      = (ord_err != 5'd0) ? ord_err : fail ? ERR_AXI_DATA : 5'd0;
  wire              served   = ord_chain && (err == 5'd0);
  wire              frame    = served && ord_first;
  // Something behind it will be completed without anything new coming from outside.
  wire              more     = !ord_eof || (ord_level > {{(LEVEL_W - 1){1'b0}}, 1'b1})
                             || tok_valid_q || ask_valid_q || s_plan_valid;

  // Reports of a chain that has more commands than fit on the way are used before its entry is
  // here. The entry comes together with its last command, so that one's report never comes first.
  assign done_take = done_valid && (!ord_valid || (waits && (!at_last || may_end)));
  assign ord_ready = finish;

  always @(posedge clk) begin
    if (finish) begin
      next_q <= {{REC_W{1'b0}}, 1'b1};
      fail_q <= 1'b0;
    end else if (done_take) begin
      next_q <= next_q + {{REC_W{1'b0}}, 1'b1};
      fail_q <= fail_q || done_err;
    end
    if (rst) begin
      next_q <= {{REC_W{1'b0}}, 1'b1};
      fail_q <= 1'b0;
    end
  end

  vnet_reg #(
    .W(Q_W + 16 + LEN_W + 2)
  ) u_cpl (
    .clk    (clk),
    .rst    (rst),
    .s_valid(finish && ord_chain),
    .s_ready(cpl_ready),
    .s_data ({ord_queue, ord_head, served ? ord_len : {LEN_W{1'b0}}, ord_eof, more}),
    .m_valid(m_cpl_valid),
    .m_ready(m_cpl_ready),
    .m_data ({m_cpl_queue, m_cpl_head, m_cpl_len[LEN_W-1:0], m_cpl_eof, m_cpl_more})
  );

  assign m_cpl_len[31:LEN_W] = {(32 - LEN_W){1'b0}};

  // Reports of chains go before events of the intake.
  wire              tell = finish && (ord_err != ERR_CANCELLED);
  assign s_evt_ready = rep_ready && !tell;

  vnet_reg #(
    .W(Q_W + LEN_W + 1 + 16 + 2 + 1 + 5 + 8)
  ) u_rep (
    .clk    (clk),
    .rst    (rst),
    .s_valid(tell || s_evt_valid),
    .s_ready(rep_ready),
    .s_data (tell ? {ord_queue, frame ? ord_bytes : {LEN_W{1'b0}}, frame,
                     ord_chain ? ord_ndesc : 16'd0, frame ? ord_class : 2'd0, frame && ord_layout,
                     err, ord_chain ? ord_zero : 8'd0}
                  : {s_evt_queue, {LEN_W{1'b0}}, 1'b0, 16'd0, 2'd0, 1'b0, s_evt_code, 8'd0}),
    .m_valid(m_rep_valid),
    .m_ready(m_rep_ready),
    .m_data ({m_rep_queue, m_rep_bytes, m_rep_frame, m_rep_ndesc,
              m_rep_class, m_rep_layout, m_rep_err, m_rep_zero})
  );

  // Places for reports of the engine were reserved when the command was sent.
  wire unused_ok = &{1'b0, done_s_ready, done_level, tok_head, tok_more};

endmodule

`default_nettype wire
