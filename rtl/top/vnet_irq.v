// vnet_irq: interrupts of all virtqueues and of the configuration
// SPDX-License-Identifier: Apache-2.0
//
// With MSI-X every request waits as one pending bit per source, is given its vector and leaves as a
// vector number; requests that come while one of the same source waits are merged with it. A source
// without a vector sends nothing. Without MSI-X requests set bits of the ISR, and intx is high
// while any is set. The configuration bit of the ISR is set with MSI-X too.
//
// Nothing is accepted while DRIVER_OK is off. cfg_stop drops what waits for a queue; a vector that
// is already offered must be taken, sts_busy tells for which queue.
//
// Latency:       3 cycles from a request to m_irq_valid, 2 to intx.
// Throughput:    1 vector in 3 cycles.
// Back-pressure: m_irq_ready; requests are never lost, only merged.
// Errors:        none.
// Spec:          virtio 1.4, "ISR status capability", "MSI-X Vector Configuration", "Used Buffer
//                Notifications", "Notification of Device Configuration Changes".
`include "vnet_defs.vh"
`default_nettype none

module vnet_irq #(
  // Virtqueues, a power of two, at least 2.
  parameter integer NVQ  = 2,
  // Derived: width of a virtqueue number. Do not set.
  parameter integer VQ_W = $clog2(NVQ)
) (
  input  wire            clk,
  input  wire            rst,

  input  wire            cfg_msix_enable,
  input  wire            cfg_driver_ok,
  // Driver reset: drop everything.
  input  wire            cfg_stop_all,
  input  wire            evt_reset,
  input  wire [NVQ-1:0]  cfg_stop,

  // Vectors.
  input  wire            vec_wr,
  input  wire [VQ_W-1:0] vec_vq,
  input  wire [15:0]     vec_value,
  input  wire [NVQ-1:0]  vec_mapped,
  input  wire [15:0]     cfg_config_vector,

  // Requests, pulses.
  input  wire [NVQ-1:0]  irq_req,
  input  wire            evt_config,

  // ISR; isr_read: it is being read, and so cleared.
  output wire [1:0]      isr,
  input  wire            isr_read,

  // A vector of the queue, or of the configuration, is on offer or about to be.
  output wire [NVQ-1:0]  sts_busy,
  output wire            sts_config_busy,

  output wire            m_irq_valid,
  input  wire            m_irq_ready,
  output wire [15:0]     m_irq_vector,
  output wire            intx
);

  reg [NVQ:0]     pending_q;     // top bit: configuration
  reg [1:0]       isr_q;
  reg             intx_q;

  // The request being served: chosen, then with its vector on offer.
  reg [NVQ:0]     chosen_q;
  reg [VQ_W-1:0]  chosen_vq_q;
  reg             look_q;
  reg             valid_q;
  reg [15:0]      vector_q;

  wire            grant_valid;
  wire [NVQ:0]    grant;
  wire [VQ_W:0]   grant_idx;
  wire            choose = grant_valid && !look_q && !valid_q && cfg_msix_enable;

  vnet_rr_arb #(
    .N(NVQ + 1)
  ) u_arb (
    .clk        (clk),
    .rst        (rst),
    .req        (pending_q),
    .advance    (choose),
    .grant_valid(grant_valid),
    .grant      (grant),
    .grant_idx  (grant_idx)
  );

  wire [15:0]     vec_mem;

  vnet_lutram #(
    .W    (16),
    .DEPTH(NVQ)
  ) u_vectors (
    .clk    (clk),
    .wr_en  (vec_wr),
    .wr_addr(vec_vq),
    .wr_data(vec_value),
    .rd_addr(chosen_vq_q),
    .rd_data(vec_mem)
  );

  wire            is_config = chosen_q[NVQ];
  wire            mapped    = is_config ? (cfg_config_vector != `VNET_NO_VECTOR)
                                        : ((chosen_q[NVQ-1:0] & vec_mapped) != {NVQ{1'b0}});
  wire            accept    = cfg_driver_ok && !cfg_stop_all;
  // A stop that arrives while the vector is looked up still prevents it.
  wire            stopped   = cfg_stop_all || ((chosen_q[NVQ-1:0] & cfg_stop) != {NVQ{1'b0}});

  wire [NVQ:0]    requests  = accept ? {evt_config, irq_req & ~cfg_stop} : {(NVQ+1){1'b0}};
  wire [NVQ:0]    keep      = cfg_stop_all ? {(NVQ+1){1'b0}} : {1'b1, ~cfg_stop};
  // What is still pending when MSI-X is switched off goes to the ISR too.
  wire [NVQ-1:0]  queue_waiting = (requests[NVQ-1:0] | pending_q[NVQ-1:0]) & keep[NVQ-1:0];

  assign isr             = isr_q;
  assign intx            = intx_q;
  assign m_irq_valid     = valid_q;
  assign m_irq_vector    = vector_q;
  assign sts_busy        = chosen_q[NVQ-1:0];
  assign sts_config_busy = chosen_q[NVQ];

  always @(posedge clk) begin
    // With MSI-X requests wait for their turn, without they go straight to the ISR.
    if (cfg_msix_enable) begin
      pending_q <= ((pending_q & ~(choose ? grant : {(NVQ+1){1'b0}})) | requests) & keep;
    end else begin
      pending_q <= {(NVQ+1){1'b0}};
    end

    look_q <= choose;
    if (choose) begin
      chosen_q    <= grant;
      chosen_vq_q <= grant_idx[VQ_W-1:0];
    end
    if (look_q) begin
      valid_q  <= mapped && !stopped;
      vector_q <= is_config ? cfg_config_vector : vec_mem;
      if (!mapped || stopped) begin
        chosen_q <= {(NVQ+1){1'b0}};
      end
    end
    if (valid_q && m_irq_ready) begin
      valid_q  <= 1'b0;
      chosen_q <= {(NVQ+1){1'b0}};
    end

    // A request in the cycle of the read stays for the next one.
    isr_q[0] <= (isr_q[0] && !isr_read) || (!cfg_msix_enable && (queue_waiting != {NVQ{1'b0}}));
    isr_q[1] <= (isr_q[1] && !isr_read) || requests[NVQ];
    intx_q   <= (isr_q != 2'd0) && !isr_read && !cfg_msix_enable;

    if (rst || evt_reset) begin
      isr_q  <= 2'd0;
      intx_q <= 1'b0;
    end
    if (rst) begin
      pending_q <= {(NVQ+1){1'b0}};
      chosen_q  <= {(NVQ+1){1'b0}};
      look_q    <= 1'b0;
      valid_q   <= 1'b0;
    end
  end

  wire unused_ok = &{1'b0, grant_idx[VQ_W]};  // chosen_q tells the configuration apart

endmodule

`default_nettype wire
