// vnet_counter_bank: counters of all queues of one direction
// SPDX-License-Identifier: Apache-2.0
//
// Eight 64-bit counters per queue and one 32-bit counter per error code. One update enters per
// cycle: a report about a chain (several counters at once), a queue error, or a notification and an
// interrupt of one queue. The low halves are updated one cycle before the high halves, which get
// the carry; so each half is read, added to and written within one cycle, and updates of the same
// queue may follow each other at once. A register read goes through the same pipe as an update that
// adds nothing: so both halves belong together. After reset the memories are filled with zeros
// first.
//
// Latency:       3 cycles from rd_en to rd_valid if no other update is waiting.
// Throughput:    1 update per cycle.
// Back-pressure: s_rep_ready from a FIFO; the pulses are kept in pending bits and a FIFO and go
//                before reports.
// Errors:        none; counters wrap.
// Spec:          none; docs/registers.md lists the counters.
`default_nettype none

module vnet_counter_bank #(
  // Queues.
  parameter integer NQ    = 1,
  // Width of a length in bits, at most 32.
  parameter integer LEN_W = 20,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W   = (NQ < 2) ? 1 : $clog2(NQ)
) (
  input  wire             clk,
  input  wire             rst,

  // Reports about chains.
  input  wire             s_rep_valid,
  output wire             s_rep_ready,
  input  wire [Q_W-1:0]   s_rep_queue,
  input  wire [LEN_W-1:0] s_rep_bytes,
  input  wire             s_rep_frame,
  input  wire [15:0]      s_rep_ndesc,
  input  wire [1:0]       s_rep_class,
  input  wire             s_rep_layout,
  input  wire [4:0]       s_rep_err,
  input  wire [7:0]       s_rep_zero,

  // Pulses. A queue has at most one queue error until it is reset.
  input  wire             qerr_valid,
  input  wire [Q_W-1:0]   qerr_queue,
  input  wire [4:0]       qerr_code,
  input  wire [NQ-1:0]    evt_kick,
  input  wire [NQ-1:0]    evt_irq,

  // Read: both halves of one counter of a queue, and one error counter.
  input  wire             rd_en,
  input  wire [Q_W-1:0]   rd_queue,
  input  wire [2:0]       rd_kind,
  input  wire [4:0]       rd_code,
  output reg              rd_valid,
  output reg  [63:0]      rd_count,
  output reg  [31:0]      rd_errors,

  // Elements of length 0, chains with an unexpected layout.
  output wire [31:0]      sts_zero,
  output wire [31:0]      sts_layout,
  // An error was counted.
  output wire             evt_error,
  output wire [4:0]       evt_error_code,
  output wire [Q_W-1:0]   evt_error_queue
);

  localparam integer REP_W = Q_W + LEN_W + 1 + 16 + 2 + 1 + 5 + 8;
  // Order of the counters, as in the register map.
  localparam integer KINDS = 8;

  // ---- Waiting updates ----

  wire             rep_valid;
  wire             rep_ready;
  wire [Q_W-1:0]   rep_queue;
  wire [LEN_W-1:0] rep_bytes;
  wire             rep_frame;
  wire [15:0]      rep_ndesc;
  wire [1:0]       rep_class;
  wire             rep_layout;
  wire [4:0]       rep_err;
  wire [7:0]       rep_zero;
  wire [3:0]       rep_level;

  vnet_fifo #(
    .W    (REP_W),
    .DEPTH(8)
  ) u_reports (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_rep_valid),
    .s_ready(s_rep_ready),
    .s_data ({s_rep_queue, s_rep_bytes, s_rep_frame, s_rep_ndesc, s_rep_class, s_rep_layout,
              s_rep_err, s_rep_zero}),
    .m_valid(rep_valid),
    .m_ready(rep_ready),
    .m_data ({rep_queue, rep_bytes, rep_frame, rep_ndesc, rep_class, rep_layout,
              rep_err, rep_zero}),
    .level  (rep_level)
  );

  wire           qe_s_ready;
  wire           qe_valid;
  wire           qe_ready;
  wire [Q_W-1:0] qe_queue;
  wire [4:0]     qe_code;
  wire [4:0]     qe_level;

  vnet_fifo #(
    .W    (Q_W + 5),
    .DEPTH(16)
  ) u_queue_errors (
    .clk    (clk),
    .rst    (rst),
    .s_valid(qerr_valid),
    .s_ready(qe_s_ready),
    .s_data ({qerr_queue, qerr_code}),
    .m_valid(qe_valid),
    .m_ready(qe_ready),
    .m_data ({qe_queue, qe_code}),
    .level  (qe_level)
  );

  reg  [NQ-1:0]  kick_q;
  reg  [NQ-1:0]  irq_q;
  reg            rd_q;
  reg  [5:0]     init_q;      // bit 5: the memories are filled; below: next address

  wire           ki_valid;
  wire [NQ-1:0]  ki_grant;
  wire [Q_W-1:0] ki_queue;

  wire init    = !init_q[5];
  wire do_rd   = !init && rd_q;
  wire do_qe   = !init && !rd_q && qe_valid;
  wire do_ki   = !init && !rd_q && !qe_valid && ki_valid;
  wire do_rep  = !init && !rd_q && !qe_valid && !ki_valid && rep_valid;
  assign rep_ready = !init && !rd_q && !qe_valid && !ki_valid;
  assign qe_ready  = !init && !rd_q;

  vnet_rr_arb #(
    .N(NQ)
  ) u_kick_irq (
    .clk        (clk),
    .rst        (rst),
    .req        (kick_q | irq_q),
    .advance    (do_ki),
    .grant_valid(ki_valid),
    .grant      (ki_grant),
    .grant_idx  (ki_queue)
  );

  wire [NQ-1:0] ki_served = do_ki ? ki_grant : {NQ{1'b0}};

  // ---- Update in stage 1 ----

  reg             op_wr_q;
  reg             op_rd_q;
  reg  [Q_W-1:0]  op_queue_q;
  reg  [2:0]      op_kind_q;
  reg  [LEN_W-1:0] op_bytes_q;
  reg  [15:0]     op_ndesc_q;
  reg             op_frame_q;
  reg  [2:0]      op_class_q;
  reg             op_kick_q;
  reg             op_irq_q;
  reg             op_err_q;
  reg  [4:0]      op_code_q;
  reg             op_layout_q;
  reg  [7:0]      op_zero_q;
  reg             op_init_q;

  // ---- Stage 2 ----

  reg                op2_wr_q;
  reg                op2_rd_q;
  reg  [Q_W-1:0]     op2_queue_q;
  reg  [2:0]         op2_kind_q;
  reg                op2_init_q;
  reg  [KINDS-1:0]   carry_q;
  reg  [32*KINDS-1:0] low_q;
  reg  [31:0]        errors_q;

  wire [32*KINDS-1:0] add;
  assign add[0*32 +: 32] = {31'd0, op_frame_q};
  assign add[1*32 +: 32] = {{(32-LEN_W){1'b0}}, op_bytes_q};
  assign add[2*32 +: 32] = {16'd0, op_ndesc_q};
  assign add[3*32 +: 32] = {31'd0, op_class_q[0]};
  assign add[4*32 +: 32] = {31'd0, op_class_q[1]};
  assign add[5*32 +: 32] = {31'd0, op_class_q[2]};
  assign add[6*32 +: 32] = {31'd0, op_kick_q};
  assign add[7*32 +: 32] = {31'd0, op_irq_q};

  wire [32*KINDS-1:0] low_sum;
  wire [KINDS-1:0]    low_carry;
  wire [32*KINDS-1:0] high_sum;

  genvar k;
  generate
    for (k = 0; k < KINDS; k = k + 1) begin : g_kind
      wire [31:0] low;
      wire [31:0] high;

      assign {low_carry[k], low_sum[k*32 +: 32]} = {1'b0, low} + {1'b0, add[k*32 +: 32]};
      assign high_sum[k*32 +: 32]                = high + {31'd0, carry_q[k]};

      vnet_lutram #(
        .W    (32),
        .DEPTH(1 << Q_W)
      ) u_low (
        .clk    (clk),
        .wr_en  (op_wr_q),
        .wr_addr(op_queue_q),
        .wr_data(op_init_q ? 32'd0 : low_sum[k*32 +: 32]),
        .rd_addr(op_queue_q),
        .rd_data(low)
      );

      vnet_lutram #(
        .W    (32),
        .DEPTH(1 << Q_W)
      ) u_high (
        .clk    (clk),
        .wr_en  (op2_wr_q),
        .wr_addr(op2_queue_q),
        .wr_data(op2_init_q ? 32'd0 : high_sum[k*32 +: 32]),
        .rd_addr(op2_queue_q),
        .rd_data(high)
      );
    end
  endgenerate

  wire [31:0] errors;
  wire [31:0] errors_sum = errors + {31'd0, op_err_q};

  vnet_lutram #(
    .W    (32),
    .DEPTH(32)
  ) u_errors (
    .clk    (clk),
    .wr_en  (op_wr_q),
    .wr_addr(op_code_q),
    .wr_data(op_init_q ? 32'd0 : errors_sum),
    .rd_addr(op_code_q),
    .rd_data(errors)
  );

  reg [31:0] zero_q;
  reg [31:0] layout_q;

  always @(posedge clk) begin
    kick_q <= (kick_q & ~ki_served) | evt_kick;
    irq_q  <= (irq_q & ~ki_served) | evt_irq;
    rd_q   <= (rd_q && init) || rd_en;
    if (init) begin
      init_q <= init_q + 6'd1;
    end

    op_wr_q     <= init || do_qe || do_ki || do_rep;
    op_init_q   <= init;
    op_rd_q     <= do_rd;
    op_queue_q  <= init     ? init_q[Q_W-1:0] :
                   rd_q     ? rd_queue :
                   qe_valid ? qe_queue :
                   ki_valid ? ki_queue : rep_queue;
    op_code_q   <= init ? init_q[4:0] : rd_q ? rd_code : qe_valid ? qe_code : rep_err;
    op_kind_q   <= rd_kind;
    op_bytes_q  <= do_rep ? rep_bytes : {LEN_W{1'b0}};
    op_ndesc_q  <= do_rep ? rep_ndesc : 16'd0;
    op_frame_q  <= do_rep && rep_frame;
    op_class_q  <= {rep_class == 2'd3, rep_class == 2'd2, rep_class == 2'd1} & {3{do_rep}};
    op_kick_q   <= do_ki && ((kick_q & ki_grant) != {NQ{1'b0}});
    op_irq_q    <= do_ki && ((irq_q & ki_grant) != {NQ{1'b0}});
    op_err_q    <= do_qe || (do_rep && (rep_err != 5'd0));
    op_layout_q <= do_rep && rep_layout;
    op_zero_q   <= do_rep ? rep_zero : 8'd0;

    op2_wr_q    <= op_wr_q;
    op2_rd_q    <= op_rd_q;
    op2_queue_q <= op_queue_q;
    op2_kind_q  <= op_kind_q;
    op2_init_q  <= op_init_q;
    carry_q     <= low_carry;
    low_q       <= low_sum;
    errors_q    <= errors;

    rd_valid    <= op2_rd_q;
    if (op2_rd_q) begin
      rd_count  <= {high_sum[op2_kind_q * 32 +: 32], low_q[op2_kind_q * 32 +: 32]};
      rd_errors <= errors_q;
    end

    zero_q   <= zero_q + {24'd0, op_zero_q};
    layout_q <= layout_q + {31'd0, op_layout_q};

    if (rst) begin
      kick_q      <= {NQ{1'b0}};
      irq_q       <= {NQ{1'b0}};
      rd_q        <= 1'b0;
      init_q      <= 6'd0;
      op_wr_q     <= 1'b0;
      op2_wr_q    <= 1'b0;
      op_rd_q     <= 1'b0;
      op_err_q    <= 1'b0;
      op_layout_q <= 1'b0;
      op_zero_q   <= 8'd0;
      op2_rd_q    <= 1'b0;
      rd_valid    <= 1'b0;
      zero_q      <= 32'd0;
      layout_q    <= 32'd0;
    end
  end

  assign sts_zero        = zero_q;
  assign sts_layout      = layout_q;
  assign evt_error       = op_err_q;
  assign evt_error_code  = op_code_q;
  assign evt_error_queue = op_queue_q;

  // The FIFO of queue errors has a place for every queue, so it is never full.
  wire unused_ok = &{1'b0, rep_level, qe_level, qe_s_ready};

endmodule

`default_nettype wire
