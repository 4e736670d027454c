// vnet_fifo_deep_props: every word comes out once, in order, unchanged; a word read ahead always has room
// SPDX-License-Identifier: Apache-2.0
//
// Words wait, from the output to the input, in the output FIFO, on their way out of the RAM, and in the RAM.
`default_nettype none

module vnet_fifo_deep_props #(
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

  vnet_fifo_deep #(
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
  (* hierconn *) wire         \dut.read_q ;
  (* hierconn *) wire [1:0]   \dut.ahead_q ;
  (* hierconn *) wire         \dut.out_s_ready ;
  (* hierconn *) wire [W-1:0] \dut.ram_data ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[0] ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[1] ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[2] ;
  (* hierconn *) wire [W-1:0] \dut.u_mem.mem[3] ;
  (* hierconn *) wire [2:0]   \dut.u_out.rd_ptr_q ;
  (* hierconn *) wire [2:0]   \dut.u_out.level ;
  (* hierconn *) wire [W-1:0] \dut.u_out.u_mem.mem[0] ;
  (* hierconn *) wire [W-1:0] \dut.u_out.u_mem.mem[1] ;
  (* hierconn *) wire [W-1:0] \dut.u_out.u_mem.mem[2] ;
  (* hierconn *) wire [W-1:0] \dut.u_out.u_mem.mem[3] ;

  wire [3:0]   inside;
  wire [W+4:0] mark;
  wire [3:0]   ahead  = mark[3:0];
  wire [3:0]   out_n  = {1'b0, \dut.u_out.level };
  wire [3:0]   way_n  = out_n + \dut.read_q ;
  wire [3:0]   all_n  = way_n + {1'b0, level};

  wire [W*4-1:0] out_words = {\dut.u_out.u_mem.mem[3] , \dut.u_out.u_mem.mem[2] , \dut.u_out.u_mem.mem[1] ,
                              \dut.u_out.u_mem.mem[0] };
  wire [W*4-1:0] ram_words = {\dut.u_mem.mem[3] , \dut.u_mem.mem[2] , \dut.u_mem.mem[1] , \dut.u_mem.mem[0] };
  wire [1:0]     out_place = \dut.u_out.rd_ptr_q + ahead;
  wire [1:0]     ram_place = \dut.rd_ptr_q + (ahead - way_n);
  wire [W-1:0]   out_word  = out_words >> (W * out_place);
  wire [W-1:0]   ram_word  = ram_words >> (W * ram_place);
  wire [W-1:0]   stored    = (ahead < out_n) ? out_word : (ahead < way_n) ? \dut.ram_data : ram_word;

  // With room at the output and nothing new, all words come out.
  reg [3:0] still_q;

  always @(posedge clk) begin
    still_q <= (rst || s_valid || !m_ready) ? 4'd0 : still_q + (still_q != 4'd15);
  end

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
      level_counts_the_ram: assert(inside == all_n);
      ready_until_full: assert(s_ready == (level != DEPTH));
      room_for_words_on_the_way: assert(!\dut.read_q || \dut.out_s_ready );
      inv_level: assert((level <= DEPTH) && (\dut.ahead_q == way_n));
      inv_stored: assert(!mark[W+4] || (stored == mark[W+3:4]));
      inv_still: assert(inside + (still_q < 4'd10 ? still_q : 4'd10) <= 4'd10);
      nothing_stays: assert((still_q < 4'd10) || (inside == 4'd0));
      full: cover((inside == DEPTH + 3) && mark[W+4] && (ahead == 4'd6));
      in_and_out_at_once: cover(s_valid && s_ready && m_valid && m_ready && (inside == 4'd3) && mark[W+4]);
    end
  end

endmodule

`default_nettype wire
