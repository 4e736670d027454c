// vnet_fifo_props: every word comes out once, in order, unchanged; full and empty are what level says
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module vnet_fifo_props #(
  parameter integer W = 4
) (
  input wire         clk,
  input wire         rst,
  input wire         s_valid,
  input wire [W-1:0] s_data,
  input wire         m_ready
);

  localparam integer DEPTH = 4;

  wire         s_ready;
  wire         m_valid;
  wire [W-1:0] m_data;
  wire [2:0]   level;

  vnet_fifo #(
    .W    (W),
    .DEPTH(DEPTH)
  ) dut (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_valid),
    .s_ready(s_ready),
    .s_data (s_data),
    .m_valid(m_valid),
    .m_ready(m_ready),
    .m_data (m_data),
    .level  (level)
  );

  (* hierconn *) wire [2:0]   \dut.rd_ptr_q ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[0] ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[1] ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[2] ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[3] ;

  wire [3:0]         inside;
  wire [W+4:0]       mark;
  wire [W*DEPTH-1:0] words  = {\dut.u_mem.mem[3] , \dut.u_mem.mem[2] , \dut.u_mem.mem[1] , \dut.u_mem.mem[0] };
  wire [1:0]         place  = \dut.rd_ptr_q + mark[1:0];
  wire [W-1:0]       stored = words >> (W * place);

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(
    .W(W)
  ) u_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready), .payload(m_data)
  );

  follow_word #(
    .W      (W),
    .LEVEL_W(4)
  ) u_follow (
    .clk(clk), .rst(rst), .in_fire(s_valid && s_ready), .in_data(s_data),
    .out_valid(m_valid), .out_ready(m_ready), .out_data(m_data), .level(inside), .mark(mark)
  );

  always @* begin
    if (!rst) begin
      level_counts_words: assert({1'b0, level} == inside);
      never_more_than_depth: assert(inside <= DEPTH);
      ready_until_full: assert(s_ready == (inside != DEPTH));
      valid_until_empty: assert(m_valid == (inside != 0));
      inv_stored: assert(!mark[W+4] || (stored == mark[W+3:4]));
      full: cover((inside == DEPTH) && mark[W+4] && (mark[3:0] == 4'd3));
      in_and_out_at_once: cover(s_valid && s_ready && m_valid && m_ready && (inside == 4'd3) && mark[W+4]);
    end
  end

endmodule

`default_nettype wire
