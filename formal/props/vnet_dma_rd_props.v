// vnet_dma_rd_props: the windows are exactly the bytes of the commands, in order; requests are legal and have room
// SPDX-License-Identifier: Apache-2.0
//
// What must come out is written down from the ports alone. Accepted commands wait in a list; the one in front, the
// bytes of it that are out, and the error answers so far of its chain say what the next window is: its lanes, last,
// err. Bus words are numbered in the order of the commands, and so are the windows with bytes. Memory is symbolic:
// the word at one address `where` is `value`, both free; the rest is anything. One word of a command that lies
// there is marked, chosen freely; the window of its number must carry that value. So this holds for all words.
//
// The invariants say where the numbers are: behind the window at the output the words in the response buffer, those
// that memory still has to answer, those in the request register, and the rest of the two commands in the splitter
// follow each other without a gap, each of these with its addresses. Numbers are modulo 2**NUM_W; never so many are
// under way.
`default_nettype none

module vnet_dma_rd_props #(
  parameter integer DATA_W = 64,
  parameter integer LEN_W  = 14
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
  localparam integer WORDS_W   = LEN_W + 1 - OFF_W;
  localparam integer SUM_W     = ((LEN_W > 14) ? LEN_W : 14) + 1;
  // Width of a number, see below: the splitter can hold two times as many words as its registers count, and there is
  // as much distance again.
  localparam integer NUM_W     = SUM_W - OFF_W + 3;
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

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(72)) u_req_rules (
    .clk(clk), .rst(rst), .valid(req_valid), .ready(req_ready), .payload({req_addr, req_len})
  );
  stream_rules #(.W(DATA_W + 2 * OFF_W + 7)) u_out_rules (
    .clk(clk), .rst(rst), .valid(m_valid), .ready(m_ready),
    .payload({m_data, m_off, m_cnt, m_last, m_err})
  );

  wire cmd = cmd_valid && cmd_ready;
  wire req = req_valid && req_ready;
  wire out = m_valid && m_ready;

  // ---- Symbolic memory behind the request port: two bursts open at most, answered in order. A reset ends what is
  // under way in it, too, as that of the bus does.

  (* anyconst *) reg [63:OFF_W]   where;
  (* anyconst *) reg [DATA_W-1:0] value;

  reg [63:OFF_W] word_q;       // address of the next word of the burst in front
  reg [7:0]      left_q;       // words of it behind that one
  reg            open_q;
  reg [63:OFF_W] word2_q;      // the burst behind it
  reg [7:0]      left2_q;
  reg            open2_q;

  wire end_burst = rsp_valid && rsp_last;

  assign rsp_last = left_q == 8'd0;

  always @(posedge clk) begin
    if (rsp_valid) begin
      word_q <= word_q + 1'b1;
      left_q <= left_q - 8'd1;
    end
    if (end_burst || !open_q) begin
      {word_q, left_q} <= open2_q ? {word2_q, left2_q} : {req_addr[63:OFF_W], req_len};
      open_q           <= open2_q || req;
      {word2_q, left2_q} <= {req_addr[63:OFF_W], req_len};
      open2_q          <= open2_q && req;
    end else if (req) begin
      {word2_q, left2_q} <= {req_addr[63:OFF_W], req_len};
      open2_q          <= 1'b1;
    end
    if (rst) begin
      open_q  <= 1'b0;
      open2_q <= 1'b0;
    end
  end

  always @* begin
    // Only what was requested is answered: see the proof of vnet_axi_rd.
    assume(!rsp_valid || open_q);
    // The memory itself. With an error answer the data are anything.
    assume(!rsp_valid || rsp_err || (word_q != where) || (rsp_data == value));
  end

  (* hierconn *) wire                  \dut.ask ;
  (* hierconn *) wire                  \dut.buf_s_ready ;
  (* hierconn *) wire [7:0]            \dut.u_split.beats_m1_q ;

  // ---- The list of commands, each with the number of its first word. 17 at most are inside: 16 in the list of the
  // design, one at the output.

  reg [OFF_W-1:0] lane_q [0:31];
  reg [LEN_W-1:0] len_q  [0:31];
  reg [5:0]       side_q [0:31];       // {last, err}
  reg [NUM_W-1:0] num_q  [0:31];       // of its first word
  reg [NUM_W-1:0] end_q  [0:31];       // of its last word, if it has one
  reg [4:0]       wr_q;
  reg [4:0]       rd_q;

  reg [NUM_W-1:0] in_q;                // words of all commands so far
  reg [NUM_W-1:0] ask_q;               // words of all bursts so far
  reg [NUM_W-1:0] req_q;               // words requested so far
  reg [NUM_W-1:0] rsp_q;               // words answered so far
  reg [NUM_W-1:0] out_q;               // words that are out
  reg [7:0]       bad_q;               // which of the last words were answered with an error, by number
  reg [LEN_W-1:0] given_q;             // bytes of the command in front that are out
  reg             fail_q;              // a word of its chain that is out was answered with an error

  wire [LEN_W:0]   cmd_top   = {1'b0, cmd_len} + cmd_addr[OFF_W-1:0] - 1'b1;
  wire [NUM_W-1:0] cmd_words = (cmd_len == {LEN_W{1'b0}}) ? 0 : (cmd_top >> OFF_W) + 1;

  // The window that the command in front has to give next.
  wire [OFF_W-1:0] front_lane = lane_q[rd_q];
  wire [LEN_W-1:0] front_len  = len_q[rd_q];
  wire             front_last;
  wire [4:0]       front_err;
  assign {front_last, front_err} = side_q[rd_q];

  wire             some      = front_len != {LEN_W{1'b0}};
  wire [OFF_W-1:0] want_off  = (given_q == {LEN_W{1'b0}}) ? front_lane : {OFF_W{1'b0}};
  wire [LEN_W-1:0] rest      = front_len - given_q;
  wire [OFF_W:0]   room      = BYTES - want_off;
  wire [OFF_W:0]   want_cnt  = (rest < room) ? rest[OFF_W:0] : room;
  wire             done      = rest == want_cnt;
  wire             want_last = front_last && done;
  wire             bad       = some && bad_q[out_q[2:0]];
  wire             fail      = fail_q || bad;
  wire [4:0]       want_err  = !want_last            ? 5'd0
                             : (front_err != 5'd0)   ? front_err
                             : fail                  ? AXI_DATA : 5'd0;

  // The same state behind that window.
  wire [4:0]       next_rd    = rd_q + done;
  wire [LEN_W-1:0] next_given = done ? {LEN_W{1'b0}} : given_q + want_cnt;
  wire             next_fail  = fail && !want_last;
  wire [NUM_W-1:0] next_out   = out_q + some;

  // The marked word.
  (* anyseq *) reg             pick;
  (* anyseq *) reg [NUM_W-1:0] pick_word;

  reg             marked_q;
  reg [NUM_W-1:0] mark_q;

  wire mark_out = marked_q && some && (mark_q == out_q);

  always @(posedge clk) begin
    if (cmd) begin
      lane_q[wr_q] <= cmd_addr[OFF_W-1:0];
      len_q[wr_q]  <= cmd_len;
      side_q[wr_q] <= {cmd_last, cmd_err};
      num_q[wr_q]  <= in_q;
      end_q[wr_q]  <= in_q + (cmd_top >> OFF_W);
      wr_q         <= wr_q + 5'd1;
      in_q         <= in_q + cmd_words;
    end
    if (\dut.ask ) begin
      ask_q <= ask_q + \dut.u_split.beats_m1_q + 1'b1;
    end
    if (req) begin
      req_q <= req_q + req_len + 1'b1;
    end
    if (rsp_valid) begin
      rsp_q             <= rsp_q + 1'b1;
      bad_q[rsp_q[2:0]] <= rsp_err;
    end
    if (out) begin
      rd_q    <= next_rd;
      given_q <= next_given;
      fail_q  <= next_fail;
      out_q   <= next_out;
    end
    if (mark_out && out) begin
      marked_q <= 1'b0;
    end else if (!marked_q && cmd && pick && (pick_word < cmd_words) && (cmd_addr[63:OFF_W] + pick_word == where)) begin
      marked_q <= 1'b1;
      mark_q   <= in_q + pick_word;
    end
    if (rst) begin
      wr_q     <= 5'd0;
      rd_q     <= 5'd0;
      in_q     <= {NUM_W{1'b0}};
      ask_q    <= {NUM_W{1'b0}};
      req_q    <= {NUM_W{1'b0}};
      rsp_q    <= {NUM_W{1'b0}};
      out_q    <= {NUM_W{1'b0}};
      given_q  <= {LEN_W{1'b0}};
      fail_q   <= 1'b0;
      marked_q <= 1'b0;
    end
  end

  wire [12:0]      end_4k    = {1'b0, req_addr[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, req_len} << OFF_W);
  wire [4:0]       inside    = wr_q - rd_q;
  wire [LEN_W:0]   front_at  = {1'b0, given_q} + front_lane;
  wire [NUM_W-1:0] front_num = num_q[rd_q] + (front_at >> OFF_W);

  always @* begin
    if (!rst) begin
      inside_4k: assert(!req_valid || !end_4k[12]);
      not_too_long: assert(!req_valid || (req_len < MAX_BURST));
      two_bursts_at_most: assert({1'b0, open_q} + open2_q + req_valid <= 2'd2);
      room_for_every_answer: assert(!rsp_valid || \dut.buf_s_ready );
      list_holds_all: assert(inside <= 5'd17);
      if (m_valid) begin
        nothing_invented: assert(inside != 5'd0);
        begins_at_its_lane: assert(m_off == want_off);
        bytes_of_the_command: assert(m_cnt == want_cnt);
        last_is_the_end: assert(m_last == want_last);
        err_exact: assert(m_err == want_err);
        word_of_its_number: assert(!some || (out_q == front_num));
        bytes_of_memory: assert(!mark_out || bad || (m_data == value));
      end
    end
  end

  // ---- The registers of the design.

  localparam integer META_W  = OFF_W + LEN_W + 8;
  localparam integer BEAT_W  = $clog2(MAX_BURST);
  localparam integer BLOCK_W = OFF_W + BEAT_W;
  localparam integer LEFT_W  = SUM_W - BLOCK_W;
  localparam [7:0]   TOP     = MAX_BURST - 1;

  (* hierconn *) wire [9:0]           \dut.free_q ;
  (* hierconn *) wire [1:0]           \dut.open_q ;
  (* hierconn *) wire                 \dut.freed_q ;
  (* hierconn *) wire                 \dut.first_q ;
  (* hierconn *) wire [WORDS_W-1:0]   \dut.left_q ;
  (* hierconn *) wire                 \dut.fail_q ;
  (* hierconn *) wire                 \dut.u_split.cmd_valid_q ;
  (* hierconn *) wire [63:0]          \dut.u_split.cmd_addr_q ;
  (* hierconn *) wire [SUM_W-1:OFF_W] \dut.u_split.cmd_end_q ;
  (* hierconn *) wire                 \dut.u_split.valid_q ;
  (* hierconn *) wire [63:0]          \dut.u_split.addr_q ;
  (* hierconn *) wire                 \dut.u_split.last_q ;
  (* hierconn *) wire [LEFT_W-1:0]    \dut.u_split.left_q ;
  (* hierconn *) wire [7:0]           \dut.u_split.end_word_q ;
  (* hierconn *) wire [4:0]           \dut.u_meta.wr_ptr_q ;
  (* hierconn *) wire [4:0]           \dut.u_meta.rd_ptr_q ;
  (* hierconn *) wire [2:0]           \dut.buf_level ;
  (* hierconn *) wire [2:0]           \dut.u_buf.rd_ptr_q ;
  (* hierconn *) wire                 \dut.u_buf.read_q ;
  (* hierconn *) wire [1:0]           \dut.u_buf.ahead_q ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.ram_data ;
  (* hierconn *) wire [2:0]           \dut.u_buf.out_level ;
  (* hierconn *) wire [2:0]           \dut.u_buf.u_out.rd_ptr_q ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_mem.mem[0] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_mem.mem[1] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_mem.mem[2] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_mem.mem[3] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_out.u_mem.mem[0] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_out.u_mem.mem[1] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_out.u_mem.mem[2] ;
  (* hierconn *) wire [DATA_W:0]      \dut.u_buf.u_out.u_mem.mem[3] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[0] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[1] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[2] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[3] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[4] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[5] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[6] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[7] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[8] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[9] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[10] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[11] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[12] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[13] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[14] ;
  (* hierconn *) wire [META_W-1:0]    \dut.u_meta.u_mem.mem[15] ;

  wire [16*META_W-1:0] metas = {
    \dut.u_meta.u_mem.mem[15] , \dut.u_meta.u_mem.mem[14] , \dut.u_meta.u_mem.mem[13] , \dut.u_meta.u_mem.mem[12] ,
    \dut.u_meta.u_mem.mem[11] , \dut.u_meta.u_mem.mem[10] , \dut.u_meta.u_mem.mem[9] , \dut.u_meta.u_mem.mem[8] ,
    \dut.u_meta.u_mem.mem[7] , \dut.u_meta.u_mem.mem[6] , \dut.u_meta.u_mem.mem[5] , \dut.u_meta.u_mem.mem[4] ,
    \dut.u_meta.u_mem.mem[3] , \dut.u_meta.u_mem.mem[2] , \dut.u_meta.u_mem.mem[1] , \dut.u_meta.u_mem.mem[0]
  };

  // The list of the design begins with the command of the next window: behind the one at the output.
  wire [4:0]       meta_rd    = \dut.u_meta.rd_ptr_q ;
  wire [4:0]       meta_n     = wr_q - meta_rd;
  wire [LEN_W-1:0] meta_given = m_valid ? next_given : given_q;
  wire [NUM_W-1:0] meta_out   = m_valid ? next_out : out_q;
  wire [OFF_W-1:0] meta_lane  = lane_q[meta_rd];
  wire [LEN_W-1:0] meta_len   = len_q[meta_rd];
  wire [LEN_W:0]   meta_at    = {1'b0, meta_given} + meta_lane;
  wire [LEN_W:0]   meta_top   = {1'b0, meta_len} + meta_lane - 1'b1;
  wire [NUM_W-1:0] meta_left  = \dut.first_q ? 0 : \dut.left_q ;
  wire [NUM_W-1:0] meta_num   = (meta_n == 5'd0) ? in_q : \dut.first_q ? num_q[meta_rd] : end_q[meta_rd];

  // Each command stands in it as it was given, and its words are numbered behind those of the one before.
  wire [31:0] same;
  wire [31:0] ends;
  wire [31:0] numbered;
  genvar g;
  generate
    for (g = 0; g < 32; g = g + 1) begin : g_meta
      wire [4:0]        pos    = g - meta_rd;
      wire              used   = pos < meta_n;
      wire [LEN_W:0]    top    = {1'b0, len_q[g]} + lane_q[g] - 1'b1;
      wire              empty  = len_q[g] == {LEN_W{1'b0}};
      wire [META_W-1:0] entry  = metas[META_W*(g%16) +: META_W];
      wire [NUM_W-1:0]  more   = entry[META_W-2-OFF_W -: WORDS_W];
      wire [NUM_W-1:0]  behind = entry[META_W-1] ? num_q[g] : end_q[g] + 1'b1;
      wire [NUM_W-1:0]  next   = (wr_q == (g + 1) % 32) ? in_q : num_q[(g + 1) % 32];
      assign same[g]     = !used || (entry == {empty, lane_q[g], top, side_q[g]});
      assign ends[g]     = !used || (num_q[g] + more == end_q[g]);
      assign numbered[g] = !used || (behind == next);
    end
  endgenerate

  // Words in each place, and the sum up to there.
  wire [7:0]       wait_begin = (\dut.u_split.cmd_addr_q >> OFF_W) & TOP;
  wire [7:0]       cut_begin  = (\dut.u_split.addr_q >> OFF_W) & TOP;
  wire [NUM_W-1:0] cut_end    = {\dut.u_split.left_q , {BEAT_W{1'b0}}} + \dut.u_split.end_word_q ;
  wire [3:0]       way_n      = \dut.u_buf.out_level + \dut.u_buf.read_q ;
  wire [3:0]       buf_n      = way_n + \dut.buf_level ;
  wire [NUM_W-1:0] open_n     = open_q ? left_q + 1 : 0;
  wire [NUM_W-1:0] open2_n    = open2_q ? left2_q + 1 : 0;
  wire [NUM_W-1:0] req_n      = req_valid ? req_len + 1 : 0;
  wire [NUM_W-1:0] cut_n      = \dut.u_split.valid_q ? cut_end - cut_begin + 1 : 0;
  wire [NUM_W-1:0] wait_n     = \dut.u_split.cmd_valid_q ? \dut.u_split.cmd_end_q - wait_begin + 1 : 0;
  wire                to_out  = m_valid && some;

  // Words in the response buffer, by place from its output on.
  wire [4*(DATA_W+1)-1:0] out_words = {\dut.u_buf.u_out.u_mem.mem[3] , \dut.u_buf.u_out.u_mem.mem[2] ,
                                       \dut.u_buf.u_out.u_mem.mem[1] , \dut.u_buf.u_out.u_mem.mem[0] };
  wire [4*(DATA_W+1)-1:0] ram_words = {\dut.u_buf.u_mem.mem[3] , \dut.u_buf.u_mem.mem[2] ,
                                       \dut.u_buf.u_mem.mem[1] , \dut.u_buf.u_mem.mem[0] };
  wire [4*(DATA_W+1)-1:0] stored;
  wire [3:0]              stored_bad;
  generate
    for (g = 0; g < 4; g = g + 1) begin : g_stored
      wire [1:0] out_place = \dut.u_buf.u_out.rd_ptr_q + g;
      wire [1:0] ram_place = \dut.u_buf.rd_ptr_q + (g - way_n);
      wire [2:0] number    = meta_out + g;
      assign stored[(DATA_W+1)*g +: DATA_W+1] =
        (g < \dut.u_buf.out_level ) ? out_words[(DATA_W+1)*out_place +: DATA_W+1] :
        (g < way_n)                 ? \dut.u_buf.ram_data : ram_words[(DATA_W+1)*ram_place +: DATA_W+1];
      assign stored_bad[g] = !(g < buf_n) || (stored[(DATA_W+1)*g + DATA_W] == bad_q[number]);
    end
  endgenerate

  // The marked word, or where it will be read: how far it is behind the first word of each place.
  wire [NUM_W-1:0]  from_out   = mark_q - out_q;
  wire [NUM_W-1:0]  from_open  = mark_q - rsp_q;
  wire [NUM_W-1:0]  from_open2 = mark_q - (rsp_q + open_n);
  wire [NUM_W-1:0]  from_req   = mark_q - req_q;
  wire [NUM_W-1:0]  from_cut   = mark_q - ask_q;
  wire [NUM_W-1:0]  from_wait  = mark_q - (ask_q + cut_n);
  wire [1:0]        mark_at    = from_out - to_out;
  wire [DATA_W-1:0] mark_word  = (from_out < to_out) ? m_data : stored[(DATA_W+1)*mark_at +: DATA_W];
  wire [63:OFF_W]   at_open    = word_q + from_open;
  wire [63:OFF_W]   at_open2   = word2_q + from_open2;
  wire [63:OFF_W]   at_req     = req_addr[63:OFF_W] + from_req;
  wire [63:OFF_W]   at_cut     = \dut.u_split.addr_q [63:OFF_W] + from_cut;
  wire [63:OFF_W]   at_wait    = \dut.u_split.cmd_addr_q [63:OFF_W] + from_wait;
  wire [NUM_W-1:0]  words_in   = in_q - out_q;

  always @* begin
    if (!rst) begin
      inv_list: assert((\dut.u_meta.wr_ptr_q == wr_q) && (meta_rd == (m_valid ? next_rd : rd_q)) && (meta_n <= 5'd16));
      inv_same: assert(same == 32'hffffffff);
      inv_ends: assert(ends == 32'hffffffff);
      inv_numbered: assert(numbered == 32'hffffffff);
      inv_window: assert((\dut.first_q == (meta_given == 0)) && (\dut.fail_q == (m_valid ? next_fail : fail_q)));
      inv_left: assert(\dut.first_q || ((meta_at[OFF_W-1:0] == 0) && (meta_n != 5'd0) && (meta_given < meta_len) &&
                                        (\dut.left_q == (meta_top >> OFF_W) - (meta_at >> OFF_W))));
      inv_given: assert((given_q == 0) || ((given_q < front_len) && (front_at[OFF_W-1:0] == 0)));
      inv_meta_num: assert(meta_out + meta_left == meta_num);
      inv_split: assert(!\dut.u_split.valid_q ||
                        ((\dut.u_split.last_q == (\dut.u_split.left_q == 0)) && (\dut.u_split.end_word_q <= TOP) &&
                         (\dut.u_split.beats_m1_q == (\dut.u_split.last_q ? \dut.u_split.end_word_q : TOP) - cut_begin) &&
                         (cut_begin + \dut.u_split.beats_m1_q <= TOP)));
      inv_wait: assert(!\dut.u_split.cmd_valid_q || (\dut.u_split.cmd_end_q >= wait_begin));
      inv_req: assert(!req_valid || ((req_len <= TOP) && (((req_addr >> OFF_W) & TOP) + req_len <= TOP)));
      inv_open: assert((\dut.open_q == open_q + open2_q + req_valid) && (open_q || !open2_q) &&
                       (!open_q || (left_q <= TOP)) && (!open2_q || (left2_q <= TOP)));
      inv_credits: assert(\dut.free_q + \dut.freed_q + buf_n + open_n + open2_n + req_n == BUF);
      inv_free: assert(\dut.free_q <= BUF);
      inv_buf: assert((\dut.u_buf.ahead_q == way_n) && (\dut.buf_level <= BUF) && (buf_n <= BUF));
      inv_answered: assert(rsp_q == out_q + to_out + buf_n);
      inv_requested: assert(req_q == rsp_q + open_n + open2_n);
      inv_asked: assert(ask_q == req_q + req_n);
      inv_in: assert(in_q == ask_q + cut_n + wait_n);
      inv_distance: assert(!words_in[NUM_W-1]);
      inv_bad: assert(stored_bad == 4'hf);
      inv_mark: assert(!marked_q || (from_out < words_in));
      inv_mark_word: assert(!marked_q || (from_out >= to_out + buf_n) || bad_q[mark_q[2:0]] || (mark_word == value));
      inv_mark_open: assert(!marked_q || (from_open >= open_n) || (at_open == where));
      inv_mark_open2: assert(!marked_q || (from_open2 >= open2_n) || (at_open2 == where));
      inv_mark_req: assert(!marked_q || (from_req >= req_n) || (at_req == where));
      inv_mark_cut: assert(!marked_q || (from_cut >= cut_n) || (at_cut == where));
      inv_mark_wait: assert(!marked_q || (from_wait >= wait_n) || (at_wait == where));
    end
  end

  // ---- What happens.

  reg clean_q;       // a chain with an error answer is out

  always @(posedge clk) begin
    clean_q <= !rst && (clean_q || (out && m_last && fail));
  end

  always @* begin
    if (!rst) begin
      across_bursts: cover(m_valid && mark_out && (given_q > BYTES) && !done && open_q);
      last_bytes: cover(m_valid && mark_out && (given_q > BYTES) && done && (m_cnt == 1) && !m_last);
      empty_chain: cover(m_valid && m_last && (m_cnt == 0) && (m_err == 5'd7));
      error_answer: cover(m_valid && m_last && (m_err == AXI_DATA) && (front_err == 0) && bad);
      error_of_an_earlier_word: cover(m_valid && m_last && (m_err == AXI_DATA) && (front_err == 0) && !bad);
      clean_behind_an_error: cover(clean_q && m_valid && m_last && (m_cnt != 0) && (m_err == 5'd0));
      two_open: cover(open2_q && m_valid);
      waits_for_room: cover(\dut.u_split.valid_q && (\dut.free_q == 0) && !\dut.open_q [1]);
    end
  end

endmodule

`default_nettype wire
