// vnet_desc_issue: chooses the next token, looks its descriptor up in the cache or asks memory
// SPDX-License-Identifier: Apache-2.0
//
// First half of the token loop of vnet_desc_fetch. Chains that have begun go before new ones:
// chains that waited for a record block, then chains whose next descriptor is in another line, then
// heads.
//
//   A  choose; read the token (or make one out of a head)
//   B  address = base + 16 * index
//   C  cache lookup
//   D  request on a miss; hand the token to the waiting FIFO
//
// A descriptor that is not aligned to 16 bytes (an indirect table may begin anywhere) does not use
// the cache: only the beats that hold its bytes are read. If it reaches into the next line that
// takes two requests:
//
//   line n   |. . . . . . . . . . . . . a a a|       a: bytes of the descriptor
//   line n+1 |a a a a a a a a a a a a a . . .|
//
// Token, high to low: queue[Q_W] pos[16] cnt[CNT_W] ind n[16] idx[16].
//   cnt: elements seen so far; ind: in an indirect table, which has n entries; idx: the entry to
//   look at next. The state memory keeps it without n; what is known of an indirect table is in the
//   table memory: base[64] n[16].
// Wait word, high to low: kill hit unaligned straddle line[LINES_LOG2] low[6] token.
//   line: cache line; low: address bits 5:0.
//
// Latency:       6 cycles from a head to the request.
// Throughput:    1 token per cycle (a straddling descriptor: 2 cycles; a token behind a miss at the
//                same place of the cache: 2 cycles).
// Back-pressure: stops when two requests wait or no place for another line is left.
// Errors:        none here. A token of a stopped queue passes without a request (kill).
// Spec:          virtio 1.4, Split Virtqueues, The Virtqueue Descriptor Table.
`default_nettype none

module vnet_desc_issue #(
  // Bus width: 64, 128, 256, 512.
  parameter integer DATA_W         = 512,
  // Queues of this direction, and width of a queue number.
  parameter integer NQ             = 4,
  parameter integer Q_W            = 2,
  // Width of a chain slot number.
  parameter integer SLOT_W         = 8,
  // Cache lines, a power of two.
  parameter integer LINES          = 64,
  // Lines that may be on their way, a power of two.
  parameter integer RD_OUTSTANDING = 128,
  // Width of the count of elements in a token.
  parameter integer CNT_W          = 9,
  // Derived. Do not set.
  parameter integer TOKEN_W        = Q_W + CNT_W + 49,
  parameter integer STATE_W        = TOKEN_W - 16,
  parameter integer LINE_LOG2      = (DATA_W < 128) ? 4 : $clog2(DATA_W / 8),
  parameter integer LINES_LOG2     = $clog2(LINES),
  parameter integer WAIT_W         = 10 + LINES_LOG2 + TOKEN_W
) (
  input  wire                    clk,
  input  wire                    rst,

  input  wire                    ctx_wr,
  input  wire [Q_W-1:0]          ctx_queue,
  input  wire [63:0]             ctx_desc_addr,
  input  wire [63:0]             ctx_avail_addr,
  input  wire [63:0]             ctx_used_addr,
  input  wire [3:0]              ctx_size_log2,
  input  wire [NQ-1:0]           cfg_stop,
  input  wire [16*NQ-1:0]        sts_known,

  // New chains.
  input  wire                    s_head_valid,
  output wire                    s_head_ready,
  input  wire [Q_W-1:0]          s_head_queue,
  input  wire [15:0]             s_head_pos,
  input  wire [15:0]             s_head_head,

  // A head was taken in the cycle before: tell the slots.
  output reg                     evt_head,
  output wire [Q_W-1:0]          head_queue,
  output wire [15:0]             head_pos,
  output wire [15:0]             head_head,

  // Chains that got a record block, and other continuing chains, by slot; their tokens are in the
  // state memory, their tables in the table memory.
  input  wire                    s_go_valid,
  output wire                    s_go_ready,
  input  wire [SLOT_W-1:0]       s_go_slot,
  input  wire                    s_cont_valid,
  output wire                    s_cont_ready,
  input  wire [SLOT_W-1:0]       s_cont_slot,
  output wire                    state_rd_en,
  output wire [SLOT_W-1:0]       state_rd_slot,
  input  wire [STATE_W-1:0]      state_rd_token,
  input  wire [79:0]             table_rd_data,

  // Cache tags.
  output wire [Q_W-1:0]          lookup_queue,
  output wire [63-LINE_LOG2:0]   lookup_line,
  output wire [15:0]             lookup_pos,
  output wire [15:0]             lookup_stamp,
  output wire                    lookup_en,
  input  wire                    lookup_wait,
  input  wire                    answer_hit,
  input  wire [LINES_LOG2-1:0]   answer_index,
  output wire                    answer_take,
  output reg                     cache_flush,

  // Requests. start: first half of the line in the first beat (64 bit only).
  output wire                    m_req_valid,
  input  wire                    m_req_ready,
  output wire [63:0]             m_req_addr,
  output wire [7:0]              m_req_len,
  // One cycle after the request was made; the answer takes longer.
  output reg                     evt_request,
  output reg                     request_start,
  // A line was taken out of the line FIFO.
  input  wire                    evt_line_taken,

  // Tokens that wait for their line. There is always room: a token per slot.
  output wire                    m_wait_valid,
  output wire [WAIT_W-1:0]       m_wait_data
);

  localparam integer CREDIT_W = $clog2(RD_OUTSTANDING) + 1;
  localparam integer LINE_W   = 64 - LINE_LOG2;

  // ---------------------------------------------------------------------------------------------
  // A: choose

  wire            head_valid;
  wire            head_ready;

  wire [1:0]      head_level;
  wire [Q_W-1:0]  new_queue;
  wire [15:0]     new_pos;
  wire [15:0]     new_head;

  vnet_fifo #(
    .W    (Q_W + 32),
    .DEPTH(2)
  ) u_head (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_head_valid),
    .s_ready(s_head_ready),
    .s_data ({s_head_queue, s_head_pos, s_head_head}),
    .m_valid(head_valid),
    .m_ready(head_ready),
    .m_data ({new_queue, new_pos, new_head}),
    .level  (head_level)
  );

  wire step;                          // stage C moves
  wire split;                         // the token in B needs two requests, this is the first
  wire accept     = step && !split;   // stages A and B move
  wire from_state = s_go_valid || s_cont_valid;

  assign s_go_ready    = accept;
  assign s_cont_ready  = accept && !s_go_valid;
  assign head_ready    = accept && !from_state;
  assign state_rd_en   = accept && from_state;
  assign state_rd_slot = s_go_valid ? s_go_slot : s_cont_slot;
  wire   take_head     = head_valid && head_ready;

  reg                a_valid_q;
  reg                a_state_q;       // the token comes out of the state memory
  reg  [Q_W-1:0]     a_queue_q;
  reg  [15:0]        a_pos_q;
  reg  [15:0]        a_head_q;

  assign head_queue = a_queue_q;
  assign head_pos   = a_pos_q;
  assign head_head  = a_head_q;

  wire [STATE_W-1:0] a_token = a_state_q ? state_rd_token
                             : {a_queue_q, a_pos_q, {CNT_W{1'b0}}, 1'b0, a_head_q};

  wire [63:0] a_desc_addr;
  wire [63:0] unused_avail_addr;
  wire [63:0] unused_used_addr;
  wire [3:0]  unused_size_log2;

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
    .rd_queue     (a_token[STATE_W-1 -: Q_W]),
    .rd_desc_addr (a_desc_addr),
    .rd_avail_addr(unused_avail_addr),
    .rd_used_addr (unused_used_addr),
    .rd_size_log2 (unused_size_log2)
  );

  // ---------------------------------------------------------------------------------------------
  // B: address

  reg               b_valid_q;
  reg               b_second_q;       // the first request was handed to C
  reg [63:0]        b_base_q;
  reg [TOKEN_W-1:0] b_token_q;

  wire [Q_W-1:0] b_queue     = b_token_q[TOKEN_W-1 -: Q_W];
  wire [15:0]    b_idx       = b_token_q[15:0];
  wire           b_unaligned = b_base_q[3:0] != 4'd0;
  wire [5:0]     b_low       = {b_base_q[5:4] + b_idx[1:0], b_base_q[3:0]};
  wire           b_straddle;

  // The second request is for the line 16 bytes further on: carry into the sum.
  wire [60:0]    b_sum = {b_base_q[63:4], 1'b1} + {44'd0, b_idx, b_second_q};

  reg  [15:0]    b_known;
  reg            b_stop;
  integer i;
  always @* begin
    b_known = 16'd0;
    b_stop  = 1'b0;
    for (i = 0; i < NQ; i = i + 1) begin
      if (b_queue == i[Q_W-1:0]) begin
        b_known = sts_known[16*i +: 16];
        b_stop  = cfg_stop[i];
      end
    end
  end

  generate
    if (LINE_LOG2 == 4) begin : g_one_descriptor
      assign b_straddle = b_unaligned;
    end else begin : g_descriptors
      assign b_straddle = b_unaligned && (b_low[LINE_LOG2-1:4] == {(LINE_LOG2-4){1'b1}});
    end
  endgenerate

  assign split = b_valid_q && b_straddle && !b_stop && !b_second_q;

  // ---------------------------------------------------------------------------------------------
  // C: lookup

  reg                 c_valid_q;
  reg                 c_kill_q;
  reg                 c_first_q;      // first half of a straddling descriptor
  reg                 c_second_q;     // second half of it
  reg  [TOKEN_W-1:0]  c_token_q;
  reg  [15:0]         c_stamp_q;      // sampled before the request is made: never too new
  reg  [LINE_W-1:0]   c_line_q;
  reg  [5:0]          c_low_q;

  wire d_free;                        // stage D takes what it gets
  wire c_go = d_free && !lookup_wait;

  assign step         = c_go || !c_valid_q;
  assign lookup_en    = c_go;
  assign lookup_queue = c_token_q[TOKEN_W-1 -: Q_W];
  assign lookup_line  = c_line_q;
  assign lookup_pos   = c_token_q[TOKEN_W-Q_W-1 -: 16];
  assign lookup_stamp = c_stamp_q;

  // ---------------------------------------------------------------------------------------------
  // D: request

  reg                 d_valid_q;
  reg                 d_kill_q;
  reg                 d_first_q;
  reg                 d_second_q;
  reg  [TOKEN_W-1:0]  d_token_q;
  reg  [LINE_W-1:0]   d_line_q;
  reg  [5:0]          d_low_q;
  reg                 credit_ok_q;
  reg  [CREDIT_W-1:0] credit_q;

  wire req_ready;
  wire room       = req_ready && credit_ok_q;
  wire unaligned  = d_low_q[3:0] != 4'd0;

  assign d_free = room || !d_valid_q;

  wire cached  = d_valid_q && !d_kill_q && !unaligned;
  wire hit     = cached && answer_hit;
  wire request = d_valid_q && !d_kill_q && !hit && room;

  assign answer_take = cached && !answer_hit && room;

  wire [LINE_W+1:0] out_data;

  // A line of two beats (64 bit): read only those with a byte of the descriptor.
  wire start_high = (DATA_W == 64) && d_first_q && d_low_q[3];
  wire end_low    = (DATA_W != 64) || (d_second_q && (d_low_q[3:0] <= 4'd8));

  vnet_skid #(
    .W(LINE_W + 2)
  ) u_req (
    .clk    (clk),
    .rst    (rst),
    .s_valid(request),
    .s_ready(req_ready),
    .s_data ({d_line_q, start_high, !start_high && !end_low}),
    .m_valid(m_req_valid),
    .m_ready(m_req_ready),
    .m_data (out_data)
  );

  assign m_req_addr = {out_data[LINE_W+1:2], out_data[1], {(LINE_LOG2-1){1'b0}}};
  assign m_req_len  = {7'd0, out_data[0]};

  assign m_wait_valid = d_valid_q && room && !d_first_q;
  assign m_wait_data  = {d_kill_q, hit, unaligned, d_second_q, answer_index, d_low_q, d_token_q};

  always @(posedge clk) begin
    if (accept) begin
      a_valid_q <= from_state || head_valid;
      a_state_q <= from_state;
      a_queue_q <= new_queue;
      a_pos_q   <= new_pos;
      a_head_q  <= new_head;
      b_valid_q <= a_valid_q;
      b_base_q  <= a_token[16] ? table_rd_data[79:16] : {a_desc_addr[63:4], 4'd0};
      b_token_q <= {a_token[STATE_W-1:16], table_rd_data[15:0], a_token[15:0]};
    end
    if (step) begin
      b_second_q <= split;
      c_valid_q  <= b_valid_q;
      // A descriptor of which one half was asked for is taken.
      c_kill_q   <= b_stop && !b_second_q;
      c_first_q  <= split;
      c_second_q <= b_second_q;
      c_token_q  <= b_token_q;
      c_stamp_q  <= b_known;
      c_line_q   <= b_sum[60:LINE_LOG2-3];
      c_low_q    <= b_low;
    end
    if (d_free) begin
      d_valid_q  <= c_valid_q && c_go;
      d_kill_q   <= c_kill_q;
      d_first_q  <= c_first_q;
      d_second_q <= c_second_q;
      d_token_q  <= c_token_q;
      d_line_q   <= c_line_q;
      d_low_q    <= c_low_q;
    end

    credit_q    <= credit_q - {{(CREDIT_W-1){1'b0}}, evt_request}
                 + {{(CREDIT_W-1){1'b0}}, evt_line_taken};
    // Two cycles late: three in reserve cover the requests made meanwhile.
    credit_ok_q <= credit_q > {{(CREDIT_W-2){1'b0}}, 2'd2};

    evt_request   <= request;
    request_start <= start_high;

    // The stamps of the cache are good for half of the free-running index.
    cache_flush <= take_head && (new_pos[13:0] == 14'd0);
    evt_head    <= take_head;

    if (rst) begin
      a_valid_q   <= 1'b0;
      b_valid_q   <= 1'b0;
      b_second_q  <= 1'b0;
      c_valid_q   <= 1'b0;
      d_valid_q   <= 1'b0;
      evt_request <= 1'b0;
      cache_flush <= 1'b0;
      evt_head    <= 1'b0;
      credit_q    <= RD_OUTSTANDING[CREDIT_W-1:0];
      credit_ok_q <= 1'b0;
    end
  end

  // The rings are of no interest here; the table is taken as aligned.
  wire unused_ok = &{1'b0, unused_avail_addr, unused_used_addr, unused_size_log2, a_desc_addr[3:0],
                     b_sum, head_level};

endmodule

`default_nettype wire
