// vnet_rx_scatter_props: write commands cover exactly the planned bytes, element after element
// SPDX-License-Identifier: Apache-2.0
//
// Segments are symbolic: a record memory of four elements with any addresses and lengths, and plans of any part of
// it. Plans count as entered in the first cycle in which they are offered, because commands leave before they end.
`default_nettype none

module vnet_rx_scatter_props #(
  parameter integer DATA_W = 64
) (
  input wire        clk,
  input wire        rst,
  input wire        plan_valid,
  input wire        plan_chain,
  input wire [15:0] plan_head,
  input wire [1:0]  plan_start,
  input wire [2:0]  plan_nrec,
  input wire [7:0]  plan_len,
  input wire        plan_first,
  input wire        plan_eof,
  input wire [4:0]  plan_err,
  input wire        cmd_ready,
  input wire        done_valid,
  input wire        done_err,
  input wire        cpl_ready,
  input wire        rep_ready
);

  localparam integer OFF_W = $clog2(DATA_W / 8);

  (* anyconst *) reg [255:0] addrs;
  (* anyconst *) reg [31:0]  lens;

  wire             plan_ready;
  wire             rd_en;
  wire [1:0]       rd_pos;
  reg  [63:0]      rd_addr_q;
  reg  [7:0]       rd_len_q;
  wire             free;
  wire             cmd_valid;
  wire [63:0]      cmd_addr;
  wire [7:0]       cmd_len;
  wire [OFF_W-1:0] cmd_off;
  wire             cmd_eop;
  wire             cpl_valid;
  wire [15:0]      cpl_head;
  wire [31:0]      cpl_len;
  wire             cpl_eof;

  vnet_rx_scatter #(
    .DATA_W(DATA_W),
    .NQ    (1),
    .LEN_W (8),
    .REC_W (2),
    .CMDS  (4)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .s_plan_valid  (plan_valid),
    .s_plan_ready  (plan_ready),
    .s_plan_chain  (plan_chain),
    .s_plan_queue  (1'b0),
    .s_plan_head   (plan_head),
    .s_plan_start  (plan_start),
    .s_plan_nrec   (plan_nrec),
    .s_plan_len    (plan_len),
    .s_plan_first  (plan_first),
    .s_plan_eof    (plan_eof),
    .s_plan_bytes  (8'd0),
    .s_plan_ndesc  (16'd0),
    .s_plan_class  (2'd0),
    .s_plan_layout (1'b0),
    .s_plan_err    (plan_err),
    .s_plan_zero   (8'd0),
    .m_rd_en       (rd_en),
    .m_rd_queue    (),
    .m_rd_pos      (rd_pos),
    .s_rd_addr     (rd_addr_q),
    .s_rd_len      (rd_len_q),
    .m_free_valid  (free),
    .m_free_queue  (),
    .m_free_nrec   (),
    .s_evt_valid   (1'b0),
    .s_evt_ready   (),
    .s_evt_queue   (1'b0),
    .s_evt_code    (5'd0),
    .m_cmd_valid   (cmd_valid),
    .m_cmd_ready   (cmd_ready),
    .m_cmd_addr    (cmd_addr),
    .m_cmd_len     (cmd_len),
    .m_cmd_off     (cmd_off),
    .m_cmd_eop     (cmd_eop),
    .s_done_valid  (done_valid),
    .s_done_err    (done_err),
    .m_cpl_valid   (cpl_valid),
    .m_cpl_ready   (cpl_ready),
    .m_cpl_queue   (),
    .m_cpl_head    (cpl_head),
    .m_cpl_len     (cpl_len),
    .m_cpl_eof     (cpl_eof),
    .m_cpl_more    (),
    .m_rep_valid   (),
    .m_rep_ready   (rep_ready),
    .m_rep_queue   (),
    .m_rep_bytes   (),
    .m_rep_frame   (),
    .m_rep_ndesc   (),
    .m_rep_class   (),
    .m_rep_layout  (),
    .m_rep_err     (),
    .m_rep_zero    ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(16 + 2 + 3 + 8 + 8), .ASSUME(1)) u_plan (
    .clk(clk), .rst(rst), .valid(plan_valid), .ready(plan_ready),
    .payload({plan_chain, plan_head, plan_start, plan_nrec, plan_len, plan_first, plan_eof, plan_err})
  );
  stream_rules #(.W(64 + 8 + OFF_W + 1)) u_cmd (
    .clk(clk), .rst(rst), .valid(cmd_valid), .ready(cmd_ready), .payload({cmd_addr, cmd_len, cmd_off, cmd_eop})
  );
  stream_rules #(.W(49)) u_cpl (
    .clk(clk), .rst(rst), .valid(cpl_valid), .ready(cpl_ready), .payload({cpl_head, cpl_len, cpl_eof})
  );

  always @(posedge clk) begin
    if (rd_en) begin
      rd_addr_q <= addrs >> {rd_pos, 6'd0};
      rd_len_q  <= lens >> {rd_pos, 3'd0};
    end
  end

  // ---- Plans: their elements hold at least the planned bytes; none is empty.

  wire [7:0] l0 = lens >> {plan_start, 3'd0};
  wire [1:0] p1 = plan_start + 2'd1;
  wire [1:0] p2 = plan_start + 2'd2;
  wire [1:0] p3 = plan_start + 2'd3;
  wire [7:0] l1 = (plan_nrec > 3'd1) ? lens >> {p1, 3'd0} : 32'd0;
  wire [7:0] l2 = (plan_nrec > 3'd2) ? lens >> {p2, 3'd0} : 32'd0;
  wire [7:0] l3 = (plan_nrec > 3'd3) ? lens >> {p3, 3'd0} : 32'd0;
  wire [9:0] room = {2'd0, l0} + l1 + l2 + l3;

  reg       fed_q;
  reg [3:0] open_q;        // commands without a report
  wire      feed = plan_valid && !fed_q;
  wire      cmd  = cmd_valid && cmd_ready;

  always @(posedge clk) begin
    fed_q  <= plan_valid && !plan_ready;
    open_q <= open_q + cmd - done_valid;
    if (rst) begin
      fed_q  <= 1'b0;
      open_q <= 4'd0;
    end
  end

  always @* begin
    assume((lens[7:0] != 0) && (lens[15:8] != 0) && (lens[23:16] != 0) && (lens[31:24] != 0));
    assume((plan_nrec >= 3'd1) && (plan_nrec <= 3'd4));
    assume({2'd0, plan_len} <= room);
    assume(plan_chain || (plan_len == 8'd0));
    assume(!done_valid || (open_q != 4'd0));
  end

  // ---- The walk: plans with bytes wait in a list of four; the one in front says what the next command is.

  localparam integer PLAN_W = 2 + 8 + 1 + 1;

  reg [4*PLAN_W-1:0] list_q;
  reg [3:0]          n_q;
  reg [1:0]          k_q;       // element of the plan in front
  reg [7:0]          done_q;    // bytes of it that have been sent
  reg [OFF_W-1:0]    lane_q;

  wire [1:0] start;
  wire [7:0] len;
  wire       first;
  wire       eof;
  assign {start, len, first, eof} = list_q[PLAN_W-1:0];

  wire [1:0]       at       = start + k_q;
  wire [63:0]      want_addr = addrs >> {at, 6'd0};
  wire [7:0]       element  = lens >> {at, 3'd0};
  wire [7:0]       rest     = len - done_q;
  wire [7:0]       want_len = (element < rest) ? element : rest;
  wire [OFF_W-1:0] want_off = (first && (k_q == 2'd0)) ? {OFF_W{1'b0}} : lane_q;
  wire             ends     = want_len == rest;
  wire             pop      = cmd && ends;
  wire             push     = feed && (plan_len != 8'd0);

  always @(posedge clk) begin
    if (cmd) begin
      k_q    <= ends ? 2'd0 : k_q + 2'd1;
      done_q <= ends ? 8'd0 : done_q + want_len;
      lane_q <= want_off + want_len[OFF_W-1:0];
    end
    list_q <= (pop ? list_q >> PLAN_W : list_q) |
              (push ? {{(3*PLAN_W){1'b0}}, plan_start, plan_len, plan_first, plan_eof} << (PLAN_W * (n_q - pop)) : 0);
    n_q    <= n_q + push - pop;
    if (push) begin
      mid_q <= !plan_eof;
    end
    if (rst) begin
      mid_q  <= 1'b0;
      k_q    <= 2'd0;
      done_q <= 8'd0;
      list_q <= {(4*PLAN_W){1'b0}};
      n_q    <= 4'd0;
    end
  end

  // ---- Completions: each chain once, in order.

  wire [4:0]  chains;
  wire [22:0] mark;

  follow_word #(.W(17), .LEVEL_W(5)) u_chains (
    .clk(clk), .rst(rst), .in_fire(feed && plan_chain), .in_data({plan_eof, plan_head}),
    .out_valid(cpl_valid), .out_ready(cpl_ready), .out_data({cpl_eof, cpl_head}), .level(chains), .mark(mark)
  );

  always @* begin
    // The first chain of a frame is marked so.
    assume(!push || (plan_first == !mid_q));
    if (!rst && cmd_valid) begin
      command_has_a_plan: assert(n_q != 4'd0);
      begins_at_the_element: assert(cmd_addr == want_addr);
      as_long_as_element_or_rest: assert(cmd_len == want_len);
      goes_on_in_the_stream: assert(cmd_off == want_off);
      ends_with_the_frame: assert(cmd_eop == (ends && eof));
    end
    if (!rst) begin
      list_is_enough: assert(n_q <= 4'd4);
      three_elements: cover(cmd && (k_q == 2'd2) && ends && (cmd_off != 0));
      second_chain_of_a_frame: cover(cmd && !first && (k_q == 2'd0) && eof && ends);
      completed: cover(cpl_valid && mark[22] && (cpl_len == 32'd9));
      failed_write: cover(cpl_valid && (cpl_len == 32'd0) && (open_q == 4'd0) && (chains == 5'd1));
    end
  end

endmodule

`default_nettype wire
