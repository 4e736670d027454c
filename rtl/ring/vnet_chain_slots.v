// vnet_chain_slots: keeps the records of walked chains and hands them out in ring order
// SPDX-License-Identifier: Apache-2.0
//
// Every queue has 2^SLOT_LOG2 slots of K records, used round and round: the chain at ring position
// p is in slot p mod 2^SLOT_LOG2 of its queue. Chains become ready in any order; only the oldest of
// a queue is offered.
//
// A take gives all records of one chain. If the chain is longer than K, its slot is emptied, the
// chain is sent back to the walk (unpark), and the take goes on when the slot is ready again.
//
//   take --> FIFO --> R: how many records (info memory) --> record memory --> output FIFO -->
//   records
//
// Latency:       5 cycles from a take to its first record, 2 from the last record of a chain
//                written to chain_ready.
// Throughput:    1 record per cycle, back to back also from chain to chain; a take per cycle.
// Back-pressure: m_rec_ready stops the reading. Nothing stops the writing: a chain has its slot.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_chain_slots #(
  // Queues of this direction, and width of a queue number.
  parameter integer NQ        = 4,
  parameter integer Q_W       = 2,
  // Slots: width of a slot number, and how many of its bits count inside a queue.
  parameter integer SLOT_W    = 8,
  parameter integer SLOT_LOG2 = 6,
  // Records per slot, a power of two, at least 2.
  parameter integer K         = 4,
  // Bits of a record.
  parameter integer REC_W     = 107,
  // Derived. Do not set.
  parameter integer K_LOG2    = $clog2(K)
) (
  input  wire               clk,
  input  wire               rst,

  // A new chain.
  input  wire               evt_head,
  input  wire [Q_W-1:0]     head_queue,
  input  wire [15:0]        head_pos,
  input  wire [15:0]        head_head,

  // Records, see vnet_desc_walk.
  input  wire               rec_wr,
  input  wire [SLOT_W-1:0]  rec_slot,
  input  wire [K_LOG2-1:0]  rec_k,
  input  wire [REC_W-1:0]   rec_data,
  input  wire               rec_done,
  input  wire               rec_more,
  input  wire               rec_first,

  // A chain longer than K may go on.
  output wire               m_unpark_valid,
  input  wire               m_unpark_ready,
  output wire [SLOT_W-1:0]  m_unpark_slot,

  // A slot became free.
  output reg                slot_free_valid,
  output reg  [Q_W-1:0]     slot_free_queue,

  // Consumer.
  output reg  [NQ-1:0]      m_chain_ready,
  input  wire               s_take_valid,
  output wire               s_take_ready,
  input  wire [Q_W-1:0]     s_take_queue,

  output wire               m_rec_valid,
  input  wire               m_rec_ready,
  output wire [Q_W-1:0]     m_rec_queue,
  output wire [15:0]        m_rec_head,
  output wire [REC_W-1:0]   m_rec_data
);

  localparam integer SLOT_N = 1 << SLOT_LOG2;

  wire take = s_take_valid && s_take_ready;
  wire done = rec_wr && rec_done && rec_first;

  // ---------------------------------------------------------------------------------------------
  // Ring order, per queue

  // Next slot to take of every queue.
  wire [NQ*SLOT_LOG2-1:0] rd_pos;

  genvar q;
  generate
    for (q = 0; q < NQ; q = q + 1) begin : g_queue
      localparam [Q_W-1:0] QUEUE = q;

      reg  [SLOT_N-1:0]    ready_q;     // walked, not yet taken
      reg  [SLOT_LOG2:0]   count_q;     // chains between head and slot_free
      reg  [SLOT_LOG2-1:0] rd_q;        // the oldest chain not yet taken
      reg  [SLOT_LOG2-1:0] rd_next_q;   // rd_q + 1

      wire here_head = evt_head && (head_queue == QUEUE);
      wire here_take = take && (s_take_queue == QUEUE);
      wire here_free = slot_free_valid && (slot_free_queue == QUEUE);
      wire here_done;
      if (SLOT_W == SLOT_LOG2) begin : g_one_queue
        assign here_done = done;
      end else begin : g_queues
        assign here_done = done && (rec_slot[SLOT_W-1:SLOT_LOG2] == QUEUE);
      end

      assign rd_pos[SLOT_LOG2*q +: SLOT_LOG2] = rd_q;

      always @(posedge clk) begin
        m_chain_ready[q] <= here_take ? ready_q[rd_next_q] : ready_q[rd_q];
        count_q <= count_q + {{SLOT_LOG2{1'b0}}, here_head} - {{SLOT_LOG2{1'b0}}, here_free};
        if (here_done) begin
          ready_q[rec_slot[SLOT_LOG2-1:0]] <= 1'b1;
        end
        if (here_take) begin
          ready_q[rd_q] <= 1'b0;
          rd_q          <= rd_next_q;
          rd_next_q     <= rd_next_q + 1'b1;
        end
        // After a stop the positions begin anew, so an empty queue takes its position from the
        // head.
        if (here_head && (count_q == {(SLOT_LOG2 + 1){1'b0}})) begin
          rd_q      <= head_pos[SLOT_LOG2-1:0];
          rd_next_q <= head_pos[SLOT_LOG2-1:0] + 1'b1;
        end
        if (rst) begin
          m_chain_ready[q] <= 1'b0;
          ready_q          <= {SLOT_N{1'b0}};
          count_q          <= {(SLOT_LOG2 + 1){1'b0}};
          rd_q             <= {SLOT_LOG2{1'b0}};
        end
      end
    end
  endgenerate

  // ---------------------------------------------------------------------------------------------
  // Takes

  reg  [SLOT_LOG2-1:0] take_pos;
  integer i;
  always @* begin
    take_pos = {SLOT_LOG2{1'b0}};
    for (i = 0; i < NQ; i = i + 1) begin
      if (s_take_queue == i[Q_W-1:0]) begin
        take_pos = rd_pos[SLOT_LOG2*i +: SLOT_LOG2];
      end
    end
  end

  wire [SLOT_W-1:0] take_slot;
  wire [SLOT_W-1:0] new_slot;         // of the head that comes in
  reg  [SLOT_W-1:0] r_slot_q;
  wire [Q_W-1:0]    r_queue;
  generate
    if (SLOT_W == SLOT_LOG2) begin : g_one_slot_range
      assign take_slot = take_pos;
      assign new_slot  = head_pos[SLOT_LOG2-1:0];
      assign r_queue   = {Q_W{1'b0}};
    end else begin : g_slot_ranges
      assign take_slot = {s_take_queue, take_pos};
      assign new_slot  = {head_queue, head_pos[SLOT_LOG2-1:0]};
      assign r_queue   = r_slot_q[SLOT_W-1:SLOT_LOG2];
    end
  endgenerate

  wire              next_valid;
  wire              next_ready;
  wire [SLOT_W-1:0] next_slot;
  wire [2:0]        take_level;

  vnet_fifo #(
    .W    (SLOT_W),
    .DEPTH(4)
  ) u_take (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_take_valid),
    .s_ready(s_take_ready),
    .s_data (take_slot),
    .m_valid(next_valid),
    .m_ready(next_ready),
    .m_data (next_slot),
    .level  (take_level)
  );

  wire              next_more;
  wire [K_LOG2-1:0] next_k_last;

  vnet_lutram #(
    .W    (1 + K_LOG2),
    .DEPTH(1 << SLOT_W)
  ) u_info (
    .clk    (clk),
    .wr_en  (rec_wr && rec_done),
    .wr_addr(rec_slot),
    .wr_data({rec_more, rec_k}),
    .rd_addr(next_slot),
    .rd_data({next_more, next_k_last})
  );

  // ---------------------------------------------------------------------------------------------
  // R: read the records of one chain

  // ST_READ    records are read, or there is no chain. Leaves at the end of a full slot of a longer
  //            chain.
  // ST_UNPARK  that slot is empty. Leaves when the walk has taken the chain back.
  // ST_REFILL  the walk goes on. Leaves when the slot is ready again.
  localparam [1:0] ST_READ   = 2'd0;
  localparam [1:0] ST_UNPARK = 2'd1;
  localparam [1:0] ST_REFILL = 2'd2;

  reg  [1:0]        state_q;
  reg               r_valid_q;
  reg               r_more_q;
  reg  [K_LOG2-1:0] r_k_q;
  reg  [K_LOG2-1:0] r_k_last_q;
  reg  [1:0]        ahead_q;            // records in the output FIFO or on their way to it

  wire out_pop;
  wire read   = r_valid_q && (state_q == ST_READ) && (ahead_q != 2'd3);
  wire last   = read && (r_k_q == r_k_last_q);
  wire finish = last && !r_more_q;
  wire refill = (state_q == ST_REFILL) && rec_wr && rec_done && (rec_slot == r_slot_q);

  assign next_ready     = !r_valid_q || finish;
  assign m_unpark_valid = state_q == ST_UNPARK;
  assign m_unpark_slot  = r_slot_q;

  always @(posedge clk) begin
    case (state_q)
      ST_READ: begin
        if (last && r_more_q) begin
          state_q <= ST_UNPARK;
        end
      end
      ST_UNPARK: begin
        if (m_unpark_ready) begin
          state_q <= ST_REFILL;
        end
      end
      default: begin
        if (refill) begin
          state_q <= ST_READ;
        end
      end
    endcase
    if (next_ready) begin
      r_valid_q  <= next_valid;
      r_slot_q   <= next_slot;
      r_more_q   <= next_more;
      r_k_last_q <= next_k_last;
      r_k_q      <= {K_LOG2{1'b0}};
    end else if (refill) begin
      r_more_q   <= rec_more;
      r_k_last_q <= rec_k;
      r_k_q      <= {K_LOG2{1'b0}};
    end else if (read) begin
      r_k_q      <= r_k_q + 1'b1;
    end
    ahead_q         <= ahead_q + {1'b0, read} - {1'b0, out_pop};
    slot_free_valid <= finish;
    slot_free_queue <= r_queue;
    if (rst) begin
      state_q         <= ST_READ;
      r_valid_q       <= 1'b0;
      ahead_q         <= 2'd0;
      slot_free_valid <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------
  // Memories and output

  reg              out_valid_q;
  reg  [Q_W-1:0]   out_queue_q;
  wire [REC_W-1:0] out_rec;
  wire [15:0]      out_head;

  vnet_ram #(
    .W    (REC_W),
    .DEPTH(1 << (SLOT_W + K_LOG2))
  ) u_rec (
    .clk    (clk),
    .wr_en  (rec_wr),
    .wr_addr({rec_slot, rec_k}),
    .wr_data(rec_data),
    .rd_en  (read),
    .rd_addr({r_slot_q, r_k_q}),
    .rd_data(out_rec)
  );

  vnet_ram #(
    .W    (16),
    .DEPTH(1 << SLOT_W)
  ) u_head (
    .clk    (clk),
    .wr_en  (evt_head),
    .wr_addr(new_slot),
    .wr_data(head_head),
    .rd_en  (read),
    .rd_addr(r_slot_q),
    .rd_data(out_head)
  );

  always @(posedge clk) begin
    out_valid_q <= read;
    out_queue_q <= r_queue;
    if (rst) begin
      out_valid_q <= 1'b0;
    end
  end

  localparam integer OUT_W = Q_W + 16 + REC_W;

  wire             out_s_ready;
  wire [2:0]       out_level;
  wire             skid_valid;
  wire             skid_ready;
  wire [OUT_W-1:0] skid_data;

  assign out_pop = skid_valid && skid_ready;

  vnet_fifo #(
    .W    (OUT_W),
    .DEPTH(4)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(out_valid_q),
    .s_ready(out_s_ready),
    .s_data ({out_queue_q, out_head, out_rec}),
    .m_valid(skid_valid),
    .m_ready(skid_ready),
    .m_data (skid_data),
    .level  (out_level)
  );

  vnet_skid #(
    .W(OUT_W)
  ) u_skid (
    .clk    (clk),
    .rst    (rst),
    .s_valid(skid_valid),
    .s_ready(skid_ready),
    .s_data (skid_data),
    .m_valid(m_rec_valid),
    .m_ready(m_rec_ready),
    .m_data ({m_rec_queue, m_rec_head, m_rec_data})
  );

  // The place of a record in the output FIFO was counted in ahead_q before it was read.
  wire unused_ok = &{1'b0, take_level, out_s_ready, out_level, head_pos};

endmodule

`default_nettype wire
