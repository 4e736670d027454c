// vnet_avail_queue: what the available ring of one queue has in store, and when to look again
// SPDX-License-Identifier: Apache-2.0
//
// Holds the state of one queue for vnet_avail_fetch, which does the reading for all queues.
//
//   position ... | requested by us | known to be available | not yet there
//                                  ^ req_q                  ^ known_q
//
// ST_SLEEP     nothing to do; the driver was told to kick. Leaves when an index read, made because
//              of a kick, shows new entries.
// ST_BUSY      entries are there or were there a moment ago. Leaves when an index read shows
//              nothing new.
// ST_ARM       the driver has to be told to kick. Leaves when the request is handed to
//              vnet_used_write.
// ST_ARM_WAIT  the request is on its way to memory. Leaves to ST_SLEEP when it is there, and reads
//              the index once more, because the driver may have added entries without kicking
//              meanwhile.
//
// The index is read again after every 32 requested entries, and when the queue is dry. As long as
// chains of the queue still wait in the slots there is no hurry: then a dry queue reads only every
// POLL_GAP cycles. Otherwise a driver that refills one by one would cost an index read for every
// packet.
//
// Latency:       want_* follow the state by one cycle.
// Throughput:    one event of each kind per cycle.
// Back-pressure: none.
// Errors:        the first error stops the queue until it has been stopped and cleared.
// Spec:          virtio 1.4, Split Virtqueues, Available Buffer Notification Suppression.
`default_nettype none

module vnet_avail_queue #(
  // Chain slots of the queue, log2.
  parameter integer SLOT_LOG2 = 6,
  // Shortest time in cycles between index reads of a dry queue that has work in hand, a power of
  // two.
  parameter integer POLL_GAP  = 64
) (
  input  wire               clk,
  input  wire               rst,

  input  wire               cfg_enable,
  input  wire               cfg_stop,
  input  wire               kick,

  // Wishes, and what vnet_avail_fetch did about them.
  output reg                want_idx,
  output reg                want_entries,
  output wire               running,
  input  wire               evt_idx_issued,
  input  wire               evt_entries_issued,
  input  wire [5:0]         issued_n,

  // Answer to an index read. code is 0 or an error.
  input  wire               evt_idx,
  input  wire [15:0]        idx_value,
  input  wire [4:0]         idx_code,

  // An entry left as a head, or was dropped (with or without an error).
  input  wire               evt_head,
  input  wire               evt_drop,
  input  wire [4:0]         drop_code,

  input  wire               evt_slot_free,
  input  wire               evt_completed,

  // Notification suppression. busy: entries were found after a sleep.
  output wire               want_arm,
  output wire               want_busy,
  input  wire               evt_arm_taken,
  input  wire               evt_busy_taken,
  input  wire               arm_pending,
  input  wire               evt_armed,
  input  wire               armed_err,

  output wire [15:0]        known,
  output wire [15:0]        requested,
  output wire [SLOT_LOG2:0] slots_free,
  output wire               dead,
  output reg                sts_idle,

  // The error that stopped the queue, until it is taken.
  output reg                err_valid,
  output reg  [4:0]         err_code,
  input  wire               err_taken
);

  localparam [1:0] ST_SLEEP    = 2'd0;
  localparam [1:0] ST_BUSY     = 2'd1;
  localparam [1:0] ST_ARM      = 2'd2;
  localparam [1:0] ST_ARM_WAIT = 2'd3;

  localparam integer GAP_W = $clog2(POLL_GAP) + 1;

  vnet_param_check #(.OK((POLL_GAP >= 2) && ((POLL_GAP & (POLL_GAP - 1)) == 0)))
    u_poll_gap_must_be_a_power_of_two ();

  reg [1:0]         state_q;
  reg               kick_q;       // a kick that no index read has followed yet
  reg               idx_out_q;    // an index read is on its way
  reg               busy_q;       // vnet_used_write has still to be told that the queue is busy
  reg               err_q;
  reg               stop_q;
  reg [15:0]        known_q;
  reg [15:0]        req_q;
  reg [SLOT_LOG2:0] used_q;       // slots that are or will be occupied
  reg [15:0]        fly_q;        // heads sent and not yet completed
  reg [5:0]         since_q;      // entries requested since the last index read, saturated at 32
  reg [GAP_W-1:0]   gap_q;        // cycles since the last index read, saturated at POLL_GAP

  wire       dry        = known_q == req_q;
  wire       may_poll   = kick_q || (used_q == {(SLOT_LOG2 + 1){1'b0}}) || gap_q[GAP_W-1];
  wire [6:0] since_next = {1'b0, since_q} + {1'b0, issued_n};

  // Never more than slots_free, so the cut bits are 0; the extra zeros serve queues with many
  // slots.
  wire [SLOT_LOG2+6:0] issued_wide = {{(SLOT_LOG2 + 1){1'b0}}, issued_n};
  wire [SLOT_LOG2:0]   slots_taken = issued_wide[SLOT_LOG2:0];
  wire                 unused_ok   = &{1'b0, issued_wide[SLOT_LOG2+6:SLOT_LOG2+1]};

  assign running    = cfg_enable && !cfg_stop && !err_q;
  assign dead       = cfg_stop || err_q;
  assign known      = known_q;
  assign requested  = req_q;
  assign slots_free = {1'b1, {SLOT_LOG2{1'b0}}} - used_q;
  assign want_arm   = running && (state_q == ST_ARM);
  assign want_busy  = running && busy_q;

  // Nothing of the queue is left here. stop_q: a request could have been made in the cycle of the
  // stop.
  wire quiet = stop_q && !idx_out_q && (used_q == {(SLOT_LOG2 + 1){1'b0}}) && (fly_q == 16'd0)
             && (state_q != ST_ARM_WAIT) && !arm_pending;

  wire idx_good = evt_idx && (idx_code == 5'd0);
  wire idx_new  = idx_good && (idx_value != req_q);

  wire       fault      = (evt_idx && (idx_code != 5'd0)) || (evt_drop && (drop_code != 5'd0));
  wire [4:0] fault_code = (evt_idx && (idx_code != 5'd0)) ? idx_code : drop_code;

  always @(posedge clk) begin
    stop_q       <= cfg_stop;
    sts_idle     <= quiet && cfg_stop;
    want_idx     <= running && !idx_out_q
                 && (((state_q == ST_SLEEP) && kick_q)
                     || ((state_q == ST_BUSY) && (since_q[5] || (dry && may_poll))));
    want_entries <= running && !dry && !used_q[SLOT_LOG2];

    if (!gap_q[GAP_W-1]) begin
      gap_q <= gap_q + 1'b1;
    end
    used_q <= used_q + (evt_entries_issued ? slots_taken : {(SLOT_LOG2 + 1){1'b0}})
            - {{SLOT_LOG2{1'b0}}, evt_slot_free} - {{SLOT_LOG2{1'b0}}, evt_drop};
    fly_q  <= fly_q + {15'd0, evt_head} - {15'd0, evt_completed};

    if (evt_entries_issued) begin
      req_q   <= req_q + {10'd0, issued_n};
      since_q <= (since_next > 7'd32) ? 6'd32 : since_next[5:0];
    end
    if (evt_idx_issued) begin
      idx_out_q <= 1'b1;
      kick_q    <= 1'b0;
      since_q   <= 6'd0;
      gap_q     <= {GAP_W{1'b0}};
    end
    if (kick) begin
      kick_q <= 1'b1;
    end

    if (evt_busy_taken) begin
      busy_q <= 1'b0;
    end
    if (evt_idx) begin
      idx_out_q <= 1'b0;
    end
    if (idx_good) begin
      known_q <= idx_value;
    end
    case (state_q)
      ST_SLEEP: begin
        if (idx_new) begin
          state_q <= ST_BUSY;
          busy_q  <= 1'b1;
        end
      end
      ST_BUSY: begin
        if (idx_good && !idx_new && !kick_q) begin
          state_q <= ST_ARM;
          busy_q  <= 1'b0;
        end
      end
      ST_ARM: begin
        if (evt_arm_taken) begin
          state_q <= ST_ARM_WAIT;
        end
      end
      default: begin
        if (evt_armed) begin
          state_q <= ST_SLEEP;
          kick_q  <= 1'b1;
        end
      end
    endcase

    if (err_taken) begin
      err_valid <= 1'b0;
    end
    if (fault && !err_q && !cfg_stop) begin
      err_q     <= 1'b1;
      err_valid <= 1'b1;
      err_code  <= fault_code;
    end
    // A failed request for kicks has been reported by vnet_used_write.
    if (evt_armed && armed_err && !cfg_stop) begin
      err_q     <= 1'b1;
    end

    // A stopped queue forgets everything once its last chain is gone, so that it can start again at
    // 0.
    if (cfg_stop) begin
      kick_q <= 1'b0;
      busy_q <= 1'b0;
    end
    if (rst || (cfg_stop && quiet)) begin
      state_q <= ST_SLEEP;
      err_q   <= 1'b0;
      known_q <= 16'd0;
      req_q   <= 16'd0;
      since_q <= 6'd0;
    end
    if (rst) begin
      want_idx     <= 1'b0;
      want_entries <= 1'b0;
      kick_q       <= 1'b0;
      idx_out_q    <= 1'b0;
      busy_q       <= 1'b0;
      stop_q       <= 1'b0;
      sts_idle     <= 1'b0;
      err_valid    <= 1'b0;
      used_q       <= {(SLOT_LOG2 + 1){1'b0}};
      fly_q        <= 16'd0;
      gap_q        <= {GAP_W{1'b0}};
    end
  end

endmodule

`default_nettype wire
