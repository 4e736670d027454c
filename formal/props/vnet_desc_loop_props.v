// vnet_desc_loop_props: the whole descriptor fetcher reads nothing that was not offered, for ever (64 bit)
// SPDX-License-Identifier: Apache-2.0
//
// `secret` is any word outside of the descriptor table and of every range that a descriptor names which the walk looks
// at. Memory answers anything at any pace, also error responses; consumer, cache and spare blocks do anything. The
// secret is never asked for, and no record that the walk writes covers it. Tokens go round: head, vnet_desc_issue,
// waiting FIFO, vnet_desc_walk, state memory. A slot has exactly one token, in one place, from its head to the record
// that ends its chain, and none else: each head is one chain. Wherever the token is, its index is below the number of
// entries of its table, that table is the one in the table memory, and it knows how many records its chain has so far,
// never more than CHAIN_MAX or than the queue has entries. While no chain is open nothing is asked for: each line on its
// way is one for which a token waits.
//
// The descriptor in the W stage of the walk is the one of its token, byte by byte: vnet_desc_walk_props,
// vnet_desc_line_props, vnet_desc_issue_props.
`default_nettype none

module vnet_desc_loop_props #(
  parameter integer DIR_WRITE = 0
) (
  input wire        clk,
  input wire        rst,
  input wire        stop,
  input wire        indirect,
  input wire [15:0] known,
  input wire        head_valid,
  input wire [15:0] head_pos,
  input wire [15:0] head_head,
  input wire        req_ready,
  input wire        rsp_valid,
  input wire        rsp_last,
  input wire [63:0] rsp_data,
  input wire        rsp_err,
  input wire        take_valid,
  input wire        rec_ready
);

  (* anyconst *) reg [63:0] desc_addr;
  (* anyconst *) reg [3:0]  size_log2;
  (* anyconst *) reg [63:0] secret;

  localparam integer CHAIN_MAX = 3;

  wire [15:0] size  = 16'd1 << size_log2;
  wire [1:0]  limit = (size < CHAIN_MAX) ? size[1:0] : CHAIN_MAX;

  wire        head_ready;
  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;

  reg [1:0] age_q;
  wire      ready = age_q == 2'd3;

  vnet_desc_fetch #(
    .DATA_W        (64),
    .NQ            (1),
    .Q_W           (1),
    .SLOTS         (2),
    .K             (2),
    .LINES         (2),
    .CHAIN_MAX     (CHAIN_MAX),
    .RD_OUTSTANDING(4),
    .DIR_WRITE     (DIR_WRITE),
    .LEN_W         (20)
  ) dut (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (age_q == 2'd1),
    .ctx_queue      (1'b0),
    .ctx_desc_addr  (desc_addr),
    .ctx_avail_addr (64'd0),
    .ctx_used_addr  (64'd0),
    .ctx_size_log2  (size_log2),
    .cfg_stop       (stop),
    .cfg_indirect   (indirect),
    .sts_known      (known),
    .s_head_valid   (head_valid),
    .s_head_ready   (head_ready),
    .s_head_queue   (1'b0),
    .s_head_pos     (head_pos),
    .s_head_head    (head_head),
    .m_req_valid    (req_valid),
    .m_req_ready    (req_ready),
    .m_req_addr     (req_addr),
    .m_req_len      (req_len),
    .s_rsp_valid    (rsp_valid),
    .s_rsp_data     (rsp_data),
    .s_rsp_last     (rsp_last),
    .s_rsp_err      (rsp_err),
    .slot_free_valid(),
    .slot_free_queue(),
    .m_chain_ready  (),
    .s_take_valid   (take_valid),
    .s_take_ready   (),
    .s_take_queue   (1'b0),
    .m_rec_valid    (),
    .m_rec_ready    (rec_ready),
    .m_rec_addr     (),
    .m_rec_len      (),
    .m_rec_last     (),
    .m_rec_queue    (),
    .m_rec_head     (),
    .m_rec_ndesc    (),
    .m_rec_zero     (),
    .m_rec_err      ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  // ---- The registers of the design.

  (* hierconn *) wire         \dut.line_valid ;
  (* hierconn *) wire         \dut.line_ready ;
  (* hierconn *) wire         \dut.u_issue.request ;
  (* hierconn *) wire         \dut.u_issue.accept ;
  (* hierconn *) wire         \dut.u_issue.step ;
  (* hierconn *) wire         \dut.u_issue.d_free ;
  (* hierconn *) wire         \dut.u_issue.s_head_valid ;
  (* hierconn *) wire         \dut.u_issue.head_valid ;
  (* hierconn *) wire         \dut.u_issue.head_ready ;
  (* hierconn *) wire [32:0]  \dut.u_issue.u_head.m_data ;
  (* hierconn *) wire         \dut.u_issue.a_valid_q ;
  (* hierconn *) wire         \dut.u_issue.a_state_q ;
  (* hierconn *) wire [15:0]  \dut.u_issue.a_pos_q ;
  (* hierconn *) wire [15:0]  \dut.u_issue.a_head_q ;
  (* hierconn *) wire [35:0]  \dut.u_issue.a_token ;
  (* hierconn *) wire         \dut.u_issue.b_valid_q ;
  (* hierconn *) wire         \dut.u_issue.b_second_q ;
  (* hierconn *) wire [63:0]  \dut.u_issue.b_base_q ;
  (* hierconn *) wire [51:0]  \dut.u_issue.b_token_q ;
  (* hierconn *) wire         \dut.u_issue.c_valid_q ;
  (* hierconn *) wire         \dut.u_issue.c_kill_q ;
  (* hierconn *) wire         \dut.u_issue.c_first_q ;
  (* hierconn *) wire         \dut.u_issue.c_second_q ;
  (* hierconn *) wire [51:0]  \dut.u_issue.c_token_q ;
  (* hierconn *) wire [59:0]  \dut.u_issue.c_line_q ;
  (* hierconn *) wire [5:0]   \dut.u_issue.c_low_q ;
  (* hierconn *) wire         \dut.u_issue.d_valid_q ;
  (* hierconn *) wire         \dut.u_issue.d_kill_q ;
  (* hierconn *) wire         \dut.u_issue.d_first_q ;
  (* hierconn *) wire         \dut.u_issue.d_second_q ;
  (* hierconn *) wire [51:0]  \dut.u_issue.d_token_q ;
  (* hierconn *) wire [59:0]  \dut.u_issue.d_line_q ;
  (* hierconn *) wire [5:0]   \dut.u_issue.d_low_q ;
  (* hierconn *) wire         \dut.u_issue.u_req.ready_q ;
  (* hierconn *) wire         \dut.u_issue.u_req.spare_valid_q ;
  (* hierconn *) wire [61:0]  \dut.u_issue.u_req.data_q ;
  (* hierconn *) wire [61:0]  \dut.u_issue.u_req.spare_q ;
  (* hierconn *) wire [195:0] \dut.u_issue.u_ctx.g_register.ctx_q ;
  (* hierconn *) wire         \dut.wait_in_valid ;
  (* hierconn *) wire         \dut.wait_in_ready ;
  (* hierconn *) wire [62:0]  \dut.wait_in_data ;
  (* hierconn *) wire         \dut.wait_valid ;
  (* hierconn *) wire         \dut.wait_ready ;
  (* hierconn *) wire [62:0]  \dut.wait_data ;
  (* hierconn *) wire [195:0] \dut.u_walk.u_ctx.g_register.ctx_q ;
  (* hierconn *) wire         \dut.u_walk.state_q ;
  (* hierconn *) wire [3:0]   \dut.u_walk.moved_q ;
  (* hierconn *) wire         \dut.u_walk.w_valid_q ;
  (* hierconn *) wire [51:0]  \dut.u_walk.w_token_q ;
  (* hierconn *) wire [127:0] \dut.u_walk.w_line_q ;
  (* hierconn *) wire [3:0]   \dut.u_walk.w_size_log2_q ;
  (* hierconn *) wire         \dut.u_walk.w_sel_q ;
  (* hierconn *) wire         \dut.u_walk.l_valid_q ;
  (* hierconn *) wire         \dut.u_walk.l_ind_q ;
  (* hierconn *) wire [16:0]  \dut.u_walk.l_who_q ;
  (* hierconn *) wire [1:0]   \dut.u_walk.l_cnt_q ;
  (* hierconn *) wire [1:0]   \dut.u_walk.l_left_q ;
  (* hierconn *) wire [127:0] \dut.u_walk.l_line_q ;
  (* hierconn *) wire         \dut.u_walk.l_table_bits_q ;
  (* hierconn *) wire         \dut.u_walk.l_next_bits_q ;
  (* hierconn *) wire         \dut.u_walk.l_near_bits_q ;
  (* hierconn *) wire         \dut.u_walk.l_bad_bits_q ;
  (* hierconn *) wire         \dut.u_walk.l_sel_q ;
  (* hierconn *) wire         \dut.u_walk.r_valid_q ;
  (* hierconn *) wire         \dut.u_walk.r_ind_q ;
  (* hierconn *) wire [16:0]  \dut.u_walk.r_who_q ;
  (* hierconn *) wire [1:0]   \dut.u_walk.r_cnt_q ;
  (* hierconn *) wire [127:0] \dut.u_walk.r_desc_q ;
  (* hierconn *) wire         \dut.u_walk.r_is_table_q ;
  (* hierconn *) wire         \dut.u_walk.r_next_q ;
  (* hierconn *) wire         \dut.u_walk.r_stay_q ;
  (* hierconn *) wire         \dut.u_walk.r_bad_q ;
  (* hierconn *) wire         \dut.rec_wr ;
  (* hierconn *) wire         \dut.rec_slot ;
  (* hierconn *) wire         \dut.rec_k ;
  (* hierconn *) wire         \dut.rec_end ;
  (* hierconn *) wire         \dut.rec_done ;
  (* hierconn *) wire [15:0]  \dut.rec_blocks ;
  (* hierconn *) wire [106:0] \dut.rec_data ;
  (* hierconn *) wire         \dut.state_wr ;
  (* hierconn *) wire         \dut.state_wr_slot ;
  (* hierconn *) wire [35:0]  \dut.state_wr_token ;
  (* hierconn *) wire         \dut.table_wr ;
  (* hierconn *) wire [79:0]  \dut.table_wr_data ;
  (* hierconn *) wire [35:0]  \dut.state_rd_token ;
  (* hierconn *) wire [79:0]  \dut.table_rd_data ;
  (* hierconn *) wire         \dut.cont_wr ;
  (* hierconn *) wire         \dut.cont_in_ready ;
  (* hierconn *) wire         \dut.cont_valid ;
  (* hierconn *) wire         \dut.cont_ready ;
  (* hierconn *) wire         \dut.cont_slot ;
  (* hierconn *) wire         \dut.go_valid ;
  (* hierconn *) wire         \dut.go_slot ;
  (* hierconn *) wire         \dut.u_blocks.s_need ;
  (* hierconn *) wire         \dut.u_blocks.turn ;
  (* hierconn *) wire         \dut.u_blocks.need_slot ;
  (* hierconn *) wire         \dut.u_blocks.need_ready ;
  (* hierconn *) wire         \dut.u_blocks.head_valid ;
  (* hierconn *) wire         \dut.u_blocks.head_ready ;
  (* hierconn *) wire         \dut.u_blocks.head_slot ;
  (* hierconn *) wire [35:0]  \dut.u_state.mem[0] ;
  (* hierconn *) wire [35:0]  \dut.u_state.mem[1] ;
  (* hierconn *) wire [79:0]  \dut.u_table.mem[0] ;
  (* hierconn *) wire [79:0]  \dut.u_table.mem[1] ;

  // ---- Words and tables.

  // The secret is not in the words of so many bytes from an address on.
  function outside;
    input [63:0] address;
    input [63:0] bytes;
    input [63:0] at;
    outside = (at - {address[63:3], 3'd0}) >= (bytes + {61'd0, address[2:0]});
  endfunction

  // The indirect table of each slot, as the walk wrote it last.
  reg  [1:0]  named_q;
  reg  [79:0] table_q [0:1];
  wire [15:0] n0 = table_q[0][15:0];
  wire [15:0] n1 = table_q[1][15:0];

  // An index in the table of its chain, which has n entries.
  function inside_table;
    input        slot;
    input        ind;
    input [15:0] idx;
    input [1:0]  named;
    input [15:0] of_0;
    input [15:0] of_1;
    input [15:0] entries;
    inside_table = ind ? (named[slot] && (idx < (slot ? of_1 : of_0))) : (idx < entries);
  endfunction

  function same_n;
    input        slot;
    input [51:0] token;
    input [15:0] of_0;
    input [15:0] of_1;
    same_n = !token[32] || (token[31:16] == (slot ? of_1 : of_0));
  endfunction

  // ---- The address of the descriptor of the token in each stage.

  reg  [63:0] b_addr_q;
  reg  [63:0] c_addr_q;
  reg  [63:0] d_addr_q;
  wire        a_ind  = \dut.u_issue.a_token [16];
  wire        a_slot = \dut.u_issue.a_token [19];
  wire [63:0] a_base = a_ind ? table_q[a_slot][79:16] : desc_addr;

  always @(posedge clk) begin
    age_q <= age_q + (age_q != 2'd3);
    if (\dut.u_issue.accept ) begin
      b_addr_q <= a_base + {44'd0, \dut.u_issue.a_token [15:0], 4'd0};
    end
    if (\dut.u_issue.step ) begin
      c_addr_q <= b_addr_q;
    end
    if (\dut.u_issue.d_free ) begin
      d_addr_q <= c_addr_q;
    end
    if (\dut.table_wr ) begin
      named_q[\dut.state_wr_slot ] <= 1'b1;
      table_q[\dut.state_wr_slot ] <= \dut.table_wr_data ;
    end
    if (rst) begin
      age_q   <= 2'd0;
      named_q <= 2'b00;
    end
  end

  wire [51:0] b_token = \dut.u_issue.b_token_q ;
  wire [51:0] c_token = \dut.u_issue.c_token_q ;
  wire [51:0] d_token = \dut.u_issue.d_token_q ;
  wire [51:0] w_token = \dut.u_walk.w_token_q ;
  wire        b_slot  = b_token[35];
  wire        c_slot  = c_token[35];
  wire        d_slot  = d_token[35];
  wire        w_slot  = w_token[35];
  wire        l_slot  = \dut.u_walk.l_who_q [0];
  wire        r_slot  = \dut.u_walk.r_who_q [0];

  wire [127:0] w_desc = \dut.u_walk.w_line_q ;
  wire [127:0] l_desc = \dut.u_walk.l_line_q ;
  wire [127:0] r_desc = \dut.u_walk.r_desc_q ;
  wire [61:0]  out_data   = \dut.u_issue.u_req.data_q ;
  wire [61:0]  spare_data = \dut.u_issue.u_req.spare_q ;
  wire [63:0]  rec_addr = \dut.rec_data [106:43];
  wire [19:0]  rec_len  = \dut.rec_data [42:23];
  wire         turning  = \dut.u_blocks.turn && !\dut.u_blocks.s_need ;

  // What waits stays until it is taken: vnet_fifo_deep_props.
  stream_rules #(.W(63), .ASSUME(1)) u_wait_stays (
    .clk(clk), .rst(rst), .valid(\dut.wait_valid ), .ready(\dut.wait_ready ), .payload(\dut.wait_data )
  );
  stream_rules #(.W(1), .ASSUME(1)) u_line_stays (
    .clk(clk), .rst(rst), .valid(\dut.line_valid ), .ready(\dut.line_ready ), .payload(1'b0)
  );

  // ---- Lines that were asked for, and those of which the bus knows.

  reg  [2:0] lines_q;
  reg  [2:0] on_bus_q;
  wire       line_used = \dut.line_valid && \dut.line_ready ;
  // The first half of a descriptor was asked for, and its token is not yet behind it.
  wire       half = (\dut.u_issue.c_valid_q && \dut.u_issue.c_second_q &&
                     !(\dut.u_issue.d_valid_q && \dut.u_issue.d_first_q )) ||
                    (\dut.u_issue.d_valid_q && \dut.u_issue.d_second_q );

  always @(posedge clk) begin
    lines_q  <= lines_q + \dut.u_issue.request - line_used;
    on_bus_q <= on_bus_q + (req_valid && req_ready) - line_used;
    if (rst) begin
      lines_q  <= 3'd0;
      on_bus_q <= 3'd0;
    end
  end

  // ---- Each slot has one token, in one place, while its chain is open.

  wire [5:0]  needs;               // lines for which the token of each slot waits
  wire [1:0]  slot_busy;
  wire [1:0]  slot_open;
  wire [1:0]  all_wait, all_cont;

  genvar s;
  generate
    for (s = 0; s < 2; s = s + 1) begin : g_slot
      wire        in_head, in_wait, in_cont, in_need;
      wire [32:0] head_word;
      wire [62:0] wait_word;

      fifo_item #(.W(33)) u_head (
        .clk(clk), .rst(rst), .push(\dut.u_issue.s_head_valid && head_ready), .push_is_it(head_pos[0] == s),
        .push_data({1'b0, head_pos, head_head}), .valid(\dut.u_issue.head_valid ), .pop(\dut.u_issue.head_ready ),
        .pop_is_it(\dut.u_issue.u_head.m_data [16] == s), .pop_data(\dut.u_issue.u_head.m_data ),
        .level(1'b0), .inside(in_head), .data(head_word), .ahead()
      );
      fifo_item #(.W(63)) u_wait (
        .clk(clk), .rst(rst), .push(\dut.wait_in_valid && \dut.wait_in_ready ), .push_is_it(\dut.wait_in_data [35] == s),
        .push_data(\dut.wait_in_data ), .valid(\dut.wait_valid ), .pop(\dut.wait_ready ),
        .pop_is_it(\dut.wait_data [35] == s), .pop_data(\dut.wait_data ),
        .level(1'b0), .inside(in_wait), .data(wait_word), .ahead()
      );
      fifo_item #(.W(1)) u_cont (
        .clk(clk), .rst(rst), .push(\dut.cont_wr && \dut.cont_in_ready ), .push_is_it(\dut.state_wr_slot == s),
        .push_data(1'b0), .valid(\dut.cont_valid ), .pop(\dut.cont_ready ), .pop_is_it(\dut.cont_slot == s),
        .pop_data(1'b0), .level(1'b0), .inside(in_cont), .data(), .ahead()
      );
      fifo_item #(.W(1)) u_need (
        .clk(clk), .rst(rst), .push((\dut.u_blocks.s_need || \dut.u_blocks.turn ) && \dut.u_blocks.need_ready ),
        .push_is_it((turning ? \dut.u_blocks.head_slot : \dut.u_blocks.need_slot ) == s), .push_data(1'b0),
        .valid(\dut.u_blocks.head_valid ), .pop(\dut.u_blocks.head_ready ), .pop_is_it(\dut.u_blocks.head_slot == s),
        .pop_data(1'b0), .level(1'b0), .inside(in_need), .data(), .ahead()
      );

      wire in_a  = \dut.u_issue.a_valid_q && (a_slot == s);
      wire in_b  = \dut.u_issue.b_valid_q && (b_slot == s);
      // A token in two lines is in B until its first request is on its way.
      wire in_c  = \dut.u_issue.c_valid_q && !\dut.u_issue.c_first_q && (c_slot == s);
      wire in_d  = \dut.u_issue.d_valid_q && !\dut.u_issue.d_first_q && (d_slot == s);
      wire in_w  = \dut.u_walk.w_valid_q && (w_slot == s);
      wire in_l  = \dut.u_walk.l_valid_q && (l_slot == s);
      wire in_r  = \dut.u_walk.r_valid_q && (r_slot == s);
      wire in_go = \dut.go_valid && (\dut.go_slot == s);
      wire in_memory = in_cont || in_need || in_go;

      wire [11:0] places = {in_head, in_a, in_b, in_c, in_d, in_wait, in_w, in_l, in_r, in_cont, in_need, in_go};
      assign slot_busy[s] = places != 12'd0;

      wire [35:0] state_word = (s == 0) ? \dut.u_state.mem[0] : \dut.u_state.mem[1] ;
      wire [79:0] table_word = (s == 0) ? \dut.u_table.mem[0] : \dut.u_table.mem[1] ;
      wire        no_line    = wait_word[62] || wait_word[61];
      assign needs[3*s +: 3] = (!in_wait || no_line) ? 3'd0 : wait_word[59] ? 3'd2 : 3'd1;
      reg         open_q;
      reg  [1:0]  records_q;           // of its chain, so far
      wire        rec_here = \dut.rec_wr && (\dut.rec_slot == s);

      assign slot_open[s] = open_q;
      assign all_wait[s]  = in_wait;
      assign all_cont[s]  = in_cont;

      always @(posedge clk) begin
        if (\dut.u_issue.s_head_valid && head_ready && (head_pos[0] == s)) begin
          open_q    <= 1'b1;
          records_q <= 2'd0;
        end else if (rec_here) begin
          open_q    <= !\dut.rec_end ;
          records_q <= records_q + 2'd1;
        end
        if (rst) begin
          open_q <= 1'b0;
        end
      end

      rule token_while_open (.rst(rst), .ok((places != 12'd0) == open_q));
      rule record_of_an_open_chain (
        .rst(rst), .ok(!rec_here || (open_q && (\dut.rec_k == records_q[0]) && (\dut.rec_blocks == records_q[1] + 16'd1) &&
                                     (\dut.rec_done == (\dut.rec_end || records_q[0]))))
      );
      rule not_too_long (.rst(rst), .ok(!open_q || (records_q < limit)));
      rule record_count (
        .rst(rst),
        .ok((!in_head || (records_q == 2'd0)) && (!in_a || (\dut.u_issue.a_token [18:17] == records_q)) &&
            (!in_b || (b_token[34:33] == records_q)) && (!in_c || (c_token[34:33] == records_q)) &&
            (!in_d || (d_token[34:33] == records_q)) && (!in_wait || (wait_word[34:33] == records_q)) &&
            (!in_w || (w_token[34:33] == records_q)) && (!in_l || (\dut.u_walk.l_cnt_q == records_q)) &&
            (!in_r || (\dut.u_walk.r_cnt_q == records_q)) && (!in_memory || (state_word[18:17] == records_q)))
      );


      rule one_token_per_slot (.rst(rst), .ok((places & (places - 12'd1)) == 12'd0));
      rule table_in_memory (.rst(rst), .ok(!named_q[s] || (table_word == table_q[s])));
      rule table_legal (
        .rst(rst), .ok(!named_q[s] || ((table_q[s][15:0] <= size) &&
                                       outside(table_q[s][79:16], {44'd0, table_q[s][15:0], 4'd0}, secret)))
      );
      rule token_in_memory_legal (
        .rst(rst), .ok(!in_memory || ((state_word[19] == s) &&
                                      inside_table(s, state_word[16], state_word[15:0], named_q, n0, n1, size)))
      );
      rule token_that_waits_legal (
        .rst(rst), .ok(!in_wait || ((wait_word[35] == s) && same_n(s, wait_word[51:0], n0, n1) &&
                                    inside_table(s, wait_word[32], wait_word[15:0], named_q, n0, n1, size)))
      );
      // A token in two lines has asked for both; one with a line in the cache, or of a stopped queue, for none.
      rule kind_of_wait (
        .rst(rst), .ok(!in_wait || wait_word[62] || ((wait_word[60] == (wait_word[55:52] != 4'd0)) &&
                                                     (wait_word[59] == wait_word[60]) && !(wait_word[61] && wait_word[60])))
      );
      rule head_legal (.rst(rst), .ok(!in_head || ((head_word[16] == s) && (head_word[15:0] < size))));
    end
  endgenerate

  always @* begin
    // vnet_regs: the table of a queue is aligned.
    assume(desc_addr[3:0] == 4'd0);
    assume(secret[2:0] == 3'd0);
    assume(outside(desc_addr, {44'd0, size, 4'd0}, secret));
    // vnet_avail_index_props: heads are in range. The queue is set up before its first head.
    assume(!head_valid || (ready && (head_head < size)));
    // vnet_avail_fetch counts the free slots, and sends a head only to a free one. A slot is free after its last record
    // was read (vnet_chain_slots_props), so the chain has ended.
    assume(!head_valid || !slot_open[head_pos[0]]);
    // vnet_fifo_props, vnet_fifo_deep_props: ready until full; they have a place for each of the two slots, or more.
    assume(\dut.wait_in_ready || (all_wait == 2'b11));
    assume(\dut.cont_in_ready || (all_cont == 2'b11));
    assume(\dut.u_blocks.need_ready );
    // A line is one that the bus was asked for: vnet_desc_line_props; it stays until it is taken: vnet_fifo_deep_props.
    assume(!\dut.line_valid || (on_bus_q != 3'd0));
    // No descriptor names the secret.
    assume(!\dut.u_walk.w_valid_q || outside(w_desc[63:0], {32'd0, w_desc[95:64]}, secret));
    if (!rst) begin
      secret_not_read: assert(!req_valid || ((req_len <= 8'd1) && outside(req_addr, (64'd1 + req_len) << 3, secret)));
      no_record_of_the_secret: assert(!\dut.rec_wr || (rec_len == 20'd0) || outside(rec_addr, {44'd0, rec_len}, secret));
      silent_without_chains: assert(!req_valid || (slot_open != 2'b00));
      no_token_lost: assert((!\dut.cont_wr || \dut.state_wr ) && (!\dut.u_blocks.s_need || \dut.state_wr ));

      // Invariants.
      inv_ctx: assert((age_q < 2'd2) || ((\dut.u_issue.u_ctx.g_register.ctx_q [195:132] == desc_addr) &&
                                         (\dut.u_walk.u_ctx.g_register.ctx_q [3:0] == size_log2)));
      inv_quiet: assert(ready || (slot_busy == 2'b00));
      if (\dut.u_issue.a_valid_q ) begin
        inv_a: assert(inside_table(a_slot, a_ind, \dut.u_issue.a_token [15:0], named_q, n0, n1, size));
        inv_a_table: assert(!a_ind || (\dut.u_issue.a_state_q && (\dut.table_rd_data == table_q[a_slot])));
      end
      if (\dut.u_issue.b_valid_q ) begin
        inv_b: assert(inside_table(b_slot, b_token[32], b_token[15:0], named_q, n0, n1, size) && same_n(b_slot, b_token, n0, n1));
        inv_b_addr: assert(b_addr_q == \dut.u_issue.b_base_q + {44'd0, b_token[15:0], 4'd0});
        inv_b_outside: assert(outside(b_addr_q, 64'd16, secret));
      end
      if (\dut.u_issue.c_valid_q ) begin
        inv_c: assert(\dut.u_issue.c_first_q || (same_n(c_slot, c_token, n0, n1) &&
                      inside_table(c_slot, c_token[32], c_token[15:0], named_q, n0, n1, size)));
        inv_c_place: assert(outside(c_addr_q, 64'd16, secret) && (\dut.u_issue.c_low_q == c_addr_q[5:0]) &&
                            (\dut.u_issue.c_line_q == (c_addr_q[63:4] + {59'd0, \dut.u_issue.c_second_q })));
        inv_c_kind: assert(!(\dut.u_issue.c_first_q && \dut.u_issue.c_second_q ) &&
                           (!(\dut.u_issue.c_first_q || \dut.u_issue.c_second_q ) || !\dut.u_issue.c_kill_q ) &&
                           (\dut.u_issue.c_kill_q ||
                           ((c_addr_q[3:0] != 4'd0) == (\dut.u_issue.c_first_q || \dut.u_issue.c_second_q ))));
      end
      if (\dut.u_issue.d_valid_q ) begin
        inv_d: assert(\dut.u_issue.d_first_q || (same_n(d_slot, d_token, n0, n1) &&
                      inside_table(d_slot, d_token[32], d_token[15:0], named_q, n0, n1, size)));
        inv_d_place: assert(outside(d_addr_q, 64'd16, secret) && (\dut.u_issue.d_low_q == d_addr_q[5:0]) &&
                            (\dut.u_issue.d_line_q == (d_addr_q[63:4] + {59'd0, \dut.u_issue.d_second_q })));
        inv_d_kind: assert(!(\dut.u_issue.d_first_q && \dut.u_issue.d_second_q ) &&
                           (!(\dut.u_issue.d_first_q || \dut.u_issue.d_second_q ) || !\dut.u_issue.d_kill_q ) &&
                           (\dut.u_issue.d_kill_q ||
                           ((d_addr_q[3:0] != 4'd0) == (\dut.u_issue.d_first_q || \dut.u_issue.d_second_q ))));
      end
      inv_b_second: assert(\dut.u_issue.b_second_q == (\dut.u_issue.c_valid_q && \dut.u_issue.c_first_q ));
      inv_c_first: assert(!(\dut.u_issue.c_valid_q && \dut.u_issue.c_first_q ) ||
                          (\dut.u_issue.b_valid_q && (b_addr_q == c_addr_q)));
      if (\dut.u_walk.w_valid_q ) begin
        inv_w: assert(inside_table(w_slot, w_token[32], w_token[15:0], named_q, n0, n1, size) &&
                      same_n(w_slot, w_token, n0, n1) &&
                      (\dut.u_walk.w_size_log2_q == size_log2) && !\dut.u_walk.w_sel_q );
      end
      inv_shift: assert(!\dut.u_walk.state_q || (\dut.wait_valid && !\dut.u_walk.w_valid_q ));
      if (\dut.u_walk.l_valid_q ) begin
        inv_l_bits: assert((\dut.u_walk.l_table_bits_q == l_desc[98]) && (\dut.u_walk.l_next_bits_q == l_desc[96]) &&
                           !\dut.u_walk.l_near_bits_q && !\dut.u_walk.l_sel_q && (!\dut.u_walk.l_ind_q || named_q[l_slot]));
        inv_l_left: assert((\dut.u_walk.l_left_q == limit - \dut.u_walk.l_cnt_q ) && (\dut.u_walk.l_cnt_q < limit));
        inv_l_next: assert(\dut.u_walk.l_bad_bits_q || l_desc[98] || !l_desc[96] ||
                           inside_table(l_slot, \dut.u_walk.l_ind_q , l_desc[127:112], named_q, n0, n1, size));
        inv_l_table: assert(\dut.u_walk.l_bad_bits_q || !l_desc[98] ||
                            (!\dut.u_walk.l_ind_q && (l_desc[67:64] == 4'd0) && (l_desc[95:64] != 32'd0) &&
                             (l_desc[95:68] <= {12'd0, size})));
        inv_l_outside: assert(outside(l_desc[63:0], {32'd0, l_desc[95:64]}, secret));
      end
      if (\dut.u_walk.r_valid_q ) begin
        inv_r_bits: assert((\dut.u_walk.r_is_table_q == r_desc[98]) && (\dut.u_walk.r_next_q == r_desc[96]) &&
                           !\dut.u_walk.r_stay_q && (!\dut.u_walk.r_ind_q || named_q[r_slot]));
        inv_r_count: assert(\dut.u_walk.r_bad_q || r_desc[98] || !r_desc[96] || ({1'b0, \dut.u_walk.r_cnt_q } + 3'd1 < limit));
        inv_r_next: assert(\dut.u_walk.r_bad_q || r_desc[98] || !r_desc[96] ||
                           inside_table(r_slot, \dut.u_walk.r_ind_q , r_desc[127:112], named_q, n0, n1, size));
        inv_r_table: assert(\dut.u_walk.r_bad_q || !r_desc[98] ||
                            (!\dut.u_walk.r_ind_q && (r_desc[67:64] == 4'd0) && (r_desc[95:64] != 32'd0) &&
                             (r_desc[95:68] <= {12'd0, size})));
        inv_r_outside: assert(outside(r_desc[63:0], {32'd0, r_desc[95:64]}, secret));
      end
      inv_lines: assert(lines_q == needs[5:3] + needs[2:0] + half - \dut.u_walk.state_q );
      inv_on_bus: assert((lines_q == on_bus_q + req_valid + \dut.u_issue.u_req.spare_valid_q ) && (on_bus_q <= lines_q));
      inv_d_first: assert(!(\dut.u_issue.d_valid_q && \dut.u_issue.d_first_q ) ||
                          (\dut.u_issue.c_valid_q && \dut.u_issue.c_second_q ));
      inv_c_second: assert(!(\dut.u_issue.c_valid_q && \dut.u_issue.c_second_q ) ||
                           !\dut.u_issue.d_valid_q || \dut.u_issue.d_first_q );
      inv_turn: assert(!\dut.u_walk.state_q ||
                       (!\dut.wait_data [62] && \dut.wait_data [60] && ((\dut.u_walk.moved_q == 4'd0) || \dut.line_valid )));
      inv_out: assert(!req_valid || (outside({out_data[61:1], 3'd0}, out_data[0] ? 64'd16 : 64'd8, secret) &&
                                     (!out_data[1] || !out_data[0])));
      inv_spare: assert(!\dut.u_issue.u_req.spare_valid_q ||
                        (outside({spare_data[61:1], 3'd0}, spare_data[0] ? 64'd16 : 64'd8, secret) &&
                         (!spare_data[1] || !spare_data[0]) && req_valid && !\dut.u_issue.u_req.ready_q ));

      table_named: cover(\dut.table_wr );
      table_read: cover(req_valid && \dut.wait_valid && \dut.wait_data [32]);
      chain_goes_on: cover(\dut.cont_wr && (slot_busy == 2'b11));
      block_needed: cover(\dut.go_valid );
      unaligned_table: cover(req_valid && \dut.wait_in_valid && \dut.wait_in_data [32] && (d_addr_q[3:0] == 4'd5));
      record: cover(\dut.rec_wr && (rec_len == 20'd5));
    end
  end

endmodule

`default_nettype wire
