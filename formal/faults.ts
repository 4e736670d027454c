// make formal-faults: breaks a copy of the RTL in one way after the other and shows that the proof of that module fails.
//
// Writes build/formal/faults.json. Exit codes: 0 every fault breaks its proof; 1 one does not; 2 bad option (PROOF=<id> takes one).
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { HELP, OptionError, readOptions } from "./options.ts";
import { PROOFS, type Proof } from "./proofs.ts";
import { OUT, ToolError, inParallel, prepareSolver, solve, type Mode, type Verdict } from "./solve.ts";

interface Fault {
  readonly id: string;
  readonly what: string;
  /** File below `rtl/`. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Proof that must fail, with a trace from reset; in how many cycles, if not those of the proof. */
  readonly proof: string;
  readonly depth?: number;
  /** Parameters of the proof that are different here. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** The trace from reset would be too long: the induction step must fail instead, which it does not without the fault. */
  readonly step?: boolean;
}

const FAULTS: readonly Fault[] = [
  {
    id: "extract-second-piece",
    what: "only the first piece of a cut header is taken",
    file: "net/vnet_hdr_extract.v",
    find: "if ((i[5:0] >= lo_q) && (i[5:0] < hi_q)) begin",
    replace: "if ((i[5:0] >= lo_q) && (i[5:0] < hi_q) && (lo_q == 6'd0)) begin",
    proof: "hdr-extract-64",
    depth: 8,
  },
  {
    id: "extract-off",
    what: "payload begins one lane early behind the header",
    file: "net/vnet_hdr_extract.v",
    find: "off_q    <= s_off + take[OFF_W-1:0];",
    replace: "off_q    <= s_off + take[OFF_W-1:0] - (take[0] && s_last);",
    proof: "hdr-extract-64",
    depth: 8,
  },
  {
    id: "extract-short",
    what: "no error for a packet that ends inside the header",
    file: "net/vnet_hdr_extract.v",
    find: "(s_last && !full && (s_err == 5'd0))",
    replace: "(s_last && !full && (s_err == 5'd0) && (pos_q != 6'd0))",
    proof: "hdr-extract-64",
    depth: 8,
  },
  {
    id: "insert-num-buffers",
    what: "num_buffers one byte too high in the header",
    file: "net/vnet_hdr_insert.v",
    find: "{s_plan_hdr[255:96], s_plan_buffers, s_plan_hdr[79:0]}",
    replace: "{s_plan_hdr[255:104], s_plan_buffers, s_plan_hdr[87:0]}",
    proof: "hdr-insert-64",
    depth: 8,
  },
  {
    id: "insert-part",
    what: "the last part of the header is sent whole",
    file: "net/vnet_hdr_insert.v",
    find: "part_end ? part_left[CNT_W-1:0] : BYTES[CNT_W-1:0]",
    replace: "BYTES[CNT_W-1:0]",
    proof: "hdr-insert-64",
    depth: 8,
  },
  {
    id: "realign-turn",
    what: "the turn of a window counts modulo half a word",
    file: "common/vnet_realign.v",
    find: "high_turn_q  <= pos_turn_q & LOW_MASK;",
    replace: "high_turn_q  <= pos_turn_q & (LOW_MASK << 1);",
    proof: "realign-64",
    depth: 10,
  },
  {
    id: "realign-fresh",
    what: "the residue keeps old bytes behind a full word",
    file: "common/vnet_realign.v",
    find: "pos_fresh_q <= first_q || over;",
    replace: "pos_fresh_q <= first_q;",
    proof: "realign-64",
    depth: 10,
  },
  {
    id: "realign-clash",
    what: "two words at once are not held apart",
    file: "common/vnet_realign.v",
    find: "wire             clash    = pend_q && win_wide_q;",
    replace: "wire             clash    = 1'b0;",
    proof: "realign-64",
    depth: 10,
  },
  {
    id: "gather-end-lane",
    what: "the last window of a read is one byte long too much when it ends at lane 0",
    file: "axi/vnet_dma_rd.v",
    find: "out_end  = done ? meta_end",
    replace: "out_end  = done ? (meta_end | (meta_end == 0))",
    proof: "dma-rd-64",
    step: true,
  },
  {
    id: "gather-fail-stays",
    what: "an error answer of a chain is told of the next chains, too",
    file: "axi/vnet_dma_rd.v",
    find: "fail_q  <= out_fail && !out_last;",
    replace: "fail_q  <= out_fail;",
    proof: "dma-rd-64",
    step: true,
  },
  {
    id: "gather-credit",
    what: "a burst is requested with one place too few",
    file: "axi/vnet_dma_rd.v",
    find: "room_ok   = free_q > {{",
    replace: "room_ok   = free_q >= {{",
    proof: "dma-rd-64",
    step: true,
  },
  {
    id: "scatter-word-stays",
    what: "a data word that a command ends in is always used up",
    file: "axi/vnet_wr_scatter.v",
    find: "wire              cmd_use   = cmd_eop || (cmd_top == {OFF_W{1'b1}});",
    replace: "wire              cmd_use   = 1'b1;",
    proof: "dma-wr-64",
  },
  {
    id: "scatter-count",
    what: "a window counts the lanes before its first one, too",
    file: "axi/vnet_wr_scatter.v",
    find: "assign m_cnt   = {1'b0, win_top_q} - {1'b0, win_off_q} + ",
    replace: "assign m_cnt   = {1'b0, win_top_q} + ",
    proof: "wr-scatter-64",
  },
  {
    id: "scatter-other-client",
    what: "a window takes a word of each client",
    file: "axi/vnet_wr_scatter.v",
    find: "assign s_dat_ready = win_client_q & {N{win_valid_q && win_use_q && m_ready}};",
    replace: "assign s_dat_ready = {N{win_valid_q && win_use_q && m_ready}};",
    proof: "wr-scatter-64",
  },
  {
    id: "scatter-end-of-frame",
    what: "the rest of the last word of a frame stays for the next one",
    file: "axi/vnet_wr_scatter.v",
    find: "wire              cmd_use   = cmd_eop || (",
    replace: "wire              cmd_use   = (",
    proof: "wr-scatter-64",
  },
  {
    id: "scatter-rest",
    what: "the last element of a frame is written whole",
    file: "net/vnet_rx_scatter.v",
    find: "cmd_len = covers ? rest : rec_len_q;",
    replace: "cmd_len = (covers && tok_first) ? rest : rec_len_q;",
    proof: "rx-scatter-64",
    depth: 8,
  },
  {
    id: "scatter-lane",
    what: "each chain of a frame begins at lane 0",
    file: "net/vnet_rx_scatter.v",
    find: "cmd_off = (tok_first && tok_first_chain) ?",
    replace: "cmd_off = tok_first ?",
    proof: "rx-scatter-64",
    depth: 8,
  },
  {
    id: "scatter-skip",
    what: "with the records that a chain does not need, the next chain is skipped",
    file: "net/vnet_rx_scatter.v",
    find: "assign skip      = drop && !(ask_valid_q && ask_last_q);",
    replace: "assign skip      = drop;",
    proof: "rx-scatter-64",
    depth: 8,
  },
  {
    id: "scatter-early",
    what: "a chain of two commands is completed with its first report",
    file: "net/vnet_rx_scatter.v",
    find: "at_last  = next_q == ord_ncmd;",
    replace: "at_last  = (next_q == ord_ncmd) || (next_q + 1 == ord_ncmd);",
    proof: "rx-scatter-64",
    depth: 8,
  },
  {
    id: "scatter-failed",
    what: "of the errors of a chain, only that of its last report counts",
    file: "net/vnet_rx_scatter.v",
    find: "fail_q <= fail_q || done_err;",
    replace: "fail_q <= 1'b0;",
    proof: "rx-scatter-64",
    depth: 8,
  },
  {
    id: "index-before-entry",
    what: "used index is written before the used entries",
    file: "ring/vnet_used_queue.v",
    find: "if (evt_done_border) begin\n      target_q <= done_border;",
    replace: "if (evt_accept) begin\n      target_q <= fill_q + 16'd1;",
    proof: "used-write-prompt",
  },
  {
    id: "used-over-end",
    what: "a write of used entries goes on over the end of the ring",
    file: "ring/vnet_used_write.v",
    find: "block_left  = block - {1'b0, block_place};",
    replace: "block_left  = block;",
    proof: "used-ring",
    depth: 36,
  },
  {
    id: "used-place",
    what: "the place of a used entry counts modulo twice the size of the ring",
    file: "ring/vnet_used_write.v",
    find: "ring_place  = look_issued_q & (size - 16'd1);",
    replace: "ring_place  = look_issued_q & ((size << 1) - 16'd1);",
    proof: "used-ring",
    depth: 36,
  },
  {
    id: "used-border",
    what: "the index follows a frame end one entry behind those that were written",
    file: "ring/vnet_used_write.v",
    find: "eof_in         = eof_back < {11'd0, ent_n_q};",
    replace: "eof_in         = eof_back <= {11'd0, ent_n_q};",
    proof: "used-ring",
    depth: 36,
  },
  {
    id: "used-idle",
    what: "the used ring is idle while writes are on their way",
    file: "ring/vnet_used_write.v",
    find: "!q_live[g] && !q_busy[g] &&",
    replace: "!q_live[g] &&",
    proof: "used-ring",
    depth: 24,
  },
  {
    id: "idle-early",
    what: "a stopped queue tells that it is idle while chains are under way",
    file: "ring/vnet_avail_queue.v",
    find: "sts_idle     <= quiet && cfg_stop;",
    replace: "sts_idle     <= cfg_stop;",
    proof: "ring-scene",
  },
  {
    id: "jump-sum",
    what: "more entries are believed than the queue holds, if each jump by itself is small enough",
    file: "ring/vnet_avail_fetch.v",
    find: "(ahead_request > val_size) ||",
    replace: "",
    proof: "avail-index",
    step: true,
  },
  {
    id: "jump-full",
    what: "with 32768 entries waiting in a queue of that size, a jump by 32768 more is none",
    file: "ring/vnet_avail_fetch.v",
    find: "(ahead_known[15] && !ahead_request[15])",
    replace: "1'b0",
    proof: "avail-index",
    step: true,
  },
  {
    id: "entry-place",
    what: "entries are read over the end of the available ring",
    file: "ring/vnet_avail_fetch.v",
    find: "ring_left_q <= (ring_mask & ~pos_q) + 16'd1;",
    replace: "ring_left_q <= ring_mask + 16'd1;",
    proof: "avail-index",
    step: true,
  },
  {
    id: "entry-again",
    what: "the last entry of a block of four is read once more",
    file: "ring/vnet_avail_queue.v",
    find: "req_q   <= req_q + {10'd0, issued_n};",
    replace: "req_q   <= req_q + {10'd0, issued_n} - {15'd0, issued_n == 6'd4};",
    proof: "avail-index",
    depth: 40,
  },
  {
    id: "entry-lane",
    what: "the second word of a block is unpacked from the lane of the first one on",
    file: "ring/vnet_avail_fetch.v",
    find: "lane_q    <= lane_cur + 1'b1;",
    replace: "lane_q    <= (lane_cur == {LANE_W{1'b1}}) ? note_lane : lane_cur + 1'b1;",
    proof: "avail-index",
    depth: 40,
  },
  {
    id: "avail-room",
    what: "one answer more is asked for than there is room",
    file: "ring/vnet_avail_fetch.v",
    find: "room = credit_q >= beats_q;",
    replace: "room = credit_q + 1'b1 >= beats_q;",
    proof: "avail-index",
    step: true,
  },
  {
    id: "idle-index",
    what: "a stopped queue tells that it is idle while its index is being read",
    file: "ring/vnet_avail_queue.v",
    find: "quiet = stop_q && !idx_out_q &&",
    replace: "quiet = stop_q &&",
    proof: "avail-index",
    depth: 20,
  },
  {
    id: "head-range",
    what: "a head equal to the queue size is taken",
    file: "ring/vnet_avail_fetch.v",
    find: "wire        head_bad       = (val_q & val_over_q) != 16'd0;",
    replace: "wire        head_bad       = val_q > val_size;",
    proof: "avail-fetch-prompt",
  },
  {
    id: "next-range",
    what: "a `next` equal to the size of the table is followed",
    file: "ring/vnet_desc_walk.v",
    find: "(has_next && (next >= w_n))",
    replace: "(has_next && (next > w_n))",
    proof: "desc-fetch-prompt",
  },
  {
    id: "cache-tag-bit",
    what: "the tag of the cache leaves out the lowest bit of a line's address that its place does not tell",
    file: "ring/vnet_desc_cache.v",
    find: "same_q  <= tag == {lookup_queue, lookup_line[LINE_ADDR_W-1:INDEX_W]};",
    replace: "same_q  <= (tag >> 1) == ({lookup_queue, lookup_line[LINE_ADDR_W-1:INDEX_W]} >> 1);",
    proof: "desc-cache-64",
    step: true,
  },
  {
    id: "cache-stale",
    what: "a line asked for when the chain was not yet known serves it",
    file: "ring/vnet_desc_cache.v",
    find: "wire [15:0] age = stamp + ~lookup_pos;",
    replace: "wire [15:0] age = stamp - lookup_pos;",
    proof: "desc-cache-64",
    step: true,
  },
  {
    id: "cache-not-again",
    what: "a lookup at the place of a line that is being taken in is not shown again",
    file: "ring/vnet_desc_cache.v",
    find: "assign lookup_wait  = answer_take && (lookup_index == index_q);",
    replace: "assign lookup_wait  = answer_take && (lookup_index == index_q) && flush;",
    proof: "desc-cache-64",
    step: true,
  },
  {
    id: "cache-flush-rare",
    what: "the cache is flushed only where the 16-bit positions wrap",
    file: "ring/vnet_desc_issue.v",
    find: "(new_pos[13:0] == 14'd0);",
    replace: "(new_pos == 16'd0);",
    proof: "desc-stamp",
    step: true,
  },
  {
    id: "line-half",
    what: "of two words of a line, the second one is in both halves",
    file: "ring/vnet_desc_line.v",
    find: "(first_q && !start_high) ? s_rsp_data : low_q",
    replace: "!start_high ? s_rsp_data : low_q",
    proof: "desc-line-64",
  },
  {
    id: "line-error",
    what: "an error of the first word of a line is not seen",
    file: "ring/vnet_desc_line.v",
    find: "s_rsp_err || (err_q && !first_q);",
    replace: "s_rsp_err || (err_q && first_q);",
    proof: "desc-line-64",
  },
  {
    id: "token-twice",
    what: "a chain that needs a record block goes on twice: at once, and with the block",
    file: "ring/vnet_desc_walk.v",
    find: "assign cont_wr        = state_wr && !r_need;",
    replace: "assign cont_wr        = state_wr;",
    proof: "desc-loop-64",
    step: true,
  },
  {
    id: "hit-asks",
    what: "a line that the cache has is read again, and nobody waits for it",
    file: "ring/vnet_desc_issue.v",
    find: "d_valid_q && !d_kill_q && !hit && room",
    replace: "d_valid_q && !d_kill_q && room",
    proof: "desc-loop-64",
    step: true,
  },
  {
    id: "table-entry-more",
    what: "the entry behind an indirect table is taken for its last one",
    file: "ring/vnet_desc_walk.v",
    find: "assign table_wr_data  = {r_addr, r_len[19:4]};",
    replace: "assign table_wr_data  = {r_addr, r_len[19:4] + 16'd1};",
    proof: "desc-loop-64",
    step: true,
  },
  {
    id: "issue-word-more",
    what: "a descriptor that ends with the lower half of a line lets the upper half be read, too",
    file: "ring/vnet_desc_issue.v",
    find: "(d_low_q[3:0] <= 4'd8)",
    replace: "(d_low_q[3:0] < 4'd8)",
    proof: "desc-issue-64",
  },
  {
    id: "issue-twice",
    what: "a token in two lines goes on with each of its requests",
    file: "ring/vnet_desc_issue.v",
    find: "d_valid_q && room && !d_first_q;",
    replace: "d_valid_q && room;",
    proof: "desc-issue-64",
  },
  {
    id: "issue-half",
    what: "a queue that stops between two requests for a descriptor leaves a line behind",
    file: "ring/vnet_desc_issue.v",
    find: "c_kill_q   <= b_stop && !b_second_q;",
    replace: "c_kill_q   <= b_stop;",
    proof: "desc-issue-64",
  },
  {
    id: "issue-room",
    what: "requests for more lines than there are places",
    file: "ring/vnet_desc_issue.v",
    find: "{{(CREDIT_W-2){1'b0}}, 2'd2};",
    replace: "{{(CREDIT_W-2){1'b0}}, 2'd0};",
    proof: "desc-issue-64",
    depth: 16,
  },
  {
    id: "next-range-table",
    what: "in an indirect table, `next` is compared with the size of the queue",
    file: "ring/vnet_desc_walk.v",
    find: "wire [15:0]    w_n     = w_ind ? w_token_q[31:16] : w_size;",
    replace: "wire [15:0]    w_n     = w_size;",
    proof: "desc-walk",
  },
  {
    id: "table-too-long",
    what: "an indirect table longer than the queue is taken",
    file: "ring/vnet_desc_walk.v",
    find: "|| (len[31:4] > {12'd0, w_size});",
    replace: "|| (len[31:20] != 12'd0);",
    proof: "desc-walk",
  },
  {
    id: "last-on-error",
    what: "a chain goes on behind a descriptor that could not be read",
    file: "ring/vnet_desc_walk.v",
    find: "wire r_last  = r_bad_q || (!r_is_table_q",
    replace: "wire r_last  = (r_bad_q && (r_code_q != 4'd12)) || (!r_is_table_q",
    proof: "desc-walk",
  },
  {
    id: "unaligned-byte",
    what: "a descriptor at an odd address is moved down one byte too little",
    file: "ring/vnet_desc_walk.v",
    find: "(moved_q == t_low[3:0]);",
    replace: "(moved_q == (t_low[3:0] & 4'd14));",
    proof: "desc-walk",
  },
  {
    id: "order-code",
    what: "each readable element of a receive chain has the error ORDER",
    file: "ring/vnet_desc_walk.v",
    find: "(DIR_WRITE != 0) && (r_cnt_q != {CNT_W{1'b0}})",
    replace: "(DIR_WRITE != 0)",
    proof: "desc-walk-rx",
  },
  {
    id: "block-twice",
    what: "a used spare block stays in the list when it is given out",
    file: "ring/vnet_chain_blocks.v",
    find: ".m_ready(grant && !fresh),",
    replace: ".m_ready(grant && !fresh && !starving),",
    proof: "chain-blocks",
    step: true,
  },
  {
    id: "block-reserve",
    what: "one spare block is kept for the reader instead of two",
    file: "ring/vnet_chain_blocks.v",
    find: "wire              plenty   = free_q > TWO[SLOT_W:0];",
    replace: "wire              plenty   = free_q >= TWO[SLOT_W:0];",
    proof: "chain-blocks",
  },
  {
    id: "need-lost",
    what: "a chain that is turned to the end of the list while another one comes in is lost",
    file: "ring/vnet_chain_blocks.v",
    find: "wait_valid && !awaited && !s_need;",
    replace: "wait_valid && !awaited;",
    proof: "chain-blocks",
  },
  {
    id: "chain-block-early",
    what: "the next block of a chain is read before the walk has finished it",
    file: "ring/vnet_chain_slots.v",
    find: "wire n_found    = done_all || (done_blocks != r_blocks_q);",
    replace: "wire n_found    = done_all || (done_blocks != r_blocks_q) || r_empty_q;",
    proof: "chain-slots",
    depth: 20,
  },
  {
    id: "chain-block-freed",
    what: "a spare block is given back before the block behind it is known",
    file: "ring/vnet_chain_slots.v",
    find: "assign free_valid = (finish || next_block) && r_block_q[SLOT_W];",
    replace: "assign free_valid = read_last && r_block_q[SLOT_W];",
    proof: "chain-slots",
    depth: 24,
  },
  {
    id: "chain-offered",
    what: "while spare blocks are short, a chain is offered before its first block is done",
    file: "ring/vnet_chain_slots.v",
    find: "front[0] || (starving && front[1]);",
    replace: "front[0] || (starving && (waiting_q != {(SLOT_LOG2 + 1){1'b0}}));",
    proof: "chain-slots",
  },
  {
    id: "chain-order",
    what: "a head that comes in while a chain is taken is handed out before the chains that wait",
    file: "ring/vnet_chain_slots.v",
    find: "if (here_head && (waiting_q == {(SLOT_LOG2 + 1){1'b0}})) begin",
    replace: "if (here_head && ((waiting_q == {(SLOT_LOG2 + 1){1'b0}}) || here_take)) begin",
    proof: "chain-slots",
    depth: 20,
  },
  {
    id: "entry-twice",
    what: "a used entry is written a second time",
    file: "ring/vnet_used_queue.v",
    find: "issued_q <= issue_idx;",
    replace: "issued_q <= issue_idx - {15'd0, issue_idx[1]};",
    proof: "ring-scene",
  },
  {
    id: "reset-not-idle",
    what: "a device reset does not wait until the queues are idle",
    file: "top/vnet_common_cfg.v",
    find: "reset_done_q <= reset_busy_q && !reset_done_q && sts_all_idle &&",
    replace: "reset_done_q <= reset_busy_q && !reset_done_q &&",
    proof: "reset",
    depth: 60,
  },
  {
    id: "reset-not-config",
    what: "a device reset does not wait for the configuration interrupt",
    file: "top/vnet_regs.v",
    find: "queues_idle && !irq_config_busy",
    replace: "queues_idle",
    proof: "reset",
    depth: 60,
  },
  {
    id: "queue-reset-early",
    what: "a queue reset does not wait for the interrupt of the queue",
    file: "top/vnet_regs.v",
    find: "idle & ~irq_busy",
    replace: "idle",
    proof: "reset",
    depth: 60,
  },
  {
    id: "split-4k",
    what: "bursts are not split at 4 KiB",
    file: "axi/vnet_burst_split.v",
    find: "      last_q     <= end_block == {LEFT_W{1'b0}};\n",
    replace: "      last_q     <= 1'b1;\n",
    proof: "burst-split-64",
  },
  {
    id: "event-no-wrap",
    what: "event index compared without wrap",
    file: "ring/vnet_event_idx.v",
    find: "assign need = since < step;",
    replace: "assign need = (event_idx >= old_idx) && (event_idx < new_idx);",
    proof: "event-idx",
  },
  {
    id: "skid-spare",
    what: "the spare place is overwritten",
    file: "common/vnet_skid.v",
    find: "    if (ready_q) begin\n      spare_q <= s_data;",
    replace: "    if (s_valid) begin\n      spare_q <= s_data;",
    proof: "skid",
  },
  {
    id: "fifo-full",
    what: "a full FIFO takes one more word",
    file: "common/vnet_fifo.v",
    find: "wire push = s_valid && s_ready;",
    replace: "wire push = s_valid;",
    proof: "fifo",
  },
  {
    id: "fifo-deep-ahead",
    what: "room for a word read ahead is counted as free before it is",
    file: "common/vnet_fifo_deep.v",
    find: "{1'b0, rd_en} - {1'b0, pop}",
    replace: "{1'b0, rd_en} - {1'b0, m_ready}",
    proof: "fifo-deep",
  },
  {
    id: "arb-fixed",
    what: "the arbiter always begins at requester 0",
    file: "common/vnet_rr_arb.v",
    find: "mask_q <= ~(grant | (grant - 1'b1));",
    replace: "mask_q <= {N{1'b0}};",
    proof: "arb",
  },
  {
    id: "axi-rd-client",
    what: "the answer goes to two clients",
    file: "axi/vnet_axi_rd.v",
    find: "rsp_valid_q[k] <= m_axi_rvalid && (m_axi_rid == k[AXI_ID_W-1:0]);",
    replace: "rsp_valid_q[k] <= m_axi_rvalid && ((m_axi_rid & 4'd1) == (k[AXI_ID_W-1:0] & 4'd1));",
    proof: "axi-rd",
  },
  {
    id: "axi-rd-held",
    what: "words of the others never let a client ask again",
    file: "axi/vnet_axi_rd.v",
    find: "(ahead_q != 9'd0) && ((rsp_valid_q & PRIORITY) == {N{1'b0}})",
    replace: "(ahead_q != 9'd0) && ((rsp_valid_q & PRIORITY) != {N{1'b0}})",
    proof: "axi-rd",
  },
  {
    id: "wstrb-full",
    what: "WSTRB is always full",
    file: "axi/vnet_dma_wr.v",
    find: "word_strb[k] = (k[OFF_W-1:0] >= word_off) && (k[CNT_W-1:0] < word_top);",
    replace: "word_strb[k] = 1'b1;",
    proof: "dma-wr-64",
  },
  {
    id: "write-wlast",
    what: "WLAST at the end of the command, not of the burst",
    file: "axi/vnet_dma_wr.v",
    find: ".s_data ({w_last, word_strb, word_data}),",
    replace: ".s_data ({word_last, word_strb, word_data}),",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-before-address",
    what: "data are sent as soon as the burst is known, before its address is accepted",
    file: "axi/vnet_dma_wr.v",
    find: ".s_valid(m_axi_awvalid && m_axi_awready),\n    .s_ready(beats_s_ready),\n    .s_data (m_axi_awlen),",
    replace: ".s_valid(burst_valid && burst_ready),\n    .s_ready(beats_s_ready),\n    .s_data (burst_beats_m1),",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-done-first",
    what: "a command is reported with the response to its first burst",
    file: "axi/vnet_dma_wr.v",
    find: "assign cmd_end      = m_axi_bvalid && flight_valid && flight_last;",
    replace: "assign cmd_end      = m_axi_bvalid && flight_valid;",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-error-stays",
    what: "the error of a command stays for the next one",
    file: "axi/vnet_dma_wr.v",
    find: "err_q <= !flight_last && (err_q || m_axi_bresp[1]);",
    replace: "err_q <= err_q || m_axi_bresp[1];",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-error-last",
    what: "of the errors of a command, only that of its last burst counts",
    file: "axi/vnet_dma_wr.v",
    find: "done_err_q   <= cmd_end && (err_q || m_axi_bresp[1]);",
    replace: "done_err_q   <= cmd_end && m_axi_bresp[1];",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-no-lock",
    what: "another client may come between the commands of a frame",
    file: "axi/vnet_dma_wr.v",
    find: "(sel_ready && sel_data[0])",
    replace: "sel_ready",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-done-client",
    what: "a report goes to the client of the newest command",
    file: "axi/vnet_dma_wr.v",
    find: "(open_client & {N{cmd_end}})",
    replace: "(cmd_client & {N{cmd_end}})",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-one-lane-more",
    what: "one lane behind the last byte is written, too",
    file: "axi/vnet_dma_wr.v",
    find: "(k[CNT_W-1:0] < word_top);",
    replace: "(k[CNT_W-1:0] <= word_top);",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-no-room",
    what: "a burst is sent without room to remember it",
    file: "axi/vnet_dma_wr.v",
    find: ".s_valid(burst_valid && flight_ready),",
    replace: ".s_valid(burst_valid),",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-without-bytes",
    what: "a command without bytes is reported before those in front of it",
    file: "axi/vnet_dma_wr.v",
    find: "wire skip       = cmd_valid && cmd_zero && !open_valid;",
    replace: "wire skip       = cmd_valid && cmd_zero;",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "write-far-ahead",
    what: "commands are taken with twice as many words to be sent",
    file: "axi/vnet_dma_wr.v",
    find: "localparam integer AHEAD_LOG2 = 5;",
    replace: "localparam integer AHEAD_LOG2 = 6;",
    proof: "dma-wr-ever-64",
    parameters: { INVARIANTS: 0 },
    depth: 13,
  },
  {
    id: "realign-end-alone",
    what: "a full word does not wait for the end of its packet",
    file: "common/vnet_realign.v",
    find: "(sum > {1'b0, FULL});",
    replace: "(sum >= {1'b0, FULL});",
    proof: "realign-end-64",
    depth: 10,
  },
  {
    id: "write-path",
    what: "a full word does not wait for the end of its packet: the write engine gets a word without bytes",
    file: "common/vnet_realign.v",
    find: "(sum > {1'b0, FULL});",
    replace: "(sum >= {1'b0, FULL});",
    proof: "dma-wr-path-64",
  },
  {
    id: "gather-limit",
    what: "a chain that was too long may become short again when its sum wraps",
    file: "net/vnet_tx_gather.v",
    find: "(over_q && !first_q) || (sum > limit_q)",
    replace: "sum > limit_q",
    proof: "tx-gather",
  },
  {
    id: "axil-b-early",
    what: "a read answer is taken for a write answer",
    file: "axi/vnet_axil_slave.v",
    find: "if (m_reg_done && write_q) begin",
    replace: "if (m_reg_done) begin",
    proof: "axil-slave",
  },
];

interface Attempt {
  readonly result: Verdict | "error";
  readonly details: readonly string[];
  readonly seconds: number;
}

interface Outcome {
  readonly id: string;
  readonly what: string;
  readonly file: string;
  readonly proof: string;
  readonly mode: Mode;
  readonly depth: number;
  /** Properties that no longer hold. */
  readonly brokenBy: readonly string[];
  readonly seconds: number;
}

function breakCopy(fault: Fault): string {
  const directory = `${OUT}/faults/${fault.id}/rtl`;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  cpSync("rtl", directory, { recursive: true });
  const path = `${directory}/${fault.file}`;
  const source = readFileSync(path, "utf8");
  const places = source.split(fault.find).length - 1;
  if (places !== 1)
    throw new Error(`${fault.id}: expected the text to replace once in ${fault.file}, found it ${places} times`);
  writeFileSync(
    path,
    source.replace(fault.find, () => fault.replace),
  );
  return directory;
}

function proofOf(fault: Fault): Proof {
  const proof = PROOFS.find(({ id }) => id === fault.proof);
  if (proof === undefined) throw new Error(`${fault.id}: no proof ${fault.proof}`);
  return { ...proof, parameters: { ...proof.parameters, ...fault.parameters } };
}

/** A tool that breaks down has not shown anything; the other faults are tried all the same. */
async function attempt(...[proof, mode, depth, setting]: Parameters<typeof solve>): Promise<Attempt> {
  try {
    return await solve(proof, mode, depth, setting);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { result: "error", details: [error.message], seconds: 0 };
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  const chosen = FAULTS.filter((fault) => fault.id.startsWith(options.chosen));
  if (chosen.length === 0)
    throw new OptionError(`PROOF: '${options.chosen}' is none of ${FAULTS.map(({ id }) => id).join(", ")}`);
  prepareSolver(options.solver);
  const outcomes: Outcome[] = [];
  await inParallel(chosen, options.jobs, async (fault) => {
    const rtl = breakCopy(fault);
    // One question for all assertions: a violation is found sooner, and leaves a trace.
    const proof: Proof = { ...proofOf(fault), apart: false };
    const setting = { solver: options.solver, rtl, out: `${OUT}/faults/${fault.id}`, limit: options.limit };
    const mode = fault.step === true ? "induction" : "bmc";
    const depth = fault.step === true ? (proof.induction ?? 1) : (fault.depth ?? proof.bmc);
    const { result, details, seconds } = await attempt(proof, mode, depth, setting);
    const brokenBy = result === "fail" ? details : [];
    outcomes.push({
      id: fault.id,
      what: fault.what,
      file: fault.file,
      proof: proof.id,
      mode,
      depth,
      brokenBy,
      seconds,
    });
    const verdict = brokenBy[0] ?? `NOT NOTICED (${[result, ...details].join(": ")})`;
    console.log(
      `[${String(outcomes.length).padStart(2)}/${chosen.length}] ${fault.id}: ${fault.what} (rtl/${fault.file}, ${seconds} s)\n    ${proof.id}: ${verdict}`,
    );
  });
  writeFileSync(`${OUT}/faults.json`, `${JSON.stringify(outcomes, undefined, 2)}\n`);
  const broken = outcomes.filter((outcome) => outcome.brokenBy.length > 0).length;
  console.log(`${broken} of ${chosen.length} faults break their proof`);
  return broken === chosen.length ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(`${error.message}\n${HELP}`);
  process.exitCode = 2;
}
