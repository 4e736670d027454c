// axil_rules: the rules of AXI4-Lite
// SPDX-License-Identifier: Apache-2.0
//
// MASTER and SLAVE say for the rules of either side: 1 assumed, 0 demanded.
`default_nettype none

module axil_rules #(
  parameter integer ADDR_W = 16,
  parameter integer MASTER = 1,
  parameter integer SLAVE  = 0
) (
  input wire              clk,
  input wire              rst,
  input wire [ADDR_W-1:0] awaddr,
  input wire              awvalid,
  input wire              awready,
  input wire [31:0]       wdata,
  input wire [3:0]        wstrb,
  input wire              wvalid,
  input wire              wready,
  input wire [1:0]        bresp,
  input wire              bvalid,
  input wire              bready,
  input wire [ADDR_W-1:0] araddr,
  input wire              arvalid,
  input wire              arready,
  input wire [31:0]       rdata,
  input wire [1:0]        rresp,
  input wire              rvalid,
  input wire              rready,

  // Requests accepted and not answered.
  output wire [7:0]       aw_open,
  output wire [7:0]       w_open,
  output wire [7:0]       ar_open
);

  stream_rules #(.W(ADDR_W), .ASSUME(MASTER)) aw_stays (
    .clk(clk), .rst(rst), .valid(awvalid), .ready(awready), .payload(awaddr)
  );
  stream_rules #(.W(36), .ASSUME(MASTER)) w_stays (
    .clk(clk), .rst(rst), .valid(wvalid), .ready(wready), .payload({wdata, wstrb})
  );
  stream_rules #(.W(ADDR_W), .ASSUME(MASTER)) ar_stays (
    .clk(clk), .rst(rst), .valid(arvalid), .ready(arready), .payload(araddr)
  );
  stream_rules #(.W(2), .ASSUME(SLAVE)) b_stays (
    .clk(clk), .rst(rst), .valid(bvalid), .ready(bready), .payload(bresp)
  );
  stream_rules #(.W(34), .ASSUME(SLAVE)) r_stays (
    .clk(clk), .rst(rst), .valid(rvalid), .ready(rready), .payload({rdata, rresp})
  );

  reg       after_rst_q = 1'b0;
  reg [7:0] aw_q;
  reg [7:0] w_q;
  reg [7:0] ar_q;

  assign aw_open = aw_q;
  assign w_open  = w_q;
  assign ar_open = ar_q;

  wire b = bvalid && bready;
  wire r = rvalid && rready;

  always @(posedge clk) begin
    after_rst_q <= rst;
    aw_q <= aw_q + (awvalid && awready) - b;
    w_q  <= w_q + (wvalid && wready) - b;
    ar_q <= ar_q + (arvalid && arready) - r;
    if (rst) begin
      aw_q <= 8'd0;
      w_q  <= 8'd0;
      ar_q <= 8'd0;
    end
  end

  rule #(.ASSUME(MASTER)) requests_low_after_reset (
    .rst(rst), .ok(!(after_rst_q && (awvalid || wvalid || arvalid)))
  );
  rule #(.ASSUME(SLAVE)) answers_low_after_reset (.rst(rst), .ok(!(after_rst_q && (bvalid || rvalid))));
  rule #(.ASSUME(SLAVE)) b_answers_a_write (.rst(rst), .ok(!bvalid || ((aw_q != 0) && (w_q != 0))));
  rule #(.ASSUME(SLAVE)) r_answers_a_read (.rst(rst), .ok(!rvalid || (ar_q != 0)));
  // EXOKAY does not exist in AXI4-Lite.
  rule #(.ASSUME(SLAVE)) no_exokay (
    .rst(rst), .ok((!bvalid || (bresp != 2'b01)) && (!rvalid || (rresp != 2'b01)))
  );

endmodule

`default_nettype wire
