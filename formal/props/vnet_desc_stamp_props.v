// vnet_desc_stamp_props: the modulo rule of the descriptor cache means what it says, however long the device runs
// SPDX-License-Identifier: Apache-2.0
//
// A line may serve a chain only if it was asked for after the chain was known: stamp - position - 1 is not negative. The
// cache compares modulo 2**16, and vnet_desc_issue flushes it at every 2**14th position. Here any line that is taken in
// is followed until the flush, with numbers that do not wrap: relative to the last position at which there was a flush,
// each stamp and each position in flight lies in a window narrower than 2**16. Whenever the modulo rule lets the line
// serve a token, the line was asked for when the position of the token was known.
//
//   Indices run without end, 2**16 and more (a restart of the queue is a reset here: the cache is flushed, and no
//   token is left).
`default_nettype none

module vnet_desc_stamp_props (
  input wire        clk,
  input wire        rst,
  input wire        stop,
  input wire [15:0] known,
  input wire        head_valid,
  input wire [15:0] head_pos,
  input wire        go_valid,
  input wire        cont_valid,
  input wire        lookup_wait,
  input wire        answer_hit,
  input wire        req_ready,
  input wire        line_taken
);

  localparam [15:0] SLOTS = 16'd8192;          // positions that may be in flight, more than any build has

  (* anyseq *) reg         pick;
  // What the memories hold.
  (* anyseq *) reg  [36:0] any_token;
  (* anyseq *) reg  [79:0] any_table;

  reg  [36:0] token_q;
  reg  [79:0] table_q;
  wire        state_rd_en;
  wire        lookup_en;
  wire [15:0] lookup_pos;
  wire [15:0] lookup_stamp;
  wire        answer_take;
  wire        cache_flush;

  vnet_desc_issue #(
    .DATA_W        (64),
    .NQ            (1),
    .Q_W           (1),
    .SLOT_W        (1),
    .LINES         (2),
    .RD_OUTSTANDING(4),
    .CNT_W         (3)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .ctx_wr        (1'b0),
    .ctx_queue     (1'b0),
    .ctx_desc_addr (64'd0),
    .ctx_avail_addr(64'd0),
    .ctx_used_addr (64'd0),
    .ctx_size_log2 (4'd0),
    .cfg_stop      (stop),
    .sts_known     (known),
    .s_head_valid  (head_valid),
    .s_head_ready  (),
    .s_head_queue  (1'b0),
    .s_head_pos    (head_pos),
    .s_head_head   (16'd0),
    .evt_head      (),
    .head_queue    (),
    .head_pos      (),
    .head_head     (),
    .s_go_valid    (go_valid),
    .s_go_ready    (),
    .s_go_slot     (1'b0),
    .s_cont_valid  (cont_valid),
    .s_cont_ready  (),
    .s_cont_slot   (1'b0),
    .state_rd_en   (state_rd_en),
    .state_rd_slot (),
    .state_rd_token(token_q),
    .table_rd_data (table_q),
    .lookup_queue  (),
    .lookup_line   (),
    .lookup_pos    (lookup_pos),
    .lookup_stamp  (lookup_stamp),
    .lookup_en     (lookup_en),
    .lookup_wait   (lookup_wait),
    .answer_hit    (answer_hit),
    .answer_index  (1'b0),
    .answer_take   (answer_take),
    .cache_flush   (cache_flush),
    .m_req_valid   (),
    .m_req_ready   (req_ready),
    .m_req_addr    (),
    .m_req_len     (),
    .evt_request   (),
    .request_start (),
    .evt_line_taken(line_taken),
    .m_wait_valid  (),
    .m_wait_data   ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  (* hierconn *) wire        \dut.accept ;
  (* hierconn *) wire        \dut.take_head ;
  (* hierconn *) wire [32:0] \dut.u_head.m_data ;
  (* hierconn *) wire        \dut.a_valid_q ;
  (* hierconn *) wire        \dut.a_state_q ;
  (* hierconn *) wire [15:0] \dut.a_pos_q ;
  (* hierconn *) wire [36:0] \dut.a_token ;
  (* hierconn *) wire        \dut.b_valid_q ;
  (* hierconn *) wire        \dut.b_second_q ;
  (* hierconn *) wire        \dut.b_queue ;
  (* hierconn *) wire [52:0] \dut.b_token_q ;
  (* hierconn *) wire        \dut.c_valid_q ;
  (* hierconn *) wire [52:0] \dut.c_token_q ;
  (* hierconn *) wire [15:0] \dut.c_stamp_q ;
  (* hierconn *) wire        \dut.d_valid_q ;
  (* hierconn *) wire        \dut.step ;

  // ---- Positions of heads, and the last one at which there was a flush.

  reg         begun_q;
  reg  [15:0] newest_q;            // position of the last head that was taken
  reg  [15:0] flushed_q;
  reg         b_head_q, c_head_q;  // the token there is a head that was not walked yet
  wire        a_head = \dut.a_valid_q && !\dut.a_state_q ;
  // B keeps a token in two lines while its first half is in C.
  wire        b_head = \dut.b_valid_q && b_head_q && !\dut.b_second_q ;
  wire        c_head = \dut.c_valid_q && c_head_q;
  wire [15:0] a_pos  = \dut.a_token [35:20];
  wire [15:0] b_pos  = \dut.b_token_q [51:36];
  wire [15:0] c_pos  = \dut.c_token_q [51:36];

  // ---- The line that is followed: its stamp; that of the token in D.

  reg         line_q;
  reg  [15:0] stamp_q;
  reg  [15:0] d_stamp_q;

  always @(posedge clk) begin
    if (state_rd_en) begin
      token_q <= any_token;
      table_q <= any_table;
    end
    if (\dut.take_head ) begin
      begun_q  <= 1'b1;
      newest_q <= \dut.u_head.m_data [31:16];
    end
    // A cycle behind newest_q, as the flush is; before the first head the cache is empty.
    flushed_q <= begun_q ? {newest_q[15:14], 14'd0} : {\dut.u_head.m_data [31:30], 14'd0};
    if (\dut.accept ) begin
      b_head_q <= a_head;
    end
    if (\dut.step ) begin
      c_head_q <= \dut.b_valid_q && b_head_q;
    end
    if (lookup_en) begin
      d_stamp_q <= lookup_stamp;
    end
    if (cache_flush) begin
      line_q <= 1'b0;
    end else if (answer_take && pick) begin
      line_q  <= 1'b1;
      stamp_q <= d_stamp_q;
    end
    if (rst) begin
      begun_q <= 1'b0;
      line_q  <= 1'b0;
    end
  end

  // ---- Distances. Each lies in a window narrower than 2**16, so these are the true ones.

  localparam [15:0] BACK  = 16'd8;                       // a stamp may be older than the flush by heads under way
  localparam [15:0] AHEAD = 16'd32768 + SLOTS;           // known ahead of the newest head

  wire [15:0] u = stamp_q - flushed_q + BACK;            // window: 0 to 2**14 + AHEAD + BACK
  wire [15:0] v = lookup_pos - flushed_q + SLOTS;        // window: 0 to 2**14 + SLOTS
  // stamp - position - 1
  wire signed [18:0] age = $signed({3'd0, u}) - $signed({3'd0, BACK}) - $signed({3'd0, v}) + $signed({3'd0, SLOTS}) - 19'sd1;
  wire [15:0] rule_age = stamp_q - lookup_pos - 16'd1;
  wire        looks_up = lookup_en && \dut.c_valid_q && line_q && !(\dut.d_valid_q && answer_take);
  wire        serves   = rule_age < 16'd32768;

  wire [15:0] c_new = {15'd0, a_head} + b_head;          // heads that were taken behind the token in C
  wire [15:0] d_new = {15'd0, a_head} + b_head + c_head; // ... in D

  always @* begin
    // vnet_avail_fetch: heads in ring order. vnet_fifo_props: also behind the FIFO of heads.
    assume(!\dut.take_head || !begun_q || (\dut.u_head.m_data [31:16] == newest_q + 16'd1));
    // vnet_avail_index_props: known is behind each head, by no more entries than the queue has, and those requested, each
    // of which has a slot.
    assume(!begun_q || (known - newest_q - 16'd1 <= AHEAD));
    assume(!\dut.take_head || (known - \dut.u_head.m_data [31:16] - 16'd1 <= AHEAD));
    // vnet_desc_loop_props: a token in the state memory was a head; its position is one of those in flight.
    assume(begun_q || (!go_valid && !cont_valid));
    assume(!(\dut.a_valid_q && \dut.a_state_q ) || (newest_q - a_pos < SLOTS));
    // The same for those that the pipe holds: a slot is not used again before its chain has left.
    assume(!\dut.b_valid_q || (newest_q - b_pos < SLOTS));
    assume(!\dut.c_valid_q || (newest_q - c_pos < SLOTS));
    // One queue.
    assume(!\dut.b_valid_q || !\dut.b_queue );
    if (!rst) begin
      if (looks_up) begin
        in_the_window: assert((u <= 16'd16384 + AHEAD + BACK) && (v <= 16'd16384 + SLOTS));
        served_only_if_known_before: assert(!serves || (age >= 19'sd0));
      end
      flushed_in_time: assert(!begun_q || cache_flush || (newest_q - flushed_q < 16'd16384));

      // Invariants.
      inv_begun: assert(begun_q || (!\dut.a_valid_q && !\dut.b_valid_q && !\dut.c_valid_q && !\dut.d_valid_q && !line_q));
      inv_flush: assert(!begun_q || (cache_flush ? a_head && (newest_q[13:0] == 14'd0) :
                                     (flushed_q == {newest_q[15:14], 14'd0})));
      inv_flush_new: assert(!cache_flush || (!\dut.b_valid_q && !\dut.c_valid_q && !\dut.d_valid_q ) ||
                            (flushed_q == newest_q - 16'd16384) || !line_q);
      inv_a: assert(!a_head || (a_pos == newest_q));
      inv_b: assert(!\dut.b_valid_q || (newest_q - b_pos >= {15'd0, a_head}));
      inv_c: assert(!\dut.c_valid_q || (newest_q - c_pos >= c_new));
      inv_c_stamp: assert(!\dut.c_valid_q || (\dut.c_stamp_q - newest_q - 16'd1 + c_new <= AHEAD + c_new));
      inv_d_stamp: assert(!\dut.d_valid_q || (d_stamp_q - newest_q - 16'd1 + d_new <= AHEAD + d_new));
      inv_line: assert(!line_q || (cache_flush ? (flushed_q == newest_q - 16'd16384) : 1'b1));
      inv_line_stamp: assert(!line_q || (u <= 16'd16384 + AHEAD + BACK));

      served: cover(looks_up && serves && (newest_q == 16'hffff));
      not_served: cover(looks_up && !serves);
      flush_of_a_line: cover(cache_flush && line_q);
    end
  end

endmodule

`default_nettype wire
