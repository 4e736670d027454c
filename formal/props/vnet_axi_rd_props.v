// vnet_axi_rd_props: AXI4 read rules; requests leave in the order of each client; answers reach their client
// SPDX-License-Identifier: Apache-2.0
//
// Nobody is held back for ever: a client without priority waits only while at least 256 words of such clients
// are on their way, and each of them lets the count fall by one.
`default_nettype none

module vnet_axi_rd_props #(
  parameter integer DATA_W   = 64,
  parameter integer N        = 3,
  parameter integer PRIORITY = 1
) (
  input wire              clk,
  input wire              rst,
  input wire [N-1:0]      req_valid,
  input wire [64*N-1:0]   req_addr,
  input wire [8*N-1:0]    req_len,
  input wire              arready,
  input wire [3:0]        rid,
  input wire [DATA_W-1:0] rdata,
  input wire [1:0]        rresp,
  input wire              rlast,
  input wire              rvalid
);

  localparam integer OFF_W = $clog2(DATA_W / 8);

  wire [N-1:0]      req_ready;
  wire [N-1:0]      rsp_valid;
  wire [DATA_W-1:0] rsp_data;
  wire              rsp_last;
  wire              rsp_err;
  wire [3:0]        arid;
  wire [63:0]       araddr;
  wire [7:0]        arlen;
  wire [2:0]        arsize;
  wire [1:0]        arburst;
  wire              arvalid;
  wire              rready;

  vnet_axi_rd #(
    .DATA_W  (DATA_W),
    .N       (N),
    .AXI_ID_W(4),
    .PRIORITY(PRIORITY)
  ) dut (
    .clk          (clk),
    .rst          (rst),
    .s_req_valid  (req_valid),
    .s_req_ready  (req_ready),
    .s_req_addr   (req_addr),
    .s_req_len    (req_len),
    .m_rsp_valid  (rsp_valid),
    .m_rsp_data   (rsp_data),
    .m_rsp_last   (rsp_last),
    .m_rsp_err    (rsp_err),
    .m_axi_arid   (arid),
    .m_axi_araddr (araddr),
    .m_axi_arlen  (arlen),
    .m_axi_arsize (arsize),
    .m_axi_arburst(arburst),
    .m_axi_arcache(),
    .m_axi_arprot (),
    .m_axi_arvalid(arvalid),
    .m_axi_arready(arready),
    .m_axi_rid    (rid),
    .m_axi_rdata  (rdata),
    .m_axi_rresp  (rresp),
    .m_axi_rlast  (rlast),
    .m_axi_rvalid (rvalid),
    .m_axi_rready (rready)
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  axi_read_rules #(
    .DATA_W(DATA_W),
    .IDS   (N),
    .OPEN  (2)
  ) u_axi (
    .clk(clk), .rst(rst),
    .arid(arid), .araddr(araddr), .arlen(arlen), .arsize(arsize), .arburst(arburst),
    .arvalid(arvalid), .arready(arready),
    .rid(rid), .rdata(rdata), .rresp(rresp), .rlast(rlast), .rvalid(rvalid), .rready(rready)
  );

  // ---- Requests. Legal ones come in; each client's leave in order.

  (* hierconn *) wire        \dut.u_ar.spare_valid_q ;
  (* hierconn *) wire        \dut.u_ar.ready_q ;
  (* hierconn *) wire [72+$clog2(N)-1:0] \dut.u_ar.spare_q ;
  (* hierconn *) wire [N-1:0] \dut.sel_q ;
  (* hierconn *) wire         \dut.ar_ready ;

  wire [3:0]  spare_id   = \dut.u_ar.spare_q >> 72;
  wire [71:0] spare_data = \dut.u_ar.spare_q [71:0];
  wire [12:0] spare_end  = {1'b0, spare_data[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, spare_data[71:64]} << OFF_W);
  wire [N-1:0] ok;

  genvar c;
  generate
    for (c = 0; c < N; c = c + 1) begin : g_client
      wire [71:0] request = {req_len[8*c +: 8], req_addr[64*c +: 64]};
      wire [12:0] end_byte = {1'b0, request[11:OFF_W], {OFF_W{1'b0}}} + ({5'd0, request[71:64]} << OFF_W);
      wire [3:0]  level;
      wire [76:0] mark;
      wire [3:0]  n0;
      wire [3:0]  n1;
      wire [1:0]  place;

      stream_rules #(.W(72), .ASSUME(1)) u_in (
        .clk(clk), .rst(rst), .valid(req_valid[c]), .ready(req_ready[c]), .payload(request)
      );
      follow_word #(.W(72), .LEVEL_W(4)) u_follow (
        .clk(clk), .rst(rst), .in_fire(req_valid[c] && req_ready[c]), .in_data(request),
        .out_valid(arvalid && (arid == c)), .out_ready(arready), .out_data({arlen, araddr}),
        .level(level), .mark(mark)
      );
      holds_word #(.W(72), .LEVEL_W(4)) u_out (
        .valid(arvalid && (arid == c)), .data({arlen, araddr}), .mark(mark), .before(4'd0), .after(n0),
        .ok(place[0])
      );
      holds_word #(.W(72), .LEVEL_W(4)) u_spare (
        .valid(\dut.u_ar.spare_valid_q && (spare_id == c)), .data(spare_data), .mark(mark), .before(n0),
        .after(n1), .ok(place[1])
      );
      assign ok[c] = (level == n1) && (place == 2'b11);

      always @* begin
        assume(!req_valid[c] || !end_byte[12]);
      end
    end
  endgenerate

  // ---- Answers: in the cycle after R, to the client with that number and no other.

  reg              r_q;
  reg [3:0]        rid_q;
  reg [DATA_W-1:0] rdata_q;
  reg              rlast_q;
  reg              rerr_q;

  always @(posedge clk) begin
    r_q     <= rvalid && rready && !rst;
    rid_q   <= rid;
    rdata_q <= rdata;
    rlast_q <= rlast;
    rerr_q  <= rresp[1];
  end

  // ---- Words on their way to clients without priority, from the request to the answer.

  (* hierconn *) wire [8:0] \dut.ahead_q ;

  wire [N-1:0] lax      = ~PRIORITY[N-1:0];
  wire [N-1:0] lax_ask  = req_valid & req_ready & lax;
  wire         lax_word = (rsp_valid & lax) != {N{1'b0}};
  reg  [8:0]   lax_words;
  reg  [12:0]  on_way_q;

  integer k;
  always @* begin
    lax_words = 9'd0;
    for (k = 0; k < N; k = k + 1) begin
      lax_words = lax_words | (lax_ask[k] ? req_len[8*k +: 8] + 9'd1 : 9'd0);
    end
  end

  always @(posedge clk) begin
    // The limits are for the induction, which begins anywhere: an answer comes after its request, and a few
    // bursts are all that can be open.
    on_way_q <= on_way_q + (on_way_q[12] ? 13'd0 : lax_words) - (lax_word && (on_way_q != 13'd0));
    if (rst) begin
      on_way_q <= 13'd0;
    end
  end

  always @* begin
    if (!rst) begin
      held_by_words_on_the_way: assert(\dut.ahead_q <= on_way_q);
      priority_is_not_held: assert(!\dut.ar_ready || ((req_ready & PRIORITY) == (\dut.sel_q & PRIORITY)));
      held: cover((on_way_q >= 13'd256) && req_valid[1] && \dut.sel_q [1] && \dut.ar_ready && !req_ready[1]);
      never_stalls: assert(rready);
      to_its_client: assert(rsp_valid == (r_q ? {{(N-1){1'b0}}, 1'b1} << rid_q : {N{1'b0}}));
      answer_unchanged: assert(!r_q || ((rsp_data == rdata_q) && (rsp_last == rlast_q) && (rsp_err == rerr_q)));
      inv_order: assert(ok == {N{1'b1}});
      inv_selected: assert((\dut.sel_q != 0) && ((\dut.sel_q & (\dut.sel_q - 1'b1)) == 0));
      inv_spare: assert(!\dut.u_ar.spare_valid_q || (arvalid && !\dut.u_ar.ready_q && !spare_end[12] && (spare_id < N)));
      last_client: cover(arvalid && (arid == N - 1) && arready);
      both_places: cover(\dut.u_ar.spare_valid_q && (spare_id == 4'd0) && (arid == 4'd1));
      long_answer: cover(rsp_valid[2] && rsp_last && rsp_err && (rsp_data == 64'h0123456789abcdef));
    end
  end

endmodule

`default_nettype wire
