// vnet_wr_scatter: cuts the data words of write commands into windows
// SPDX-License-Identifier: Apache-2.0
//
// A command takes len bytes from the data words of its client, beginning at lane off of the present
// one. Its windows are known from off and len alone; they are made one ahead and wait for the data.
// If the command ends inside a word, the word stays for the next command; with eop it is used up.
//
//   8-byte bus   words       A B C D E F G H     I J K L M N O P
//   command 1    off 0 len 3 A B C                                  word stays
//   command 2    off 3 len 9       D E F G H     I J K L            word stays
//   command 3    off 4 len 2, eop                        M N        word used up
//
// Each command leaves as one packet for vnet_realign, beginning at the lane of its memory address.
//
// Latency:       command to window 2 cycles, data to window none.
// Throughput:    1 window per cycle, also across commands and clients.
// Back-pressure: s_cmd_ready is a register. s_dat_ready depends on registers and m_ready, never on
//                s_dat_valid.
// Errors:        none. s_cmd_len must be at least 1.
// Spec:          none.
`default_nettype none

module vnet_wr_scatter #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W = 64,
  // Clients.
  parameter integer N      = 3,
  // Width of the length in bytes.
  parameter integer LEN_W  = 20,
  // Derived: width of a lane number. Do not set.
  parameter integer OFF_W  = $clog2(DATA_W / 8)
) (
  input  wire                clk,
  input  wire                rst,

  // Commands; s_cmd_client has one bit per client, s_cmd_start is the lane of the memory address.
  input  wire                s_cmd_valid,
  output wire                s_cmd_ready,
  input  wire [N-1:0]        s_cmd_client,
  input  wire [OFF_W-1:0]    s_cmd_start,
  input  wire [OFF_W-1:0]    s_cmd_off,
  input  wire [LEN_W-1:0]    s_cmd_len,
  input  wire                s_cmd_eop,

  // Data words of the clients.
  input  wire [N-1:0]        s_dat_valid,
  output wire [N-1:0]        s_dat_ready,
  input  wire [DATA_W*N-1:0] s_dat_data,

  // Windows.
  output wire                m_valid,
  input  wire                m_ready,
  output reg  [DATA_W-1:0]   m_data,
  output wire [OFF_W-1:0]    m_off,
  output wire [OFF_W:0]      m_cnt,
  output wire [OFF_W-1:0]    m_start,
  output wire                m_last
);

  localparam integer END_W  = LEN_W + 1;
  localparam integer LEFT_W = END_W - OFF_W;

  vnet_param_check #(.OK(LEN_W > OFF_W)) u_len_w_must_be_wider_than_a_lane_number ();

  // A few commands ahead: the bursts of a command are announced to memory when it enters here.
  wire             cmd_valid;
  wire             cmd_ready;
  wire [N-1:0]     cmd_client;
  wire [OFF_W-1:0] cmd_start;
  wire [OFF_W-1:0] cmd_off;
  wire [LEN_W-1:0] cmd_len;
  wire             cmd_eop;
  wire [3:0]       cmd_level;
  wire             unused_ok = &{1'b0, cmd_level};

  vnet_fifo #(
    .W    (N + 2 * OFF_W + LEN_W + 1),
    .DEPTH(8)
  ) u_cmd (
    .clk    (clk),
    .rst    (rst),
    .s_valid(s_cmd_valid),
    .s_ready(s_cmd_ready),
    .s_data ({s_cmd_client, s_cmd_start, s_cmd_off, s_cmd_len, s_cmd_eop}),
    .m_valid(cmd_valid),
    .m_ready(cmd_ready),
    .m_data ({cmd_client, cmd_start, cmd_off, cmd_len, cmd_eop}),
    .level  (cmd_level)
  );

  // The last byte of the command, counted from lane 0 of its first word: how many words follow the
  // first, and the last lane of the last one.
  wire [END_W-1:0]  cmd_end  = {{(END_W - OFF_W){1'b0}}, cmd_off} + {1'b0, cmd_len} -
                               {{(END_W - 1){1'b0}}, 1'b1};
  wire [LEFT_W-1:0] cmd_left = cmd_end[END_W-1:OFF_W];
  wire [OFF_W-1:0]  cmd_top  = cmd_end[OFF_W-1:0];
  wire              cmd_one  = cmd_left == {LEFT_W{1'b0}};

  // The present window.
  reg              win_valid_q;
  reg [N-1:0]      win_client_q;
  reg [OFF_W-1:0]  win_start_q;
  reg [OFF_W-1:0]  win_off_q;
  reg [OFF_W-1:0]  win_top_q;     // last lane
  reg              win_last_q;
  reg              win_use_q;     // the word is used up
  // The rest of its command.
  reg [LEFT_W-1:0] left_q;
  reg [OFF_W-1:0]  end_top_q;
  reg              end_use_q;

  wire [LEFT_W-1:0] next_left = left_q - {{(LEFT_W - 1){1'b0}}, 1'b1};
  wire              next_last = next_left == {LEFT_W{1'b0}};
  wire              cmd_use   = cmd_eop || (cmd_top == {OFF_W{1'b1}});

  wire dat_valid = (s_dat_valid & win_client_q) != {N{1'b0}};
  wire advance   = dat_valid && m_ready;

  assign cmd_ready   = !win_valid_q || (advance && win_last_q);
  assign s_dat_ready = win_client_q & {N{win_valid_q && win_use_q && m_ready}};

  assign m_valid = win_valid_q && dat_valid;
  assign m_off   = win_off_q;
  assign m_cnt   = {1'b0, win_top_q} - {1'b0, win_off_q} + {{OFF_W{1'b0}}, 1'b1};
  assign m_start = win_start_q;
  assign m_last  = win_last_q;

  integer i;
  always @* begin
    m_data = {DATA_W{1'b0}};
    for (i = 0; i < N; i = i + 1) begin
      m_data = m_data | (s_dat_data[DATA_W*i +: DATA_W] & {DATA_W{win_client_q[i]}});
    end
  end

  always @(posedge clk) begin
    if (cmd_ready) begin
      win_valid_q  <= cmd_valid;
      win_client_q <= cmd_client;
      win_start_q  <= cmd_start;
      win_off_q    <= cmd_off;
      win_top_q    <= cmd_one ? cmd_top : {OFF_W{1'b1}};
      win_last_q   <= cmd_one;
      win_use_q    <= !cmd_one || cmd_use;
      left_q       <= cmd_left;
      end_top_q    <= cmd_top;
      end_use_q    <= cmd_use;
    end else if (advance) begin
      win_off_q    <= {OFF_W{1'b0}};
      win_top_q    <= next_last ? end_top_q : {OFF_W{1'b1}};
      win_last_q   <= next_last;
      win_use_q    <= !next_last || end_use_q;
      left_q       <= next_left;
    end
    if (rst) begin
      win_valid_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
