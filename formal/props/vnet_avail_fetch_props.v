// vnet_avail_fetch_props: heads of a hostile driver: in range, in ring order, no more than it made available
// SPDX-License-Identifier: Apache-2.0
//
// The other modules of the engine are free within their rules. `secret`, any word outside of the available ring, is
// not read. PROMPT = 1: all answer at once, one ring of fixed place.
`default_nettype none

module vnet_avail_fetch_props #(
  parameter integer PROMPT = 0
) (
  input wire        clk,
  input wire        rst,
  input wire        stop_now,
  input wire        kick,
  input wire        any_req_ready,
  input wire        any_rsp_valid,
  input wire [63:0] rsp_data,
  input wire        rsp_err,
  input wire        any_head_ready,
  input wire        slot_free,
  input wire        any_arm_ready,
  input wire        any_armed,
  input wire        armed_err,
  input wire        cpl
);

  (* anyconst *) reg [63:0] any_avail;
  (* anyconst *) reg [3:0]  any_size;
  (* anyconst *) reg [63:0] secret;

  wire [63:0] avail_addr = (PROMPT != 0) ? 64'h1024 : any_avail;
  wire [3:0]  size_log2  = (PROMPT != 0) ? 4'd1 : any_size;
  wire [15:0] size = 16'd1 << size_log2;

  wire        req_ready;
  wire        rsp_valid;
  wire        head_ready;
  wire        arm_ready;
  wire        armed;
  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;
  wire        rsp_last;
  wire        head_valid;
  wire [15:0] head_pos;
  wire [15:0] head_head;
  wire        arm_valid;
  wire        arm_sleep;
  wire [15:0] known;
  wire        idle;
  wire        qerr;

  reg [1:0]  age_q;
  reg        stop_q;
  reg        dead_q;
  reg [15:0] pos_q;
  reg [2:0]  slots_q;
  reg [2:0]  chains_q;     // heads whose completion has not come
  reg        sleep_q;      // a wish to be notified is on its way
  reg        idle_q;

  wire       enable = age_q == 2'd3;
  wire       head   = head_valid && head_ready;

  vnet_avail_fetch #(
    .DATA_W(64),
    .NQ    (1),
    .Q_W   (1),
    .SLOTS (2),
    .POLL_GAP(2)
  ) dut (
    .clk            (clk),
    .rst            (rst),
    .ctx_wr         (age_q == 2'd1),
    .ctx_queue      (1'b0),
    .ctx_desc_addr  (64'd0),
    .ctx_avail_addr (avail_addr),
    .ctx_used_addr  (64'd0),
    .ctx_size_log2  (size_log2),
    .cfg_enable     (enable && !dead_q),
    .cfg_stop       (stop_q),
    .kick           (kick),
    .m_req_valid    (req_valid),
    .m_req_ready    (req_ready),
    .m_req_addr     (req_addr),
    .m_req_len      (req_len),
    .s_rsp_valid    (rsp_valid),
    .s_rsp_data     (rsp_data),
    .s_rsp_last     (rsp_last),
    .s_rsp_err      (rsp_err),
    .m_head_valid   (head_valid),
    .m_head_ready   (head_ready),
    .m_head_queue   (),
    .m_head_pos     (head_pos),
    .m_head_head    (head_head),
    .slot_free_valid(slot_free),
    .slot_free_queue(1'b0),
    .m_arm_valid    (arm_valid),
    .m_arm_ready    (arm_ready),
    .m_arm_queue    (),
    .m_arm_idx      (),
    .m_arm_sleep    (arm_sleep),
    .armed_valid    (armed),
    .armed_queue    (1'b0),
    .armed_err      (armed_err),
    .cpl_valid      (cpl),
    .cpl_queue      (1'b0),
    .sts_known      (known),
    .sts_idle       (idle),
    .qerr_valid     (qerr),
    .qerr_queue     (),
    .qerr_code      ()
  );

  reset_first #(.AGAIN(0)) u_reset (.clk(clk), .rst(rst));

  wire open;
  wire touches;

  wire room;

  assign req_ready  = (PROMPT != 0) ? room : any_req_ready;
  assign rsp_valid  = (PROMPT != 0) ? open : any_rsp_valid;
  assign head_ready = (PROMPT != 0) || any_head_ready;
  assign arm_ready  = (PROMPT != 0) || any_arm_ready;
  assign armed      = (PROMPT != 0) ? sleep_q : any_armed;

  read_side #(.OPEN(4)) u_read (
    .clk(clk), .rst(rst), .req_valid(req_valid), .req_ready(req_ready), .req_addr(req_addr), .req_len(req_len),
    .rsp_valid(rsp_valid), .rsp_last(rsp_last), .open(open), .room(room), .rsp_addr(), .secret(secret), .touches(touches)
  );
  stream_rules #(.W(32)) u_head (
    .clk(clk), .rst(rst), .valid(head_valid), .ready(head_ready), .payload({head_pos, head_head})
  );

  always @(posedge clk) begin
    age_q    <= age_q + (age_q != 2'd3);
    stop_q   <= stop_q || (stop_now && enable);
    dead_q   <= dead_q || qerr;
    pos_q    <= pos_q + head;
    slots_q  <= slots_q + head - slot_free;
    chains_q <= chains_q + head - cpl;
    sleep_q  <= (sleep_q && !armed) || (arm_valid && arm_ready && arm_sleep);
    idle_q   <= !rst && stop_q && (idle || idle_q);
    if (rst) begin
      age_q    <= 2'd0;
      stop_q   <= 1'b0;
      dead_q   <= 1'b0;
      pos_q    <= 16'd0;
      slots_q  <= 3'd0;
      chains_q <= 3'd0;
      sleep_q  <= 1'b0;
    end
  end

  wire [63:0] in_avail = secret - {avail_addr[63:3], 3'd0};
  wire [15:0] ahead    = known - pos_q;

  always @* begin
    assume(size_log2 <= 4'd2);
    assume((secret[2:0] == 3'd0) && (avail_addr[0] == 1'b0) && (avail_addr[63:16] != 48'hffffffffffff));
    assume(in_avail >= 64'd6 + {47'd0, size, 1'b0} + avail_addr[2:0]);
    assume(!kick || enable);
    assume(!slot_free || (slots_q != 3'd0));
    assume(!cpl || (chains_q > slots_q));
    assume(!armed || sleep_q);
    if (!rst) begin
      no_read_of_the_secret: assert(!touches);
      head_in_range: assert(!head_valid || (head_head < size));
      heads_in_ring_order: assert(!head_valid || (head_pos == pos_q));
      no_more_than_available: assert(!head_valid || ((ahead != 16'd0) && (ahead <= size)));
      slot_for_every_head: assert(!head_valid || (slots_q < 3'd2));
      silent_when_idle: assert(!(idle_q && enable) || (!req_valid && !head_valid && !arm_valid));
      nothing_open_when_idle: assert(!(stop_q && idle) || (!open && (chains_q == 3'd0)));
      head_leaves: cover(head);
      index_jumped: cover(qerr && !rsp_err);
    end
  end

endmodule

`default_nettype wire
