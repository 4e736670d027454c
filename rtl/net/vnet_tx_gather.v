// vnet_tx_gather: turns the records of transmit chains into read commands
// SPDX-License-Identifier: Apache-2.0
//
// Takes chains from the ring engine, queue after queue, and sends one read command per element
// that has bytes. Sums up the length, looks how the driver placed the header, and decides the
// fate of the chain as far as it can be known before the bytes are here. A chain that will not be
// sent goes through the pipe like any other; from the element on at which that is known, its
// elements have length 0, so nothing more is read for it. The verdict travels with the last
// command.
//
// What tx_finish needs to know about the chain goes into a FIFO together with the last command.
//
// Header placement, from the first element that has bytes: longer than the header (1, inline),
// exactly the header (2, alone), or shorter (3, cut).
//
// Latency:       2 cycles from record to command.
// Throughput:    1 record per cycle, chains back to back.
// Back-pressure: s_rec_ready depends on registers only.
// Errors:        8, 9, 10 and those of the ring engine, with the last command; 31 inside the
//                device for a chain cancelled by a reset.
// Spec:          virtio 1.4, "Message Framing", "Legacy Interface: Message Framing", "Network
//                Device / Packet Transmission".
`default_nettype none

module vnet_tx_gather #(
  // Queues, 1..8.
  parameter integer NQ            = 1,
  // Width of a length in bits.
  parameter integer LEN_W         = 20,
  // Longest frame in bytes, without header.
  parameter integer FRAME_MAX     = 9216,
  // Chains between this module and tx_finish, a power of two.
  parameter integer CHAINS        = 64,
  // 1: refuse chains whose header is not alone in the first element although no any-layout right
  // was negotiated.
  parameter integer STRICT_LAYOUT = 0,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W           = (NQ < 2) ? 1 : $clog2(NQ)
) (
  input  wire             clk,
  input  wire             rst,

  input  wire [5:0]       cfg_hdr_len,
  input  wire             cfg_any_layout,
  input  wire [NQ-1:0]    cfg_stop,

  // Ring engine: which queues have a chain, which one is taken next, and the records of the
  // chains in the order of taking.
  input  wire [NQ-1:0]    s_chain_ready,
  output wire             m_take_valid,
  input  wire             m_take_ready,
  output wire [Q_W-1:0]   m_take_queue,
  input  wire             s_rec_valid,
  output wire             s_rec_ready,
  input  wire [63:0]      s_rec_addr,
  input  wire [LEN_W-1:0] s_rec_len,
  input  wire             s_rec_last,
  input  wire [Q_W-1:0]   s_rec_queue,
  input  wire [15:0]      s_rec_head,
  input  wire [15:0]      s_rec_ndesc,
  input  wire             s_rec_zero,
  input  wire [4:0]       s_rec_err,

  // Read commands.
  output wire             m_cmd_valid,
  input  wire             m_cmd_ready,
  output wire [63:0]      m_cmd_addr,
  output wire [LEN_W-1:0] m_cmd_len,
  output wire             m_cmd_last,
  output wire [4:0]       m_cmd_err,

  // What there is to know about each chain; more: the next one is behind it.
  output wire             m_chain_valid,
  input  wire             m_chain_ready,
  output wire             m_chain_more,
  output wire [Q_W-1:0]   m_chain_queue,
  output wire [15:0]      m_chain_head,
  output wire [15:0]      m_chain_ndesc,
  output wire [1:0]       m_chain_class,
  output wire             m_chain_layout,
  output wire [7:0]       m_chain_zero
);

  localparam [4:0] ERR_CHAIN_SHORT    = 5'd8;
  localparam [4:0] ERR_FRAME_LONG     = 5'd9;
  localparam [4:0] ERR_LAYOUT_REFUSED = 5'd10;
  localparam [4:0] ERR_CANCELLED      = 5'd31;
  localparam [1:0] CLASS_NONE         = 2'd0;
  localparam [1:0] CLASS_INLINE       = 2'd1;
  localparam [1:0] CLASS_ALONE        = 2'd2;
  localparam [1:0] CLASS_CUT          = 2'd3;
  localparam integer SUM_W            = LEN_W + 1;

  // ---- taking chains
  // A queue is looked at only while no take of it is pending, because until then its chain_ready
  // still tells of the chain being taken.
  reg            take_valid_q;
  reg  [Q_W-1:0] take_queue_q;
  reg  [NQ-1:0]  take_mask_q;        // one bit: the queue of the pending take
  wire           pick_valid;
  wire [NQ-1:0]  pick;
  wire [Q_W-1:0] pick_queue;
  wire           pick_en = m_take_ready || !take_valid_q;

  assign m_take_valid = take_valid_q;
  assign m_take_queue = take_queue_q;

  vnet_rr_arb #(
    .N(NQ)
  ) u_arb (
    .clk        (clk),
    .rst        (rst),
    .req        (s_chain_ready & ~take_mask_q),
    .advance    (pick_en),
    .grant_valid(pick_valid),
    .grant      (pick),
    .grant_idx  (pick_queue)
  );

  always @(posedge clk) begin
    if (pick_en) begin
      take_valid_q <= pick_valid;
      take_queue_q <= pick_queue;
      take_mask_q  <= pick;
    end
    if (rst) begin
      take_valid_q <= 1'b0;
      take_mask_q  <= {NQ{1'b0}};
    end
  end

  // ---- records
  // First step: what this record adds to what is known about its chain.
  reg              first_q;          // the next record is the first of its chain
  reg  [SUM_W-1:0] sum_q;            // bytes of the chain so far; means nothing once over_q is set
  reg              over_q;
  reg              stop_q;
  reg  [1:0]       class_q;
  reg  [7:0]       zero_q;
  reg  [SUM_W-1:0] limit_q;          // header and longest frame

  wire [LEN_W-1:0] hdr_len    = {{(LEN_W - 6){1'b0}}, cfg_hdr_len};
  wire [SUM_W-1:0] sum        = (first_q ? {SUM_W{1'b0}} : sum_q) + {1'b0, s_rec_len};
  wire             over       = (over_q && !first_q) || (sum > limit_q);
  wire             stop       = (stop_q && !first_q) || cfg_stop[s_rec_queue];
  wire [1:0]       class_here = (s_rec_len == {LEN_W{1'b0}}) ? CLASS_NONE
                              : (s_rec_len == hdr_len)       ? CLASS_ALONE
                              : (s_rec_len > hdr_len)        ? CLASS_INLINE : CLASS_CUT;
  wire [1:0]       class_now  = (first_q || (class_q == CLASS_NONE)) ? class_here : class_q;
  wire [7:0]       zero_base  = first_q ? 8'd0 : zero_q;
  wire [7:0]       zero_now   = (s_rec_zero && (zero_base != 8'hFF)) ? zero_base + 8'd1 : zero_base;

  // Second step: the verdict.
  reg              valid_q;
  reg  [63:0]      addr_q;
  reg  [LEN_W-1:0] len_q;
  reg              last_q;
  reg  [Q_W-1:0]   queue_q;
  reg  [15:0]      head_q;
  reg  [15:0]      ndesc_q;
  reg  [4:0]       err_q;
  wire             cmd_ready;
  reg              meta_room_q;      // the FIFO behind has room for two more at least
  wire             step    = cmd_ready && meta_room_q;

  // sum_q, over_q, stop_q, class_q and zero_q belong to the record that is in the second step.
  wire             layout  = !cfg_any_layout && (class_q != CLASS_NONE) && (class_q != CLASS_ALONE);
  wire             refuse  = (STRICT_LAYOUT != 0) && layout;
  wire             barren  = stop_q || over_q || refuse || (err_q != 5'd0);
  wire [LEN_W-1:0] cmd_len = barren ? {LEN_W{1'b0}} : len_q;
  wire [4:0]       cmd_err = !last_q                    ? 5'd0
                           : stop_q                     ? ERR_CANCELLED
                           : (err_q != 5'd0)            ? err_q
                           : over_q                     ? ERR_FRAME_LONG
                           : refuse                     ? ERR_LAYOUT_REFUSED
                           : (sum_q <= {1'b0, hdr_len}) ? ERR_CHAIN_SHORT : 5'd0;
  // An element without bytes needs no command, unless it ends the chain.
  wire             needed  = last_q || (cmd_len != {LEN_W{1'b0}});
  wire [$clog2(CHAINS):0] meta_level;
  wire             meta_s_ready;

  assign s_rec_ready = step || !valid_q;

  vnet_skid #(
    .W(64 + LEN_W + 1 + 5)
  ) u_cmd (
    .clk    (clk),
    .rst    (rst),
    .s_valid(valid_q && needed && meta_room_q),
    .s_ready(cmd_ready),
    .s_data ({addr_q, cmd_len, last_q, cmd_err}),
    .m_valid(m_cmd_valid),
    .m_ready(m_cmd_ready),
    .m_data ({m_cmd_addr, m_cmd_len, m_cmd_last, m_cmd_err})
  );

  vnet_fifo #(
    .W    (Q_W + 16 + 16 + 2 + 1 + 8),
    .DEPTH(CHAINS)
  ) u_chain (
    .clk    (clk),
    .rst    (rst),
    .s_valid(valid_q && last_q && step),
    .s_ready(meta_s_ready),
    .s_data ({queue_q, head_q, ndesc_q, class_q, layout, zero_q}),
    .m_valid(m_chain_valid),
    .m_ready(m_chain_ready),
    .m_data ({m_chain_queue, m_chain_head, m_chain_ndesc, m_chain_class, m_chain_layout,
              m_chain_zero}),
    .level  (meta_level)
  );

  assign m_chain_more = meta_level > {{$clog2(CHAINS){1'b0}}, 1'b1};

  always @(posedge clk) begin
    limit_q <= {1'b0, hdr_len} + FRAME_MAX[SUM_W-1:0];
    // The level is one cycle old; one more may have come since.
    meta_room_q <= meta_level < CHAINS[$clog2(CHAINS):0] - {{($clog2(CHAINS) - 1){1'b0}}, 2'd2};
    if (s_rec_ready) begin
      valid_q <= s_rec_valid;
      addr_q  <= s_rec_addr;
      len_q   <= s_rec_len;
      last_q  <= s_rec_last;
      queue_q <= s_rec_queue;
      head_q  <= s_rec_head;
      ndesc_q <= s_rec_ndesc;
      // Only the last record tells of an error; whatever is beside another one is not looked at.
      err_q   <= s_rec_last ? s_rec_err : 5'd0;
    end
    if (s_rec_ready && s_rec_valid) begin
      first_q <= s_rec_last;
      sum_q   <= sum;
      over_q  <= over;
      stop_q  <= stop;
      class_q <= class_now;
      zero_q  <= zero_now;
    end
    if (rst) begin
      meta_room_q <= 1'b0;
      valid_q    <= 1'b0;
      first_q    <= 1'b1;
    end
  end

  wire unused_ok = &{1'b0, meta_s_ready};  // never full, see meta_room_q

endmodule

`default_nettype wire
