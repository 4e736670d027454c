// vnet_desc_line: collects response beats to lines and keeps them until their token comes by
// SPDX-License-Identifier: Apache-2.0
//
// A line is what one request of vnet_desc_issue brings: one bus word, or at 64 bit up to two.
//
//   64 bit: request for the upper half only    | ...... | beat 0 |
//           request for both                   | beat 1 | beat 0 |
//           request for the lower half only    | ...... | beat 0 |   (rest undefined)
//
// Latency:       3 cycles from the last beat to the line.
// Throughput:    1 beat per cycle.
// Back-pressure: none towards the bus: vnet_desc_issue asks for no more lines than fit.
// Errors:        an error mark on any beat marks the line.
// Spec:          none.
`default_nettype none

module vnet_desc_line #(
  // Bus width: 64, 128, 256, 512.
  parameter integer DATA_W         = 512,
  // Lines kept, a power of two, at least 4.
  parameter integer RD_OUTSTANDING = 128,
  // Derived. Do not set.
  parameter integer LINE_W         = (DATA_W < 128) ? 128 : DATA_W
) (
  input  wire              clk,
  input  wire              rst,

  // One per request, in order: its first beat is the upper half of the line.
  input  wire              evt_request,
  input  wire              request_start,

  input  wire              s_rsp_valid,
  input  wire [DATA_W-1:0] s_rsp_data,
  input  wire              s_rsp_last,
  input  wire              s_rsp_err,

  output wire              m_line_valid,
  input  wire              m_line_ready,
  output wire [LINE_W-1:0] m_line_data,
  output wire              m_line_err
);

  localparam integer LEVEL_W = $clog2(RD_OUTSTANDING) + 1;

  wire               line_valid;
  wire [LINE_W-1:0]  line_data;
  wire               line_err;
  wire               line_ready;
  wire [LEVEL_W-1:0] line_level;

  generate
    if (DATA_W == 64) begin : g_two_beats
      wire               start_ready;
      wire               start_valid;
      wire               start_high;
      wire [LEVEL_W-1:0] start_level;
      reg                first_q;
      reg                err_q;
      reg  [63:0]        low_q;

      vnet_fifo #(
        .W    (1),
        .DEPTH(RD_OUTSTANDING)
      ) u_start (
        .clk    (clk),
        .rst    (rst),
        .s_valid(evt_request),
        .s_ready(start_ready),
        .s_data (request_start),
        .m_valid(start_valid),
        .m_ready(s_rsp_valid && s_rsp_last),
        .m_data (start_high),
        .level  (start_level)
      );

      assign line_valid = s_rsp_valid && s_rsp_last;
      assign line_data  = {s_rsp_data, (first_q && !start_high) ? s_rsp_data : low_q};
      assign line_err   = s_rsp_err || (err_q && !first_q);

      always @(posedge clk) begin
        if (s_rsp_valid) begin
          first_q <= s_rsp_last;
          low_q   <= s_rsp_data;
          err_q   <= s_rsp_err;
        end
        if (rst) begin
          first_q <= 1'b1;
        end
      end

      wire unused_ok = &{1'b0, start_ready, start_valid, start_level, line_ready, line_level};
    end else begin : g_one_beat
      assign line_valid = s_rsp_valid;
      assign line_data  = s_rsp_data;
      assign line_err   = s_rsp_err;

      wire unused_ok = &{1'b0, evt_request, request_start, s_rsp_last, line_ready, line_level};
    end
  endgenerate

  vnet_fifo_deep #(
    .W    (LINE_W + 1),
    .DEPTH(RD_OUTSTANDING)
  ) u_line (
    .clk    (clk),
    .rst    (rst),
    .s_valid(line_valid),
    .s_ready(line_ready),
    .s_data ({line_err, line_data}),
    .m_valid(m_line_valid),
    .m_ready(m_line_ready),
    .m_data ({m_line_err, m_line_data}),
    .level  (line_level)
  );

endmodule

`default_nettype wire
