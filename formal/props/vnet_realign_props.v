// vnet_realign_props: all bytes and ends come out in order, unchanged, dense, and at their lanes
// SPDX-License-Identifier: Apache-2.0
//
// The invariant follows one byte through the pipeline: whatever stage it is in, the registers there together say
// at which lane of which word it will leave. Words on their way are the slots out, spare, low, high, pos (from
// the output on); behind them comes the word that is being filled, then the window that waits in front.
`default_nettype none

module vnet_realign_props #(
  parameter integer DATA_W = 64,
  // Bits of a byte that are followed.
  parameter integer BITS   = 8,
  // Derived.
  parameter integer OFF_W  = $clog2(DATA_W / 8),
  parameter integer CNT_W  = OFF_W + 1
) (
  input wire              clk,
  input wire              rst,
  input wire              s_valid,
  input wire [DATA_W-1:0] s_data,
  input wire [OFF_W-1:0]  s_off,
  input wire [CNT_W-1:0]  s_cnt,
  input wire [OFF_W-1:0]  s_start,
  input wire              s_last,
  input wire [4:0]        s_err,
  input wire              m_ready
);

  localparam integer BYTES  = DATA_W / 8;
  localparam integer LVL_W  = OFF_W + 5;
  localparam integer SIDE_W = OFF_W + CNT_W + 1 + 5;
  localparam [7:0]   MASK   = (1 << BITS) - 1;

  wire              s_ready;
  wire              m_valid;
  wire [DATA_W-1:0] m_data;
  wire [OFF_W-1:0]  m_off;
  wire [CNT_W-1:0]  m_cnt;
  wire              m_last;
  wire [4:0]        m_err;

  vnet_realign #(
    .DATA_W(DATA_W)
  ) dut (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_valid),
    .s_ready(s_ready),
    .s_data (s_data),
    .s_off  (s_off),
    .s_cnt  (s_cnt),
    .s_start(s_start),
    .s_last (s_last),
    .s_err  (s_err),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data (m_data),
    .m_off  (m_off),
    .m_cnt  (m_cnt),
    .m_last (m_last),
    .m_err  (m_err)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(
    .W(DATA_W + SIDE_W)
  ) u_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready),
    .payload({m_data & {BYTES{MASK}}, m_off, m_cnt, m_last, m_err})
  );

  // ---- What comes in, and the lane at which it has to leave.

  wire             fire = s_valid && s_ready;
  reg              inside_q;
  reg [OFF_W-1:0]  next_lane_q;
  wire [OFF_W-1:0] in_lane = inside_q ? next_lane_q : s_start;

  always @(posedge clk) begin
    if (fire) begin
      inside_q    <= !s_last;
      next_lane_q <= in_lane + s_cnt[OFF_W-1:0];
    end
    if (rst) begin
      inside_q <= 1'b0;
    end
  end

  wire [LVL_W-1:0] level;
  wire [LVL_W+9:0] mark;
  wire [OFF_W-1:0] lane;

  follow #(
    .IN_BYTES (BYTES),
    .OUT_BYTES(BYTES),
    .LEVEL_W  (LVL_W),
    .LANES    (1),
    .BITS     (BITS)
  ) u_follow (
    .clk(clk), .rst(rst),
    .in_fire(fire), .in_data(s_data), .in_off(s_off), .in_cnt(s_cnt), .in_last(s_last), .in_err(s_err),
    .in_lane(in_lane), .in_pos(), .in_may(1'b1),
    .out_valid(m_valid), .out_ready(m_ready), .out_data(m_data), .out_off(m_off), .out_cnt(m_cnt),
    .out_last(m_last), .out_err(m_err),
    .level(level), .mark(mark), .lane(lane)
  );

  // ---- Dense: gaps only before the first byte of a packet and behind the last one.

  reg out_inside_q;

  always @(posedge clk) begin
    if (m_valid && m_ready) begin
      out_inside_q <= !m_last;
    end
    if (rst) begin
      out_inside_q <= 1'b0;
    end
  end

  reg [3:0] still_q;

  always @(posedge clk) begin
    still_q <= (rst || s_valid || !m_ready) ? 4'd0 : still_q + (still_q != 4'd15);
  end

  always @* begin
    assume(s_off + s_cnt <= BYTES);
    if (!rst && m_valid) begin
      full_but_the_last: assert(m_last || (m_off + m_cnt == BYTES));
      gap_only_in_front: assert(!out_inside_q || (m_off == {OFF_W{1'b0}}));
    end
    if (!rst && (still_q >= 4'd10)) begin
      takes_input: assert(s_ready);
      complete_packets_leave: assert(inside_q || (level == {LVL_W{1'b0}}));
      less_than_a_word_stays: assert(level <= BYTES);
    end
  end

  // ---- The registers of the design.

  (* hierconn *) wire              \dut.en ;
  (* hierconn *) wire              \dut.win_valid_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.win_data_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_off_q ;
  (* hierconn *) wire [CNT_W-1:0]  \dut.win_cnt_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_start_q ;
  (* hierconn *) wire              \dut.win_last_q ;
  (* hierconn *) wire [4:0]        \dut.win_err_q ;
  (* hierconn *) wire              \dut.win_wide_q ;
  (* hierconn *) wire              \dut.over ;
  (* hierconn *) wire              \dut.first_q ;
  (* hierconn *) wire [CNT_W-1:0]  \dut.pos_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.word_off_q ;
  (* hierconn *) wire              \dut.pend_q ;
  (* hierconn *) wire [4:0]        \dut.pend_err_q ;
  (* hierconn *) wire              \dut.pos_load_q ;
  (* hierconn *) wire              \dut.pos_emit_q ;
  (* hierconn *) wire              \dut.pos_flush_q ;
  (* hierconn *) wire              \dut.pos_fresh_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.pos_data_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.pos_turn_q ;
  (* hierconn *) wire [CNT_W-1:0]  \dut.pos_keep_q ;
  (* hierconn *) wire [SIDE_W-1:0] \dut.pos_side_q ;
  (* hierconn *) wire              \dut.high_load_q ;
  (* hierconn *) wire              \dut.high_emit_q ;
  (* hierconn *) wire              \dut.high_flush_q ;
  (* hierconn *) wire              \dut.high_fresh_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.high_data_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.high_turn_q ;
  (* hierconn *) wire [CNT_W-1:0]  \dut.high_keep_q ;
  (* hierconn *) wire [SIDE_W-1:0] \dut.high_side_q ;
  (* hierconn *) wire              \dut.low_emit_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.low_data_q ;
  (* hierconn *) wire [BYTES-1:0]  \dut.low_out_old_q ;
  (* hierconn *) wire [BYTES-1:0]  \dut.low_res_old_q ;
  (* hierconn *) wire [SIDE_W-1:0] \dut.low_side_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.residue_q ;
  (* hierconn *) wire              \dut.u_out.spare_valid_q ;
  (* hierconn *) wire [DATA_W+SIDE_W-1:0] \dut.u_out.spare_q ;

  // The marked byte, if it is at its lane of the respective word.
  wire [OFF_W-1:0] high_from = lane - \dut.high_turn_q ;
  wire [OFF_W-1:0] pos_from  = lane - \dut.pos_turn_q ;
  wire [7:0] at_out   = MASK & (m_data >> {lane, 3'd0});
  wire [7:0] at_spare = MASK & (\dut.u_out.spare_q >> {lane, 3'd0});
  wire [7:0] residue  = MASK & (\dut.residue_q >> {lane, 3'd0});
  wire [7:0] low_new  = MASK & (\dut.low_data_q >> {lane, 3'd0});
  wire [7:0] high_new = MASK & (\dut.high_data_q >> {high_from, 3'd0});
  wire [7:0] pos_new  = MASK & (\dut.pos_data_q >> {pos_from, 3'd0});
  wire       low_out  = \dut.low_out_old_q >> lane;
  wire       low_res  = \dut.low_res_old_q >> lane;
  wire       high_old = lane < \dut.high_keep_q ;
  wire       pos_old  = lane < \dut.pos_keep_q ;

  wire [7:0] at_low   = low_out ? residue : low_new;
  wire [7:0] res_low  = low_res ? residue : low_new;
  wire [7:0] at_high  = (\dut.high_flush_q || high_old) ? res_low : high_new;
  wire [7:0] res_high = (!\dut.high_load_q || (!\dut.high_fresh_q && high_old)) ? res_low : high_new;
  wire [7:0] at_pos   = (\dut.pos_flush_q || pos_old) ? res_high : pos_new;
  wire [7:0] at_fill  = (!\dut.pos_load_q || (!\dut.pos_fresh_q && pos_old)) ? res_high : pos_new;

  // One byte in every lane is enough for `holds`: the marked one must be at its lane.
  wire [LVL_W-1:0] n0;
  wire [LVL_W-1:0] n1;
  wire [LVL_W-1:0] n2;
  wire [LVL_W-1:0] n3;
  wire [LVL_W-1:0] n4;
  wire [LVL_W-1:0] n5;
  wire [LVL_W-1:0] n6;
  wire [6:0]       ok;
  wire [4:0]       dense;
  wire [4:0]       open;

  realign_slot #(.OFF_W(OFF_W), .LVL_W(LVL_W)) u_slot_out (
    .valid(m_valid), .side({m_err, m_last, m_cnt, m_off}), .found(at_out), .lane(lane), .mark(mark),
    .before({LVL_W{1'b0}}), .after(n0), .ok(ok[0]), .dense(dense[0]),
    .open(out_inside_q), .opens(open[0])
  );
  realign_slot #(.OFF_W(OFF_W), .LVL_W(LVL_W)) u_slot_spare (
    .valid(\dut.u_out.spare_valid_q ), .side(\dut.u_out.spare_q [DATA_W+SIDE_W-1:DATA_W]), .found(at_spare),
    .lane(lane), .mark(mark), .before(n0), .after(n1), .ok(ok[1]), .dense(dense[1]),
    .open(open[0]), .opens(open[1])
  );
  realign_slot #(.OFF_W(OFF_W), .LVL_W(LVL_W)) u_slot_low (
    .valid(\dut.low_emit_q ), .side(\dut.low_side_q ), .found(at_low), .lane(lane), .mark(mark),
    .before(n1), .after(n2), .ok(ok[2]), .dense(dense[2]),
    .open(open[1]), .opens(open[2])
  );
  realign_slot #(.OFF_W(OFF_W), .LVL_W(LVL_W)) u_slot_high (
    .valid(\dut.high_emit_q ), .side(\dut.high_side_q ), .found(at_high), .lane(lane), .mark(mark),
    .before(n2), .after(n3), .ok(ok[3]), .dense(dense[3]),
    .open(open[2]), .opens(open[3])
  );
  realign_slot #(.OFF_W(OFF_W), .LVL_W(LVL_W)) u_slot_pos (
    .valid(\dut.pos_emit_q ), .side(\dut.pos_side_q ), .found(at_pos), .lane(lane), .mark(mark),
    .before(n3), .after(n4), .ok(ok[4]), .dense(dense[4]),
    .open(open[3]), .opens(open[4])
  );
  // The word being filled: with pend_q it is the end of a packet, else it is empty or the packet goes on.
  wire             fill_some = \dut.pend_q || !\dut.first_q ;
  wire [CNT_W-1:0] fill_cnt  = \dut.pos_q - {1'b0, \dut.word_off_q };
  realign_slot #(.OFF_W(OFF_W), .LVL_W(LVL_W)) u_slot_fill (
    .valid(fill_some), .side({\dut.pend_err_q , \dut.pend_q , fill_cnt, \dut.word_off_q }), .found(at_fill),
    .lane(lane), .mark(mark), .before(n4), .after(n5), .ok(ok[5]), .dense(),
    .open(1'b0), .opens()
  );
  holds #(.BYTES(BYTES), .LEVEL_W(LVL_W), .BITS(BITS)) u_window (
    .valid(\dut.win_valid_q ), .data(\dut.win_data_q ), .off(\dut.win_off_q ), .cnt(\dut.win_cnt_q ),
    .last(\dut.win_last_q ), .err(\dut.win_err_q ), .mark(mark), .before(n5), .after(n6), .ok(ok[6])
  );

  // Lane at which the first byte of the waiting window leaves, and the next one after it.
  wire [OFF_W-1:0] win_lane = \dut.first_q ? \dut.win_start_q : \dut.pos_q [OFF_W-1:0];
  wire [OFF_W-1:0] end_lane = win_lane + \dut.win_cnt_q [OFF_W-1:0];
  wire [LVL_W-1:0] ahead    = mark[LVL_W-1:0];
  wire [LVL_W-1:0] win_pos  = ahead - n5;
  wire             in_win   = mark[LVL_W+9] && !mark[LVL_W+8] && (ahead >= n5);

  always @* begin
    if (!rst) begin
      inv_level: assert(level == n6);
      inv_place: assert(ok == 7'h7f);
      inv_dense: assert(dense == 5'h1f);
      inv_open: assert(fill_some ? !open[4] || (\dut.word_off_q == 0) : !open[4]);
      inv_skid: assert(!\dut.u_out.spare_valid_q || (m_valid && !\dut.en ));
      inv_pend: assert(!\dut.pend_q || \dut.first_q );
      inv_wide: assert(!(\dut.win_valid_q && \dut.pend_q ) || (\dut.win_wide_q == \dut.over ));
      inv_fill: assert(!fill_some || ((\dut.pos_q <= BYTES) && (\dut.pos_q >= {1'b0, \dut.word_off_q })));
      inv_inside: assert(inside_q == (\dut.win_valid_q ? !\dut.win_last_q : !\dut.first_q ));
      inv_next_lane: assert(!inside_q || (next_lane_q == (\dut.win_valid_q ? end_lane : \dut.pos_q [OFF_W-1:0])));
      inv_win_lane: assert(!in_win || (lane == win_lane + win_pos[OFF_W-1:0]));
      // With room at the output and nothing new, one stage after the other runs empty.
      inv_still: assert(((still_q < 4'd2) || \dut.en ) &&
                        ((still_q < 4'd3) || !\dut.win_valid_q || !\dut.pend_q ) &&
                        ((still_q < 4'd4) || !\dut.win_valid_q ) &&
                        ((still_q < 4'd5) || !\dut.pend_q ) &&
                        ((still_q < 4'd6) || !\dut.pos_emit_q ) &&
                        ((still_q < 4'd7) || !\dut.high_emit_q ) &&
                        ((still_q < 4'd8) || !\dut.low_emit_q ) &&
                        ((still_q < 4'd9) || !m_valid));
    end
  end

  // ---- The interesting cases can happen.

  always @* begin
    if (!rst) begin
      two_words_at_once: cover(\dut.win_valid_q && \dut.pend_q && !s_ready && \dut.en );
      end_behind_a_full_word: cover(m_valid && m_last && (m_cnt == 1) && out_inside_q && mark[LVL_W+9]);
      empty_packet: cover(m_valid && m_last && (m_cnt == 0));
      joined_from_three: cover(m_valid && (m_cnt == BYTES) && mark[LVL_W+9] && !mark[LVL_W+8] && (ahead == 3));
      waits: cover(m_valid && !m_ready && !s_ready && s_valid);
    end
  end

endmodule

// realign_slot: a word on its way; side is {err, last, cnt, off}, found is the byte at the lane of the mark
module realign_slot #(
  parameter integer OFF_W = 3,
  parameter integer LVL_W = 8,
  // Derived.
  parameter integer CNT_W = OFF_W + 1
) (
  input  wire                   valid,
  input  wire [OFF_W+CNT_W+5:0] side,
  input  wire [7:0]             found,
  input  wire [OFF_W-1:0]       lane,
  input  wire [LVL_W+9:0]       mark,
  input  wire [LVL_W-1:0]       before,
  output wire [LVL_W-1:0]       after,
  output wire                   ok,
  // Inside a packet before and behind this word; dense: no gap where none may be.
  input  wire                   open,
  output wire                   opens,
  output wire                   dense
);

  wire [4:0]       err;
  wire             last;
  wire [CNT_W-1:0] cnt;
  wire [OFF_W-1:0] off;

  assign {err, last, cnt, off} = side;

  wire             marked;
  wire             is_end;
  wire [7:0]       value;
  wire [LVL_W-1:0] ahead;

  assign {marked, is_end, value, ahead} = mark;
  assign after = valid ? before + cnt + last : before;

  wire [LVL_W-1:0] pos   = ahead - before;
  wire             here  = marked && (ahead >= before) && (ahead < after);
  wire [CNT_W-1:0] top   = off + cnt;
  wire             legal = off + cnt <= (1 << OFF_W);

  assign ok = !valid || (legal && (!here || (is_end ? (pos == cnt) && (value == {3'd0, err})
                                                     : (pos != cnt) && (value == found) &&
                                                       (off + pos == {1'b0, lane}))));
  assign opens = valid ? !last : open;
  assign dense = !valid || ((last || (top == (1 << OFF_W))) && (!open || (off == {OFF_W{1'b0}})));

endmodule

`default_nettype wire
