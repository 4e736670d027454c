// vnet_rx_intake: takes frames from the MAC and lets only good ones into the frame store
// SPDX-License-Identifier: Apache-2.0
//
// Counts the bytes of each beat and of the frame, and at the end of the frame decides between
// commit and drop. Each drop is an event.
//
// tkeep should be contiguous from lane 0; if it is not, the lanes up to the first 0 count. A beat
// without bytes is tolerated anywhere, and so is a partial beat in the middle of a frame. As
// every beat takes a word of the store, a frame may have at most WORDS - 2 beats; that is far
// more than a frame of full beats needs.
//
// Latency:       4 cycles.
// Throughput:    1 beat per cycle.
// Back-pressure: registered at the stream; a waiting event stops it only at the end of a frame.
// Errors:        26 too long, 27 marked bad or without a byte, 28 no such queue or queue not
//                enabled; in this order of precedence.
// Spec:          AMBA AXI4-Stream; virtio 1.4, "Network Device / Device Operation".
`default_nettype none

module vnet_rx_intake #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W    = 64,
  // Queues, 1, 2, 4 or 8.
  parameter integer NQ        = 1,
  // Width of a length in bits.
  parameter integer LEN_W     = 20,
  // Longest frame in bytes.
  parameter integer FRAME_MAX = 9216,
  // Words in the frame store.
  parameter integer WORDS     = 2048,
  // Derived: width of a queue number and of a byte count. Do not set.
  parameter integer Q_W       = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer CNT_W     = $clog2(DATA_W / 8) + 1
) (
  input  wire                clk,
  input  wire                rst,

  input  wire [NQ-1:0]       cfg_enable,
  // Longest frame the driver wants to see; FRAME_MAX holds as well.
  input  wire [16:0]         cfg_rx_max,

  // From the MAC. tdest and tuser (bad) are looked at with tlast.
  input  wire                s_axis_rx_tvalid,
  output wire                s_axis_rx_tready,
  input  wire [DATA_W-1:0]   s_axis_rx_tdata,
  input  wire [DATA_W/8-1:0] s_axis_rx_tkeep,
  input  wire                s_axis_rx_tlast,
  input  wire [7:0]          s_axis_rx_tdest,
  input  wire                s_axis_rx_tuser,

  // Frame store.
  output wire                m_valid,
  input  wire                m_ready,
  output wire [DATA_W-1:0]   m_data,
  output wire [CNT_W-1:0]    m_cnt,
  output wire                m_last,
  output wire                m_drop,
  output wire [LEN_W-1:0]    m_len,
  output wire [Q_W-1:0]      m_queue,

  // One cycle: a good frame was let in; it is on its way to the frame store.
  output wire                m_acc_valid,
  output wire [Q_W-1:0]      m_acc_queue,

  // Drop events.
  output wire                m_evt_valid,
  input  wire                m_evt_ready,
  output wire [Q_W-1:0]      m_evt_queue,
  output wire [4:0]          m_evt_code
);

  localparam integer BYTES       = DATA_W / 8;
  localparam integer BEATS_W     = $clog2(WORDS);
  localparam [4:0] ERR_TOO_LONG  = 5'd26;
  localparam [4:0] ERR_BAD       = 5'd27;
  localparam [4:0] ERR_NO_QUEUE  = 5'd28;

  wire              in_valid;
  wire              in_ready;
  wire [DATA_W-1:0] in_data;
  wire [BYTES-1:0]  in_keep;
  wire              in_last;
  wire [7:0]        in_dest;
  wire              in_bad;

  vnet_skid #(
    .W(DATA_W + BYTES + 1 + 8 + 1)
  ) u_in (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_axis_rx_tvalid),
    .s_ready(s_axis_rx_tready),
    .s_data ({s_axis_rx_tdata, s_axis_rx_tkeep, s_axis_rx_tlast, s_axis_rx_tdest, s_axis_rx_tuser}),
    .m_valid(in_valid),
    .m_ready(in_ready),
    .m_data ({in_data, in_keep, in_last, in_dest, in_bad})
  );

  // ---- first step: bytes of the beat
  // The lowest lane that is not kept is the only bit in which keep and keep + 1 differ from
  // below; its number is the count.
  wire [BYTES:0]    keep_x = {1'b0, in_keep};
  wire [BYTES:0]    first0 = ~keep_x & (keep_x + {{BYTES{1'b0}}, 1'b1});
  reg  [CNT_W-1:0]  in_cnt;

  integer i;
  always @* begin
    in_cnt = {CNT_W{1'b0}};
    for (i = 1; i <= BYTES; i = i + 1) begin
      if (first0[i]) begin
        in_cnt = in_cnt | i[CNT_W-1:0];
      end
    end
  end

  reg               cnt_valid_q;
  reg  [DATA_W-1:0] cnt_data_q;
  reg  [CNT_W-1:0]  cnt_q;
  reg               cnt_last_q;
  reg  [7:0]        cnt_dest_q;
  reg               cnt_bad_q;
  wire              cnt_ready;

  assign in_ready = cnt_ready || !cnt_valid_q;

  always @(posedge clk) begin
    if (in_ready) begin
      // Without bytes a beat is needed only for the end it marks.
      cnt_valid_q <= in_valid && (in_last || in_keep[0]);
      cnt_data_q  <= in_data;
      cnt_q       <= in_cnt;
      cnt_last_q  <= in_last;
      cnt_dest_q  <= in_dest;
      cnt_bad_q   <= in_bad;
    end
    if (rst) begin
      cnt_valid_q <= 1'b0;
    end
  end

  // ---- second step: length of the frame
  reg                first_q;        // the next beat is the first of its frame
  reg                valid_q;
  reg  [DATA_W-1:0]  data_q;
  reg  [CNT_W-1:0]   bytes_q;
  reg                last_q;
  reg  [Q_W-1:0]     queue_q;
  reg                no_queue_q;     // it does not exist, or is not enabled
  reg                bad_q;
  reg  [LEN_W-1:0]   len_q;          // with the beat in data_q; means nothing once over_q is set
  reg  [BEATS_W-1:0] beats_q;
  reg                over_q;
  reg                any_q;          // the frame has a byte
  reg  [LEN_W-1:0]   limit_q;
  wire               step;
  wire [LEN_W-1:0]   len   = (first_q ? {LEN_W{1'b0}} : len_q) + {{(LEN_W - CNT_W){1'b0}}, cnt_q};
  wire [BEATS_W-1:0] beats = (first_q ? {BEATS_W{1'b0}} : beats_q) + {{(BEATS_W - 1){1'b0}}, 1'b1};
  wire               cnt_exists = cnt_dest_q < NQ[7:0];
  wire [Q_W-1:0]     cnt_queue  = cnt_exists ? cnt_dest_q[Q_W-1:0] : {Q_W{1'b0}};
  wire               over  = (over_q && !first_q) || (len > limit_q) || (&beats);

  assign cnt_ready = step || !valid_q;

  always @(posedge clk) begin
    limit_q <= {{(LEN_W - 17){1'b0}},
                (cfg_rx_max < FRAME_MAX[16:0]) ? cfg_rx_max : FRAME_MAX[16:0]};
    if (cnt_ready) begin
      valid_q    <= cnt_valid_q;
      data_q     <= cnt_data_q;
      bytes_q    <= cnt_q;
      last_q     <= cnt_last_q;
      queue_q    <= cnt_queue;
      no_queue_q <= !cnt_exists || !cfg_enable[cnt_queue];
      bad_q      <= cnt_bad_q;
    end
    if (cnt_ready && cnt_valid_q) begin
      first_q <= cnt_last_q;
      len_q   <= len;
      beats_q <= beats;
      over_q  <= over;
      any_q   <= (any_q && !first_q) || (cnt_q != {CNT_W{1'b0}});
    end
    if (rst) begin
      valid_q <= 1'b0;
      first_q <= 1'b1;
    end
  end

  // ---- verdict
  wire [4:0] code   = over_q                               ? ERR_TOO_LONG
                    : (bad_q || !any_q)                    ? ERR_BAD
                    : no_queue_q                           ? ERR_NO_QUEUE : 5'd0;
  wire       drop   = code != 5'd0;
  // Beats beyond the longest frame are swallowed, only the last one closes the frame.
  wire       keep   = !over_q || last_q;
  wire       tell   = last_q && drop;
  wire       out_ready;
  wire       evt_ready;

  assign step = (out_ready || !keep) && (evt_ready || !tell);

  assign m_acc_valid = valid_q && last_q && !drop && step;
  assign m_acc_queue = queue_q;

  vnet_reg #(
    .W(DATA_W + CNT_W + 2 + LEN_W + Q_W)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(valid_q && keep && (evt_ready || !tell)),
    .s_ready(out_ready),
    .s_data ({data_q, bytes_q, last_q, drop, len_q, queue_q}),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_data, m_cnt, m_last, m_drop, m_len, m_queue})
  );

  vnet_skid #(
    .W(Q_W + 5)
  ) u_evt (
    .clk    (clk),
    .rst    (rst),
    .s_valid(valid_q && tell && out_ready),
    .s_ready(evt_ready),
    .s_data ({queue_q, code}),
    .m_valid(m_evt_valid),
    .m_ready(m_evt_ready),
    .m_data ({m_evt_queue, m_evt_code})
  );

endmodule

`default_nettype wire
