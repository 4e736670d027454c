// vnet_hdr_extract_props: the first N bytes of a packet are the header, the rest is the payload
// SPDX-License-Identifier: Apache-2.0
//
// N is any of 1..32 for each packet, windows come in any cut, with any gaps and any back-pressure.
`default_nettype none

module vnet_hdr_extract_props #(
  parameter integer DATA_W  = 64,
  parameter integer HDR_MAX = 32,
  // Bits of a byte that are followed.
  parameter integer BITS    = 8,
  // Derived.
  parameter integer OFF_W   = $clog2(DATA_W / 8)
) (
  input wire              clk,
  input wire              rst,
  input wire [5:0]        cfg_hdr_len,
  input wire              s_valid,
  input wire [DATA_W-1:0] s_data,
  input wire [OFF_W-1:0]  s_off,
  input wire [OFF_W:0]    s_cnt,
  input wire              s_last,
  input wire [4:0]        s_err,
  input wire              m_hdr_ready,
  input wire              m_ready
);

  localparam integer BYTES = DATA_W / 8;
  localparam integer LVL_W = OFF_W + 4;
  localparam [7:0]   MASK  = (1 << BITS) - 1;

  wire              s_ready;
  wire              m_hdr_valid;
  wire [8*HDR_MAX-1:0] m_hdr_data;
  wire              m_valid;
  wire [DATA_W-1:0] m_data;
  wire [OFF_W-1:0]  m_off;
  wire [OFF_W:0]    m_cnt;
  wire              m_last;
  wire [4:0]        m_err;

  vnet_hdr_extract #(
    .DATA_W (DATA_W),
    .HDR_MAX(HDR_MAX)
  ) dut (
    .clk        (clk),
    .rst        (rst),
    .cfg_hdr_len(cfg_hdr_len),
    .s_valid    (s_valid),
    .s_ready    (s_ready),
    .s_data     (s_data),
    .s_off      (s_off),
    .s_cnt      (s_cnt),
    .s_last     (s_last),
    .s_err      (s_err),
    .m_hdr_valid(m_hdr_valid),
    .m_hdr_ready(m_hdr_ready),
    .m_hdr_data (m_hdr_data),
    .m_valid    (m_valid),
    .m_ready    (m_ready),
    .m_data     (m_data),
    .m_off      (m_off),
    .m_cnt      (m_cnt),
    .m_last     (m_last),
    .m_err      (m_err)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(
    .W(8 * HDR_MAX)
  ) u_hdr_rules (
    .clk(clk), .rst(rst), .valid(m_hdr_valid), .ready(m_hdr_ready), .payload(m_hdr_data & {HDR_MAX{MASK}})
  );

  stream_rules #(
    .W(DATA_W + 2 * OFF_W + 7)
  ) u_pay_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready),
    .payload({m_data & {BYTES{MASK}}, m_off, m_cnt, m_last, m_err})
  );

  // ---- What the input may do.

  reg [5:0] len_q;
  // Header bytes of the present packet that have come in.
  reg [5:0] pos_q;
  // A window of the present packet has come in.
  reg       inside_q;

  always @* begin
    assume((cfg_hdr_len >= 6'd1) && (cfg_hdr_len <= HDR_MAX));
    assume(lane < HDR_MAX);
    assume(!inside_q || (cfg_hdr_len == len_q));
    assume(s_off + s_cnt <= BYTES);
  end

  wire       fire  = s_valid && s_ready;
  wire [6:0] need  = cfg_hdr_len - pos_q;
  wire       full  = s_cnt >= need;
  wire [6:0] taken = full ? need : s_cnt;

  always @(posedge clk) begin
    len_q <= cfg_hdr_len;
    if (fire) begin
      inside_q <= !s_last;
      pos_q    <= s_last ? 6'd0 : pos_q + taken;
    end
    if (rst) begin
      inside_q <= 1'b0;
      pos_q    <= 6'd0;
    end
  end

  // ---- Payload: what enters behind byte N.

  wire [LVL_W-1:0] level;
  wire [LVL_W+9:0] mark;

  follow #(
    .IN_BYTES (BYTES),
    .OUT_BYTES(BYTES),
    .LEVEL_W  (LVL_W),
    .BITS     (BITS)
  ) u_payload (
    .clk(clk), .rst(rst),
    .in_fire (fire),
    .in_data (s_data),
    .in_off  (s_off + taken[OFF_W-1:0]),
    .in_cnt  (s_cnt - taken[OFF_W:0]),
    .in_last (s_last),
    .in_err  ((!full && (s_err == 5'd0)) ? 5'd8 : s_err),
    .in_lane ({OFF_W{1'b0}}), .in_pos(), .in_may(1'b1),
    .out_valid(m_valid), .out_ready(m_ready), .out_data(m_data), .out_off(m_off), .out_cnt(m_cnt),
    .out_last(m_last), .out_err(m_err),
    .level(level), .mark(mark), .lane()
  );

  // ---- Header: byte `lane` of one marked packet.

  // A lane behind the longest header is none.
  (* anyconst *) reg [4:0] lane;
  (* anyseq *)   reg       pick;

  reg       hdr_marked_q;
  reg       hdr_open_q;       // the marked packet is still coming in, and its header is not complete
  reg [7:0] hdr_byte_q;
  reg [2:0] hdr_ahead_q;      // headers that leave before it
  reg [2:0] hdr_level_q;      // headers that are complete and have not left

  wire       closes    = fire && (pos_q != cfg_hdr_len) && (full || s_last);
  wire       hdr_leave = m_hdr_valid && m_hdr_ready;
  wire       mine      = (hdr_marked_q && hdr_open_q) || (!hdr_marked_q && !inside_q && pick);
  wire [5:0] rel       = {1'b0, lane} - pos_q;
  wire       has_lane  = (lane >= pos_q) && (rel < taken);
  wire [7:0] in_byte   = MASK & (s_data >> {s_off + rel[OFF_W-1:0], 3'd0});
  wire [7:0] out_byte  = MASK & (m_hdr_data >> {lane, 3'd0});
  wire       hdr_mine  = hdr_marked_q && !hdr_open_q && (hdr_ahead_q == 3'd0);

  always @(posedge clk) begin
    hdr_level_q <= hdr_level_q + closes - hdr_leave;
    if (hdr_marked_q && (hdr_ahead_q != 3'd0)) begin
      hdr_ahead_q <= hdr_ahead_q - hdr_leave;
    end
    if (fire && mine) begin
      hdr_marked_q <= 1'b1;
      hdr_open_q   <= !closes;
      if (!hdr_marked_q) begin
        hdr_ahead_q <= hdr_level_q - hdr_leave;
      end
      hdr_byte_q   <= has_lane ? in_byte : (hdr_marked_q ? hdr_byte_q : 8'd0);
    end else if (hdr_mine && hdr_leave) begin
      hdr_marked_q <= 1'b0;
    end
    if (rst) begin
      hdr_level_q  <= 3'd0;
      hdr_marked_q <= 1'b0;
    end
  end

  always @* begin
    if (!rst && m_hdr_valid) begin
      no_header_invented: assert(hdr_level_q != 3'd0);
      if (hdr_mine) begin
        header_byte: assert(out_byte == hdr_byte_q);
      end
    end
  end

  // ---- Nothing stays inside: with room at the outputs and no more input, all comes out.

  reg [2:0] still_q;

  always @(posedge clk) begin
    still_q <= (rst || s_valid || !m_ready || !m_hdr_ready) ? 3'd0 : still_q + (still_q != 3'd7);
  end

  always @* begin
    if (!rst && (still_q >= 3'd4)) begin
      nothing_stays: assert((level == 0) && (hdr_level_q == 3'd0));
      takes_input: assert(s_ready);
    end
  end

  // ---- The registers of the design.

  (* hierconn *) wire [5:0]        \dut.pos_q ;
  (* hierconn *) wire              \dut.valid_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.data_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.off_q ;
  (* hierconn *) wire [OFF_W:0]    \dut.cnt_q ;
  (* hierconn *) wire              \dut.keep_q ;
  (* hierconn *) wire              \dut.last_q ;
  (* hierconn *) wire [4:0]        \dut.err_q ;
  (* hierconn *) wire              \dut.closes_q ;
  (* hierconn *) wire [5:0]        \dut.lo_q ;
  (* hierconn *) wire [5:0]        \dut.hi_q ;
  (* hierconn *) wire [DATA_W-1:0] \dut.turned ;

  wire [LVL_W-1:0] n0;
  wire [LVL_W-1:0] n1;
  wire [1:0]       ok;

  holds #(.BYTES(BYTES), .LEVEL_W(LVL_W), .BITS(BITS)) u_out (
    .valid(m_valid), .data(m_data), .off(m_off), .cnt(m_cnt), .last(m_last), .err(m_err),
    .mark(mark), .before({LVL_W{1'b0}}), .after(n0), .ok(ok[0])
  );
  holds #(.BYTES(BYTES), .LEVEL_W(LVL_W), .BITS(BITS)) u_first (
    .valid(\dut.valid_q && \dut.keep_q ), .data(\dut.data_q ), .off(\dut.off_q ), .cnt(\dut.cnt_q ),
    .last(\dut.last_q ), .err(\dut.err_q ), .mark(mark), .before(n0), .after(n1), .ok(ok[1])
  );

  // The header register at the marked lane, now and when the window of the first step has been put in.
  wire       closing  = \dut.valid_q && \dut.closes_q ;
  wire [7:0] new_byte = MASK & (\dut.turned >> {lane[((OFF_W < 5) ? OFF_W : 5)-1:0], 3'd0});
  wire [7:0] next_byte = ((lane >= \dut.lo_q ) && (lane < \dut.hi_q )) ? new_byte
                       : (\dut.lo_q == 6'd0) ? 8'd0 : out_byte;

  always @* begin
    if (!rst) begin
      inv_pos: assert((pos_q == \dut.pos_q ) && (pos_q <= (inside_q ? len_q : 6'd0)));
      inv_level: assert(level == n1);
      inv_place: assert(ok == 2'b11);
      inv_hdr_level: assert(hdr_level_q == m_hdr_valid + closing);
      // The window in the first step takes header bytes lo..hi-1 and is the last that came.
      inv_range: assert(!\dut.valid_q || ((\dut.lo_q <= \dut.hi_q ) && (\dut.hi_q <= HDR_MAX)));
      inv_hi: assert(!\dut.valid_q || \dut.last_q || (\dut.hi_q == pos_q));
      inv_between: assert(!\dut.valid_q || (inside_q == !\dut.last_q ));
      inv_keep: assert(\dut.keep_q || !\dut.last_q || !\dut.valid_q );
      inv_no_bytes: assert(!\dut.valid_q || \dut.keep_q || (\dut.cnt_q == 0));
      inv_open: assert(!(closing && !\dut.last_q ) || (pos_q == len_q));
      // A header that waits at the output is not touched by the windows behind it.
      inv_waits: assert(!(m_hdr_valid && \dut.valid_q && (\dut.lo_q != 6'd0)) || !closing);
      inv_waits_open: assert(!(m_hdr_valid && inside_q) || (pos_q == len_q) || \dut.valid_q || (pos_q == 6'd0));
      if (hdr_marked_q) begin
        if (hdr_open_q) begin
          // Being collected: what the second step will hold after the window that waits for it.
          inv_collect: assert(inside_q && (pos_q != len_q) && !closing && (hdr_ahead_q == hdr_level_q) &&
                              (hdr_byte_q == (\dut.valid_q ? next_byte : (pos_q == 6'd0) ? 8'd0 : out_byte)));
        end else begin
          inv_ahead: assert(hdr_ahead_q < hdr_level_q);
          inv_first_byte: assert(!((hdr_ahead_q == m_hdr_valid) && closing) || (next_byte == hdr_byte_q));
        end
      end
    end
  end

  // ---- The interesting cases can happen.

  always @* begin
    if (!rst) begin
      header_in_three_windows: cover(hdr_mine && m_hdr_valid && (hdr_byte_q == (8'h5b & MASK)) && (lane == 5'd2)
                                     && (level != 0));
      longest_header: cover(closes && (cfg_hdr_len == HDR_MAX) && full);
      shortest_header: cover(closes && (cfg_hdr_len == 6'd1) && !s_last);
      short_packet: cover(m_valid && m_last && (m_err == 5'd8));
      header_and_payload_in_one_window: cover(closes && (s_cnt > need) && (pos_q != 6'd0));
      marked_payload: cover(mark[LVL_W+9] && (mark[LVL_W-1:0] != 0) && !mark[LVL_W+8]);
      output_waits: cover(m_valid && !m_ready && m_hdr_valid && !m_hdr_ready && !s_ready);
    end
  end

endmodule

`default_nettype wire
