/**
 * Rebuilds what happened on the pins of the device from samples of its signals: memory accesses, frames, interrupts, register writes. Checks
 * the rules of the handshakes on the way. It shares no code with the bus models or the scoreboard.
 *
 * @module
 */
import type { WaveSample } from "./waveform.ts";

/** A bus word that moved. */
export interface TracedWord {
  /** Address of its first byte. */
  readonly addr: bigint;
  readonly data: Uint8Array;
  /** Which bytes count. */
  readonly strobes: bigint;
  readonly cycle: number;
}

/** A burst with its words. */
export interface TracedBurst {
  readonly id: number;
  readonly addr: bigint;
  readonly beats: number;
  /** The address was taken. */
  readonly cycle: number;
  readonly words: TracedWord[];
  /** Last data (reads) or response (writes); undefined: not seen. */
  doneCycle: number | undefined;
}

/** A frame on one of the streams. */
export interface TracedFrame {
  readonly data: Uint8Array;
  readonly dest: number;
  readonly user: bigint;
  readonly firstCycle: number;
  readonly lastCycle: number;
}

const CHANNELS: readonly { readonly name: string; readonly payload: readonly string[] }[] = [
  { name: "axi_ar", payload: ["addr", "id", "len", "size", "burst"] },
  { name: "axi_r", payload: ["data", "id", "resp", "last"] },
  { name: "axi_aw", payload: ["addr", "id", "len", "size", "burst"] },
  { name: "axi_w", payload: ["data", "strb", "last"] },
  { name: "axi_b", payload: ["id", "resp"] },
  { name: "axil_aw", payload: ["addr"] },
  { name: "axil_w", payload: ["data", "strb"] },
  { name: "axil_ar", payload: ["addr"] },
  { name: "tx_t", payload: ["data", "keep", "last", "dest", "user"] },
  { name: "rx_t", payload: ["data", "keep", "last", "dest", "user"] },
  { name: "irq_", payload: ["vector"] },
];

/** All signals of the simulation top that a trace needs. */
export const TRACE_SIGNALS: readonly string[] = [
  "aresetn",
  ...CHANNELS.flatMap(({ name, payload }) => ["valid", "ready", ...payload].map((signal) => `${name}${signal}`)),
];

const PAGE = 4096n;
const INCR = 1n;

/** See the module text. Feed it every cycle, then call {@link BusTrace.finish}. */
export class BusTrace {
  readonly reads: TracedBurst[] = [];
  readonly writes: TracedBurst[] = [];
  readonly transmitted: TracedFrame[] = [];
  readonly received: TracedFrame[] = [];
  readonly interrupts: { readonly vector: number; readonly cycle: number }[] = [];
  readonly registerWrites: { readonly offset: number; readonly data: number; readonly cycle: number }[] = [];
  /** Broken rules. */
  readonly violations: string[] = [];
  /** Handshakes per channel. */
  readonly transfers = new Map<string, number>();

  readonly #bytes: number;
  readonly #held = new Map<string, readonly bigint[]>();
  readonly #openReads = new Map<number, TracedBurst[]>();
  readonly #openWrites: TracedBurst[] = [];
  readonly #unanswered: TracedBurst[] = [];
  readonly #frames = { tx: new FrameParts(), rx: new FrameParts() };
  readonly #registerAddresses: number[] = [];

  constructor(dataWidth: number) {
    this.#bytes = dataWidth / 8;
  }

  /** Takes the sample of one clock edge. */
  sample(sample: WaveSample): void {
    if (!sample.bit("aresetn")) {
      this.#held.clear();
      return;
    }
    for (const channel of CHANNELS) this.#checkStable(channel, sample);
    const moved = (channel: string): boolean => {
      const isMoved = sample.bit(`${channel}valid`) && sample.bit(`${channel}ready`);
      if (isMoved) this.transfers.set(channel, (this.transfers.get(channel) ?? 0) + 1);
      return isMoved;
    };
    if (moved("axi_ar")) this.#takeReadAddress(sample);
    if (moved("axi_r")) this.#takeReadData(sample);
    if (moved("axi_aw")) this.#takeWriteAddress(sample);
    if (moved("axi_w")) this.#takeWriteData(sample);
    if (moved("axi_b")) this.#takeWriteResponse(sample);
    if (moved("axil_aw")) this.#registerAddresses.push(Number(sample.value("axil_awaddr")));
    if (moved("axil_w")) {
      const offset = this.#registerAddresses.shift() ?? 0;
      this.registerWrites.push({ offset, data: Number(sample.value("axil_wdata")), cycle: sample.cycle });
    }
    moved("axil_ar");
    if (moved("tx_t")) this.#takeBeat("tx", sample);
    if (moved("rx_t")) this.#takeBeat("rx", sample);
    if (moved("irq_")) this.interrupts.push({ vector: Number(sample.value("irq_vector")), cycle: sample.cycle });
  }

  /** Looks at what must be complete at the end. */
  finish(): void {
    const reads = [...this.#openReads.values()].reduce((sum, list) => sum + list.length, 0);
    if (reads > 0) this.violations.push(`${reads} reads without all their data at the end`);
    if (this.#unanswered.length > 0) {
      this.violations.push(`${this.#unanswered.length} writes without a response at the end`);
    }
  }

  /** valid stays, with the same payload, until ready. */
  #checkStable(channel: (typeof CHANNELS)[number], sample: WaveSample): void {
    const { name, payload } = channel;
    const isValid = sample.bit(`${name}valid`);
    const held = this.#held.get(name);
    const now = isValid ? payload.map((signal) => sample.value(`${name}${signal}`)) : undefined;
    if (held !== undefined) {
      if (now === undefined) this.#violation(sample, `${name}valid was taken back`);
      const changed = payload.filter((_, i) => now !== undefined && now[i] !== held[i]);
      if (changed.length > 0) this.#violation(sample, `${name}${changed.join(", ")} changed while valid waited`);
    }
    if (now !== undefined && !sample.bit(`${name}ready`)) this.#held.set(name, now);
    else this.#held.delete(name);
  }

  #takeReadAddress(sample: WaveSample): void {
    const burst = this.#burst("axi_ar", sample);
    this.reads.push(burst);
    const list = this.#openReads.get(burst.id) ?? [];
    list.push(burst);
    this.#openReads.set(burst.id, list);
  }

  #takeReadData(sample: WaveSample): void {
    const id = Number(sample.value("axi_rid"));
    const burst = this.#openReads.get(id)?.[0];
    if (burst === undefined) {
      this.#violation(sample, `read data of ID ${id} that nobody asked for`);
      return;
    }
    this.#addWord(burst, sample.value("axi_rdata"), (1n << BigInt(this.#bytes)) - 1n, sample.cycle);
    const isLast = burst.words.length === burst.beats;
    if (isLast !== sample.bit("axi_rlast"))
      this.#violation(sample, `rlast at beat ${burst.words.length} of ${burst.beats}`);
    if (isLast) {
      burst.doneCycle = sample.cycle;
      this.#openReads.get(id)?.shift();
    }
  }

  #takeWriteAddress(sample: WaveSample): void {
    const burst = this.#burst("axi_aw", sample);
    this.writes.push(burst);
    this.#openWrites.push(burst);
    this.#unanswered.push(burst);
  }

  #takeWriteData(sample: WaveSample): void {
    const burst = this.#openWrites[0];
    if (burst === undefined) {
      this.#violation(sample, "write data before its address");
      return;
    }
    this.#addWord(burst, sample.value("axi_wdata"), sample.value("axi_wstrb"), sample.cycle);
    const isLast = burst.words.length === burst.beats;
    if (isLast !== sample.bit("axi_wlast"))
      this.#violation(sample, `wlast at beat ${burst.words.length} of ${burst.beats}`);
    if (isLast) this.#openWrites.shift();
  }

  #takeWriteResponse(sample: WaveSample): void {
    const id = Number(sample.value("axi_bid"));
    const at = this.#unanswered.findIndex((burst) => burst.id === id);
    const burst = this.#unanswered[at];
    if (burst === undefined || burst.words.length < burst.beats) {
      this.#violation(sample, `write response of ID ${id} before the last data`);
      return;
    }
    burst.doneCycle = sample.cycle;
    this.#unanswered.splice(at, 1);
  }

  #burst(channel: string, sample: WaveSample): TracedBurst {
    const addr = sample.value(`${channel}addr`);
    const beats = Number(sample.value(`${channel}len`)) + 1;
    const size = 1 << Number(sample.value(`${channel}size`));
    const wordAddr = addr - (addr % BigInt(this.#bytes));
    const end = wordAddr + BigInt(beats * this.#bytes) - 1n;
    if (size !== this.#bytes) this.#violation(sample, `${channel}size means ${size} bytes, the bus has ${this.#bytes}`);
    if (sample.value(`${channel}burst`) !== INCR) this.#violation(sample, `${channel}burst is not INCR`);
    if (addr / PAGE !== end / PAGE)
      this.#violation(sample, `${channel}: 0x${addr.toString(16)}, ${beats} beats: crosses 4 KiB`);
    return {
      id: Number(sample.value(`${channel}id`)),
      addr,
      beats,
      cycle: sample.cycle,
      words: [],
      doneCycle: undefined,
    };
  }

  #addWord(burst: TracedBurst, data: bigint, strobes: bigint, cycle: number): void {
    const first = burst.addr - (burst.addr % BigInt(this.#bytes));
    const addr = first + BigInt(this.#bytes * burst.words.length);
    burst.words.push({ addr, data: bytesOf(data, this.#bytes), strobes, cycle });
  }

  #takeBeat(stream: "tx" | "rx", sample: WaveSample): void {
    const parts = this.#frames[stream];
    const keep = sample.value(`${stream}_tkeep`);
    const isLast = sample.bit(`${stream}_tlast`);
    // Contiguous from lane 0: adding 1 clears all set bits.
    if (keep === 0n || (keep & (keep + 1n)) !== 0n) this.#violation(sample, `${stream}_tkeep ${keep.toString(2)}`);
    const count = keep.toString(2).length;
    if (!isLast && count !== this.#bytes) this.#violation(sample, `${stream}_tkeep partial before tlast`);
    const dest = Number(sample.value(`${stream}_tdest`));
    const user = sample.value(`${stream}_tuser`);
    // The header stays beside the frame; on the receive side tuser counts with tlast only.
    if (parts.bytes.length > 0 && stream === "tx" && (dest !== parts.dest || user !== parts.user)) {
      this.#violation(sample, "tdest or tuser changed within a frame");
    }
    if (parts.bytes.length === 0) parts.firstCycle = sample.cycle;
    parts.dest = dest;
    parts.user = user;
    parts.bytes.push(bytesOf(sample.value(`${stream}_tdata`), this.#bytes).subarray(0, count));
    if (!isLast) return;
    const data = Uint8Array.from(parts.bytes.flatMap((bytes) => [...bytes]));
    const list = stream === "tx" ? this.transmitted : this.received;
    list.push({ data, dest, user, firstCycle: parts.firstCycle, lastCycle: sample.cycle });
    parts.bytes = [];
  }

  #violation(sample: WaveSample, what: string): void {
    this.violations.push(`cycle ${sample.cycle}: ${what}`);
  }
}

class FrameParts {
  bytes: Uint8Array[] = [];
  dest = 0;
  user = 0n;
  firstCycle = 0;
}

/** The lowest `count` bytes of a number, lowest first. */
export function bytesOf(value: bigint, count: number): Uint8Array {
  const out = new Uint8Array(count);
  let rest = value;
  for (let i = 0; i < count; i++) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return out;
}
