// vnet_desc_issue_props: no word of memory is asked for that holds no descriptor of a legal token, for ever (64 bit)
// SPDX-License-Identifier: Apache-2.0
//
// `secret` is any word of memory outside of the descriptor table and of the indirect tables of the tokens that come in;
// an indirect table may begin anywhere and reach over the end of the address space. It is never asked for. What is
// asked for is exactly the words with a byte of the descriptor of a token, in one request, or two if it lies in two
// lines; then the token goes on, unchanged, in order, each once, and its wait word tells the walk how many lines come.
// No more lines are asked for than there are places for.
//
//   assumed of vnet_desc_walk:   tokens in the state memory are legal, tables are named by a descriptor
//                                (vnet_desc_walk_props), for any slot at any time
//   proved for vnet_desc_walk:   tokens that wait are legal
`default_nettype none

module vnet_desc_issue_props (
  input wire        clk,
  input wire        rst,
  input wire        stop,
  input wire [15:0] known,
  input wire        head_valid,
  input wire [15:0] head_pos,
  input wire [15:0] head_head,
  input wire        go_valid,
  input wire        go_slot,
  input wire        cont_valid,
  input wire        cont_slot,
  input wire        lookup_wait,
  input wire        answer_hit,
  input wire        answer_index,
  input wire        req_ready,
  input wire        line_taken
);

  localparam integer CHAIN_MAX = 5;
  localparam integer LINES_MAX = 4;

  (* anyconst *) reg [63:0] desc_addr;
  (* anyconst *) reg [3:0]  size_log2;
  (* anyconst *) reg [63:0] secret;
  // What the memories hold.
  (* anyseq *)   reg [36:0] any_token;
  (* anyseq *)   reg [79:0] any_table;

  wire [15:0] size  = 16'd1 << size_log2;
  wire [15:0] limit = (size < CHAIN_MAX) ? size : CHAIN_MAX;

  wire        head_ready;
  wire        evt_head;
  wire [15:0] slot_pos;
  wire [15:0] slot_head;
  wire        go_ready;
  wire        cont_ready;
  wire        state_rd_en;
  wire        state_rd_slot;
  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;
  wire [59:0] lookup_line;
  wire [15:0] lookup_pos;
  wire        lookup_en;
  wire        answer_take;
  wire        evt_request;
  wire        request_start;
  wire        wait_valid;
  wire [63:0] wait_data;

  reg [36:0] token_q;
  reg [79:0] table_q;
  reg [1:0]  age_q;
  wire       ready = age_q == 2'd3;

  vnet_desc_issue #(
    .DATA_W        (64),
    .NQ            (1),
    .Q_W           (1),
    .SLOT_W        (1),
    .LINES         (2),
    .RD_OUTSTANDING(LINES_MAX),
    .CNT_W         (3)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .ctx_wr        (age_q == 2'd1),
    .ctx_queue     (1'b0),
    .ctx_desc_addr (desc_addr),
    .ctx_avail_addr(64'd0),
    .ctx_used_addr (64'd0),
    .ctx_size_log2 (size_log2),
    .cfg_stop      (stop),
    .sts_known     (known),
    .s_head_valid  (head_valid),
    .s_head_ready  (head_ready),
    .s_head_queue  (1'b0),
    .s_head_pos    (head_pos),
    .s_head_head   (head_head),
    .evt_head      (evt_head),
    .head_queue    (),
    .head_pos      (slot_pos),
    .head_head     (slot_head),
    .s_go_valid    (go_valid),
    .s_go_ready    (go_ready),
    .s_go_slot     (go_slot),
    .s_cont_valid  (cont_valid),
    .s_cont_ready  (cont_ready),
    .s_cont_slot   (cont_slot),
    .state_rd_en   (state_rd_en),
    .state_rd_slot (state_rd_slot),
    .state_rd_token(token_q),
    .table_rd_data (table_q),
    .lookup_queue  (),
    .lookup_line   (lookup_line),
    .lookup_pos    (lookup_pos),
    .lookup_stamp  (),
    .lookup_en     (lookup_en),
    .lookup_wait   (lookup_wait),
    .answer_hit    (answer_hit),
    .answer_index  (answer_index),
    .answer_take   (answer_take),
    .cache_flush   (),
    .m_req_valid   (req_valid),
    .m_req_ready   (req_ready),
    .m_req_addr    (req_addr),
    .m_req_len     (req_len),
    .evt_request   (evt_request),
    .request_start (request_start),
    .evt_line_taken(line_taken),
    .m_wait_valid  (wait_valid),
    .m_wait_data   (wait_data)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(32), .ASSUME(1)) u_head (
    .clk(clk), .rst(rst), .valid(head_valid), .ready(head_ready), .payload({head_pos, head_head})
  );
  stream_rules #(.W(72)) u_req (
    .clk(clk), .rst(rst), .valid(req_valid), .ready(req_ready), .payload({req_addr, req_len})
  );

  // ---- The registers of the design.

  (* hierconn *) wire         \dut.accept ;
  (* hierconn *) wire         \dut.step ;
  (* hierconn *) wire         \dut.d_free ;
  (* hierconn *) wire         \dut.head_valid ;
  (* hierconn *) wire [32:0]  \dut.u_head.m_data ;
  (* hierconn *) wire         \dut.take_head ;
  (* hierconn *) wire         \dut.a_valid_q ;
  (* hierconn *) wire         \dut.a_state_q ;
  (* hierconn *) wire         \dut.a_queue_q ;
  (* hierconn *) wire [15:0]  \dut.a_pos_q ;
  (* hierconn *) wire [15:0]  \dut.a_head_q ;
  (* hierconn *) wire [36:0]  \dut.a_token ;
  (* hierconn *) wire         \dut.b_valid_q ;
  (* hierconn *) wire         \dut.b_second_q ;
  (* hierconn *) wire [63:0]  \dut.b_base_q ;
  (* hierconn *) wire [52:0]  \dut.b_token_q ;
  (* hierconn *) wire         \dut.c_valid_q ;
  (* hierconn *) wire         \dut.c_kill_q ;
  (* hierconn *) wire         \dut.c_first_q ;
  (* hierconn *) wire         \dut.c_second_q ;
  (* hierconn *) wire [52:0]  \dut.c_token_q ;
  (* hierconn *) wire [59:0]  \dut.c_line_q ;
  (* hierconn *) wire [5:0]   \dut.c_low_q ;
  (* hierconn *) wire         \dut.d_valid_q ;
  (* hierconn *) wire         \dut.d_kill_q ;
  (* hierconn *) wire         \dut.d_first_q ;
  (* hierconn *) wire         \dut.d_second_q ;
  (* hierconn *) wire [52:0]  \dut.d_token_q ;
  (* hierconn *) wire [59:0]  \dut.d_line_q ;
  (* hierconn *) wire [5:0]   \dut.d_low_q ;
  (* hierconn *) wire         \dut.request ;
  (* hierconn *) wire         \dut.room ;
  (* hierconn *) wire         \dut.hit ;
  (* hierconn *) wire         \dut.start_high ;
  (* hierconn *) wire         \dut.end_low ;
  (* hierconn *) wire [2:0]   \dut.credit_q ;
  (* hierconn *) wire         \dut.credit_ok_q ;
  (* hierconn *) wire         \dut.u_req.ready_q ;
  (* hierconn *) wire         \dut.u_req.spare_valid_q ;
  (* hierconn *) wire [61:0]  \dut.u_req.data_q ;
  (* hierconn *) wire [61:0]  \dut.u_req.spare_q ;
  (* hierconn *) wire [195:0] \dut.u_ctx.g_register.ctx_q ;

  // ---- Legal tokens, and words that no legal token lets read.

  // The secret is not in the words of so many bytes from an address on.
  function outside;
    input [63:0] address;
    input [63:0] bytes;
    input [63:0] at;
    outside = (at - {address[63:3], 3'd0}) >= (bytes + {61'd0, address[2:0]});
  endfunction

  function legal;
    input [52:0] token;
    input [15:0] entries;
    input [15:0] most;
    legal = (token[52] == 1'b0) && ({13'd0, token[35:33]} < most) && (token[15:0] < (token[32] ? token[31:16] : entries));
  endfunction

  wire [52:0] a_token = {\dut.a_token [36:16], table_q[15:0], \dut.a_token [15:0]};
  wire        a_ind   = \dut.a_token [16];

  // ---- The address of the descriptor of the token in each stage, as the specification has it.

  reg  [63:0] b_addr_q;
  reg  [63:0] c_addr_q;
  reg  [63:0] d_addr_q;
  wire [63:0] a_base = a_ind ? table_q[79:16] : desc_addr;

  // The first of two requests was made, for this token.
  reg         half_q;
  reg  [52:0] half_token_q;
  reg  [63:0] half_addr_q;
  reg  [59:0] looked_line_q;       // the last lookup
  reg  [15:0] looked_pos_q;
  reg  [2:0]  lines_q;             // asked for and not taken by the walk

  wire        d_event  = \dut.d_valid_q && \dut.room ;
  wire [63:0] d_end    = d_addr_q + 64'd15;
  wire        d_two    = d_addr_q[3:0] != 4'd0;
  // The words of the request that is made in stage D.
  wire [63:0] asked    = {\dut.d_line_q , \dut.start_high , 3'd0};
  wire [63:0] asked_n  = (\dut.start_high || \dut.end_low ) ? 64'd8 : 64'd16;

  always @(posedge clk) begin
    age_q <= age_q + (age_q != 2'd3);
    // vnet_ram: a word that was read stays until the next one is.
    if (state_rd_en) begin
      token_q <= any_token;
      table_q <= any_table;
    end
    if (\dut.accept ) begin
      b_addr_q <= a_base + {44'd0, \dut.a_token [15:0], 4'd0};
    end
    if (\dut.step ) begin
      c_addr_q <= b_addr_q;
    end
    if (\dut.d_free ) begin
      d_addr_q <= c_addr_q;
    end
    if (d_event) begin
      half_q       <= \dut.d_first_q ;
      half_token_q <= \dut.d_token_q ;
      half_addr_q  <= d_addr_q;
    end
    if (lookup_en) begin
      looked_line_q <= lookup_line;
      looked_pos_q  <= lookup_pos;
    end
    lines_q <= lines_q + \dut.request - line_taken;
    if (rst) begin
      age_q   <= 2'd0;
      half_q  <= 1'b0;
      lines_q <= 3'd0;
    end
  end

  // ---- Each token goes on once, in order, unchanged.

  wire [2:0]  level;
  wire [56:0] mark;
  wire [2:0]  behind_d, behind_c, behind_b;
  wire        ok_d, ok_c, ok_b;

  follow_word #(.W(53), .LEVEL_W(3)) u_tokens (
    .clk(clk), .rst(rst), .in_fire(\dut.a_valid_q && \dut.accept ), .in_data(a_token),
    .out_valid(wait_valid), .out_ready(1'b1), .out_data(wait_data[52:0]), .level(level), .mark(mark)
  );
  holds_word #(.W(53), .LEVEL_W(3)) u_in_d (
    .valid(\dut.d_valid_q && !\dut.d_first_q ), .data(\dut.d_token_q ), .mark(mark), .before(3'd0), .after(behind_d), .ok(ok_d)
  );
  holds_word #(.W(53), .LEVEL_W(3)) u_in_c (
    .valid(\dut.c_valid_q && !\dut.c_first_q ), .data(\dut.c_token_q ), .mark(mark), .before(behind_d), .after(behind_c), .ok(ok_c)
  );
  // A token in two lines is here until its first request is on its way.
  holds_word #(.W(53), .LEVEL_W(3)) u_in_b (
    .valid(\dut.b_valid_q ), .data(\dut.b_token_q ), .mark(mark), .before(behind_c), .after(behind_b), .ok(ok_b)
  );

  wire        t_kill, t_hit, t_unaligned, t_straddle, t_line;
  wire [5:0]  t_low;
  wire [52:0] t_token;

  assign {t_kill, t_hit, t_unaligned, t_straddle, t_line, t_low, t_token} = wait_data;

  wire [61:0] out_data   = \dut.u_req.data_q ;
  wire [61:0] spare_data = \dut.u_req.spare_q ;

  always @* begin
    // vnet_regs: the table of a queue is aligned.
    assume(desc_addr[3:0] == 4'd0);
    assume(secret[2:0] == 3'd0);
    assume(outside(desc_addr, {44'd0, size, 4'd0}, secret));
    // vnet_avail_index_props: heads are in range. The queue is set up before its first head.
    assume(!head_valid || (ready && (head_head < size)));
    assume(ready || (!go_valid && !cont_valid));
    // vnet_fifo_props: what comes out of the FIFO of heads went in.
    assume(!\dut.head_valid || ((\dut.u_head.m_data [32] == 1'b0) && (\dut.u_head.m_data [15:0] < size)));
    // vnet_desc_walk_props: tokens in the state memory are legal; a table is named by a descriptor, and so not secret.
    if (\dut.a_valid_q && \dut.a_state_q ) begin
      assume(legal(a_token, size, limit));
      assume(!a_ind || (table_q[15:0] <= size));
      assume(!a_ind || outside(table_q[79:16], {44'd0, table_q[15:0], 4'd0}, secret));
    end
    // A line is taken after it was asked for: vnet_desc_line_props.
    assume(!line_taken || (lines_q != 3'd0));
    if (!rst) begin
      secret_not_read: assert(!req_valid || ((req_len <= 8'd1) &&
                                             outside(req_addr, (64'd1 + req_len) << 3, secret)));
      inside_4k: assert(!req_valid || ({1'b0, req_addr[11:0]} + ({5'd0, req_len} << 3) < 13'd4096));
      room_for_every_line: assert(lines_q <= LINES_MAX);
      request_told: assert(!evt_request || (lines_q != 3'd0));
      head_told: assert(!evt_head || (\dut.a_valid_q && !\dut.a_state_q && (slot_pos == a_token[51:36]) &&
                                      (slot_head == a_token[15:0])));
      if (\dut.request ) begin
        only_with_a_legal_token: assert(d_event && !\dut.d_kill_q && legal(\dut.d_token_q , size, limit));
        from_the_first_byte: assert(\dut.d_second_q ? (asked == {d_end[63:4], 4'd0}) :
                                    d_two ? (asked == {d_addr_q[63:3], 3'd0}) : (asked == d_addr_q));
        to_the_last_byte: assert(\dut.d_first_q ? (asked + asked_n == {d_end[63:4], 4'd0}) :
                                 (asked + asked_n == {d_end[63:3], 3'd0} + 64'd8));
      end
      if (d_event && \dut.d_first_q ) begin
        first_request: assert(\dut.request && !half_q && d_two);
      end
      if (wait_valid) begin
        waits_for_what_was_asked: assert((t_kill || t_hit) ? !\dut.request && !half_q : \dut.request && (half_q == t_straddle));
        two_requests_for_one_token: assert(!half_q || ((half_token_q == t_token) && (half_addr_q == d_addr_q)));
        waiting_token_legal: assert(legal(t_token, size, limit));
        told_where_it_is: assert(t_low == d_addr_q[5:0]);
        told_that_it_is_not_aligned: assert((t_unaligned == (t_low[3:0] != 4'd0)) && (t_kill || (t_straddle == t_unaligned)));
        hit_is_a_whole_line: assert(!t_hit || (!t_kill && !t_unaligned && answer_hit));
      end

      // What vnet_desc_cache_props expects: a token uses the answer to its own lookup, and the line that it asks for is
      // taken in when it goes on.
      line_taken_in: assert(answer_take == (wait_valid && !t_kill && !t_hit && !t_unaligned));
      own_lookup: assert(!wait_valid || t_unaligned || t_kill || ((looked_line_q == d_addr_q[63:4]) && (looked_pos_q == t_token[51:36])));
      own_place: assert(!wait_valid || (t_line == answer_index));
      no_lookup_meanwhile: assert(!lookup_en || (!lookup_wait && \dut.d_free ));

      // Invariants.
      inv_ctx: assert((age_q < 2'd2) || (\dut.u_ctx.g_register.ctx_q [195:132] == desc_addr));
      inv_quiet: assert(ready || (!\dut.a_valid_q && !\dut.b_valid_q && !\dut.c_valid_q && !\dut.d_valid_q && !\dut.head_valid ));
      inv_level: assert((level == behind_b) && ok_d && ok_c && ok_b);
      inv_head: assert(!\dut.a_valid_q || \dut.a_state_q || ((\dut.a_head_q < size) && (\dut.a_queue_q == 1'b0)));
      if (\dut.b_valid_q ) begin
        inv_b: assert(legal(\dut.b_token_q , size, limit) && (b_addr_q == \dut.b_base_q + {44'd0, \dut.b_token_q [15:0], 4'd0}));
        inv_b_outside: assert(outside(b_addr_q, 64'd16, secret));
        inv_b_aligned: assert(\dut.b_token_q [32] || (\dut.b_base_q [3:0] == 4'd0));
      end
      if (\dut.c_valid_q ) begin
        inv_c: assert(legal(\dut.c_token_q , size, limit) && outside(c_addr_q, 64'd16, secret));
        inv_c_place: assert((\dut.c_low_q == c_addr_q[5:0]) &&
                            (\dut.c_line_q == (c_addr_q[63:4] + {59'd0, \dut.c_second_q })));
        inv_c_kind: assert(!(\dut.c_first_q && \dut.c_second_q ) && (!(\dut.c_first_q || \dut.c_second_q ) || !\dut.c_kill_q ) &&
                           (\dut.c_kill_q || ((c_addr_q[3:0] != 4'd0) == (\dut.c_first_q || \dut.c_second_q ))));
      end
      if (\dut.d_valid_q ) begin
        inv_d: assert(legal(\dut.d_token_q , size, limit) && outside(d_addr_q, 64'd16, secret));
        inv_d_lookup: assert((looked_line_q == \dut.d_line_q ) && (looked_pos_q == \dut.d_token_q [51:36]));
        inv_d_place: assert((\dut.d_low_q == d_addr_q[5:0]) &&
                            (\dut.d_line_q == (d_addr_q[63:4] + {59'd0, \dut.d_second_q })));
        inv_d_kind: assert(!(\dut.d_first_q && \dut.d_second_q ) && (!(\dut.d_first_q || \dut.d_second_q ) || !\dut.d_kill_q ) &&
                           (\dut.d_kill_q || ((d_addr_q[3:0] != 4'd0) == (\dut.d_first_q || \dut.d_second_q ))));
      end
      // The two requests of a token follow each other.
      inv_b_second: assert(\dut.b_second_q == (\dut.c_valid_q && \dut.c_first_q ));
      inv_c_first: assert(!(\dut.c_valid_q && \dut.c_first_q ) || (\dut.b_valid_q && (\dut.b_token_q == \dut.c_token_q ) &&
                                                                  (b_addr_q == c_addr_q)));
      inv_d_first: assert(!(\dut.d_valid_q && \dut.d_first_q ) || (\dut.c_valid_q && \dut.c_second_q && !half_q &&
                                                                  (\dut.c_token_q == \dut.d_token_q ) && (c_addr_q == d_addr_q)));
      inv_c_second: assert(!(\dut.c_valid_q && \dut.c_second_q ) || (\dut.d_valid_q && \dut.d_first_q ) || (half_q && !\dut.d_valid_q ));
      inv_d_second: assert(!(\dut.d_valid_q && \dut.d_second_q ) || half_q);
      inv_half: assert(!half_q || ((\dut.d_valid_q && \dut.d_second_q && (\dut.d_token_q == half_token_q) && (d_addr_q == half_addr_q)) ||
                                   (!\dut.d_valid_q && \dut.c_valid_q && \dut.c_second_q && (\dut.c_token_q == half_token_q) &&
                                    (c_addr_q == half_addr_q))));
      // Requests that wait.
      inv_out: assert(!req_valid || outside({out_data[61:1], 3'd0}, out_data[0] ? 64'd16 : 64'd8, secret));
      inv_out_start: assert(!req_valid || !out_data[1] || !out_data[0]);
      inv_spare: assert(!\dut.u_req.spare_valid_q || outside({spare_data[61:1], 3'd0}, spare_data[0] ? 64'd16 : 64'd8, secret));
      inv_spare_start: assert(!\dut.u_req.spare_valid_q || !spare_data[1] || !spare_data[0]);
      inv_skid: assert(!\dut.u_req.spare_valid_q || (req_valid && !\dut.u_req.ready_q ));
      inv_credit: assert({1'b0, \dut.credit_q } + lines_q == LINES_MAX + evt_request);
      inv_credit_ok: assert(!\dut.credit_ok_q || (lines_q <= LINES_MAX - 1));

      table_read: cover(req_valid && req_ready && (req_len == 8'd1) && t_token[32] && wait_valid);
      last_entry: cover(wait_valid && t_token[32] && (t_token[15:0] == t_token[31:16] - 16'd1) && (t_token[31:16] == 16'd7) && !t_kill);
      two_requests: cover(wait_valid && t_straddle && (t_low[3:0] == 4'd9));
      end_of_the_address_space: cover(wait_valid && t_straddle && (d_addr_q[63:4] == {60{1'b1}}));
      killed: cover(wait_valid && t_kill && t_unaligned);
      hit: cover(wait_valid && t_hit);
      secret_is_next: cover(req_valid && (req_addr + 64'd16 == secret) && (req_len == 8'd1));
      no_place: cover(lines_q == LINES_MAX);
    end
  end

endmodule

`default_nettype wire
