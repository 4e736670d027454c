// vnet_hdr_insert_props: each frame leaves behind its header of N bytes; refused frames do not leave
// SPDX-License-Identifier: Apache-2.0
//
// The header counts as entered in the first cycle of its plan, the words of the frame when they are taken.
`default_nettype none

module vnet_hdr_insert_props #(
  parameter integer DATA_W = 64,
  // Derived.
  parameter integer OFF_W  = $clog2(DATA_W / 8),
  parameter integer CNT_W  = OFF_W + 1
) (
  input wire              clk,
  input wire              rst,
  input wire [5:0]        cfg_hdr_len,
  input wire              s_plan_valid,
  input wire              s_plan_discard,
  input wire [15:0]       s_plan_buffers,
  input wire [255:0]      s_plan_hdr,
  input wire              s_valid,
  input wire [DATA_W-1:0] s_data,
  input wire [CNT_W-1:0]  s_cnt,
  input wire              s_last,
  input wire              m_ready
);

  localparam integer BYTES = DATA_W / 8;
  // The tracker takes a header or a word of the frame.
  localparam integer IN_BYTES = (BYTES < 32) ? 32 : BYTES;
  localparam integer LVL_W    = $clog2(IN_BYTES) + 3;

  wire              s_plan_ready;
  wire              s_ready;
  wire              m_valid;
  wire [DATA_W-1:0] m_data;
  wire [CNT_W-1:0]  m_cnt;
  wire              m_last;

  vnet_hdr_insert #(
    .DATA_W(DATA_W)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .cfg_hdr_len   (cfg_hdr_len),
    .s_plan_valid  (s_plan_valid),
    .s_plan_ready  (s_plan_ready),
    .s_plan_discard(s_plan_discard),
    .s_plan_buffers(s_plan_buffers),
    .s_plan_hdr    (s_plan_hdr),
    .s_valid       (s_valid),
    .s_ready       (s_ready),
    .s_data        (s_data),
    .s_cnt         (s_cnt),
    .s_last        (s_last),
    .m_valid       (m_valid),
    .m_ready       (m_ready),
    .m_data        (m_data),
    .m_cnt         (m_cnt),
    .m_last        (m_last)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(
    .W     (1 + 16 + 256 + 6),
    .ASSUME(1)
  ) u_plan_rules (
    .clk(clk), .rst(rst), .valid(s_plan_valid), .ready(s_plan_ready),
    .payload({s_plan_discard, s_plan_buffers, s_plan_hdr, cfg_hdr_len})
  );

  stream_rules #(
    .W     (DATA_W + CNT_W + 1),
    .ASSUME(1)
  ) u_in_rules (
    .clk(clk), .rst(rst), .valid(s_valid), .ready(s_ready), .payload({s_data, s_cnt, s_last})
  );

  stream_rules #(
    .W(DATA_W + CNT_W + 1)
  ) u_out_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .payload({m_data, m_cnt, m_last})
  );

  // ---- What enters.

  reg           fed_q;        // the header of the present plan has been counted
  wire          serves = s_plan_valid && !s_plan_discard;
  wire          feed   = serves && !fed_q;
  wire          fire   = s_valid && s_ready;
  // num_buffers is put in at bytes 10 and 11, little endian.
  wire [255:0]  hdr    = {s_plan_hdr[255:96], s_plan_buffers, s_plan_hdr[79:0]};

  wire [LVL_W-1:0] level;
  wire [LVL_W+9:0] mark;

  follow #(
    .IN_BYTES (IN_BYTES),
    .OUT_BYTES(BYTES),
    .LEVEL_W  (LVL_W)
  ) u_follow (
    .clk(clk), .rst(rst),
    .in_fire (feed || (serves && fire)),
    .in_data (feed ? {{(8*IN_BYTES-256){1'b0}}, hdr} : {{(8*IN_BYTES-DATA_W){1'b0}}, s_data}),
    .in_off  ({$clog2(IN_BYTES){1'b0}}),
    .in_cnt  (feed ? {{($clog2(IN_BYTES)){1'b0}}, cfg_hdr_len} : {{($clog2(IN_BYTES)){1'b0}}, s_cnt}),
    .in_last (!feed && s_last),
    .in_err  (5'd0),
    .in_lane ({OFF_W{1'b0}}), .in_pos(), .in_may(1'b1),
    .out_valid(m_valid), .out_ready(m_ready), .out_data(m_data), .out_off({OFF_W{1'b0}}),
    .out_cnt(m_cnt), .out_last(m_last), .out_err(5'd0),
    .level(level), .mark(mark), .lane()
  );

  always @(posedge clk) begin
    if (feed) begin
      fed_q <= 1'b1;
    end
    if (s_plan_valid && s_plan_ready) begin
      fed_q <= 1'b0;
    end
    if (rst) begin
      fed_q <= 1'b0;
    end
  end

  always @* begin
    assume((cfg_hdr_len >= 6'd1) && (cfg_hdr_len <= 6'd32));
    assume(s_cnt <= BYTES);
    if (!rst) begin
      header_goes_first: assert(!(fire && serves) || fed_q);
      no_word_without_plan: assert(!fire || s_plan_valid);
      one_plan_per_frame: assert((s_plan_valid && s_plan_ready) == (fire && s_last));
      // One more word than a header at a time.
      goes_on: assert(!(m_ready && serves && fed_q && (level == 0)) || s_ready);
      throws_away: assert(!(s_plan_valid && s_plan_discard) || s_ready);
    end
  end

  // ---- The registers of the design: the output, and the part of the header that is still to come.

  (* hierconn *) wire       \dut.body_q ;
  (* hierconn *) wire [1:0] \dut.part_q ;

  wire [5:0]        sent  = (BYTES < 32) ? \dut.part_q << OFF_W : 6'd0;
  wire [5:0]        rest  = cfg_hdr_len - sent;
  wire [LVL_W-1:0]  n0;
  wire [LVL_W-1:0]  n1;
  wire [1:0]        ok;

  holds #(.BYTES(BYTES), .LEVEL_W(LVL_W)) u_out (
    .valid(m_valid), .data(m_data), .off({OFF_W{1'b0}}), .cnt(m_cnt), .last(m_last), .err(5'd0),
    .mark(mark), .before({LVL_W{1'b0}}), .after(n0), .ok(ok[0])
  );
  holds #(.BYTES(32), .LEVEL_W(LVL_W)) u_rest (
    .valid(fed_q && !\dut.body_q ), .data(hdr >> {sent, 3'd0}), .off(5'd0), .cnt(rest), .last(1'b0),
    .err(5'd0), .mark(mark), .before(n0), .after(n1), .ok(ok[1])
  );

  always @* begin
    if (!rst) begin
      inv_level: assert(level == n1);
      inv_place: assert(ok == 2'b11);
      inv_fed: assert(fed_q ? serves : !\dut.body_q && (\dut.part_q == 2'd0));
      inv_part: assert(\dut.body_q ? (\dut.part_q == 2'd0) : !fed_q || (sent < cfg_hdr_len));
      longest_header: cover(\dut.body_q && (cfg_hdr_len == 6'd32) && mark[LVL_W+9] && !mark[LVL_W+8]);
      shortest_header: cover(m_valid && m_last && (cfg_hdr_len == 6'd1) && mark[LVL_W+9]);
      thrown_away: cover(s_plan_valid && s_plan_discard && s_plan_ready && m_valid && !m_ready);
      back_to_back: cover(feed && m_valid && m_last && m_ready);
    end
  end

endmodule

`default_nettype wire
