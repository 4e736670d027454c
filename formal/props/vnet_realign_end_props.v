// vnet_realign_end_props: the end of a packet that has bytes never leaves alone
// SPDX-License-Identifier: Apache-2.0
//
// vnet_realign_props lets the end of a packet leave in a word without bytes behind its last full word. This says that
// it does not: a full word waits until it is known whether it is the last. Only counts matter, so it is a small proof.
`default_nettype none

module vnet_realign_end_props #(
  parameter integer DATA_W = 64,
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
  input wire              m_ready
);

  localparam integer BYTES  = DATA_W / 8;
  localparam integer SIDE_W = OFF_W + CNT_W + 1 + 5;

  wire              s_ready;
  wire              m_valid;
  wire [OFF_W-1:0]  m_off;
  wire [CNT_W-1:0]  m_cnt;
  wire              m_last;

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
    .s_err  (5'd0),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data (),
    .m_off  (m_off),
    .m_cnt  (m_cnt),
    .m_last (m_last),
    .m_err  ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  // Words of the packet have left already.
  reg inside_q;

  always @(posedge clk) begin
    if (m_valid && m_ready) begin
      inside_q <= !m_last;
    end
    if (rst) begin
      inside_q <= 1'b0;
    end
  end

  // ---- The registers of the design.

  (* hierconn *) wire              \dut.en ;
  (* hierconn *) wire              \dut.first_q ;
  (* hierconn *) wire [CNT_W-1:0]  \dut.pos_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.word_off_q ;
  (* hierconn *) wire              \dut.pend_q ;
  (* hierconn *) wire              \dut.win_valid_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_off_q ;
  (* hierconn *) wire [CNT_W-1:0]  \dut.win_cnt_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_start_q ;
  (* hierconn *) wire              \dut.win_wide_q ;
  (* hierconn *) wire              \dut.over ;
  (* hierconn *) wire              \dut.pos_emit_q ;
  (* hierconn *) wire              \dut.high_emit_q ;
  (* hierconn *) wire              \dut.low_emit_q ;
  (* hierconn *) wire [SIDE_W-1:0] \dut.pos_side_q ;
  (* hierconn *) wire [SIDE_W-1:0] \dut.high_side_q ;
  (* hierconn *) wire [SIDE_W-1:0] \dut.low_side_q ;
  (* hierconn *) wire              \dut.u_out.spare_valid_q ;
  (* hierconn *) wire [DATA_W+SIDE_W-1:0] \dut.u_out.spare_q ;

  // Words on their way, from the output on: whether each leaves its packet open, and whether it has bytes.
  wire [SIDE_W-1:0] spare = \dut.u_out.spare_q [DATA_W+SIDE_W-1:DATA_W];
  wire [4:0] valid  = {\dut.pos_emit_q , \dut.high_emit_q , \dut.low_emit_q , \dut.u_out.spare_valid_q , m_valid};
  wire [4:0] last   = {\dut.pos_side_q [OFF_W+CNT_W], \dut.high_side_q [OFF_W+CNT_W], \dut.low_side_q [OFF_W+CNT_W],
                       spare[OFF_W+CNT_W], m_last};
  wire [4:0] some   = {\dut.pos_side_q [OFF_W +: CNT_W] != 0, \dut.high_side_q [OFF_W +: CNT_W] != 0,
                       \dut.low_side_q [OFF_W +: CNT_W] != 0, spare[OFF_W +: CNT_W] != 0, m_cnt != 0};
  wire [5:0] open;

  assign open[0] = inside_q;

  genvar k;
  generate
    for (k = 0; k < 5; k = k + 1) begin : g_open
      assign open[k+1] = valid[k] ? !last[k] : open[k];
    end
  endgenerate

  always @* begin
    assume(s_off + s_cnt <= BYTES);
    if (!rst) begin
      ends_with_a_byte: assert(!(m_valid && inside_q) || (m_cnt != {CNT_W{1'b0}}));
      inv_words: assert((valid & open[4:0] & ~some) == 5'd0);
      inv_fill: assert(!open[5] || ((\dut.pend_q || !\dut.first_q ) && (\dut.word_off_q == {OFF_W{1'b0}}) &&
                                    (\dut.pos_q != {CNT_W{1'b0}})));
      inv_pos: assert(!(\dut.pend_q || !\dut.first_q ) ||
                      ((\dut.pos_q <= BYTES) && (\dut.pos_q >= {1'b0, \dut.word_off_q })));
      inv_window: assert(!\dut.win_valid_q || (\dut.win_off_q + \dut.win_cnt_q <= BYTES));
      inv_pend: assert(!\dut.pend_q || \dut.first_q );
      inv_wide: assert(!(\dut.win_valid_q && \dut.pend_q ) || (\dut.win_wide_q == \dut.over ));
      inv_skid: assert(!\dut.u_out.spare_valid_q || (m_valid && !\dut.en ));
      inv_closed: assert(\dut.pend_q || !\dut.first_q || !open[5]);
      one_byte_behind_a_full_word: cover(m_valid && inside_q && m_last && (m_cnt == 1));
      full_word_is_the_last: cover(m_valid && inside_q && m_last && (m_cnt == BYTES));
      no_byte_at_all: cover(m_valid && m_last && (m_cnt == 0));
    end
  end

endmodule

`default_nettype wire
