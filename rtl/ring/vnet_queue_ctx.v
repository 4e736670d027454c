// vnet_queue_ctx: what the driver said about each queue, as an indexed memory
// SPDX-License-Identifier: Apache-2.0
//
// One context per queue of a direction, written by vnet_regs when the driver sets queue_enable.
// Every user of contexts has its own copy, all written together, because each needs a read port of
// its own. Fields that a user leaves open cost nothing. The context of a single queue is a register,
// which a synthesis program shares among the users.
//
// Latency:       none on read.
// Throughput:    1 write and 1 read per cycle.
// Back-pressure: none.
// Errors:        none; contents are undefined until written.
// Spec:          none.
`default_nettype none

module vnet_queue_ctx #(
  // Queues, 1 or more.
  parameter integer NQ  = 4,
  // Width of a queue number, max(1, log2 NQ).
  parameter integer Q_W = 2
) (
  input  wire           clk,

  input  wire           wr,
  input  wire [Q_W-1:0] wr_queue,
  input  wire [63:0]    wr_desc_addr,
  input  wire [63:0]    wr_avail_addr,
  input  wire [63:0]    wr_used_addr,
  input  wire [3:0]     wr_size_log2,

  input  wire [Q_W-1:0] rd_queue,
  output wire [63:0]    rd_desc_addr,
  output wire [63:0]    rd_avail_addr,
  output wire [63:0]    rd_used_addr,
  output wire [3:0]     rd_size_log2
);

  vnet_param_check #(.OK((NQ >= 1) && (NQ <= (1 << Q_W)))) u_queues_must_fit_queue_number ();

  generate
    if (NQ == 1) begin : g_register
      reg [195:0] ctx_q;

      always @(posedge clk) begin
        if (wr) begin
          ctx_q <= {wr_desc_addr, wr_avail_addr, wr_used_addr, wr_size_log2};
        end
      end

      assign {rd_desc_addr, rd_avail_addr, rd_used_addr, rd_size_log2} = ctx_q;

      wire unused_ok = &{1'b0, wr_queue, rd_queue};  // both are 0
    end else begin : g_memory
      vnet_lutram #(
        .W    (196),
        .DEPTH(1 << Q_W)
      ) u_mem (
        .clk    (clk),
        .wr_en  (wr),
        .wr_addr(wr_queue),
        .wr_data({wr_desc_addr, wr_avail_addr, wr_used_addr, wr_size_log2}),
        .rd_addr(rd_queue),
        .rd_data({rd_desc_addr, rd_avail_addr, rd_used_addr, rd_size_log2})
      );
    end
  endgenerate

endmodule

`default_nettype wire
