// vnet_regs: all registers of the device: sequences an access over the register blocks
// SPDX-License-Identifier: Apache-2.0
//
// Every block looks at the address and gives its word, or 0 when the address is not its own; the
// words are simply ORed. A write comes two cycles after the address, when each block has the old
// word at hand and can put the strobed bytes into it. Reads of counters and writes that take longer
// hold back the answer.
//
// A notification is a write to any word of the notification block; the written number says which
// queue is meant. Because a driver may have made buffers available before DRIVER_OK, a queue is
// also kicked once when it starts.
//
// Latency:       4 cycles from reg_en to reg_done; counters about 10; enabling a queue about 12;
//                driver reset see vnet_common_cfg.
// Throughput:    1 access at a time.
// Back-pressure: reg_done.
// Errors:        a notification for a queue that does not exist is counted (KICK_RANGE) and
//                ignored.
// Spec:          virtio 1.4, "Virtio Over PCI Bus": common configuration, notification, ISR and
//                device configuration.
`default_nettype none

module vnet_regs #(
  // See vnet_top.
  parameter integer DATA_W         = 64,
  parameter integer QUEUE_PAIRS    = 1,
  parameter integer QUEUE_SIZE_MAX = 256,
  parameter integer CHAIN_MAX      = 256,
  parameter integer FRAME_MAX      = 9216,
  parameter integer RD_OUTSTANDING = 64,
  parameter integer CHAIN_SLOTS    = 64,
  parameter integer STRICT_LAYOUT  = 0,
  parameter integer ANY_HEADER_SG  = 0,
  parameter  [31:0] RX_WAIT        = 32'hFFFFFFFF,
  parameter integer MSIX_VECTORS   = 3,
  // Derived: queues per direction, virtqueues, widths of their numbers. Do not set.
  parameter integer NQ             = QUEUE_PAIRS,
  parameter integer NVQ            = 2 * QUEUE_PAIRS,
  parameter integer Q_W            = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer VQ_W           = $clog2(NVQ)
) (
  input  wire            clk,
  input  wire            rst,

  // Register bus.
  input  wire            reg_en,
  input  wire            reg_write,
  input  wire [15:0]     reg_addr,
  input  wire [31:0]     reg_wdata,
  input  wire [3:0]      reg_wstrb,
  output wire            reg_done,
  output wire [31:0]     reg_rdata,

  // Settings from the board.
  input  wire [47:0]     cfg_mac,
  input  wire [15:0]     cfg_mtu,
  input  wire            cfg_link_up,

  // Negotiated settings.
  output wire            cfg_event_idx,
  output wire            cfg_indirect,
  output wire            cfg_mrg_rxbuf,
  output wire            cfg_any_layout,
  output wire [5:0]      cfg_hdr_len,
  output wire [31:0]     cfg_rx_wait,
  output wire [16:0]     cfg_rx_max,

  // Queue contexts; one of the two write pulses.
  output wire            tx_ctx_wr,
  output wire            rx_ctx_wr,
  output wire [Q_W-1:0]  ctx_queue,
  output wire [63:0]     ctx_desc_addr,
  output wire [63:0]     ctx_avail_addr,
  output wire [63:0]     ctx_used_addr,
  output wire [3:0]      ctx_size_log2,

  // Queues, per direction. cfg_run: enabled and without a queue error.
  output wire [NQ-1:0]   tx_cfg_enable,
  output wire [NQ-1:0]   tx_cfg_run,
  output wire [NQ-1:0]   tx_cfg_stop,
  output wire [NQ-1:0]   tx_kick,
  input  wire [NQ-1:0]   tx_sts_idle,
  input  wire            tx_qerr_valid,
  input  wire [Q_W-1:0]  tx_qerr_queue,
  output wire [NQ-1:0]   rx_cfg_enable,
  output wire [NQ-1:0]   rx_cfg_run,
  output wire [NQ-1:0]   rx_cfg_stop,
  output wire [NQ-1:0]   rx_kick,
  input  wire [NQ-1:0]   rx_sts_idle,
  input  wire            rx_qerr_valid,
  input  wire [Q_W-1:0]  rx_qerr_queue,

  // Interrupt block.
  output wire            cfg_driver_ok,
  output wire            cfg_stop_all,
  output wire            evt_reset,
  output wire [NVQ-1:0]  cfg_stop,
  output wire            vec_wr,
  output wire [VQ_W-1:0] vec_vq,
  output wire [15:0]     vec_value,
  output wire [NVQ-1:0]  vec_mapped,
  output wire [15:0]     cfg_config_vector,
  output wire            evt_config,
  input  wire [1:0]      isr,
  output wire            isr_read,
  input  wire [NVQ-1:0]  irq_busy,
  input  wire            irq_config_busy,

  // Counters.
  output wire [NQ-1:0]   tx_evt_kick,
  output wire [NQ-1:0]   rx_evt_kick,
  output wire            evt_kick_range,
  output wire [7:0]      evt_kick_number,
  output wire            cnt_rd_en,
  output wire [15:0]     cnt_rd_addr,
  input  wire            cnt_rd_valid,
  input  wire [31:0]     cnt_rd_data,
  input  wire [15:0]     sts_last_error
);

  vnet_param_check #(
    .OK((QUEUE_PAIRS == 1) || (QUEUE_PAIRS == 2) || (QUEUE_PAIRS == 4) || (QUEUE_PAIRS == 8))
  ) u_queue_pairs_must_be_1_2_4_or_8 ();

  // ST_IDLE  waits for an access.
  // ST_LOOK  the blocks look up the word; one cycle.
  // ST_ACT   the words are there: the read is taken, the write is carried out; one cycle.
  // ST_WAIT  answers as soon as no block is busy and a counter, if asked for, has come.
  localparam [1:0] ST_IDLE = 2'd0;
  localparam [1:0] ST_LOOK = 2'd1;
  localparam [1:0] ST_ACT  = 2'd2;
  localparam [1:0] ST_WAIT = 2'd3;

  localparam [31:0] NVQ_LIMIT = NVQ;

  reg  [1:0]  state_q;
  reg         counter_q;      // the address is that of a counter
  reg         isr_sel_q;
  reg         notify_q;
  reg         config_sel_q;   // device configuration, or its generation
  reg         done_q;
  reg  [31:0] rdata_q;

  wire        reg_wr = (state_q == ST_ACT) && reg_write;
  wire        reg_rd = (state_q == ST_ACT) && !reg_write;
  // From the cycle whose value is read to the one in which it is taken.
  wire        config_look = config_sel_q && !reg_write &&
                            ((state_q == ST_LOOK) || (state_q == ST_ACT));

  wire [31:0] common_rdata;
  wire [31:0] queue_rdata;
  wire [31:0] device_rdata;
  wire [31:0] vendor_rdata;
  wire        common_busy;
  wire        queue_busy;

  wire [15:0] queue_select;
  wire        driver_ok;
  wire        stop_all;
  wire        reset_all;
  wire        config_idle;
  wire        evt_needs_reset;
  wire        evt_change;
  wire        features_fixed;
  wire        mtu_valid;
  wire [7:0]  generation;
  wire        queues_idle;
  wire [NVQ-1:0]  enable;
  wire [NVQ-1:0]  run;
  wire [NVQ-1:0]  stop;
  wire [NVQ-1:0]  idle;
  wire            ctx_wr;
  wire [VQ_W-1:0] ctx_vq;

  vnet_common_cfg #(
    .NVQ          (NVQ),
    .ANY_HEADER_SG(ANY_HEADER_SG),
    .MSIX_VECTORS (MSIX_VECTORS)
  ) u_common (
    .clk               (clk),
    .rst               (rst),
    .reg_addr          (reg_addr),
    .reg_wr            (reg_wr),
    .reg_wdata         (reg_wdata),
    .reg_wstrb         (reg_wstrb),
    .reg_rdata         (common_rdata),
    .reg_busy          (common_busy),
    .sts_generation    (generation),
    .sts_all_idle      (queues_idle && !irq_config_busy),
    .evt_queue_error   (queue_error_q != {NVQ{1'b0}}),
    .cfg_queue_select  (queue_select),
    .cfg_config_vector (cfg_config_vector),
    .cfg_stop_all      (stop_all),
    .cfg_driver_ok     (driver_ok),
    .cfg_idle          (config_idle),
    .evt_reset         (reset_all),
    .evt_needs_reset   (evt_needs_reset),
    .cfg_features_fixed(features_fixed),
    .cfg_event_idx     (cfg_event_idx),
    .cfg_indirect      (cfg_indirect),
    .cfg_mrg_rxbuf     (cfg_mrg_rxbuf),
    .cfg_any_layout    (cfg_any_layout),
    .cfg_mtu_valid     (mtu_valid),
    .cfg_hdr_len       (cfg_hdr_len)
  );

  vnet_queue_cfg #(
    .NVQ           (NVQ),
    .QUEUE_SIZE_MAX(QUEUE_SIZE_MAX),
    .MSIX_VECTORS  (MSIX_VECTORS)
  ) u_queues (
    .clk             (clk),
    .rst             (rst),
    .reg_addr        (reg_addr),
    .reg_wr          (reg_wr),
    .reg_wdata       (reg_wdata),
    .reg_wstrb       (reg_wstrb),
    .reg_rdata       (queue_rdata),
    .reg_busy        (queue_busy),
    .cfg_queue_select(queue_select),
    .cfg_stop_all    (stop_all),
    .evt_reset       (reset_all),
    .cfg_driver_ok   (driver_ok),
    .sts_idle        (idle & ~irq_busy),
    .evt_queue_error (queue_error_q),
    .cfg_enable      (enable),
    .cfg_run         (run),
    .cfg_stop        (stop),
    .sts_all_idle    (queues_idle),
    .ctx_wr          (ctx_wr),
    .ctx_vq          (ctx_vq),
    .ctx_desc_addr   (ctx_desc_addr),
    .ctx_avail_addr  (ctx_avail_addr),
    .ctx_used_addr   (ctx_used_addr),
    .ctx_size_log2   (ctx_size_log2),
    .vec_wr          (vec_wr),
    .vec_vq          (vec_vq),
    .vec_value       (vec_value),
    .vec_mapped      (vec_mapped)
  );

  vnet_device_cfg #(
    .QUEUE_PAIRS(QUEUE_PAIRS),
    .FRAME_MAX  (FRAME_MAX)
  ) u_device (
    .clk           (clk),
    .rst           (rst),
    .reg_addr      (reg_addr),
    .reg_rdata     (device_rdata),
    .reg_look      (config_look),
    .cfg_mac       (cfg_mac),
    .cfg_mtu       (cfg_mtu),
    .cfg_link_up   (cfg_link_up),
    .cfg_idle      (config_idle),
    .cfg_mtu_valid (mtu_valid),
    .cfg_rx_max    (cfg_rx_max),
    .sts_generation(generation),
    .evt_change    (evt_change)
  );

  vnet_vendor_cfg #(
    .DATA_W        (DATA_W),
    .QUEUE_PAIRS   (QUEUE_PAIRS),
    .QUEUE_SIZE_MAX(QUEUE_SIZE_MAX),
    .CHAIN_MAX     (CHAIN_MAX),
    .FRAME_MAX     (FRAME_MAX),
    .RD_OUTSTANDING(RD_OUTSTANDING),
    .CHAIN_SLOTS   (CHAIN_SLOTS),
    .STRICT_LAYOUT (STRICT_LAYOUT),
    .ANY_HEADER_SG (ANY_HEADER_SG),
    .RX_WAIT       (RX_WAIT)
  ) u_vendor (
    .clk           (clk),
    .rst           (rst),
    .reg_addr      (reg_addr),
    .reg_wr        (reg_wr),
    .reg_wdata     (reg_wdata),
    .reg_wstrb     (reg_wstrb),
    .reg_rdata     (vendor_rdata),
    .cfg_hdr_len   (cfg_hdr_len),
    .sts_last_error(sts_last_error),
    .cfg_rx_wait   (cfg_rx_wait)
  );

  // ---- Virtqueue 2k is receive queue k, 2k + 1 transmit queue k ----

  reg  [NVQ-1:0] kick_q;         // to the engines
  reg  [NVQ-1:0] evt_kick_q;     // to the counters
  reg  [NVQ-1:0] enable_q;
  reg  [NVQ-1:0] run_q;
  reg  [NVQ-1:0] started_q;
  reg  [NVQ-1:0] queue_error_q;

  genvar k;
  generate
    for (k = 0; k < NQ; k = k + 1) begin : g_pair
      assign rx_cfg_enable[k] = enable_q[2*k];
      assign tx_cfg_enable[k] = enable_q[2*k+1];
      assign rx_cfg_run[k]    = run_q[2*k];
      assign tx_cfg_run[k]    = run_q[2*k+1];
      assign rx_cfg_stop[k]   = stop[2*k];
      assign tx_cfg_stop[k]   = stop[2*k+1];
      assign rx_kick[k]       = kick_q[2*k];
      assign tx_kick[k]       = kick_q[2*k+1];
      assign rx_evt_kick[k]   = evt_kick_q[2*k];
      assign tx_evt_kick[k]   = evt_kick_q[2*k+1];
      assign idle[2*k]        = rx_sts_idle[k];
      assign idle[2*k+1]      = tx_sts_idle[k];
    end
    if (NQ > 1) begin : g_queue
      assign ctx_queue = ctx_vq[VQ_W-1:1];
    end else begin : g_one_queue
      assign ctx_queue = 1'b0;
    end
  endgenerate

  assign rx_ctx_wr = ctx_wr && !ctx_vq[0];
  assign tx_ctx_wr = ctx_wr && ctx_vq[0];

  // ---- Notifications ----

  wire [15:0]    number  = {reg_wstrb[1] ? reg_wdata[15:8] : 8'd0, reg_wdata[7:0]};
  wire           kick    = reg_wr && notify_q && reg_wstrb[0];
  wire           kick_ok = {16'd0, number} < NVQ_LIMIT;
  reg            kick_range_q;
  reg  [7:0]     kick_number_q;
  reg  [NVQ-1:0] kick_d;

  always @* begin
    kick_d = {NVQ{1'b0}};
    if (kick && kick_ok) begin
      kick_d[number[VQ_W-1:0]] = 1'b1;
    end
  end

  // ---- Sequence ----

  integer i;
  always @(posedge clk) begin
    counter_q    <= !reg_write && ((reg_addr[15:7] == 9'h041) ||
                                   ((reg_addr[15:13] == 3'd1) && (reg_addr[12:10] != 3'd0)));
    isr_sel_q    <= reg_addr[15:2] == 14'h040;
    notify_q     <= reg_addr[15:12] == 4'h1;
    config_sel_q <= (reg_addr[15:6] == 10'h008) || (reg_addr[15:2] == 14'h005);

    done_q <= 1'b0;
    case (state_q)
      ST_IDLE: begin
        if (reg_en) begin
          state_q <= ST_LOOK;
        end
      end
      ST_LOOK: begin
        state_q <= ST_ACT;
      end
      ST_ACT: begin
        rdata_q <= common_rdata | queue_rdata | device_rdata | vendor_rdata |
                   (isr_sel_q ? {30'd0, isr} : 32'd0);
        state_q <= ST_WAIT;
      end
      default: begin
        if (!common_busy && !queue_busy && (!counter_q || cnt_rd_valid)) begin
          done_q  <= 1'b1;
          state_q <= ST_IDLE;
        end
        if (counter_q) begin
          rdata_q <= cnt_rd_data;
        end
      end
    endcase

    // The kick at the start comes one cycle after the enable.
    enable_q      <= enable;
    run_q         <= run;
    started_q     <= enable_q;
    for (i = 0; i < NQ; i = i + 1) begin
      queue_error_q[2*i]   <= rx_qerr_valid && (rx_qerr_queue == i[Q_W-1:0]);
      queue_error_q[2*i+1] <= tx_qerr_valid && (tx_qerr_queue == i[Q_W-1:0]);
    end
    kick_q        <= kick_d | (enable_q & ~started_q);
    evt_kick_q    <= kick_d;
    kick_range_q  <= kick && !kick_ok;
    kick_number_q <= number[7:0];

    if (rst) begin
      state_q      <= ST_IDLE;
      done_q       <= 1'b0;
      kick_q       <= {NVQ{1'b0}};
      evt_kick_q   <= {NVQ{1'b0}};
      enable_q     <= {NVQ{1'b0}};
      run_q        <= {NVQ{1'b0}};
      started_q    <= {NVQ{1'b0}};
      queue_error_q <= {NVQ{1'b0}};
      kick_range_q <= 1'b0;
    end
  end

  assign reg_done        = done_q;
  assign reg_rdata       = rdata_q;
  assign cfg_driver_ok   = driver_ok;
  assign cfg_stop_all    = stop_all;
  assign cfg_stop        = stop;
  assign evt_reset       = reset_all;
  assign evt_config      = evt_change || evt_needs_reset;
  assign isr_read        = reg_rd && isr_sel_q;
  assign evt_kick_range  = kick_range_q;
  assign evt_kick_number = kick_number_q;
  assign cnt_rd_en       = reg_rd && counter_q;
  assign cnt_rd_addr     = reg_addr;

  wire unused_ok = &{1'b0, features_fixed};

endmodule

`default_nettype wire
