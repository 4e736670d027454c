// vnet_tx_finish: decides whether the frame of a transmit chain is sent, and completes the chain
// SPDX-License-Identifier: Apache-2.0
//
// Joins the three streams that belong to a chain: its header, the dense words of its frame, and
// what the gatherer noted about it. The words run into the frame store at once; with the last one
// the frame is committed or dropped. Every chain gives one completion, and one report unless it
// was cancelled by a reset.
//
// Headers overtake the frames they belong to (the realigner is longer than the way of the
// header), so they wait in a FIFO.
//
// Latency:       2 cycles from word to store, completion and report.
// Throughput:    1 word per cycle, chains back to back.
// Back-pressure: s_ready depends on registers and on the readys of the outputs; a waiting
//                completion or report stops the stream only at the end of a frame.
// Errors:        11 if NEEDS_CSUM points beyond the frame, and those that came with the last
//                word; the frame is dropped.
// Spec:          virtio 1.4, "Network Device / Packet Transmission": csum_start counts from the
//                start of the frame.
`default_nettype none

module vnet_tx_finish #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W  = 64,
  // Queues, 1..8.
  parameter integer NQ      = 1,
  // Width of a length in bits.
  parameter integer LEN_W   = 20,
  // Longest header in bytes, 12..32.
  parameter integer HDR_MAX = 32,
  // Derived: widths of a header, of a queue number and of a byte count. Do not set.
  parameter integer HDR_W   = 8 * HDR_MAX,
  parameter integer Q_W     = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer CNT_W   = $clog2(DATA_W / 8) + 1
) (
  input  wire              clk,
  input  wire              rst,

  input  wire [NQ-1:0]     cfg_stop,

  // Headers, one per chain.
  input  wire              s_hdr_valid,
  output wire              s_hdr_ready,
  input  wire [HDR_W-1:0]  s_hdr_data,

  // Frames as dense words; err with last.
  input  wire              s_valid,
  output wire              s_ready,
  input  wire [DATA_W-1:0] s_data,
  input  wire [CNT_W-1:0]  s_cnt,
  input  wire              s_last,
  input  wire [4:0]        s_err,

  // Notes of the gatherer, one per chain.
  input  wire              s_chain_valid,
  output wire              s_chain_ready,
  input  wire              s_chain_more,
  input  wire [Q_W-1:0]    s_chain_queue,
  input  wire [15:0]       s_chain_head,
  input  wire [15:0]       s_chain_ndesc,
  input  wire [1:0]        s_chain_class,
  input  wire              s_chain_layout,
  input  wire [7:0]        s_chain_zero,

  // Frame store.
  output wire              m_valid,
  input  wire              m_ready,
  output wire [DATA_W-1:0] m_data,
  output wire [CNT_W-1:0]  m_cnt,
  output wire              m_last,
  output wire              m_drop,
  output wire [LEN_W-1:0]  m_len,
  output wire [HDR_W-1:0]  m_hdr,
  output wire [Q_W-1:0]    m_queue,

  // Completions.
  output wire              m_cpl_valid,
  input  wire              m_cpl_ready,
  output wire [Q_W-1:0]    m_cpl_queue,
  output wire [15:0]       m_cpl_head,
  output wire [31:0]       m_cpl_len,
  output wire              m_cpl_eof,
  output wire              m_cpl_more,

  // Reports.
  output wire              m_rep_valid,
  input  wire              m_rep_ready,
  output wire [Q_W-1:0]    m_rep_queue,
  output wire [LEN_W-1:0]  m_rep_bytes,
  output wire              m_rep_frame,
  output wire [15:0]       m_rep_ndesc,
  output wire [1:0]        m_rep_class,
  output wire              m_rep_layout,
  output wire [4:0]        m_rep_err,
  output wire [7:0]        m_rep_zero
);

  localparam [4:0]   ERR_HDR_CSUM  = 5'd11;
  localparam [4:0]   ERR_CANCELLED = 5'd31;
  localparam integer HDR_DEPTH     = 16;

  // ---- headers: how long must the frame be for the checksum field to lie inside
  // Fields of virtio_net_hdr: flags at byte 0 (bit 0 NEEDS_CSUM), csum_start at 6, csum_offset at
  // 8, little endian.
  wire [17:0]  csum_end = {2'b00, s_hdr_data[63:48]} + {2'b00, s_hdr_data[79:64]} + 18'd2;

  wire         hdr_valid;
  wire         hdr_ready;
  wire [17:0]  hdr_need;
  wire [HDR_W-1:0] hdr_data;
  wire [$clog2(HDR_DEPTH):0] hdr_level;

  vnet_fifo #(
    .W    (18 + HDR_W),
    .DEPTH(HDR_DEPTH)
  ) u_hdr (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_hdr_valid),
    .s_ready(s_hdr_ready),
    .s_data ({s_hdr_data[0] ? csum_end : 18'd0, s_hdr_data}),
    .m_valid(hdr_valid),
    .m_ready(hdr_ready),
    .m_data ({hdr_need, hdr_data}),
    .level  (hdr_level)
  );

  // ---- words: length so far
  reg              first_q;          // the next word is the first of its frame
  reg              valid_q;
  reg [DATA_W-1:0] data_q;
  reg [CNT_W-1:0]  cnt_q;
  reg              last_q;
  reg [4:0]        err_q;
  reg [LEN_W-1:0]  len_q;            // bytes of the frame up to and with the word in data_q
  wire             step;

  assign s_ready = step || !valid_q;

  always @(posedge clk) begin
    if (s_ready) begin
      valid_q <= s_valid;
      data_q  <= s_data;
      cnt_q   <= s_cnt;
      last_q  <= s_last;
      err_q   <= s_err;
    end
    if (s_ready && s_valid) begin
      first_q <= s_last;
      len_q   <= (first_q ? {LEN_W{1'b0}} : len_q) + {{(LEN_W - CNT_W){1'b0}}, s_cnt};
    end
    if (rst) begin
      valid_q <= 1'b0;
      first_q <= 1'b1;
    end
  end

  // ---- verdict
  wire       cancelled = (err_q == ERR_CANCELLED) || cfg_stop[s_chain_queue];
  wire [4:0] err       = (err_q != 5'd0)                               ? err_q
                       : ({{(LEN_W - 18){1'b0}}, hdr_need} > len_q)    ? ERR_HDR_CSUM : 5'd0;
  wire       sent      = !cancelled && (err == 5'd0);

  // A word moves when everything it needs can move in the same cycle: a last word takes the
  // header and the notes along.
  wire       out_ready;
  wire       cpl_ready;
  wire       rep_ready;
  wire       end_ok = hdr_valid && s_chain_valid && cpl_ready && rep_ready;
  wire       finish = valid_q && last_q && end_ok && out_ready;
  assign step          = out_ready && (end_ok || !last_q);
  assign hdr_ready     = finish;
  assign s_chain_ready = finish;

  vnet_reg #(
    .W(DATA_W + CNT_W + 2 + LEN_W + HDR_W + Q_W)
  ) u_out (
    .clk    (clk),
    .rst    (rst),
    .s_valid(valid_q && (end_ok || !last_q)),
    .s_ready(out_ready),
    .s_data ({data_q, cnt_q, last_q, !sent, len_q, hdr_data, s_chain_queue}),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data ({m_data, m_cnt, m_last, m_drop, m_len, m_hdr, m_queue})
  );

  vnet_reg #(
    .W(Q_W + 16 + 1)
  ) u_cpl (
    .clk    (clk),
    .rst    (rst),
    .s_valid(finish),
    .s_ready(cpl_ready),
    .s_data ({s_chain_queue, s_chain_head, s_chain_more}),
    .m_valid(m_cpl_valid),
    .m_ready(m_cpl_ready),
    .m_data ({m_cpl_queue, m_cpl_head, m_cpl_more})
  );

  // The device writes nothing into a transmit buffer, and each chain is a frame.
  assign m_cpl_len = 32'd0;
  assign m_cpl_eof = 1'b1;

  vnet_reg #(
    .W(Q_W + LEN_W + 1 + 16 + 2 + 1 + 5 + 8)
  ) u_rep (
    .clk    (clk),
    .rst    (rst),
    .s_valid(finish && !cancelled),
    .s_ready(rep_ready),
    .s_data ({s_chain_queue, sent ? len_q : {LEN_W{1'b0}}, sent, s_chain_ndesc,
              sent ? s_chain_class : 2'd0, sent && s_chain_layout, err, s_chain_zero}),
    .m_valid(m_rep_valid),
    .m_ready(m_rep_ready),
    .m_data ({m_rep_queue, m_rep_bytes, m_rep_frame, m_rep_ndesc,
              m_rep_class, m_rep_layout, m_rep_err, m_rep_zero})
  );

  wire unused_ok = &{1'b0, hdr_level};

endmodule

`default_nettype wire
