// vnet_avail_index_props: arithmetic of the available ring: free-running 16-bit indices, any size, for ever
// SPDX-License-Identifier: Apache-2.0
//
// Positions run modulo 2**16 and never stop; the ring place of a position is its low bits. Of a hostile driver's
// index the device believes only what its queue can hold: the entries from `requested` to `known` are at most as
// many as the queue has, whatever was answered, and an index is refused (AVAIL_JUMP) exactly if it would make them
// more, or goes back. Entries are read at their place, none behind `known`. A head leaves only if it is below the
// size of the queue. All sizes from 1 to
// 2**SIZE_LOG2_MAX; the queue is set up once and may be stopped at any time
// (a stopped queue believes nothing; its answers are dropped).
`default_nettype none

module vnet_avail_index_props #(
  // Largest queue, log2.
  parameter integer SIZE_LOG2_MAX = 15
) (
  input wire        clk,
  input wire        rst,
  input wire        stop_now,
  input wire        kick,
  input wire        req_ready,
  input wire        rsp_valid,
  input wire [63:0] rsp_data,
  input wire        rsp_err,
  input wire        head_ready,
  input wire        slot_free,
  input wire        arm_ready,
  input wire        armed,
  input wire        armed_err,
  input wire        cpl
);

  localparam integer SLOTS = 64;

  (* anyconst *) reg [63:0] avail_addr;
  (* anyconst *) reg [3:0]  size_log2;

  wire [15:0] size = 16'd1 << size_log2;

  wire        req_valid;
  wire [63:0] req_addr;
  wire [7:0]  req_len;
  wire        head_valid;
  wire [15:0] head_pos;
  wire [15:0] head_head;
  wire [15:0] known;

  reg [1:0]  age_q;
  reg        stop_q;
  wire       enable = age_q == 2'd3;

  vnet_avail_fetch #(
    .DATA_W(64),
    .NQ    (1),
    .Q_W   (1),
    .SLOTS (SLOTS),
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
    .cfg_enable     (enable),
    .cfg_stop       (stop_q),
    .kick           (kick),
    .m_req_valid    (req_valid),
    .m_req_ready    (req_ready),
    .m_req_addr     (req_addr),
    .m_req_len      (req_len),
    .s_rsp_valid    (rsp_valid),
    .s_rsp_data     (rsp_data),
    .s_rsp_last     (1'b1),
    .s_rsp_err      (rsp_err),
    .m_head_valid   (head_valid),
    .m_head_ready   (head_ready),
    .m_head_queue   (),
    .m_head_pos     (head_pos),
    .m_head_head    (head_head),
    .slot_free_valid(slot_free),
    .slot_free_queue(1'b0),
    .m_arm_valid    (),
    .m_arm_ready    (arm_ready),
    .m_arm_queue    (),
    .m_arm_idx      (),
    .m_arm_sleep    (),
    .armed_valid    (armed),
    .armed_queue    (1'b0),
    .armed_err      (armed_err),
    .cpl_valid      (cpl),
    .cpl_queue      (1'b0),
    .sts_known      (known),
    .sts_idle       (),
    .qerr_valid     (),
    .qerr_queue     (),
    .qerr_code      ()
  );

  reset_first u_reset (.clk(clk), .rst(rst));

  always @(posedge clk) begin
    age_q  <= age_q + (age_q != 2'd3);
    stop_q <= stop_q || (stop_now && enable);
    if (rst) begin
      age_q  <= 2'd0;
      stop_q <= 1'b0;
    end
  end

  // ---- The registers of the design.

  (* hierconn *) wire [15:0] \dut.requested ;
  (* hierconn *) wire        \dut.running ;
  (* hierconn *) wire        \dut.evt_issue ;
  (* hierconn *) wire        \dut.fsm_idx_q ;
  (* hierconn *) wire [5:0]  \dut.fsm_n_q ;
  (* hierconn *) wire [2:0]  \dut.state_q ;
  (* hierconn *) wire [15:0] \dut.pos_q ;
  (* hierconn *) wire [15:0] \dut.avail_n_q ;
  (* hierconn *) wire [3:0]  \dut.size_log2_q ;
  (* hierconn *) wire [15:0] \dut.ring_left_q ;
  (* hierconn *) wire [63:0] \dut.addr_q ;
  (* hierconn *) wire [16:0] \dut.offset_q ;
  (* hierconn *) wire [6:0]  \dut.free_q ;
  (* hierconn *) wire        \dut.fits_q ;
  (* hierconn *) wire        \dut.issue_q ;
  (* hierconn *) wire [6:0]  \dut.g_queue[0].u_queue.used_q ;
  (* hierconn *) wire [6:0]  \dut.slots_free ;
  (* hierconn *) wire        \dut.val_valid_q ;
  (* hierconn *) wire        \dut.val_idx_q ;
  (* hierconn *) wire        \dut.val_err_q ;
  (* hierconn *) wire [15:0] \dut.val_q ;
  (* hierconn *) wire [3:0]  \dut.val_size_log2_q ;
  (* hierconn *) wire [15:0] \dut.val_over_q ;
  (* hierconn *) wire        \dut.idx_valid_q ;
  (* hierconn *) wire [15:0] \dut.idx_value_q ;
  (* hierconn *) wire [4:0]  \dut.idx_code_q ;
  (* hierconn *) wire        \dut.note_valid ;
  (* hierconn *) wire        \dut.evt_drop ;
  (* hierconn *) wire        \dut.note_queue ;
  (* hierconn *) wire        \dut.note_idx ;
  (* hierconn *) wire        \dut.val_step ;
  (* hierconn *) wire        \dut.want_idx ;
  (* hierconn *) wire        \dut.want_entries ;
  (* hierconn *) wire        \dut.g_queue[0].u_queue.idx_out_q ;
  (* hierconn *) wire        \dut.fsm_queue_q ;
  (* hierconn *) wire        \dut.val_queue_q ;
  (* hierconn *) wire        \dut.idx_queue_q ;
  (* hierconn *) wire [195:0] \dut.u_fsm_ctx.g_register.ctx_q ;
  (* hierconn *) wire [195:0] \dut.u_val_ctx.g_register.ctx_q ;

  localparam [2:0] ST_CTX = 3'd1, ST_PLACE = 3'd2, ST_ADDR = 3'd3, ST_SIZE = 3'd4, ST_ISSUE = 3'd5;

  // The entries that are known and not yet requested.
  wire [15:0] store = known - \dut.requested ;
  wire        set_up = age_q >= 2'd2;

  // An index answer is being checked; what the check has to say, in numbers that do not wrap.
  reg         check_q;
  reg         check_err_q;
  reg         legal_q;
  wire [15:0] step  = \dut.val_q - known;
  wire        legal = {1'b0, step} + {1'b0, store} <= {1'b0, size};

  always @(posedge clk) begin
    check_q     <= !rst && \dut.val_valid_q && \dut.val_idx_q ;
    check_err_q <= \dut.val_err_q ;
    legal_q     <= legal;
  end

  // An index read is in the list of requests.
  reg         listed_q;
  wire        val_is_idx = \dut.val_valid_q && \dut.val_idx_q ;
  wire        issue_idx  = \dut.evt_issue && \dut.fsm_idx_q ;

  always @(posedge clk) begin
    listed_q <= !rst && (issue_idx || (listed_q && !(\dut.val_step && \dut.note_idx )));
  end

  // ---- The ring.

  wire [15:0] mask      = size - 16'd1;
  wire [15:0] first     = \dut.pos_q & mask;
  wire [63:0] place     = avail_addr + 64'd4 + {47'd0, first, 1'b0};

  wire [16:0] offset    = \dut.fsm_idx_q ? 17'd2 : {first, 1'b0} + 17'd4;
  wire        behind_addr = (\dut.state_q == ST_SIZE) || (\dut.state_q == ST_ISSUE);
  wire        preparing = (\dut.state_q >= ST_PLACE) && (\dut.state_q <= ST_ISSUE);

  always @* begin
    assume((avail_addr[0] == 1'b0) && (size_log2 <= SIZE_LOG2_MAX));
    assume(!kick || enable);
    // What comes out of the list of requests went in: see the proof of vnet_fifo.
    assume(!\dut.note_valid || ((\dut.note_queue == 1'b0) && (!\dut.note_idx || listed_q)));
    // No slot is freed that was not taken; entries that are dropped were requested (both: see vnet_avail_fetch_props).
    assume(\dut.g_queue[0].u_queue.used_q >= {5'd0, {1'b0, slot_free} + {1'b0, \dut.evt_drop }});
    if (!rst) begin
      store_fits_the_queue: assert(stop_q || (store <= size));
      if (check_q && !stop_q) begin
        jump_exact: assert(check_err_q ? (\dut.idx_code_q == 5'd18) : (\dut.idx_code_q == (legal_q ? 5'd0 : 5'd16)));
      end
      every_answer_checked: assert(check_q == \dut.idx_valid_q );
      if (\dut.evt_issue && !\dut.fsm_idx_q ) begin
        none_behind_known: assert((\dut.fsm_n_q != 6'd0) && ({10'd0, \dut.fsm_n_q } <= store));
        requested_in_order: assert(\dut.pos_q == \dut.requested );
        entry_at_its_place: assert(\dut.addr_q == place);
        not_over_the_end: assert({1'b0, first} + \dut.fsm_n_q <= {1'b0, size});
        slot_for_every_entry: assert({1'b0, \dut.fsm_n_q } <= \dut.slots_free );
      end
      if (\dut.evt_issue && \dut.fsm_idx_q ) begin
        index_at_its_place: assert(\dut.addr_q == avail_addr + 64'd2);
      end
      head_in_range: assert(!head_valid || (head_head < size));

      // Invariants.
      inv_quiet_before: assert(enable || (!\dut.running && !\dut.val_valid_q && !\dut.idx_valid_q && !\dut.note_valid &&
                                          !head_valid && (\dut.state_q == 3'd0) && !\dut.want_idx && !\dut.want_entries ));
      inv_ctx: assert(!set_up || ((\dut.u_fsm_ctx.g_register.ctx_q [3:0] == size_log2) &&
                                  (\dut.u_fsm_ctx.g_register.ctx_q [131:68] == avail_addr) &&
                                  (\dut.u_val_ctx.g_register.ctx_q [3:0] == size_log2)));
      inv_val: assert(!\dut.val_valid_q || ((\dut.val_size_log2_q == size_log2) &&
                                            (\dut.val_over_q == 16'hffff << size_log2)));
      inv_idx: assert(stop_q || !(\dut.idx_valid_q && (\dut.idx_code_q == 5'd0)) ||
                      ({1'b0, \dut.idx_value_q - known} + {1'b0, store} <= {1'b0, size}));
      inv_queue: assert((!\dut.evt_issue || !\dut.fsm_queue_q ) && (!\dut.val_valid_q || !\dut.val_queue_q ) &&
                        (!\dut.idx_valid_q || !\dut.idx_queue_q ) && ((\dut.state_q == 3'd0) || !\dut.fsm_queue_q ));
      inv_one_index: assert(({1'b0, listed_q} + {1'b0, val_is_idx} + {1'b0, \dut.idx_valid_q } <= 2'd1) &&
                            ((!listed_q && !val_is_idx && !\dut.idx_valid_q ) || \dut.g_queue[0].u_queue.idx_out_q ));
      inv_no_second: assert(!\dut.g_queue[0].u_queue.idx_out_q || (\dut.state_q == 3'd6) ||
                            (!\dut.want_idx && ((\dut.state_q == 3'd0) || !\dut.fsm_idx_q )));
      inv_slots: assert(\dut.g_queue[0].u_queue.used_q <= SLOTS);
      inv_state: assert(\dut.state_q <= 3'd6);
      if (set_up && \dut.running ) begin
        inv_wanted: assert((store != 16'd0) || !((\dut.state_q == 3'd0) ? \dut.want_entries :
                                                 (\dut.state_q == ST_CTX) && !\dut.fsm_idx_q ));
      end
      // From ST_CTX on the numbers of the queue only get better, while it runs.
      if (preparing && set_up && \dut.running ) begin
        inv_pos: assert((\dut.pos_q == \dut.requested ) && (\dut.avail_n_q <= store) && (\dut.size_log2_q == size_log2));
        inv_free: assert(\dut.free_q <= \dut.slots_free );
        inv_entries: assert(\dut.fsm_idx_q || (\dut.avail_n_q != 16'd0));
        inv_base: assert(behind_addr || (\dut.addr_q == avail_addr));
        inv_offset: assert((\dut.state_q == ST_PLACE) || ((\dut.offset_q == offset) && (\dut.ring_left_q == size - first)));
        inv_addr: assert(!behind_addr || (\dut.addr_q == avail_addr + {47'd0, offset}));
        inv_n: assert((\dut.state_q != ST_ISSUE) || (\dut.fsm_idx_q ? (\dut.fsm_n_q == 6'd1) :
                      ((\dut.fsm_n_q != 6'd0) && ({10'd0, \dut.fsm_n_q } <= \dut.avail_n_q ) &&
                       ({10'd0, \dut.fsm_n_q } <= \dut.ring_left_q ))));
        inv_fits: assert((\dut.state_q != ST_ISSUE) || !\dut.issue_q || !\dut.fits_q || \dut.fsm_idx_q ||
                         ({1'b0, \dut.fsm_n_q } <= \dut.free_q ));
      end
    end
  end

  always @* begin
    if (!rst) begin
      index_wraps: cover(check_q && legal_q && !check_err_q && (known == 16'd0) && \dut.idx_valid_q );
    end
  end

endmodule

`default_nettype wire
