// stream_rules: the handshake rule of a stream: valid stays, with a stable payload, until the beat moves
// SPDX-License-Identifier: Apache-2.0
//
// ASSUME = 1 where the surroundings of the proof drive the stream, 0 where the design does.
`default_nettype none

module stream_rules #(
  parameter integer W      = 1,
  parameter integer ASSUME = 0
) (
  input wire         clk,
  input wire         rst,
  input wire         valid,
  input wire         ready,
  input wire [W-1:0] payload
);

  reg         waits_q = 1'b0;
  reg [W-1:0] payload_q;

  always @(posedge clk) begin
    waits_q   <= valid && !ready && !rst;
    payload_q <= payload;
  end

  rule #(.ASSUME(ASSUME)) valid_and_payload_stay (
    .rst(rst), .ok(!waits_q || (valid && (payload == payload_q)))
  );

endmodule

`default_nettype wire
