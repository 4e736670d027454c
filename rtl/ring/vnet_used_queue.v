// vnet_used_queue: state of one queue in vnet_used_write
// SPDX-License-Identifier: Apache-2.0
//
// Indices run modulo 2**16, from 0 when the queue starts. An entry goes through these stages:
//
//   fill      accepted, its place in the entry memory is written
//   issued    part of a write job
//   released  handed to the write engine, its place in the entry memory is free again
//   target    response came, and it is not behind the last frame border among those
//   pub       part of an index write
//   shown     the response to the index write came: the driver can see it
//   old       the suppression word has been looked at for it
//
// The entry memory holds two blocks of 16 entries; a block is filled while the other is written.
//
// Latency:       1 cycle from an event to the wish it causes.
// Throughput:    1 completion per cycle.
// Back-pressure: room = 0: no place for an entry.
// Errors:        evt_err makes the queue dead until the driver stops or disables it; err_report.
// Spec:          virtio 1.4, "The Virtqueue Used Ring".
`default_nettype none

module vnet_used_queue #(
  // Cycles an entry waits for others, 2..1024.
  parameter integer AGE_CYCLES = 64,
  // Width of the number of jobs in flight.
  parameter integer JOBS_W     = 7
) (
  input  wire        clk,
  input  wire        rst,

  input  wire        cfg_enable,
  input  wire        cfg_stop,
  // Completions are written. Otherwise they are swallowed, because the queue is stopped or dead.
  output wire        live,
  output wire        dead,
  // Jobs or event reads in flight.
  output wire        busy,

  // Completions.
  input  wire        evt_accept,
  input  wire        accept_eof,
  // Nothing follows: do not wait for more.
  input  wire        evt_flush,
  output wire        room,
  output wire [15:0] fill,

  // Jobs.
  output wire        want_ent,
  output wire        want_idx,
  output wire        want_test,
  input  wire        evt_pick,         // a job of this queue begins
  input  wire        evt_end,          // it ends without a write
  input  wire        evt_issue_ent,    // entries up to issue_idx are in it
  input  wire        evt_issue_idx,    // it publishes issue_idx
  input  wire        evt_issue_test,   // it reads the suppression word
  input  wire [15:0] issue_idx,
  output wire [15:0] issued,
  output wire [15:0] eof,              // last frame border accepted
  output wire [15:0] block_eof,        // the same, without the youngest block of 16
  output wire [15:0] target,
  input  wire        evt_release,
  input  wire [1:0]  release_block,    // place of the first unreleased entry, bits 5:4

  // Responses.
  input  wire        evt_done,         // a write job ends
  input  wire        evt_done_border,  // it was entries with a frame border at done_border
  input  wire        evt_done_idx,     // it was an index write
  input  wire [15:0] done_border,
  input  wire        evt_tested,       // the suppression word has been looked at
  input  wire        evt_err,
  output wire [15:0] test_old,
  output wire [15:0] test_new,

  // An error is to be reported.
  output wire        err_report,
  input  wire        evt_reported
);

  localparam integer AGE_W = 10;
  localparam integer AGE_M = AGE_CYCLES - 1;

  vnet_param_check #(.OK((AGE_CYCLES >= 2) && (AGE_CYCLES <= 1024))) u_age_must_be_2_to_1024 ();

  reg              run_q;
  reg              dead_q;
  reg              err_q;
  reg [JOBS_W-1:0] jobs_q;

  reg [15:0]       fill_q;
  reg [15:0]       issued_q;
  reg [1:0]        released_q;       // bits 5:4 of the index, blocks are what counts
  reg [15:0]       eof_q;
  reg [15:0]       block_eof_q;
  reg              flush_q;
  reg [AGE_W-1:0]  age_q;

  reg [15:0]       target_q;
  reg [15:0]       pub_q;
  reg              idx_busy_q;
  reg [15:0]       shown_q;
  reg              test_todo_q;
  reg              test_busy_q;
  reg [15:0]       test_new_q;
  reg [15:0]       old_q;

  reg              want_ent_q;
  reg              want_idx_q;
  reg              want_test_q;

  wire       allowed     = cfg_enable && !cfg_stop;
  wire       pending     = fill_q != issued_q;
  wire [1:0] blocks_used = fill_q[5:4] - released_q;

  assign live       = run_q && !dead_q;
  assign dead       = dead_q;
  assign busy       = (jobs_q != {JOBS_W{1'b0}}) || test_busy_q;
  assign room       = blocks_used != 2'd2;
  assign fill       = fill_q;
  assign want_ent   = want_ent_q;
  assign want_idx   = want_idx_q;
  assign want_test  = want_test_q;
  assign issued     = issued_q;
  assign eof        = eof_q;
  assign block_eof  = block_eof_q;
  assign target     = target_q;
  assign test_old   = old_q;
  assign test_new   = test_new_q;
  assign err_report = err_q;

  always @(posedge clk) begin
    // A queue starts only when nothing of its last life is left.
    run_q  <= allowed && (run_q || !busy);
    dead_q <= allowed && (dead_q || (evt_err && run_q));
    err_q  <= allowed && (err_q ? !evt_reported : (evt_err && live));
    jobs_q <= jobs_q + {{(JOBS_W - 1){1'b0}}, evt_pick} - {{(JOBS_W - 1){1'b0}}, evt_end} -
              {{(JOBS_W - 1){1'b0}}, evt_done};

    if (evt_accept) begin
      fill_q <= fill_q + 16'd1;
      if (accept_eof) begin
        eof_q <= fill_q + 16'd1;
      end
      if (fill_q[3:0] == 4'd0) begin
        block_eof_q <= eof_q;
      end
    end
    if (evt_issue_ent) begin
      issued_q <= issue_idx;
    end
    if (evt_release) begin
      released_q <= release_block;
    end

    // The age is that of the oldest entry that is not yet part of a job.
    if (!pending || evt_issue_ent) begin
      age_q <= {AGE_W{1'b0}};
    end else if (age_q != AGE_M[AGE_W-1:0]) begin
      age_q <= age_q + {{(AGE_W - 1){1'b0}}, 1'b1};
    end
    flush_q <= (pending && (flush_q || evt_flush || (age_q == AGE_M[AGE_W-1:0]))) ||
               (evt_accept && evt_flush);

    if (evt_done_border) begin
      target_q <= done_border;
    end
    if (evt_issue_idx) begin
      pub_q      <= issue_idx;
      idx_busy_q <= 1'b1;
    end
    // The test takes the newest index that is known to be in memory.
    if (evt_issue_test) begin
      test_new_q  <= shown_q;
      test_todo_q <= 1'b0;
      test_busy_q <= 1'b1;
    end
    if (evt_done_idx) begin
      shown_q     <= pub_q;
      idx_busy_q  <= 1'b0;
      test_todo_q <= 1'b1;
    end
    if (evt_tested) begin
      old_q       <= test_new_q;
      test_busy_q <= 1'b0;
    end

    want_ent_q  <= live && pending && (flush_q || (fill_q[15:4] != issued_q[15:4]));
    want_idx_q  <= live && (target_q != pub_q) && !idx_busy_q;
    want_test_q <= live && test_todo_q && !test_busy_q;

    if (!live) begin
      fill_q      <= 16'd0;
      issued_q    <= 16'd0;
      released_q  <= 2'd0;
      eof_q       <= 16'd0;
      block_eof_q <= 16'd0;
      flush_q     <= 1'b0;
      target_q    <= 16'd0;
      pub_q       <= 16'd0;
      idx_busy_q  <= 1'b0;
      shown_q     <= 16'd0;
      test_todo_q <= 1'b0;
      old_q       <= 16'd0;
    end
    if (rst) begin
      run_q       <= 1'b0;
      dead_q      <= 1'b0;
      err_q       <= 1'b0;
      jobs_q      <= {JOBS_W{1'b0}};
      test_busy_q <= 1'b0;
      want_ent_q  <= 1'b0;
      want_idx_q  <= 1'b0;
      want_test_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
