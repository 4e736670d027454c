// vnet_chain_slots: keeps the records of walked chains and hands them out in ring order
// SPDX-License-Identifier: Apache-2.0
//
// Every queue has 2^SLOT_LOG2 slots of K records, used round and round: the chain at ring position
// p is in slot p mod 2^SLOT_LOG2 of its queue. Longer chains go on in spare blocks of K records
// (vnet_chain_blocks). Chains are finished in any order; only the oldest of a queue is offered, and
// only when it is whole, so that no consumer waits for the walk while another queue could be
// served. The exception: when the spare blocks run out, a chain with at least one block is offered
// as it is.
//
//   take --> FIFO --> C: next chain --> R: block by block --> record memory --> register --> out
//
// R looks for the next block (n_*) while it reads the present one (r_*).
//
// The walk finishes blocks in any order, so what it did for a chain is noted per slot: "first block
// done" and "whole". A note has two bits, one written with the head, one by the walk, and holds if
// they differ. So each memory has one writer, and nothing has to be cleared but once after reset,
// when copies of a memory may differ. The notes of a chain are looked up when the chain before it is
// taken; from then on they stand in front_q.
//
// Latency:       5 cycles from a take to its first record, 2 from the last record of a chain
//                written to m_chain_ready.
// Throughput:    1 record per cycle, back to back also from chain to chain, and from block to block
//                if K >= 4; a take per cycle.
// Back-pressure: m_rec_ready stops the reading. Nothing stops the writing: a record has its block.
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
  // Records per slot and per spare block, a power of two, at least 2.
  parameter integer K         = 4,
  // Bits of a record.
  parameter integer REC_W     = 107,
  // Derived. Do not set.
  parameter integer K_LOG2    = $clog2(K)
) (
  input  wire               clk,
  input  wire               rst,

  // A new chain, only while head_ok: not in the first 2^SLOT_W cycles after reset.
  output wire               head_ok,
  input  wire               evt_head,
  input  wire [Q_W-1:0]     head_queue,
  input  wire [15:0]        head_pos,
  input  wire [15:0]        head_head,

  // Records, see vnet_desc_walk.
  input  wire               rec_wr,
  input  wire [SLOT_W-1:0]  rec_slot,
  input  wire [SLOT_W:0]    rec_block,
  input  wire [K_LOG2-1:0]  rec_k,
  input  wire [REC_W-1:0]   rec_data,
  input  wire               rec_done,
  input  wire               rec_end,
  input  wire [15:0]        rec_blocks,

  // Spare blocks, see vnet_chain_blocks.
  output wire               free_valid,
  output wire [SLOT_W-1:0]  free_block,
  output wire               wait_valid,
  output wire [SLOT_W-1:0]  wait_slot,
  input  wire               starving,
  output wire [SLOT_W:0]    link_block,
  input  wire [SLOT_W-1:0]  link_next,

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

  localparam integer SLOT_N = 1 << SLOT_W;
  // Blocks that a chain may have besides the one that is read: all spare ones.
  localparam integer DONE_W = SLOT_W + 1;

  // ---------------------------------------------------------------------------------------------
  // Ring order, per queue

  wire take = s_take_valid && s_take_ready;
  wire done = rec_wr && rec_done;                  // a block is finished

  // Next slot to take of every queue, and the one after it.
  wire [NQ*SLOT_LOG2-1:0] rd_pos;
  wire [NQ*SLOT_LOG2-1:0] rd_next_pos;
  reg  [SLOT_LOG2-1:0]    take_pos;
  reg  [SLOT_LOG2-1:0]    look_pos;
  integer i;
  always @* begin
    take_pos = {SLOT_LOG2{1'b0}};
    look_pos = {SLOT_LOG2{1'b0}};
    for (i = 0; i < NQ; i = i + 1) begin
      if (s_take_queue == i[Q_W-1:0]) begin
        take_pos = rd_pos[SLOT_LOG2*i +: SLOT_LOG2];
        look_pos = rd_next_pos[SLOT_LOG2*i +: SLOT_LOG2];
      end
    end
  end

  reg  [SLOT_W-1:0] r_slot_q;         // the chain that is being read
  wire [SLOT_W-1:0] take_slot;
  wire [SLOT_W-1:0] look_slot;        // of the chain after the one that is taken
  wire [SLOT_W-1:0] new_slot;         // of the head that comes in
  wire [Q_W-1:0]    rec_queue;
  wire [Q_W-1:0]    r_queue;
  generate
    if (SLOT_W == SLOT_LOG2) begin : g_one_slot_range
      assign take_slot = take_pos;
      assign look_slot = look_pos;
      assign new_slot  = head_pos[SLOT_LOG2-1:0];
      assign rec_queue = {Q_W{1'b0}};
      assign r_queue   = {Q_W{1'b0}};
    end else begin : g_slot_ranges
      assign take_slot = {s_take_queue, take_pos};
      assign look_slot = {s_take_queue, look_pos};
      assign new_slot  = {head_queue, head_pos[SLOT_LOG2-1:0]};
      assign rec_queue = rec_slot[SLOT_W-1:SLOT_LOG2];
      assign r_queue   = r_slot_q[SLOT_W-1:SLOT_LOG2];
    end
  endgenerate

  // Notes: {first block done, whole}. Two copies of each memory, because there are two readers.
  wire [1:0] walk_at_new;
  wire [1:0] walk_at_look;
  wire [1:0] head_at_rec;
  wire [1:0] head_at_look;

  reg  [SLOT_W:0]   clear_q;          // slots cleared after reset
  wire              walk_wr   = done || !head_ok;
  wire [SLOT_W-1:0] walk_slot = head_ok ? rec_slot : clear_q[SLOT_W-1:0];
  wire [1:0]        walk_note = head_ok ? {~head_at_rec[1], head_at_rec[0] ^ rec_end} : 2'b00;

  assign head_ok = clear_q[SLOT_W];

  always @(posedge clk) begin
    if (!head_ok) begin
      clear_q <= clear_q + 1'b1;
    end
    if (rst) begin
      clear_q <= {(SLOT_W + 1){1'b0}};
    end
  end

  vnet_lutram #(
    .W    (2),
    .DEPTH(SLOT_N)
  ) u_walk_new (
    .clk    (clk),
    .wr_en  (walk_wr),
    .wr_addr(walk_slot),
    .wr_data(walk_note),
    .rd_addr(new_slot),
    .rd_data(walk_at_new)
  );

  vnet_lutram #(
    .W    (2),
    .DEPTH(SLOT_N)
  ) u_walk_look (
    .clk    (clk),
    .wr_en  (walk_wr),
    .wr_addr(walk_slot),
    .wr_data(walk_note),
    .rd_addr(look_slot),
    .rd_data(walk_at_look)
  );

  vnet_lutram #(
    .W    (2),
    .DEPTH(SLOT_N)
  ) u_head_rec (
    .clk    (clk),
    .wr_en  (evt_head),
    .wr_addr(new_slot),
    .wr_data(walk_at_new),
    .rd_addr(rec_slot),
    .rd_data(head_at_rec)
  );

  vnet_lutram #(
    .W    (2),
    .DEPTH(SLOT_N)
  ) u_head_look (
    .clk    (clk),
    .wr_en  (evt_head),
    .wr_addr(new_slot),
    .wr_data(walk_at_new),
    .rd_addr(look_slot),
    .rd_data(head_at_look)
  );

  // What is known of the chain at look_slot, this cycle included.
  wire [1:0] look = (walk_at_look ^ head_at_look)
                  | ((done && (rec_slot == look_slot)) ? {1'b1, rec_end} : 2'b00);

  genvar q;
  generate
    for (q = 0; q < NQ; q = q + 1) begin : g_queue
      localparam [Q_W-1:0] QUEUE = q;

      reg  [SLOT_LOG2:0]   waiting_q;   // chains between head and take
      reg  [SLOT_LOG2-1:0] rd_q;        // the oldest chain not yet taken
      reg  [SLOT_LOG2-1:0] rd_next_q;   // rd_q + 1
      reg  [1:0]           front_q;     // its note
      reg  [1:0]           front;

      wire here_head = evt_head && (head_queue == QUEUE);
      wire here_take = take && (s_take_queue == QUEUE);
      wire here_done = done && (rec_queue == QUEUE) && (rec_slot[SLOT_LOG2-1:0] == rd_q);

      assign rd_pos[SLOT_LOG2*q +: SLOT_LOG2]      = rd_q;
      assign rd_next_pos[SLOT_LOG2*q +: SLOT_LOG2] = rd_next_q;

      always @* begin
        front = front_q | (here_done ? {1'b1, rec_end} : 2'b00);
        if (here_take) begin
          front = look;
        end
        // No chain is there, so the slot still belongs to one that was taken.
        if (waiting_q[SLOT_LOG2:1] == {SLOT_LOG2{1'b0}}) begin
          if (here_take || !waiting_q[0]) begin
            front = 2'b00;
          end
        end
      end

      always @(posedge clk) begin
        front_q          <= front;
        m_chain_ready[q] <= front[0] || (starving && front[1]);
        waiting_q <= waiting_q + {{SLOT_LOG2{1'b0}}, here_head} - {{SLOT_LOG2{1'b0}}, here_take};
        if (here_take) begin
          rd_q      <= rd_next_q;
          rd_next_q <= rd_next_q + 1'b1;
        end
        // After a stop the positions begin anew, so an empty queue takes its position from the
        // head.
        if (here_head && (waiting_q == {(SLOT_LOG2 + 1){1'b0}})) begin
          rd_q      <= head_pos[SLOT_LOG2-1:0];
          rd_next_q <= head_pos[SLOT_LOG2-1:0] + 1'b1;
        end
        if (rst) begin
          m_chain_ready[q] <= 1'b0;
          waiting_q        <= {(SLOT_LOG2 + 1){1'b0}};
        end
      end
    end
  endgenerate

  // ---------------------------------------------------------------------------------------------
  // C: takes

  wire              take_valid;
  wire              take_ready;
  wire [SLOT_W-1:0] taken_slot;
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
    .m_valid(take_valid),
    .m_ready(take_ready),
    .m_data (taken_slot),
    .level  (take_level)
  );

  // ---------------------------------------------------------------------------------------------
  // R: read the records of one chain

  // How many records a block has, and whether the chain ends with it: for the block after the
  // present one, else for the first block of the next chain.
  wire              info_end;
  wire [K_LOG2-1:0] info_k_last;
  wire [SLOT_W:0]   info_block;

  vnet_lutram #(
    .W    (1 + K_LOG2),
    .DEPTH(2 << SLOT_W)
  ) u_info (
    .clk    (clk),
    .wr_en  (done),
    .wr_addr(rec_block),
    .wr_data({rec_end, rec_k}),
    .rd_addr(info_block),
    .rd_data({info_end, info_k_last})
  );

  // How many blocks of the chain are ready.
  wire              done_all;
  wire [DONE_W-1:0] done_blocks;

  vnet_lutram #(
    .W    (1 + DONE_W),
    .DEPTH(SLOT_N)
  ) u_done (
    .clk    (clk),
    .wr_en  (done),
    .wr_addr(rec_slot),
    .wr_data({rec_end, rec_blocks[DONE_W-1:0]}),
    .rd_addr(r_slot_q),
    .rd_data({done_all, done_blocks})
  );

  // ST_LOOK   the block that follows is not known yet. Leaves when the walk has finished it.
  // ST_INFO   its number is known, what is in it not yet.
  // ST_KNOWN  all is known. Leaves when the present block is read.
  localparam [1:0] ST_LOOK  = 2'd0;
  localparam [1:0] ST_INFO  = 2'd1;
  localparam [1:0] ST_KNOWN = 2'd2;

  reg               c_valid_q;
  reg  [SLOT_W-1:0] c_slot_q;
  reg               c_end_q;            // as r_end_q
  reg  [K_LOG2-1:0] c_k_last_q;
  reg               r_valid_q;
  reg               r_empty_q;          // all records of the block are read, the next is not known
  reg               r_end_q;            // the chain ends with this block
  reg  [SLOT_W:0]   r_block_q;
  reg  [DONE_W-1:0] r_blocks_q;         // number of this block in the chain, from 1
  reg  [K_LOG2-1:0] r_k_q;
  reg  [K_LOG2-1:0] r_k_last_q;
  reg  [1:0]        n_state_q;
  reg  [SLOT_W-1:0] n_block_q;
  reg               n_end_q;
  reg  [K_LOG2-1:0] n_k_last_q;
  reg               wait_q;
  reg               out_valid_q;        // a record comes out of the memory

  wire out_ready;
  wire read       = r_valid_q && !r_empty_q && (!out_valid_q || out_ready);
  wire read_last  = read && (r_k_q == r_k_last_q);
  wire next_block = (read_last || r_empty_q) && !r_end_q && (n_state_q == ST_KNOWN);
  wire finish     = read_last && r_end_q;
  wire r_free     = !r_valid_q || finish;
  wire n_read     = n_state_q == ST_INFO;
  wire n_found    = done_all || (done_blocks != r_blocks_q);

  assign take_ready = (!c_valid_q || r_free) && !n_read;
  assign info_block = n_read ? {1'b1, n_block_q} : {1'b0, taken_slot};
  assign link_block = r_block_q;
  assign free_valid = (finish || next_block) && r_block_q[SLOT_W];
  assign free_block = r_block_q[SLOT_W-1:0];
  assign wait_valid = wait_q;
  assign wait_slot  = r_slot_q;

  always @(posedge clk) begin
    case (n_state_q)
      ST_LOOK: begin
        n_block_q <= link_next;
        if (r_valid_q && !r_end_q && n_found) begin
          n_state_q <= ST_INFO;
        end
      end
      ST_INFO: begin
        n_end_q    <= info_end;
        n_k_last_q <= info_k_last;
        n_state_q  <= ST_KNOWN;
      end
      default: begin
        n_state_q <= n_state_q;
      end
    endcase
    if (take_ready) begin
      c_valid_q  <= take_valid;
      c_slot_q   <= taken_slot;
      c_end_q    <= info_end;
      c_k_last_q <= info_k_last;
    end else if (r_free) begin
      c_valid_q  <= 1'b0;
    end
    if (r_free) begin
      r_valid_q  <= c_valid_q;
      r_slot_q   <= c_slot_q;
      r_block_q  <= {1'b0, c_slot_q};
      r_blocks_q <= {{(DONE_W-1){1'b0}}, 1'b1};
      r_end_q    <= c_end_q;
      r_k_last_q <= c_k_last_q;
      r_k_q      <= {K_LOG2{1'b0}};
      n_state_q  <= ST_LOOK;
    end else if (next_block) begin
      r_block_q  <= {1'b1, n_block_q};
      r_blocks_q <= r_blocks_q + 1'b1;
      r_end_q    <= n_end_q;
      r_k_last_q <= n_k_last_q;
      r_k_q      <= {K_LOG2{1'b0}};
      n_state_q  <= ST_LOOK;
    end else if (read) begin
      r_k_q      <= r_k_q + 1'b1;
    end
    r_empty_q       <= (read_last || r_empty_q) && !r_end_q && !next_block;
    wait_q          <= r_valid_q && !r_end_q && (n_state_q == ST_LOOK) && !n_found;
    slot_free_valid <= finish;
    slot_free_queue <= r_queue;
    if (rst) begin
      c_valid_q       <= 1'b0;
      r_valid_q       <= 1'b0;
      r_empty_q       <= 1'b0;
      n_state_q       <= ST_LOOK;
      wait_q          <= 1'b0;
      slot_free_valid <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------
  // Memories and output

  localparam integer OUT_W = Q_W + 16 + REC_W;

  reg  [Q_W-1:0]   out_queue_q;
  wire [REC_W-1:0] out_rec;
  wire [15:0]      out_head;

  vnet_ram #(
    .W    (REC_W),
    .DEPTH(2 << (SLOT_W + K_LOG2))
  ) u_rec (
    .clk    (clk),
    .wr_en  (rec_wr),
    .wr_addr({rec_block, rec_k}),
    .wr_data(rec_data),
    .rd_en  (read),
    .rd_addr({r_block_q, r_k_q}),
    .rd_data(out_rec)
  );

  vnet_ram #(
    .W    (16),
    .DEPTH(SLOT_N)
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
    if (read || out_ready) begin
      out_valid_q <= read;
    end
    if (read) begin
      out_queue_q <= r_queue;
    end
    if (rst) begin
      out_valid_q <= 1'b0;
    end
  end

  vnet_reg #(
    .W(OUT_W)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(out_valid_q),
    .s_ready(out_ready),
    .s_data ({out_queue_q, out_head, out_rec}),
    .m_valid(m_rec_valid),
    .m_ready(m_rec_ready),
    .m_data ({m_rec_queue, m_rec_head, m_rec_data})
  );

  // Of numbers that run on, the low bits are enough.
  wire unused_ok = &{1'b0, take_level, head_pos, rec_blocks};

endmodule

`default_nettype wire
