// vnet_chain_blocks_props: a spare record block has one owner at a time; every chain that needs one gets on once, for ever
// SPDX-License-Identifier: Apache-2.0
//
// Any block `b` is in one place: never used so far, in the FIFO of used ones, or in a chain. It is given only from the
// first two. Any chain (slot `s`) that needs a block is told once that it may go on, and then its last block is the one
// it got; that block is also the one that follows the block it has filled (any block `p`), until `p` is filled again. Two
// blocks are kept for the chain that the consumer waits for.
`default_nettype none

module vnet_chain_blocks_props (
  input wire       clk,
  input wire       rst,
  input wire       need,
  input wire [1:0] need_slot,
  input wire [2:0] need_block,
  input wire       go_ready,
  input wire       free_valid,
  input wire [1:0] free_block,
  input wire       wait_valid,
  input wire [1:0] wait_slot
);

  (* anyconst *) reg [1:0] b;
  (* anyconst *) reg [1:0] s;
  (* anyconst *) reg [2:0] p;

  wire       go_valid;
  wire [1:0] go_slot;
  wire       starving;
  wire [1:0] last_block;
  wire [1:0] link_next;

  vnet_chain_blocks #(
    .SLOT_W(2)
  ) dut (
    .clk       (clk),
    .rst       (rst),
    .s_need    (need),
    .need_slot (need_slot),
    .need_block(need_block),
    .m_go_valid(go_valid),
    .m_go_ready(go_ready),
    .m_go_slot (go_slot),
    .free_valid(free_valid),
    .free_block(free_block),
    .wait_valid(wait_valid),
    .wait_slot (wait_slot),
    .starving  (starving),
    .last_slot (s),
    .last_block(last_block),
    .link_block(p),
    .link_next (link_next)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(2)) u_go (.clk(clk), .rst(rst), .valid(go_valid), .ready(go_ready), .payload(go_slot));

  (* hierconn *) wire       \dut.grant ;
  (* hierconn *) wire       \dut.turn ;
  (* hierconn *) wire       \dut.fresh ;
  (* hierconn *) wire [1:0] \dut.block ;
  (* hierconn *) wire [2:0] \dut.fresh_q ;
  (* hierconn *) wire [2:0] \dut.free_q ;
  (* hierconn *) wire       \dut.need_ready ;
  (* hierconn *) wire       \dut.head_valid ;
  (* hierconn *) wire       \dut.head_ready ;
  (* hierconn *) wire [1:0] \dut.head_slot ;
  (* hierconn *) wire [2:0] \dut.head_block ;
  (* hierconn *) wire [3:0] \dut.head_level ;
  (* hierconn *) wire       \dut.used_valid ;
  (* hierconn *) wire       \dut.used_ready ;
  (* hierconn *) wire [1:0] \dut.used_block ;
  (* hierconn *) wire [2:0] \dut.used_level ;

  // ---- The block b.

  reg        in_chain_q;
  wire       in_used;
  wire       unused    = {1'b0, b} >= \dut.fresh_q ;
  wire       given     = \dut.grant && (\dut.block == b);
  wire       given_back = free_valid && (free_block == b);

  fifo_item #(.W(1)) u_used (
    .clk(clk), .rst(rst), .push(free_valid && \dut.used_ready ), .push_is_it(free_block == b), .push_data(1'b0),
    .valid(\dut.used_valid ), .pop(\dut.grant && !\dut.fresh ), .pop_is_it(\dut.used_block == b), .pop_data(1'b0),
    .level(1'b0), .inside(in_used), .data(), .ahead()
  );

  // ---- The chain s.

  reg        got_q;                // s has a spare block
  reg  [1:0] got_block_q;
  reg        open_q;               // it has asked for a block and was not told yet
  wire       in_need;
  wire [2:0] filled;
  wire [2:0] in_block  = need ? need_block : \dut.head_block ;
  wire [1:0] in_slot   = need ? need_slot : \dut.head_slot ;
  wire       waits     = in_need || (go_valid && (go_slot == s));

  fifo_item #(.W(3)) u_need (
    .clk(clk), .rst(rst), .push((need || \dut.turn ) && \dut.need_ready ), .push_is_it(in_slot == s), .push_data(in_block),
    .valid(\dut.head_valid ), .pop(\dut.head_ready ), .pop_is_it(\dut.head_slot == s), .pop_data(\dut.head_block ),
    .level(1'b0), .inside(in_need), .data(filled), .ahead()
  );

  // ---- The block p.

  reg        followed_q;           // p has a block that follows
  reg  [1:0] next_q;
  reg  [2:0] filled_q;             // what s has filled, as it told

  always @(posedge clk) begin
    if (given) begin
      in_chain_q <= 1'b1;
    end else if (given_back) begin
      in_chain_q <= 1'b0;
    end
    if (\dut.grant && (\dut.head_slot == s)) begin
      got_q       <= 1'b1;
      got_block_q <= \dut.block ;
    end
    if (need && (need_slot == s)) begin
      filled_q <= need_block;
      open_q   <= 1'b1;
    end else if (go_valid && go_ready && (go_slot == s)) begin
      open_q   <= 1'b0;
    end
    if (\dut.grant && (\dut.head_block == p)) begin
      followed_q <= 1'b1;
      next_q     <= \dut.block ;
    end
    if (rst) begin
      in_chain_q <= 1'b0;
      got_q      <= 1'b0;
      open_q     <= 1'b0;
      followed_q <= 1'b0;
    end
  end

  always @* begin
    // One token per slot (vnet_desc_loop_props): a chain that waits does not need another block, and no more chains wait
    // than there are slots.
    assume(!(need && (need_slot == s) && waits));
    assume(!need || ({1'b0, \dut.head_level } + go_valid < 5'd4));
    // vnet_chain_slots gives back the blocks of a chain, each once.
    assume(!given_back || in_chain_q);
    assume(!free_valid || (\dut.free_q != 3'd4));
    if (!rst) begin
      block_in_one_place: assert({1'b0, in_used} + unused + in_chain_q == 2'd1);
      one_owner: assert(!given || !in_chain_q);
      a_block_is_there: assert(!\dut.grant || \dut.fresh || \dut.used_valid );
      none_lost: assert(!free_valid || \dut.used_ready );
      free_count_exact: assert({1'b0, \dut.free_q } == (4'd4 - \dut.fresh_q ) + \dut.used_level );
      two_kept_for_the_reader: assert(!\dut.grant || (\dut.free_q > 3'd2) || (wait_valid && (\dut.head_slot == wait_slot)));
      every_need_taken: assert(!need || \dut.need_ready );
      goes_on_once: assert(!(in_need && go_valid && (go_slot == s)));
      no_chain_lost: assert(open_q == waits);
      same_block_through_the_fifo: assert(!in_need || (filled == filled_q));
      last_block_is_the_one_given: assert(!got_q || (last_block == got_block_q));
      goes_on_with_a_block: assert(!(go_valid && (go_slot == s)) || got_q);
      link_to_the_one_given: assert(!followed_q || (link_next == next_q));

      // Invariants.
      inv_fresh: assert((\dut.fresh_q <= 3'd4) && (\dut.used_level <= 3'd4) && (\dut.free_q <= 3'd4));
      inv_need: assert({1'b0, \dut.head_level } + go_valid <= 5'd4);

      given_again: cover(given && !\dut.fresh );
      chain_turned: cover(\dut.turn && in_need);
      last_one_given: cover(\dut.grant && (\dut.free_q == 3'd1));
      goes_on: cover(go_valid && (go_slot == s) && (filled_q == {1'b1, b}));
    end
  end

endmodule

`default_nettype wire
