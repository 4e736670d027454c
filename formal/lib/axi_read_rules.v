// axi_read_rules: the rules of the AXI4 read channels
// SPDX-License-Identifier: Apache-2.0
//
// MASTER and SLAVE say for the rules of either side: 1 assumed, 0 demanded. The project's masters use INCR
// bursts of whole words; that is demanded, too. IDs up to IDS - 1; for each a list of the bursts whose data
// have not all come, at most OPEN: a proof covers no more (ARREADY is assumed low when a list is full).
`default_nettype none

module axi_read_rules #(
  parameter integer DATA_W = 64,
  parameter integer ID_W   = 4,
  parameter integer IDS    = 2,
  parameter integer OPEN   = 2,
  parameter integer MASTER = 0,
  parameter integer SLAVE  = 1
) (
  input wire              clk,
  input wire              rst,
  input wire [ID_W-1:0]   arid,
  input wire [63:0]       araddr,
  input wire [7:0]        arlen,
  input wire [2:0]        arsize,
  input wire [1:0]        arburst,
  input wire              arvalid,
  input wire              arready,
  input wire [ID_W-1:0]   rid,
  input wire [DATA_W-1:0] rdata,
  input wire [1:0]        rresp,
  input wire              rlast,
  input wire              rvalid,
  input wire              rready
);

  localparam integer OFF_W = $clog2(DATA_W / 8);

  stream_rules #(.W(ID_W + 64 + 8 + 5), .ASSUME(MASTER)) ar_stays (
    .clk(clk), .rst(rst), .valid(arvalid), .ready(arready),
    .payload({arid, araddr, arlen, arsize, arburst})
  );
  stream_rules #(.W(ID_W + DATA_W + 3), .ASSUME(SLAVE)) r_stays (
    .clk(clk), .rst(rst), .valid(rvalid), .ready(rready), .payload({rid, rdata, rresp, rlast})
  );

  reg after_rst_q = 1'b0;

  always @(posedge clk) begin
    after_rst_q <= rst;
  end

  rule #(.ASSUME(MASTER)) ar_low_after_reset (.rst(rst), .ok(!(after_rst_q && arvalid)));
  rule #(.ASSUME(MASTER)) ar_incr_of_words (
    .rst(rst), .ok(!arvalid || ((arburst == 2'b01) && (arsize == OFF_W)))
  );
  wire [12:0] end_byte = {1'b0, araddr[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, arlen} << OFF_W);
  rule #(.ASSUME(MASTER)) ar_inside_4k (.rst(rst), .ok(!arvalid || !end_byte[12]));
  rule #(.ASSUME(MASTER)) ar_known_id (.rst(rst), .ok(!arvalid || (arid < IDS)));

  // Lengths of the open bursts of every ID, the oldest in the low bits, and beats of that one so far.
  reg [8*OPEN-1:0] lens_q [0:IDS-1];
  reg [7:0]        n_q    [0:IDS-1];
  reg [7:0]        beat_q [0:IDS-1];

  wire ar = arvalid && arready;
  wire r  = rvalid && rready;

  // Where the list of an ID has room, and what is known about the burst that R answers.
  reg       full;
  reg       known;
  reg [7:0] len;
  reg [7:0] beat;

  integer i;
  always @* begin
    full  = 1'b0;
    known = 1'b0;
    len   = 8'd0;
    beat  = 8'd0;
    for (i = 0; i < IDS; i = i + 1) begin
      full = full || (n_q[i] == OPEN);
      if (rid == i) begin
        known = n_q[i] != 8'd0;
        len   = lens_q[i][7:0];
        beat  = beat_q[i];
      end
    end
    assume(!(full && arready));
  end

  wire last = beat == len;

  rule #(.ASSUME(SLAVE)) r_answers_a_burst (.rst(rst), .ok(!rvalid || known));
  rule #(.ASSUME(SLAVE)) r_last_is_last (.rst(rst), .ok(!rvalid || (rlast == last)));
  rule #(.ASSUME(SLAVE)) r_low_after_reset (.rst(rst), .ok(!(after_rst_q && rvalid)));

  integer k;
  always @(posedge clk) begin
    for (k = 0; k < IDS; k = k + 1) begin
      if (r && (rid == k)) begin
        beat_q[k] <= last ? 8'd0 : beat_q[k] + 8'd1;
        if (last) begin
          lens_q[k] <= lens_q[k] >> 8;
        end
      end
      if (ar && (arid == k)) begin
        if (r && last && (rid == k)) begin
          lens_q[k] <= (lens_q[k] >> 8) | (arlen << (8 * (n_q[k] - 8'd1)));
        end else begin
          // Bits above the list are 0.
          lens_q[k] <= lens_q[k] | (arlen << (8 * n_q[k]));
        end
      end
      n_q[k] <= n_q[k] + (ar && (arid == k)) - (r && last && (rid == k));
      if (rst) begin
        n_q[k]    <= 8'd0;
        beat_q[k] <= 8'd0;
        lens_q[k] <= {(8*OPEN){1'b0}};
      end
    end
  end

endmodule

`default_nettype wire
