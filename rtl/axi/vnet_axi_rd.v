// vnet_axi_rd: shares the AXI read channels among clients
// SPDX-License-Identifier: Apache-2.0
//
// Requests of the clients go to AR in turn; when several wait, those of PRIORITY clients go first. The
// priority ones are ring accesses: few bytes, and everything else waits for what they bring. A client
// stays selected while no other one waits, so a single one may send a request in every cycle.
//
// Memory answers in the order of the requests, or nearly, so a ring access waits there for the words that
// were asked for before it. Here it passes them. So the clients without PRIORITY wait here, and not in
// memory, while they are 256 words (the longest burst) ahead of the data channel: that many more than
// it had cycles for them. This costs no time, for those words keep the channel busy, and as they are
// on their way nobody waits for ever.
//
// The ARID is the number of the client. So the answers to one client stay in order without any
// memory here, and RID alone says where a word belongs. The data channel is never stalled: a client
// has a place for every word it asked for.
//
// Latency:       request to AR 1 cycle if its client is selected, else 2; R to response 1 cycle.
// Throughput:    1 request and 1 word per cycle.
// Back-pressure: s_req_ready depend on registers only, and are low without PRIORITY while 256 words
//                ahead; responses have none; m_axi_rready is constantly 1.
// Errors:        m_rsp_err with each word whose response was SLVERR or DECERR.
// Spec:          AMBA AXI4, "Transaction identifiers", "Read and write response structure".
`default_nettype none

module vnet_axi_rd #(
  // Width of the data bus in bits: 64, 128, 256 or 512.
  parameter integer DATA_W   = 64,
  // Clients, 2..16.
  parameter integer N        = 7,
  // Width of the AXI IDs, at least log2 N.
  parameter integer AXI_ID_W = 4,
  // One bit per client: goes before those without.
  parameter [N-1:0] PRIORITY = {N{1'b0}}
) (
  input  wire                clk,
  input  wire                rst,

  // Requests: legal bursts of req_len + 1 words. Client i has bits i, 64*i+63:64*i, 8*i+7:8*i.
  input  wire [N-1:0]        s_req_valid,
  output wire [N-1:0]        s_req_ready,
  input  wire [64*N-1:0]     s_req_addr,
  input  wire [8*N-1:0]      s_req_len,

  // Responses: valid says which client the word is for.
  output wire [N-1:0]        m_rsp_valid,
  output wire [DATA_W-1:0]   m_rsp_data,
  output wire                m_rsp_last,
  output wire                m_rsp_err,

  output wire [AXI_ID_W-1:0] m_axi_arid,
  output wire [63:0]         m_axi_araddr,
  output wire [7:0]          m_axi_arlen,
  output wire [2:0]          m_axi_arsize,
  output wire [1:0]          m_axi_arburst,
  output wire [3:0]          m_axi_arcache,
  output wire [2:0]          m_axi_arprot,
  output wire                m_axi_arvalid,
  input  wire                m_axi_arready,
  input  wire [AXI_ID_W-1:0] m_axi_rid,
  input  wire [DATA_W-1:0]   m_axi_rdata,
  input  wire [1:0]          m_axi_rresp,
  input  wire                m_axi_rlast,
  input  wire                m_axi_rvalid,
  output wire                m_axi_rready
);

  localparam integer IDX_W = (N < 2) ? 1 : $clog2(N);
  localparam integer REQ_W = 72;
  localparam integer SIZE  = $clog2(DATA_W / 8);

  vnet_param_check #(.OK(N <= (1 << AXI_ID_W))) u_axi_id_must_hold_the_client ();

  // The selected client, one bit. Its request moves to the next stage in any cycle in which there is
  // one and AR has room; then, or when it has none, the turn goes to another one that waits.
  reg  [N-1:0]     sel_q;
  reg  [8:0]       ahead_q;           // words that clients without PRIORITY are ahead
  wire             ar_ready;
  wire [N-1:0]     may_ask   = PRIORITY | {N{!ahead_q[8]}};
  wire [N-1:0]     asking    = s_req_valid & may_ask;
  wire             sel_valid = (asking & sel_q) != {N{1'b0}};
  wire [N-1:0]     others    = asking & ~sel_q;
  wire [N-1:0]     urgent    = others & PRIORITY;
  wire [N-1:0]     contender = (urgent != {N{1'b0}}) ? urgent : others;
  wire             turn      = ar_ready || !sel_valid;
  wire             grant_valid;
  wire [N-1:0]     grant;
  wire [IDX_W-1:0] grant_idx;

  assign s_req_ready = sel_q & may_ask & {N{ar_ready}};

  vnet_rr_arb #(
    .N(N)
  ) u_arb (
    .clk        (clk),
    .rst        (rst),
    .req        (contender),
    .advance    (turn),
    .grant_valid(grant_valid),
    .grant      (grant),
    .grant_idx  (grant_idx)
  );

  always @(posedge clk) begin
    if (turn && grant_valid) begin
      sel_q <= grant;
    end
    if (rst) begin
      sel_q <= {{(N - 1){1'b0}}, 1'b1};
    end
  end

  reg [REQ_W-1:0] sel_data;
  reg [IDX_W-1:0] sel_idx;

  integer i;
  always @* begin
    sel_data = {REQ_W{1'b0}};
    sel_idx  = {IDX_W{1'b0}};
    for (i = 0; i < N; i = i + 1) begin
      sel_data = sel_data |
                 ({s_req_len[8*i +: 8], s_req_addr[64*i +: 64]} & {REQ_W{sel_q[i]}});
      sel_idx  = sel_idx | (i[IDX_W-1:0] & {IDX_W{sel_q[i]}});
    end
  end

  wire [IDX_W-1:0] ar_client;

  vnet_skid #(
    .W(IDX_W + REQ_W)
  ) u_ar (
    .clk    (clk),
    .rst    (rst),
    .s_valid(sel_valid),
    .s_ready(ar_ready),
    .s_data ({sel_idx, sel_data}),
    .m_valid(m_axi_arvalid),
    .m_ready(m_axi_arready),
    .m_data ({ar_client, m_axi_arlen, m_axi_araddr})
  );

  generate
    if (AXI_ID_W > IDX_W) begin : g_wide_id
      assign m_axi_arid = {{(AXI_ID_W - IDX_W){1'b0}}, ar_client};
    end else begin : g_exact_id
      assign m_axi_arid = ar_client;
    end
  endgenerate

  assign m_axi_arsize  = SIZE[2:0];
  assign m_axi_arburst = 2'b01;
  assign m_axi_arcache = 4'b0011;
  assign m_axi_arprot  = 3'b000;
  assign m_axi_rready  = 1'b1;

  reg [N-1:0]      rsp_valid_q;
  reg [DATA_W-1:0] rsp_data_q;
  reg              rsp_last_q;
  reg              rsp_err_q;

  assign m_rsp_valid = rsp_valid_q;
  assign m_rsp_data  = rsp_data_q;
  assign m_rsp_last  = rsp_last_q;
  assign m_rsp_err   = rsp_err_q;

  // A word of a client with PRIORITY takes the cycle, any other cycle is one for the clients without.
  wire       asks_ahead = ar_ready && ((asking & sel_q & ~PRIORITY) != {N{1'b0}});
  wire       had_cycle  = (ahead_q != 9'd0) && ((rsp_valid_q & PRIORITY) == {N{1'b0}});

  always @(posedge clk) begin
    ahead_q <= ahead_q - {8'd0, had_cycle}
             + (asks_ahead ? {1'b0, sel_data[REQ_W-1:64]} + 9'd1 : 9'd0);
    if (rst) begin
      ahead_q <= 9'd0;
    end
  end

  // rresp[0] only tells OKAY from EXOKAY and SLVERR from DECERR.
  wire unused_ok = &{1'b0, m_axi_rresp[0], grant_idx};

  integer k;
  always @(posedge clk) begin
    rsp_data_q <= m_axi_rdata;
    rsp_last_q <= m_axi_rlast;
    rsp_err_q  <= m_axi_rresp[1];
    for (k = 0; k < N; k = k + 1) begin
      rsp_valid_q[k] <= m_axi_rvalid && (m_axi_rid == k[AXI_ID_W-1:0]);
    end
    if (rst) begin
      rsp_valid_q <= {N{1'b0}};
    end
  end

endmodule

`default_nettype wire
