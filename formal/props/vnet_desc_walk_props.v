// vnet_desc_walk_props: what a descriptor of a hostile driver makes of a token, for ever (64 and 128 bit)
// SPDX-License-Identifier: Apache-2.0
//
// Tokens and lines come at any pace, with any contents; a token only is legal: its index is below the number of entries
// of its table, and it has seen fewer elements than a chain may have. The descriptor of a token is known here by the
// bytes that are taken from the lines for it (of one line, of a cache line, of two lines if it is not aligned). Three
// cycles later there is exactly what the specification says of it: a record with the address and length of the
// descriptor, or the end with the right error and no bytes; a token that goes on is legal again, in the same table, or
// in the table that the descriptor names, which has a legal length. So legal tokens make only legal tokens.
//
//   proved for vnet_desc_issue:  tokens in the state memory are legal; an indirect table is named by a descriptor
//   assumed of vnet_desc_issue:  tokens that wait are legal (vnet_desc_issue_props)
`default_nettype none

module vnet_desc_walk_props #(
  parameter integer DIR_WRITE = 0
) (
  input wire         clk,
  input wire         rst,
  input wire         stop,
  input wire         indirect,
  input wire         wait_valid,
  input wire [63:0]  wait_data,
  input wire         line_valid,
  input wire [127:0] line_data,
  input wire         line_err,
  input wire [128:0] cache_data,
  input wire [1:0]   last_block
);

  localparam integer CHAIN_MAX = 5;
  localparam integer LEN_W     = 20;

  (* anyconst *) reg [3:0] size_log2;

  wire [15:0] size  = 16'd1 << size_log2;
  wire [15:0] limit = (size < CHAIN_MAX) ? size : CHAIN_MAX;

  wire         wait_ready;
  wire         line_ready;
  wire         cache_wr;
  wire         cache_index;
  wire [128:0] cache_wr_data;
  wire [1:0]   last_slot;
  wire         rec_wr;
  wire [1:0]   rec_slot;
  wire [2:0]   rec_block;
  wire         rec_k;
  wire [63:0]  rec_addr;
  wire [19:0]  rec_len;
  wire         rec_zero;
  wire         rec_last;
  wire [4:0]   rec_err;
  wire [15:0]  rec_ndesc;
  wire         rec_done;
  wire         rec_end;
  wire [15:0]  rec_blocks;
  wire         state_wr;
  wire [1:0]   state_slot;
  wire         new_queue;
  wire [15:0]  new_pos;
  wire [2:0]   new_cnt;
  wire         new_ind;
  wire [15:0]  new_idx;
  wire         cont_wr;
  wire         table_wr;
  wire [63:0]  table_base;
  wire [15:0]  table_n;

  reg [1:0] age_q;
  wire      ready = age_q == 2'd3;

  vnet_desc_walk #(
    .DATA_W   (64),
    .NQ       (1),
    .Q_W      (1),
    .SLOT_W   (2),
    .SLOT_LOG2(2),
    .K        (2),
    .LINES    (2),
    .CHAIN_MAX(CHAIN_MAX),
    .DIR_WRITE(DIR_WRITE),
    .LEN_W    (LEN_W)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .ctx_wr        (age_q == 2'd1),
    .ctx_queue     (1'b0),
    .ctx_desc_addr (64'd0),
    .ctx_avail_addr(64'd0),
    .ctx_used_addr (64'd0),
    .ctx_size_log2 (size_log2),
    .cfg_stop      (stop),
    .cfg_indirect  (indirect),
    .s_wait_valid  (wait_valid),
    .s_wait_ready  (wait_ready),
    .s_wait_data   (wait_data),
    .s_line_valid  (line_valid),
    .s_line_ready  (line_ready),
    .s_line_data   (line_data),
    .s_line_err    (line_err),
    .cache_wr      (cache_wr),
    .cache_index   (cache_index),
    .cache_wr_data (cache_wr_data),
    .cache_rd_data (cache_data),
    .last_slot     (last_slot),
    .last_block    (last_block),
    .rec_wr        (rec_wr),
    .rec_slot      (rec_slot),
    .rec_block     (rec_block),
    .rec_k         (rec_k),
    .rec_data      ({rec_addr, rec_len, rec_zero, rec_last, rec_err, rec_ndesc}),
    .rec_done      (rec_done),
    .rec_end       (rec_end),
    .rec_blocks    (rec_blocks),
    .state_wr      (state_wr),
    .state_wr_slot (state_slot),
    .state_wr_token({new_queue, new_pos, new_cnt, new_ind, new_idx}),
    .cont_wr       (cont_wr),
    .table_wr      (table_wr),
    .table_wr_data ({table_base, table_n})
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  // What waits stays until it is taken: vnet_fifo_deep.
  stream_rules #(.W(64), .ASSUME(1)) u_wait (
    .clk(clk), .rst(rst), .valid(wait_valid), .ready(wait_ready), .payload(wait_data)
  );
  stream_rules #(.W(129), .ASSUME(1)) u_line (
    .clk(clk), .rst(rst), .valid(line_valid), .ready(line_ready), .payload({line_err, line_data})
  );

  // ---- The token that is taken, and its descriptor.

  wire        t_kill, t_hit, t_unaligned, t_straddle, t_line, t_queue, t_ind;
  wire [5:0]  t_low;
  wire [15:0] t_pos, t_n, t_idx;
  wire [2:0]  t_cnt;

  assign {t_kill, t_hit, t_unaligned, t_straddle, t_line, t_low, t_queue, t_pos, t_cnt, t_ind, t_n, t_idx} = wait_data;

  wire token_taken = wait_valid && wait_ready;
  wire line_taken  = line_valid && line_ready;

  // The first of two lines was taken.
  reg          half_q;
  reg  [127:0] half_data_q;
  reg          half_err_q;

  wire [255:0] both = {line_data, half_data_q} >> {t_low[3:0], 3'd0};
  wire [127:0] desc = t_hit ? cache_data[127:0] : t_unaligned ? both[127:0] : line_data;
  wire         err  = t_hit ? cache_data[128] : line_err || (t_unaligned && half_err_q);

  // ---- Three cycles on: W, L, R of the design.

  reg          w_valid_q, w_kill_q, w_err_q;
  reg  [52:0]  w_token_q;
  reg  [127:0] w_desc_q;
  reg          l_valid_q, l_stop_q, l_err_q, l_may_q;
  reg  [52:0]  l_token_q;
  reg  [127:0] l_desc_q;
  reg          r_valid_q, r_stop_q, r_err_q, r_may_q;
  reg  [52:0]  r_token_q;
  reg  [127:0] r_desc_q;

  always @(posedge clk) begin
    age_q <= age_q + (age_q != 2'd3);
    if (token_taken) begin
      half_q <= 1'b0;
    end else if (line_taken) begin
      half_q      <= 1'b1;
      half_data_q <= line_data;
      half_err_q  <= line_err;
    end
    w_valid_q <= token_taken;
    w_kill_q  <= t_kill;
    w_err_q   <= err;
    w_token_q <= wait_data[52:0];
    w_desc_q  <= desc;
    l_valid_q <= w_valid_q;
    l_stop_q  <= w_kill_q || stop;
    l_may_q   <= indirect;
    l_err_q   <= w_err_q;
    l_token_q <= w_token_q;
    l_desc_q  <= w_desc_q;
    r_valid_q <= l_valid_q;
    r_stop_q  <= l_stop_q;
    r_may_q   <= l_may_q;
    r_err_q   <= l_err_q;
    r_token_q <= l_token_q;
    r_desc_q  <= l_desc_q;
    if (rst) begin
      age_q     <= 2'd0;
      half_q    <= 1'b0;
      w_valid_q <= 1'b0;
      l_valid_q <= 1'b0;
      r_valid_q <= 1'b0;
    end
  end

  // ---- What the specification says of it.

  wire [63:0] addr     = r_desc_q[63:0];
  wire [31:0] len      = r_desc_q[95:64];
  wire        is_next  = r_desc_q[96];
  wire        is_write = r_desc_q[97];
  wire        is_table = r_desc_q[98];
  wire [15:0] next     = r_desc_q[127:112];

  wire        queue, ind;
  wire [15:0] pos, n, idx;
  wire [2:0]  cnt;

  assign {queue, pos, cnt, ind, n, idx} = r_token_q;

  wire [15:0] entries   = ind ? n : size;
  wire        legal_len = (len != 0) && (len % 16 == 0) && (len / 16 <= size);
  wire        wrong_way = is_write != (DIR_WRITE != 0);

  reg [4:0] code;
  always @* begin
    code = 5'd0;
    if (r_stop_q) begin
      code = 5'd0;
    end else if (r_err_q) begin
      code = 5'd12;
    end else if (is_table) begin
      code = ind ? 5'd3 : (is_next || !r_may_q) ? 5'd5 : !legal_len ? 5'd4 : 5'd0;
    end else if (wrong_way) begin
      // On receive all elements before were writable.
      code = ((DIR_WRITE != 0) && (cnt != 3'd0)) ? 5'd7 : 5'd6;
    end else if (is_next && (next >= entries)) begin
      code = 5'd2;
    end else if (is_next && ({13'd0, cnt} + 16'd1 >= limit)) begin
      code = 5'd1;
    end
  end

  wire bad     = r_stop_q || (code != 5'd0);
  wire ends    = bad || (!is_table && !is_next);
  wire element = ends || !is_table;
  wire full    = element && cnt[0];

  // ---- The registers of the design.

  (* hierconn *) wire         \dut.state_q ;
  (* hierconn *) wire [3:0]   \dut.moved_q ;
  (* hierconn *) wire         \dut.w_valid_q ;
  (* hierconn *) wire [52:0]  \dut.w_token_q ;
  (* hierconn *) wire [127:0] \dut.w_line_q ;
  (* hierconn *) wire         \dut.w_err_q ;
  (* hierconn *) wire         \dut.w_kill_q ;
  (* hierconn *) wire [3:0]   \dut.w_size_log2_q ;
  (* hierconn *) wire [195:0] \dut.u_ctx.g_register.ctx_q ;

  wire [255:0] moved = {line_data, half_data_q} >> {\dut.moved_q , 3'd0};

  always @* begin
    // The queue is set up before its first head.
    assume(ready || !wait_valid);
    // vnet_desc_issue_props: a token that waits is legal; at this width a descriptor that is not aligned is in two lines.
    if (wait_valid) begin
      assume((t_queue == 1'b0) && ({13'd0, t_cnt} < limit) && (t_idx < (t_ind ? t_n : size)));
      assume((t_unaligned == (t_low[3:0] != 4'd0)) && (t_kill || (t_straddle == t_unaligned)));
      assume(!t_hit || (!t_kill && !t_unaligned));
    end
    if (!rst) begin
      // Lines: as many as were asked for, all of them for this token.
      if (token_taken) begin
        killed_or_hit_takes_no_line: assert(!(t_kill || t_hit) || (!line_taken && !half_q));
        aligned_takes_one_line: assert(t_kill || t_hit || t_unaligned || (line_taken && !half_q));
        unaligned_takes_two_lines: assert(t_kill || !t_unaligned || (line_taken && half_q));
      end
      first_of_two_lines: assert(!line_taken || token_taken || (wait_valid && !t_kill && t_unaligned && !half_q));
      // Cache: whole lines that memory brought for this token, at its place; a hit reads at its place.
      cache_gets_what_was_read: assert(!cache_wr || (token_taken && line_taken && !t_hit && !t_kill && !t_unaligned &&
                                                     (cache_index == t_line) && (cache_wr_data == {line_err, line_data})));
      line_read_goes_to_cache: assert(!(token_taken && line_taken && !t_unaligned) || cache_wr);
      hit_reads_its_line: assert(!(token_taken && t_hit) || (cache_index == t_line));
      // Nothing without a token.
      nothing_invented: assert(r_valid_q || (!rec_wr && !state_wr && !cont_wr && !table_wr));
      if (r_valid_q) begin
        record_for_each_element: assert(rec_wr == element);
        ends_or_goes_on: assert(state_wr == !ends);
        new_table_when_named: assert(table_wr == (!ends && is_table));
        waits_for_a_block: assert(cont_wr == (!ends && !full));
        slot_of_the_chain: assert((rec_slot == pos[1:0]) && (state_slot == pos[1:0]) && (last_slot == pos[1:0]));
      end
      if (rec_wr) begin
        address_of_the_descriptor: assert(bad || (rec_addr == addr));
        length_of_the_descriptor: assert(bad || (rec_len == ((len >> LEN_W) != 0 ? {LEN_W{1'b1}} : len[LEN_W-1:0])));
        no_longer_than_offered: assert({12'd0, rec_len} <= len);
        empty_if_bad: assert(!bad || ((rec_len == 20'd0) && rec_last));
        error_of_the_specification: assert(rec_err == code);
        marked_if_no_bytes: assert(rec_zero == (!bad && (len == 32'd0)));
        last_exact: assert((rec_last == ends) && (rec_end == ends) && (rec_done == (ends || full)));
        place_in_the_chain: assert((rec_k == cnt[0]) && (rec_blocks == cnt[2:1] + 16'd1) &&
                                   (rec_block == ((cnt[2:1] == 2'd0) ? {1'b0, pos[1:0]} : {1'b1, last_block})));
        elements_counted: assert((rec_ndesc == cnt + (ind ? 16'd2 : 16'd1)) && ({13'd0, cnt} < CHAIN_MAX));
      end
      if (state_wr) begin
        same_chain: assert((new_queue == queue) && (new_pos == pos));
        next_token_legal: assert(new_idx < (table_wr ? table_n : ind ? n : size));
        next_token_as_the_descriptor_says: assert(table_wr ? new_ind && (new_idx == 16'd0)
                                                           : (new_ind == ind) && (new_idx == next));
        next_count: assert(({13'd0, new_cnt} == cnt + (table_wr ? 16'd0 : 16'd1)) && ({13'd0, new_cnt} < limit));
      end
      if (table_wr) begin
        table_as_offered: assert((table_base == addr) && ({12'd0, table_n, 4'd0} == len) && (table_n >= 16'd1));
        table_no_longer_than_the_queue: assert(table_n <= size);
        table_only_if_allowed: assert(r_may_q && is_table && !is_next && !ind && !r_err_q);
      end

      // Invariants.
      inv_ctx: assert((age_q < 2'd2) || (\dut.u_ctx.g_register.ctx_q [3:0] == size_log2));
      inv_half: assert((\dut.state_q == half_q) && (!half_q || (wait_valid && !t_kill && t_unaligned && !w_valid_q)));
      inv_moved: assert(!half_q || ((\dut.moved_q <= t_low[3:0]) && ((\dut.moved_q == 4'd0) || line_valid) &&
                                    (\dut.w_err_q == half_err_q)));
      inv_bytes: assert(!half_q || (\dut.w_line_q == moved[127:0]));
      inv_valid: assert((\dut.w_valid_q == w_valid_q) && (!w_valid_q || ready));
      if (w_valid_q) begin
        inv_token: assert((\dut.w_token_q == w_token_q) && (\dut.w_kill_q == w_kill_q) && (\dut.w_size_log2_q == size_log2));
        inv_desc: assert(w_kill_q || ((\dut.w_line_q == w_desc_q) && (\dut.w_err_q == w_err_q)));
        inv_legal: assert((w_token_q[52] == 1'b0) && ({13'd0, w_token_q[35:33]} < limit) &&
                          (w_token_q[15:0] < (w_token_q[32] ? w_token_q[31:16] : size)));
      end

      record: cover(rec_wr && !rec_last && (rec_len != 20'd0));
      chain_ends_well: cover(rec_wr && rec_last && (rec_err == 5'd0) && (rec_len == 20'd7) && (cnt == 3'd4));
      table_entered: cover(table_wr && (table_n == 16'd3));
      last_entry_of_a_table: cover(state_wr && ind && (n < size) && (new_idx == n - 16'd1));
      last_descriptor: cover(state_wr && !ind && (new_idx == size - 16'd1) && (size_log2 == 4'd15));
      long_chain: cover(rec_wr && (rec_err == 5'd1));
      next_out_of_range: cover(rec_wr && (rec_err == 5'd2) && ind && (next < size));
      table_too_long: cover(rec_wr && (rec_err == 5'd4));
      wrong_direction: cover(rec_wr && (rec_err == ((DIR_WRITE != 0) ? 5'd7 : 5'd6)));
      two_lines: cover(token_taken && t_unaligned && !t_kill && (t_low[3:0] == 4'd3));
      hit: cover(token_taken && t_hit);
      stopped: cover(rec_wr && r_stop_q);
      waits: cover(state_wr && !cont_wr);
    end
  end

endmodule

`default_nettype wire
