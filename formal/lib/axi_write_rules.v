// axi_write_rules: the rules of the AXI4 write channels
// SPDX-License-Identifier: Apache-2.0
//
// MASTER and SLAVE say for the rules of either side: 1 assumed, 0 demanded. The project's masters use one ID, INCR
// bursts of whole words, and send no data before their address is accepted; that is demanded, too. At most OPEN
// bursts are open in a proof (AWREADY is assumed low then).
`default_nettype none

module axi_write_rules #(
  parameter integer DATA_W = 64,
  parameter integer ID_W   = 4,
  parameter integer OPEN   = 4,
  parameter integer MASTER = 0,
  parameter integer SLAVE  = 1
) (
  input wire                clk,
  input wire                rst,
  input wire [ID_W-1:0]     awid,
  input wire [63:0]         awaddr,
  input wire [7:0]          awlen,
  input wire [2:0]          awsize,
  input wire [1:0]          awburst,
  input wire                awvalid,
  input wire                awready,
  input wire [DATA_W-1:0]   wdata,
  input wire [DATA_W/8-1:0] wstrb,
  input wire                wlast,
  input wire                wvalid,
  input wire                wready,
  input wire [ID_W-1:0]     bid,
  input wire [1:0]          bresp,
  input wire                bvalid,
  input wire                bready,

  // Address of the word that W carries.
  output wire [63:0]        waddr
);

  localparam integer BYTES = DATA_W / 8;
  localparam integer OFF_W = $clog2(BYTES);
  localparam integer ENTRY = 64 + 8;

  stream_rules #(.W(ID_W + 64 + 8 + 5), .ASSUME(MASTER)) aw_stays (
    .clk(clk), .rst(rst), .valid(awvalid), .ready(awready),
    .payload({awid, awaddr, awlen, awsize, awburst})
  );
  stream_rules #(.W(DATA_W + BYTES + 1), .ASSUME(MASTER)) w_stays (
    .clk(clk), .rst(rst), .valid(wvalid), .ready(wready), .payload({wdata, wstrb, wlast})
  );
  stream_rules #(.W(ID_W + 2), .ASSUME(SLAVE)) b_stays (
    .clk(clk), .rst(rst), .valid(bvalid), .ready(bready), .payload({bid, bresp})
  );

  reg after_rst_q = 1'b0;

  always @(posedge clk) begin
    after_rst_q <= rst;
  end

  rule #(.ASSUME(MASTER)) low_after_reset (.rst(rst), .ok(!(after_rst_q && (awvalid || wvalid))));
  rule #(.ASSUME(MASTER)) aw_incr_of_words (
    .rst(rst), .ok(!awvalid || ((awburst == 2'b01) && (awsize == OFF_W) && (awid == 0)))
  );
  wire [12:0] end_byte = {1'b0, awaddr[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, awlen} << OFF_W);
  rule #(.ASSUME(MASTER)) aw_inside_4k (.rst(rst), .ok(!awvalid || !end_byte[12]));

  // Bursts whose data have not all come, the oldest in the low bits; beats of that one so far; bursts that
  // wait for their response.
  reg [ENTRY*OPEN-1:0] list_q;
  reg [7:0]            n_q;
  reg [7:0]            beat_q;
  reg [7:0]            done_q;

  wire [7:0]       len   = list_q[7:0];
  wire [63:0]      first = list_q[71:8];
  wire             last  = beat_q == len;
  wire [BYTES-1:0] lanes = (beat_q == 8'd0) ? {BYTES{1'b1}} << first[OFF_W-1:0] : {BYTES{1'b1}};

  assign waddr = {first[63:OFF_W], {OFF_W{1'b0}}} + (beat_q << OFF_W);

  rule #(.ASSUME(MASTER)) w_behind_its_address (.rst(rst), .ok(!wvalid || (n_q != 8'd0)));
  rule #(.ASSUME(MASTER)) w_last_is_last (.rst(rst), .ok(!wvalid || (wlast == last)));
  rule #(.ASSUME(MASTER)) w_strobes_in_the_burst (.rst(rst), .ok(!wvalid || ((wstrb & ~lanes) == 0)));
  rule #(.ASSUME(SLAVE))  b_answers_a_burst (.rst(rst), .ok(!bvalid || ((done_q != 8'd0) && (bid == 0))));
  rule #(.ASSUME(SLAVE))  b_low_after_reset (.rst(rst), .ok(!(after_rst_q && bvalid)));

  wire aw  = awvalid && awready;
  wire end_w = wvalid && wready && last;

  always @* begin
    assume(!((n_q + done_q >= OPEN) && awready));
  end

  always @(posedge clk) begin
    if (wvalid && wready) begin
      beat_q <= last ? 8'd0 : beat_q + 8'd1;
    end
    // Bits above the list are 0.
    list_q <= (end_w ? list_q >> ENTRY : list_q) |
              (aw ? {{(ENTRY*(OPEN-1)){1'b0}}, awaddr, awlen} << (ENTRY * (n_q - end_w)) : 0);
    n_q    <= n_q + aw - end_w;
    done_q <= done_q + end_w - (bvalid && bready);
    if (rst) begin
      list_q <= {(ENTRY*OPEN){1'b0}};
      n_q    <= 8'd0;
      beat_q <= 8'd0;
      done_q <= 8'd0;
    end
  end

endmodule

`default_nettype wire
