// What `make formal` proves. One entry is one props module with its parameters; each mode of it is one row of the result.

import type { Mode } from "./solve.ts";

/** A proof: modules of `formal/props` around a design, and how deep each mode goes (in clock cycles). */
export interface Proof {
  /** Names the files of the proof, and is what PROOF= takes (also its beginning). */
  readonly id: string;
  /** The module the proof is about. */
  readonly module: string;
  /** What is proved, in words. */
  readonly property: string;
  /** Props module; `<module>_props` if not given. */
  readonly props?: string;
  readonly parameters?: Readonly<Record<string, number>>;
  /** Every trace of this many cycles after power-up. */
  readonly bmc: number;
  /** k-induction: with the same depth of BMC as its base, the property holds for ever. */
  readonly induction?: number;
  /** PDR finds the invariants by itself: the property holds for ever. */
  readonly forever?: boolean;
  /** Every cover statement is reached within this many cycles. */
  readonly cover?: number;
  /** The covers that this proof can reach, by name; all, if not given. */
  readonly reach?: readonly string[];
  /** BMC with words instead of single bits: faster where wide words are shifted. */
  readonly words?: boolean;
  /** Small memories become registers, for proofs with invariants about their contents. */
  readonly mapped?: boolean;
  /** What a reset does not set begins at zero: a scene with few free inputs stays nearly constant. */
  readonly zeroed?: boolean;
  /** Modules read from formal/abstract instead of rtl: outputs that are only what their own proofs show. */
  readonly abstract?: readonly string[];
  /** The mode that takes minutes: it is begun before all others, so that no solver is left alone with it at the end. */
  readonly long?: Mode;
  /** The induction step (of depth 1) asks for each assertion by itself: faster where there are many invariants of different kinds. */
  readonly apart?: boolean;
  /** Part of the short run (QUICK=1). */
  readonly quick?: boolean;
}

/** The same proof at the other widths; `bits` of each byte are followed, from bit 0 on. */
const wider = (proof: Proof, modes: Pick<Proof, "bmc" | "induction">, bits: number): readonly Proof[] =>
  [128, 256, 512].map((width) => ({
    id: proof.id.replace(/64$/, String(width)),
    module: proof.module,
    property: proof.property.replace(/64 bit$/, bits === 8 ? `${width} bit` : `${width} bit (bit 0 of each byte)`),
    parameters: bits === 8 ? { DATA_W: width } : { DATA_W: width, BITS: bits },
    words: true,
    ...(proof.long === undefined ? {} : { long: proof.long }),
    ...(proof.props === undefined ? {} : { props: proof.props }),
    ...(proof.abstract === undefined ? {} : { abstract: proof.abstract }),
    ...(proof.mapped === true ? { mapped: true } : {}),
    ...(proof.apart === true ? { apart: true } : {}),
    ...modes,
  }));

const BASE: readonly Proof[] = [
  {
    id: "event-idx",
    module: "vnet_event_idx",
    property: "equal to the specification's formula, and to its meaning, for all 2^48 inputs",
    bmc: 1,
    induction: 1,
    cover: 1,
    quick: true,
  },
  {
    id: "skid",
    module: "vnet_skid",
    property: "every word once, in order, unchanged; full and empty exact",
    bmc: 8,
    induction: 3,
    cover: 8,
    quick: true,
  },
  {
    id: "fifo",
    module: "vnet_fifo",
    property: "every word once, in order, unchanged; full, empty and level exact",
    bmc: 10,
    induction: 3,
    cover: 10,
    mapped: true,
    quick: true,
  },
  {
    id: "fifo-deep",
    module: "vnet_fifo_deep",
    property: "every word once, in order, unchanged; no word is read without room for it",
    bmc: 12,
    induction: 3,
    cover: 14,
    mapped: true,
    quick: true,
  },
  {
    id: "arb",
    module: "vnet_rr_arb",
    property: "one grant, to a requester; nobody waits for more than N-1 others, N = 4",
    bmc: 8,
    induction: 2,
    cover: 10,
    quick: true,
  },
  {
    id: "hdr-extract-64",
    module: "vnet_hdr_extract",
    property: "header = first N bytes, payload = the rest, every N in 1..32, every cut, 64 bit",
    bmc: 4,
    induction: 3,
    cover: 8,
    quick: true,
  },
  {
    id: "realign-64",
    module: "vnet_realign",
    property: "bytes and ends in order, unchanged, dense, at their lanes, every cut, every start lane, 64 bit",
    bmc: 4,
    induction: 1,
    cover: 12,
    long: "induction",
    quick: true,
  },
  {
    id: "realign-end-64",
    module: "vnet_realign",
    property: "the end of a packet that has bytes leaves with its last bytes, 64 bit",
    props: "vnet_realign_end_props",
    bmc: 4,
    induction: 1,
    cover: 12,
    quick: true,
  },
  {
    id: "hdr-insert-64",
    module: "vnet_hdr_insert",
    property: "header of N bytes, then the frame, every N in 1..32; refused frames leave no byte, 64 bit",
    bmc: 4,
    induction: 3,
    cover: 12,
    quick: true,
  },
  {
    id: "axil-slave",
    module: "vnet_axil_slave",
    property: "AXI4-Lite rules; every access carried out once, with its own address and data; answers in order",
    bmc: 8,
    induction: 2,
    cover: 14,
    quick: true,
  },
  {
    id: "axi-rd",
    module: "vnet_axi_rd",
    property:
      "AXI4 read rules; requests of each client in order; answers to their client; held only by own words, 3 clients, 64 bit",
    bmc: 8,
    induction: 2,
    cover: 12,
    quick: true,
  },
  {
    id: "burst-split-64",
    module: "vnet_burst_split",
    property: "bursts cover the command exactly, none over 4 KiB or MAX_BURST = 16, 64 bit",
    bmc: 8,
    induction: 2,
    cover: 10,
    quick: true,
  },
  {
    id: "burst-split-512",
    module: "vnet_burst_split",
    property: "the same, MAX_BURST = 64, 512 bit",
    parameters: { DATA_W: 512, MAX_BURST: 64 },
    bmc: 8,
    induction: 2,
    cover: 10,
  },
  {
    id: "dma-rd-64",
    module: "vnet_dma_rd",
    property:
      "windows are exactly the bytes of the commands from symbolic memory, in order; errors; legal bursts; room reserved, 64 bit",
    bmc: 4,
    induction: 1,
    cover: 14,
    mapped: true,
    apart: true,
  },
  {
    id: "dma-wr-64",
    module: "vnet_dma_wr",
    property: "AXI4 write rules; every byte of a command written once, at its address, with its value; then reported",
    bmc: 12,
    cover: 18,
    // The replay cannot begin a memory of single bits.
    mapped: true,
  },
  {
    id: "dma-wr-ever-64",
    module: "vnet_dma_wr",
    property:
      "the beats are the words of the commands: address, strobes, values, bursts; each reported behind its last response, 64 bit",
    props: "vnet_dma_wr_ever_props",
    abstract: ["vnet_wr_scatter", "vnet_realign"],
    bmc: 6,
    induction: 1,
    cover: 20,
    long: "induction",
    mapped: true,
  },
  {
    id: "dma-wr-path-64",
    module: "vnet_dma_wr",
    property: "the real way of the data obeys what dma-wr-ever assumes of it; the same properties",
    props: "vnet_dma_wr_ever_props",
    parameters: { ABSTRACT: 0 },
    bmc: 14,
    cover: 20,
    long: "bmc",
    mapped: true,
  },
  {
    id: "used-write-64",
    module: "vnet_used_write",
    property:
      "each completion one entry at its place; index behind responses and at frame ends; only the rings; silent when idle",
    bmc: 16,
    cover: 34,
  },
  {
    id: "used-write-prompt",
    module: "vnet_used_write",
    property: "the same, memory prompt",
    parameters: { PROMPT: 1 },
    bmc: 26,
    cover: 30,
  },
  {
    id: "used-ring",
    module: "vnet_used_write",
    property:
      "index behind responses and at frame ends, of any size, for any running time; each completion one entry at its place with its data; only the rings; silent when idle",
    props: "vnet_used_ring_props",
    bmc: 12,
    induction: 1,
    cover: 40,
    mapped: true,
    apart: true,
  },
  {
    id: "desc-fetch-prompt",
    module: "vnet_desc_fetch",
    property: "nothing read or handed out that was not offered; every head one chain, in order; all prompt",
    parameters: { PROMPT: 1 },
    bmc: 28,
    cover: 40,
    mapped: true,
  },
  {
    id: "desc-loop-64",
    module: "vnet_desc_fetch",
    property:
      "nothing is read that was not offered, and no record covers it; each head one chain, ended once, not too long; silent without chains, 64 bit",
    props: "vnet_desc_loop_props",
    bmc: 12,
    induction: 1,
    cover: 30,
    mapped: true,
  },
  {
    id: "desc-issue-64",
    module: "vnet_desc_issue",
    property:
      "only words with a byte of the descriptor of a legal token are asked for, all of them; tokens in order, unchanged; room for every line, 64 bit",
    bmc: 12,
    induction: 1,
    cover: 16,
    mapped: true,
    quick: true,
  },
  {
    id: "desc-walk",
    module: "vnet_desc_walk",
    property:
      "each descriptor makes what the specification says: record, error, legal next token, legal table; transmit, 64 and 128 bit",
    bmc: 8,
    induction: 3,
    cover: 14,
    words: true,
    quick: true,
  },
  {
    id: "desc-walk-rx",
    module: "vnet_desc_walk",
    property: "the same, receive",
    parameters: { DIR_WRITE: 1 },
    bmc: 8,
    induction: 3,
    cover: 14,
    words: true,
  },
  {
    id: "desc-stamp",
    module: "vnet_desc_issue",
    property:
      "a line that serves by the modulo rule of the cache was asked for when the position was known, any running time",
    props: "vnet_desc_stamp_props",
    bmc: 12,
    induction: 1,
    cover: 24,
    mapped: true,
    quick: true,
  },
  {
    id: "desc-line-64",
    module: "vnet_desc_line",
    property:
      "each request brings one line, the words that were asked for at their halves, with their errors; room for it, 64 bit",
    bmc: 8,
    induction: 1,
    cover: 20,
    mapped: true,
    quick: true,
  },
  {
    id: "desc-cache-64",
    module: "vnet_desc_cache",
    property: "a hit brings the line of its own queue and address, asked for when its chain was known, 64 bit",
    bmc: 5,
    induction: 1,
    cover: 20,
    words: true,
    mapped: true,
    quick: true,
  },
  {
    id: "chain-blocks",
    module: "vnet_chain_blocks",
    property: "a spare block has one owner, is linked to the block before it, none is lost; each need is served once",
    bmc: 10,
    induction: 1,
    cover: 24,
    mapped: true,
    quick: true,
  },
  {
    id: "chain-slots",
    module: "vnet_chain_slots",
    property:
      "every head is one chain: all its records once, in order, unchanged, ended once, in ring order; slots and blocks freed once",
    bmc: 14,
    induction: 1,
    cover: 40,
    mapped: true,
  },
  {
    id: "avail-fetch-prompt",
    module: "vnet_avail_fetch",
    property:
      "only the ring is read; heads in range, in ring order, no more than available; silent when idle; all prompt",
    parameters: { PROMPT: 1 },
    bmc: 36,
    cover: 36,
  },
  {
    id: "avail-index",
    module: "vnet_avail_fetch",
    property:
      "no more entries believed than the queue has, AVAIL_JUMP exact; each entry read once, at its place, and sent as head, in order; room for answers; silent when idle",
    props: "vnet_avail_index_props",
    bmc: 14,
    induction: 1,
    cover: 60,
    mapped: true,
    long: "induction",
  },
  {
    id: "ring",
    module: "vnet_ring",
    property: "safety against a hostile driver, memory and consumer of any pace",
    bmc: 12,
    cover: 32,
    reach: ["index_asked", "idle_told", "first_head"],
  },
  {
    id: "ring-prompt",
    module: "vnet_ring",
    property: "the same, memory and consumer prompt",
    parameters: { PROMPT: 1 },
    bmc: 44,
    cover: 50,
    reach: ["index_asked", "idle_told", "first_head", "chain_taken", "chain_completed"],
  },
  {
    id: "ring-scene",
    module: "vnet_ring",
    property:
      "two chains made available: each head comes back once, in order, and both within 92 cycles; silent from idle to the next start",
    parameters: { PROMPT: 1, SCENE: 92 },
    bmc: 96,
    cover: 90,
    zeroed: true,
  },
  {
    id: "reset",
    module: "vnet_regs",
    property:
      "no interrupt and no queue enabled from the end of a reset to the next start, vnet_regs with vnet_irq, any register accesses",
    props: "vnet_reset_props",
    bmc: 30,
    forever: true,
    cover: 60,
    quick: true,
  },
  {
    id: "tx-gather",
    module: "vnet_tx_gather",
    property: "commands are the elements of the chain, symbolic segments; none behind a failure",
    bmc: 6,
    induction: 2,
    cover: 8,
    quick: true,
  },
  {
    id: "tx-gather-strict",
    module: "vnet_tx_gather",
    property: "the same with STRICT_LAYOUT",
    parameters: { STRICT_LAYOUT: 1 },
    bmc: 6,
    induction: 2,
    cover: 8,
  },
  {
    id: "wr-scatter-64",
    module: "vnet_wr_scatter",
    property: "windows cover the bytes of each command; words of its client, used up exactly, 2 clients, 64 bit",
    bmc: 8,
    induction: 2,
    cover: 14,
    mapped: true,
    quick: true,
  },
  {
    id: "rx-scatter-64",
    module: "vnet_rx_scatter",
    property:
      "commands are the planned bytes, symbolic segments; each chain completed once, in order, behind its reports; never stuck, 64 bit",
    bmc: 5,
    induction: 1,
    cover: 14,
    words: true,
    mapped: true,
  },
];

// Where wide words would take the solver long, one bit of each byte is followed; at 64 bit all are.
const STREAMS: readonly (readonly [string, Pick<Proof, "bmc" | "induction">, number])[] = [
  ["hdr-extract-64", { bmc: 3, induction: 3 }, 1],
  ["hdr-insert-64", { bmc: 4, induction: 3 }, 8],
  ["dma-rd-64", { bmc: 4, induction: 1 }, 8],
  ["realign-64", { bmc: 4, induction: 1 }, 1],
  ["realign-end-64", { bmc: 4, induction: 1 }, 8],
  ["wr-scatter-64", { bmc: 6, induction: 2 }, 8],
  ["dma-wr-ever-64", { bmc: 4, induction: 1 }, 8],
  ["rx-scatter-64", { bmc: 4, induction: 1 }, 8],
];

export const PROOFS: readonly Proof[] = [
  ...BASE,
  ...STREAMS.flatMap(([id, modes, bits]) =>
    BASE.filter((proof) => proof.id === id).flatMap((proof) => wider(proof, modes, bits)),
  ),
];
