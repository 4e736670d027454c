// vnet_desc_cache_props: a hit brings the line of its own address, read after its chain was known, for ever (64 bit)
// SPDX-License-Identifier: Apache-2.0
//
// Around the cache: the two stages of vnet_desc_issue that look up and take in (vnet_desc_issue_props), the waiting FIFO
// (WAIT words; vnet_fifo_deep_props), and the walk, which writes the line that was read for the token it takes, or reads
// the line of a hit (vnet_desc_walk_props). Each line is marked here with the queue and the address that it was asked for,
// and with the available index known before. When the walk reads a line for a hit, it has the mark of the queue and the
// address of the token, and was asked for when the position of its chain was known (by the modulo rule of the cache),
// also if lines at the same place were asked for in between, and if the cache was flushed at any time.
`default_nettype none

module vnet_desc_cache_props (
  input wire        clk,
  input wire        rst,
  input wire        flush,
  input wire        c_valid,
  input wire        c_cached,
  input wire        queue,
  input wire [59:0] line,
  input wire [15:0] pos,
  input wire [15:0] stamp,
  input wire        any_room,
  input wire        walk
);

  localparam integer LINES = 4;
  localparam integer WAIT  = 4;
  localparam integer W     = 1 + 60 + 16;      // mark: queue, line, stamp

  wire         lookup_wait;
  wire         answer_hit;
  wire [1:0]   answer_index;
  wire [W-1:0] dr_data;

  // ---- vnet_desc_issue, stages C and D.

  reg          d_valid_q;
  reg          d_cached_q;
  reg  [W-1:0] d_mark_q;
  reg  [15:0]  d_pos_q;
  reg  [2:0]   level_q;

  wire room   = any_room && (level_q != WAIT);
  wire d_free = room || !d_valid_q;
  wire c_go   = d_free && !lookup_wait;
  wire cached = d_valid_q && d_cached_q;
  wire hit    = cached && answer_hit;
  wire take   = cached && !answer_hit && room;

  // ---- The waiting FIFO, the oldest token first, and the walk.

  reg  [WAIT-1:0]    w_hit_q;
  reg  [2*WAIT-1:0]  w_index_q;
  reg  [W*WAIT-1:0]  w_mark_q;
  reg  [16*WAIT-1:0] w_pos_q;

  wire push = cached && room;
  wire pop  = walk && (level_q != 3'd0);
  wire [2:0] at = level_q - pop;

  vnet_desc_cache #(
    .LINE_ADDR_W(60),
    .LINE_DATA_W(W),
    .Q_W        (1),
    .LINES      (LINES)
  ) dut (
    .clk         (clk),
    .rst         (rst),
    .flush       (flush),
    .lookup_en   (c_go),
    .lookup_wait (lookup_wait),
    .lookup_queue(queue),
    .lookup_line (line),
    .lookup_pos  (pos),
    .lookup_stamp(stamp),
    .answer_hit  (answer_hit),
    .answer_index(answer_index),
    .answer_take (take),
    .dw_en       (pop && !w_hit_q[0]),
    .dw_index    (w_index_q[1:0]),
    .dw_data     (w_mark_q[W-1:0]),
    .dr_index    (w_index_q[1:0]),
    .dr_data     (dr_data)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  // ---- The line that was asked for last at each place.

  reg [LINES-1:0]   asked_q;
  reg [W*LINES-1:0] last_q;

  integer x;
  always @(posedge clk) begin
    if (d_free) begin
      d_valid_q  <= c_valid && c_go;
      d_cached_q <= c_cached;
      d_mark_q   <= {queue, line, stamp};
      d_pos_q    <= pos;
    end
    level_q <= level_q + push - pop;
    if (pop) begin
      w_hit_q   <= w_hit_q >> 1;
      w_index_q <= w_index_q >> 2;
      w_mark_q  <= w_mark_q >> W;
      w_pos_q   <= w_pos_q >> 16;
    end
    for (x = 0; x < WAIT; x = x + 1) begin
      if (push && (at == x)) begin
        w_hit_q[x]         <= hit;
        w_index_q[2*x+:2]  <= answer_index;
        w_mark_q[W*x+:W]   <= d_mark_q;
        w_pos_q[16*x+:16]  <= d_pos_q;
      end
    end
    if (take) begin
      asked_q[answer_index] <= 1'b1;
    end
    for (x = 0; x < LINES; x = x + 1) begin
      if (take && (answer_index == x)) begin
        last_q[W*x+:W] <= d_mark_q;
      end
    end
    if (rst) begin
      d_valid_q <= 1'b0;
      level_q   <= 3'd0;
      asked_q   <= {LINES{1'b0}};
    end
  end

  // A line serves a token: same queue and address, and known at that time was the position of the chain.
  function serves;
    input [W-1:0] mark;
    input [W-1:0] token;
    input [15:0]  position;
    reg   [15:0]  age;
    begin
      age    = mark[15:0] - position - 16'd1;
      serves = (mark[W-1:16] == token[W-1:16]) && (age < 16'd32768);
    end
  endfunction

  // ---- The registers of the design.

  (* hierconn *) wire [LINES-1:0] \dut.valid_q ;
  (* hierconn *) wire [W-3:0]     \dut.tag_q ;
  (* hierconn *) wire [W-3:0]     \dut.u_tag.mem[0] ;
  (* hierconn *) wire [W-3:0]     \dut.u_tag.mem[1] ;
  (* hierconn *) wire [W-3:0]     \dut.u_tag.mem[2] ;
  (* hierconn *) wire [W-3:0]     \dut.u_tag.mem[3] ;
  (* hierconn *) wire [W-1:0]     \dut.u_data.mem[0] ;
  (* hierconn *) wire [W-1:0]     \dut.u_data.mem[1] ;
  (* hierconn *) wire [W-1:0]     \dut.u_data.mem[2] ;
  (* hierconn *) wire [W-1:0]     \dut.u_data.mem[3] ;

  wire [(W-2)*LINES-1:0] tags = {\dut.u_tag.mem[3] , \dut.u_tag.mem[2] , \dut.u_tag.mem[1] , \dut.u_tag.mem[0] };
  wire [W*LINES-1:0]     data = {\dut.u_data.mem[3] , \dut.u_data.mem[2] , \dut.u_data.mem[1] , \dut.u_data.mem[0] };

  // The place of a line, and its tag without the bits that the place says.
  function [1:0] place_of;
    input [W-1:0] mark;
    place_of = mark[17:16] ^ {mark[W-1], 1'b0};
  endfunction

  wire [1:0] d_place = place_of(d_mark_q);

  // What the walk will find at each place: now, and behind each token that waits.
  reg [W*LINES-1:0] found;
  reg               waiting_ok;
  integer           i;
  always @* begin
    found      = data;
    waiting_ok = 1'b1;
    for (i = 0; i < WAIT; i = i + 1) begin
      if (i < level_q) begin
        if (w_hit_q[i]) begin
          if (!serves(found >> (W * w_index_q[2*i+:2]), w_mark_q[W*i+:W], w_pos_q[16*i+:16])) begin
            waiting_ok = 1'b0;
          end
        end else begin
          if (w_index_q[2*i+:2] == 2'd0) found[0+:W]   = w_mark_q[W*i+:W];
          if (w_index_q[2*i+:2] == 2'd1) found[W+:W]   = w_mark_q[W*i+:W];
          if (w_index_q[2*i+:2] == 2'd2) found[2*W+:W] = w_mark_q[W*i+:W];
          if (w_index_q[2*i+:2] == 2'd3) found[3*W+:W] = w_mark_q[W*i+:W];
        end
      end
    end
  end

  genvar g;
  generate
    for (g = 0; g < LINES; g = g + 1) begin : g_line
      wire [W-1:0] last = last_q[W*g+:W];
      wire [W-3:0] tag  = tags[(W-2)*g+:W-2];

      rule tag_of_the_last_line (
        .rst(rst), .ok(!\dut.valid_q [g] || (asked_q[g] && (tag == {last[W-1], last[W-2:18], last[15:0]})))
      );
      rule last_line_is_found (.rst(rst), .ok(!asked_q[g] || ((found[W*g+:W] == last) && (place_of(last) == g))));
    end
  endgenerate

  always @* begin
    if (!rst) begin
      if (pop && w_hit_q[0]) begin
        own_line: assert(dr_data[W-1:16] == w_mark_q[W-1:16]);
        read_when_the_chain_was_known: assert(serves(dr_data, w_mark_q[W-1:0], w_pos_q[15:0]));
      end

      // Invariants.
      inv_level: assert(level_q <= WAIT);
      inv_waiting: assert(waiting_ok);
      if (d_valid_q) begin
        inv_answer: assert((answer_index == d_place) && (\dut.tag_q == {d_mark_q[W-1], d_mark_q[W-2:18], d_mark_q[15:0]}));
        inv_hit: assert(!answer_hit || (asked_q[d_place] && serves(last_q >> (W * d_place), d_mark_q, d_pos_q)));
      end

      hit_on_its_way: cover(hit && room && (level_q == 3'd1) && !w_hit_q[0] && (w_index_q[1:0] == answer_index));
      hit_read: cover(pop && w_hit_q[0] && (w_pos_q[15:0] == 16'hffff) && (level_q == 3'd3));
      same_place: cover(pop && w_hit_q[0] && !w_hit_q[1] && (w_index_q[3:2] == w_index_q[1:0]) && (level_q == 3'd2));
      shown_again: cover(lookup_wait && c_valid);
      too_old: cover(cached && !answer_hit && asked_q[d_place] && ((last_q >> (W * d_place + 16)) == (d_mark_q >> 16)));
    end
  end

endmodule

`default_nettype wire
