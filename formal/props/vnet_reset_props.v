// vnet_reset_props: silence between the end of a reset and the next DRIVER_OK or queue_enable
// SPDX-License-Identifier: Apache-2.0
//
// All registers and the interrupt block, wired as in vnet_top, one queue pair. The driver makes any accesses at any
// time, the board switches MSI-X as it likes, vectors are taken at any pace, queue errors come when they like. The
// queues keep what vnet_ring_props shows of them: a queue that was stopped and has told that it is idle asks for no
// interrupt, nor does it access memory, before it is enabled again; when it tells so is free.
// - From the end of a device reset (the status reads 0) to DRIVER_OK: no interrupt, no queue enabled, nothing stopped.
// - From the end of a queue reset to queue_enable: no interrupt of that queue, and it is not enabled.
// - A reset ends only when no vector is on offer; a vector on offer stays until it is taken.
`default_nettype none

module vnet_reset_props (
  input wire        clk,
  input wire        rst,
  input wire        reg_en,
  input wire        reg_write,
  input wire [15:0] reg_addr,
  input wire [31:0] reg_wdata,
  input wire [3:0]  reg_wstrb,
  input wire        link_up,
  input wire [1:0]  sts_idle,
  input wire [1:0]  irq_req,
  input wire        tx_qerr,
  input wire        rx_qerr,
  input wire        msix,
  input wire        irq_ready,
  input wire        cnt_valid
);

  wire        reg_done;
  wire        rx_enable;
  wire        tx_enable;
  wire        rx_run;
  wire        tx_run;
  wire        driver_ok;
  wire        stop_all;
  wire        evt_reset;
  wire [1:0]  stop;
  wire        vec_wr;
  wire        vec_vq;
  wire [15:0] vec_value;
  wire [1:0]  vec_mapped;
  wire [15:0] config_vector;
  wire        evt_config;
  wire [1:0]  isr;
  wire        isr_read;
  wire [1:0]  irq_busy;
  wire        irq_config_busy;
  wire        irq_valid;
  wire [15:0] irq_vector;
  wire        intx;

  vnet_regs #(
    .QUEUE_PAIRS(1)
  ) regs (
    .clk            (clk),
    .rst            (rst),
    .reg_en         (reg_en),
    .reg_write      (reg_write),
    .reg_addr       (reg_addr),
    .reg_wdata      (reg_wdata),
    .reg_wstrb      (reg_wstrb),
    .reg_done       (reg_done),
    .reg_rdata      (),
    .cfg_mac        (48'd0),
    .cfg_mtu        (16'd1500),
    .cfg_link_up    (link_up),
    .cfg_event_idx  (),
    .cfg_indirect   (),
    .cfg_mrg_rxbuf  (),
    .cfg_any_layout (),
    .cfg_hdr_len    (),
    .cfg_rx_wait    (),
    .cfg_rx_max     (),
    .tx_ctx_wr      (),
    .rx_ctx_wr      (),
    .ctx_queue      (),
    .ctx_desc_addr  (),
    .ctx_avail_addr (),
    .ctx_used_addr  (),
    .ctx_size_log2  (),
    .tx_cfg_enable  (tx_enable),
    .tx_cfg_run     (tx_run),
    .tx_cfg_stop    (),
    .tx_kick        (),
    .tx_sts_idle    (sts_idle[1]),
    .tx_qerr_valid  (tx_qerr),
    .tx_qerr_queue  (1'b0),
    .rx_cfg_enable  (rx_enable),
    .rx_cfg_run     (rx_run),
    .rx_cfg_stop    (),
    .rx_kick        (),
    .rx_sts_idle    (sts_idle[0]),
    .rx_qerr_valid  (rx_qerr),
    .rx_qerr_queue  (1'b0),
    .cfg_driver_ok  (driver_ok),
    .cfg_stop_all   (stop_all),
    .evt_reset      (evt_reset),
    .cfg_stop       (stop),
    .vec_wr         (vec_wr),
    .vec_vq         (vec_vq),
    .vec_value      (vec_value),
    .vec_mapped     (vec_mapped),
    .cfg_config_vector(config_vector),
    .evt_config     (evt_config),
    .isr            (isr),
    .isr_read       (isr_read),
    .irq_busy       (irq_busy),
    .irq_config_busy(irq_config_busy),
    .tx_evt_kick    (),
    .rx_evt_kick    (),
    .evt_kick_range (),
    .evt_kick_number(),
    .cnt_rd_en      (),
    .cnt_rd_addr    (),
    .cnt_rd_valid   (cnt_valid),
    .cnt_rd_data    (32'd0),
    .sts_last_error (16'd0)
  );

  vnet_irq #(
    .NVQ(2)
  ) irq (
    .clk              (clk),
    .rst              (rst),
    .cfg_msix_enable  (msix),
    .cfg_driver_ok    (driver_ok),
    .cfg_stop_all     (stop_all),
    .evt_reset        (evt_reset),
    .cfg_stop         (stop),
    .vec_wr           (vec_wr),
    .vec_vq           (vec_vq),
    .vec_value        (vec_value),
    .vec_mapped       (vec_mapped),
    .cfg_config_vector(config_vector),
    .irq_req          (irq_req),
    .evt_config       (evt_config),
    .isr              (isr),
    .isr_read         (isr_read),
    .sts_busy         (irq_busy),
    .sts_config_busy  (irq_config_busy),
    .m_irq_valid      (irq_valid),
    .m_irq_ready      (irq_ready),
    .m_irq_vector     (irq_vector),
    .intx             (intx)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(16)) u_irq_rules (
    .clk(clk), .rst(rst), .valid(irq_valid), .ready(irq_ready), .payload(irq_vector)
  );

  // ---- One access at a time; it does not change before it is answered.

  reg        access_q;
  reg [52:0] fields_q;
  wire [52:0] fields = {reg_write, reg_addr, reg_wdata, reg_wstrb};

  // ---- Queues as vnet_ring_props shows them: may_ask means that the queue may still ask for interrupts.

  reg  [1:0] may_ask_q;
  wire [1:0] enable = {tx_enable, rx_enable};

  // ---- What has been reset and not been set up again.

  reg        off_q;            // the device
  reg  [1:0] queue_off_q;      // the queue

  (* hierconn *) wire [1:0] \regs.u_queues.finish ;
  (* hierconn *) wire [1:0] \regs.u_queues.enabled_q ;

  always @(posedge clk) begin
    access_q    <= (access_q || reg_en) && !reg_done;
    fields_q    <= fields;
    may_ask_q   <= (may_ask_q & ~(stop & sts_idle)) | enable;
    off_q       <= evt_reset || (off_q && !driver_ok);
    queue_off_q <= \regs.u_queues.finish | (queue_off_q & ~\regs.u_queues.enabled_q );
    if (rst) begin
      access_q    <= 1'b0;
      may_ask_q   <= 2'd0;
      off_q       <= 1'b1;
      queue_off_q <= 2'b11;
    end
  end

  always @* begin
    assume(!reg_en || !access_q);
    assume(!access_q || (fields == fields_q));
    assume((irq_req & ~may_ask_q) == 2'd0);
    if (!rst) begin
      if (off_q) begin
        no_interrupt_after_reset: assert(!irq_valid && !intx);
        no_queue_runs_after_reset: assert((enable == 2'd0) && !tx_run && !rx_run);
      end
      no_interrupt_of_a_reset_queue: assert(!irq_valid || ((irq_busy & queue_off_q) == 2'd0));
      no_run_of_a_reset_queue: assert((enable & queue_off_q) == 2'd0);
      no_vector_at_the_end_of_reset: assert(!evt_reset || !irq_valid);
      reset_of_idle_queues: assert(!evt_reset || (may_ask_q == 2'd0));
      device_reset: cover(evt_reset);
      interrupt_then_reset: cover(off_q && (config_vector == 16'hffff));
      queue_reset: cover((\regs.u_queues.finish != 2'd0) && !stop_all);
      interrupt: cover(irq_valid && (irq_busy != 2'd0));
    end
  end

endmodule

`default_nettype wire
