/**
 * Faults to put into a copy of the RTL, to see that tests notice them.
 *
 * @module
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One way to break the RTL. */
export interface Fault {
  readonly id: string;
  readonly what: string;
  /** File below `rtl/`. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Spec that has to notice, and the tests of it to run. */
  readonly spec: string;
  readonly grep: string;
}

const SYSTEM = "tb/test/system";

/** The faults that `make mutants` and `make fuzz-faults` use. */
export const FAULTS: readonly Fault[] = [
  {
    id: "hdr-len",
    what: "header length off by one",
    file: "top/vnet_common_cfg.v",
    find: "6'd12 : 6'd10",
    replace: "6'd11 : 6'd10",
    spec: `${SYSTEM}/smoke.spec.ts`,
    grep: "64 bit .*linux:",
  },
  {
    id: "last-lane",
    what: "last byte lane of the bus is never written",
    file: "axi/vnet_dma_wr.v",
    find: "(k[CNT_W-1:0] < word_top);",
    replace: "(k[CNT_W-1:0] < word_top) && (k != BYTES - 1);",
    spec: `${SYSTEM}/smoke.spec.ts`,
    grep: "64 bit .*linux:",
  },
  {
    id: "next-ignored",
    what: "`next` of a descriptor is ignored, every chain has one element",
    file: "ring/vnet_desc_walk.v",
    find: "assign p_next[g]  = has_next;",
    replace: "assign p_next[g]  = has_next && 1'b0;",
    spec: `${SYSTEM}/smoke.spec.ts`,
    grep: "64 bit .*separate:",
  },
  {
    id: "idx-before-entry",
    what: "used index is written before the used entries",
    file: "ring/vnet_used_queue.v",
    find: "if (evt_done_border) begin\n      target_q <= done_border;",
    replace: "if (evt_accept) begin\n      target_q <= fill_q + 16'd1;",
    spec: `${SYSTEM}/smoke.spec.ts`,
    grep: "64 bit .*linux:",
  },
  {
    id: "no-4k-split",
    what: "bursts are not split at 4 KiB",
    file: "axi/vnet_burst_split.v",
    find: "      last_q     <= end_block == {LEFT_W{1'b0}};\n      beats_m1_q <= ((end_block == {LEFT_W{1'b0}}) ? end_word : block_top) - begin_word;",
    replace: "      last_q     <= 1'b1;\n      beats_m1_q <= cmd_end_q[OFF_W +: 8] - begin_word;",
    spec: `${SYSTEM}/property.spec.ts`,
    grep: "64 bit .*scenarios of random",
  },
  {
    id: "num-buffers-1",
    what: "num_buffers is always 1",
    file: "net/vnet_hdr_insert.v",
    find: "s_plan_hdr[255:96], s_plan_buffers,",
    replace: "s_plan_hdr[255:96], 16'd1,",
    spec: `${SYSTEM}/receive.spec.ts`,
    grep: "",
  },
  {
    id: "event-no-wrap",
    what: "event index compared without wrap",
    file: "ring/vnet_event_idx.v",
    find: "assign need = since < step;",
    replace: "assign need = (event_idx >= old_idx) && (event_idx < new_idx) && (since <= step);",
    spec: "tb/test/rtl/vnet_event_idx.spec.ts",
    grep: "",
  },
  {
    id: "second-header-piece",
    what: "only the first piece of a cut header is taken",
    file: "net/vnet_hdr_extract.v",
    find: "if ((i[5:0] >= lo_q) && (i[5:0] < hi_q)) begin",
    replace: "if ((i[5:0] >= lo_q) && (i[5:0] < hi_q) && (lo_q == 6'd0)) begin",
    spec: `${SYSTEM}/splits.spec.ts`,
    grep: "64 bit .*TX: all 1024 cut sets of the 10-byte header, direct",
  },
  {
    id: "wstrb-full",
    what: "WSTRB is always full",
    file: "axi/vnet_dma_wr.v",
    find: "word_strb[k] = (k[OFF_W-1:0] >= word_off) && (k[CNT_W-1:0] < word_top);",
    replace: "word_strb[k] = (k[OFF_W-1:0] >= word_off) || (k[CNT_W-1:0] < word_top);",
    spec: `${SYSTEM}/smoke.spec.ts`,
    grep: "64 bit .*linux:",
  },
  {
    id: "completion-lost",
    what: "no completion after an AXI error of a payload read",
    file: "net/vnet_tx_finish.v",
    find: ".s_valid(finish),\n    .s_ready(cpl_ready),",
    replace: ".s_valid(finish && (err_q != 5'd13)),\n    .s_ready(cpl_ready),",
    spec: `${SYSTEM}/errors.spec.ts`,
    grep: "AXI_DATA: SLVERR on a transmit buffer",
  },
  {
    id: "stale-descriptor",
    what: "the descriptor cache serves lines that were read before the chain was available",
    file: "ring/vnet_desc_cache.v",
    find: "fresh_q <= !age[15];",
    replace: "fresh_q <= age[15] || !age[15];",
    spec: `${SYSTEM}/splits.spec.ts`,
    grep: "512 bit .*TX: all 4096 cut sets of the 12-byte header, direct",
  },
  {
    id: "no-stop-drain",
    what: "a reset does not wait for chains in flight",
    file: "ring/vnet_avail_queue.v",
    find: "sts_idle     <= quiet && cfg_stop;",
    replace: "sts_idle     <= cfg_stop;",
    spec: `${SYSTEM}/reset.spec.ts`,
    grep: "device reset at any time",
  },
];

/** Makes a copy of the RTL with the fault in it and returns its directory. */
export function breakCopy(fault: Fault): string {
  const directory = join("build/mutants", fault.id, "rtl");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  cpSync("rtl", directory, { recursive: true });
  const path = join(directory, fault.file);
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
