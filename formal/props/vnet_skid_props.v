// vnet_skid_props: every word comes out once, in order, unchanged
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module vnet_skid_props #(
  parameter integer W = 8
) (
  input wire         clk,
  input wire         rst,
  input wire         s_valid,
  input wire [W-1:0] s_data,
  input wire         m_ready
);

  wire         s_ready;
  wire         m_valid;
  wire [W-1:0] m_data;

  vnet_skid #(
    .W(W)
  ) dut (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_valid),
    .s_ready(s_ready),
    .s_data (s_data),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data (m_data)
  );

  (* hierconn *) wire         \dut.spare_valid_q ;
  (* hierconn *) wire [W-1:0] \dut.spare_q ;

  wire [2:0]   level;
  wire [W+3:0] mark;
  wire [2:0]   n0;
  wire [2:0]   n1;
  wire [1:0]   ok;

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(
    .W(W)
  ) u_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .payload(m_data)
  );

  follow_word #(
    .W      (W),
    .LEVEL_W(3)
  ) u_follow (
    .clk(clk), .rst(rst), .in_fire(s_valid && s_ready), .in_data(s_data),
    .out_valid(m_valid), .out_ready(m_ready), .out_data(m_data), .level(level), .mark(mark)
  );

  holds_word #(.W(W), .LEVEL_W(3)) u_out (
    .valid(m_valid), .data(m_data), .mark(mark), .before(3'd0), .after(n0), .ok(ok[0])
  );
  holds_word #(.W(W), .LEVEL_W(3)) u_spare (
    .valid(\dut.spare_valid_q ), .data(\dut.spare_q ), .mark(mark), .before(n0), .after(n1), .ok(ok[1])
  );

  // Cycles since the last reset, and a word every cycle as long as both sides want.
  reg [1:0] run_q;

  always @(posedge clk) begin
    run_q <= rst ? 2'd0 : run_q + (run_q != 2'd3);
  end

  always @* begin
    if (!rst) begin
      inv_level: assert(level == n1);
      inv_place: assert(ok == 2'b11);
      inv_spare: assert(!\dut.spare_valid_q || (m_valid && !s_ready));
      all_words_seen: assert(m_valid == (level != 3'd0));
      full_means_two: assert((run_q == 2'd0) || (s_ready == (level < 3'd2)));
    end
    if (!rst) begin
      both_places_used: cover((level == 3'd2) && mark[W+3]);
      flows_after_a_stall: cover((run_q == 2'd3) && m_valid && m_ready && s_valid && s_ready);
    end
  end

endmodule

`default_nettype wire
