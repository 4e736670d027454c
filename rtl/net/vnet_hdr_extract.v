// vnet_hdr_extract: takes the first N bytes of a packet off its windows
// SPDX-License-Identifier: Apache-2.0
//
// The header of a packet is its first cfg_hdr_len bytes, wherever the driver has cut the chain.
// Each window gives its first bytes to the header as long as bytes are missing there, and the
// rest goes on as payload. Nothing here knows where a descriptor ended.
//
//   8-byte bus, N = 12, hdr = bytes that already lie in the header
//     window  . . . h h h . .   off 3 cnt 3, hdr 0  ->  header bytes 0..2    window dropped
//     window  h h h h h h h h   off 0 cnt 8, hdr 3  ->  header bytes 3..10   window dropped
//     window  . h p p p p . .   off 1 cnt 5, hdr 11 ->  header byte 11       payload off 2 cnt 4
//
// Lane L of a window holds header byte L - off + hdr. So a rotation by (off - hdr) modulo the bus
// width brings every byte to its lane modulo the bus width, and a mask of one bit per header byte
// picks the new ones.
//
// cfg_hdr_len may change only between packets. A packet that ends inside the header gives a
// header filled with zeros and an error.
//
// Latency:       2 cycles (payload and header).
// Throughput:    1 window per cycle.
// Back-pressure: s_ready depends on registers and on the readys of the outputs; a waiting header
//                stops the payload as well.
// Errors:        8 (chain short) with the last window if the packet ends inside the header and
//                has no other error.
// Spec:          virtio 1.4, "Message Framing": no assumption about the arrangement of descriptors.
`default_nettype none

module vnet_hdr_extract #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W  = 64,
  // Longest header in bytes, 1..32. Costs registers.
  parameter integer HDR_MAX = 32,
  // Derived: width of a lane number. Do not set.
  parameter integer OFF_W   = $clog2(DATA_W / 8)
) (
  input  wire              clk,
  input  wire              rst,

  // Header length in bytes, 1..HDR_MAX.
  input  wire [5:0]        cfg_hdr_len,

  input  wire              s_valid,
  output wire              s_ready,
  input  wire [DATA_W-1:0] s_data,
  input  wire [OFF_W-1:0]  s_off,
  input  wire [OFF_W:0]    s_cnt,
  input  wire              s_last,
  input  wire [4:0]        s_err,

  // Header, once per packet; bytes from cfg_hdr_len on are 0.
  output wire              m_hdr_valid,
  input  wire              m_hdr_ready,
  output wire [8*HDR_MAX-1:0] m_hdr_data,

  // Payload windows; one without bytes comes only to carry last.
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [OFF_W-1:0]  m_off,
  output wire [OFF_W:0]    m_cnt,
  output wire              m_last,
  output wire [4:0]        m_err
);

  localparam integer BYTES         = DATA_W / 8;
  localparam [4:0]   ERR_CHAIN_SHORT = 5'd8;
  // Wide enough for a lane count and for a header length.
  localparam integer CNT_W         = (OFF_W + 1 > 6) ? OFF_W + 1 : 6;

  // ---- first step: how many bytes of this window belong to the header
  reg  [5:0]       pos_q;                     // header bytes of this packet already taken
  reg              valid_q;
  wire             step;                      // the second step takes what the first one holds
  wire             in_beat = s_valid && s_ready;
  wire [5:0]       need    = cfg_hdr_len - pos_q;
  wire [CNT_W-1:0] need_x  = {{(CNT_W - 6){1'b0}}, need};
  wire [CNT_W-1:0] cnt_x   = {{(CNT_W - OFF_W - 1){1'b0}}, s_cnt};
  wire             full    = cnt_x >= need_x; // the header is complete with (or before) this window
  wire [CNT_W-1:0] take    = full ? need_x : cnt_x;
  wire [5:0]       pos_end = full ? cfg_hdr_len : pos_q + cnt_x[5:0];
  wire             closes  = (pos_q != cfg_hdr_len) && (full || s_last);

  reg [DATA_W-1:0] data_q;
  reg [OFF_W-1:0]  off_q;
  reg [OFF_W:0]    cnt_q;
  reg              keep_q;                    // the window goes on as payload
  reg              last_q;
  reg [4:0]        err_q;
  reg [OFF_W-1:0]  rot_q;
  reg [5:0]        lo_q;                      // header bytes lo..hi-1 come from this window
  reg [5:0]        hi_q;
  reg              closes_q;                  // the header is given away with this window

  assign s_ready = step || !valid_q;

  always @(posedge clk) begin
    if (s_ready) begin
      valid_q  <= s_valid;
      data_q   <= s_data;
      off_q    <= s_off + take[OFF_W-1:0];
      cnt_q    <= s_cnt - take[OFF_W:0];
      keep_q   <= (cnt_x != take) || s_last;
      last_q   <= s_last;
      err_q    <= (s_last && !full && (s_err == 5'd0)) ? ERR_CHAIN_SHORT : s_err;
      lo_q     <= pos_q;
      hi_q     <= pos_end;
      closes_q <= closes;
    end
    if (in_beat) begin
      pos_q <= s_last ? 6'd0 : pos_end;
    end
    if (rst) begin
      valid_q <= 1'b0;
      pos_q   <= 6'd0;
    end
  end

  // The rotation is modulo the bus width, so the carry of a position beyond it does not matter.
  generate
    if (OFF_W < 6) begin : g_rot_narrow
      always @(posedge clk) begin
        if (s_ready) begin
          rot_q <= s_off - pos_q[OFF_W-1:0];
        end
      end
    end else begin : g_rot_wide
      always @(posedge clk) begin
        if (s_ready) begin
          rot_q <= s_off - pos_q;
        end
      end
    end
  endgenerate

  // ---- second step: rotate, and put the new bytes over the ones collected so far. The header leaves
  // from the register in which it was collected; the next packet must wait until it has.
  reg  [8*HDR_MAX-1:0] hdr_q;
  reg                  hdr_valid_q;
  wire [DATA_W-1:0]    turned;
  wire [DATA_W-1:0]    turned_high;
  wire                 hdr_ready = m_hdr_ready || !hdr_valid_q;
  wire                 pay_ready;

  assign {turned_high, turned} = {data_q, data_q} >> {rot_q, 3'd0};
  assign m_hdr_valid = hdr_valid_q;
  assign m_hdr_data  = hdr_q;
  assign step        = pay_ready && hdr_ready;

  integer i;
  always @(posedge clk) begin
    if (valid_q && step) begin
      for (i = 0; i < HDR_MAX; i = i + 1) begin
        if ((i[5:0] >= lo_q) && (i[5:0] < hi_q)) begin
          hdr_q[8*i +: 8] <= turned[8*(i % BYTES) +: 8];
        end else if (lo_q == 6'd0) begin
          // A new packet begins with zeros, so nothing of an earlier one can be left.
          hdr_q[8*i +: 8] <= 8'd0;
        end
      end
    end
    if (hdr_ready) begin
      hdr_valid_q <= valid_q && closes_q && pay_ready;
    end
    if (rst) begin
      hdr_valid_q <= 1'b0;
    end
  end

  vnet_reg #(
    .W(DATA_W + OFF_W + OFF_W + 1 + 1 + 5)
  ) u_pay (
    .clk    (clk),
    .rst    (rst),
    .s_valid(valid_q && keep_q && hdr_ready),
    .s_ready(pay_ready),
    .s_data ({data_q, off_q, cnt_q, last_q, err_q}),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_data, m_off, m_cnt, m_last, m_err})
  );

  // The upper half of the shift is the part of the rotation that went round; a bus wider than the
  // longest header has more lanes than headers need.
  wire unused_ok = &{1'b0, turned_high, turned};

endmodule

`default_nettype wire
