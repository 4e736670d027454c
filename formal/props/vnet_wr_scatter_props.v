// vnet_wr_scatter_props: the windows of a write command cover exactly its bytes in the words of its client
// SPDX-License-Identifier: Apache-2.0
//
// One command is followed, chosen freely, with any client, lanes and length. Its bytes are counted: the first window
// begins at lane off of the word that its client offers, the next ones at lane 0 of the words behind it, and each
// reaches to the end of its word or of the command. A word is used up with its last lane, or by a command with eop
// that ends in it; otherwise the next command finds it again. No word of another client is taken.
`default_nettype none

module vnet_wr_scatter_props #(
  parameter integer DATA_W = 64,
  parameter integer LEN_W  = 20,
  // Derived.
  parameter integer OFF_W  = $clog2(DATA_W / 8)
) (
  input wire                clk,
  input wire                rst,
  input wire                cmd_valid,
  input wire [1:0]          cmd_client,
  input wire [OFF_W-1:0]    cmd_start,
  input wire [OFF_W-1:0]    cmd_off,
  input wire [LEN_W-1:0]    cmd_len,
  input wire                cmd_eop,
  input wire [1:0]          dat_valid,
  input wire [DATA_W*2-1:0] dat_data,
  input wire                m_ready
);

  localparam integer BYTES = DATA_W / 8;
  localparam integer CMD_W = 2 + 2 * OFF_W + LEN_W + 1;

  wire              cmd_ready;
  wire [1:0]        dat_ready;
  wire              m_valid;
  wire [DATA_W-1:0] m_data;
  wire [OFF_W-1:0]  m_off;
  wire [OFF_W:0]    m_cnt;
  wire [OFF_W-1:0]  m_start;
  wire              m_last;

  vnet_wr_scatter #(
    .DATA_W(DATA_W),
    .N     (2),
    .LEN_W (LEN_W)
  ) dut (
    .clk         (clk),
    .rst         (rst),
    .s_cmd_valid (cmd_valid),
    .s_cmd_ready (cmd_ready),
    .s_cmd_client(cmd_client),
    .s_cmd_start (cmd_start),
    .s_cmd_off   (cmd_off),
    .s_cmd_len   (cmd_len),
    .s_cmd_eop   (cmd_eop),
    .s_dat_valid (dat_valid),
    .s_dat_ready (dat_ready),
    .s_dat_data  (dat_data),
    .m_valid     (m_valid),
    .m_ready     (m_ready),
    .m_data      (m_data),
    .m_off       (m_off),
    .m_cnt       (m_cnt),
    .m_start     (m_start),
    .m_last      (m_last)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(DATA_W), .ASSUME(1)) u_dat0 (
    .clk(clk), .rst(rst), .valid(dat_valid[0]), .ready(dat_ready[0]), .payload(dat_data[DATA_W-1:0])
  );
  stream_rules #(.W(DATA_W), .ASSUME(1)) u_dat1 (
    .clk(clk), .rst(rst), .valid(dat_valid[1]), .ready(dat_ready[1]), .payload(dat_data[2*DATA_W-1:DATA_W])
  );

  // ---- The followed command: lane of its next byte, and how many bytes are left.

  (* anyseq *) reg pick;

  reg             marked_q;
  reg [3:0]       ahead_q;      // commands before it
  reg             client_q;
  reg [OFF_W-1:0] start_q;
  reg [OFF_W-1:0] lane_q;
  reg [LEN_W-1:0] rest_q;
  reg             eop_q;
  reg             later_q;      // a window of it has left
  reg [3:0]       level_q;      // commands inside
  reg             there_q;      // one of them was there in the cycle before

  wire             in    = cmd_valid && cmd_ready;
  wire             out   = m_valid && m_ready;
  wire             gone  = out && m_last;
  wire             front = marked_q && (ahead_q == 4'd0);
  wire             mine  = front && m_valid;

  wire [OFF_W:0]   space = BYTES - lane_q;
  wire [OFF_W:0]   count = (rest_q < space) ? rest_q[OFF_W:0] : space;
  wire             ends  = count == rest_q;
  wire             used  = (count == space) || (ends && eop_q);
  wire [1:0]       taken = dat_valid & dat_ready;

  stream_rules #(.W(DATA_W + 3 * OFF_W + 2)) u_windows (
    .clk(clk), .rst(rst), .valid(mine), .ready(m_ready), .payload({m_data, m_off, m_cnt, m_start, m_last})
  );

  always @(posedge clk) begin
    level_q <= level_q + in - gone;
    there_q <= level_q - gone != 4'd0;
    if (marked_q && (ahead_q != 4'd0)) begin
      ahead_q <= ahead_q - gone;
    end
    if (mine && out) begin
      marked_q <= !ends;
      lane_q   <= {OFF_W{1'b0}};
      rest_q   <= rest_q - count;
      later_q  <= 1'b1;
    end
    if (!marked_q && in && pick) begin
      marked_q <= 1'b1;
      ahead_q  <= level_q - gone;
      client_q <= cmd_client[1];
      start_q  <= cmd_start;
      lane_q   <= cmd_off;
      rest_q   <= cmd_len;
      eop_q    <= cmd_eop;
      later_q  <= 1'b0;
    end
    if (rst) begin
      marked_q <= 1'b0;
      level_q  <= 4'd0;
      there_q  <= 1'b0;
    end
  end

  always @* begin
    assume((cmd_client == 2'd1) || (cmd_client == 2'd2));
    assume(cmd_len != {LEN_W{1'b0}});
    if (!rst) begin
      ready_until_full: assert(cmd_ready == (level_q < (there_q ? 4'd9 : 4'd8)));
      nothing_invented: assert(!m_valid || (level_q != 4'd0));
      word_leaves_with_its_window: assert(out || (taken == 2'd0));
      if (front && there_q) begin
        window_as_soon_as_data: assert(m_valid == dat_valid[client_q]);
      end
      if (mine) begin
        begins_at_the_next_byte: assert(m_off == lane_q);
        to_the_end_of_word_or_command: assert(m_cnt == count);
        last_with_the_last_byte: assert(m_last == ends);
        start_of_the_command: assert(m_start == start_q);
        word_of_the_client: assert(m_data == (client_q ? dat_data[2*DATA_W-1:DATA_W] : dat_data[DATA_W-1:0]));
        used_up_exactly: assert(!out || (taken == {used && client_q, used && !client_q}));
      end
    end
  end

  // ---- The registers of the design.

  localparam integer LEFT_W = LEN_W + 1 - OFF_W;

  (* hierconn *) wire              \dut.win_valid_q ;
  (* hierconn *) wire [1:0]        \dut.win_client_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_start_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_off_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.win_top_q ;
  (* hierconn *) wire              \dut.win_last_q ;
  (* hierconn *) wire              \dut.win_use_q ;
  (* hierconn *) wire [LEFT_W-1:0] \dut.left_q ;
  (* hierconn *) wire [OFF_W-1:0]  \dut.end_top_q ;
  (* hierconn *) wire              \dut.end_use_q ;
  (* hierconn *) wire [3:0]        \dut.cmd_level ;
  (* hierconn *) wire [3:0]        \dut.u_cmd.rd_ptr_q ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[0] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[1] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[2] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[3] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[4] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[5] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[6] ;
  (* hierconn *) wire [CMD_W-1:0]  \dut.u_cmd.u_mem.mem[7] ;

  wire [8*CMD_W-1:0] words  = {\dut.u_cmd.u_mem.mem[7] , \dut.u_cmd.u_mem.mem[6] , \dut.u_cmd.u_mem.mem[5] ,
                               \dut.u_cmd.u_mem.mem[4] , \dut.u_cmd.u_mem.mem[3] , \dut.u_cmd.u_mem.mem[2] ,
                               \dut.u_cmd.u_mem.mem[1] , \dut.u_cmd.u_mem.mem[0] };
  wire [2:0]         place  = \dut.u_cmd.rd_ptr_q + ahead_q - \dut.win_valid_q ;
  wire [CMD_W-1:0]   stored = words >> (CMD_W * place);
  wire [1:0]         client = {client_q, !client_q};
  // The last byte of the command, counted from lane 0 of the present word.
  wire [LEN_W:0]     last_byte = {1'b0, rest_q} + lane_q - 1'b1;
  wire               end_use   = eop_q || (last_byte[OFF_W-1:0] == {OFF_W{1'b1}});

  always @* begin
    if (!rst) begin
      inv_level: assert((level_q == \dut.win_valid_q + \dut.cmd_level ) && (\dut.cmd_level <= 4'd8));
      inv_there: assert(there_q == \dut.win_valid_q );
      inv_ahead: assert(!marked_q || ((ahead_q < level_q) && (rest_q != {LEN_W{1'b0}})));
      if (front && \dut.win_valid_q ) begin
        inv_window: assert((\dut.win_client_q == client) && (\dut.win_start_q == start_q) &&
                           (\dut.win_off_q == lane_q) && (\dut.win_last_q == ends) && (\dut.win_use_q == used) &&
                           (\dut.win_top_q == (ends ? last_byte[OFF_W-1:0] : {OFF_W{1'b1}})));
        inv_rest: assert((\dut.left_q == last_byte[LEN_W:OFF_W]) && (\dut.end_top_q == last_byte[OFF_W-1:0]) &&
                         (\dut.end_use_q == end_use));
      end else if (marked_q) begin
        inv_stored: assert((stored == {client, start_q, lane_q, rest_q, eop_q}) && !later_q);
      end
    end
  end

  always @* begin
    if (!rst) begin
      word_stays: cover(mine && out && ends && (taken == 2'd0) && (lane_q != 0) && !later_q);
      eop_inside_a_word: cover(mine && out && ends && (taken == 2'd2) && (count != space) && later_q);
      three_windows: cover(mine && !later_q && (rest_q > 2 * BYTES) && (lane_q == BYTES - 1));
      single_byte: cover(mine && (rest_q == 1) && (lane_q == BYTES - 1) && !later_q && !eop_q);
      full: cover(!cmd_ready && marked_q && (ahead_q == 4'd8));
    end
  end

endmodule

`default_nettype wire
