// vnet_realign: joins windows of a byte stream to dense words
// SPDX-License-Identifier: Apache-2.0
//
// A packet comes as windows: any run of lanes of a word, also none. It leaves as words without
// gaps: the first begins at lane s_start (looked at with the first window of a packet), all but the
// last are full to the top lane. m_off is 0 but in the first word of a packet. A packet without
// bytes leaves as one word with m_cnt = 0. Lanes outside m_off, m_cnt have no defined value.
//
// Each window is turned so that its first byte meets the first free lane. What does not fit stays
// behind as residue, in the low lanes. Example: 8-byte bus, s_start = 0, a 3-byte window at lane 5,
// then a 5-byte window at lane 3 and a last one at lane 0:
//
//   lane      0 1 2 3 4 5 6 7   turned by   residue before    word out          residue after
//   window 1  . . . . . A B C   0-5 -> +3   . . . . . . . .   -                 A B C . . . . .
//   window 2  . . . D E F G H   3-3 ->  0   A B C . . . . .   -                 A B C D E F G H
//   window 3  I J K L M . . .   8-0 ->  0   A B C D E F G H   A B C D E F G H   I J K L M . . .
//   (last)                                  I J K L M . . .   I J K L M . . .   -
//
// A full word waits in the residue until another byte comes, because it may be the last one. So a
// window makes one word leave at most, but for a last window that overflows: what it leaves in the
// residue goes out with the first window of the next packet, or alone. With s_start = 0 that first
// window cannot overflow its word, so the module never stalls its input by itself. With
// s_start != 0 it can, and then it waits one cycle.
//
// The position of a window depends on counts only, so it is found one stage before the bytes are
// turned, and the feedback loop is one small adder. Turning is a feed-forward pipeline.
//
// Latency:       5 cycles from a window to its word.
// Throughput:    1 window and 1 word per cycle, also across packets (s_start != 0: see above).
// Back-pressure: s_ready depends on registers only, not on m_ready.
// Errors:        s_err is handed on with the last word.
// Spec:          none.
`default_nettype none

module vnet_realign #(
  // Word width in bits: 64, 128, 256 or 512.
  parameter integer DATA_W = 64,
  // Derived: width of a lane number and of a count. Do not set.
  parameter integer OFF_W  = $clog2(DATA_W / 8),
  parameter integer CNT_W  = OFF_W + 1
) (
  input  wire              clk,
  input  wire              rst,

  // Windows: s_cnt = 0..BYTES-s_off.
  input  wire              s_valid,
  output wire              s_ready,
  input  wire [DATA_W-1:0] s_data,
  input  wire [OFF_W-1:0]  s_off,
  input  wire [CNT_W-1:0]  s_cnt,
  input  wire [OFF_W-1:0]  s_start,
  input  wire              s_last,
  input  wire [4:0]        s_err,

  // Dense words.
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [OFF_W-1:0]  m_off,
  output wire [CNT_W-1:0]  m_cnt,
  output wire              m_last,
  output wire [4:0]        m_err
);

  vnet_param_check #(
    .OK((DATA_W == 64) || (DATA_W == 128) || (DATA_W == 256) || (DATA_W == 512))
  ) u_data_w_must_be_64_128_256_or_512 ();

  localparam integer BYTES  = DATA_W / 8;
  // The turn is split: first by multiples of 2**LOW_W lanes, then by the rest.
  localparam integer LOW_W  = OFF_W / 2;
  localparam integer SIDE_W = OFF_W + CNT_W + 1 + 5;

  localparam [OFF_W-1:0] LOW_MASK = {OFF_W{1'b1}} >> (OFF_W - LOW_W);
  localparam [CNT_W-1:0] FULL     = {1'b1, {OFF_W{1'b0}}};

  // Moves lane i to lane i + lanes, modulo BYTES.
  function automatic [DATA_W-1:0] turn;
    input [DATA_W-1:0] data;
    input [OFF_W-1:0]  lanes;
    integer b;
    begin
      turn = data;
      for (b = 0; b < OFF_W; b = b + 1) begin
        if (lanes[b]) begin
          turn = (turn << (8 << b)) | (turn >> (DATA_W - (8 << b)));
        end
      end
    end
  endfunction

  // All stages behind the first move together, when the output has room.
  wire en;

  // Stage 0: the window as it came.
  reg              win_valid_q;
  reg [DATA_W-1:0] win_data_q;
  reg [OFF_W-1:0]  win_off_q;
  reg [CNT_W-1:0]  win_cnt_q;
  reg [OFF_W-1:0]  win_start_q;
  reg              win_last_q;
  reg [4:0]        win_err_q;
  reg              win_wide_q;   // as the first one of a packet it would overflow its word

  // Stage 1: positions.
  reg              first_q;      // the next window begins a packet
  reg [CNT_W-1:0]  pos_q;        // first free lane of the word being filled, BYTES when it is full
  reg [OFF_W-1:0]  word_off_q;   // first used lane of the word being filled
  reg              pend_q;       // the residue is the end of a packet and has to leave
  reg [4:0]        pend_err_q;

  wire [CNT_W-1:0] pos      = first_q ? {1'b0, win_start_q} : pos_q;
  wire [OFF_W-1:0] word_off = first_q ? win_start_q : word_off_q;
  wire [CNT_W:0]   sum      = {1'b0, pos} + {1'b0, win_cnt_q};
  // More bytes than fit: a full word leaves, sum - BYTES lanes stay. The low bits of sum are right
  // in both cases.
  wire             over     = (sum > {1'b0, FULL});
  wire [CNT_W-1:0] next_pos = {over ? sum[CNT_W] : sum[OFF_W], sum[OFF_W-1:0]};

  // The only case in which two words would have to leave at once. Behind the end of a packet comes
  // the first window of the next.
  wire             clash    = pend_q && win_wide_q;
  wire             take     = win_valid_q && !clash;

  assign s_ready = !win_valid_q || (en && !clash);

  // What leaves: the end of the last packet, else a full word, else the end of this one.
  wire             full_out = !pend_q && over;
  wire [CNT_W-1:0] out_top  = pend_q ? pos_q : (over ? FULL : next_pos);
  wire [OFF_W-1:0] out_off  = pend_q ? word_off_q : word_off;

  reg              pos_load_q;   // the window goes into the residue
  reg              pos_emit_q;   // a word leaves
  reg              pos_flush_q;  // it is the residue alone
  reg              pos_fresh_q;  // nothing of the old residue stays
  reg [DATA_W-1:0] pos_data_q;
  reg [OFF_W-1:0]  pos_turn_q;
  reg [CNT_W-1:0]  pos_keep_q;   // lanes below are taken from the residue
  reg [SIDE_W-1:0] pos_side_q;

  // Stage 2: turned by multiples of 2**LOW_W lanes.
  reg              high_load_q;
  reg              high_emit_q;
  reg              high_flush_q;
  reg              high_fresh_q;
  reg [DATA_W-1:0] high_data_q;
  reg [OFF_W-1:0]  high_turn_q;
  reg [CNT_W-1:0]  high_keep_q;
  reg [SIDE_W-1:0] high_side_q;

  // Stage 3: turned; one bit per lane says where its byte comes from.
  reg              low_emit_q;
  reg [DATA_W-1:0] low_data_q;
  reg [BYTES-1:0]  low_out_old_q;   // the word out takes the lane from the residue
  reg [BYTES-1:0]  low_res_old_q;   // the residue keeps the lane
  reg [SIDE_W-1:0] low_side_q;

  // Stage 4: the residue, and the word out beside it.
  reg  [DATA_W-1:0] residue_q;
  reg  [DATA_W-1:0] word;

  integer i;
  always @* begin
    for (i = 0; i < BYTES; i = i + 1) begin
      word[8*i +: 8] = low_out_old_q[i] ? residue_q[8*i +: 8] : low_data_q[8*i +: 8];
    end
  end

  integer k;
  always @(posedge clk) begin
    if (s_ready) begin
      win_valid_q <= s_valid;
      win_data_q  <= s_data;
      win_off_q   <= s_off;
      win_cnt_q   <= s_cnt;
      win_start_q <= s_start;
      win_last_q  <= s_last;
      win_err_q   <= s_err;
      win_wide_q  <= ({2'b00, s_start} + {1'b0, s_cnt}) > {1'b0, FULL};
    end

    if (en) begin
      pend_q <= 1'b0;
      if (take) begin
        first_q    <= win_last_q;
        pos_q      <= next_pos;
        word_off_q <= over ? {OFF_W{1'b0}} : word_off;
        pend_q     <= win_last_q && (over || pend_q);
        pend_err_q <= win_err_q;
      end

      pos_load_q  <= take;
      pos_emit_q  <= pend_q || (win_valid_q && (over || win_last_q));
      pos_flush_q <= pend_q;
      pos_fresh_q <= first_q || over;
      pos_data_q  <= win_data_q;
      pos_turn_q  <= pos[OFF_W-1:0] - win_off_q;
      pos_keep_q  <= pos;
      pos_side_q  <= {pend_q ? pend_err_q : win_err_q, !full_out, out_top - {1'b0, out_off},
                      out_off};

      high_load_q  <= pos_load_q;
      high_emit_q  <= pos_emit_q;
      high_flush_q <= pos_flush_q;
      high_fresh_q <= pos_fresh_q;
      high_data_q  <= turn(pos_data_q, pos_turn_q & ~LOW_MASK);
      high_turn_q  <= pos_turn_q & LOW_MASK;
      high_keep_q  <= pos_keep_q;
      high_side_q  <= pos_side_q;

      low_emit_q <= high_emit_q;
      low_data_q <= turn(high_data_q, high_turn_q);
      low_side_q <= high_side_q;
      for (k = 0; k < BYTES; k = k + 1) begin
        low_out_old_q[k] <= high_flush_q || (k[CNT_W-1:0] < high_keep_q);
        low_res_old_q[k] <= !high_load_q || (!high_fresh_q && (k[CNT_W-1:0] < high_keep_q));
        if (!low_res_old_q[k]) begin
          residue_q[8*k +: 8] <= low_data_q[8*k +: 8];
        end
      end
    end

    if (rst) begin
      win_valid_q <= 1'b0;
      first_q     <= 1'b1;
      pend_q      <= 1'b0;
      pos_load_q  <= 1'b0;
      pos_emit_q  <= 1'b0;
      high_load_q <= 1'b0;
      high_emit_q <= 1'b0;
      low_emit_q  <= 1'b0;
    end
  end

  vnet_skid #(
    .W(DATA_W + SIDE_W)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(low_emit_q),
    .s_ready(en),
    .s_data ({low_side_q, word}),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_err, m_last, m_cnt, m_off, m_data})
  );

endmodule

`default_nettype wire
