// vnet_desc_walk: checks descriptors, makes records, decides where a chain goes
// SPDX-License-Identifier: Apache-2.0
//
// Second half of the token loop of vnet_desc_fetch. Takes the oldest waiting token and its line
// (from memory or from the cache) and follows the chain as long as it stays in the line.
//
//   W  pick token and line                          w_*
//   P  all descriptors of the line are judged at once, before it is known which one counts
//   L  follow the chain: one descriptor per cycle   l_*
//   R  record and next token                        r_*
//
// P makes the loop in L short: L only selects among prepared bits. `first` below is the table index
// of the lowest descriptor of the line (it may be below 0 in the first line of a table), so that
// next - first says whether next is in the line, and where.
//
// A descriptor that is not aligned lies in two granules (aligned 16 bytes) of its line, or in the
// last one of its line and the first one of the next. It is moved down byte by byte in W until it
// is aligned; the other descriptors of the line do not count then:
//
//   ST_LINE   normal case, one token per cycle. Leaves when W has the line of an unaligned token.
//   ST_SHIFT  one byte per cycle. Leaves when the descriptor is aligned.
//
// What becomes of the chain after a descriptor: it ends (record with last); it goes on in the line
// (stay in L); it goes on elsewhere (token to the state memory and slot to the continue FIFO); or
// its record block is full (token to the state memory only, vnet_chain_blocks sends it on with
// another block).
//
// Latency:       3 cycles from line to record.
// Throughput:    1 descriptor per cycle; an unaligned one takes 2 and one for each byte, 3 to 17.
// Back-pressure: none at the outputs: there is a place for every record and for every token.
// Errors:        1 to 7 and 12 (docs/architecture.md); a chain of a stopped queue ends with an
//                empty record.
// Spec:          virtio 1.4, Split Virtqueues, The Virtqueue Descriptor Table; Indirect
//                Descriptors.
`default_nettype none

module vnet_desc_walk #(
  // Bus width: 64, 128, 256, 512.
  parameter integer DATA_W     = 512,
  // Queues of this direction, and width of a queue number.
  parameter integer NQ         = 4,
  parameter integer Q_W        = 2,
  // Chain slots: width of a slot number, and how many of its bits count inside a queue.
  parameter integer SLOT_W     = 8,
  parameter integer SLOT_LOG2  = 6,
  // Records per block, a power of two, at least 2.
  parameter integer K          = 4,
  // Cache lines, a power of two.
  parameter integer LINES      = 64,
  // Most elements of a chain, 1..32768.
  parameter integer CHAIN_MAX  = 256,
  // 1: elements must be device-writable (receive), 0: device-readable (transmit).
  parameter integer DIR_WRITE  = 0,
  // Width of an element length; longer ones are given as the largest value.
  parameter integer LEN_W      = 20,
  // Derived. Do not set.
  parameter integer K_LOG2     = $clog2(K),
  parameter integer CNT_MIN    = $clog2(CHAIN_MAX + 1),
  parameter integer CNT_W      = (CNT_MIN > K_LOG2) ? CNT_MIN : K_LOG2 + 1,
  parameter integer TOKEN_W    = Q_W + CNT_W + 49,
  parameter integer STATE_W    = TOKEN_W - 16,
  parameter integer LINE_W     = (DATA_W < 128) ? 128 : DATA_W,
  parameter integer LINES_LOG2 = $clog2(LINES),
  parameter integer REC_W      = 64 + LEN_W + 23,
  parameter integer WAIT_W     = 10 + LINES_LOG2 + TOKEN_W
) (
  input  wire                  clk,
  input  wire                  rst,

  input  wire                  ctx_wr,
  input  wire [Q_W-1:0]        ctx_queue,
  input  wire [63:0]           ctx_desc_addr,
  input  wire [63:0]           ctx_avail_addr,
  input  wire [63:0]           ctx_used_addr,
  input  wire [3:0]            ctx_size_log2,
  input  wire [NQ-1:0]         cfg_stop,
  input  wire                  cfg_indirect,

  // Waiting tokens; the word is described in vnet_desc_issue.
  input  wire                  s_wait_valid,
  output wire                  s_wait_ready,
  input  wire [WAIT_W-1:0]     s_wait_data,

  input  wire                  s_line_valid,
  output wire                  s_line_ready,
  input  wire [LINE_W-1:0]     s_line_data,
  input  wire                  s_line_err,

  // Line data of the cache, error mark on top.
  output wire                  cache_wr,
  output wire [LINES_LOG2-1:0] cache_index,
  output wire [LINE_W:0]       cache_wr_data,
  input  wire [LINE_W:0]       cache_rd_data,

  // Last spare block of a chain.
  output wire [SLOT_W-1:0]     last_slot,
  input  wire [SLOT_W-1:0]     last_block,

  // Record k of a block (top bit: a spare one) of the chain in rec_slot.
  // Record: addr[64] len[LEN_W] zero last err[5] ndesc[16].
  output wire                  rec_wr,
  output wire [SLOT_W-1:0]     rec_slot,
  output wire [SLOT_W:0]       rec_block,
  output wire [K_LOG2-1:0]     rec_k,
  output wire [REC_W-1:0]      rec_data,
  // With rec_wr: the block can be read; it is number rec_blocks of its chain, counted from 1, and
  // the last one if rec_end. Else the chain goes on and needs another block.
  output wire                  rec_done,
  output wire                  rec_end,
  output wire [15:0]           rec_blocks,

  // Next token, and whether it may go on at once or has to wait for a block.
  output wire                  state_wr,
  output wire [SLOT_W-1:0]     state_wr_slot,
  output wire [STATE_W-1:0]    state_wr_token,
  output wire                  cont_wr,
  // The chain goes on in this indirect table: base[64] n[16].
  output wire                  table_wr,
  output wire [79:0]           table_wr_data
);

  localparam integer G     = LINE_W / 128;                // granules per line
  localparam integer SEL_W = (G < 2) ? 1 : $clog2(G);

  vnet_param_check #(.OK((K >= 2) && ((K & (K - 1)) == 0)))
    u_slot_records_must_be_a_power_of_two ();
  vnet_param_check #(.OK((CHAIN_MAX >= 1) && (CHAIN_MAX <= 32768))) u_chain_max_is_1_to_32768 ();

  // ---------------------------------------------------------------------------------------------
  // W: token and line

  localparam [0:0] ST_LINE  = 1'b0;
  localparam [0:0] ST_SHIFT = 1'b1;

  wire                  t_kill      = s_wait_data[WAIT_W-1];
  wire                  t_hit       = s_wait_data[WAIT_W-2];
  wire                  t_unaligned = s_wait_data[WAIT_W-3];
  wire                  t_straddle  = s_wait_data[WAIT_W-4];
  wire [LINES_LOG2-1:0] t_index     = s_wait_data[TOKEN_W+6 +: LINES_LOG2];
  wire [5:0]            t_low       = s_wait_data[TOKEN_W +: 6];
  wire [TOKEN_W-1:0]    t_token     = s_wait_data[TOKEN_W-1:0];
  wire [SEL_W-1:0]      t_sel;

  reg                   state_q;
  reg  [3:0]            moved_q;      // bytes that the line was moved down
  reg                   w_valid_q;
  reg  [TOKEN_W-1:0]    w_token_q;
  reg  [LINE_W-1:0]     w_line_q;
  reg                   w_err_q;
  reg                   w_kill_q;
  reg                   w_alone_q;    // only the first descriptor of the line counts
  reg  [SEL_W-1:0]      w_sel_q;
  reg  [16:0]           w_first_q;
  reg  [3:0]            w_size_log2_q;

  wire [63:0]           unused_desc_addr;
  wire [63:0]           unused_avail_addr;
  wire [63:0]           unused_used_addr;
  wire [3:0]            t_size_log2;

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
    .rd_queue     (t_token[TOKEN_W-1 -: Q_W]),
    .rd_desc_addr (unused_desc_addr),
    .rd_avail_addr(unused_avail_addr),
    .rd_used_addr (unused_used_addr),
    .rd_size_log2 (t_size_log2)
  );

  wire l_free;
  wire w_free      = !w_valid_q || l_free;
  wire t_no_line   = t_kill || t_hit;
  wire t_normal    = s_wait_valid && (state_q == ST_LINE) && (t_kill || !t_unaligned);
  wire load_line   = t_normal && (t_no_line || s_line_valid) && w_free;
  wire load_raw    = s_wait_valid && (state_q == ST_LINE) && !t_kill && t_unaligned && s_line_valid
                   && w_free;
  wire aligned     = (state_q == ST_SHIFT) && (moved_q == t_low[3:0]);
  wire [127:0] next_granule = s_line_data[127:0];   // if the descriptor reaches into this line
  wire move        = (state_q == ST_SHIFT) && !aligned && (!t_straddle || s_line_valid);

  assign s_wait_ready  = load_line || aligned;
  assign s_line_ready  = (load_line && !t_no_line) || load_raw || (aligned && t_straddle);
  assign cache_wr      = load_line && !t_no_line;
  assign cache_index   = t_index;
  assign cache_wr_data = {s_line_err, s_line_data};

  generate
    if (G == 1) begin : g_one_granule
      assign t_sel = 1'b0;
    end else begin : g_granules
      assign t_sel = t_low[4 +: SEL_W];
    end
  endgenerate

  always @(posedge clk) begin
    if (load_raw) begin
      state_q <= ST_SHIFT;
    end else if (aligned) begin
      state_q <= ST_LINE;
    end
    moved_q <= (state_q == ST_LINE) ? 4'd0 : moved_q + {3'd0, move};

    if (move) begin
      w_line_q <= {next_granule[{moved_q, 3'd0} +: 8], w_line_q[LINE_W-1:8]};
    end
    if ((state_q == ST_LINE) && w_free) begin
      {w_err_q, w_line_q} <= t_hit ? cache_rd_data : {s_line_err, s_line_data};
    end
    if (aligned && t_straddle) begin
      w_err_q <= w_err_q || s_line_err;
    end
    if (w_free) begin
      w_valid_q     <= load_line || aligned;
      w_token_q     <= t_token;
      w_kill_q      <= t_kill;
      w_alone_q     <= aligned;
      w_size_log2_q <= t_size_log2;
      w_sel_q       <= t_sel;
      w_first_q     <= {1'b0, t_token[15:0]} - {{(17-SEL_W){1'b0}}, t_sel};
    end
    if (rst) begin
      state_q   <= ST_LINE;
      w_valid_q <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------
  // P: judge all descriptors of the line

  wire [Q_W-1:0] w_queue = w_token_q[TOKEN_W-1 -: Q_W];
  wire [CNT_W-1:0] w_cnt = w_token_q[33 +: CNT_W];
  wire           w_ind   = w_token_q[32];
  wire [15:0]    w_size  = 16'd1 << w_size_log2_q;
  wire [15:0]    w_n     = w_ind ? w_token_q[31:16] : w_size;
  wire [15:0]    w_limit = (w_size < CHAIN_MAX[15:0]) ? w_size : CHAIN_MAX[15:0];

  reg            w_stop;
  integer i;
  always @* begin
    w_stop = w_kill_q;
    for (i = 0; i < NQ; i = i + 1) begin
      if ((w_queue == i[Q_W-1:0]) && cfg_stop[i]) begin
        w_stop = 1'b1;
      end
    end
  end

  wire [G-1:0]       p_table;       // points to an indirect table
  wire [G-1:0]       p_next;        // the chain goes on after this one
  wire [G-1:0]       p_near;        // ... in this line
  wire [G-1:0]       p_bad;
  wire [4*G-1:0]     p_code;
  wire [SEL_W*G-1:0] p_sel;

  genvar g;
  generate
    for (g = 0; g < G; g = g + 1) begin : g_judge
      wire [31:0] len     = w_line_q[128*g + 64 +: 32];
      wire [2:0]  flags   = w_line_q[128*g + 96 +: 3];
      wire [15:0] next    = w_line_q[128*g + 112 +: 16];
      wire        has_next = flags[0];
      wire        writable = flags[1];
      wire        indirect = flags[2];
      wire [16:0] distance = {1'b0, next} - w_first_q;
      wire        near;
      wire        len_bad  = (len == 32'd0) || (len[3:0] != 4'd0)
                           || (len[31:4] > {12'd0, w_size});

      // A line of one descriptor: only a loop would stay, and it may as well go round.
      if (G == 1) begin : g_alone
        wire unused_ok = &{1'b0, distance};
        assign near     = 1'b0;
        assign p_sel[g] = 1'b0;
      end else begin : g_line
        assign near = distance[16:SEL_W] == {(17-SEL_W){1'b0}};
        assign p_sel[SEL_W*g +: SEL_W] = distance[SEL_W-1:0];
      end

      assign p_table[g] = indirect;
      assign p_next[g]  = has_next;
      assign p_near[g]  = near && !w_alone_q;
      assign p_code[4*g +: 4] =
          w_stop                                               ? 4'd0
        : w_err_q                                              ? 4'd12
        : (indirect && w_ind)                                  ? 4'd3
        : (indirect && (has_next || !cfg_indirect))            ? 4'd5
        : (indirect && len_bad)                                ? 4'd4
        : (!indirect && (writable != (DIR_WRITE != 0)))        ? 4'd6
        : (has_next && (next >= w_n))                          ? 4'd2
                                                               : 4'd0;
      assign p_bad[g] = w_stop || (p_code[4*g +: 4] != 4'd0);
    end
  endgenerate

  // ---------------------------------------------------------------------------------------------
  // L: follow the chain inside the line

  reg               l_valid_q;
  reg               l_ind_q;
  reg               l_stop_q;
  reg [Q_W+15:0]    l_who_q;        // queue and position
  reg [CNT_W-1:0]   l_cnt_q;        // elements before this one
  reg [CNT_W-1:0]   l_left_q;       // elements allowed, this one included
  reg [LINE_W-1:0]  l_line_q;
  reg [SEL_W-1:0]   l_sel_q;
  reg [G-1:0]       l_table_bits_q;
  reg [G-1:0]       l_next_bits_q;
  reg [G-1:0]       l_near_bits_q;
  reg [G-1:0]       l_bad_bits_q;
  reg [4*G-1:0]     l_code_bits_q;
  reg [SEL_W*G-1:0] l_sel_bits_q;

  wire l_table    = l_table_bits_q[l_sel_q];
  wire l_next     = l_next_bits_q[l_sel_q];
  wire l_too_long = !l_table && l_next && (l_left_q[CNT_W-1:1] == {(CNT_W-1){1'b0}});
  wire l_bad      = l_bad_bits_q[l_sel_q] || l_too_long;
  wire l_full     = l_cnt_q[K_LOG2-1:0] == {K_LOG2{1'b1}};
  wire l_stay     = l_next && !l_table && !l_bad && !l_full && l_near_bits_q[l_sel_q];

  assign l_free = !l_valid_q || !l_stay;

  always @(posedge clk) begin
    if (l_free) begin
      l_valid_q      <= w_valid_q;
      l_ind_q        <= w_ind;
      l_stop_q       <= w_stop;
      l_who_q        <= w_token_q[TOKEN_W-1 -: Q_W+16];
      l_cnt_q        <= w_cnt;
      l_left_q       <= w_limit[CNT_W-1:0] - w_cnt;
      l_line_q       <= w_line_q;
      l_sel_q        <= w_sel_q;
      l_table_bits_q <= p_table;
      l_next_bits_q  <= p_next;
      l_near_bits_q  <= p_near;
      l_bad_bits_q   <= p_bad;
      l_code_bits_q  <= p_code;
      l_sel_bits_q   <= p_sel;
    end else begin
      l_cnt_q  <= l_cnt_q + 1'b1;
      l_left_q <= l_left_q - 1'b1;
      l_sel_q  <= l_sel_bits_q[SEL_W*l_sel_q +: SEL_W];
    end
    if (rst) begin
      l_valid_q <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------
  // R: record and next token

  reg              r_valid_q;
  reg              r_ind_q;
  reg              r_stop_q;
  reg [Q_W+15:0]   r_who_q;
  reg [CNT_W-1:0]  r_cnt_q;
  reg [127:0]      r_desc_q;
  reg              r_is_table_q;
  reg              r_next_q;
  reg              r_stay_q;
  reg              r_bad_q;
  reg              r_too_long_q;
  reg [3:0]        r_code_q;

  always @(posedge clk) begin
    r_valid_q    <= l_valid_q;
    r_ind_q      <= l_ind_q;
    r_stop_q     <= l_stop_q;
    r_who_q      <= l_who_q;
    r_cnt_q      <= l_cnt_q;
    r_desc_q     <= l_line_q[128*l_sel_q +: 128];
    r_is_table_q <= l_table;
    r_next_q     <= l_next;
    r_stay_q     <= l_stay;
    r_bad_q      <= l_bad;
    r_too_long_q <= l_too_long;
    r_code_q     <= l_code_bits_q[4*l_sel_q +: 4];
    if (rst) begin
      r_valid_q <= 1'b0;
    end
  end

  wire [63:0] r_addr = r_desc_q[63:0];
  wire [31:0] r_len  = r_desc_q[95:64];

  wire r_last  = r_bad_q || (!r_is_table_q && !r_next_q);
  wire r_full  = r_cnt_q[K_LOG2-1:0] == {K_LOG2{1'b1}};
  wire r_need  = !r_is_table_q && r_full;      // the block is full

  // The first fault found counts. A readable element that is not the first one stands after
  // writable ones, because otherwise the chain would have ended before.
  wire [3:0] r_code = r_stop_q                                                  ? 4'd0
                    : ((r_code_q == 4'd6) && (DIR_WRITE != 0) && (r_cnt_q != {CNT_W{1'b0}})) ? 4'd7
                    : (r_code_q != 4'd0)                                        ? r_code_q
                    : r_too_long_q                                              ? 4'd1
                                                                                : 4'd0;
  wire [LEN_W-1:0] r_len_out = r_bad_q ? {LEN_W{1'b0}}
                             : (r_len[31:LEN_W] != {(32-LEN_W){1'b0}}) ? {LEN_W{1'b1}}
                                                                       : r_len[LEN_W-1:0];

  // Elements up to this one, and the descriptor of the table.
  wire [15:0] r_ndesc = {{(16-CNT_W){1'b0}}, r_cnt_q} + (r_ind_q ? 16'd2 : 16'd1);

  // Slot: queue above the position within the queue's slots.
  wire [SLOT_W-1:0] r_slot;
  generate
    if (SLOT_W == SLOT_LOG2) begin : g_one_queue
      assign r_slot = r_who_q[SLOT_LOG2-1:0];
    end else begin : g_queues
      assign r_slot = {r_who_q[16 +: SLOT_W-SLOT_LOG2], r_who_q[SLOT_LOG2-1:0]};
    end
  endgenerate

  assign last_slot  = r_slot;
  assign rec_wr     = r_valid_q && (r_last || !r_is_table_q);
  assign rec_slot   = r_slot;
  assign rec_block  = (r_cnt_q[CNT_W-1:K_LOG2] == {(CNT_W-K_LOG2){1'b0}}) ? {1'b0, r_slot}
                                                                  : {1'b1, last_block};
  assign rec_k      = r_cnt_q[K_LOG2-1:0];
  assign rec_data   = {r_addr, r_len_out, !r_bad_q && (r_len == 32'd0), r_last, 1'b0, r_code,
                       r_ndesc};
  assign rec_done   = r_last || r_full;
  assign rec_end    = r_last;
  assign rec_blocks = {{(16-CNT_W+K_LOG2){1'b0}}, r_cnt_q[CNT_W-1:K_LOG2]} + 16'd1;

  assign state_wr       = r_valid_q && !r_last && !r_stay_q;
  assign state_wr_slot  = r_slot;
  assign state_wr_token = {r_who_q, r_cnt_q + {{(CNT_W-1){1'b0}}, !r_is_table_q},
                           r_ind_q || r_is_table_q, r_is_table_q ? 16'd0 : r_desc_q[127:112]};
  assign cont_wr        = state_wr && !r_need;
  assign table_wr       = state_wr && r_is_table_q;
  assign table_wr_data  = {r_addr, r_len[19:4]};

  wire unused_ok = &{1'b0, unused_desc_addr, unused_avail_addr, unused_used_addr, t_low,
                     w_token_q[15:0], w_limit, r_desc_q[111:96]};

endmodule

`default_nettype wire
