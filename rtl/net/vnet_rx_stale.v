// vnet_rx_stale: knows which stored frames are for a driver that is gone
// SPDX-License-Identifier: Apache-2.0
//
// A frame waits in the frame store behind the frames of all queues, so it may come to its turn long
// after its queue was reset and given to another driver, who must not see it. For each queue the
// frames on their way are counted; those that are there while the queue is stopped or disabled are
// stale, and they are the oldest ones of the queue:
//
//   let in:  a b c | stop, reset, new driver | d e        order of the queue: a b c d e
//   held 3, gone 3                           held 5, gone 3: a, b, c are stale, d and e are not
//
// So no reset has to wait for frames of other queues.
//
// A frame taken is counted a cycle later; until then one more than the stale ones must be left for
// the next frame of the queue to be stale.
//
// Latency:       1 cycle from a frame taken to m_frm_stale for the next one.
// Throughput:    1 frame let in and 1 taken per cycle.
// Back-pressure: none.
// Errors:        none.
// Spec:          virtio 1.4, "Device Reset", "Virtqueue Reset".
`default_nettype none

module vnet_rx_stale #(
  // Queues, 1, 2, 4 or 8.
  parameter integer NQ     = 1,
  // Most frames on their way, a power of two.
  parameter integer FRAMES = 512,
  // Derived: width of a queue number. Do not set.
  parameter integer Q_W    = (NQ < 2) ? 1 : $clog2(NQ)
) (
  input  wire           clk,
  input  wire           rst,

  input  wire [NQ-1:0]  cfg_enable,
  input  wire [NQ-1:0]  cfg_stop,

  // One cycle: a frame was let in. At least 2 cycles later it is the oldest one, at the earliest.
  input  wire           s_acc_valid,
  input  wire [Q_W-1:0] s_acc_queue,

  // The oldest frame: its queue, whether it is stale, and one cycle when it is taken.
  input  wire [Q_W-1:0] s_frm_queue,
  input  wire           s_frm_taken,
  output wire           m_frm_stale
);

  localparam integer CNT_W = $clog2(FRAMES) + 1;

  reg           acc_valid_q;
  reg [Q_W-1:0] acc_queue_q;
  reg           taken_q;
  reg [Q_W-1:0] taken_queue_q;

  always @(posedge clk) begin
    acc_valid_q   <= s_acc_valid;
    acc_queue_q   <= s_acc_queue;
    taken_q       <= s_frm_taken;
    taken_queue_q <= s_frm_queue;
    if (rst) begin
      acc_valid_q <= 1'b0;
      taken_q     <= 1'b0;
    end
  end

  wire [NQ-1:0] stale;

  genvar g;
  generate
    for (g = 0; g < NQ; g = g + 1) begin : g_queue
      reg  [CNT_W-1:0] held_q;   // frames on their way
      reg  [CNT_W-1:0] gone_q;   // the oldest of them that are stale
      reg              one_q;    // gone_q is at least 1
      reg              two_q;    // gone_q is at least 2
      wire             acc  = acc_valid_q && ((NQ < 2) || (acc_queue_q == g[Q_W-1:0]));
      wire             take = taken_q && ((NQ < 2) || (taken_queue_q == g[Q_W-1:0]));
      wire [CNT_W-1:0] held = held_q + {{(CNT_W - 1){1'b0}}, acc} - {{(CNT_W - 1){1'b0}}, take};
      wire [CNT_W-1:0] gone = (cfg_stop[g] || !cfg_enable[g]) ? held
                            : gone_q - {{(CNT_W - 1){1'b0}}, take && one_q};

      always @(posedge clk) begin
        held_q <= held;
        gone_q <= gone;
        one_q  <= gone != {CNT_W{1'b0}};
        two_q  <= gone[CNT_W-1:1] != {(CNT_W - 1){1'b0}};
        if (rst) begin
          held_q <= {CNT_W{1'b0}};
          gone_q <= {CNT_W{1'b0}};
          one_q  <= 1'b0;
          two_q  <= 1'b0;
        end
      end

      assign stale[g] = take ? two_q : one_q;
    end
  endgenerate

  assign m_frm_stale = (NQ < 2) ? stale[0] : stale[s_frm_queue];

endmodule

`default_nettype wire
