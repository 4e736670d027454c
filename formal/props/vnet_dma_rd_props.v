// vnet_dma_rd_props: the windows carry exactly the bytes of the commands; requests are legal and have room reserved
// SPDX-License-Identifier: Apache-2.0
//
// Memory is symbolic: the byte at one address `where` is `value`, both free; the rest is anything. A byte of a
// command that lies at that address must come out at its place with that value. As the address is free, this holds
// for every byte of every command.
`default_nettype none

module vnet_dma_rd_props #(
  parameter integer DATA_W = 64,
  parameter integer LEN_W  = 5
) (
  input wire              clk,
  input wire              rst,
  input wire              cmd_valid,
  input wire [63:0]       cmd_addr,
  input wire [LEN_W-1:0]  cmd_len,
  input wire              cmd_last,
  input wire [4:0]        cmd_err,
  input wire              req_ready,
  input wire              rsp_valid,
  input wire [DATA_W-1:0] rsp_data,
  input wire              rsp_err,
  input wire              m_ready
);

  localparam integer BYTES     = DATA_W / 8;
  localparam integer OFF_W     = $clog2(BYTES);
  localparam integer MAX_BURST = 2;
  localparam integer BUF       = 4;
  localparam integer IN_BYTES  = 1 << LEN_W;
  localparam integer LVL_W     = 9;
  localparam [4:0]   AXI_DATA  = 5'd13;

  wire              cmd_ready;
  wire              req_valid;
  wire [63:0]       req_addr;
  wire [7:0]        req_len;
  wire              rsp_last;
  wire              m_valid;
  wire [DATA_W-1:0] m_data;
  wire [OFF_W-1:0]  m_off;
  wire [OFF_W:0]    m_cnt;
  wire              m_last;
  wire [4:0]        m_err;

  vnet_dma_rd #(
    .DATA_W         (DATA_W),
    .LEN_W          (LEN_W),
    .MAX_BURST_BEATS(MAX_BURST),
    .OUTSTANDING    (2),
    .BUF_BEATS      (BUF)
  ) dut (
    .clk        (clk),
    .rst        (rst),
    .s_cmd_valid(cmd_valid),
    .s_cmd_ready(cmd_ready),
    .s_cmd_addr (cmd_addr),
    .s_cmd_len  (cmd_len),
    .s_cmd_last (cmd_last),
    .s_cmd_err  (cmd_err),
    .m_req_valid(req_valid),
    .m_req_ready(req_ready),
    .m_req_addr (req_addr),
    .m_req_len  (req_len),
    .s_rsp_valid(rsp_valid),
    .s_rsp_data (rsp_data),
    .s_rsp_last (rsp_last),
    .s_rsp_err  (rsp_err),
    .m_valid    (m_valid),
    .m_ready    (m_ready),
    .m_data     (m_data),
    .m_off      (m_off),
    .m_cnt      (m_cnt),
    .m_last     (m_last),
    .m_err      (m_err)
  );

  reset_first #(.AGAIN(0)) u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(64 + LEN_W + 6), .ASSUME(1)) u_cmd_rules (
    .clk(clk), .rst(rst), .valid(cmd_valid), .ready(cmd_ready),
    .payload({cmd_addr, cmd_len, cmd_last, cmd_err})
  );
  stream_rules #(.W(72)) u_req_rules (
    .clk(clk), .rst(rst), .valid(req_valid), .ready(req_ready), .payload({req_addr, req_len})
  );
  stream_rules #(.W(DATA_W + 2 * OFF_W + 7)) u_out_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready),
    .payload({m_data, m_off, m_cnt, m_last, m_err})
  );

  // ---- Symbolic memory behind the request port: two bursts open at most, answered in order.

  (* anyconst *) reg [63:0] where;
  (* anyconst *) reg [7:0]  value;

  reg [63:0] word_q;       // address of the next word of the burst in front
  reg [7:0]  left_q;       // words of it behind that one
  reg        open_q;
  reg [63:0] word2_q;      // the burst behind it
  reg [7:0]  left2_q;
  reg        open2_q;
  reg        bad_q;        // an answer was an error

  wire        req = req_valid && req_ready;
  wire [63:0] req_word = {req_addr[63:OFF_W], {OFF_W{1'b0}}};
  wire        end_burst = rsp_valid && rsp_last;
  wire [7:0]  rsp_byte = rsp_data >> {where[OFF_W-1:0], 3'd0};

  assign rsp_last = left_q == 8'd0;

  always @(posedge clk) begin
    if (rsp_valid) begin
      word_q <= word_q + BYTES;
      left_q <= left_q - 8'd1;
    end
    if (end_burst || !open_q) begin
      {word_q, left_q} <= open2_q ? {word2_q, left2_q} : {req_word, req_len};
      open_q           <= open2_q || req;
      {word2_q, left2_q} <= {req_word, req_len};
      open2_q          <= open2_q && req;
    end else if (req) begin
      {word2_q, left2_q} <= {req_word, req_len};
      open2_q          <= 1'b1;
    end
    bad_q <= bad_q || (rsp_valid && rsp_err);
    if (rst) begin
      open_q  <= 1'b0;
      open2_q <= 1'b0;
      bad_q   <= 1'b0;
    end
  end

  wire [12:0] end_4k = {1'b0, req_addr[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, req_len} << OFF_W);

  always @* begin
    assume(!rsp_valid || open_q);
    assume(!rsp_valid || (where[63:OFF_W] != word_q[63:OFF_W]) || (rsp_byte == value));
    assume(cmd_err != AXI_DATA);
    // The range of a command does not go round at the end of the addresses.
    assume(cmd_addr[63:16] != 48'hffffffffffff);
    if (!rst) begin
      inside_4k: assert(!req_valid || !end_4k[12]);
      not_too_long: assert(!req_valid || (req_len < MAX_BURST));
      two_bursts_at_most: assert(!(open2_q && req_valid && !end_burst));
    end
  end

  // ---- The bytes.

  wire [LEN_W:0]   pos;
  wire [LVL_W-1:0] level;
  wire [LVL_W+9:0] mark;
  wire [63:0]      pos_addr = cmd_addr + pos;

  follow #(
    .IN_BYTES (IN_BYTES),
    .OUT_BYTES(BYTES),
    .LEVEL_W  (LVL_W)
  ) u_follow (
    .clk(clk), .rst(rst),
    .in_fire (cmd_valid && cmd_ready),
    .in_data ({IN_BYTES{value}}),
    .in_off  ({LEN_W{1'b0}}),
    .in_cnt  ({1'b0, cmd_len}),
    .in_last (cmd_last),
    .in_err  (cmd_err),
    .in_lane ({OFF_W{1'b0}}),
    .in_pos  (pos), .in_may((pos == cmd_len) || (pos_addr == where)),
    .out_valid(m_valid), .out_ready(m_ready), .out_data(m_data), .out_off(m_off), .out_cnt(m_cnt),
    .out_last(m_last), .out_err((m_err == AXI_DATA) ? 5'd0 : m_err),
    .level(level), .mark(mark), .lane()
  );

  (* hierconn *) wire \dut.buf_s_ready ;

  always @* begin
    if (!rst) begin
      room_for_every_answer: assert(!rsp_valid || \dut.buf_s_ready );
      data_error_has_a_cause: assert(!(m_valid && m_last && (m_err == AXI_DATA)) || bad_q);
      error_only_at_the_end: assert(!m_valid || m_last || (m_err == 5'd0));
      across_bursts: cover(m_valid && mark[LVL_W+9] && !mark[LVL_W+8] && (mark[LVL_W-1:0] == 9'd2) &&
                           (value == 8'hc3) && open_q);
      empty_chain: cover(m_valid && m_last && (m_cnt == 0) && (m_err == 5'd7));
      error_answer: cover(m_valid && m_last && (m_err == AXI_DATA) && m_ready);
      two_open: cover(open2_q && m_valid);
    end
  end

endmodule

`default_nettype wire
