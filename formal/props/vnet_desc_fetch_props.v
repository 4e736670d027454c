// vnet_desc_fetch_props: chains of a hostile driver: nothing read or handed out that was not offered
// SPDX-License-Identifier: Apache-2.0
//
// Memory answers anything. `secret`, any word that is neither in the descriptor table nor in a range that a
// delivered descriptor names, is not read, and no record covers it. Every head is one chain, in order, with at
// most CHAIN_MAX elements. PROMPT = 1: memory and consumer answer at once.
`default_nettype none

module vnet_desc_fetch_props #(
  parameter integer PROMPT    = 0,
  parameter integer DIR_WRITE = 0
) (
  input wire        clk,
  input wire        rst,
  input wire        stop_now,
  input wire        head_valid,
  input wire [15:0] head_head,
  input wire        any_req_ready,
  input wire        any_rsp_valid,
  input wire [63:0] rsp_data,
  input wire        rsp_err,
  input wire        any_take_valid,
  input wire        any_rec_ready
);

  localparam integer CHAIN_MAX = 3;

  (* anyconst *) reg [63:0] any_desc;
  (* anyconst *) reg [3:0]  size_log2;
  (* anyconst *) reg [63:0] secret;
  (* anyconst *) reg        indirect;

  wire [63:0] desc_addr = (PROMPT != 0) ? 64'h1000 : any_desc;
  wire [15:0] size = 16'd1 << size_log2;

  wire        req_ready;
  wire        rsp_valid;
  wire        take_valid;
  wire        rec_ready;
  wire        head_ready;
  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;
  wire        rsp_last;
  wire        slot_free;
  wire        chain_ready;
  wire        take_ready;
  wire        rec_valid;
  wire [63:0] rec_addr;
  wire [19:0] rec_len;
  wire        rec_last;
  wire [15:0] rec_head;
  wire [15:0] rec_ndesc;
  wire        rec_zero;
  wire [4:0]  rec_err;

  reg [1:0]  age_q;
  reg        stop_q;
  reg [15:0] pos_q;        // heads so far
  reg [2:0]  slots_q;      // chain slots in use
  reg [3:0]  takes_q;
  reg [7:0]  recs_q;
  wire       ready = age_q == 2'd3;
  wire       head  = head_valid && head_ready;
  wire       rec   = rec_valid && rec_ready;

  vnet_desc_fetch #(
    .DATA_W        (64),
    .NQ            (1),
    .Q_W           (1),
    .SLOTS         (2),
    .K             (2),
    .LINES         (2),
    .CHAIN_MAX     (CHAIN_MAX),
    .RD_OUTSTANDING(4),
    .DIR_WRITE     (DIR_WRITE),
    .LEN_W         (20)
  ) dut (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (age_q == 2'd1),
    .ctx_queue      (1'b0),
    .ctx_desc_addr  (desc_addr),
    .ctx_avail_addr (64'd0),
    .ctx_used_addr  (64'd0),
    .ctx_size_log2  (size_log2),
    .cfg_stop       (stop_q),
    .cfg_indirect   (indirect),
    .sts_known      (pos_q + 16'd2),
    .s_head_valid   (head_valid),
    .s_head_ready   (head_ready),
    .s_head_queue   (1'b0),
    .s_head_pos     (pos_q),
    .s_head_head    (head_head),
    .m_req_valid    (req_valid),
    .m_req_ready    (req_ready),
    .m_req_addr     (req_addr),
    .m_req_len      (req_len),
    .s_rsp_valid    (rsp_valid),
    .s_rsp_data     (rsp_data),
    .s_rsp_last     (rsp_last),
    .s_rsp_err      (rsp_err),
    .slot_free_valid(slot_free),
    .slot_free_queue(),
    .m_chain_ready  (chain_ready),
    .s_take_valid   (take_valid),
    .s_take_ready   (take_ready),
    .s_take_queue   (1'b0),
    .m_rec_valid    (rec_valid),
    .m_rec_ready    (rec_ready),
    .m_rec_addr     (rec_addr),
    .m_rec_len      (rec_len),
    .m_rec_last     (rec_last),
    .m_rec_queue    (),
    .m_rec_head     (rec_head),
    .m_rec_ndesc    (rec_ndesc),
    .m_rec_zero     (rec_zero),
    .m_rec_err      (rec_err)
  );

  reset_first #(.AGAIN(0)) u_reset (.clk(clk), .rst(rst));

  wire open;
  wire room;
  wire touches;

  assign req_ready  = (PROMPT != 0) ? room : any_req_ready;
  assign rsp_valid  = (PROMPT != 0) ? open : any_rsp_valid;
  assign rec_ready  = (PROMPT != 0) || any_rec_ready;
  assign take_valid = (PROMPT != 0) ? chain_ready && (takes_q == 4'd0) : any_take_valid;

  read_side u_read (
    .clk(clk), .rst(rst), .req_valid(req_valid), .req_ready(req_ready), .req_addr(req_addr), .req_len(req_len),
    .rsp_valid(rsp_valid), .rsp_last(rsp_last), .open(open), .room(room),
    .rsp_addr(), .secret(secret), .touches(touches)
  );
  stream_rules #(.W(16), .ASSUME(1)) u_head (
    .clk(clk), .rst(rst), .valid(head_valid), .ready(head_ready), .payload(head_head)
  );
  stream_rules #(.W(64 + 20 + 1 + 16 + 16 + 1 + 5)) u_rec (
    .clk(clk), .rst(rst), .valid(rec_valid), .ready(rec_ready),
    .payload({rec_addr, rec_len, rec_last, rec_head, rec_ndesc, rec_zero, rec_err})
  );

  // ---- What was offered.

  reg         second_q;
  reg  [63:0] first_q;
  wire [63:0] in_desc  = secret - {desc_addr[63:3], 3'd0};
  wire [63:0] in_buf   = secret - {first_q[63:3], 3'd0};
  wire [63:0] buf_span = {32'd0, rsp_data[31:0]} + first_q[2:0];
  wire [63:0] in_rec   = secret - {rec_addr[63:3], 3'd0};
  wire [63:0] rec_span = {44'd0, rec_len} + rec_addr[2:0];

  always @(posedge clk) begin
    age_q   <= age_q + (age_q != 2'd3);
    stop_q  <= stop_q || (stop_now && ready);
    pos_q   <= pos_q + head;
    slots_q <= slots_q + head - slot_free;
    takes_q <= takes_q + (take_valid && take_ready) - (rec && rec_last);
    if (rec) begin
      recs_q <= rec_last ? 8'd0 : recs_q + 8'd1;
    end
    if (rsp_valid) begin
      second_q <= !second_q;
      first_q  <= rsp_data;
    end
    if (rst) begin
      age_q    <= 2'd0;
      stop_q   <= 1'b0;
      pos_q    <= 16'd0;
      slots_q  <= 3'd0;
      takes_q  <= 4'd0;
      recs_q   <= 8'd0;
      second_q <= 1'b0;
    end
  end

  wire [3:0]  chains;
  wire [20:0] mark;

  follow_word #(.W(16), .LEVEL_W(4)) u_chains (
    .clk(clk), .rst(rst), .in_fire(head), .in_data(head_head),
    .out_valid(rec_valid && rec_last), .out_ready(rec_ready), .out_data(rec_head), .level(chains), .mark(mark)
  );

  always @* begin
    assume(size_log2 <= 4'd2);
    assume((secret[2:0] == 3'd0) && (desc_addr[3:0] == 4'd0) && (desc_addr[63:16] != 48'hffffffffffff));
    assume(in_desc >= {44'd0, size, 4'd0});
    assume(!(rsp_valid && second_q) || (in_buf >= buf_span));
    // vnet_avail_fetch sends a head only when a slot is free, and none that is out of range.
    assume(!head_valid || (ready && (slots_q < 3'd2) && (head_head < size)));
    assume(!take_valid || (chain_ready && (takes_q == 4'd0)));
    if (!rst) begin
      no_read_of_the_secret: assert(!touches);
      no_record_of_the_secret: assert(!rec_valid || (rec_len == 20'd0) || (in_rec >= rec_span));
      chain_not_too_long: assert(recs_q <= CHAIN_MAX);
      elements_counted: assert(!(rec_valid && rec_last) || (rec_ndesc <= CHAIN_MAX + 1));
      error_has_no_bytes: assert(!(rec_valid && rec_last && (rec_err != 5'd0)) || (rec_len == 20'd0));
      slot_freed_once: assert(!slot_free || (slots_q != 3'd0));
      chain_leaves: cover(rec && rec_last && mark[20]);
      line_read: cover(rsp_valid && rsp_last);
    end
  end

endmodule

`default_nettype wire
