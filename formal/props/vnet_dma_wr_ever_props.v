// vnet_dma_wr_ever_props: the W channel carries exactly the bytes of the commands, each reported behind its last response, for ever
// SPDX-License-Identifier: Apache-2.0
//
// The commands taken are kept in a ring by number. The beats of W are counted: beat after beat they must be the words
// of the commands in order, each at its address (known from AW by axi_write_rules), with exactly the strobes of the
// command's bytes there, and WLAST where the command ends. So each byte is written once, at its address, and no strobe
// is anywhere else. One byte, chosen freely, must have its value. A command is reported in the cycle behind the response
// to the burst that ends it, to its client, with the errors of its bursts; nothing else is reported.
//
// ABSTRACT = 1: the way of the data is vnet_wr_scatter and vnet_realign as lib/write_path.v says (what is proved of
// them); this holds for ever. ABSTRACT = 0: the real modules, which have to obey it; only bounded, without the
// invariants.
`default_nettype none

module vnet_dma_wr_ever_props #(
  parameter integer DATA_W   = 64,
  parameter integer N        = 2,
  parameter integer ABSTRACT = 1,
  // Without them a bounded proof names what is broken outside.
  parameter integer INVARIANTS = ABSTRACT,
  // Derived.
  parameter integer OFF_W    = $clog2(DATA_W / 8),
  parameter integer LEN_W    = OFF_W + 5
) (
  input wire                clk,
  input wire                rst,
  input wire [N-1:0]        cmd_valid,
  input wire [64*N-1:0]     cmd_addr,
  input wire [LEN_W*N-1:0]  cmd_len,
  input wire [OFF_W*N-1:0]  cmd_off,
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
  localparam integer MAX_BURST = 2;
  localparam integer BLOCK_W   = OFF_W + 1;
  // Bursts and commands in flight; commands not reported, with those in the skid, and their numbers.
  localparam integer OPEN      = 2;
  localparam integer BURST_W   = $clog2(OPEN) + 1;
  localparam integer RING      = 2 * OPEN;
  localparam integer PTR_W     = $clog2(RING) + 1;
  localparam integer IDX_W     = PTR_W - 1;
  // Words of a command.
  localparam integer NUM_W     = LEN_W - OFF_W + 1;
  // Words of the longest command; no command is accepted when AHEAD words are to be sent.
  localparam integer MOST      = 33;
  localparam integer AHEAD     = 32;
  localparam integer CMD_W     = 64 + LEN_W + OFF_W + 1;
  localparam integer SUM_W     = ((LEN_W > 14) ? LEN_W : 14) + 1;
  localparam integer LEFT_W    = SUM_W - BLOCK_W;

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
    .WR_OUTSTANDING(OPEN),
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

  reset_first u_reset (.clk(clk), .rst(rst));

  wire [63:0] waddr;

  axi_write_rules #(
    .DATA_W(DATA_W),
    .OPEN  (OPEN)
  ) u_axi (
    .clk(clk), .rst(rst),
    .awid(awid), .awaddr(awaddr), .awlen(awlen), .awsize(awsize), .awburst(awburst),
    .awvalid(awvalid), .awready(awready),
    .wdata(wdata), .wstrb(wstrb), .wlast(wlast), .wvalid(wvalid), .wready(wready),
    .bid(bid), .bresp(bresp), .bvalid(bvalid), .bready(bready),
    .waddr(waddr)
  );

  genvar c;
  generate
    for (c = 0; c < N; c = c + 1) begin : g_client
      stream_rules #(.W(CMD_W), .ASSUME(1)) u_cmd (
        .clk(clk), .rst(rst), .valid(cmd_valid[c]), .ready(cmd_ready[c]),
        .payload({cmd_addr[64*c +: 64], cmd_len[LEN_W*c +: LEN_W], cmd_off[OFF_W*c +: OFF_W], cmd_eop[c]})
      );
      stream_rules #(.W(DATA_W), .ASSUME(1)) u_dat (
        .clk(clk), .rst(rst), .valid(dat_valid[c]), .ready(dat_ready[c]), .payload(dat_data[DATA_W*c +: DATA_W])
      );
    end
  endgenerate

  // ---- The commands taken.

  wire [N-1:0]     takes    = cmd_valid & cmd_ready;
  wire             take     = takes != {N{1'b0}};
  reg  [CMD_W-1:0] take_cmd;

  integer i;
  always @* begin
    take_cmd = {CMD_W{1'b0}};
    for (i = 0; i < N; i = i + 1) begin
      if (takes[i]) begin
        take_cmd = {cmd_addr[64*i +: 64], cmd_len[LEN_W*i +: LEN_W], cmd_off[OFF_W*i +: OFF_W], cmd_eop[i]};
      end
    end
  end

  // Kept by number: the command, its client.
  reg [CMD_W-1:0] cmd_q [0:RING-1];
  reg [N-1:0]     client_q [0:RING-1];
  // Numbers: of the next command, of the one the engine accepts next behind its skid, whose next burst is made, whose
  // next word leaves the way of the data, whose next beat is on W, that is reported next.
  reg [PTR_W-1:0] in_q;
  reg [PTR_W-1:0] acc_q;
  reg [PTR_W-1:0] spl_q;
  reg [PTR_W-1:0] wrd_q;
  reg [PTR_W-1:0] bus_q;
  reg [PTR_W-1:0] rsp_q;
  // Words of that command before this one.
  reg [NUM_W-1:0] spl_word_q;
  reg [NUM_W-1:0] wrd_word_q;
  reg [NUM_W-1:0] bus_word_q;

  // The arbiter.
  reg             lock_q;
  reg [N-1:0]     owner_q;
  // Commands without bytes so far.
  reg [BURST_W-1:0] skips_q;

  wire [63:0]      spl_addr;
  wire [LEN_W-1:0] spl_len;
  wire [NUM_W-1:0] spl_total;
  wire [63:0]      bus_addr;
  wire [LEN_W-1:0] bus_len;
  wire [NUM_W-1:0] bus_total;
  wire [NUM_W-1:0] wrd_total;

  dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_spl (
    .cmd(cmd_q[spl_q[IDX_W-1:0]]), .addr(spl_addr), .len(spl_len), .off(), .eop(), .total(spl_total)
  );
  dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_wrd (
    .cmd(cmd_q[wrd_q[IDX_W-1:0]]), .addr(), .len(), .off(), .eop(), .total(wrd_total)
  );
  dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_bus (
    .cmd(cmd_q[bus_q[IDX_W-1:0]]), .addr(bus_addr), .len(bus_len), .off(), .eop(), .total(bus_total)
  );

  // ---- What happens inside.

  (* hierconn *) wire             \dut.accept ;
  (* hierconn *) wire [N-1:0]     \dut.cmd_client ;
  (* hierconn *) wire [63:0]      \dut.cmd_addr ;
  (* hierconn *) wire [LEN_W-1:0] \dut.cmd_len ;
  (* hierconn *) wire [OFF_W-1:0] \dut.cmd_off ;
  (* hierconn *) wire             \dut.cmd_eop ;
  (* hierconn *) wire             \dut.burst_valid ;
  (* hierconn *) wire             \dut.burst_ready ;
  (* hierconn *) wire [63:0]      \dut.burst_addr ;
  (* hierconn *) wire [7:0]       \dut.burst_beats_m1 ;
  (* hierconn *) wire             \dut.burst_last ;
  (* hierconn *) wire             \dut.word_valid ;
  (* hierconn *) wire             \dut.word_ready ;
  (* hierconn *) wire [DATA_W-1:0] \dut.word_data ;
  (* hierconn *) wire [OFF_W-1:0] \dut.word_off ;
  (* hierconn *) wire [OFF_W:0]   \dut.word_cnt ;
  (* hierconn *) wire             \dut.word_last ;
  (* hierconn *) wire             \dut.w_fire ;

  (* hierconn *) wire             \dut.skip ;

  wire             accept = \dut.accept ;
  wire             skip   = \dut.skip ;      // a command without bytes: has a number, but no words
  wire             issue  = \dut.burst_valid && \dut.burst_ready ;
  wire             word   = \dut.w_fire ;
  wire             beat   = wvalid && wready;

  wire             marked;
  wire [PTR_W-1:0] mark_cmd;
  wire [LEN_W-1:0] mark_pos;
  wire             mark_left;
  wire             mark_known;
  wire [7:0]       mark_value;
  wire [RING*OFF_W-1:0] starts;
  wire [RING*LEN_W-1:0] lens;

  write_path #(
    .DATA_W(DATA_W), .N(N), .LEN_W(LEN_W), .RING(RING), .ASSUME(ABSTRACT)
  ) u_path (
    .clk(clk), .rst(rst),
    .in_fire(accept), .in_skip(skip), .in_client(\dut.cmd_client ), .in_start(\dut.cmd_addr [OFF_W-1:0]), .in_off(\dut.cmd_off ),
    .in_len(\dut.cmd_len ), .in_eop(\dut.cmd_eop ),
    .dat_valid(dat_valid), .dat_ready(dat_ready), .dat_data(dat_data),
    .out_valid(\dut.word_valid ), .out_ready(\dut.word_ready ), .out_data(\dut.word_data ),
    .out_off(\dut.word_off ), .out_cnt(\dut.word_cnt ), .out_last(\dut.word_last ),
    .marked(marked), .mark_cmd(mark_cmd), .mark_pos(mark_pos), .mark_left(mark_left), .mark_known(mark_known),
    .mark_value(mark_value), .starts(starts), .lens(lens)
  );

  // ---- Counting.

  // Bursts by number, as the FIFOs of the design count them; what each has to be.
  (* hierconn *) wire [BURST_W-1:0] \dut.u_flight.wr_ptr_q ;
  (* hierconn *) wire [BURST_W-1:0] \dut.u_flight.rd_ptr_q ;
  (* hierconn *) wire [BURST_W-1:0] \dut.u_beats.wr_ptr_q ;
  (* hierconn *) wire [BURST_W-1:0] \dut.u_beats.rd_ptr_q ;

  wire [BURST_W-1:0] made   = \dut.u_flight.wr_ptr_q ;
  wire [BURST_W-1:0] told   = \dut.u_flight.rd_ptr_q ;
  wire [BURST_W-1:0] asked  = \dut.u_beats.wr_ptr_q ;
  wire [BURST_W-1:0] filled = \dut.u_beats.rd_ptr_q ;
  // The last beat of a burst may wait on W.
  wire [BURST_W-1:0] sent   = filled - (wvalid && wlast);

  reg [PTR_W-1:0] of_q    [0:OPEN-1];   // its command
  reg [NUM_W-1:0] word_q  [0:OPEN-1];   // words of it before this burst
  reg [7:0]       beats_q [0:OPEN-1];
  reg [63:0]      place_q [0:OPEN-1];   // its address
  reg             ends_q  [0:OPEN-1];   // on W the command ended with it

  wire             spl_ends = spl_word_q + \dut.burst_beats_m1 + 1'b1 == spl_total;
  wire             wrd_ends = wrd_word_q + 1'b1 == wrd_total;
  wire             bus_ends = bus_word_q + 1'b1 == bus_total;
  wire [63:0]      spl_place = {spl_addr[63:OFF_W] + spl_word_q,
                                (spl_word_q == 0) ? spl_addr[OFF_W-1:0] : {OFF_W{1'b0}}};

  // Reports.
  reg              err_q;         // a burst of the command to be reported next has failed
  reg [N-1:0]      due_q;
  reg              due_err_q;
  wire             closes = ends_q[told[BURST_W-2:0]];

  // Words taken and not sent.
  reg [NUM_W+PTR_W-1:0] ahead_q;
  reg [NUM_W-1:0]       fresh_q;    // of them, words of a command accepted in the cycle before
  wire [NUM_W-1:0]      acc_total;
  wire [LEN_W-1:0]      acc_len;

  dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_acc (
    .cmd(cmd_q[acc_q[IDX_W-1:0]]), .addr(), .len(acc_len), .off(), .eop(), .total(acc_total)
  );

  reg written_q;

  wire [OFF_W:0]   low     = (bus_word_q == 0) ? bus_addr[OFF_W-1:0] : {OFF_W{1'b0}};
  wire [OFF_W-1:0] top     = bus_ends ? bus_addr[OFF_W-1:0] + bus_len[OFF_W-1:0] - 1'b1 : {OFF_W{1'b1}};
  wire [BYTES-1:0] strobes = ({BYTES{1'b1}} << low) & ~({BYTES{1'b1}} << top << 1);
  wire [LEN_W:0]   mark_at = bus_addr[OFF_W-1:0] + {1'b0, mark_pos};
  wire             here    = marked && !written_q && (bus_q == mark_cmd) && (bus_word_q == mark_at[LEN_W:OFF_W]);
  wire [7:0]       found   = wdata >> {mark_at[OFF_W-1:0], 3'd0};

  always @(posedge clk) begin
    if (take) begin
      cmd_q[in_q[IDX_W-1:0]]    <= take_cmd;
      client_q[in_q[IDX_W-1:0]] <= takes;
      in_q                      <= in_q + 1'b1;
      lock_q                    <= !take_cmd[0];
      owner_q                   <= takes;
    end
    acc_q   <= acc_q + (accept || skip);
    ahead_q <= ahead_q + (accept ? acc_total : {NUM_W{1'b0}}) - word;
    fresh_q <= accept ? acc_total : {NUM_W{1'b0}};
    if (issue) begin
      of_q[made[BURST_W-2:0]]    <= spl_q;
      word_q[made[BURST_W-2:0]]  <= spl_word_q;
      beats_q[made[BURST_W-2:0]] <= \dut.burst_beats_m1 ;
      place_q[made[BURST_W-2:0]] <= spl_place;
      spl_q                      <= spl_q + spl_ends;
      spl_word_q                 <= spl_ends ? {NUM_W{1'b0}} : spl_word_q + \dut.burst_beats_m1 + 1'b1;
    end
    if (word) begin
      wrd_q      <= wrd_q + wrd_ends;
      wrd_word_q <= wrd_ends ? {NUM_W{1'b0}} : wrd_word_q + 1'b1;
    end
    if (beat) begin
      bus_q      <= bus_q + bus_ends;
      bus_word_q <= bus_ends ? {NUM_W{1'b0}} : bus_word_q + 1'b1;
      if (wlast) begin
        ends_q[sent[BURST_W-2:0]] <= bus_ends;
      end
      if (here) begin
        written_q <= 1'b1;
      end
    end
    if (!marked) begin
      written_q <= 1'b0;
    end
    // It waits until all before it are reported, so all numbers are the same.
    if (skip) begin
      spl_q   <= spl_q + 1'b1;
      wrd_q   <= wrd_q + 1'b1;
      bus_q   <= bus_q + 1'b1;
      skips_q <= skips_q + 1'b1;
    end
    due_q     <= {N{1'b0}};
    due_err_q <= bvalid && (err_q || bresp[1]);
    if (bvalid) begin
      err_q <= !closes && (err_q || bresp[1]);
      rsp_q <= rsp_q + closes;
      if (closes) begin
        due_q <= client_q[rsp_q[IDX_W-1:0]];
      end
    end
    if (skip) begin
      rsp_q <= rsp_q + 1'b1;
      due_q <= client_q[rsp_q[IDX_W-1:0]];
    end
    if (rst) begin
      in_q       <= {PTR_W{1'b0}};
      acc_q      <= {PTR_W{1'b0}};
      spl_q      <= {PTR_W{1'b0}};
      wrd_q      <= {PTR_W{1'b0}};
      bus_q      <= {PTR_W{1'b0}};
      rsp_q      <= {PTR_W{1'b0}};
      spl_word_q <= {NUM_W{1'b0}};
      wrd_word_q <= {NUM_W{1'b0}};
      bus_word_q <= {NUM_W{1'b0}};
      ahead_q    <= {(NUM_W + PTR_W){1'b0}};
      fresh_q    <= {NUM_W{1'b0}};
      lock_q     <= 1'b0;
      err_q      <= 1'b0;
      due_q      <= {N{1'b0}};
      written_q  <= 1'b0;
      skips_q    <= {BURST_W{1'b0}};
    end
  end

  // ---- What must hold.

  (* hierconn *) wire [7:0] \u_axi.n_q ;
  (* hierconn *) wire [7:0] \u_axi.done_q ;
  (* hierconn *) wire [7:0] \u_axi.beat_q ;
  (* hierconn *) wire [72*OPEN-1:0] \u_axi.list_q ;
  (* hierconn *) wire       \dut.beats_s_ready ;
  (* hierconn *) wire       \dut.near ;

  always @* begin
    if (!rst) begin
      one_command_at_a_time: assert((takes & (takes - 1'b1)) == {N{1'b0}});
      client_stays_until_eop: assert(!(take && lock_q) || (takes == owner_q));
      if (awvalid) begin
        burst_not_too_long: assert(awlen < MAX_BURST);
        // So the assumption of axi_write_rules about its own room hides nothing.
        bursts_in_flight: assert(\u_axi.n_q + \u_axi.done_q < OPEN);
        room_for_its_length: assert(\dut.beats_s_ready );
      end
      if (wvalid) begin
        words_of_commands_only: assert(bus_q != in_q);
        at_its_address: assert(waddr == {bus_addr[63:OFF_W] + bus_word_q, {OFF_W{1'b0}}});
        strobes_of_its_bytes: assert(wstrb == strobes);
        command_ends_with_a_burst: assert(!bus_ends || wlast);
        value_of_its_place: assert(!here || (mark_known && (found == mark_value)));
      end
      reported_when_due: assert(done_valid == due_q);
      errors_of_its_bursts: assert((done_valid == {N{1'b0}}) || (done_err == due_err_q));
      reported_when_written: assert(!(marked && !written_q) || (mark_n < in_n));
      // What the proofs of vnet_burst_split and vnet_wr_scatter assume.
      accepted_with_bytes: assert(!accept || ((acc_len != {LEN_W{1'b0}}) && (\dut.cmd_len == acc_len)));
      accepted_of_one_client: assert(!accept || ((\dut.cmd_client != 0) &&
                                                 ((\dut.cmd_client & (\dut.cmd_client - 1'b1)) == 0)));
      accepted_as_taken: assert(!accept || ({\dut.cmd_client , \dut.cmd_addr , \dut.cmd_len , \dut.cmd_off ,
                                             \dut.cmd_eop } == {client_q[acc_q[IDX_W-1:0]], cmd_q[acc_q[IDX_W-1:0]]}));
      without_bytes_in_order: assert(!skip || ((acc_len == {LEN_W{1'b0}}) && (rsp_q == acc_q) && (acc_q != in_q) &&
                                               !bvalid));
      responses_never_stall: assert(bready);
      // The command of the cycle before is not counted yet.
      not_far_ahead: assert(!accept || (ahead_q - fresh_q < AHEAD));
    end
  end

  // ---- Invariants.

  (* hierconn *) wire [N-1:0] \dut.sel_q ;
  (* hierconn *) wire         \dut.lock_q ;
  (* hierconn *) wire         \dut.u_cmd.ready_q ;
  (* hierconn *) wire         \dut.u_cmd.valid_q ;
  (* hierconn *) wire         \dut.u_cmd.spare_valid_q ;
  (* hierconn *) wire [N+CMD_W-1:0] \dut.u_cmd.data_q ;
  (* hierconn *) wire [N+CMD_W-1:0] \dut.u_cmd.spare_q ;
  (* hierconn *) wire [BURST_W-1:0] \dut.u_open.wr_ptr_q ;
  (* hierconn *) wire [BURST_W-1:0] \dut.u_open.rd_ptr_q ;
  (* hierconn *) wire [N-1:0] \dut.u_open.u_mem.mem[0] ;
  (* hierconn *) wire [N-1:0] \dut.u_open.u_mem.mem[1] ;
  (* hierconn *) wire         \dut.u_flight.u_mem.mem[0] ;
  (* hierconn *) wire         \dut.u_flight.u_mem.mem[1] ;
  (* hierconn *) wire [7:0]   \dut.u_beats.u_mem.mem[0] ;
  (* hierconn *) wire [7:0]   \dut.u_beats.u_mem.mem[1] ;
  (* hierconn *) wire         \dut.u_split.cmd_valid_q ;
  (* hierconn *) wire [63:0]  \dut.u_split.cmd_addr_q ;
  (* hierconn *) wire [SUM_W-1:OFF_W] \dut.u_split.cmd_end_q ;
  (* hierconn *) wire [LEFT_W-1:0] \dut.u_split.left_q ;
  (* hierconn *) wire [7:0]   \dut.u_split.end_word_q ;
  (* hierconn *) wire [7:0]   \dut.beat_q ;
  (* hierconn *) wire         \dut.err_q ;
  (* hierconn *) wire [NUM_W-1:0] \dut.cmd_beats_q ;
  (* hierconn *) wire [NUM_W:0] \dut.ahead_q ;
  (* hierconn *) wire [PTR_W-1:0] \u_path.in_q ;
  (* hierconn *) wire [PTR_W-1:0] \u_path.head_q ;
  (* hierconn *) wire [LEN_W-1:0] \u_path.sent_q ;

  wire [OPEN*N-1:0] opens  = {\dut.u_open.u_mem.mem[1] , \dut.u_open.u_mem.mem[0] };
  wire [OPEN-1:0]   lasts  = {\dut.u_flight.u_mem.mem[1] , \dut.u_flight.u_mem.mem[0] };
  wire [OPEN*8-1:0] counts = {\dut.u_beats.u_mem.mem[1] , \dut.u_beats.u_mem.mem[0] };

  wire [PTR_W-1:0] in_n  = in_q - rsp_q;
  wire [PTR_W-1:0] acc_n = acc_q - rsp_q;
  wire [PTR_W-1:0] spl_n = spl_q - rsp_q;
  wire [PTR_W-1:0] wrd_n = wrd_q - rsp_q;
  wire [PTR_W-1:0] bus_n = bus_q - rsp_q;

  wire [BURST_W-1:0] made_n   = made - told;
  wire [BURST_W-1:0] asked_n  = asked - told;
  wire [BURST_W-1:0] filled_n = filled - told;
  wire [BURST_W-1:0] sent_n   = sent - told;

  // Each command that is not reported.
  wire [RING-1:0]       ring_ok;
  wire [RING*NUM_W-1:0] totals;
  wire [RING*64-1:0]    addrs;
  wire [NUM_W+PTR_W-1:0] sums [0:RING];

  assign sums[0] = {(NUM_W + PTR_W){1'b0}};

  genvar r;
  generate
    for (r = 0; r < RING; r = r + 1) begin : g_ring
      wire [63:0]      addr;
      wire [LEN_W-1:0] len;
      wire [NUM_W-1:0] total;
      wire [IDX_W-1:0] n       = r - rsp_q[IDX_W-1:0];
      wire [BURST_W-2:0] open  = r - skips_q[BURST_W-2:0];
      wire [N-1:0]     owner   = opens >> (N * open);
      wire             to_send = (n >= wrd_n) && (n < acc_n);

      dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_shape (
        .cmd(cmd_q[r]), .addr(addr), .len(len), .off(), .eop(), .total(total)
      );
      assign totals[NUM_W*r +: NUM_W] = total;
      assign addrs[64*r +: 64]        = addr;
      assign sums[r+1]                = sums[r] + (to_send ? total : {NUM_W{1'b0}});
      assign ring_ok[r] = (n >= in_n) ||
                          ((client_q[r] != 0) && ((client_q[r] & (client_q[r] - 1'b1)) == 0) &&
                           ((n >= acc_n) || ((len != {LEN_W{1'b0}}) && (owner == client_q[r]))) &&
                           (!to_send || ((starts[OFF_W*r +: OFF_W] == addr[OFF_W-1:0]) &&
                                         (lens[LEN_W*r +: LEN_W] == len))));
    end
  endgenerate

  // Each burst that waits for its response; the next one begins where it ends.
  wire [OPEN-1:0] follow_ok;
  wire [OPEN-1:0] burst_ok;
  wire [OPEN-1:0] place_ok;

  genvar b;
  generate
    for (b = 0; b < OPEN; b = b + 1) begin : g_burst
      wire [BURST_W-2:0] n         = b - told[BURST_W-2:0];
      wire [IDX_W-1:0]   of        = of_q[b][IDX_W-1:0];
      wire [NUM_W-1:0]   total     = totals >> (NUM_W * of);
      wire [63:0]        addr      = addrs >> (64 * of);
      wire [NUM_W-1:0]   next      = word_q[b] + beats_q[b] + 1'b1;
      wire               last      = next == total;
      wire [PTR_W-1:0]   next_of   = of_q[b] + last;
      wire [NUM_W-1:0]   next_word = last ? {NUM_W{1'b0}} : next;
      wire [PTR_W-1:0]   of_n      = of_q[b] - rsp_q;

      assign follow_ok[b] = (n >= made_n) ||
                            ((n + 1'b1 == made_n) ? (spl_q == next_of) && (spl_word_q == next_word)
                                                  : (of_q[(b+1)%OPEN] == next_of) && (word_q[(b+1)%OPEN] == next_word));
      assign burst_ok[b]  = (n >= made_n) ||
                            ((lasts[b] == last) && (next <= total) && (beats_q[b] < MAX_BURST) && (of_n < acc_n) &&
                             ((n < filled_n) || (n >= asked_n) || (counts[8*b +: 8] == beats_q[b])) &&
                             ((n >= sent_n) || (ends_q[b] == last)));
      assign place_ok[b]  = (n >= made_n) || (n < sent_n) ||
                            ((place_q[b] == {addr[63:OFF_W] + word_q[b],
                                             (word_q[b] == 0) ? addr[OFF_W-1:0] : {OFF_W{1'b0}}}) &&
                             (place_q[b][OFF_W] + beats_q[b] < MAX_BURST));
    end
  endgenerate

  // The list of axi_write_rules: the bursts from `sent` to `asked`, then zeros.
  wire [OPEN-1:0] list_ok;

  genvar k;
  generate
    for (k = 0; k < OPEN; k = k + 1) begin : g_list
      wire [BURST_W-2:0] at = sent + k;
      assign list_ok[k] = \u_axi.list_q [72*k +: 72] ==
                          ((sent_n + k < asked_n) ? {place_q[at], beats_q[at]} : 72'd0);
    end
  endgenerate

  // Words counted from the begin of the block in which the command of the splitter begins.
  wire [NUM_W:0]  spl_from   = spl_addr[OFF_W] + {1'b0, spl_word_q};
  wire [NUM_W:0]  spl_end    = spl_addr[OFF_W] + {1'b0, spl_total} - 1'b1;
  wire [NUM_W:0]  spl_blocks = spl_end[NUM_W:1] - spl_from[NUM_W:1];
  wire            spl_last   = spl_blocks == 0;

  wire [PTR_W-1:0] nxt_q = spl_q + \dut.burst_valid ;
  wire [63:0]      nxt_addr;
  wire [LEN_W-1:0] nxt_len;
  wire [SUM_W-1:0] nxt_end = nxt_addr[BLOCK_W-1:0] + {1'b0, nxt_len} - 1'b1;

  dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_nxt (
    .cmd(cmd_q[nxt_q[IDX_W-1:0]]), .addr(nxt_addr), .len(nxt_len), .off(), .eop(), .total()
  );

  wire [IDX_W-1:0]   acc_at  = acc_q;
  wire [IDX_W-1:0]   acc_at1 = acc_q + 1'b1;
  wire [OFF_W-1:0]   wrd_start = addrs >> (64 * wrd_q[IDX_W-1:0]);
  wire [63:0]        mark_addr;
  wire [LEN_W-1:0]   mark_len;
  wire [PTR_W-1:0]   mark_n  = mark_cmd - rsp_q;
  wire [BURST_W-2:0] fill_at = filled;
  wire [BURST_W-2:0] sent_at = sent;
  wire [BURST_W-2:0] aw_at   = made - 1'b1;

  dma_wr_shape #(.DATA_W(DATA_W), .LEN_W(LEN_W)) u_mark (
    .cmd(cmd_q[mark_cmd[IDX_W-1:0]]), .addr(mark_addr), .len(mark_len), .off(), .eop(), .total()
  );

  always @* begin
    if (!rst && (INVARIANTS != 0)) begin
      inv_arbiter: assert((\dut.sel_q != 0) && ((\dut.sel_q & (\dut.sel_q - 1'b1)) == 0) &&
                          (\dut.lock_q == lock_q) && (!lock_q || (\dut.sel_q == owner_q)));
      inv_skid: assert((in_q - acc_q == \dut.u_cmd.valid_q + \dut.u_cmd.spare_valid_q ) &&
                       (!\dut.u_cmd.spare_valid_q || (\dut.u_cmd.valid_q && !\dut.u_cmd.ready_q )));
      inv_skid_first: assert(!\dut.u_cmd.valid_q || (\dut.u_cmd.data_q == {client_q[acc_at], cmd_q[acc_at]}));
      inv_skid_spare: assert(!\dut.u_cmd.spare_valid_q ||
                             (\dut.u_cmd.spare_q == {client_q[acc_at1], cmd_q[acc_at1]}));
      inv_order: assert((bus_n <= wrd_n) && (wrd_n <= spl_n) && (spl_n <= acc_n) && (acc_n <= in_n) &&
                        (acc_n <= OPEN) && (in_n <= acc_n + 2'd2));
      inv_bursts: assert((sent_n <= filled_n) && (filled_n <= asked_n) && (asked_n <= made_n) && (made_n <= OPEN) &&
                         (made == asked + awvalid));
      inv_open: assert((acc_q[BURST_W-1:0] == \dut.u_open.wr_ptr_q + skips_q) &&
                       (rsp_q[BURST_W-1:0] == \dut.u_open.rd_ptr_q + skips_q));
      inv_ring: assert(ring_ok == {RING{1'b1}});
      inv_follow: assert(follow_ok == {OPEN{1'b1}});
      inv_burst: assert(burst_ok == {OPEN{1'b1}});
      inv_place: assert(place_ok == {OPEN{1'b1}});
      inv_list: assert(list_ok == {OPEN{1'b1}});
      inv_oldest: assert(rsp_q == ((made_n == 0) ? spl_q : of_q[told[BURST_W-2:0]]));
      inv_split: assert((acc_q - spl_q == \dut.burst_valid + \dut.u_split.cmd_valid_q ) &&
                        ((spl_q == acc_q) || (spl_word_q < spl_total)) &&
                        (\dut.burst_valid || (spl_word_q == 0)));
      inv_split_first: assert(!\dut.u_split.cmd_valid_q || ((\dut.u_split.cmd_addr_q == nxt_addr) &&
                                                            (\dut.u_split.cmd_end_q == nxt_end[SUM_W-1:OFF_W])));
      inv_split_burst: assert(!\dut.burst_valid ||
                              ((\dut.burst_addr == spl_place) && (\dut.u_split.left_q == spl_blocks) &&
                               (\dut.u_split.end_word_q == spl_end[0]) && (\dut.burst_last == spl_last) &&
                               ((spl_word_q == 0) || !spl_from[0]) &&
                               (\dut.burst_beats_m1 == (spl_last ? spl_end[0] : 1'b1) - spl_from[0])));
      inv_aw: assert(!awvalid || ((awaddr == place_q[aw_at]) && (awlen == beats_q[aw_at])));
      inv_filled: assert((filled == made) ? (wrd_q == spl_q) && (wrd_word_q == spl_word_q) && (\dut.beat_q == 0)
                                          : (wrd_q == of_q[fill_at]) && (\dut.beat_q <= beats_q[fill_at]) &&
                                            (wrd_word_q == word_q[fill_at] + \dut.beat_q ));
      inv_sent: assert((sent == made) ? (bus_q == spl_q) && (bus_word_q == spl_word_q) && (\u_axi.beat_q == 0)
                                      : (bus_q == of_q[sent_at]) && (\u_axi.beat_q <= beats_q[sent_at]) &&
                                        (bus_word_q == word_q[sent_at] + \u_axi.beat_q ));
      inv_w: assert(wvalid ? (wrd_q == bus_q + bus_ends) && (wrd_word_q == (bus_ends ? 0 : bus_word_q + 1'b1)) &&
                             (sent_n < asked_n) && (wlast == (\u_axi.beat_q == beats_q[sent_at]))
                           : (wrd_q == bus_q) && (wrd_word_q == bus_word_q));
      inv_counts: assert((\u_axi.n_q == asked_n - sent_n) && (\u_axi.done_q == sent_n));
      inv_err: assert(\dut.err_q == err_q);
      inv_path: assert((\u_path.in_q == acc_q) && (\u_path.head_q == wrd_q) &&
                       ((wrd_q == acc_q) ? (wrd_word_q == 0) : (wrd_word_q < wrd_total)) &&
                       (\u_path.sent_q == ((wrd_word_q == 0) ? 0 : (wrd_word_q << OFF_W) - wrd_start)));
      inv_ahead: assert((\dut.ahead_q + {1'b0, \dut.cmd_beats_q } == ahead_q) &&
                        (ahead_q == sums[RING] - wrd_word_q) && (\dut.cmd_beats_q == fresh_q) && (fresh_q <= MOST) &&
                        (\dut.ahead_q < AHEAD + ((\dut.cmd_beats_q == 0) ? 2 * MOST : MOST)));
      inv_unmarked: assert(marked || !written_q);
      if (marked && !written_q) begin
        inv_mark: assert((mark_n < acc_n) && (mark_pos < mark_len));
        inv_mark_inside: assert(mark_left || ((mark_n >= wrd_n) &&
                                              ((mark_n != wrd_n) || (mark_pos >= \u_path.sent_q ))));
        inv_mark_on_w: assert(!mark_left || (wvalid && here));
      end
      inv_left: assert((!written_q || mark_left) && (!marked || !mark_left || mark_known));
    end
  end

  // ---- The interesting cases can happen.

  reg failed_q;    // the response to the first burst of a command of several told an error, that to the last did not

  always @(posedge clk) begin
    failed_q <= !rst && bvalid && closes && err_q && !bresp[1];
  end

  always @* begin
    if (!rst) begin
      third_burst: cover(wvalid && here && (bus_word_q == 4) && (awvalid || (mark_cmd != 0)));
      one_byte_in_the_middle: cover(wvalid && here && bus_ends && (bus_word_q == 0) && (bus_len == 1) && (low == 3));
      all_bursts_wait: cover((made_n == OPEN) && (sent_n == OPEN));
      all_commands_open: cover((acc_n == OPEN) && (in_n == OPEN + 2));
      error_of_the_first_burst: cover((done_valid == 2'd2) && done_err && failed_q);
      no_error_behind_an_error: cover(done_valid[0] && !done_err && (rsp_q == 2));
      turns: cover(take && !lock_q && (in_q != 0) && (takes != owner_q) && (owner_q == 2'd2));
      held: cover(lock_q && cmd_valid[0] && (owner_q == 2'd2) && !cmd_valid[1] && (in_q == 2));
      without_bytes: cover((done_valid == 2'd2) && !done_err && (skips_q == 1) && (rsp_q == 2) && marked);
      stopped_ahead: cover(!\dut.near && \dut.u_cmd.valid_q && (acc_n < OPEN));
    end
  end

endmodule

// dma_wr_shape: the parts of a command, and how many words it touches
module dma_wr_shape #(
  parameter integer DATA_W = 64,
  parameter integer LEN_W  = 8,
  // Derived.
  parameter integer OFF_W  = $clog2(DATA_W / 8)
) (
  input  wire [64+LEN_W+OFF_W:0] cmd,
  output wire [63:0]             addr,
  output wire [LEN_W-1:0]        len,
  output wire [OFF_W-1:0]        off,
  output wire                    eop,
  output wire [LEN_W-OFF_W:0]    total
);

  assign {addr, len, off, eop} = cmd;

  wire [LEN_W:0] span = {1'b0, len} + addr[OFF_W-1:0] + {OFF_W{1'b1}};
  assign total = span[LEN_W:OFF_W];

endmodule

`default_nettype wire
