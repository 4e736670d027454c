// vnet_chain_slots: keeps the records of walked chains and hands them out in ring order
// SPDX-License-Identifier: Apache-2.0
//
// Every queue has 2^SLOT_LOG2 slots of K records, used round and round: the chain at ring position
// p is in slot p mod 2^SLOT_LOG2 of its queue. Longer chains go on in spare blocks of K records
// (vnet_chain_blocks). Chains are finished in any order; only the oldest of a queue is offered, and
// only when it is whole, so that no consumer waits for the walk while another queue could be
// served. The exception: when the spare blocks run out, a chain that waits for one is offered as it
// is.
//
//   take --> FIFO --> R: block by block, record by record --> record memory --> output FIFO --> out
//
// R looks for the next block (n_*) while it reads the present one (r_*).
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

  // A new chain.
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
  input  wire               evt_go,
  input  wire [SLOT_W-1:0]  go_slot,
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

  localparam integer SLOT_N = 1 << SLOT_LOG2;

  // ---------------------------------------------------------------------------------------------
  // Ring order, per queue

  wire take  = s_take_valid && s_take_ready;
  wire whole = rec_wr && rec_done && rec_end;      // the chain is complete
  wire need  = rec_wr && rec_done && !rec_end;     // the chain waits for another block

  // The chain in slot r_slot_q is being read; finish: to its end.
  reg  [SLOT_W-1:0]       r_slot_q;
  wire                    finish;
  // Next slot to take of every queue.
  wire [NQ*SLOT_LOG2-1:0] rd_pos;
  // Chains that wait for a block, in the order of slot numbers.
  wire [NQ*SLOT_N-1:0]    need_all;

  genvar q;
  generate
    for (q = 0; q < NQ; q = q + 1) begin : g_queue
      localparam [Q_W-1:0] QUEUE = q;

      reg  [SLOT_N-1:0]    whole_q;     // from the end of the walk to the end of the hand-out
      reg  [SLOT_N-1:0]    need_q;      // waits for a block
      reg  [SLOT_LOG2:0]   count_q;     // chains between head and slot_free
      reg  [SLOT_LOG2:0]   waiting_q;   // chains between head and take
      reg  [SLOT_LOG2-1:0] rd_q;        // the oldest chain not yet taken
      reg  [SLOT_LOG2-1:0] rd_next_q;   // rd_q + 1

      wire here_head = evt_head && (head_queue == QUEUE);
      wire here_take = take && (s_take_queue == QUEUE);
      wire here_free = slot_free_valid && (slot_free_queue == QUEUE);
      wire here_rec;
      wire here_go;
      wire here_end;
      if (SLOT_W == SLOT_LOG2) begin : g_one_queue
        assign here_rec = 1'b1;
        assign here_go  = evt_go;
        assign here_end = finish;
      end else begin : g_queues
        assign here_rec = rec_slot[SLOT_W-1:SLOT_LOG2] == QUEUE;
        assign here_go  = evt_go && (go_slot[SLOT_W-1:SLOT_LOG2] == QUEUE);
        assign here_end = finish && (r_slot_q[SLOT_W-1:SLOT_LOG2] == QUEUE);
      end

      assign rd_pos[SLOT_LOG2*q +: SLOT_LOG2] = rd_q;
      assign need_all[SLOT_N*q +: SLOT_N]     = need_q;

      always @(posedge clk) begin
        // A slot keeps its bits between take and finish. Should rd_q come round to it meanwhile,
        // then no chain is waiting.
        if (here_take) begin
          m_chain_ready[q] <= whole_q[rd_next_q] && (waiting_q[SLOT_LOG2:1] != {SLOT_LOG2{1'b0}});
        end else begin
          m_chain_ready[q] <= (whole_q[rd_q] || (starving && need_q[rd_q]))
                           && (waiting_q != {(SLOT_LOG2 + 1){1'b0}});
        end
        count_q   <= count_q + {{SLOT_LOG2{1'b0}}, here_head} - {{SLOT_LOG2{1'b0}}, here_free};
        waiting_q <= waiting_q + {{SLOT_LOG2{1'b0}}, here_head} - {{SLOT_LOG2{1'b0}}, here_take};
        if (whole && here_rec) begin
          whole_q[rec_slot[SLOT_LOG2-1:0]] <= 1'b1;
        end
        if (here_end) begin
          whole_q[r_slot_q[SLOT_LOG2-1:0]] <= 1'b0;
        end
        if (need && here_rec) begin
          need_q[rec_slot[SLOT_LOG2-1:0]] <= 1'b1;
        end
        if (here_go) begin
          need_q[go_slot[SLOT_LOG2-1:0]] <= 1'b0;
        end
        if (here_take) begin
          rd_q      <= rd_next_q;
          rd_next_q <= rd_next_q + 1'b1;
        end
        // After a stop the positions begin anew, so an empty queue takes its position from the
        // head.
        if (here_head && (count_q == {(SLOT_LOG2 + 1){1'b0}})) begin
          rd_q      <= head_pos[SLOT_LOG2-1:0];
          rd_next_q <= head_pos[SLOT_LOG2-1:0] + 1'b1;
        end
        if (rst) begin
          m_chain_ready[q] <= 1'b0;
          whole_q          <= {SLOT_N{1'b0}};
          need_q           <= {SLOT_N{1'b0}};
          count_q          <= {(SLOT_LOG2 + 1){1'b0}};
          waiting_q        <= {(SLOT_LOG2 + 1){1'b0}};
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

  // ---------------------------------------------------------------------------------------------
  // R: read the records of one chain

  // How many records a block has, and whether the chain ends with it: for the block after the
  // present one, or for the first block of the next chain.
  wire              info_end;
  wire [K_LOG2-1:0] info_k_last;
  wire [SLOT_W:0]   info_block;

  vnet_lutram #(
    .W    (1 + K_LOG2),
    .DEPTH(2 << SLOT_W)
  ) u_info (
    .clk    (clk),
    .wr_en  (rec_wr && rec_done),
    .wr_addr(rec_block),
    .wr_data({rec_end, rec_k}),
    .rd_addr(info_block),
    .rd_data({info_end, info_k_last})
  );

  // How many blocks of the chain are ready.
  wire              done_all;
  wire [15:0]       done_blocks;

  vnet_lutram #(
    .W    (17),
    .DEPTH(1 << SLOT_W)
  ) u_done (
    .clk    (clk),
    .wr_en  (rec_wr && rec_done),
    .wr_addr(rec_slot),
    .wr_data({rec_end, rec_blocks}),
    .rd_addr(r_slot_q),
    .rd_data({done_all, done_blocks})
  );

  // ST_LOOK   the block that follows is not known yet. Leaves when the walk has finished it.
  // ST_INFO   its number is known, what is in it not yet.
  // ST_KNOWN  all is known. Leaves when the present block is read.
  localparam [1:0] ST_LOOK  = 2'd0;
  localparam [1:0] ST_INFO  = 2'd1;
  localparam [1:0] ST_KNOWN = 2'd2;

  reg               r_valid_q;
  reg               r_empty_q;          // all records of the block are read, the next is not known
  reg               r_end_q;            // the chain ends with this block
  reg  [SLOT_W:0]   r_block_q;
  reg  [15:0]       r_blocks_q;         // number of this block in the chain, from 1
  reg  [K_LOG2-1:0] r_k_q;
  reg  [K_LOG2-1:0] r_k_last_q;
  reg  [1:0]        n_state_q;
  reg  [SLOT_W-1:0] n_block_q;
  reg               n_end_q;
  reg  [K_LOG2-1:0] n_k_last_q;
  reg               wait_q;
  reg  [1:0]        ahead_q;            // records in the output FIFO or on their way to it

  wire out_pop;
  wire read       = r_valid_q && !r_empty_q && (ahead_q != 2'd3);
  wire read_last  = read && (r_k_q == r_k_last_q);
  wire next_block = (read_last || r_empty_q) && !r_end_q && (n_state_q == ST_KNOWN);

  assign finish     = read_last && r_end_q;
  assign next_ready = !r_valid_q || finish;
  assign info_block = next_ready ? {1'b0, next_slot} : {1'b1, n_block_q};
  assign link_block = r_block_q;
  assign free_valid = (finish || next_block) && r_block_q[SLOT_W];
  assign free_block = r_block_q[SLOT_W-1:0];
  assign wait_valid = wait_q;
  assign wait_slot  = r_slot_q;

  // The chain was offered without being whole, and waits for a block.
  reg r_need;
  integer j;
  always @* begin
    r_need = 1'b0;
    for (j = 0; j < NQ * SLOT_N; j = j + 1) begin
      if (r_slot_q == j[SLOT_W-1:0]) begin
        r_need = need_all[j];
      end
    end
  end

  always @(posedge clk) begin
    case (n_state_q)
      ST_LOOK: begin
        n_block_q <= link_next;
        if (r_valid_q && !r_end_q && (done_all || (done_blocks > r_blocks_q))) begin
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
    if (next_ready) begin
      r_valid_q  <= next_valid;
      r_slot_q   <= next_slot;
      r_block_q  <= {1'b0, next_slot};
      r_blocks_q <= 16'd1;
      r_end_q    <= info_end;
      r_k_last_q <= info_k_last;
      r_k_q      <= {K_LOG2{1'b0}};
      n_state_q  <= ST_LOOK;
    end else if (next_block) begin
      r_block_q  <= {1'b1, n_block_q};
      r_blocks_q <= r_blocks_q + 16'd1;
      r_end_q    <= n_end_q;
      r_k_last_q <= n_k_last_q;
      r_k_q      <= {K_LOG2{1'b0}};
      n_state_q  <= ST_LOOK;
    end else if (read) begin
      r_k_q      <= r_k_q + 1'b1;
    end
    r_empty_q       <= (read_last || r_empty_q) && !r_end_q && !next_block;
    wait_q          <= r_valid_q && !next_ready && r_need;
    ahead_q         <= ahead_q + {1'b0, read} - {1'b0, out_pop};
    slot_free_valid <= finish;
    slot_free_queue <= r_queue;
    if (rst) begin
      r_valid_q       <= 1'b0;
      r_empty_q       <= 1'b0;
      n_state_q       <= ST_LOOK;
      wait_q          <= 1'b0;
      ahead_q         <= 2'd0;
      slot_free_valid <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------
  // Memories and output

  localparam integer OUT_W = Q_W + 16 + REC_W;

  reg              out_valid_q;
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
