// vnet_chain_slots_props: every head is one chain: all its records, in order, ending once, in ring order, for ever
// SPDX-License-Identifier: Apache-2.0
//
// The chain of any slot `s` is followed, with all its record blocks: the slot and the spare blocks, up to all of them, of
// a chain of any length. Its blocks are walked and read at any pace, also while it is walked. Its records come out in the
// order in which they were written, unchanged, each once, with its head; the last one is the one that ends the chain,
// and then the slot is free, once. The chains come out in the order of their heads. A spare block is given back once,
// when it is read. A chain is offered only if it is whole, or, when the spare blocks run out, if its first block is.
//
//   walk side:    vnet_desc_walk_props (place, done, end of a record), vnet_desc_loop_props (one token per slot)
//   spare blocks: vnet_chain_blocks_props (one owner; the block that follows)
`default_nettype none

module vnet_chain_slots_props (
  input wire        clk,
  input wire        rst,
  input wire        head,
  input wire [15:0] head_pos,
  input wire [15:0] head_head,
  input wire        rec_wr,
  input wire [1:0]  rec_slot,
  input wire [2:0]  rec_block,
  input wire        rec_k,
  input wire [2:0]  rec_data,
  input wire        rec_done,
  input wire        rec_end,
  input wire [15:0] rec_blocks,
  input wire        starving,
  input wire [1:0]  link_next,
  input wire        take,
  input wire        rec_ready
);

  (* anyconst *) reg [1:0] s;

  wire        head_ok;
  wire        free_valid;
  wire [1:0]  free_block;
  wire [2:0]  link_block;
  wire        slot_free;
  wire        chain_ready;
  wire        take_ready;
  wire        rec_valid;
  wire [15:0] out_head;
  wire [2:0]  out_data;

  vnet_chain_slots #(
    .NQ       (1),
    .Q_W      (1),
    .SLOT_W   (2),
    .SLOT_LOG2(2),
    .K        (2),
    .REC_W    (3)
  ) dut (
    .clk            (clk),
    .rst            (rst),
    .head_ok        (head_ok),
    .evt_head       (head),
    .head_queue     (1'b0),
    .head_pos       (head_pos),
    .head_head      (head_head),
    .rec_wr         (rec_wr),
    .rec_slot       (rec_slot),
    .rec_block      (rec_block),
    .rec_k          (rec_k),
    .rec_data       (rec_data),
    .rec_done       (rec_done),
    .rec_end        (rec_end),
    .rec_blocks     (rec_blocks),
    .free_valid     (free_valid),
    .free_block     (free_block),
    .wait_valid     (),
    .wait_slot      (),
    .starving       (starving),
    .link_block     (link_block),
    .link_next      (link_next),
    .slot_free_valid(slot_free),
    .slot_free_queue(),
    .m_chain_ready  (chain_ready),
    .s_take_valid   (take),
    .s_take_ready   (take_ready),
    .s_take_queue   (1'b0),
    .m_rec_valid    (rec_valid),
    .m_rec_ready    (rec_ready),
    .m_rec_queue    (),
    .m_rec_head     (out_head),
    .m_rec_data     (out_data)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(19)) u_out (
    .clk(clk), .rst(rst), .valid(rec_valid), .ready(rec_ready), .payload({out_head, out_data})
  );

  // ---- The registers of the design.

  (* hierconn *) wire [2:0]  \dut.clear_q ;
  (* hierconn *) wire [2:0]  \dut.g_queue[0].waiting_q ;
  (* hierconn *) wire [1:0]  \dut.g_queue[0].rd_q ;
  (* hierconn *) wire [1:0]  \dut.g_queue[0].rd_next_q ;
  (* hierconn *) wire [1:0]  \dut.g_queue[0].front_q ;
  (* hierconn *) wire        \dut.take_valid ;
  (* hierconn *) wire        \dut.take_ready ;
  (* hierconn *) wire [1:0]  \dut.taken_slot ;
  (* hierconn *) wire [2:0]  \dut.take_level ;
  (* hierconn *) wire        \dut.c_valid_q ;
  (* hierconn *) wire [1:0]  \dut.c_slot_q ;
  (* hierconn *) wire        \dut.c_end_q ;
  (* hierconn *) wire        \dut.c_k_last_q ;
  (* hierconn *) wire        \dut.r_valid_q ;
  (* hierconn *) wire        \dut.r_free ;
  (* hierconn *) wire        \dut.r_empty_q ;
  (* hierconn *) wire        \dut.r_end_q ;
  (* hierconn *) wire [1:0]  \dut.r_slot_q ;
  (* hierconn *) wire [2:0]  \dut.r_block_q ;
  (* hierconn *) wire [2:0]  \dut.r_blocks_q ;
  (* hierconn *) wire        \dut.r_k_q ;
  (* hierconn *) wire        \dut.r_k_last_q ;
  (* hierconn *) wire [1:0]  \dut.n_state_q ;
  (* hierconn *) wire [1:0]  \dut.n_block_q ;
  (* hierconn *) wire        \dut.n_end_q ;
  (* hierconn *) wire        \dut.n_k_last_q ;
  (* hierconn *) wire        \dut.n_found ;
  (* hierconn *) wire        \dut.read ;
  (* hierconn *) wire        \dut.next_block ;
  (* hierconn *) wire        \dut.finish ;
  (* hierconn *) wire        \dut.out_valid_q ;
  (* hierconn *) wire        \dut.out_ready ;
  (* hierconn *) wire [2:0]  \dut.out_rec ;
  (* hierconn *) wire [15:0] \dut.out_head ;
  (* hierconn *) wire [1:0] \dut.u_walk_new.mem[0] ;
  (* hierconn *) wire [1:0] \dut.u_walk_new.mem[1] ;
  (* hierconn *) wire [1:0] \dut.u_walk_new.mem[2] ;
  (* hierconn *) wire [1:0] \dut.u_walk_new.mem[3] ;
  (* hierconn *) wire [1:0] \dut.u_walk_look.mem[0] ;
  (* hierconn *) wire [1:0] \dut.u_walk_look.mem[1] ;
  (* hierconn *) wire [1:0] \dut.u_walk_look.mem[2] ;
  (* hierconn *) wire [1:0] \dut.u_walk_look.mem[3] ;
  (* hierconn *) wire [1:0] \dut.u_head_rec.mem[0] ;
  (* hierconn *) wire [1:0] \dut.u_head_rec.mem[1] ;
  (* hierconn *) wire [1:0] \dut.u_head_rec.mem[2] ;
  (* hierconn *) wire [1:0] \dut.u_head_rec.mem[3] ;
  (* hierconn *) wire [1:0] \dut.u_head_look.mem[0] ;
  (* hierconn *) wire [1:0] \dut.u_head_look.mem[1] ;
  (* hierconn *) wire [1:0] \dut.u_head_look.mem[2] ;
  (* hierconn *) wire [1:0] \dut.u_head_look.mem[3] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[0] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[1] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[2] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[3] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[4] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[5] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[6] ;
  (* hierconn *) wire [1:0] \dut.u_info.mem[7] ;
  (* hierconn *) wire [3:0] \dut.u_done.mem[0] ;
  (* hierconn *) wire [3:0] \dut.u_done.mem[1] ;
  (* hierconn *) wire [3:0] \dut.u_done.mem[2] ;
  (* hierconn *) wire [3:0] \dut.u_done.mem[3] ;
  (* hierconn *) wire [15:0] \dut.u_head.mem[0] ;
  (* hierconn *) wire [15:0] \dut.u_head.mem[1] ;
  (* hierconn *) wire [15:0] \dut.u_head.mem[2] ;
  (* hierconn *) wire [15:0] \dut.u_head.mem[3] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[0] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[1] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[2] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[3] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[4] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[5] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[6] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[7] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[8] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[9] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[10] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[11] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[12] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[13] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[14] ;
  (* hierconn *) wire [2:0] \dut.u_rec.mem[15] ;

  localparam [1:0] ST_LOOK = 2'd0, ST_INFO = 2'd1, ST_KNOWN = 2'd2;

  wire [2:0]  waiting = \dut.g_queue[0].waiting_q ;
  wire [1:0]  first   = \dut.g_queue[0].rd_q ;
  wire [1:0]  front   = \dut.g_queue[0].front_q ;

  wire [7:0]  walk_new  = {\dut.u_walk_new.mem[3] , \dut.u_walk_new.mem[2] , \dut.u_walk_new.mem[1] , \dut.u_walk_new.mem[0] };
  wire [7:0]  walk_look = {\dut.u_walk_look.mem[3] , \dut.u_walk_look.mem[2] , \dut.u_walk_look.mem[1] , \dut.u_walk_look.mem[0] };
  wire [7:0]  head_rec  = {\dut.u_head_rec.mem[3] , \dut.u_head_rec.mem[2] , \dut.u_head_rec.mem[1] , \dut.u_head_rec.mem[0] };
  wire [7:0]  head_look = {\dut.u_head_look.mem[3] , \dut.u_head_look.mem[2] , \dut.u_head_look.mem[1] , \dut.u_head_look.mem[0] };
  wire [15:0] infos     = {\dut.u_info.mem[7] , \dut.u_info.mem[6] , \dut.u_info.mem[5] , \dut.u_info.mem[4] ,
                       \dut.u_info.mem[3] , \dut.u_info.mem[2] , \dut.u_info.mem[1] , \dut.u_info.mem[0] };
  wire [15:0] dones     = {\dut.u_done.mem[3] , \dut.u_done.mem[2] , \dut.u_done.mem[1] , \dut.u_done.mem[0] };
  wire [63:0] heads     = {\dut.u_head.mem[3] , \dut.u_head.mem[2] , \dut.u_head.mem[1] , \dut.u_head.mem[0] };
  wire [47:0] recs      = {\dut.u_rec.mem[15] , \dut.u_rec.mem[14] , \dut.u_rec.mem[13] , \dut.u_rec.mem[12] ,
                       \dut.u_rec.mem[11] , \dut.u_rec.mem[10] , \dut.u_rec.mem[9] , \dut.u_rec.mem[8] ,
                       \dut.u_rec.mem[7] , \dut.u_rec.mem[6] , \dut.u_rec.mem[5] , \dut.u_rec.mem[4] ,
                       \dut.u_rec.mem[3] , \dut.u_rec.mem[2] , \dut.u_rec.mem[1] , \dut.u_rec.mem[0] };

  // ---- The chain in slot s: what the walk has written of it. Blocks: 0 to 3 the spare ones, 4 the slot.

  reg         live_q;              // from its head to its last record read
  reg  [15:0] head_q;
  reg         whole_q;
  reg         some_q;              // its first block is done
  reg  [2:0]  done_q;              // blocks done, modulo 8
  reg         k_q;                 // place of the next record in its block
  reg  [4:0]  own_q;               // its blocks that are not read
  reg  [4:0]  full_q;              // ... and done
  reg  [4:0]  end_q;               // ... as the last one
  reg  [4:0]  k_last_q;            // place of the last record
  reg  [14:0] num_q;               // number in the chain, modulo 8
  reg  [29:0] data_q;              // records

  wire        here_head = head && (head_pos[1:0] == s);
  wire        here_rec  = rec_wr && (rec_slot == s);
  wire        reading   = \dut.r_valid_q && (\dut.r_slot_q == s);
  wire [2:0]  now       = done_q + 3'd1;                     // number of the block that is written
  wire [2:0]  base      = reading ? \dut.r_blocks_q : 3'd1;  // ... and read
  wire [2:0]  at_rec    = rec_block[2] ? {1'b0, rec_block[1:0]} : 3'd4;
  wire [2:0]  at_read   = \dut.r_block_q [2] ? {1'b0, \dut.r_block_q [1:0]} : 3'd4;
  wire [2:0]  at_next   = {1'b0, \dut.n_block_q };
  wire        leave     = (\dut.next_block || \dut.finish ) && reading;

  function [2:0] num_of;
    input [14:0] all;
    input [2:0]  at;
    num_of = all >> (3 * at);
  endfunction

  function [2:0] data_of;
    input [29:0] all;
    input [2:0]  at;
    input        k;
    data_of = all >> (6 * at + 3 * k);
  endfunction

  // ---- What has to come out next.

  reg  [2:0]  next_num_q;
  reg         next_k_q;
  reg  [3:0]  ahead_q;             // chains ahead
  reg         o_is_s_q;
  reg  [18:0] o_q;
  reg         m_is_s_q;
  reg  [18:0] m_q;
  reg         starved_q;

  wire [2:0]  take_ahead;
  wire        in_take;
  wire [3:0]  behind_c = {3'd0, \dut.r_valid_q } + \dut.c_valid_q ;

  fifo_item #(.W(1), .LEVEL_W(3), .ORDER(1)) u_take (
    .clk(clk), .rst(rst), .push(take && take_ready), .push_is_it(first == s), .push_data(1'b0), .valid(\dut.take_valid ),
    .pop(\dut.take_ready ), .pop_is_it(\dut.taken_slot == s), .pop_data(1'b0), .level(\dut.take_level ), .inside(in_take),
    .data(), .ahead(take_ahead)
  );

  integer x;
  always @(posedge clk) begin
    starved_q <= starving;
    if (leave) begin
      own_q[at_read] <= 1'b0;
    end
    if (here_rec) begin
      own_q[at_rec]  <= 1'b1;
      full_q[at_rec] <= rec_done;
      if (rec_done) begin
        end_q[at_rec]    <= rec_end;
        k_last_q[at_rec] <= rec_k;
        done_q           <= now;
        some_q           <= 1'b1;
        whole_q          <= rec_end;
      end
      k_q <= !rec_done;
      for (x = 0; x < 5; x = x + 1) begin
        if (at_rec == x) begin
          num_q[3*x +: 3] <= now;
          data_q[6*x + 3*rec_k +: 3] <= rec_data;
        end
      end
    end
    if (\dut.finish && reading) begin
      live_q <= 1'b0;
    end
    if (here_head) begin
      live_q       <= 1'b1;
      head_q       <= head_head;
      whole_q      <= 1'b0;
      some_q       <= 1'b0;
      done_q       <= 3'd0;
      k_q          <= 1'b0;
      own_q        <= 5'b10000;
      full_q       <= 5'b00000;
      num_q[14:12] <= 3'd1;
    end

    // Record by record, from the first of the first block.
    if (here_head) begin
      next_num_q <= 3'd1;
      next_k_q   <= 1'b0;
    end else if (\dut.read && reading) begin
      next_k_q   <= !next_k_q && (k_last_q[at_read] != 1'b0);
      next_num_q <= next_num_q + (next_k_q == k_last_q[at_read]);
    end
    ahead_q <= here_head ? {1'b0, waiting} + \dut.take_level + behind_c - \dut.finish : ahead_q - \dut.finish ;

    // Behind the record memory.
    if (\dut.read || \dut.out_ready ) begin
      o_is_s_q <= \dut.read && reading;
    end
    if (\dut.read ) begin
      o_q <= {head_q, data_of(data_q, at_read, next_k_q)};
    end
    if (\dut.out_ready ) begin
      m_is_s_q <= \dut.out_valid_q && o_is_s_q;
      m_q      <= o_q;
    end

    if (rst) begin
      live_q   <= 1'b0;
      own_q    <= 5'd0;
      o_is_s_q <= 1'b0;
      m_is_s_q <= 1'b0;
    end
  end

  // Where it is.
  wire [1:0] dist   = s - first;
  wire       in_w   = {1'b0, dist} < waiting;
  wire       in_c   = \dut.c_valid_q && (\dut.c_slot_q == s);
  wire [3:0] places = {in_w, in_take, in_c, reading};

  wire [1:0] note     = {some_q, whole_q};
  wire [1:0] walk_s   = walk_new >> (2 * s);
  wire [1:0] walk_l   = walk_look >> (2 * s);
  wire [1:0] head_r   = head_rec >> (2 * s);
  wire [1:0] head_l   = head_look >> (2 * s);
  wire [3:0] done_s   = dones >> (4 * s);
  wire [15:0] head_s  = heads >> (16 * s);
  wire [2:0] filled   = done_q - base;       // blocks done behind the one that is read
  wire       cleared  = \dut.clear_q > {1'b0, s};

  // Some block of the chain has the number.
  function has;
    input [4:0]  own;
    input [14:0] all;
    input [2:0]  num;
    has = (own[0] && (all[2:0] == num)) || (own[1] && (all[5:3] == num)) || (own[2] && (all[8:6] == num)) ||
          (own[3] && (all[11:9] == num)) || (own[4] && (all[14:12] == num));
  endfunction

  genvar g;
  generate
    for (g = 0; g < 5; g = g + 1) begin : g_block
      wire [2:0] place = (g == 4) ? {1'b0, s} : 4 + g;
      wire [2:0] num   = num_q[3*g +: 3];
      wire [2:0] age   = num - base;
      wire [1:0] info  = infos >> (2 * place);
      wire [2:0] rec_0 = recs >> (6 * place);
      wire [2:0] rec_1 = recs >> (6 * place + 3);
      wire       has_0 = full_q[g] || (k_q == 1'b1) || (num != now);
      wire       has_1 = full_q[g] && k_last_q[g];

      rule block_in_the_window (
        .rst(rst), .ok(!own_q[g] || ((age <= now - base) && (full_q[g] == (num != now))))
      );
      rule info_of_the_block (
        .rst(rst), .ok(!(own_q[g] && full_q[g]) || ((info == {end_q[g], k_last_q[g]}) &&
                                                    (end_q[g] == (whole_q && (num == done_q))) && (end_q[g] || k_last_q[g])))
      );
      rule records_of_the_block (
        .rst(rst), .ok(!own_q[g] || ((!has_0 || (rec_0 == data_q[6*g +: 3])) && (!has_1 || (rec_1 == data_q[6*g + 3 +: 3]))))
      );
      rule only_the_last_record_ends (
        .rst(rst), .ok(!own_q[g] || ((!has_0 || (data_q[6*g + 2] == (full_q[g] && end_q[g] && !k_last_q[g]))) &&
                                     (!has_1 || (data_q[6*g + 5] == end_q[g]))))
      );
      rule number_of_one_block (.rst(rst), .ok(!own_q[g] || !has(own_q & ~(5'd1 << g), num_q, num)));
      rule slot_is_first (.rst(rst), .ok((g != 4) || !own_q[g] || ((num == 3'd1) && (base == 3'd1))));
      rule being_written (.rst(rst), .ok(!own_q[g] || full_q[g] || k_q || ((g == 4) && !some_q)));
    end
  endgenerate

  wire       take_it = take && take_ready;
  wire [2:0] walked  = now - base;

  always @* begin
    // vnet_desc_fetch: heads and records begin when the notes are cleared.
    assume(head_ok || (!head && !rec_wr));
    // vnet_avail_fetch: heads are in ring order, in free slots.
    assume(!head || ((waiting != 3'd4) && ((waiting == 3'd0) || (head_pos[1:0] == first + waiting[1:0]))));
    assume(!here_head || !live_q);
    // The consumer takes a chain that is offered.
    assume(!take || chain_ready);
    // vnet_desc_walk_props: place, done and end of a record; the token of the slot is gone when the chain has ended.
    assume(!rec_wr || ((rec_data[2] == rec_end) && (rec_done == (rec_end || rec_k)) &&
                       (rec_block[2] || (rec_block[1:0] == rec_slot))));
    if (here_rec) begin
      assume(live_q && !whole_q);
      assume((rec_k == k_q) && (rec_blocks[2:0] == now));
      assume(rec_block[2] == some_q);
      // vnet_chain_blocks_props: it is a block of its own, and there are four.
      assume(!some_q || (k_q ? own_q[at_rec] && (num_of(num_q, at_rec) == now) : !own_q[at_rec] && (walked <= 3'd4)));
    end
    // ... and nobody else's.
    assume(!rec_wr || here_rec || !rec_block[2] || !own_q[at_rec]);
    // vnet_chain_blocks_props: the block that follows in the chain. That there is one is shown below.
    if (reading && !\dut.r_end_q && (\dut.n_state_q == ST_LOOK) && \dut.n_found ) begin
      assume(own_q[{1'b0, link_next}] && (num_of(num_q, {1'b0, link_next}) == \dut.r_blocks_q + 3'd1));
    end
    if (!rst) begin
      // What comes out.
      if (\dut.read && reading) begin
        records_in_order: assert((\dut.r_blocks_q == next_num_q) && (\dut.r_k_q == next_k_q));
        record_is_there: assert(own_q[at_read] && full_q[at_read] && (next_k_q <= k_last_q[at_read]) &&
                                (num_of(num_q, at_read) == next_num_q));
        last_record_ends_the_chain: assert(\dut.finish == (data_of(data_q, at_read, next_k_q) >> 2));
        not_written_now: assert(!rec_wr || ({rec_block, rec_k} != {\dut.r_block_q , \dut.r_k_q }));
      end
      record_unchanged: assert(!(rec_valid && m_is_s_q) || ({out_head, out_data} == m_q));
      in_ring_order: assert(!\dut.finish || (reading == (live_q && (ahead_q == 4'd0))));
      only_a_whole_chain_is_left: assert(!(\dut.finish && reading) || (live_q && whole_q && !here_rec));
      block_given_back_once: assert(!(free_valid && reading) || (own_q[{1'b0, free_block}] && leave));
      block_given_back: assert(!(leave && \dut.r_block_q [2]) || (free_valid && (free_block == \dut.r_block_q [1:0])));
      offered_when_done: assert(!(chain_ready && (first == s)) || (in_w && live_q && some_q && (whole_q || starved_q)));
      taken_once: assert(!(take_it && (first == s)) || (places == 4'b1000));
      next_block_exists: assert(!(reading && !\dut.r_end_q && (\dut.n_state_q == ST_LOOK) && \dut.n_found ) ||
                                has(own_q & full_q & 5'b01111, num_q, \dut.r_blocks_q + 3'd1));

      // Invariants.
      inv_clear: assert(\dut.clear_q <= 3'd4);
      inv_quiet: assert(head_ok || (!live_q && (waiting == 3'd0)));
      inv_places: assert(live_q ? (places != 4'd0) && ((places & (places - 4'd1)) == 4'd0) : (places == 4'd0) && (own_q == 5'd0));
      inv_waiting: assert((waiting <= 3'd4) && (\dut.take_level <= 3'd4));
      inv_next_pos: assert((waiting == 3'd0) || (\dut.g_queue[0].rd_next_q == first + 2'd1));
      inv_copies: assert(!cleared || (walk_s == walk_l));
      if (live_q) begin
        inv_notes: assert((head_r == head_l) && ((walk_s ^ head_r) == note) && (head_s == head_q));
        inv_whole: assert((!whole_q || (some_q && !k_q)) && (some_q || ((done_q == 3'd0) && (own_q == 5'b10000))));
        inv_done: assert(!some_q || (done_s == {whole_q, done_q}));
        inv_taken: assert(in_w || some_q);
        inv_window: assert(!some_q || ((filled <= 3'd4) && (walked <= 3'd5) && (!k_q || (walked <= 3'd4))));
        inv_written_now: assert(!k_q || has(own_q & ~full_q, num_q, now));
        inv_all_there: assert(!some_q || (
          has(own_q, num_q, base) && ((filled < 3'd1) || has(own_q, num_q, base + 3'd1)) &&
          ((filled < 3'd2) || has(own_q, num_q, base + 3'd2)) && ((filled < 3'd3) || has(own_q, num_q, base + 3'd3)) &&
          ((filled < 3'd4) || has(own_q, num_q, base + 3'd4))));
        inv_ahead: assert(ahead_q == (in_w ? {2'd0, dist} + \dut.take_level + behind_c : in_take ? take_ahead + behind_c :
                                      in_c ? {3'd0, \dut.r_valid_q } : 4'd0));
      end
      inv_front: assert((waiting == 3'd0) || (first != s) || (front == note));
      inv_offer: assert(!chain_ready || ((waiting != 3'd0) && (front[0] || (front[1] && starved_q))));
      inv_unread: assert(!live_q || reading || ((next_num_q == 3'd1) && !next_k_q && (!some_q || own_q[4])));
      inv_c: assert(!in_c || ((\dut.c_end_q == end_q[4]) && (\dut.c_k_last_q == k_last_q[4])));
      inv_empty: assert(!\dut.r_empty_q || (\dut.r_valid_q && !\dut.r_end_q ));
      inv_state: assert(\dut.n_state_q <= ST_KNOWN);
      if (reading) begin
        inv_r: assert(own_q[at_read] && full_q[at_read] && (num_of(num_q, at_read) == \dut.r_blocks_q ) &&
                      (\dut.r_end_q == end_q[at_read]) && (\dut.r_k_last_q == k_last_q[at_read]) &&
                      (\dut.r_block_q [2] || (\dut.r_block_q [1:0] == s)));
        inv_r_next: assert(\dut.r_empty_q ? !\dut.r_end_q && (next_num_q == \dut.r_blocks_q + 3'd1) && !next_k_q :
                           (next_num_q == \dut.r_blocks_q ) && (next_k_q == \dut.r_k_q ) && (\dut.r_k_q <= \dut.r_k_last_q ));
        if (\dut.n_state_q != ST_LOOK) begin
          inv_n: assert(!\dut.r_end_q && own_q[at_next] && full_q[at_next] &&
                        (num_of(num_q, at_next) == \dut.r_blocks_q + 3'd1));
        end
        if (\dut.n_state_q == ST_KNOWN) begin
          inv_n_info: assert((\dut.n_end_q == end_q[at_next]) && (\dut.n_k_last_q == k_last_q[at_next]));
        end
      end
      inv_out: assert(!(\dut.out_valid_q && o_is_s_q) || ({\dut.out_head , \dut.out_rec } == o_q));

      three_blocks: cover(\dut.finish && reading && (\dut.r_blocks_q == 3'd3) && (ahead_q == 4'd0));
      read_while_walked: cover(\dut.read && reading && !whole_q && (\dut.r_blocks_q == 3'd2));
      reader_waits: cover(\dut.r_empty_q && reading);
      slot_used_again: cover(here_head && (own_q == 5'd0) && m_is_s_q && rec_valid);
      four_waiting: cover((waiting == 3'd4) && (dist == 2'd3));
    end
  end

endmodule

`default_nettype wire
