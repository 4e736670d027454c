// vnet_desc_cache: tags and data of the descriptor lines read lately
// SPDX-License-Identifier: Apache-2.0
//
// Direct mapped. The tag is written when the line is requested, the data when it arrives. Lookups
// and data accesses happen in the same order (vnet_desc_issue and vnet_desc_walk, with a FIFO
// between them), so a hit on a line that is still on its way finds the right data.
//
// A descriptor may change whenever the driver owns it. So a line may serve a chain only if it was
// requested after the device knew that chain to be available: the tag keeps the available index
// known at the request, and the chain at position p hits if stamp - p - 1 < 32768 modulo 65536. The
// user flushes often enough for that to be unambiguous.
//
// Latency:       none from lookup to hit, none from dr_index to dr_data.
// Throughput:    1 lookup, 1 data write, 1 data read per cycle.
// Back-pressure: none.
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

  // Lookup. miss: the line is being requested, take it in.
  input  wire [Q_W-1:0]         lookup_queue,
  input  wire [LINE_ADDR_W-1:0] lookup_line,
  input  wire [15:0]            lookup_pos,
  input  wire [15:0]            lookup_stamp,
  input  wire                   lookup_miss,
  output wire                   lookup_hit,
  output wire [INDEX_W-1:0]     lookup_index,

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

  assign lookup_index = lookup_line[INDEX_W-1:0] ^ queue_part;

  // stamp - pos - 1
  wire [15:0] age = stamp + ~lookup_pos;
  wire        unused_ok = &{1'b0, age[14:0]};

  assign lookup_hit = valid_q[lookup_index] && !age[15]
                    && (tag == {lookup_queue, lookup_line[LINE_ADDR_W-1:INDEX_W]});

  vnet_lutram #(
    .W    (TAG_W),
    .DEPTH(LINES)
  ) u_tag (
    .clk    (clk),
    .wr_en  (lookup_miss),
    .wr_addr(lookup_index),
    .wr_data({lookup_queue, lookup_line[LINE_ADDR_W-1:INDEX_W], lookup_stamp}),
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
    if (lookup_miss) begin
      valid_q[lookup_index] <= 1'b1;
    end
    if (rst || flush) begin
      valid_q <= {LINES{1'b0}};
    end
  end

endmodule

`default_nettype wire
