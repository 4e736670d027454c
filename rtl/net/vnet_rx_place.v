// vnet_rx_place: chooses the buffers of each received frame before its first byte is written
// SPDX-License-Identifier: Apache-2.0
//
// Two memories hold, for each queue, the next chains the driver has given: the records (address,
// length) and one entry per chain with the sum of its lengths. Chains are fetched from the ring
// engine as long as there is room for the longest one, so that records never have to wait; if
// they could, a queue without traffic might block the others.
//
// The planner takes the oldest frame and needs header + frame bytes. Without mergeable buffers
// the oldest chain of the queue must hold them all; with them as many chains are counted as are
// needed, and then handed out in order. The number of chains is known before the header is made.
//
//   chains of queue 1:   [cap 1536] [cap 1536] [cap 2048] ...      need 12 + 4000
//   count:                 1536       3072       5120 >= 4012  ->  3 buffers: 1536, 1536, 940
//
// A chain that cannot be used (an error of the ring engine, shorter than the header, refused
// layout) holds no records and no capacity here; it is completed without bytes when it is the
// oldest one. Met among the chains of a merged frame it is completed just before that frame,
// because the buffers of a frame must be neighbours in the used ring. The chains of a stopped
// queue are completed as cancelled.
//
// A frame that is too long for its buffers is dropped and leaves them to the next one; so is one
// that would need more chains than the memories can hold. A frame without buffers waits
// cfg_rx_wait cycles at most; until then the frames behind it wait too, whatever queue they are
// for. A stale frame is for a driver that is gone, and dropped.
//
// Plans leave on two FIFOs: one entry per frame for the header, one entry per chain for the
// scatter. An entry of the second kind without a chain only reports a dropped frame.
//
// Latency:       2 cycles from frame to plan.
// Throughput:    1 frame per 2 cycles; merged frames of K chains 2 * K + 2 cycles. 1 record per
//                cycle.
// Back-pressure: s_rec_ready is constantly 1, all others come from registers.
// Errors:        8, 10 and those of the ring engine per chain; 24, 25, 28 per frame; 31 inside
//                the device for a cancelled chain.
// Spec:          virtio 1.4, "Network Device / Setting Up Receive Buffers", "Processing of
//                Incoming Packets": num_buffers.
`default_nettype none

module vnet_rx_place #(
  // Queues, 1, 2, 4 or 8.
  parameter integer NQ            = 1,
  // Width of a length in bits.
  parameter integer LEN_W         = 20,
  // Most elements in a chain.
  parameter integer CHAIN_MAX     = 256,
  // Records kept per queue, a power of two, at least CHAIN_MAX; eight times that keeps
  // single-element chains flowing. Costs block RAM.
  parameter integer RECORDS       = 2048,
  // Chains kept per queue, a power of two, at least 2; most buffers of a merged frame.
  parameter integer CHAINS        = 64,
  // 1: refuse chains whose header is not alone in the first element although no any-layout right
  // was negotiated.
  parameter integer STRICT_LAYOUT = 0,
  // Derived: widths of a queue number and of a record number inside a queue. Do not set.
  parameter integer Q_W           = (NQ < 2) ? 1 : $clog2(NQ),
  parameter integer REC_W         = $clog2(RECORDS)
) (
  input  wire                 clk,
  input  wire                 rst,

  input  wire [5:0]           cfg_hdr_len,
  input  wire                 cfg_any_layout,
  input  wire                 cfg_mrg_rxbuf,
  input  wire [NQ-1:0]        cfg_enable,
  input  wire [NQ-1:0]        cfg_stop,
  // Cycles a frame waits for buffers; all ones: for ever.
  input  wire [31:0]          cfg_rx_wait,

  // Ring engine.
  input  wire [NQ-1:0]        s_chain_ready,
  output wire                 m_take_valid,
  input  wire                 m_take_ready,
  output wire [Q_W-1:0]       m_take_queue,
  input  wire                 s_rec_valid,
  output wire                 s_rec_ready,
  input  wire [63:0]          s_rec_addr,
  input  wire [LEN_W-1:0]     s_rec_len,
  input  wire                 s_rec_last,
  input  wire [Q_W-1:0]       s_rec_queue,
  input  wire [15:0]          s_rec_head,
  input  wire [15:0]          s_rec_ndesc,
  input  wire                 s_rec_zero,
  input  wire [4:0]           s_rec_err,

  // Stored frames.
  input  wire                 s_frm_valid,
  output wire                 s_frm_ready,
  input  wire [LEN_W-1:0]     s_frm_len,
  input  wire [Q_W-1:0]       s_frm_queue,
  input  wire                 s_frm_stale,

  // One plan per frame.
  output wire                 m_frame_valid,
  input  wire                 m_frame_ready,
  output wire                 m_frame_discard,
  output wire [15:0]          m_frame_buffers,

  // One plan per chain (or dropped frame: chain = 0). len: bytes to write, first/eof: first/last
  // chain of a frame.
  output wire                 m_plan_valid,
  input  wire                 m_plan_ready,
  output wire                 m_plan_chain,
  output wire [Q_W-1:0]       m_plan_queue,
  output wire [15:0]          m_plan_head,
  output wire [REC_W-1:0]     m_plan_start,
  output wire [REC_W:0]       m_plan_nrec,
  output wire [LEN_W-1:0]     m_plan_len,
  output wire                 m_plan_first,
  output wire                 m_plan_eof,
  output wire [LEN_W-1:0]     m_plan_bytes,
  output wire [15:0]          m_plan_ndesc,
  output wire [1:0]           m_plan_class,
  output wire                 m_plan_layout,
  output wire [4:0]           m_plan_err,
  output wire [7:0]           m_plan_zero,

  // Records of planned chains, one cycle after asking; free: one pulse per planned chain when its
  // records are no longer needed.
  input  wire                 s_rd_en,
  input  wire [Q_W-1:0]       s_rd_queue,
  input  wire [REC_W-1:0]     s_rd_pos,
  output wire [63:0]          m_rd_addr,
  output wire [LEN_W-1:0]     m_rd_len,
  input  wire                 s_free_valid,
  input  wire [Q_W-1:0]       s_free_queue,
  input  wire [REC_W:0]       s_free_nrec
);

  vnet_param_check #(.OK(RECORDS >= CHAIN_MAX)) u_records_must_hold_the_longest_chain ();

  localparam [4:0] ERR_CHAIN_SHORT    = 5'd8;
  localparam [4:0] ERR_LAYOUT_REFUSED = 5'd10;
  localparam [4:0] ERR_NO_FIT         = 5'd24;
  localparam [4:0] ERR_NO_BUFFER      = 5'd25;
  localparam [4:0] ERR_NO_QUEUE       = 5'd28;
  localparam [4:0] ERR_CANCELLED      = 5'd31;
  localparam [1:0] CLASS_NONE         = 2'd0;
  localparam [1:0] CLASS_INLINE       = 2'd1;
  localparam [1:0] CLASS_ALONE        = 2'd2;
  localparam [1:0] CLASS_CUT          = 2'd3;

  localparam integer NQ_POW2 = 1 << Q_W;
  localparam integer CHN_W   = $clog2(CHAINS);
  localparam integer INFO_W  = 16 + REC_W + (REC_W + 1) + 16 + 2 + 1 + 5 + 8;

  // One queue has a queue number of one bit all the same, which is 0.
  wire [Q_W-1:0]      frm_queue = (NQ < 2) ? {Q_W{1'b0}} : s_frm_queue;

  // ---- per queue: what is stored, and what is reserved by takes under way
  wire [NQ-1:0]       pick;                  // a take of this queue begins
  wire                store_chain;           // the chain in the third step of the intake is entered
  wire [Q_W-1:0]      store_queue;
  wire [REC_W:0]      store_nrec;
  wire                pop_chain;             // the planner has handed out the oldest chain
  reg  [Q_W-1:0]      queue_q;               // queue the planner works on
  reg                 free_valid_q;
  reg  [Q_W-1:0]      free_queue_q;
  reg  [REC_W:0]      free_nrec_q;
  reg                 back_valid_q;          // a chain was entered: what its take reserved too much
  reg  [Q_W-1:0]      back_queue_q;
  reg  [REC_W:0]      back_nrec_q;

  wire [NQ_POW2*REC_W-1:0]     rec_wr;       // where the next chain's records begin
  wire [NQ_POW2*CHN_W-1:0]     chn_wr;
  wire [NQ_POW2*CHN_W-1:0]     chn_rd;
  wire [NQ_POW2*(CHN_W+1)-1:0] chn_cnt;      // chains that the planner may look at
  wire [NQ-1:0]                room;         // the longest chain can be taken
  wire [NQ-1:0]                nonempty;
  wire [NQ_POW2-1:0]           crowded;      // no room, and no take under way that could bring more

  genvar g;
  generate
    for (g = 0; g < NQ; g = g + 1) begin : g_queue
      reg [REC_W-1:0] rec_wr_q;
      reg [REC_W:0]   rec_free_q;
      reg [CHN_W-1:0] chn_wr_q;
      reg [CHN_W-1:0] chn_rd_q;
      reg [CHN_W:0]   chn_cnt_q;
      reg [CHN_W:0]   chn_free_q;
      reg             crowded_q;
      reg             crowded_2_q;
      wire            crowded_now = !room[g] && (chn_free_q + chn_cnt_q == CHAINS[CHN_W:0]);
      wire            back_here  = back_valid_q && (back_queue_q == g[Q_W-1:0]);
      wire            store_here = store_chain && (store_queue == g[Q_W-1:0]);
      wire            pop_here   = pop_chain && (queue_q == g[Q_W-1:0]);
      wire            free_here  = free_valid_q && (free_queue_q == g[Q_W-1:0]);

      assign room[g]     = (chn_free_q != {(CHN_W + 1){1'b0}})
                        && (rec_free_q >= CHAIN_MAX[REC_W:0]);
      assign nonempty[g] = chn_cnt_q != {(CHN_W + 1){1'b0}};
      assign crowded[g]  = crowded_2_q;
      assign rec_wr[g*REC_W +: REC_W]          = rec_wr_q;
      assign chn_wr[g*CHN_W +: CHN_W]          = chn_wr_q;
      assign chn_rd[g*CHN_W +: CHN_W]          = chn_rd_q;
      assign chn_cnt[g*(CHN_W+1) +: CHN_W + 1] = chn_cnt_q;

      always @(posedge clk) begin
        // Records come back a cycle after the chain that did not need them has been counted.
        crowded_q   <= crowded_now;
        crowded_2_q <= crowded_now && crowded_q;
        // A take reserves the longest chain; when the chain is stored the reservation shrinks to
        // what it is.
        rec_free_q <= rec_free_q - (pick[g] ? CHAIN_MAX[REC_W:0] : {(REC_W + 1){1'b0}})
                    + (back_here ? back_nrec_q : {(REC_W + 1){1'b0}})
                    + (free_here ? free_nrec_q : {(REC_W + 1){1'b0}});
        chn_free_q <= chn_free_q - {{CHN_W{1'b0}}, pick[g]} + {{CHN_W{1'b0}}, pop_here};
        chn_cnt_q  <= chn_cnt_q + {{CHN_W{1'b0}}, store_here} - {{CHN_W{1'b0}}, pop_here};
        if (store_here) begin
          rec_wr_q <= rec_wr_q + store_nrec[REC_W-1:0];
          chn_wr_q <= chn_wr_q + {{(CHN_W - 1){1'b0}}, 1'b1};
        end
        if (pop_here) begin
          chn_rd_q <= chn_rd_q + {{(CHN_W - 1){1'b0}}, 1'b1};
        end
        if (rst) begin
          rec_wr_q   <= {REC_W{1'b0}};
          rec_free_q <= RECORDS[REC_W:0];
          chn_wr_q   <= {CHN_W{1'b0}};
          chn_rd_q   <= {CHN_W{1'b0}};
          chn_cnt_q  <= {(CHN_W + 1){1'b0}};
          chn_free_q <= CHAINS[CHN_W:0];
          crowded_q   <= 1'b0;
          crowded_2_q <= 1'b0;
        end
      end
    end

    // One queue has a queue number of one bit; the second half does not exist.
    for (g = NQ; g < NQ_POW2; g = g + 1) begin : g_no_queue
      assign crowded[g] = 1'b0;
      assign rec_wr[g*REC_W +: REC_W]          = {REC_W{1'b0}};
      assign chn_wr[g*CHN_W +: CHN_W]          = {CHN_W{1'b0}};
      assign chn_rd[g*CHN_W +: CHN_W]          = {CHN_W{1'b0}};
      assign chn_cnt[g*(CHN_W+1) +: CHN_W + 1] = {(CHN_W + 1){1'b0}};
    end
  endgenerate

  // ---- taking chains
  // A queue is looked at only while no take of it is pending, because until then its chain_ready
  // still tells of the chain being taken.
  reg            take_valid_q;
  reg  [Q_W-1:0] take_queue_q;
  reg  [NQ-1:0]  take_mask_q;
  wire           grant_valid;
  wire [NQ-1:0]  grant;
  wire [Q_W-1:0] grant_queue;
  wire           pick_en = m_take_ready || !take_valid_q;

  assign m_take_valid = take_valid_q;
  assign m_take_queue = take_queue_q;
  assign pick         = pick_en ? grant : {NQ{1'b0}};

  vnet_rr_arb #(
    .N(NQ)
  ) u_arb (
    .clk        (clk),
    .rst        (rst),
    .req        (s_chain_ready & room & ~take_mask_q),
    .advance    (pick_en),
    .grant_valid(grant_valid),
    .grant      (grant),
    .grant_idx  (grant_queue)
  );

  always @(posedge clk) begin
    if (pick_en) begin
      take_valid_q <= grant_valid;
      take_queue_q <= grant_queue;
      take_mask_q  <= grant;
    end
    if (rst) begin
      take_valid_q <= 1'b0;
      take_mask_q  <= {NQ{1'b0}};
    end
  end

  // ---- intake of records: three steps, never stalled
  assign s_rec_ready = 1'b1;

  // First step: the record as it came.
  reg              in_valid_q;
  reg  [63:0]      in_addr_q;
  reg  [LEN_W-1:0] in_len_q;
  reg              in_last_q;
  reg  [Q_W-1:0]   in_queue_q;
  reg  [15:0]      in_head_q;
  reg  [15:0]      in_ndesc_q;
  reg              in_zero_q;
  reg  [4:0]       in_err_q;

  always @(posedge clk) begin
    in_valid_q <= s_rec_valid;
    in_addr_q  <= s_rec_addr;
    in_len_q   <= s_rec_len;
    in_last_q  <= s_rec_last;
    in_queue_q <= (NQ < 2) ? {Q_W{1'b0}} : s_rec_queue;
    in_head_q  <= s_rec_head;
    in_ndesc_q <= s_rec_ndesc;
    in_zero_q  <= s_rec_zero;
    in_err_q   <= s_rec_err;
    if (rst) begin
      in_valid_q <= 1'b0;
    end
  end

  // Second step: what it adds to its chain. The capacity saturates; it is then more than any
  // frame needs.
  reg              first_q;                  // the next record is the first of its chain
  reg  [LEN_W-1:0] cap_q;
  reg              stop_q;
  reg  [1:0]       class_q;
  reg  [7:0]       zero_q;
  wire [LEN_W-1:0] hdr_len    = {{(LEN_W - 6){1'b0}}, cfg_hdr_len};
  wire [LEN_W:0]   cap_sum    = {1'b0, first_q ? {LEN_W{1'b0}} : cap_q} + {1'b0, in_len_q};
  wire [LEN_W-1:0] cap_now    = cap_sum[LEN_W] ? {LEN_W{1'b1}} : cap_sum[LEN_W-1:0];
  wire             stop_now   = (stop_q && !first_q) || cfg_stop[in_queue_q];
  wire [1:0]       class_here = (in_len_q == {LEN_W{1'b0}}) ? CLASS_NONE
                              : (in_len_q == hdr_len)       ? CLASS_ALONE
                              : (in_len_q > hdr_len)        ? CLASS_INLINE : CLASS_CUT;
  wire [1:0]       class_now  = (first_q || (class_q == CLASS_NONE)) ? class_here : class_q;
  wire [7:0]       zero_base  = first_q ? 8'd0 : zero_q;
  wire [7:0]       zero_now   = (in_zero_q && (zero_base != 8'hFF)) ? zero_base + 8'd1 : zero_base;

  // Third step: into the memories. cap_q, stop_q, class_q and zero_q belong to the record that is
  // here.
  reg              rec_valid_q;
  reg  [63:0]      rec_addr_q;
  reg  [LEN_W-1:0] rec_len_q;
  reg              rec_last_q;
  reg  [Q_W-1:0]   rec_queue_q;
  reg  [15:0]      rec_head_q;
  reg  [15:0]      rec_ndesc_q;
  reg  [4:0]       rec_err_q;
  reg              rec_keep_q;               // it has bytes: those without are not kept
  reg  [REC_W:0]   nrec_q;                   // records of this chain stored before

  always @(posedge clk) begin
    rec_valid_q <= in_valid_q;
    rec_keep_q  <= in_valid_q && (in_len_q != {LEN_W{1'b0}});
    rec_addr_q  <= in_addr_q;
    rec_len_q   <= in_len_q;
    rec_last_q  <= in_last_q;
    rec_queue_q <= in_queue_q;
    rec_head_q  <= in_head_q;
    rec_ndesc_q <= in_ndesc_q;
    rec_err_q   <= in_err_q;
    if (in_valid_q) begin
      first_q <= in_last_q;
      cap_q   <= cap_now;
      stop_q  <= stop_now;
      class_q <= class_now;
      zero_q  <= zero_now;
    end
    if (rst) begin
      rec_valid_q <= 1'b0;
      rec_keep_q  <= 1'b0;
      first_q     <= 1'b1;
    end
  end

  wire             layout     = !cfg_any_layout && (class_q != CLASS_NONE)
                             && (class_q != CLASS_ALONE);
  wire [4:0]       chain_err  = stop_q                             ? ERR_CANCELLED
                              : (rec_err_q != 5'd0)                ? rec_err_q
                              : ((STRICT_LAYOUT != 0) && layout)   ? ERR_LAYOUT_REFUSED
                              : (cap_q < hdr_len)                  ? ERR_CHAIN_SHORT : 5'd0;
  wire             chain_bad  = chain_err != 5'd0;
  wire [REC_W:0]   nrec       = nrec_q + {{REC_W{1'b0}}, rec_keep_q};
  wire [REC_W-1:0] rec_base   = rec_wr[rec_queue_q*REC_W +: REC_W];
  wire [CHN_W-1:0] store_pos  = chn_wr[rec_queue_q*CHN_W +: CHN_W];

  assign store_chain = rec_valid_q && rec_last_q;
  assign store_queue = rec_queue_q;
  // The next chain overwrites the records of one that is not used.
  assign store_nrec  = chain_bad ? {(REC_W + 1){1'b0}} : nrec;

  always @(posedge clk) begin
    if (rec_valid_q) begin
      nrec_q <= rec_last_q ? {(REC_W + 1){1'b0}} : nrec;
    end
    if (rst) begin
      nrec_q <= {(REC_W + 1){1'b0}};
    end
  end

  // One queue has a queue number of one bit, but needs no second half of the memories.
  localparam integer REC_ADDR_W = $clog2(NQ) + REC_W;
  wire [REC_W-1:0]     rec_pos = rec_base + nrec_q[REC_W-1:0];
  wire [Q_W+REC_W-1:0] rec_at  = {rec_queue_q, rec_pos};
  wire [Q_W+REC_W-1:0] rd_at   = {s_rd_queue, s_rd_pos};
  localparam integer CHN_ADDR_W = $clog2(NQ) + CHN_W;
  wire [Q_W+CHN_W-1:0] store_at = {store_queue, store_pos};
  wire [Q_W+CHN_W-1:0] look_at  = {look_queue, look_pos};

  vnet_ram #(
    .W    (64 + LEN_W),
    .DEPTH(NQ * RECORDS)
  ) u_records (
    .clk    (clk),
    .wr_en  (rec_keep_q),
    .wr_addr(rec_at[REC_ADDR_W-1:0]),
    .wr_data({rec_addr_q, rec_len_q}),
    .rd_en  (s_rd_en),
    .rd_addr(rd_at[REC_ADDR_W-1:0]),
    .rd_data({m_rd_addr, m_rd_len})
  );

  // The planner decides by the capacity of a chain and whether it is usable. These are kept apart, in
  // a memory that answers at once, so that they are compared before they come to a register.
  wire             look_en;                  // the planner reads an entry
  wire [Q_W-1:0]   look_queue;
  wire [CHN_W-1:0] look_pos;
  wire [LEN_W-1:0] look_cap;
  wire             look_bad;
  wire [LEN_W-1:0] rest_next;
  reg  [LEN_W-1:0] ch_cap;
  reg              ch_bad;
  reg              ch_holds;                 // all the bytes left (rest_q)
  wire [15:0]      ch_head;
  wire [REC_W-1:0] ch_start;
  wire [REC_W:0]   ch_nrec;
  wire [15:0]      ch_ndesc;
  wire [1:0]       ch_class;
  wire             ch_layout;
  wire [4:0]       ch_err;
  wire [7:0]       ch_zero;

  vnet_lutram #(
    .W    (LEN_W + 1),
    .DEPTH(NQ * CHAINS)
  ) u_caps (
    .clk    (clk),
    .wr_en  (store_chain),
    .wr_addr(store_at[CHN_ADDR_W-1:0]),
    .wr_data({chain_bad, cap_q}),
    .rd_addr(look_at[CHN_ADDR_W-1:0]),
    .rd_data({look_bad, look_cap})
  );

  always @(posedge clk) begin
    if (look_en) begin
      ch_cap   <= look_cap;
      ch_bad   <= look_bad;
      ch_holds <= look_cap >= rest_next;
    end
  end

  vnet_ram #(
    .W    (INFO_W),
    .DEPTH(NQ * CHAINS)
  ) u_chains (
    .clk    (clk),
    .wr_en  (store_chain),
    .wr_addr(store_at[CHN_ADDR_W-1:0]),
    .wr_data({rec_head_q, rec_base, store_nrec, rec_ndesc_q, class_q, layout, chain_err,
              zero_q}),
    .rd_en  (look_en),
    .rd_addr(look_at[CHN_ADDR_W-1:0]),
    .rd_data({ch_head, ch_start, ch_nrec, ch_ndesc, ch_class, ch_layout, ch_err,
              ch_zero})
  );

  // ---- planner
  // IDLE:   nothing begun. Leaves when there is a chain to return or a frame whose queue has a
  //         chain; the entry is being read.
  // CHECK:  an entry is here. Counts chains for the frame until they hold it, one per cycle.
  // REWIND: several chains hold the frame; the first of them is being read again.
  // EMIT:   an entry is here again and is handed out.
  localparam [1:0] ST_IDLE   = 2'd0;
  localparam [1:0] ST_CHECK  = 2'd1;
  localparam [1:0] ST_REWIND = 2'd2;
  localparam [1:0] ST_EMIT   = 2'd3;

  reg  [1:0]       state_q;
  reg  [1:0]       state_d;
  reg              flush_q;                  // the entry belongs to a stopped queue
  reg  [LEN_W-1:0] rest_q;                   // bytes without a chain found (CHECK), given (EMIT)
  reg  [LEN_W-1:0] need_q;
  reg  [LEN_W-1:0] bytes_q;                  // length of the frame
  reg  [CHN_W:0]   idx_q;                    // number of the entry that is here
  reg  [CHN_W:0]   last_q;                   // number of the last entry the frame needs
  reg  [CHN_W:0]   good_q;                   // usable entries before this one
  reg              seen_bad_q;               // an unusable entry is among them
  reg              bad_pass_q;               // EMIT: the unusable ones first
  reg              first_out_q;              // EMIT: no entry of the frame has been handed out yet
  reg  [CHN_W-1:0] next_q;                   // entry behind the one that is here
  reg  [31:0]      wait_q;
  reg              taken_q;                  // a frame was taken one cycle ago
  reg              expired_q;
  reg  [5:0]       open_q;                   // chains handed out whose records are still in use
  reg              unused_q;                 // there were none one cycle ago

  wire             frame_ready;
  wire             plan_ready;
  wire             go = frame_ready && plan_ready;

  // A stopped queue with chains: the lowest one.
  wire [NQ-1:0]    flush_req = cfg_stop & nonempty;
  wire             flush_any = flush_req != {NQ{1'b0}};
  reg  [Q_W-1:0]   flush_queue;
  integer i;
  always @* begin
    flush_queue = {Q_W{1'b0}};
    for (i = NQ - 1; i >= 0; i = i - 1) begin
      if (flush_req[i]) begin
        flush_queue = i[Q_W-1:0];
      end
    end
  end

  wire             frm_live  = cfg_enable[frm_queue] && !cfg_stop[frm_queue] && !s_frm_stale;
  wire             frm_start = s_frm_valid && frm_live && nonempty[frm_queue];
  wire             enough    = !ch_bad && ch_holds;
  wire             oldest    = idx_q == {(CHN_W + 1){1'b0}};
  wire [CHN_W:0]   stored    = chn_cnt[queue_q*(CHN_W+1) +: CHN_W + 1];
  wire             have_next = stored > idx_q + {{CHN_W{1'b0}}, 1'b1};
  // crowded is some cycles old: with the last records just freed it does not know of their room.
  wire             no_more   = crowded[queue_q] && unused_q;

  // What the planner does in this cycle.
  reg              out_chain;                // hands out the entry that is here
  reg              out_drop;                 // drops the frame
  reg              out_frame;                // plans the frame
  reg              pop;                      // removes the oldest entry
  reg              look;                     // reads an entry, the oldest or the next one
  reg  [4:0]       drop_code;
  wire             single = oldest;          // the frame needs the oldest chain only

  always @* begin
    state_d   = state_q;
    out_chain = 1'b0;
    out_drop  = 1'b0;
    out_frame = 1'b0;
    pop       = 1'b0;
    look      = 1'b0;
    drop_code = ERR_NO_BUFFER;
    if (go) begin
      case (state_q)
        ST_IDLE: begin
          if (flush_any || frm_start) begin
            look    = 1'b1;
            state_d = ST_CHECK;
          end else if (s_frm_valid && (!frm_live || expired_q)) begin
            out_drop  = 1'b1;
            drop_code = frm_live ? ERR_NO_BUFFER : ERR_NO_QUEUE;
          end
        end
        ST_CHECK: begin
          state_d = ST_IDLE;
          if (flush_q || (ch_bad && oldest)) begin
            out_chain = 1'b1;
            pop       = 1'b1;
          end else if (enough) begin
            out_frame = 1'b1;
            out_chain = single;
            pop       = single;
            state_d   = single ? ST_IDLE : ST_REWIND;
          end else if (!cfg_mrg_rxbuf) begin
            out_drop  = 1'b1;
            drop_code = ERR_NO_FIT;
          end else if (have_next) begin
            look    = 1'b1;
            state_d = ST_CHECK;
          end else if (no_more || expired_q) begin
            out_drop  = 1'b1;
            drop_code = no_more ? ERR_NO_FIT : ERR_NO_BUFFER;
          end
        end
        ST_REWIND: begin
          look    = 1'b1;
          state_d = ST_EMIT;
        end
        default: begin
          // First the unusable entries, if any; then all are removed and the usable ones handed
          // out.
          look      = 1'b1;
          pop       = !bad_pass_q;
          out_chain = bad_pass_q == ch_bad;
          if (idx_q == last_q) begin
            look    = 1'b0;
            state_d = bad_pass_q ? ST_REWIND : ST_IDLE;
          end
        end
      endcase
    end
  end

  assign pop_chain   = pop;
  assign s_frm_ready = out_frame || out_drop;

  wire             from_front = (state_q == ST_IDLE) || (state_q == ST_REWIND);
  assign look_en    = look;
  assign look_queue = (NQ < 2)             ? {Q_W{1'b0}}
                    : (state_q != ST_IDLE) ? queue_q : flush_any ? flush_queue : frm_queue;
  assign look_pos   = from_front ? chn_rd[look_queue*CHN_W +: CHN_W] : next_q;

  // What is handed out.
  wire             emit      = state_q == ST_EMIT;
  wire             unused    = flush_q || ch_bad || out_drop;   // nothing is written
  wire             eof       = unused || ch_holds;
  wire [LEN_W-1:0] out_len   = unused ? {LEN_W{1'b0}} : ch_holds ? rest_q : ch_cap;
  wire             out_first = !unused && (!emit || first_out_q);
  wire [4:0]       out_err   = out_drop ? drop_code : flush_q ? ERR_CANCELLED : ch_err;
  wire [Q_W-1:0]   out_queue = (state_q == ST_IDLE) ? frm_queue : queue_q;

  wire [$clog2(16):0] frame_level;
  wire [$clog2(16):0] plan_level;

  vnet_fifo #(
    .W    (17),
    .DEPTH(16)
  ) u_frame (
    .clk    (clk),
    .rst    (rst),
    .s_valid(out_frame || out_drop),
    .s_ready(frame_ready),
    .s_data ({out_drop, {(15 - CHN_W){1'b0}}, good_q + {{CHN_W{1'b0}}, 1'b1}}),
    .m_valid(m_frame_valid),
    .m_ready(m_frame_ready),
    .m_data ({m_frame_discard, m_frame_buffers}),
    .level  (frame_level)
  );

  vnet_fifo #(
    .W    (1 + Q_W + 16 + REC_W + REC_W + 1 + LEN_W + 2 + LEN_W + 16 + 2 + 1 + 5 + 8),
    .DEPTH(16)
  ) u_plan (
    .clk    (clk),
    .rst    (rst),
    .s_valid(out_chain || out_drop),
    .s_ready(plan_ready),
    .s_data ({!out_drop, out_queue, ch_head, ch_start, ch_nrec, out_len, out_first, eof, bytes_q,
              ch_ndesc, ch_class, ch_layout, out_err, ch_zero}),
    .m_valid(m_plan_valid),
    .m_ready(m_plan_ready),
    .m_data ({m_plan_chain, m_plan_queue, m_plan_head, m_plan_start, m_plan_nrec, m_plan_len,
              m_plan_first, m_plan_eof, m_plan_bytes, m_plan_ndesc, m_plan_class, m_plan_layout,
              m_plan_err, m_plan_zero}),
    .level  (plan_level)
  );

  // Bytes left for the entry that is read now.
  wire [LEN_W-1:0] need      = s_frm_len + hdr_len;
  wire [LEN_W-1:0] rest_less = rest_q - ch_cap;
  assign rest_next = (state_q == ST_IDLE)  ? need
                   : (state_q == ST_CHECK) ? (ch_bad ? rest_q : enough ? need_q : rest_less)
                   : (emit && !bad_pass_q && !ch_bad) ? rest_less : rest_q;

  always @(posedge clk) begin
    state_q      <= state_d;
    back_valid_q <= store_chain;
    back_queue_q <= store_queue;
    back_nrec_q  <= CHAIN_MAX[REC_W:0] - store_nrec;
    free_valid_q <= s_free_valid;
    free_queue_q <= (NQ < 2) ? {Q_W{1'b0}} : s_free_queue;
    free_nrec_q  <= s_free_nrec;
    // At most those in the plan FIFO and three more.
    open_q       <= open_q + {5'd0, out_chain} - {5'd0, free_valid_q};
    unused_q     <= open_q == 6'd0;
    // The time at the head of the line counts, but for cycles in which the planner is held up by
    // the writes.
    taken_q      <= s_frm_ready;
    expired_q    <= (wait_q >= cfg_rx_wait) && (cfg_rx_wait != 32'hFFFFFFFF)
                 && s_frm_valid && !s_frm_ready && !taken_q;
    if (!s_frm_valid || taken_q) begin
      wait_q     <= 32'd0;
    end else if (go) begin
      wait_q     <= wait_q + 32'd1;
    end
    if (go || (state_q == ST_IDLE)) begin
      rest_q     <= rest_next;
    end
    if (state_q == ST_IDLE) begin
      queue_q    <= look_queue;
      flush_q    <= flush_any;
      need_q     <= need;
      bytes_q    <= s_frm_len;
      good_q     <= {(CHN_W + 1){1'b0}};
      seen_bad_q <= 1'b0;
    end else if ((state_q == ST_CHECK) && go) begin
      last_q      <= idx_q;
      bad_pass_q  <= seen_bad_q;
      first_out_q <= 1'b1;
      if (ch_bad) begin
        seen_bad_q <= 1'b1;
      end else begin
        good_q <= good_q + {{CHN_W{1'b0}}, 1'b1};
      end
    end else if (emit && go) begin
      if (idx_q == last_q) begin
        bad_pass_q <= 1'b0;
      end
      if (!bad_pass_q && !ch_bad) begin
        first_out_q <= 1'b0;
      end
    end
    if (look) begin
      next_q <= look_pos + {{(CHN_W - 1){1'b0}}, 1'b1};
      idx_q  <= from_front ? {(CHN_W + 1){1'b0}} : idx_q + {{CHN_W{1'b0}}, 1'b1};
    end
    if (rst) begin
      state_q      <= ST_IDLE;
      back_valid_q <= 1'b0;
      free_valid_q <= 1'b0;
      taken_q      <= 1'b0;
      open_q       <= 6'd0;
      unused_q     <= 1'b0;
      wait_q       <= 32'd0;
      expired_q    <= 1'b0;
    end
  end

  wire unused_ok = &{1'b0, s_frm_queue, s_rec_queue, s_free_queue, frame_level, plan_level, rec_at, rd_at, store_at, look_at};

endmodule

`default_nettype wire
