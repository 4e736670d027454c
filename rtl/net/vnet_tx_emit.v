// vnet_tx_emit: gives the frames of the store to the MAC as an AXI stream
// SPDX-License-Identifier: Apache-2.0
//
// Header and queue of the frame stay beside all its words. A frame starts only when it is stored
// whole, so the stream has no gaps but those the MAC makes.
//
// Latency:       1 cycle.
// Throughput:    1 word per cycle, frames back to back.
// Back-pressure: s_ready depends on registers and on m_axis_tx_tready.
// Errors:        none.
// Spec:          AMBA AXI4-Stream; tkeep is contiguous from lane 0 and partial only with tlast.
`default_nettype none

module vnet_tx_emit #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W  = 64,
  // Width of a queue number.
  parameter integer Q_W     = 1,
  // Longest header in bytes, 1..32.
  parameter integer HDR_MAX = 32,
  // Derived: width of a byte count. Do not set.
  parameter integer CNT_W   = $clog2(DATA_W / 8) + 1
) (
  input  wire                clk,
  input  wire                rst,

  input  wire                s_frm_valid,
  output wire                s_frm_ready,
  input  wire [8*HDR_MAX-1:0] s_frm_hdr,
  input  wire [Q_W-1:0]      s_frm_queue,

  input  wire                s_valid,
  output wire                s_ready,
  input  wire [DATA_W-1:0]   s_data,
  input  wire [CNT_W-1:0]    s_cnt,
  input  wire                s_last,

  output wire                m_axis_tx_tvalid,
  input  wire                m_axis_tx_tready,
  output wire [DATA_W-1:0]   m_axis_tx_tdata,
  output wire [DATA_W/8-1:0] m_axis_tx_tkeep,
  output wire                m_axis_tx_tlast,
  output wire [7:0]          m_axis_tx_tdest,
  // Bytes beyond the longest header are 0.
  output wire [255:0]        m_axis_tx_tuser
);

  localparam integer BYTES = DATA_W / 8;

  wire             out_ready;
  wire [BYTES-1:0] keep = ~({BYTES{1'b1}} << s_cnt);
  wire [Q_W-1:0]   queue;

  assign s_ready     = out_ready && s_frm_valid;
  assign s_frm_ready = out_ready && s_valid && s_last;

  wire [8*HDR_MAX-1:0] hdr;

  vnet_reg #(
    .W(DATA_W + BYTES + 1 + Q_W + 8 * HDR_MAX)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_valid && s_frm_valid),
    .s_ready(out_ready),
    .s_data ({s_data, keep, s_last, s_frm_queue, s_frm_hdr}),
    .m_valid(m_axis_tx_tvalid),
    .m_ready(m_axis_tx_tready),
    .m_data ({m_axis_tx_tdata, m_axis_tx_tkeep, m_axis_tx_tlast, queue, hdr})
  );

  assign m_axis_tx_tdest = {{(8 - Q_W){1'b0}}, queue};

  generate
    if (HDR_MAX < 32) begin : g_short_header
      assign m_axis_tx_tuser = {{(256 - 8 * HDR_MAX){1'b0}}, hdr};
    end else begin : g_longest_header
      assign m_axis_tx_tuser = hdr;
    end
  endgenerate

endmodule

`default_nettype wire
