// vnet_desc_issue: chooses the next token, looks its descriptor up in the cache or asks memory
// SPDX-License-Identifier: Apache-2.0
//
// First half of the token loop of vnet_desc_fetch. Chains that have begun go before new ones:
// chains that waited for a record block, then chains whose next descriptor is in another line, then
// heads.
//
//   A  choose; read the token (or make one out of a head)
//   B  address = base + 16 * index
//   C  cache lookup; request on a miss; hand the token to the waiting FIFO
//
// A descriptor that is not aligned to 16 bytes (an indirect table may begin anywhere) does not use
// the cache: only the beats that hold its bytes are read. If it reaches into the next line that
// takes two requests:
//
//   line n   |. . . . . . . . . . . . . a a a|       a: bytes of the descriptor
//   line n+1 |a a a a a a a a a a a a a . . .|
//
// Token, high to low: queue[Q_W] pos[16] cnt[16] ind base[64] n[16] idx[16].
//   cnt: elements seen so far; ind: in an indirect table; base, n: the table and its entries;
//   idx: the entry to look at next.
// Wait word, high to low: kill hit unaligned straddle line[LINES_LOG2] low[6] token.
//   line: cache line; low: address bits 5:0.
//
// Latency:       5 cycles from a head to the request.
// Throughput:    1 token per cycle (a straddling descriptor: 2 cycles).
// Back-pressure: stops when the request register is full or no place for another line is left.
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
  // Derived. Do not set.
  parameter integer TOKEN_W        = Q_W + 129,
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

  // A head was taken: tell the slots.
  output wire                    evt_head,
  output wire [Q_W-1:0]          head_queue,
  output wire [15:0]             head_pos,
  output wire [15:0]             head_head,

  // Chains that got a record block, and other continuing chains, by slot; their tokens are in the
  // state memory.
  input  wire                    s_go_valid,
  output wire                    s_go_ready,
  input  wire [SLOT_W-1:0]       s_go_slot,
  input  wire                    s_cont_valid,
  output wire                    s_cont_ready,
  input  wire [SLOT_W-1:0]       s_cont_slot,
  output wire                    state_rd_en,
  output wire [SLOT_W-1:0]       state_rd_slot,
  input  wire [TOKEN_W-1:0]      state_rd_token,

  // Cache tags.
  output wire [Q_W-1:0]          lookup_queue,
  output wire [63-LINE_LOG2:0]   lookup_line,
  output wire [15:0]             lookup_pos,
  output wire [15:0]             lookup_stamp,
  output wire                    lookup_miss,
  input  wire                    lookup_hit,
  input  wire [LINES_LOG2-1:0]   lookup_index,
  output reg                     cache_flush,

  // Requests. start: first half of the line in the first beat (64 bit only).
  output wire                    m_req_valid,
  input  wire                    m_req_ready,
  output wire [63:0]             m_req_addr,
  output wire [7:0]              m_req_len,
  output wire                    evt_request,
  output wire                    request_start,
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

  vnet_skid #(
    .W(Q_W + 32)
  ) u_head (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_head_valid),
    .s_ready(s_head_ready),
    .s_data ({s_head_queue, s_head_pos, s_head_head}),
    .m_valid(head_valid),
    .m_ready(head_ready),
    .m_data ({head_queue, head_pos, head_head})
  );

  wire [63:0] head_desc_addr;
  wire [63:0] unused_avail_addr;
  wire [63:0] unused_used_addr;
  wire [3:0]  head_size_log2;

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
    .rd_queue     (head_queue),
    .rd_desc_addr (head_desc_addr),
    .rd_avail_addr(unused_avail_addr),
    .rd_used_addr (unused_used_addr),
    .rd_size_log2 (head_size_log2)
  );

  wire step;                          // stages A, B, C move together
  wire from_state = s_go_valid || s_cont_valid;

  assign s_go_ready = step;
  assign s_cont_ready   = step && !s_go_valid;
  assign head_ready     = step && !from_state;
  assign state_rd_en    = step && from_state;
  assign state_rd_slot  = s_go_valid ? s_go_slot : s_cont_slot;
  assign evt_head       = head_valid && head_ready;

  reg               a_valid_q;
  reg               a_state_q;        // the token comes out of the state memory
  reg [TOKEN_W-1:0] a_token_q;

  // ---------------------------------------------------------------------------------------------
  // B: address

  reg               b_valid_q;
  reg [TOKEN_W-1:0] b_token_q;

  wire [Q_W-1:0] b_queue = b_token_q[TOKEN_W-1 -: Q_W];
  wire [63:0]    b_base  = b_token_q[95:32];
  wire [15:0]    b_idx   = b_token_q[15:0];

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

  // ---------------------------------------------------------------------------------------------
  // C: lookup and request

  reg                 c_valid_q;
  reg                 c_kill_q;
  reg                 c_second_q;     // the second half of a straddling descriptor
  reg  [TOKEN_W-1:0]  c_token_q;
  reg  [15:0]         c_stamp_q;      // sampled before the request is made: never too new
  reg  [LINE_W-1:0]   c_line_q;       // counted up between the two halves
  reg  [5:0]          c_low_q;
  reg                 credit_ok_q;
  reg  [CREDIT_W-1:0] credit_q;

  wire req_ready;
  wire room       = req_ready && credit_ok_q;
  wire unaligned  = c_low_q[3:0] != 4'd0;
  wire straddle;
  wire first_half = unaligned && straddle && !c_kill_q && !c_second_q;
  wire c_move     = room && !first_half;

  assign step = c_move || !c_valid_q;

  assign lookup_queue = c_token_q[TOKEN_W-1 -: Q_W];
  assign lookup_line  = c_line_q;
  assign lookup_pos   = c_token_q[128:113];
  assign lookup_stamp = c_stamp_q;

  wire cached = c_valid_q && !c_kill_q && !unaligned;
  wire hit    = cached && lookup_hit;
  assign lookup_miss = cached && !lookup_hit && room;
  assign evt_request = c_valid_q && !c_kill_q && !hit && room;

  generate
    if (DATA_W == 64) begin : g_two_beats
      // A line is two beats. Read only those with a byte of the descriptor.
      wire start_high = first_half && c_low_q[3];
      wire end_low    = c_second_q && (c_low_q[3:0] <= 4'd8);
      assign straddle      = 1'b1;
      assign request_start = start_high;
      assign m_wait_data   = {c_kill_q, hit, unaligned, 1'b1, lookup_index, c_low_q, c_token_q};
      vnet_skid #(
        .W(64 + 8)
      ) u_req (
        .clk    (clk),
        .rst    (rst),
        .s_valid(evt_request),
        .s_ready(req_ready),
        .s_data ({c_line_q, start_high, 3'd0, 7'd0, !start_high && !end_low}),
        .m_valid(m_req_valid),
        .m_ready(m_req_ready),
        .m_data ({m_req_addr, m_req_len})
      );
    end else begin : g_one_beat
      if (LINE_LOG2 == 4) begin : g_one_descriptor
        assign straddle = 1'b1;
      end else begin : g_descriptors
        assign straddle = c_low_q[LINE_LOG2-1:4] == {(LINE_LOG2-4){1'b1}};
      end
      assign request_start = 1'b0;
      assign m_wait_data   = {c_kill_q, hit, unaligned, straddle, lookup_index, c_low_q, c_token_q};
      vnet_skid #(
        .W(64)
      ) u_req (
        .clk    (clk),
        .rst    (rst),
        .s_valid(evt_request),
        .s_ready(req_ready),
        .s_data ({c_line_q, {LINE_LOG2{1'b0}}}),
        .m_valid(m_req_valid),
        .m_ready(m_req_ready),
        .m_data (m_req_addr)
      );
      assign m_req_len = 8'd0;
    end
  endgenerate

  assign m_wait_valid = c_valid_q && c_move;

  wire [63:0] b_addr = b_base + {44'd0, b_idx, 4'd0};

  always @(posedge clk) begin
    if (step) begin
      a_valid_q  <= from_state || head_valid;
      a_state_q  <= from_state;
      a_token_q  <= {head_queue, head_pos, 16'd0, 1'b0, head_desc_addr[63:4], 4'd0,
                     16'd1 << head_size_log2, head_head};
      b_valid_q  <= a_valid_q;
      b_token_q  <= a_state_q ? state_rd_token : a_token_q;
      c_valid_q  <= b_valid_q;
      c_kill_q   <= b_stop;
      c_token_q  <= b_token_q;
      c_stamp_q  <= b_known;
      c_line_q   <= b_addr[63:LINE_LOG2];
      c_low_q    <= b_addr[5:0];
      c_second_q <= 1'b0;
    end else if (room && first_half) begin
      c_line_q   <= c_line_q + 1'b1;
      c_second_q <= 1'b1;
    end

    credit_q    <= credit_q - {{(CREDIT_W-1){1'b0}}, evt_request}
                 + {{(CREDIT_W-1){1'b0}}, evt_line_taken};
    // One cycle late: two in reserve cover the request made meanwhile.
    credit_ok_q <= credit_q > {{(CREDIT_W-2){1'b0}}, 2'd1};

    // The stamps of the cache are good for half of the free-running index.
    cache_flush <= evt_head && (head_pos[13:0] == 14'd0);

    if (rst) begin
      a_valid_q   <= 1'b0;
      b_valid_q   <= 1'b0;
      c_valid_q   <= 1'b0;
      c_second_q  <= 1'b0;
      cache_flush <= 1'b0;
      credit_q    <= RD_OUTSTANDING[CREDIT_W-1:0];
      credit_ok_q <= 1'b0;
    end
  end

  // The rings are of no interest here; the table is taken as aligned.
  wire unused_ok = &{1'b0, unused_avail_addr, unused_used_addr, head_desc_addr[3:0]};

endmodule

`default_nettype wire
