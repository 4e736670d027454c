// vnet_counters: all event and traffic counters, and the last error
// SPDX-License-Identifier: Apache-2.0
//
// Both directions share one vnet_counter_bank, their reports in turn; here the register reads are
// decoded.
//
// Latency:       up to 50 cycles from rd_en to rd_valid, 16 more per queue pair after reset.
// Throughput:    1 report per cycle, both directions together, but for one cycle in 16.
// Back-pressure: the readys of the reports depend on a FIFO and on the valid of the other direction;
//                the pulses have none.
// Errors:        none; counters wrap.
// Spec:          none; docs/registers.md lists the counters.
`include "vnet_defs.vh"
`default_nettype none

module vnet_counters #(
  // Queues per direction, a power of two.
  parameter integer NQ        = 1,
  // Width of a length in bits.
  parameter integer LEN_W     = 20,
  // Longest frame in bytes and most elements in a chain; bound the widths inside.
  parameter integer FRAME_MAX = 65535,
  parameter integer CHAIN_MAX = 32768,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W       = (NQ < 2) ? 1 : $clog2(NQ)
) (
  input  wire             clk,
  input  wire             rst,

  // Reports of the transmit side.
  input  wire             s_tx_rep_valid,
  output wire             s_tx_rep_ready,
  input  wire [Q_W-1:0]   s_tx_rep_queue,
  input  wire [LEN_W-1:0] s_tx_rep_bytes,
  input  wire             s_tx_rep_frame,
  input  wire [15:0]      s_tx_rep_ndesc,
  input  wire [1:0]       s_tx_rep_class,
  input  wire             s_tx_rep_layout,
  input  wire [4:0]       s_tx_rep_err,
  input  wire [7:0]       s_tx_rep_zero,
  // Reports of the receive side.
  input  wire             s_rx_rep_valid,
  output wire             s_rx_rep_ready,
  input  wire [Q_W-1:0]   s_rx_rep_queue,
  input  wire [LEN_W-1:0] s_rx_rep_bytes,
  input  wire             s_rx_rep_frame,
  input  wire [15:0]      s_rx_rep_ndesc,
  input  wire [1:0]       s_rx_rep_class,
  input  wire             s_rx_rep_layout,
  input  wire [4:0]       s_rx_rep_err,
  input  wire [7:0]       s_rx_rep_zero,

  // Pulses.
  input  wire             tx_qerr_valid,
  input  wire [Q_W-1:0]   tx_qerr_queue,
  input  wire [4:0]       tx_qerr_code,
  input  wire             rx_qerr_valid,
  input  wire [Q_W-1:0]   rx_qerr_queue,
  input  wire [4:0]       rx_qerr_code,
  input  wire [NQ-1:0]    tx_evt_kick,
  input  wire [NQ-1:0]    rx_evt_kick,
  input  wire [NQ-1:0]    tx_evt_irq,
  input  wire [NQ-1:0]    rx_evt_irq,
  input  wire             evt_kick_range,
  input  wire [7:0]       evt_kick_number,

  // Register read: offset in the register map; rd_addr stays until rd_valid.
  input  wire             rd_en,
  input  wire [15:0]      rd_addr,
  output reg              rd_valid,
  output reg  [31:0]      rd_data,

  // {virtqueue, 3 zeros, code}
  output wire [15:0]      sts_last_error
);

  localparam integer NVQ     = 2 * NQ;
  localparam integer VQ_W    = $clog2(NVQ);
  // A chain that is too long ends with the element behind the longest one; an indirect descriptor
  // counts too.
  localparam integer NDESC_W = ($clog2(CHAIN_MAX + 3) < 16) ? $clog2(CHAIN_MAX + 3) : 16;
  localparam integer FRAME_W = $clog2(FRAME_MAX + 1);
  localparam integer BYTES_W = (FRAME_W > NDESC_W) ? FRAME_W : NDESC_W + 1;
  localparam integer REP_W   = VQ_W + BYTES_W + 1 + NDESC_W + 2 + 1 + 5 + 8;

  // Address: 0x2080 + 4 * code, or 0x2400 + 0x40 * virtqueue + 8 * counter + 4 * half.
  wire        is_queue  = rd_addr[13:10] != 4'b1000;
  wire [9:0]  block     = rd_addr[15:6] - 10'h090;
  wire [7:0]  vq        = block[7:0];
  wire        vq_exists = {24'd0, vq} < (2 * NQ);
  wire [4:0]  code      = rd_addr[6:2];
  wire        half      = rd_addr[2];

  // ---- Virtqueue 2k is receive queue k, 2k + 1 transmit queue k ----

  wire [VQ_W-1:0] tx_rep_vq;
  wire [VQ_W-1:0] rx_rep_vq;
  wire [VQ_W-1:0] tx_qerr_vq;
  wire [VQ_W-1:0] rx_qerr_vq;
  wire [NVQ-1:0]  evt_kick;
  wire [NVQ-1:0]  evt_irq;

  genvar k;
  generate
    for (k = 0; k < NQ; k = k + 1) begin : g_pair
      assign evt_kick[2*k]   = rx_evt_kick[k];
      assign evt_kick[2*k+1] = tx_evt_kick[k];
      assign evt_irq[2*k]    = rx_evt_irq[k];
      assign evt_irq[2*k+1]  = tx_evt_irq[k];
    end
    if (NQ > 1) begin : g_queues
      assign tx_rep_vq  = {s_tx_rep_queue, 1'b1};
      assign rx_rep_vq  = {s_rx_rep_queue, 1'b0};
      assign tx_qerr_vq = {tx_qerr_queue, 1'b1};
      assign rx_qerr_vq = {rx_qerr_queue, 1'b0};
    end else begin : g_one_queue
      assign tx_rep_vq  = 1'b1;
      assign rx_rep_vq  = 1'b0;
      assign tx_qerr_vq = 1'b1;
      assign rx_qerr_vq = 1'b0;
      wire unused_ok = &{1'b0, s_tx_rep_queue, s_rx_rep_queue, tx_qerr_queue, rx_qerr_queue};
    end
  endgenerate

  // ---- Reports: the direction that was served last waits for the other one ----

  reg              tx_last_q;
  wire             rep_ready;
  wire             tx_turn  = s_tx_rep_valid && !(s_rx_rep_valid && tx_last_q);
  wire [REP_W-1:0] tx_rep   = {tx_rep_vq, s_tx_rep_bytes[BYTES_W-1:0], s_tx_rep_frame,
                               s_tx_rep_ndesc[NDESC_W-1:0], s_tx_rep_class, s_tx_rep_layout,
                               s_tx_rep_err, s_tx_rep_zero};
  wire [REP_W-1:0] rx_rep   = {rx_rep_vq, s_rx_rep_bytes[BYTES_W-1:0], s_rx_rep_frame,
                               s_rx_rep_ndesc[NDESC_W-1:0], s_rx_rep_class, s_rx_rep_layout,
                               s_rx_rep_err, s_rx_rep_zero};
  wire [REP_W-1:0]   rep    = tx_turn ? tx_rep : rx_rep;
  wire [VQ_W-1:0]    rep_vq;
  wire [BYTES_W-1:0] rep_bytes;
  wire               rep_frame;
  wire [NDESC_W-1:0] rep_ndesc;
  wire [1:0]         rep_class;
  wire               rep_layout;
  wire [4:0]         rep_err;
  wire [7:0]         rep_zero;

  assign {rep_vq, rep_bytes, rep_frame, rep_ndesc, rep_class, rep_layout, rep_err, rep_zero} = rep;
  assign s_tx_rep_ready = rep_ready && !(s_rx_rep_valid && tx_last_q);
  assign s_rx_rep_ready = rep_ready && !(s_tx_rep_valid && !tx_last_q);

  reg             rd_en_q;
  reg  [VQ_W-1:0] rd_vq_q;
  wire            bank_valid;
  wire [63:0]     bank_count;
  wire [31:0]     bank_errors;
  wire            error;
  wire [4:0]      error_code;
  wire [VQ_W-1:0] error_vq;

  vnet_counter_bank #(
    .NQ     (NVQ),
    .BYTES_W(BYTES_W),
    .NDESC_W(NDESC_W)
  ) u_bank (
    .clk            (clk),
    .rst            (rst),
    .s_rep_valid    (s_tx_rep_valid || s_rx_rep_valid),
    .s_rep_ready    (rep_ready),
    .s_rep_queue    (rep_vq),
    .s_rep_bytes    (rep_bytes),
    .s_rep_frame    (rep_frame),
    .s_rep_ndesc    (rep_ndesc),
    .s_rep_class    (rep_class),
    .s_rep_layout   (rep_layout),
    .s_rep_err      (rep_err),
    .s_rep_zero     (rep_zero),
    .qerr_valid     ({rx_qerr_valid, tx_qerr_valid}),
    .qerr_queue     ({rx_qerr_vq, tx_qerr_vq}),
    .qerr_code      ({rx_qerr_code, tx_qerr_code}),
    .evt_kick       (evt_kick),
    .evt_irq        (evt_irq),
    .evt_kick_range (evt_kick_range),
    .rd_en          (rd_en_q),
    .rd_queue       (rd_vq_q),
    .rd_kind        (rd_addr[5:3]),
    .rd_code        (code),
    .rd_valid       (bank_valid),
    .rd_count       (bank_count),
    .rd_errors      (bank_errors),
    .evt_error      (error),
    .evt_error_code (error_code),
    .evt_error_queue(error_vq)
  );

  reg [31:0]  high_q;          // high half that belongs to the low half read last
  reg [15:0]  last_q;

  always @(posedge clk) begin
    if ((s_tx_rep_valid || s_rx_rep_valid) && rep_ready) begin
      tx_last_q <= tx_turn;
    end
    // The address is cut off here: it comes through a subtractor.
    rd_en_q <= rd_en;
    rd_vq_q <= vq[VQ_W-1:0];

    rd_valid <= bank_valid;
    if (bank_valid) begin
      if (is_queue) begin
        rd_data <= !vq_exists ? 32'd0 : half ? high_q : bank_count[31:0];
        if (!half) begin
          high_q <= vq_exists ? bank_count[63:32] : 32'd0;
        end
      end else begin
        rd_data <= bank_errors;
      end
    end

    if (evt_kick_range) begin
      last_q <= {evt_kick_number, 3'd0, `VNET_ERR_KICK_RANGE};
    end else if (error) begin
      last_q <= {{(8 - VQ_W){1'b0}}, error_vq, 3'd0, error_code};
    end

    if (rst) begin
      tx_last_q    <= 1'b0;
      rd_en_q      <= 1'b0;
      rd_valid     <= 1'b0;
      high_q       <= 32'd0;
      last_q       <= 16'd0;
    end
  end

  assign sts_last_error = last_q;

  // The bus is word wide; the caller decodes the block; no report has more bytes or descriptors.
  wire unused_ok = &{1'b0, rd_addr[1:0], block[9:8], s_tx_rep_bytes, s_rx_rep_bytes, s_tx_rep_ndesc,
                     s_rx_rep_ndesc};

endmodule

`default_nettype wire
