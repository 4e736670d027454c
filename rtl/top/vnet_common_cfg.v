// vnet_common_cfg: common configuration without the queue fields: features, status, driver reset
// SPDX-License-Identifier: Apache-2.0
//
// Device status. A bit once set stays until reset. FEATURES_OK is taken only if the driver's
// features are a subset of the offered ones; from then on (or from DRIVER_OK, for a driver without
// VERSION_1 that never sets FEATURES_OK) the features are fixed. DRIVER_OK is taken only after
// FEATURES_OK or without VERSION_1. NEEDS_RESET is set by a queue error.
//
// Driver reset. Writing 0 stops all queues (cfg_stop_all). When all of them have been idle for a
// while, evt_reset clears every register in one cycle; until then the status reads as before, and
// writes are ignored. The answer to the write of 0 is held back until then too (reg_busy), because
// some drivers do not poll, but not for ever: a machine must not hang because of a device that
// waits for its memory.
//
// Latency:       1 cycle from reg_addr to reg_rdata; a write (reg_wr) needs reg_rdata of the same
//                address.
// Throughput:    1 access in 2 cycles.
// Back-pressure: reg_busy after the write of 0 to the status.
// Errors:        none.
// Spec:          virtio 1.4, "Device Status Field", "Feature Bits", "Common configuration structure
//                layout".
`include "vnet_defs.vh"
`default_nettype none

module vnet_common_cfg #(
  // Virtqueues, shown as num_queues.
  parameter integer NVQ           = 2,
  // 1: offer VNET_F_ANY_HEADER_SG too.
  parameter integer ANY_HEADER_SG = 0,
  // MSI-X vectors; a higher number written to a vector register is refused.
  parameter integer MSIX_VECTORS  = 3
) (
  input  wire        clk,
  input  wire        rst,

  // Register bus: reg_rdata follows the address; it is 0 for addresses outside the block.
  input  wire [15:0] reg_addr,
  input  wire        reg_wr,
  input  wire [31:0] reg_wdata,
  input  wire [3:0]  reg_wstrb,
  output reg  [31:0] reg_rdata,
  output wire        reg_busy,

  input  wire [7:0]  sts_generation,
  // Nothing is going on in any queue or in the interrupt block.
  input  wire        sts_all_idle,
  // A queue met an error that only a reset can cure.
  input  wire        evt_queue_error,

  output wire [15:0] cfg_queue_select,
  output wire [15:0] cfg_config_vector,
  output wire        cfg_stop_all,
  output wire        cfg_driver_ok,
  output wire        cfg_idle,
  // One cycle: everything goes back to its reset value.
  output wire        evt_reset,
  // NEEDS_RESET was set while DRIVER_OK: the configuration interrupt is due.
  output wire        evt_needs_reset,

  // Negotiated; 0 until the features are fixed.
  output wire        cfg_features_fixed,
  output wire        cfg_event_idx,
  output wire        cfg_indirect,
  output wire        cfg_mrg_rxbuf,
  output wire        cfg_any_layout,
  output wire        cfg_mtu_valid,
  output wire [5:0]  cfg_hdr_len
);

  // Idle must be seen this long after the stop: everything that was on its way into a queue has
  // shown itself by then.
  localparam [11:0] SETTLE_CYCLES = 12'd16;
  // The answer to the write of 0 comes after this time at the latest.
  localparam [11:0] ANSWER_CYCLES = 12'd4095;

  localparam [31:0] VECTOR_LIMIT = MSIX_VECTORS;
  localparam [63:0] OFFERED =
    (64'd1 << `VNET_F_MTU) | (64'd1 << `VNET_F_MAC) | (64'd1 << `VNET_F_MRG_RXBUF) |
    (64'd1 << `VNET_F_STATUS) |
    ((ANY_HEADER_SG != 0) ? (64'd1 << `VNET_F_ANY_HEADER_SG) : 64'd0) |
    (64'd1 << `VNET_F_ANY_LAYOUT) | (64'd1 << `VNET_F_INDIRECT_DESC) |
    (64'd1 << `VNET_F_EVENT_IDX) | (64'd1 << `VNET_F_VERSION_1) | (64'd1 << `VNET_F_RING_RESET);

  reg [31:0] device_sel_q;
  reg [31:0] driver_sel_q;
  reg [63:0] driver_q;         // driver_feature, windows 0 and 1
  reg [2:0]  driver_high_q;    // a bit of 64..95, 96..127, above is set (the last stays until reset)
  reg        subset_q;         // driver features are a subset of the offered ones
  reg [7:0]  status_q;
  reg [15:0] queue_sel_q;
  reg [15:0] vector_q;
  reg        reset_busy_q;
  reg        reset_done_q;
  reg [11:0] reset_cycles_q;
  reg        answered_q;       // the write of 0 need not wait any longer
  reg        needs_reset_q;

  // Negotiated features and what follows from them, one cycle behind.
  reg        fixed_q;
  reg        event_idx_q;
  reg        indirect_q;
  reg        mrg_rxbuf_q;
  reg        any_layout_q;
  reg        mtu_valid_q;
  reg [5:0]  hdr_len_q;

  wire [15:0] num_queues = NVQ[15:0];

  wire in_block = reg_addr[15:6] == 10'd0;

  // What the word will be after the write.
  wire [31:0] merged = {reg_wstrb[3] ? reg_wdata[31:24] : reg_rdata[31:24],
                        reg_wstrb[2] ? reg_wdata[23:16] : reg_rdata[23:16],
                        reg_wstrb[1] ? reg_wdata[15:8]  : reg_rdata[15:8],
                        reg_wstrb[0] ? reg_wdata[7:0]   : reg_rdata[7:0]};

  wire       wr           = reg_wr && in_block && !reset_busy_q;
  wire       wr_status    = wr && (reg_addr[5:2] == 4'd5) && reg_wstrb[0];
  wire       reset_start  = wr_status && (reg_wdata[7:0] == 8'd0);

  wire       features_ok  = status_q[`VNET_S_FEATURES_OK];
  wire       driver_ok    = status_q[`VNET_S_DRIVER_OK];
  wire       fixed        = features_ok || driver_ok;
  wire       version_1    = driver_q[`VNET_F_VERSION_1];
  wire       take_feat_ok = reg_wdata[`VNET_S_FEATURES_OK] && subset_q && !driver_ok;
  wire       take_drv_ok  = reg_wdata[`VNET_S_DRIVER_OK] &&
                            (features_ok || take_feat_ok || !version_1);

  assign reg_busy           = reset_busy_q && !answered_q;
  assign cfg_queue_select   = queue_sel_q;
  assign cfg_config_vector  = vector_q;
  assign cfg_stop_all       = reset_busy_q;
  assign cfg_driver_ok      = driver_ok && !reset_busy_q;
  assign cfg_idle           = status_q == 8'd0;
  assign evt_reset          = reset_done_q;
  assign evt_needs_reset    = needs_reset_q;
  assign cfg_features_fixed = fixed_q;
  assign cfg_event_idx      = event_idx_q;
  assign cfg_indirect       = indirect_q;
  assign cfg_mrg_rxbuf      = mrg_rxbuf_q;
  assign cfg_any_layout     = any_layout_q;
  assign cfg_mtu_valid      = mtu_valid_q;
  assign cfg_hdr_len        = hdr_len_q;

  // Read.
  reg [31:0] word;
  always @* begin
    word = 32'd0;
    case (reg_addr[5:2])
      4'd0: word = device_sel_q;
      4'd1: word = (device_sel_q == 32'd0) ? OFFERED[31:0] :
                   (device_sel_q == 32'd1) ? OFFERED[63:32] : 32'd0;
      4'd2: word = driver_sel_q;
      4'd3: word = (driver_sel_q == 32'd0) ? driver_q[31:0] :
                   (driver_sel_q == 32'd1) ? driver_q[63:32] : 32'd0;
      4'd4: word = {num_queues, vector_q};
      4'd5: word = {queue_sel_q, sts_generation, status_q};
      default: word = 32'd0;
    endcase
  end

  always @(posedge clk) begin
    reg_rdata <= in_block ? word : 32'd0;

    if (wr) begin
      case (reg_addr[5:2])
        4'd0: device_sel_q <= merged;
        4'd2: driver_sel_q <= merged;
        4'd3: begin
          if (!fixed && (driver_sel_q == 32'd0)) begin
            driver_q[31:0] <= merged;
          end
          if (!fixed && (driver_sel_q == 32'd1)) begin
            driver_q[63:32] <= merged;
          end
          if (!fixed && (driver_sel_q == 32'd2)) begin
            driver_high_q[0] <= merged != 32'd0;
          end
          if (!fixed && (driver_sel_q == 32'd3)) begin
            driver_high_q[1] <= merged != 32'd0;
          end
          if (!fixed && (driver_sel_q > 32'd3) && (merged != 32'd0)) begin
            driver_high_q[2] <= 1'b1;
          end
        end
        4'd4: begin
          if (reg_wstrb[1:0] != 2'd0) begin
            vector_q <= ({16'd0, merged[15:0]} < VECTOR_LIMIT) ? merged[15:0] : `VNET_NO_VECTOR;
          end
        end
        4'd5: begin
          queue_sel_q <= merged[31:16];
        end
        default: begin
        end
      endcase
    end
    if (wr_status && !reset_start) begin
      if (reg_wdata[`VNET_S_ACKNOWLEDGE]) begin
        status_q[`VNET_S_ACKNOWLEDGE] <= 1'b1;
      end
      if (reg_wdata[`VNET_S_DRIVER]) begin
        status_q[`VNET_S_DRIVER] <= 1'b1;
      end
      if (reg_wdata[`VNET_S_FAILED]) begin
        status_q[`VNET_S_FAILED] <= 1'b1;
      end
      if (take_feat_ok) begin
        status_q[`VNET_S_FEATURES_OK] <= 1'b1;
      end
      if (take_drv_ok) begin
        status_q[`VNET_S_DRIVER_OK] <= 1'b1;
      end
    end
    // An error during a reset is of no interest any more.
    needs_reset_q <= evt_queue_error && cfg_driver_ok;
    if (evt_queue_error && !reset_busy_q) begin
      status_q[`VNET_S_NEEDS_RESET] <= 1'b1;
    end

    subset_q     <= ((driver_q & ~OFFERED) == 64'd0) && (driver_high_q == 3'd0);
    fixed_q      <= fixed;
    event_idx_q  <= fixed && driver_q[`VNET_F_EVENT_IDX];
    indirect_q   <= fixed && driver_q[`VNET_F_INDIRECT_DESC];
    mrg_rxbuf_q  <= fixed && driver_q[`VNET_F_MRG_RXBUF];
    mtu_valid_q  <= fixed && driver_q[`VNET_F_MTU];
    any_layout_q <= fixed && (version_1 || driver_q[`VNET_F_ANY_LAYOUT] ||
                              ((ANY_HEADER_SG != 0) && driver_q[`VNET_F_ANY_HEADER_SG]));
    hdr_len_q    <= !fixed ? 6'd0 : (version_1 || driver_q[`VNET_F_MRG_RXBUF]) ? 6'd12 : 6'd10;

    // Driver reset. The counter runs from the write; it stops at its last value.
    if (reset_start) begin
      reset_busy_q <= 1'b1;
    end
    if (!reset_busy_q) begin
      reset_cycles_q <= 12'd0;
    end else if (reset_cycles_q != ANSWER_CYCLES) begin
      reset_cycles_q <= reset_cycles_q + 12'd1;
    end
    answered_q   <= reset_busy_q && (reset_cycles_q == ANSWER_CYCLES);
    reset_done_q <= reset_busy_q && !reset_done_q && sts_all_idle &&
                    (reset_cycles_q >= SETTLE_CYCLES);

    if (rst || reset_done_q) begin
      device_sel_q   <= 32'd0;
      driver_sel_q   <= 32'd0;
      driver_q       <= 64'd0;
      driver_high_q  <= 3'd0;
      status_q       <= 8'd0;
      queue_sel_q    <= 16'd0;
      vector_q       <= `VNET_NO_VECTOR;
      reset_busy_q   <= 1'b0;
      reset_done_q   <= 1'b0;
      reset_cycles_q <= 12'd0;
      answered_q     <= 1'b0;
      needs_reset_q  <= 1'b0;
      fixed_q        <= 1'b0;
    end
  end

  wire unused_ok = &{1'b0, reg_addr[1:0]};  // the bus is word wide

endmodule

`default_nettype wire
