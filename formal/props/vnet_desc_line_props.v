// vnet_desc_line_props: each request brings one line, in order: the words that were asked for, at their halves (64 bit)
// SPDX-License-Identifier: Apache-2.0
//
// vnet_desc_issue asks for the lower half of a line, the upper half, or both; memory answers the words of one request
// after the other, each with any data and error mark, at any pace. What goes into the line FIFO is one line for each
// request, in order (any request is followed), with the words at their halves, and the error mark if one of its words had
// it; nothing without a request. There is always room for it, as vnet_desc_issue asks for no more lines
// (vnet_desc_issue_props), and the FIFO keeps them in order (vnet_fifo_deep_props).
`default_nettype none

module vnet_desc_line_props (
  input wire        clk,
  input wire        rst,
  input wire        request,
  input wire        high,
  input wire        low_only,
  input wire        rsp_valid,
  input wire [63:0] rsp_data,
  input wire        rsp_err,
  input wire        line_ready
);

  localparam integer LINES = 4;

  wire         line_valid;
  wire [127:0] line_data;
  wire         line_err;
  wire         rsp_last;

  vnet_desc_line #(
    .DATA_W        (64),
    .RD_OUTSTANDING(LINES)
  ) dut (
    .clk          (clk),
    .rst          (rst),
    .evt_request  (request),
    .request_start(high),
    .s_rsp_valid  (rsp_valid),
    .s_rsp_data   (rsp_data),
    .s_rsp_last   (rsp_last),
    .s_rsp_err    (rsp_err),
    .m_line_valid (line_valid),
    .m_line_ready (line_ready),
    .m_line_data  (line_data),
    .m_line_err   (line_err)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  (* hierconn *) wire         \dut.line_valid ;
  (* hierconn *) wire         \dut.line_ready ;
  (* hierconn *) wire [127:0] \dut.line_data ;
  (* hierconn *) wire         \dut.line_err ;
  (* hierconn *) wire [2:0]   \dut.line_level ;
  (* hierconn *) wire [1:0]   \dut.u_line.ahead_q ;
  (* hierconn *) wire         \dut.g_two_beats.start_valid ;
  (* hierconn *) wire         \dut.g_two_beats.start_high ;
  (* hierconn *) wire         \dut.g_two_beats.start_ready ;
  (* hierconn *) wire [2:0]   \dut.g_two_beats.start_level ;
  (* hierconn *) wire         \dut.g_two_beats.first_q ;
  (* hierconn *) wire [63:0]  \dut.g_two_beats.low_q ;
  (* hierconn *) wire         \dut.g_two_beats.err_q ;

  // ---- Requests that are not answered, the oldest first: which halves.

  reg  [3:0]  high_q;
  reg  [3:0]  low_q;
  reg  [2:0]  open_q;
  reg         second_q;            // the lower half of a line of two words is here
  reg  [63:0] half_q;
  reg         half_err_q;
  reg  [2:0]  places_q;            // requests, and lines that wait

  wire       both  = high_q[0] && low_q[0];
  wire       eob   = rsp_valid && rsp_last;
  wire [2:0] at    = open_q - eob;

  // The memory answers as many words as were asked for.
  assign rsp_last = !both || second_q;

  integer x;
  always @(posedge clk) begin
    open_q   <= open_q + request - eob;
    places_q <= places_q + request - (line_valid && line_ready);
    if (eob) begin
      high_q <= high_q >> 1;
      low_q  <= low_q >> 1;
    end
    for (x = 0; x < 4; x = x + 1) begin
      if (request && (at == x)) begin
        high_q[x] <= high || !low_only;
        low_q[x]  <= !high;
      end
    end
    if (rsp_valid) begin
      second_q   <= !rsp_last;
      half_q     <= rsp_data;
      half_err_q <= rsp_err;
    end
    if (rst) begin
      open_q   <= 3'd0;
      second_q <= 1'b0;
      places_q <= 3'd0;
    end
  end

  // ---- The bits of the requests in the design: a FIFO of the same order (vnet_fifo_props).

  wire [3:0] starts;
  assign starts = high_q & ~low_q;

  always @* begin
    // Answers follow requests: vnet_axi_rd_props. A request is answered some cycles after it was told.
    assume(!rsp_valid || (open_q != 3'd0));
    // vnet_desc_issue_props: room_for_every_line.
    assume(!request || (places_q < LINES));
    assume(!line_valid || (places_q != 3'd0));
    // vnet_fifo_props: what was put in first comes out first.
    assume((open_q == 3'd0) || (\dut.g_two_beats.start_valid && (\dut.g_two_beats.start_high == starts[0])));
    // vnet_fifo_deep_props: a word that can be taken was read ahead.
    assume(!line_valid || (\dut.u_line.ahead_q != 2'd0));
    if (!rst) begin
      one_line_per_request: assert(\dut.line_valid == eob);
      if (\dut.line_valid ) begin
        upper_half: assert(!high_q[0] || (\dut.line_data [127:64] == rsp_data));
        lower_half: assert(!low_q[0] || (\dut.line_data [63:0] == (both ? half_q : rsp_data)));
        error_of_any_word: assert(\dut.line_err == (rsp_err || (both && half_err_q)));
      end
      room_for_the_line: assert(!\dut.line_valid || \dut.line_ready );
      start_noted: assert(!request || \dut.g_two_beats.start_ready );

      // Invariants.
      inv_open: assert((open_q <= places_q) && (places_q <= LINES) && (\dut.g_two_beats.start_level == open_q));
      inv_line: assert({2'd0, \dut.line_level } + \dut.u_line.ahead_q == {2'd0, places_q - open_q});
      inv_first: assert((\dut.g_two_beats.first_q == !second_q) && (!second_q || ((open_q != 3'd0) && both)));
      inv_half: assert(!second_q || ((\dut.g_two_beats.low_q == half_q) && (\dut.g_two_beats.err_q == half_err_q)));

      two_words: cover(eob && both && half_err_q && !rsp_err);
      upper_word: cover(eob && high_q[0] && !low_q[0] && (open_q == 3'd3));
      lower_word: cover(eob && low_q[0] && !high_q[0] && line_valid);
    end
  end

endmodule

`default_nettype wire
