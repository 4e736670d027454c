// vnet_tx_gather_props: read commands are the elements of the chain, in order; none behind the point of failure
// SPDX-License-Identifier: Apache-2.0
//
// Segments are symbolic: addresses and lengths of the records are anything. For each record the rules of the chain
// say what its command must be; one record, chosen freely, is followed to its command.
`default_nettype none

module vnet_tx_gather_props #(
  parameter integer FRAME_MAX     = 9216,
  parameter integer STRICT_LAYOUT = 0
) (
  input wire        clk,
  input wire        rst,
  input wire [1:0]  cfg_stop,
  input wire [1:0]  chain_ready,
  input wire        take_ready,
  input wire        rec_valid,
  input wire [63:0] rec_addr,
  input wire [19:0] rec_len,
  input wire        rec_last,
  input wire        rec_queue,
  input wire [15:0] rec_head,
  input wire [15:0] rec_ndesc,
  input wire        rec_zero,
  input wire [4:0]  rec_err,
  input wire        cmd_ready,
  input wire        meta_ready
);

  localparam integer W = 64 + 20 + 1 + 5;

  (* anyconst *) reg [5:0] hdr_len;
  (* anyconst *) reg       any_layout;

  wire        take_valid;
  wire        rec_ready;
  wire        cmd_valid;
  wire [63:0] cmd_addr;
  wire [19:0] cmd_len;
  wire        cmd_last;
  wire [4:0]  cmd_err;
  wire        meta_valid;

  vnet_tx_gather #(
    .NQ           (2),
    .LEN_W        (20),
    .FRAME_MAX    (FRAME_MAX),
    .CHAINS       (4),
    .STRICT_LAYOUT(STRICT_LAYOUT)
  ) dut (
    .clk           (clk),
    .rst           (rst),
    .cfg_hdr_len   (hdr_len),
    .cfg_any_layout(any_layout),
    .cfg_stop      (cfg_stop),
    .s_chain_ready (chain_ready),
    .m_take_valid  (take_valid),
    .m_take_ready  (take_ready),
    .m_take_queue  (),
    .s_rec_valid   (rec_valid),
    .s_rec_ready   (rec_ready),
    .s_rec_addr    (rec_addr),
    .s_rec_len     (rec_len),
    .s_rec_last    (rec_last),
    .s_rec_queue   (rec_queue),
    .s_rec_head    (rec_head),
    .s_rec_ndesc   (rec_ndesc),
    .s_rec_zero    (rec_zero),
    .s_rec_err     (rec_err),
    .m_cmd_valid   (cmd_valid),
    .m_cmd_ready   (cmd_ready),
    .m_cmd_addr    (cmd_addr),
    .m_cmd_len     (cmd_len),
    .m_cmd_last    (cmd_last),
    .m_cmd_err     (cmd_err),
    .m_chain_valid (meta_valid),
    .m_chain_ready (meta_ready),
    .m_chain_more  (),
    .m_chain_queue (),
    .m_chain_head  (),
    .m_chain_ndesc (),
    .m_chain_class (),
    .m_chain_layout(),
    .m_chain_zero  ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  stream_rules #(.W(W)) u_cmd (
    .clk(clk), .rst(rst), .valid(cmd_valid), .ready(cmd_ready), .payload({cmd_addr, cmd_len, cmd_last, cmd_err})
  );

  // ---- The rules of a chain, with sums that cannot overflow.

  localparam [24:0] CAP = 25'd16777216;

  reg         first_q;
  reg  [24:0] sum_q;
  reg         stop_q;
  reg         odd_q;       // the first element with bytes is not exactly the header
  reg         some_q;      // there was an element with bytes

  wire        fire  = rec_valid && rec_ready;
  wire [25:0] total = (first_q ? 25'd0 : sum_q) + rec_len;
  wire [24:0] sum   = (total > CAP) ? CAP : total[24:0];
  wire [24:0] limit = hdr_len + FRAME_MAX;
  wire        stop  = (!first_q && stop_q) || cfg_stop[rec_queue];
  wire        some  = (!first_q && some_q) || (rec_len != 20'd0);
  wire        odd   = (!first_q && some_q) ? odd_q : (rec_len != 20'd0) && (rec_len != hdr_len);
  wire        refuse = (STRICT_LAYOUT != 0) && !any_layout && odd;
  wire        failed = stop || (sum > limit) || refuse || (rec_last && (rec_err != 5'd0));
  wire [19:0] len   = failed ? 20'd0 : rec_len;
  wire [4:0]  err   = !rec_last          ? 5'd0
                    : stop               ? 5'd31
                    : (rec_err != 5'd0)  ? rec_err
                    : (sum > limit)      ? 5'd9
                    : refuse             ? 5'd10
                    : (sum <= hdr_len)   ? 5'd8 : 5'd0;

  always @(posedge clk) begin
    if (fire) begin
      first_q <= rec_last;
      sum_q   <= sum;
      stop_q  <= stop;
      odd_q   <= odd;
      some_q  <= some;
    end
    if (rst) begin
      first_q <= 1'b1;
    end
  end

  wire [3:0]   level;
  wire [W+4:0] mark;

  follow_word #(.W(W), .LEVEL_W(4)) u_follow (
    .clk(clk), .rst(rst), .in_fire(fire && (rec_last || (len != 20'd0))), .in_data({rec_addr, len, rec_last, err}),
    .out_valid(cmd_valid), .out_ready(cmd_ready), .out_data({cmd_addr, cmd_len, cmd_last, cmd_err}),
    .level(level), .mark(mark)
  );

  // ---- The registers of the design: the record in the second step, and the output.

  (* hierconn *) wire        \dut.valid_q ;
  (* hierconn *) wire        \dut.needed ;
  (* hierconn *) wire [63:0] \dut.addr_q ;
  (* hierconn *) wire [19:0] \dut.cmd_len ;
  (* hierconn *) wire        \dut.last_q ;
  (* hierconn *) wire [4:0]  \dut.cmd_err ;
  (* hierconn *) wire [20:0] \dut.limit_q ;
  (* hierconn *) wire        \dut.first_q ;
  (* hierconn *) wire [20:0] \dut.sum_q ;
  (* hierconn *) wire        \dut.over_q ;
  (* hierconn *) wire        \dut.stop_q ;
  (* hierconn *) wire [1:0]  \dut.class_q ;
  (* hierconn *) wire        \dut.u_cmd.ready_q ;
  (* hierconn *) wire        \dut.u_cmd.spare_valid_q ;
  (* hierconn *) wire [W-1:0] \dut.u_cmd.spare_q ;

  wire [3:0] n0;
  wire [3:0] n1;
  wire [3:0] n2;
  wire [2:0] ok;

  holds_word #(.W(W), .LEVEL_W(4)) u_out (
    .valid(cmd_valid), .data({cmd_addr, cmd_len, cmd_last, cmd_err}), .mark(mark), .before(4'd0), .after(n0), .ok(ok[0])
  );
  holds_word #(.W(W), .LEVEL_W(4)) u_spare (
    .valid(\dut.u_cmd.spare_valid_q ), .data(\dut.u_cmd.spare_q ), .mark(mark), .before(n0), .after(n1), .ok(ok[1])
  );
  holds_word #(.W(W), .LEVEL_W(4)) u_second (
    .valid(\dut.valid_q && \dut.needed ), .data({\dut.addr_q , \dut.cmd_len , \dut.last_q , \dut.cmd_err }),
    .mark(mark), .before(n1), .after(n2), .ok(ok[2])
  );

  wire known = \dut.valid_q || !first_q;

  always @* begin
    assume((hdr_len >= 6'd1) && (hdr_len <= 6'd32));
    if (!rst) begin
      nothing_behind_a_failure: assert(!(cmd_valid && (cmd_err != 5'd0)) || (cmd_len == 20'd0) || (cmd_err == 5'd8));
      inv_spare_error: assert(!\dut.u_cmd.spare_valid_q || (\dut.u_cmd.spare_q [4:0] == 5'd0) ||
                              (\dut.u_cmd.spare_q [25:6] == 20'd0) || (\dut.u_cmd.spare_q [4:0] == 5'd8));
      inv_level: assert(level == n2);
      inv_place: assert(ok == 3'b111);
      inv_spare: assert(!\dut.u_cmd.spare_valid_q || (cmd_valid && !\dut.u_cmd.ready_q ));
      inv_first: assert((\dut.first_q == first_q) && (!\dut.valid_q || (\dut.last_q == first_q)));
      inv_limit: assert(\dut.limit_q == limit);
      inv_sum: assert(!known || ((\dut.over_q == (sum_q > limit)) && (\dut.over_q || (\dut.sum_q == sum_q)) &&
                                 (sum_q <= CAP)));
      inv_stop: assert(!known || (\dut.stop_q == stop_q));
      inv_class: assert(!known || (((\dut.class_q != 2'd0) == some_q) &&
                                   (!some_q || (odd_q == (\dut.class_q != 2'd2)))));
      long_frame: cover(cmd_valid && (cmd_err == 5'd9) && mark[W+4]);
      second_element: cover(cmd_valid && cmd_last && (cmd_err == 5'd0) && mark[W+4] && (sum_q > rec_len));
      cancelled: cover(cmd_valid && (cmd_err == 5'd31));
    end
  end

endmodule

`default_nettype wire
