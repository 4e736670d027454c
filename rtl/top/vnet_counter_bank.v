// vnet_counter_bank: counters of all virtqueues
// SPDX-License-Identifier: Apache-2.0
//
// Eight 64-bit counters per virtqueue and one 32-bit counter per error code. One update enters per
// cycle: a report about a chain (several counters at once), a queue error, a notification for no
// queue, or a notification and an interrupt of one queue. What is no error, but counted by code all
// the same (unexpected layouts, elements without bytes), comes with the reports; a report with such
// elements takes two cycles.
//
// A counter has two places. A small memory holds its low bits only, as many as can change between
// two visits; all counters of a queue are updated there at once, with short adders. A large memory
// holds 64 bits; a single adder visits one counter after the other, queue after queue, and brings
// them up to date: what the counter has grown by is the difference of the low bits.
//
//   update --> low bits (wrap) --+            +--> 64 bits
//                                v            |
//                 low - (64 bits)[low] --> + -+      one counter per cycle, a queue per 16 cycles
//
// A register read makes the adder visit the queue out of turn; the answer is what it writes. After
// reset the memories are filled with zeros first.
//
// Latency:       up to 40 cycles from rd_en to rd_valid; 8 * NQ + 40, at least 72, after reset.
// Throughput:    1 update per cycle, but for one cycle in 16, one per register read and one per report
//                with elements without bytes.
// Back-pressure: s_rep_ready from a FIFO; the pulses are kept in pending bits and FIFOs and go
//                before reports.
// Errors:        none; counters wrap.
// Spec:          none; docs/registers.md lists the counters.
`default_nettype none

module vnet_counter_bank #(
  // Virtqueues, a power of two, 1..16; receive and transmit queues alternate.
  parameter integer NQ      = 2,
  // Width of the length of a frame in bits, more than that of a number of descriptors.
  parameter integer BYTES_W = 20,
  parameter integer NDESC_W = 16,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W     = (NQ < 2) ? 1 : $clog2(NQ)
) (
  input  wire               clk,
  input  wire               rst,

  // Reports about chains.
  input  wire               s_rep_valid,
  output wire               s_rep_ready,
  input  wire [Q_W-1:0]     s_rep_queue,
  input  wire [BYTES_W-1:0] s_rep_bytes,
  input  wire               s_rep_frame,
  input  wire [NDESC_W-1:0] s_rep_ndesc,
  input  wire [1:0]         s_rep_class,
  input  wire               s_rep_layout,
  input  wire [4:0]         s_rep_err,
  input  wire [7:0]         s_rep_zero,

  // Pulses; two sources of queue errors, because both directions may have one in the same cycle. A
  // queue has at most one queue error until it is reset; notifications for no queue are at least 4
  // cycles apart.
  input  wire [1:0]         qerr_valid,
  input  wire [2*Q_W-1:0]   qerr_queue,
  input  wire [9:0]         qerr_code,
  input  wire [NQ-1:0]      evt_kick,
  input  wire [NQ-1:0]      evt_irq,
  input  wire               evt_kick_range,

  // Read: one counter of a queue, and one error counter. The question stays until the answer.
  input  wire               rd_en,
  input  wire [Q_W-1:0]     rd_queue,
  input  wire [2:0]         rd_kind,
  input  wire [4:0]         rd_code,
  output wire               rd_valid,
  output wire [63:0]        rd_count,
  output wire [31:0]        rd_errors,

  // An error was counted.
  output wire               evt_error,
  output wire [4:0]         evt_error_code,
  output wire [Q_W-1:0]     evt_error_queue
);

  vnet_param_check #(
    .OK((NQ >= 1) && (NQ <= 16) && ((NQ & (NQ - 1)) == 0))
  ) u_nq_must_be_a_power_of_two_up_to_16 ();

  localparam integer REP_W  = Q_W + BYTES_W + 1 + NDESC_W + 2 + 1 + 5 + 8;
  // A queue is visited every 16 * NQ cycles, and at most 11 later: so many updates lie between.
  localparam integer GROW_W = $clog2(NQ) + 5;
  localparam integer BIG_W  = BYTES_W + GROW_W;      // low bits of the counter of bytes
  localparam integer DESC_W = NDESC_W + GROW_W;      // of descriptors
  localparam integer LOW_W  = 6 * GROW_W + BIG_W + DESC_W;
  // Order of the counters, as in the register map.
  localparam [2:0] KIND_BYTES = 3'd1;
  localparam [2:0] KIND_NDESC = 3'd2;
  localparam [2:0] KIND_LAST  = 3'd7;
  // The memories are filled by the addresses of the longest one.
  localparam integer ADDR_W = Q_W + 3;
  localparam [4:0] CODE_ZERO       = 5'd20;
  localparam [4:0] CODE_LAYOUT     = 5'd21;
  localparam [4:0] CODE_KICK_RANGE = 5'd22;
  localparam integer INIT_W = (ADDR_W < 5) ? 6 : ADDR_W + 1;

  vnet_param_check #(.OK(BYTES_W > NDESC_W)) u_bytes_must_be_the_widest_counter ();

  // ---- Waiting updates ----

  wire               rep_valid;
  wire               rep_ready;
  wire [Q_W-1:0]     rep_queue;
  wire [BYTES_W-1:0] rep_bytes;
  wire               rep_frame;
  wire [NDESC_W-1:0] rep_ndesc;
  wire [1:0]         rep_class;
  wire               rep_layout;
  wire [4:0]         rep_err;
  wire [7:0]         rep_zero;
  wire [3:0]         rep_level;

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

  wire [1:0]       qe_s_ready;
  wire [1:0]       qe_valid;
  wire [1:0]       qe_ready;
  wire [2*Q_W-1:0] qe_queue;
  wire [9:0]       qe_code;
  wire [9:0]       qe_level;

  genvar s;
  generate
    for (s = 0; s < 2; s = s + 1) begin : g_queue_errors
      vnet_fifo #(
        .W    (Q_W + 5),
        .DEPTH(16)
      ) u_fifo (
        .clk    (clk),
        .rst    (rst),
        .s_valid(qerr_valid[s]),
        .s_ready(qe_s_ready[s]),
        .s_data ({qerr_queue[Q_W*s +: Q_W], qerr_code[5*s +: 5]}),
        .m_valid(qe_valid[s]),
        .m_ready(qe_ready[s]),
        .m_data ({qe_queue[Q_W*s +: Q_W], qe_code[5*s +: 5]}),
        .level  (qe_level[5*s +: 5])
      );
    end
  endgenerate

  reg  [NQ-1:0]     kick_q;
  reg  [NQ-1:0]     irq_q;
  reg               range_q;       // a notification for no queue waits
  reg               zero_done_q;   // the elements without bytes of the report in front are counted
  reg  [INIT_W-1:0] init_q;        // top bit: the memories are filled; below: next address

  wire              ki_valid;
  wire [NQ-1:0]     ki_grant;
  wire [Q_W-1:0]    ki_queue;

  wire init   = !init_q[INIT_W-1];
  wire sweep;                      // the low bits of a queue are read
  wire busy   = init || sweep;
  // Pulses go first, in this order.
  wire pulses = range_q || (qe_valid != 2'd0) || ki_valid;
  wire do_rng = !busy && range_q;
  wire do_qe  = !busy && !range_q && (qe_valid != 2'd0);
  wire do_ki  = !busy && !range_q && (qe_valid == 2'd0) && ki_valid;
  wire zeros  = (rep_zero != 8'd0) && !zero_done_q;
  wire do_zer = !busy && !pulses && rep_valid && zeros;
  wire do_rep = rep_ready && rep_valid;
  assign rep_ready = !busy && !pulses && !zeros;
  assign qe_ready  = {do_qe && !qe_valid[0], do_qe};

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

  // ---- The adder's round ----

  reg  [3:0]        timer_q;
  reg               due_q;         // the next queue of the round is to be visited
  reg               rd_q;          // a read waits
  reg               run_q;         // counters of a queue are being visited
  reg               rd_run_q;      // for a read
  reg  [Q_W-1:0]    round_q;       // next queue of the round
  reg  [Q_W-1:0]    run_queue_q;
  reg  [2:0]        run_kind_q;
  reg               start_q;       // the low bits come out of their memory
  wire              rd_start = rd_q && !due_q;

  assign sweep = !init && !run_q && !start_q && (due_q || rd_q);

  // ---- Updates: the low bits ----

  reg               op_wr_q;
  reg  [Q_W-1:0]    op_queue_q;
  reg  [BYTES_W-1:0] op_bytes_q;
  reg  [NDESC_W-1:0] op_ndesc_q;
  reg               op_frame_q;
  reg  [2:0]        op_class_q;
  reg               op_kick_q;
  reg               op_irq_q;
  reg               op_tell_q;     // an error of a queue
  reg  [4:0]        op_code_q;
  reg  [7:0]        op_amount_q;
  reg               op_init_q;

  wire [LOW_W-1:0]  low;
  wire [LOW_W-1:0]  low_sum;
  localparam [GROW_W-1:0] NOTHING = {GROW_W{1'b0}};

  // Bit ranges: the counters of one bit each from the bottom, then descriptors and bytes.
  wire [5:0] ones = {op_irq_q, op_kick_q, op_class_q, op_frame_q};
  genvar k;
  generate
    for (k = 0; k < 6; k = k + 1) begin : g_one
      assign low_sum[GROW_W*k +: GROW_W] = low[GROW_W*k +: GROW_W]
                                         + {{(GROW_W - 1){1'b0}}, ones[k]};
    end
  endgenerate
  assign low_sum[6*GROW_W +: DESC_W]         = low[6*GROW_W +: DESC_W] + {NOTHING, op_ndesc_q};
  assign low_sum[6*GROW_W + DESC_W +: BIG_W] = low[6*GROW_W + DESC_W +: BIG_W]
                                             + {NOTHING, op_bytes_q};

  vnet_lutram #(
    .W    (LOW_W),
    .DEPTH(1 << Q_W)
  ) u_low (
    .clk    (clk),
    .wr_en  (op_wr_q),
    .wr_addr(op_queue_q),
    .wr_data(op_init_q ? {LOW_W{1'b0}} : low_sum),
    .rd_addr(op_queue_q),
    .rd_data(low)
  );

  wire [31:0] errors;
  wire [31:0] errors_sum = errors + {24'd0, op_amount_q};

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

  reg  [31:0] errors_q;            // for the read

  // ---- 64 bits: one counter per cycle in three steps ----

  reg  [LOW_W-1:0]  hold_q;        // low bits of the queue
  reg  [BIG_W-1:0]  kind_low;      // those of one counter
  wire [63:0]       total;

  always @* begin
    case (run_kind_q)
      3'd0:       kind_low = {{(BIG_W - GROW_W){1'b0}}, hold_q[0 +: GROW_W]};
      KIND_BYTES: kind_low = hold_q[6*GROW_W + DESC_W +: BIG_W];
      KIND_NDESC: kind_low = {{(BIG_W - DESC_W){1'b0}}, hold_q[6*GROW_W +: DESC_W]};
      3'd3:       kind_low = {{(BIG_W - GROW_W){1'b0}}, hold_q[1*GROW_W +: GROW_W]};
      3'd4:       kind_low = {{(BIG_W - GROW_W){1'b0}}, hold_q[2*GROW_W +: GROW_W]};
      3'd5:       kind_low = {{(BIG_W - GROW_W){1'b0}}, hold_q[3*GROW_W +: GROW_W]};
      3'd6:       kind_low = {{(BIG_W - GROW_W){1'b0}}, hold_q[4*GROW_W +: GROW_W]};
      default:    kind_low = {{(BIG_W - GROW_W){1'b0}}, hold_q[5*GROW_W +: GROW_W]};
    endcase
  end

  reg               t1_valid_q;    // read
  reg               t1_rd_q;
  reg  [ADDR_W-1:0] t1_addr_q;
  reg  [BIG_W-1:0]  t1_low_q;
  reg               t2_valid_q;    // difference
  reg               t2_rd_q;
  reg  [ADDR_W-1:0] t2_addr_q;
  reg  [63:0]       t2_total_q;
  reg  [BIG_W-1:0]  t2_grown_q;
  reg               t3_valid_q;    // sum
  reg               t3_rd_q;
  reg  [ADDR_W-1:0] t3_addr_q;
  reg  [63:0]       t3_total_q;

  // As many bits of the difference as the counter has low ones.
  wire [2:0]        t1_kind = t1_addr_q[2:0];
  wire [BIG_W-1:0]  grown   = t1_low_q - total[BIG_W-1:0];
  wire [BIG_W-1:0]  mask    = (t1_kind == KIND_BYTES) ? {BIG_W{1'b1}}
                            : (t1_kind == KIND_NDESC) ? {BIG_W{1'b1}} >> (BIG_W - DESC_W)
                            : {BIG_W{1'b1}} >> BYTES_W;

  vnet_ram #(
    .W    (64),
    .DEPTH(1 << ADDR_W)
  ) u_total (
    .clk    (clk),
    .wr_en  (init || t3_valid_q),
    .wr_addr(init ? init_q[ADDR_W-1:0] : t3_addr_q),
    .wr_data(t3_total_q),
    .rd_en  (run_q),
    .rd_addr({run_queue_q, run_kind_q}),
    .rd_data(total)
  );

  assign rd_valid  = t3_rd_q;
  assign rd_count  = t3_total_q;
  assign rd_errors = errors_q;

  always @(posedge clk) begin
    kick_q <= (kick_q & ~ki_served) | evt_kick;
    irq_q  <= (irq_q & ~ki_served) | evt_irq;
    range_q     <= (range_q && !do_rng) || evt_kick_range;
    zero_done_q <= do_zer || (zero_done_q && !do_rep);
    if (init) begin
      init_q <= init_q + {{(INIT_W - 1){1'b0}}, 1'b1};
    end

    // The next visit.
    timer_q <= timer_q + 4'd1;
    due_q   <= (due_q && !sweep) || (timer_q == 4'd0);
    rd_q    <= (rd_q && !(sweep && rd_start)) || rd_en;
    start_q <= sweep;
    if (sweep) begin
      run_queue_q <= rd_start ? rd_queue : round_q;
      rd_run_q    <= rd_start;
      run_kind_q  <= 3'd0;
    end else if (run_q) begin
      run_kind_q  <= run_kind_q + 3'd1;
    end
    if (sweep && due_q) begin
      round_q <= round_q + {{(Q_W - 1){1'b0}}, 1'b1};
    end
    run_q <= start_q || (run_q && (run_kind_q != KIND_LAST));
    if (start_q) begin
      hold_q <= low;
    end
    if (start_q && rd_run_q) begin
      errors_q <= errors;
    end

    op_wr_q     <= init || do_rng || do_qe || do_ki || do_zer || do_rep;
    op_init_q   <= init;
    op_queue_q  <= init        ? init_q[Q_W-1:0] :
                   sweep       ? (rd_start ? rd_queue : round_q) :
                   qe_valid[0] ? qe_queue[0 +: Q_W] :
                   qe_valid[1] ? qe_queue[Q_W +: Q_W] :
                   ki_valid    ? ki_queue : rep_queue;
    op_code_q   <= init             ? init_q[4:0] :
                   sweep            ? rd_code :
                   range_q          ? CODE_KICK_RANGE :
                   qe_valid[0]      ? qe_code[4:0] :
                   qe_valid[1]      ? qe_code[9:5] :
                   zeros            ? CODE_ZERO :
                   (rep_err != 5'd0) ? rep_err : CODE_LAYOUT;
    op_bytes_q  <= do_rep ? rep_bytes : {BYTES_W{1'b0}};
    op_ndesc_q  <= do_rep ? rep_ndesc : {NDESC_W{1'b0}};
    op_frame_q  <= do_rep && rep_frame;
    op_class_q  <= {rep_class == 2'd3, rep_class == 2'd2, rep_class == 2'd1} & {3{do_rep}};
    op_kick_q   <= do_ki && ((kick_q & ki_grant) != {NQ{1'b0}});
    op_irq_q    <= do_ki && ((irq_q & ki_grant) != {NQ{1'b0}});
    op_tell_q   <= do_qe || (do_rep && (rep_err != 5'd0));
    op_amount_q <= do_zer ? rep_zero
                 : {7'd0, do_rng || do_qe || (do_rep && ((rep_err != 5'd0) || rep_layout))};

    t1_valid_q <= run_q;
    t1_rd_q    <= run_q && rd_run_q && (run_kind_q == rd_kind);
    t1_addr_q  <= {run_queue_q, run_kind_q};
    t1_low_q   <= kind_low;
    t2_valid_q <= t1_valid_q;
    t2_rd_q    <= t1_rd_q;
    t2_addr_q  <= t1_addr_q;
    t2_total_q <= total;
    t2_grown_q <= grown & mask;
    t3_valid_q <= t2_valid_q;
    t3_rd_q    <= t2_rd_q;
    t3_addr_q  <= t2_addr_q;
    t3_total_q <= t2_total_q + {{(64 - BIG_W){1'b0}}, t2_grown_q};

    // What is written while the memories are filled.
    if (rst || init) begin
      t3_total_q <= 64'd0;
    end
    if (rst) begin
      kick_q      <= {NQ{1'b0}};
      irq_q       <= {NQ{1'b0}};
      init_q      <= {INIT_W{1'b0}};
      timer_q     <= 4'd0;
      due_q       <= 1'b0;
      rd_q        <= 1'b0;
      start_q     <= 1'b0;
      run_q       <= 1'b0;
      round_q     <= {Q_W{1'b0}};
      range_q     <= 1'b0;
      zero_done_q <= 1'b0;
      op_wr_q     <= 1'b0;
      op_tell_q   <= 1'b0;
      t1_valid_q  <= 1'b0;
      t1_rd_q     <= 1'b0;
      t2_valid_q  <= 1'b0;
      t2_rd_q     <= 1'b0;
      t3_valid_q  <= 1'b0;
      t3_rd_q     <= 1'b0;
    end
  end

  assign evt_error       = op_tell_q;
  assign evt_error_code  = op_code_q;
  assign evt_error_queue = op_queue_q;

  // The FIFOs of queue errors have a place for every queue, so they are never full.
  wire unused_ok = &{1'b0, rep_level, qe_level, qe_s_ready};

endmodule

`default_nettype wire
