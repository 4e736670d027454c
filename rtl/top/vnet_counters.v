// vnet_counters: all event and traffic counters, and the last error
// SPDX-License-Identifier: Apache-2.0
//
// One vnet_counter_bank per direction; here the register reads are decoded and the error counters
// of both directions added up. Notifications for queues that do not exist belong to no direction
// and are counted here.
//
// Latency:       up to 8 cycles from rd_en to rd_valid, a few more in the first 32 cycles after
//                reset.
// Throughput:    1 report per cycle and direction.
// Back-pressure: s_tx_rep_ready and s_rx_rep_ready from FIFOs; the pulses have none.
// Errors:        none; counters wrap.
// Spec:          none; docs/registers.md lists the counters.
`include "vnet_defs.vh"
`default_nettype none

module vnet_counters #(
  // Queues per direction, a power of two.
  parameter integer NQ    = 1,
  // Width of a length in bits.
  parameter integer LEN_W = 20,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W   = (NQ < 2) ? 1 : $clog2(NQ)
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

  localparam [4:0] CODE_LAYOUT = 5'd21;

  // Address: 0x2080 + 4 * code, or 0x2400 + 0x40 * virtqueue + 8 * counter + 4 * half.
  wire        is_queue  = rd_addr[13:10] != 4'b1000;
  wire [9:0]  block     = rd_addr[15:6] - 10'h090;
  wire [7:0]  vq        = block[7:0];
  wire        vq_exists = {24'd0, vq} < (2 * NQ);
  wire        is_tx     = vq[0];
  wire [4:0]  code      = rd_addr[6:2];
  wire        half      = rd_addr[2];

  wire        tx_rd_valid;
  wire [63:0] tx_rd_count;
  wire [31:0] tx_rd_errors;
  wire [31:0] tx_zero;
  wire [31:0] tx_layout;
  wire        tx_error;
  wire [4:0]  tx_error_code;
  wire [Q_W-1:0] tx_error_queue;
  wire        rx_rd_valid;
  wire [63:0] rx_rd_count;
  wire [31:0] rx_rd_errors;
  wire [31:0] rx_zero;
  wire [31:0] rx_layout;
  wire        rx_error;
  wire [4:0]  rx_error_code;
  wire [Q_W-1:0] rx_error_queue;

  // The address is cut off here: it comes through a subtractor.
  reg             rd_en_q;
  reg [Q_W-1:0]   rd_queue_q;

  vnet_counter_bank #(
    .NQ   (NQ),
    .LEN_W(LEN_W)
  ) u_tx (
    .clk            (clk),
    .rst            (rst),
    .s_rep_valid    (s_tx_rep_valid),
    .s_rep_ready    (s_tx_rep_ready),
    .s_rep_queue    (s_tx_rep_queue),
    .s_rep_bytes    (s_tx_rep_bytes),
    .s_rep_frame    (s_tx_rep_frame),
    .s_rep_ndesc    (s_tx_rep_ndesc),
    .s_rep_class    (s_tx_rep_class),
    .s_rep_layout   (s_tx_rep_layout),
    .s_rep_err      (s_tx_rep_err),
    .s_rep_zero     (s_tx_rep_zero),
    .qerr_valid     (tx_qerr_valid),
    .qerr_queue     (tx_qerr_queue),
    .qerr_code      (tx_qerr_code),
    .evt_kick       (tx_evt_kick),
    .evt_irq        (tx_evt_irq),
    .rd_en          (rd_en_q),
    .rd_queue       (rd_queue_q),
    .rd_kind        (rd_addr[5:3]),
    .rd_code        (code),
    .rd_valid       (tx_rd_valid),
    .rd_count       (tx_rd_count),
    .rd_errors      (tx_rd_errors),
    .sts_zero       (tx_zero),
    .sts_layout     (tx_layout),
    .evt_error      (tx_error),
    .evt_error_code (tx_error_code),
    .evt_error_queue(tx_error_queue)
  );

  vnet_counter_bank #(
    .NQ   (NQ),
    .LEN_W(LEN_W)
  ) u_rx (
    .clk            (clk),
    .rst            (rst),
    .s_rep_valid    (s_rx_rep_valid),
    .s_rep_ready    (s_rx_rep_ready),
    .s_rep_queue    (s_rx_rep_queue),
    .s_rep_bytes    (s_rx_rep_bytes),
    .s_rep_frame    (s_rx_rep_frame),
    .s_rep_ndesc    (s_rx_rep_ndesc),
    .s_rep_class    (s_rx_rep_class),
    .s_rep_layout   (s_rx_rep_layout),
    .s_rep_err      (s_rx_rep_err),
    .s_rep_zero     (s_rx_rep_zero),
    .qerr_valid     (rx_qerr_valid),
    .qerr_queue     (rx_qerr_queue),
    .qerr_code      (rx_qerr_code),
    .evt_kick       (rx_evt_kick),
    .evt_irq        (rx_evt_irq),
    .rd_en          (rd_en_q),
    .rd_queue       (rd_queue_q),
    .rd_kind        (rd_addr[5:3]),
    .rd_code        (code),
    .rd_valid       (rx_rd_valid),
    .rd_count       (rx_rd_count),
    .rd_errors      (rx_rd_errors),
    .sts_zero       (rx_zero),
    .sts_layout     (rx_layout),
    .evt_error      (rx_error),
    .evt_error_code (rx_error_code),
    .evt_error_queue(rx_error_queue)
  );

  // Both banks get every read; each may answer a little later than the other.
  reg         tx_seen_q;
  reg         rx_seen_q;
  reg [31:0]  high_q;          // high half that belongs to the low half read last
  reg [31:0]  kick_range_q;
  reg [31:0]  zero_q;
  reg [31:0]  layout_q;
  reg [15:0]  last_q;

  wire        both  = (tx_seen_q || tx_rd_valid) && (rx_seen_q || rx_rd_valid);
  wire [63:0] count = is_tx ? tx_rd_count : rx_rd_count;

  always @(posedge clk) begin
    rd_en_q    <= rd_en;
    rd_queue_q <= vq[Q_W:1];

    tx_seen_q <= !both && (tx_seen_q || tx_rd_valid);
    rx_seen_q <= !both && (rx_seen_q || rx_rd_valid);
    zero_q    <= tx_zero + rx_zero;
    layout_q  <= tx_layout + rx_layout;
    if (evt_kick_range) begin
      kick_range_q <= kick_range_q + 32'd1;
    end

    rd_valid <= both;
    if (both) begin
      if (is_queue) begin
        rd_data <= !vq_exists ? 32'd0 : half ? high_q : count[31:0];
        if (!half) begin
          high_q <= vq_exists ? count[63:32] : 32'd0;
        end
      end else begin
        case (code)
          `VNET_ERR_ZERO_LEN:   rd_data <= zero_q;
          CODE_LAYOUT:          rd_data <= layout_q;
          `VNET_ERR_KICK_RANGE: rd_data <= kick_range_q;
          default:              rd_data <= tx_rd_errors + rx_rd_errors;
        endcase
      end
    end

    if (evt_kick_range) begin
      last_q <= {evt_kick_number, 3'd0, `VNET_ERR_KICK_RANGE};
    end else if (tx_error) begin
      last_q <= {{(7-Q_W){1'b0}}, tx_error_queue, 1'b1, 3'd0, tx_error_code};
    end else if (rx_error) begin
      last_q <= {{(7-Q_W){1'b0}}, rx_error_queue, 1'b0, 3'd0, rx_error_code};
    end

    if (rst) begin
      rd_en_q      <= 1'b0;
      tx_seen_q    <= 1'b0;
      rx_seen_q    <= 1'b0;
      rd_valid     <= 1'b0;
      high_q       <= 32'd0;
      kick_range_q <= 32'd0;
      last_q       <= 16'd0;
    end
  end

  assign sts_last_error = last_q;

  // The bus is word wide; the caller decodes the block.
  wire unused_ok = &{1'b0, rd_addr[1:0], block[9:8]};

endmodule

`default_nettype wire
