// vnet_chain_blocks: spare record blocks for chains that are longer than their slot
// SPDX-License-Identifier: Apache-2.0
//
// Records are kept in blocks of K. Block s is the slot of a chain and always its own; as many spare
// blocks again are shared by all. A chain that has filled its block and goes on gets a spare one,
// linked to the last:
//
//   slot 5: |r0 r1 r2 r3| --link--> spare 2: |r4 r5 r6 r7| --link--> spare 9: |r8 ...
//
// The walk never waits: it leaves the token in the state memory and puts the slot into the need
// FIFO. Chains are served first come, first served, which is about ring order.
//
// The spare blocks may all be held by chains that are walked but may not be handed out yet, because
// an older chain is still waiting for a block. For this case two spare blocks are kept for the
// chain that the consumer is reading (wait_*): one that is read while the other is filled. So it
// always comes to its end. It is searched by turning the need FIFO round, also while it is not there
// yet.
//
// Latency:       3 cycles from need to go.
// Throughput:    1 block per cycle.
// Back-pressure: m_go_ready. s_need has none: there is a place for every slot.
// Errors:        none.
// Spec:          none.
`default_nettype none

module vnet_chain_blocks #(
  // Width of a slot number, at least 1. There are 2^SLOT_W slots and 2^SLOT_W spare blocks.
  parameter integer SLOT_W = 8
) (
  input  wire              clk,
  input  wire              rst,

  // A chain has filled block need_block and goes on. Blocks: the top bit marks a spare block.
  input  wire              s_need,
  input  wire [SLOT_W-1:0] need_slot,
  input  wire [SLOT_W:0]   need_block,

  // It has a block now and may go on.
  output reg               m_go_valid,
  input  wire              m_go_ready,
  output reg  [SLOT_W-1:0] m_go_slot,

  // A spare block has been read.
  input  wire              free_valid,
  input  wire [SLOT_W-1:0] free_block,

  // The consumer waits for the next block of this chain.
  input  wire              wait_valid,
  input  wire [SLOT_W-1:0] wait_slot,
  // There are chains in the need FIFO and no spare blocks for them.
  output wire              starving,

  // Last spare block of a chain, for the walk; the block that follows a block, for the consumer.
  input  wire [SLOT_W-1:0] last_slot,
  output wire [SLOT_W-1:0] last_block,
  input  wire [SLOT_W:0]   link_block,
  output wire [SLOT_W-1:0] link_next
);

  localparam integer DEPTH = 1 << SLOT_W;
  localparam integer TWO   = 2;                    // spare blocks kept for the consumer's chain

  reg  [SLOT_W:0]   fresh_q;        // spare blocks never used so far are those from here on
  reg  [SLOT_W:0]   free_q;         // spare blocks free

  wire              used_valid;
  wire              used_ready;
  wire [SLOT_W-1:0] used_block;
  wire [SLOT_W:0]   used_level;
  wire              need_ready;
  wire              head_valid;
  wire              head_ready;
  wire [SLOT_W-1:0] head_slot;
  wire [SLOT_W:0]   head_block;
  wire [SLOT_W+1:0] head_level;

  wire              fresh    = !fresh_q[SLOT_W];
  wire [SLOT_W-1:0] block    = fresh ? fresh_q[SLOT_W-1:0] : used_block;
  wire              one_free = free_q != {(SLOT_W + 1){1'b0}};
  wire              plenty   = free_q > TWO[SLOT_W:0];
  wire              awaited  = wait_valid && (head_slot == wait_slot);
  wire              enough   = plenty || (awaited && one_free);
  wire              grant    = head_valid && enough && (!m_go_valid || m_go_ready);
  wire              turn     = head_valid && !enough && wait_valid && !awaited && !s_need;

  assign starving   = head_valid && !plenty;
  assign head_ready = grant || turn;

  // Twice as deep as there are slots, so that it can also turn when all slots are in it.
  vnet_fifo #(
    .W    (2 * SLOT_W + 1),
    .DEPTH(2 * DEPTH)
  ) u_need (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_need || turn),
    .s_ready(need_ready),
    .s_data (s_need ? {need_slot, need_block} : {head_slot, head_block}),
    .m_valid(head_valid),
    .m_ready(head_ready),
    .m_data ({head_slot, head_block}),
    .level  (head_level)
  );

  vnet_fifo #(
    .W    (SLOT_W),
    .DEPTH(DEPTH)
  ) u_used (
    .clk    (clk),
    .rst    (rst),
    .s_valid(free_valid),
    .s_ready(used_ready),
    .s_data (free_block),
    .m_valid(used_valid),
    .m_ready(grant && !fresh),
    .m_data (used_block),
    .level  (used_level)
  );

  vnet_lutram #(
    .W    (SLOT_W),
    .DEPTH(DEPTH)
  ) u_last (
    .clk    (clk),
    .wr_en  (grant),
    .wr_addr(head_slot),
    .wr_data(block),
    .rd_addr(last_slot),
    .rd_data(last_block)
  );

  vnet_lutram #(
    .W    (SLOT_W),
    .DEPTH(2 * DEPTH)
  ) u_link (
    .clk    (clk),
    .wr_en  (grant),
    .wr_addr(head_block),
    .wr_data(block),
    .rd_addr(link_block),
    .rd_data(link_next)
  );

  always @(posedge clk) begin
    if (grant) begin
      m_go_valid <= 1'b1;
      m_go_slot  <= head_slot;
    end else if (m_go_ready) begin
      m_go_valid <= 1'b0;
    end
    if (grant && fresh) begin
      fresh_q <= fresh_q + 1'b1;
    end
    free_q <= free_q + {{SLOT_W{1'b0}}, free_valid} - {{SLOT_W{1'b0}}, grant};
    if (rst) begin
      m_go_valid <= 1'b0;
      fresh_q    <= {(SLOT_W + 1){1'b0}};
      free_q     <= DEPTH[SLOT_W:0];
    end
  end

  // The FIFOs have a place for every slot and for every block; free_q tells how many there are.
  wire unused_ok = &{1'b0, need_ready, used_ready, used_valid, used_level, head_level};

endmodule

`default_nettype wire
