// vnet_queue_cfg: queue fields of the common configuration, queue enable and queue reset
// SPDX-License-Identifier: Apache-2.0
//
// All fields are seen through queue_select. Sizes, vectors and addresses of all queues sit in small
// memories; a flag per field tells whether it was written since the last reset, else the default is
// read. So a reset is one cycle, whatever the number of queues.
//
// Enable: the six address words are read one by one and go with the size to the engine as one
//         context (ctx_wr), then the queue counts as enabled. Size and addresses of an enabled
//         queue cannot be changed.
//
// Queue reset: cfg_stop goes high for the queue; when the queue has been stopped for a while and is
// idle, all its fields go back to their defaults and queue_enable and queue_reset read 0.
//
// A queue error makes cfg_run go low until the queue is reset: no new chains, and no received
// frames that would wait for its buffers. cfg_enable stays, so that chains taken before the error
// are still returned.
//
// Latency:       2 cycles from reg_addr to reg_rdata; a write (reg_wr) needs reg_rdata of the same
//                address.
// Throughput:    1 access in 3 cycles.
// Back-pressure: reg_busy while a context is copied (8 cycles) or a queue stop takes effect (16
//                cycles).
// Errors:        a write that is not legal is ignored: see docs/registers.md.
// Spec:          virtio 1.4, "Common configuration structure layout", "Virtqueue Reset".
`include "vnet_defs.vh"
`default_nettype none

module vnet_queue_cfg #(
  // Virtqueues, even; the even ones receive.
  parameter integer NVQ            = 2,
  // Largest queue size, a power of two, 1..32768.
  parameter integer QUEUE_SIZE_MAX = 256,
  // MSI-X vectors; a higher number written to a vector register is refused.
  parameter integer MSIX_VECTORS   = 3,
  // Derived: width of a virtqueue number. Do not set.
  parameter integer VQ_W           = $clog2(NVQ)
) (
  input  wire            clk,
  input  wire            rst,

  // Register bus: reg_rdata follows the address; it is 0 for addresses outside the block.
  input  wire [15:0]     reg_addr,
  input  wire            reg_wr,
  input  wire [31:0]     reg_wdata,
  input  wire [3:0]      reg_wstrb,
  output reg  [31:0]     reg_rdata,
  output wire            reg_busy,

  input  wire [15:0]     cfg_queue_select,
  // A driver reset is going on; at its end evt_reset.
  input  wire            cfg_stop_all,
  input  wire            evt_reset,
  input  wire            cfg_driver_ok,

  // Per virtqueue.
  input  wire [NVQ-1:0]  sts_idle,
  input  wire [NVQ-1:0]  evt_queue_error,
  output wire [NVQ-1:0]  cfg_enable,
  output wire [NVQ-1:0]  cfg_run,
  output wire [NVQ-1:0]  cfg_stop,
  output wire            sts_all_idle,

  // Context of a queue that is being enabled.
  output wire            ctx_wr,
  output wire [VQ_W-1:0] ctx_vq,
  output wire [63:0]     ctx_desc_addr,
  output wire [63:0]     ctx_avail_addr,
  output wire [63:0]     ctx_used_addr,
  output wire [3:0]      ctx_size_log2,

  // Vectors, for the interrupt block.
  output wire            vec_wr,
  output wire [VQ_W-1:0] vec_vq,
  output wire [15:0]     vec_value,
  output wire [NVQ-1:0]  vec_mapped
);

  localparam integer SIZE_MAX_LOG2 = $clog2(QUEUE_SIZE_MAX);
  localparam [31:0]  NVQ_LIMIT     = NVQ;
  localparam [31:0]  VECTOR_LIMIT  = MSIX_VECTORS;
  localparam [31:0]  SIZE_LIMIT    = QUEUE_SIZE_MAX;
  localparam [3:0]   SETTLE_CYCLES = 4'd15;

  vnet_param_check #(
    .OK((NVQ >= 2) && ((NVQ & (NVQ - 1)) == 0))
  ) u_queue_pairs_must_be_a_power_of_two ();
  vnet_param_check #(
    .OK((QUEUE_SIZE_MAX >= 2) && (QUEUE_SIZE_MAX <= 32768) &&
        ((QUEUE_SIZE_MAX & (QUEUE_SIZE_MAX - 1)) == 0))
  ) u_queue_size_max_must_be_a_power_of_two_up_to_32768 ();
  vnet_param_check #(
    .OK((MSIX_VECTORS >= 1) && (MSIX_VECTORS <= 2048))
  ) u_msix_vectors_must_be_1_to_2048 ();

  // ST_IDLE    accesses are served.
  // ST_COPY    queue_enable was written: the address words go into the context, one per cycle; ends
  //            after the sixth.
  // ST_CONTEXT the context is complete and is written to the engine.
  // ST_SETTLE  queue_reset was written: wait until the stop has reached every module.
  localparam [1:0] ST_IDLE    = 2'd0;
  localparam [1:0] ST_COPY    = 2'd1;
  localparam [1:0] ST_CONTEXT = 2'd2;
  localparam [1:0] ST_SETTLE  = 2'd3;

  reg [1:0]       state_q;
  reg [3:0]       count_q;
  reg [191:0]     ctx_q;

  reg [NVQ-1:0]   enabled_q;
  reg [NVQ-1:0]   resetting_q;    // queue_reset reads 1
  reg [NVQ-1:0]   settled_q;      // the stop has taken effect
  reg [NVQ-1:0]   idle_q;
  reg             all_idle_q;
  reg [NVQ-1:0]   size_set_q;
  reg [NVQ-1:0]   mapped_q;
  reg [6*NVQ-1:0] addr_set_q;     // six flags per queue
  reg [NVQ-1:0]   failed_q;       // a queue error happened
  reg [NVQ-1:0]   cfg_enable_q;
  reg [NVQ-1:0]   cfg_run_q;
  reg [NVQ-1:0]   cfg_stop_q;

  // ---- Lookup of the selected queue, stage 1 ----

  wire [VQ_W-1:0] vq       = cfg_queue_select[VQ_W-1:0];
  wire            exists   = {16'd0, cfg_queue_select} < NVQ_LIMIT;
  wire            in_block = reg_addr[15:6] == 10'd0;
  // Words 8..13 are the addresses: 8 and 9 descriptors, 10 and 11 driver area, 12 and 13 device
  // area.
  wire [2:0]      field    = (state_q == ST_COPY) ? count_q[2:0] : reg_addr[4:2];

  wire [31:0]     addr_mem;
  wire [3:0]      size_mem;
  wire [15:0]     vector_mem;

  wire [5:0]      addr_set_vq = addr_set_q[vq * 6 +: 6];
  wire [7:0]      addr_set_8  = {2'b00, addr_set_vq};
  wire [31:0]     addr_word   = addr_set_8[field] ? addr_mem : 32'd0;
  wire [3:0]      size_log2   = size_set_q[vq] ? size_mem : SIZE_MAX_LOG2[3:0];

  reg             exists_q;
  reg [31:0]      addr_word_q;
  reg [15:0]      size_q;
  reg [15:0]      vector_q;
  reg             enabled_vq_q;
  reg             resetting_vq_q;

  always @(posedge clk) begin
    exists_q       <= exists && in_block;
    addr_word_q    <= addr_word;
    size_q         <= 16'd1 << size_log2;
    vector_q       <= mapped_q[vq] ? vector_mem : `VNET_NO_VECTOR;
    enabled_vq_q   <= enabled_q[vq];
    resetting_vq_q <= resetting_q[vq];
  end

  // ---- Stage 2: the word ----

  wire [15:0] notify_off = cfg_queue_select;

  always @(posedge clk) begin
    reg_rdata <= 32'd0;
    if (exists_q) begin
      case (reg_addr[5:2])
        4'd6:    reg_rdata <= {vector_q, size_q};
        4'd7:    reg_rdata <= {notify_off, 15'd0, enabled_vq_q};
        4'd8, 4'd9, 4'd10, 4'd11, 4'd12, 4'd13: reg_rdata <= addr_word_q;
        4'd14:   reg_rdata <= {15'd0, resetting_vq_q, 16'd0};
        default: reg_rdata <= 32'd0;
      endcase
    end
  end

  // ---- Writes ----

  wire [31:0] merged = {reg_wstrb[3] ? reg_wdata[31:24] : reg_rdata[31:24],
                        reg_wstrb[2] ? reg_wdata[23:16] : reg_rdata[23:16],
                        reg_wstrb[1] ? reg_wdata[15:8]  : reg_rdata[15:8],
                        reg_wstrb[0] ? reg_wdata[7:0]   : reg_rdata[7:0]};
  wire        wr_lo  = (reg_wstrb[1:0] != 2'd0);
  wire        wr_hi  = (reg_wstrb[3:2] != 2'd0);

  wire        wr       = reg_wr && exists_q && !cfg_stop_all && (state_q == ST_IDLE);
  wire        open     = !enabled_vq_q && !resetting_vq_q;  // the fields may be changed
  wire [3:0]  word     = reg_addr[5:2];

  wire        size_ok  = (merged[15:0] != 16'd0) &&
                         ((merged[15:0] & (merged[15:0] - 16'd1)) == 16'd0) &&
                         ({16'd0, merged[15:0]} <= SIZE_LIMIT);
  wire        wr_size  = wr && (word == 4'd6) && wr_lo && size_ok && open;
  wire        wr_vec   = wr && (word == 4'd6) && wr_hi && !resetting_vq_q;
  wire        vec_ok   = {16'd0, merged[31:16]} < VECTOR_LIMIT;
  wire        wr_en    = wr && (word == 4'd7) && wr_lo && (merged[15:0] == 16'd1) && open;
  wire        wr_addr  = wr && word[3] && (word[2:1] != 2'b11) && open;
  wire        wr_reset = wr && (word == 4'd14) && wr_hi && (merged[31:16] == 16'd1) &&
                         !resetting_vq_q;

  // Low bits below the alignment that the specification demands read as 0.
  reg  [31:0] addr_value;
  always @* begin
    addr_value = merged;
    case (word)
      4'd8:    addr_value[3:0] = 4'd0;
      4'd10:   addr_value[0]   = 1'b0;
      4'd12:   addr_value[1:0] = 2'd0;
      default: addr_value = merged;
    endcase
  end

  reg  [3:0]  size_value;
  integer i;
  always @* begin
    size_value = 4'd0;
    for (i = 0; i < 16; i = i + 1) begin
      if (merged[i]) begin
        size_value = size_value | i[3:0];
      end
    end
  end

  vnet_lutram #(
    .W    (32),
    .DEPTH(NVQ * 8)
  ) u_addr (
    .clk    (clk),
    .wr_en  (wr_addr),
    .wr_addr({vq, word[2:0]}),
    .wr_data(addr_value),
    .rd_addr({vq, field}),
    .rd_data(addr_mem)
  );

  vnet_lutram #(
    .W    (4),
    .DEPTH(NVQ)
  ) u_size (
    .clk    (clk),
    .wr_en  (wr_size),
    .wr_addr(vq),
    .wr_data(size_value),
    .rd_addr(vq),
    .rd_data(size_mem)
  );

  vnet_lutram #(
    .W    (16),
    .DEPTH(NVQ)
  ) u_vector (
    .clk    (clk),
    .wr_en  (wr_vec),
    .wr_addr(vq),
    .wr_data(merged[31:16]),
    .rd_addr(vq),
    .rd_data(vector_mem)
  );

  // ---- State ----

  // Queues whose reset completes in this cycle.
  wire [NVQ-1:0] finish = settled_q & idle_q;

  integer q;
  always @(posedge clk) begin
    case (state_q)
      ST_IDLE: begin
        count_q <= 4'd0;
        if (wr_en) begin
          state_q <= ST_COPY;
        end else if (wr_reset) begin
          state_q <= ST_SETTLE;
        end
      end
      ST_COPY: begin
        // addr_word_q is one cycle behind the count.
        count_q <= count_q + 4'd1;
        if (count_q != 4'd0) begin
          ctx_q <= {addr_word_q, ctx_q[191:32]};
        end
        if (count_q == 4'd6) begin
          state_q <= ST_CONTEXT;
        end
      end
      ST_CONTEXT: begin
        enabled_q[vq] <= 1'b1;
        state_q       <= ST_IDLE;
      end
      default: begin
        count_q <= count_q + 4'd1;
        if (count_q == SETTLE_CYCLES) begin
          settled_q[vq] <= 1'b1;
          state_q       <= ST_IDLE;
        end
      end
    endcase

    if (wr_size) begin
      size_set_q[vq] <= 1'b1;
    end
    if (wr_vec) begin
      mapped_q[vq] <= vec_ok;
    end
    if (wr_addr) begin
      addr_set_q[{{(32-VQ_W){1'b0}}, vq} * 6 + {29'd0, word[2:0]}] <= 1'b1;
    end
    if (wr_reset) begin
      resetting_q[vq] <= 1'b1;
    end

    idle_q       <= sts_idle;
    all_idle_q   <= &sts_idle;
    cfg_stop_q   <= resetting_q | {NVQ{cfg_stop_all}};
    failed_q     <= failed_q | evt_queue_error;
    cfg_enable_q <= enabled_q & ~resetting_q & {NVQ{cfg_driver_ok}};
    cfg_run_q    <= enabled_q & ~resetting_q & {NVQ{cfg_driver_ok}} & ~failed_q;

    for (q = 0; q < NVQ; q = q + 1) begin
      if (finish[q] || evt_reset) begin
        enabled_q[q]          <= 1'b0;
        resetting_q[q]        <= 1'b0;
        settled_q[q]          <= 1'b0;
        failed_q[q]           <= 1'b0;
        size_set_q[q]         <= 1'b0;
        mapped_q[q]           <= 1'b0;
        addr_set_q[q*6 +: 6]  <= 6'd0;
      end
    end
    if (rst || evt_reset) begin
      state_q      <= ST_IDLE;
      count_q      <= 4'd0;
    end
    if (rst) begin
      enabled_q    <= {NVQ{1'b0}};
      resetting_q  <= {NVQ{1'b0}};
      settled_q    <= {NVQ{1'b0}};
      size_set_q   <= {NVQ{1'b0}};
      mapped_q     <= {NVQ{1'b0}};
      addr_set_q   <= {(6*NVQ){1'b0}};
      failed_q     <= {NVQ{1'b0}};
      cfg_enable_q <= {NVQ{1'b0}};
      cfg_run_q    <= {NVQ{1'b0}};
      cfg_stop_q   <= {NVQ{1'b0}};
      idle_q       <= {NVQ{1'b0}};
      all_idle_q   <= 1'b0;
    end
  end

  assign reg_busy       = state_q != ST_IDLE;
  assign sts_all_idle   = all_idle_q;
  assign cfg_enable     = cfg_enable_q;
  assign cfg_run        = cfg_run_q;
  assign cfg_stop       = cfg_stop_q;
  assign ctx_wr         = state_q == ST_CONTEXT;
  assign ctx_vq         = vq;
  assign ctx_desc_addr  = ctx_q[63:0];
  assign ctx_avail_addr = ctx_q[127:64];
  assign ctx_used_addr  = ctx_q[191:128];
  assign ctx_size_log2  = size_log2;
  assign vec_wr         = wr_vec;
  assign vec_vq         = vq;
  assign vec_value      = merged[31:16];
  assign vec_mapped     = mapped_q;

  wire unused_ok = &{1'b0, reg_addr[1:0]};  // the bus is word wide

endmodule

`default_nettype wire
