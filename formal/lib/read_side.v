// read_side: surroundings of a read client: legal bursts demanded, words answered in order, contents anything
// SPDX-License-Identifier: Apache-2.0
//
// At most OPEN bursts are open in a proof; a request is only taken where there is room.
`default_nettype none

module read_side #(
  parameter integer DATA_W = 64,
  parameter integer OPEN   = 2
) (
  input  wire        clk,
  input  wire        rst,
  input  wire        req_valid,
  input  wire        req_ready,
  input  wire [63:0] req_addr,
  input  wire [7:0]  req_len,
  // A word is answered.
  input  wire        rsp_valid,
  output wire        rsp_last,
  output wire        open,
  output wire        room,
  // Address of the word that is answered.
  output wire [63:0] rsp_addr,
  // The word at this address is read; word: it is answered now.
  input  wire [63:0] secret,
  output wire        touches
);

  localparam integer OFF_W = $clog2(DATA_W / 8);

  stream_rules #(.W(72)) request (
    .clk(clk), .rst(rst), .valid(req_valid), .ready(req_ready), .payload({req_addr, req_len})
  );

  wire [12:0] end_byte = {1'b0, req_addr[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, req_len} << OFF_W);
  rule #(.ASSUME(0)) inside_4k (.rst(rst), .ok(!req_valid || !end_byte[12]));

  wire [63-OFF_W:0] place = secret[63:OFF_W] - req_addr[63:OFF_W];
  assign touches = req_valid && (place <= req_len);

  reg [8*OPEN-1:0]  lens_q;
  reg [64*OPEN-1:0] addrs_q;
  reg [3:0]        n_q;
  reg [7:0]        beat_q;

  wire req = req_valid && req_ready;
  wire eob = rsp_valid && rsp_last;

  assign open     = n_q != 4'd0;
  assign room     = n_q < OPEN;
  assign rsp_addr = {addrs_q[63:OFF_W], {OFF_W{1'b0}}} + ({56'd0, beat_q} << OFF_W);
  assign rsp_last = beat_q == lens_q[7:0];

  always @* begin
    assume(!rsp_valid || open);
    assume(!req_ready || room);
  end

  always @(posedge clk) begin
    if (rsp_valid) begin
      beat_q <= rsp_last ? 8'd0 : beat_q + 8'd1;
    end
    n_q    <= n_q + req - eob;
    lens_q <= (eob ? lens_q >> 8 : lens_q) | (req ? {{(8*OPEN-8){1'b0}}, req_len} << (8 * (n_q - eob)) : 0);
    addrs_q <= (eob ? addrs_q >> 64 : addrs_q) | (req ? {{(64*OPEN-64){1'b0}}, req_addr} << (64 * (n_q - eob)) : 0);
    if (rst) begin
      addrs_q <= {(64*OPEN){1'b0}};
      n_q    <= 4'd0;
      beat_q <= 8'd0;
      lens_q <= {(8*OPEN){1'b0}};
    end
  end

endmodule

`default_nettype wire
