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
// A descriptor that is not aligned is put together from the two granules (aligned 16 bytes) it lies
// in, and then takes the place of the first descriptor in an otherwise empty line:
//
//   ST_LINE   normal case, one token per cycle. Leaves when an unaligned token is there.
//   ST_UPPER  the descriptor reaches into a second line. Leaves when that line is there.
//   ST_SHIFT  both granules are there. Leaves when W is free.
//
// What becomes of the chain after a descriptor: it ends (record with last); it goes on in the line
// (stay in L); it goes on elsewhere (token to the state memory and slot to the continue FIFO); or
// its record block is full (token to the state memory only, vnet_chain_blocks sends it on with
// another block).
//
// Latency:       3 cycles from line to record.
// Throughput:    1 descriptor per cycle; an unaligned one takes 3 or 4.
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
  parameter integer TOKEN_W    = Q_W + 129,
  parameter integer LINE_W     = (DATA_W < 128) ? 128 : DATA_W,
  parameter integer LINES_LOG2 = $clog2(LINES),
  parameter integer K_LOG2     = $clog2(K),
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
  output wire [TOKEN_W-1:0]    state_wr_token,
  output wire                  cont_wr
);

  localparam integer G     = LINE_W / 128;                // granules per line
  localparam integer SEL_W = (G < 2) ? 1 : $clog2(G);

  vnet_param_check #(.OK((K >= 2) && ((K & (K - 1)) == 0)))
    u_slot_records_must_be_a_power_of_two ();
  vnet_param_check #(.OK((CHAIN_MAX >= 1) && (CHAIN_MAX <= 32768))) u_chain_max_is_1_to_32768 ();

  // ---------------------------------------------------------------------------------------------
  // W: token and line

  localparam [1:0] ST_LINE  = 2'd0;
  localparam [1:0] ST_UPPER = 2'd1;
  localparam [1:0] ST_SHIFT = 2'd2;

  wire                  t_kill      = s_wait_data[WAIT_W-1];
  wire                  t_hit       = s_wait_data[WAIT_W-2];
  wire                  t_unaligned = s_wait_data[WAIT_W-3];
  wire                  t_straddle  = s_wait_data[WAIT_W-4];
  wire [LINES_LOG2-1:0] t_index     = s_wait_data[TOKEN_W+6 +: LINES_LOG2];
  wire [5:0]            t_low       = s_wait_data[TOKEN_W +: 6];
  wire [TOKEN_W-1:0]    t_token     = s_wait_data[TOKEN_W-1:0];
  wire [SEL_W-1:0]      t_sel;

  reg  [1:0]            state_q;
  reg  [127:0]          u_low_q;      // granule with the first bytes of an unaligned descriptor
  reg  [127:0]          u_high_q;     // granule with the others
  reg                   u_err_q;

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
  wire load_shift  = (state_q == ST_SHIFT) && w_free;
  wire take_low    = s_wait_valid && (state_q == ST_LINE) && !t_kill && t_unaligned && s_line_valid;
  wire take_high   = (state_q == ST_UPPER) && s_line_valid;

  assign s_wait_ready  = load_line || load_shift;
  assign s_line_ready  = (load_line && !t_no_line) || take_low || take_high;
  assign cache_wr      = load_line && !t_no_line;
  assign cache_index   = t_index;
  assign cache_wr_data = {s_line_err, s_line_data};

  // Unaligned: the granule at the address, and the next one of the line if there is one.
  wire [LINE_W+127:0] line_and_zero = {128'd0, s_line_data};
  wire [255:0]        u_pair        = {u_high_q, u_low_q};
  wire [127:0]        u_shifted     = u_pair[{1'b0, t_low[3:0], 3'd0} +: 128];
  reg  [255:0]        u_first;
  integer n;
  always @* begin
    u_first = line_and_zero[255:0];
    for (n = 0; n < G; n = n + 1) begin
      if (t_sel == n[SEL_W-1:0]) begin
        u_first = line_and_zero[128*n +: 256];
      end
    end
  end

  generate
    if (G == 1) begin : g_one_granule
      assign t_sel = 1'b0;
    end else begin : g_granules
      assign t_sel = t_low[4 +: SEL_W];
    end
  endgenerate

  always @(posedge clk) begin
    case (state_q)
      ST_LINE: begin
        if (take_low) begin
          state_q <= t_straddle ? ST_UPPER : ST_SHIFT;
        end
      end
      ST_UPPER: begin
        if (take_high) begin
          state_q <= ST_SHIFT;
        end
      end
      default: begin
        if (w_free) begin
          state_q <= ST_LINE;
        end
      end
    endcase
    if (take_low) begin
      {u_high_q, u_low_q} <= u_first;
      u_err_q             <= s_line_err;
    end
    if (take_high) begin
      u_high_q <= s_line_data[127:0];
      u_err_q  <= u_err_q || s_line_err;
    end

    if (w_free) begin
      w_valid_q     <= load_line || load_shift;
      w_token_q     <= t_token;
      w_kill_q      <= t_kill;
      w_alone_q     <= state_q == ST_SHIFT;
      w_size_log2_q <= t_size_log2;
      if (state_q == ST_SHIFT) begin
        w_line_q[127:0] <= u_shifted;
        w_err_q         <= u_err_q;
        w_sel_q         <= {SEL_W{1'b0}};
      end else begin
        {w_err_q, w_line_q} <= t_hit ? cache_rd_data : {s_line_err, s_line_data};
        w_sel_q             <= t_sel;
      end
      w_first_q <= {1'b0, t_token[15:0]} - {{(17-SEL_W){1'b0}}, t_sel};
    end
    if (rst) begin
      state_q   <= ST_LINE;
      w_valid_q <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------
  // P: judge all descriptors of the line

  wire [Q_W-1:0] w_queue = w_token_q[TOKEN_W-1 -: Q_W];
  wire [15:0]    w_cnt   = w_token_q[112:97];
  wire           w_ind   = w_token_q[96];
  wire [15:0]    w_n     = w_token_q[31:16];
  wire [15:0]    w_size  = 16'd1 << w_size_log2_q;
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

      if (G == 1) begin : g_alone
        assign near  = distance == 17'd0;
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
  reg [15:0]        l_cnt_q;        // elements before this one
  reg [15:0]        l_left_q;       // elements allowed, this one included
  reg [79:0]        l_table_q;      // base and number of entries
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
  wire l_too_long = !l_table && l_next && (l_left_q[15:1] == 15'd0);
  wire l_bad      = l_bad_bits_q[l_sel_q] || l_too_long;
  wire l_full     = l_cnt_q[K_LOG2-1:0] == {K_LOG2{1'b1}};
  wire l_stay     = l_next && !l_table && !l_bad && !l_full && l_near_bits_q[l_sel_q];

  assign l_free = !l_valid_q || !l_stay;

  always @(posedge clk) begin
    if (l_free) begin
      l_valid_q      <= w_valid_q;
      l_ind_q        <= w_ind;
      l_stop_q       <= w_stop;
      l_who_q        <= w_token_q[TOKEN_W-1:113];
      l_cnt_q        <= w_cnt;
      l_left_q       <= w_limit - w_cnt;
      l_table_q      <= w_token_q[95:16];
      l_line_q       <= w_line_q;
      l_sel_q        <= w_sel_q;
      l_table_bits_q <= p_table;
      l_next_bits_q  <= p_next;
      l_near_bits_q  <= p_near;
      l_bad_bits_q   <= p_bad;
      l_code_bits_q  <= p_code;
      l_sel_bits_q   <= p_sel;
    end else begin
      l_cnt_q  <= l_cnt_q + 16'd1;
      l_left_q <= l_left_q - 16'd1;
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
  reg [15:0]       r_cnt_q;
  reg [79:0]       r_table_q;
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
    r_table_q    <= l_table_q;
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
                    : ((r_code_q == 4'd6) && (DIR_WRITE != 0) && (r_cnt_q != 16'd0)) ? 4'd7
                    : (r_code_q != 4'd0)                                        ? r_code_q
                    : r_too_long_q                                              ? 4'd1
                                                                                : 4'd0;
  wire [LEN_W-1:0] r_len_out = r_bad_q ? {LEN_W{1'b0}}
                             : (r_len[31:LEN_W] != {(32-LEN_W){1'b0}}) ? {LEN_W{1'b1}}
                                                                       : r_len[LEN_W-1:0];

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
  assign rec_block  = (r_cnt_q[15:K_LOG2] == {(16-K_LOG2){1'b0}}) ? {1'b0, r_slot}
                                                                  : {1'b1, last_block};
  assign rec_k      = r_cnt_q[K_LOG2-1:0];
  assign rec_data   = {r_addr, r_len_out, !r_bad_q && (r_len == 32'd0), r_last, 1'b0, r_code,
                       r_cnt_q + 16'd1 + {15'd0, r_ind_q}};
  assign rec_done   = r_last || r_full;
  assign rec_end    = r_last;
  assign rec_blocks = {{K_LOG2{1'b0}}, r_cnt_q[15:K_LOG2]} + 16'd1;

  assign state_wr       = r_valid_q && !r_last && !r_stay_q;
  assign state_wr_slot  = r_slot;
  assign state_wr_token = r_is_table_q
                        ? {r_who_q, r_cnt_q, 1'b1, r_addr, r_len[19:4], 16'd0}
                        : {r_who_q, r_cnt_q + 16'd1, r_ind_q, r_table_q, r_desc_q[127:112]};
  assign cont_wr        = state_wr && !r_need;

  wire unused_ok = &{1'b0, unused_desc_addr, unused_avail_addr, unused_used_addr, t_low,
                     w_token_q[15:0], r_desc_q[111:96]};

endmodule

`default_nettype wire
