// vnet_dma_wr: the write engine, shares the AXI write channels among clients
// SPDX-License-Identifier: Apache-2.0
//
//                            +-> burst_split --> AW ----> lengths of bursts ---+
//   clients' cmd --> arbiter +                                                 v
//                            +-> wr_scatter --> realign ----------> strobes, last --> W
//   clients' dat -----------------^
//
// A client is granted until the command with eop. A command is cut into bursts and, from the data
// words of its client, into windows; vnet_realign moves the bytes to the lanes of the address.
// WSTRB names exactly the bytes of the command.
//
// A W beat is offered only when the address of its burst has been accepted, so no interconnect can
// wait for one while it holds up the other. Addresses run ahead by a few commands; a client gives
// the data of a command soon after it, so an announced burst does not occupy the memory for long.
// No command is taken while AHEAD beats or more are to be sent: a used entry must not wait behind
// many long frames.
//
// All writes use ID 0, so their responses come in order. A command is done with the response to its
// last burst; its error is that of any of its bursts. A command of length 0, which no client should
// send, uses no data and is done when nothing else is in flight.
//
// Latency:       command to AW 5 cycles, data to W 6 cycles.
// Throughput:    1 W beat per cycle, also across commands and clients, with the exception described
//                in vnet_realign (a command may cost one cycle more than it has beats).
// Back-pressure: s_cmd_ready depend on registers only. s_dat_ready do not depend on s_dat_valid.
//                m_axi_bready is constantly 1. WR_OUTSTANDING bursts may wait for their response.
// Errors:        m_done_err.
// Spec:          AMBA AXI4, "Dependencies between channel handshake signals", "Write strobes".
`default_nettype none

module vnet_dma_wr #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W         = 64,
  // Clients, 2 or more.
  parameter integer N              = 3,
  // Width of the length in bytes.
  parameter integer LEN_W          = 20,
  // Longest burst in words, a power of two, 1..256.
  parameter integer MAX_BURST      = (DATA_W < 128) ? 256 : 32768 / DATA_W,
  // Most bursts in flight, a power of two, at least 2. Costs a small FIFO.
  parameter integer WR_OUTSTANDING = 64,
  // Width of the AXI IDs.
  parameter integer AXI_ID_W       = 4,
  // Derived: width of a lane number. Do not set.
  parameter integer OFF_W          = $clog2(DATA_W / 8)
) (
  input  wire                clk,
  input  wire                rst,

  // Commands. Client i has bit i, bits 64*i+63:64*i and so on.
  input  wire [N-1:0]        s_cmd_valid,
  output wire [N-1:0]        s_cmd_ready,
  input  wire [64*N-1:0]     s_cmd_addr,
  input  wire [LEN_W*N-1:0]  s_cmd_len,
  input  wire [OFF_W*N-1:0]  s_cmd_off,
  input  wire [N-1:0]        s_cmd_eop,

  // Data words.
  input  wire [N-1:0]        s_dat_valid,
  output wire [N-1:0]        s_dat_ready,
  input  wire [DATA_W*N-1:0] s_dat_data,

  // One pulse per command, in order.
  output wire [N-1:0]        m_done_valid,
  output wire                m_done_err,

  output wire [AXI_ID_W-1:0] m_axi_awid,
  output wire [63:0]         m_axi_awaddr,
  output wire [7:0]          m_axi_awlen,
  output wire [2:0]          m_axi_awsize,
  output wire [1:0]          m_axi_awburst,
  output wire [3:0]          m_axi_awcache,
  output wire [2:0]          m_axi_awprot,
  output wire                m_axi_awvalid,
  input  wire                m_axi_awready,
  output wire [DATA_W-1:0]   m_axi_wdata,
  output wire [DATA_W/8-1:0] m_axi_wstrb,
  output wire                m_axi_wlast,
  output wire                m_axi_wvalid,
  input  wire                m_axi_wready,
  input  wire [AXI_ID_W-1:0] m_axi_bid,
  input  wire [1:0]          m_axi_bresp,
  input  wire                m_axi_bvalid,
  output wire                m_axi_bready
);

  localparam integer BYTES = DATA_W / 8;
  localparam integer CMD_W = 64 + LEN_W + OFF_W + 1;
  localparam integer CNT_W = OFF_W + 1;
  localparam integer IDX_W = (N < 2) ? 1 : $clog2(N);
  localparam integer LVL_W = $clog2(WR_OUTSTANDING) + 1;
  localparam integer SIZE  = OFF_W;
  // Much more than the beats that the way from the arbiter to W takes, so W never waits for it.
  localparam integer AHEAD_LOG2 = 5;
  localparam integer BEATS_W    = LEN_W - OFF_W + 1;

  // ---- Arbiter: one command per cycle; the client stays until eop.

  // The selected client, one bit. It keeps the engine from its first command to eop, and beyond that
  // until another one waits.
  reg  [N-1:0]       sel_q;
  reg                lock_q;
  reg  [CMD_W-1:0]   sel_data;
  wire               sel_ready;
  wire               sel_valid = (s_cmd_valid & sel_q) != {N{1'b0}};
  wire               turn      = sel_valid ? (sel_ready && sel_data[0]) : !lock_q;
  wire               grant_valid;
  wire [N-1:0]       grant;
  wire [IDX_W-1:0]   grant_idx;

  assign s_cmd_ready = sel_q & {N{sel_ready}};

  vnet_rr_arb #(
    .N(N)
  ) u_arb (
    .clk        (clk),
    .rst        (rst),
    .req        (s_cmd_valid & ~sel_q),
    .advance    (turn),
    .grant_valid(grant_valid),
    .grant      (grant),
    .grant_idx  (grant_idx)
  );

  integer i;
  always @* begin
    sel_data = {CMD_W{1'b0}};
    for (i = 0; i < N; i = i + 1) begin
      sel_data = sel_data |
                 ({s_cmd_addr[64*i +: 64], s_cmd_len[LEN_W*i +: LEN_W], s_cmd_off[OFF_W*i +: OFF_W],
                   s_cmd_eop[i]} & {CMD_W{sel_q[i]}});
    end
  end

  always @(posedge clk) begin
    if (sel_valid && sel_ready) begin
      lock_q <= !sel_data[0];
    end
    if (turn && grant_valid) begin
      sel_q <= grant;
    end
    if (rst) begin
      lock_q <= 1'b0;
      sel_q  <= {{(N - 1){1'b0}}, 1'b1};
    end
  end

  wire             cmd_valid;
  wire             cmd_ready;
  wire [N-1:0]     cmd_client;
  wire [63:0]      cmd_addr;
  wire [LEN_W-1:0] cmd_len;
  wire [OFF_W-1:0] cmd_off;
  wire             cmd_eop;

  vnet_skid #(
    .W(N + CMD_W)
  ) u_cmd (
    .clk    (clk),
    .rst    (rst),
    .s_valid(sel_valid),
    .s_ready(sel_ready),
    .s_data ({sel_q, sel_data}),
    .m_valid(cmd_valid),
    .m_ready(cmd_ready),
    .m_data ({cmd_client, cmd_addr, cmd_len, cmd_off, cmd_eop})
  );

  // ---- A command goes to the address side, to the data side and to the list of open commands.

  wire split_ready;
  wire scatter_ready;
  wire open_ready;
  wire open_valid;

  // Beats of the commands taken that have not been sent.
  reg  [BEATS_W:0] ahead_q;
  wire             near = ahead_q[BEATS_W:AHEAD_LOG2] == {(BEATS_W + 1 - AHEAD_LOG2){1'b0}};
  wire             w_fire;

  wire take_ready = split_ready && scatter_ready && open_ready && near;
  wire cmd_zero   = cmd_len == {LEN_W{1'b0}};
  wire accept     = cmd_valid && !cmd_zero && take_ready;
  wire skip       = cmd_valid && cmd_zero && !open_valid;

  assign cmd_ready = cmd_zero ? !open_valid : take_ready;

  // Lane of the first byte + length, rounded up to words.
  wire [LEN_W:0]   cmd_span  = {1'b0, cmd_len} + {{(LEN_W + 1 - OFF_W){1'b0}}, cmd_addr[OFF_W-1:0]}
                             + {{(LEN_W + 1 - OFF_W){1'b0}}, {OFF_W{1'b1}}};
  // Counted one cycle later, long before the first of them can be sent.
  reg  [BEATS_W-1:0] cmd_beats_q;

  always @(posedge clk) begin
    cmd_beats_q <= accept ? cmd_span[LEN_W:OFF_W] : {BEATS_W{1'b0}};
    ahead_q     <= ahead_q + {1'b0, cmd_beats_q} - {{BEATS_W{1'b0}}, w_fire};
    if (rst) begin
      cmd_beats_q <= {BEATS_W{1'b0}};
      ahead_q     <= {(BEATS_W + 1){1'b0}};
    end
  end

  wire [N-1:0]     open_client;
  wire [LVL_W-1:0] open_level;
  wire             cmd_end;

  vnet_fifo #(
    .W    (N),
    .DEPTH(WR_OUTSTANDING)
  ) u_open (
    .clk    (clk),
    .rst    (rst),
    .s_valid(accept),
    .s_ready(open_ready),
    .s_data (cmd_client),
    .m_valid(open_valid),
    .m_ready(cmd_end),
    .m_data (open_client),
    .level  (open_level)
  );

  // ---- Addresses.

  wire        burst_valid;
  wire        burst_ready;
  wire [63:0] burst_addr;
  wire [7:0]  burst_beats_m1;
  wire        burst_last;

  vnet_burst_split #(
    .DATA_W   (DATA_W),
    .LEN_W    (LEN_W),
    .MAX_BURST(MAX_BURST)
  ) u_split (
    .clk       (clk),
    .rst       (rst),
    .s_valid   (accept),
    .s_ready   (split_ready),
    .s_addr    (cmd_addr),
    .s_len     (cmd_len),
    .m_valid   (burst_valid),
    .m_ready   (burst_ready),
    .m_addr    (burst_addr),
    .m_beats_m1(burst_beats_m1),
    .m_last    (burst_last)
  );

  wire aw_ready;
  wire flight_ready;
  wire flight_valid;
  wire flight_last;

  wire [LVL_W-1:0] flight_level;

  assign burst_ready = aw_ready && flight_ready;

  vnet_reg #(
    .W(72)
  ) u_aw (
    .clk    (clk),
    .rst    (rst),
    .s_valid(burst_valid && flight_ready),
    .s_ready(aw_ready),
    .s_data ({burst_beats_m1, burst_addr}),
    .m_valid(m_axi_awvalid),
    .m_ready(m_axi_awready),
    .m_data ({m_axi_awlen, m_axi_awaddr})
  );

  assign m_axi_awid    = {AXI_ID_W{1'b0}};
  assign m_axi_awsize  = SIZE[2:0];
  assign m_axi_awburst = 2'b01;
  assign m_axi_awcache = 4'b0011;
  assign m_axi_awprot  = 3'b000;

  // Bursts in flight; one bit each: it ends its command.
  vnet_fifo #(
    .W    (1),
    .DEPTH(WR_OUTSTANDING)
  ) u_flight (
    .clk    (clk),
    .rst    (rst),
    .s_valid(burst_valid && aw_ready),
    .s_ready(flight_ready),
    .s_data (burst_last),
    .m_valid(flight_valid),
    .m_ready(m_axi_bvalid),
    .m_data (flight_last),
    .level  (flight_level)
  );

  // ---- Data.

  wire              win_valid;
  wire              win_ready;
  wire [DATA_W-1:0] win_data;
  wire [OFF_W-1:0]  win_off;
  wire [CNT_W-1:0]  win_cnt;
  wire [OFF_W-1:0]  win_start;
  wire              win_last;

  vnet_wr_scatter #(
    .DATA_W(DATA_W),
    .N     (N),
    .LEN_W (LEN_W)
  ) u_scatter (
    .clk         (clk),
    .rst         (rst),
    .s_cmd_valid (accept),
    .s_cmd_ready (scatter_ready),
    .s_cmd_client(cmd_client),
    .s_cmd_start (cmd_addr[OFF_W-1:0]),
    .s_cmd_off   (cmd_off),
    .s_cmd_len   (cmd_len),
    .s_cmd_eop   (cmd_eop),
    .s_dat_valid (s_dat_valid),
    .s_dat_ready (s_dat_ready),
    .s_dat_data  (s_dat_data),
    .m_valid     (win_valid),
    .m_ready     (win_ready),
    .m_data      (win_data),
    .m_off       (win_off),
    .m_cnt       (win_cnt),
    .m_start     (win_start),
    .m_last      (win_last)
  );

  wire              word_valid;
  wire              word_ready;
  wire [DATA_W-1:0] word_data;
  wire [OFF_W-1:0]  word_off;
  wire [CNT_W-1:0]  word_cnt;
  wire              word_last;
  wire [4:0]        word_err;

  vnet_realign #(
    .DATA_W(DATA_W)
  ) u_realign (
    .clk    (clk),
    .rst    (rst),
    .s_valid(win_valid),
    .s_ready(win_ready),
    .s_data (win_data),
    .s_off  (win_off),
    .s_cnt  (win_cnt),
    .s_start(win_start),
    .s_last (win_last),
    .s_err  (5'd0),
    .m_valid(word_valid),
    .m_ready(word_ready),
    .m_data (word_data),
    .m_off  (word_off),
    .m_cnt  (word_cnt),
    .m_last (word_last),
    .m_err  (word_err)
  );

  wire [CNT_W-1:0] word_top = {1'b0, word_off} + word_cnt;
  reg  [BYTES-1:0] word_strb;

  integer k;
  always @* begin
    for (k = 0; k < BYTES; k = k + 1) begin
      word_strb[k] = (k[OFF_W-1:0] >= word_off) && (k[CNT_W-1:0] < word_top);
    end
  end

  // Lengths of the bursts whose address has been accepted. Never full: there are not more of them
  // than bursts in flight.
  wire       beats_valid;
  wire [7:0] beats_m1;
  wire       beats_s_ready;

  wire [LVL_W-1:0] beats_level;

  wire       w_ready;
  reg  [7:0] beat_q;

  assign w_fire = word_valid && beats_valid && w_ready;

  wire w_last = beat_q == beats_m1;

  assign word_ready = beats_valid && w_ready;

  vnet_fifo #(
    .W    (8),
    .DEPTH(WR_OUTSTANDING)
  ) u_beats (
    .clk    (clk),
    .rst    (rst),
    .s_valid(m_axi_awvalid && m_axi_awready),
    .s_ready(beats_s_ready),
    .s_data (m_axi_awlen),
    .m_valid(beats_valid),
    .m_ready(w_fire && w_last),
    .m_data (beats_m1),
    .level  (beats_level)
  );

  vnet_reg #(
    .W(DATA_W + BYTES + 1)
  ) u_w (
    .clk    (clk),
    .rst    (rst),
    .s_valid(word_valid && beats_valid),
    .s_ready(w_ready),
    .s_data ({w_last, word_strb, word_data}),
    .m_valid(m_axi_wvalid),
    .m_ready(m_axi_wready),
    .m_data ({m_axi_wlast, m_axi_wstrb, m_axi_wdata})
  );

  always @(posedge clk) begin
    if (w_fire) begin
      beat_q <= w_last ? 8'd0 : beat_q + 8'd1;
    end
    if (rst) begin
      beat_q <= 8'd0;
    end
  end

  // ---- Responses.

  assign m_axi_bready = 1'b1;

  reg         err_q;          // a burst of the oldest open command failed
  reg [N-1:0] done_valid_q;
  reg         done_err_q;

  assign cmd_end      = m_axi_bvalid && flight_valid && flight_last;
  assign m_done_valid = done_valid_q;
  assign m_done_err   = done_err_q;

  always @(posedge clk) begin
    if (m_axi_bvalid) begin
      err_q <= !flight_last && (err_q || m_axi_bresp[1]);
    end
    done_valid_q <= (open_client & {N{cmd_end}}) | (cmd_client & {N{skip}});
    done_err_q   <= cmd_end && (err_q || m_axi_bresp[1]);
    if (rst) begin
      err_q        <= 1'b0;
      done_valid_q <= {N{1'b0}};
    end
  end

  // The ID is always 0; bresp[0] only tells SLVERR from DECERR; word_last agrees with w_last at the
  // end of a command; this realigner carries no errors; levels are not looked at, nor is the lane in
  // which the rounded length of a command ends.
  wire unused_ok = &{1'b0, m_axi_bid, m_axi_bresp[0], word_last, word_err, beats_s_ready, grant_idx,
                     open_level, flight_level, beats_level, cmd_span[OFF_W-1:0]};

endmodule

`default_nettype wire
