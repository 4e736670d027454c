// vnet_desc_cache: tags and data of the descriptor lines read lately
// SPDX-License-Identifier: Apache-2.0
//
// Direct mapped. The tag is written when the line is requested, the data when it arrives. Lookups
// and data accesses happen in the same order (vnet_desc_issue and vnet_desc_walk, with a FIFO
// between them), so a hit on a line that is still on its way finds the right data.
//
// The answer is registered; with it the user decides whether the line is taken in. A lookup in that
// very cycle, at the same place, would see the old tag, and has to be shown once more:
//
//   lookup    A       B       B       C          A, B: same place
//   answer            A miss          B hit
//   lookup_wait       1
//
// A descriptor may change whenever the driver owns it. So a line may serve a chain only if it was
// requested after the device knew that chain to be available: the tag keeps the available index
// known at the request, and the chain at position p hits if stamp - p - 1 < 32768 modulo 65536. The
// user flushes often enough for that to be unambiguous.
//
// Latency:       1 cycle from lookup to hit, none from dr_index to dr_data.
// Throughput:    1 lookup, 1 data write, 1 data read per cycle.
// Back-pressure: lookup_wait, see above.
// Errors:        none. The error mark of a line is part of its data.
// Spec:          none.
`default_nettype none

module vnet_desc_cache #(
  // Bits of a line address.
  parameter integer LINE_ADDR_W = 58,
  // Bits of line data, error mark included.
  parameter integer LINE_DATA_W = 513,
  // Width of a queue number.
  parameter integer Q_W         = 2,
  // Lines, a power of two, at least 2^Q_W.
  parameter integer LINES       = 64,
  // Derived. Do not set.
  parameter integer INDEX_W     = $clog2(LINES)
) (
  input  wire                   clk,
  input  wire                   rst,
  input  wire                   flush,

  // Lookup; it counts with en, which must be low with wait.
  input  wire                   lookup_en,
  output wire                   lookup_wait,
  input  wire [Q_W-1:0]         lookup_queue,
  input  wire [LINE_ADDR_W-1:0] lookup_line,
  input  wire [15:0]            lookup_pos,
  input  wire [15:0]            lookup_stamp,

  // Answer to the last lookup. take: its line is being requested, take it in.
  output wire                   answer_hit,
  output wire [INDEX_W-1:0]     answer_index,
  input  wire                   answer_take,

  input  wire                   dw_en,
  input  wire [INDEX_W-1:0]     dw_index,
  input  wire [LINE_DATA_W-1:0] dw_data,
  input  wire [INDEX_W-1:0]     dr_index,
  output wire [LINE_DATA_W-1:0] dr_data
);

  vnet_param_check #(.OK(LINES >= (1 << Q_W))) u_every_queue_needs_a_line ();

  localparam integer TAG_W = Q_W + (LINE_ADDR_W - INDEX_W) + 16;

  reg  [LINES-1:0]   valid_q;
  wire [TAG_W-17:0]  tag;
  wire [15:0]        stamp;

  // Descriptor tables often begin at the same place of a page. The queue number in the upper bits
  // keeps the queues apart.
  wire [INDEX_W-1:0] queue_part;

  generate
    if (INDEX_W == Q_W) begin : g_queue_only
      assign queue_part = lookup_queue;
    end else begin : g_queue_high
      assign queue_part = {lookup_queue, {(INDEX_W-Q_W){1'b0}}};
    end
  endgenerate

  wire [INDEX_W-1:0] lookup_index = lookup_line[INDEX_W-1:0] ^ queue_part;

  // stamp - pos - 1
  wire [15:0] age = stamp + ~lookup_pos;
  wire        unused_ok = &{1'b0, age[14:0]};

  // A hit in three parts, so that none of them stands behind the adder.
  reg                taken_q;
  reg                fresh_q;
  reg                same_q;
  reg  [INDEX_W-1:0] index_q;
  reg  [TAG_W-1:0]   tag_q;

  assign lookup_wait  = answer_take && (lookup_index == index_q);
  assign answer_hit   = taken_q && fresh_q && same_q;
  assign answer_index = index_q;

  vnet_lutram #(
    .W    (TAG_W),
    .DEPTH(LINES)
  ) u_tag (
    .clk    (clk),
    .wr_en  (answer_take),
    .wr_addr(index_q),
    .wr_data(tag_q),
    .rd_addr(lookup_index),
    .rd_data({tag, stamp})
  );

  vnet_lutram #(
    .W    (LINE_DATA_W),
    .DEPTH(LINES)
  ) u_data (
    .clk    (clk),
    .wr_en  (dw_en),
    .wr_addr(dw_index),
    .wr_data(dw_data),
    .rd_addr(dr_index),
    .rd_data(dr_data)
  );

  always @(posedge clk) begin
    if (lookup_en) begin
      taken_q <= valid_q[lookup_index];
      fresh_q <= !age[15];
      same_q  <= tag == {lookup_queue, lookup_line[LINE_ADDR_W-1:INDEX_W]};
      index_q <= lookup_index;
      tag_q   <= {lookup_queue, lookup_line[LINE_ADDR_W-1:INDEX_W], lookup_stamp};
    end
    if (answer_take) begin
      valid_q[index_q] <= 1'b1;
    end
    if (rst || flush) begin
      valid_q <= {LINES{1'b0}};
    end
  end

endmodule

`default_nettype wire
