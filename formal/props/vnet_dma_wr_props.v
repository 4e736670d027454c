// vnet_dma_wr_props: AXI4 write rules; each byte of a command is written once, at its address, with its value
// SPDX-License-Identifier: Apache-2.0
//
// Memory is seen at one free address `where`. Client 0 may have one command that covers it; the byte that is to be
// written there is the one that stands at its place in the client's data words. A strobe at that address without
// such a command, a second one, or another value is a failure, and so is a report before the byte is written.
`default_nettype none

module vnet_dma_wr_props #(
  parameter integer DATA_W = 64,
  parameter integer N      = 2
) (
  input wire                clk,
  input wire                rst,
  input wire [N-1:0]        cmd_valid,
  input wire [64*N-1:0]     cmd_addr,
  input wire [8*N-1:0]      cmd_len,
  input wire [$clog2(DATA_W/8)*N-1:0] cmd_off,
  input wire [N-1:0]        cmd_eop,
  input wire [N-1:0]        dat_valid,
  input wire [DATA_W*N-1:0] dat_data,
  input wire                awready,
  input wire                wready,
  input wire [3:0]          bid,
  input wire [1:0]          bresp,
  input wire                bvalid
);

  localparam integer BYTES     = DATA_W / 8;
  localparam integer OFF_W     = $clog2(BYTES);
  localparam integer LEN_W     = 8;
  localparam integer MAX_BURST = 2;
  // Longest command of the proof: several bursts.
  localparam integer LONGEST   = 4 * BYTES;

  wire [N-1:0]        cmd_ready;
  wire [N-1:0]        dat_ready;
  wire [N-1:0]        done_valid;
  wire                done_err;
  wire [3:0]          awid;
  wire [63:0]         awaddr;
  wire [7:0]          awlen;
  wire [2:0]          awsize;
  wire [1:0]          awburst;
  wire                awvalid;
  wire [DATA_W-1:0]   wdata;
  wire [BYTES-1:0]    wstrb;
  wire                wlast;
  wire                wvalid;
  wire                bready;

  vnet_dma_wr #(
    .DATA_W        (DATA_W),
    .N             (N),
    .LEN_W         (LEN_W),
    .MAX_BURST     (MAX_BURST),
    .WR_OUTSTANDING(4),
    .AXI_ID_W      (4)
  ) dut (
    .clk          (clk),
    .rst          (rst),
    .s_cmd_valid  (cmd_valid),
    .s_cmd_ready  (cmd_ready),
    .s_cmd_addr   (cmd_addr),
    .s_cmd_len    (cmd_len),
    .s_cmd_off    (cmd_off),
    .s_cmd_eop    (cmd_eop),
    .s_dat_valid  (dat_valid),
    .s_dat_ready  (dat_ready),
    .s_dat_data   (dat_data),
    .m_done_valid (done_valid),
    .m_done_err   (done_err),
    .m_axi_awid   (awid),
    .m_axi_awaddr (awaddr),
    .m_axi_awlen  (awlen),
    .m_axi_awsize (awsize),
    .m_axi_awburst(awburst),
    .m_axi_awcache(),
    .m_axi_awprot (),
    .m_axi_awvalid(awvalid),
    .m_axi_awready(awready),
    .m_axi_wdata  (wdata),
    .m_axi_wstrb  (wstrb),
    .m_axi_wlast  (wlast),
    .m_axi_wvalid (wvalid),
    .m_axi_wready (wready),
    .m_axi_bid    (bid),
    .m_axi_bresp  (bresp),
    .m_axi_bvalid (bvalid),
    .m_axi_bready (bready)
  );

  reset_first #(.AGAIN(0)) u_reset (.clk(clk), .rst(rst));

  wire [63:0] waddr;

  axi_write_rules #(
    .DATA_W(DATA_W),
    .OPEN  (4)
  ) u_axi (
    .clk(clk), .rst(rst),
    .awid(awid), .awaddr(awaddr), .awlen(awlen), .awsize(awsize), .awburst(awburst),
    .awvalid(awvalid), .awready(awready),
    .wdata(wdata), .wstrb(wstrb), .wlast(wlast), .wvalid(wvalid), .wready(wready),
    .bid(bid), .bresp(bresp), .bvalid(bvalid), .bready(bready),
    .waddr(waddr)
  );

  // ---- Commands.

  (* anyconst *) reg [63:0] where;

  wire [N-1:0] covers;

  genvar c;
  generate
    for (c = 0; c < N; c = c + 1) begin : g_client
      wire [63:0] addr  = cmd_addr[64*c +: 64];
      wire [7:0]  len   = cmd_len[8*c +: 8];
      wire [63:0] place = where - addr;
      assign covers[c] = place < {56'd0, len};

      stream_rules #(.W(64 + 8 + OFF_W + 1), .ASSUME(1)) u_cmd (
        .clk(clk), .rst(rst), .valid(cmd_valid[c]), .ready(cmd_ready[c]),
        .payload({addr, len, cmd_off[OFF_W*c +: OFF_W], cmd_eop[c]})
      );
      stream_rules #(.W(DATA_W), .ASSUME(1)) u_dat (
        .clk(clk), .rst(rst), .valid(dat_valid[c]), .ready(dat_ready[c]), .payload(dat_data[DATA_W*c +: DATA_W])
      );

      always @* begin
        assume((len != 8'd0) && (len <= LONGEST));
        assume(addr[63:16] != 48'hffffffffffff);
        assume((c == 0) || !covers[c] || !cmd_valid[c]);
      end
    end
  endgenerate

  // ---- The command of client 0 that covers the address, and the byte that belongs there.

  wire        take  = cmd_valid[0] && cmd_ready[0];
  wire [7:0]  place = where - cmd_addr[63:0];
  wire [8:0]  lanes = cmd_off[OFF_W-1:0] + cmd_len[7:0];

  reg        covered_q;
  reg        written_q;
  reg        known_q;       // the data word has been offered
  reg [7:0]  byte_q;
  reg [7:0]  begin_q;       // data word of client 0 in which its next command begins
  reg [7:0]  word_q;        // data word that is offered now
  reg [7:0]  target_q;      // data word and lane of the byte
  reg [OFF_W-1:0] lane_q;
  reg [7:0]  before_q;      // commands of client 0 not reported, up to the covering one
  reg [7:0]  open_q;        // all commands of client 0 not reported

  wire [8:0] start = cmd_off[OFF_W-1:0] + place;
  wire       hit   = wvalid && (waddr[63:OFF_W] == where[63:OFF_W]) && ((wstrb >> where[OFF_W-1:0]) & 1'b1);
  wire [7:0] found = wdata >> {where[OFF_W-1:0], 3'd0};
  wire [7:0] given = dat_data[DATA_W-1:0] >> {lane_q, 3'd0};

  always @(posedge clk) begin
    open_q <= open_q + take - done_valid[0];
    if (take) begin
      begin_q <= begin_q + (lanes >> OFF_W) + (cmd_eop[0] && (lanes[OFF_W-1:0] != 0));
    end
    if (dat_valid[0] && dat_ready[0]) begin
      word_q <= word_q + 8'd1;
    end
    if (covered_q && dat_valid[0] && (word_q == target_q)) begin
      known_q <= 1'b1;
      byte_q  <= given;
    end
    if (before_q != 8'd0) begin
      before_q <= before_q - done_valid[0];
    end
    if (take && covers[0]) begin
      covered_q <= 1'b1;
      target_q  <= begin_q + (start >> OFF_W);
      lane_q    <= start[OFF_W-1:0];
      before_q  <= open_q - done_valid[0] + 8'd1;
    end
    if (hit && wready) begin
      written_q <= 1'b1;
    end
    if (rst) begin
      covered_q <= 1'b0;
      written_q <= 1'b0;
      known_q   <= 1'b0;
      begin_q   <= 8'd0;
      word_q    <= 8'd0;
      before_q  <= 8'd0;
      open_q    <= 8'd0;
    end
  end

  always @* begin
    // One command of the trace covers the address.
    assume(!(covered_q && take && covers[0]));
    if (!rst) begin
      written_only_if_covered: assert(!hit || covered_q);
      written_once: assert(!hit || !written_q);
      value_of_its_place: assert(!hit || (known_q && (found == byte_q)));
      reported_when_written: assert(!(covered_q && (before_q == 8'd0)) || written_q);
      one_report_per_command: assert(!done_valid[0] || (open_q != 8'd0));
      one_report_at_a_time: assert((done_valid & (done_valid - 1'b1)) == 0);
      // begin_q counts to the word in which the next command begins.
      no_data_word_too_many: assert(word_q <= begin_q);
      responses_never_stall: assert(bready);
      second_command: cover(hit && (begin_q != 8'd0) && (before_q == 8'd2) && wready);
      over_two_bursts: cover(hit && (cmd_len[7:0] > 8'd17) && (target_q == 8'd2));
      reported: cover(covered_q && (before_q == 8'd0) && written_q);
      other_client_between: cover(done_valid[1] && covered_q && written_q);
    end
  end

endmodule

`default_nettype wire
