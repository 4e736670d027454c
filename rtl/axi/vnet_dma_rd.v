// vnet_dma_rd: reads buffers of any address and length and delivers their bytes as windows
// SPDX-License-Identifier: Apache-2.0
//
// A command is one element of a chain. It is split into bursts (vnet_burst_split); the requests
// run far ahead of the data. Because all data of this client come back in order, the answer side
// does not need to know about bursts: it counts the bus words of the command, starting at the
// lane of its address.
//
//   addr = ..5, len = 9, 8-byte bus:   word 0  . . . . . b b b   off 5 cnt 3
//                                      word 1  b b b b b b . .   off 0 cnt 6
//
// The place of every bus word in the response buffer is reserved before its request goes out, so
// the answers are taken without back-pressure. A command of length 0 reads nothing and gives one
// window without bytes.
//
// Latency:       command to request 3 cycles, data to window 4 cycles.
// Throughput:    1 command per cycle (up to one burst each), 1 window per cycle.
// Back-pressure: s_cmd_ready depends on registers and on m_req_ready; s_rsp has none.
// Errors:        an error response makes the last window of the chain carry 13, unless the
//                command says something else.
// Spec:          AMBA AXI4, "Burst length", "Address boundaries".
`default_nettype none

module vnet_dma_rd #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W          = 64,
  // Width of a length in bits.
  parameter integer LEN_W           = 20,
  // Longest burst in beats, a power of two, 1..256.
  parameter integer MAX_BURST_BEATS = 16,
  // Most bursts in flight, a power of two, at least 2.
  parameter integer OUTSTANDING     = 64,
  // Response buffer in bus words, a power of two, at least MAX_BURST_BEATS and 4. Costs block RAM.
  parameter integer BUF_BEATS       = 256,
  // Derived: width of a lane number. Do not set.
  parameter integer OFF_W           = $clog2(DATA_W / 8)
) (
  input  wire              clk,
  input  wire              rst,

  // Elements to read; last and err belong to the chain and come out with its last window.
  input  wire              s_cmd_valid,
  output wire              s_cmd_ready,
  input  wire [63:0]       s_cmd_addr,
  input  wire [LEN_W-1:0]  s_cmd_len,
  input  wire              s_cmd_last,
  input  wire [4:0]        s_cmd_err,

  // Read client.
  output wire              m_req_valid,
  input  wire              m_req_ready,
  output wire [63:0]       m_req_addr,
  output wire [7:0]        m_req_len,
  input  wire              s_rsp_valid,
  input  wire [DATA_W-1:0] s_rsp_data,
  input  wire              s_rsp_last,
  input  wire              s_rsp_err,

  // Windows.
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [OFF_W-1:0]  m_off,
  output wire [OFF_W:0]    m_cnt,
  output wire              m_last,
  output wire [4:0]        m_err
);

  vnet_param_check #(.OK(BUF_BEATS >= MAX_BURST_BEATS)) u_buffer_must_hold_the_longest_burst ();

  localparam [4:0]   ERR_AXI_DATA = 5'd13;
  localparam integer WORDS_W      = LEN_W + 1 - OFF_W;   // bus words of a command, less one
  localparam integer META_W       = 1 + OFF_W + WORDS_W + OFF_W + 1 + 5;
  // One entry per command: as many as there can be bursts in flight, and some for those in the
  // splitter.
  localparam integer META_DEPTH   = (OUTSTANDING < 8) ? 16 : 2 * OUTSTANDING;
  localparam integer FREE_W       = ($clog2(BUF_BEATS) < 9) ? 10 : $clog2(BUF_BEATS) + 1;
  localparam integer OPEN_W       = $clog2(OUTSTANDING) + 1;

  // ---- commands: to the splitter and, as meta data, to the answer side
  wire              in_empty = s_cmd_len == {LEN_W{1'b0}};
  // Position of the last byte, counted from lane 0 of the first bus word.
  wire [LEN_W:0]    in_end   = {{(LEN_W + 1 - OFF_W){1'b0}}, s_cmd_addr[OFF_W-1:0]} + {1'b0, s_cmd_len}
                             - {{LEN_W{1'b0}}, 1'b1};

  wire              split_s_ready;
  wire              meta_s_ready;
  assign s_cmd_ready = meta_s_ready && split_s_ready;

  wire              split_valid;
  wire              split_ready;
  wire [63:0]       split_addr;
  wire [7:0]        split_beats_m1;
  wire              split_last;

  vnet_burst_split #(
    .DATA_W   (DATA_W),
    .LEN_W    (LEN_W),
    .MAX_BURST(MAX_BURST_BEATS)
  ) u_split (
    .clk       (clk),
    .rst       (rst),
    .s_valid   (s_cmd_valid && meta_s_ready && !in_empty),
    .s_ready   (split_s_ready),
    .s_addr    (s_cmd_addr),
    .s_len     (s_cmd_len),
    .m_valid   (split_valid),
    .m_ready   (split_ready),
    .m_addr    (split_addr),
    .m_beats_m1(split_beats_m1),
    .m_last    (split_last)
  );

  wire               meta_valid;
  wire               meta_ready;
  wire               meta_empty;
  wire [OFF_W-1:0]   meta_off;
  wire [WORDS_W-1:0] meta_words_m1;
  wire [OFF_W-1:0]   meta_end;       // last lane of the last word
  wire               meta_last;
  wire [4:0]         meta_err;
  wire [$clog2(META_DEPTH):0] meta_level;

  vnet_fifo #(
    .W    (META_W),
    .DEPTH(META_DEPTH)
  ) u_meta (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_cmd_valid && split_s_ready),
    .s_ready(meta_s_ready),
    .s_data ({in_empty, s_cmd_addr[OFF_W-1:0], in_end, s_cmd_last, s_cmd_err}),
    .m_valid(meta_valid),
    .m_ready(meta_ready),
    .m_data ({meta_empty, meta_off, meta_words_m1, meta_end, meta_last, meta_err}),
    .level  (meta_level)
  );

  // ---- requests: only with a reserved place for every bus word of the answer
  reg  [FREE_W-1:0] free_q;          // places neither filled nor reserved
  reg  [OPEN_W-1:0] open_q;          // bursts in flight
  wire              req_s_ready;
  reg               freed_q;         // a place became free one cycle ago
  wire              room_ok   = free_q > {{(FREE_W - 8){1'b0}}, split_beats_m1};
  wire              may_ask   = room_ok && !open_q[OPEN_W-1];
  wire              ask       = split_valid && split_ready;
  assign split_ready = may_ask && req_s_ready;

  vnet_reg #(
    .W(72)
  ) u_req (
    .clk    (clk),
    .rst    (rst),
    .s_valid(split_valid && may_ask),
    .s_ready(req_s_ready),
    .s_data ({split_addr, split_beats_m1}),
    .m_valid(m_req_valid),
    .m_ready(m_req_ready),
    .m_data ({m_req_addr, m_req_len})
  );

  // ---- answers
  wire              buf_s_ready;
  wire              buf_valid;
  wire              buf_ready;
  wire [DATA_W-1:0] buf_data;
  wire              buf_err;
  wire [$clog2(BUF_BEATS):0] buf_level;

  vnet_fifo_deep #(
    .W    (DATA_W + 1),
    .DEPTH(BUF_BEATS)
  ) u_buf (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_rsp_valid),
    .s_ready(buf_s_ready),
    .s_data ({s_rsp_err, s_rsp_data}),
    .m_valid(buf_valid),
    .m_ready(buf_ready),
    .m_data ({buf_err, buf_data}),
    .level  (buf_level)
  );

  reg                first_q;        // the next window is the first of its command
  reg  [WORDS_W-1:0] left_q;         // bus words still to come after the next one
  reg                fail_q;         // an error response was among the earlier words of this chain
  wire               out_ready;
  wire [WORDS_W-1:0] left     = first_q ? meta_words_m1 : left_q;
  wire               done     = meta_empty || (left == {WORDS_W{1'b0}});
  wire               out_valid = meta_valid && (meta_empty || buf_valid);
  wire               fire     = out_valid && out_ready;
  wire [OFF_W-1:0]   out_off  = first_q ? meta_off : {OFF_W{1'b0}};
  wire [OFF_W-1:0]   out_end  = done ? meta_end : {OFF_W{1'b1}};
  wire [OFF_W:0]     out_cnt  = meta_empty ? {(OFF_W + 1){1'b0}}
                              : {1'b0, out_end} - {1'b0, out_off} + {{OFF_W{1'b0}}, 1'b1};
  wire               out_last = meta_last && done;
  wire               out_fail = fail_q || (buf_err && !meta_empty);
  wire [4:0]         out_err  = !out_last           ? 5'd0
                              : (meta_err != 5'd0)  ? meta_err
                              : out_fail            ? ERR_AXI_DATA : 5'd0;

  assign meta_ready = out_ready && done && (meta_empty || buf_valid);
  assign buf_ready  = out_ready && meta_valid && !meta_empty;

  vnet_reg #(
    .W(DATA_W + OFF_W + OFF_W + 1 + 1 + 5)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(out_valid),
    .s_ready(out_ready),
    .s_data ({buf_data, out_off, out_cnt, out_last, out_err}),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_data, m_off, m_cnt, m_last, m_err})
  );

  always @(posedge clk) begin
    freed_q <= buf_valid && buf_ready;
    free_q <= free_q + {{(FREE_W - 1){1'b0}}, freed_q}
            - (ask ? {{(FREE_W - 8){1'b0}}, split_beats_m1} + 1'b1 : {FREE_W{1'b0}});
    open_q <= open_q + {{(OPEN_W - 1){1'b0}}, ask}
            - {{(OPEN_W - 1){1'b0}}, s_rsp_valid && s_rsp_last};
    if (fire) begin
      first_q <= done;
      left_q  <= left - {{(WORDS_W - 1){1'b0}}, 1'b1};
      fail_q  <= out_fail && !out_last;
    end
    if (rst) begin
      freed_q <= 1'b0;
      free_q  <= BUF_BEATS[FREE_W-1:0];
      open_q  <= {OPEN_W{1'b0}};
      first_q <= 1'b1;
      fail_q  <= 1'b0;
    end
  end

  // The response buffer cannot be full (credits). The splitter's last is of no use here: words
  // are counted per command.
  wire unused_ok = &{1'b0, buf_s_ready, buf_level, meta_level, split_last};

endmodule

`default_nettype wire
