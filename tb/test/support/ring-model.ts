/**
 * Reference for the ring engine: what a chain of descriptors means, and a consumer that takes chains (docs/architecture.md,
 * sections 3.3 and 6).
 *
 * @module
 */
import { expect } from "chai";
import { type Disarm, type Pause, pauseGenerator, PAUSES, type Random } from "../../src/core/index.ts";
import { type ByteMap, eachCycle } from "./clients.ts";
import type { ModuleBench } from "./module-test.ts";
import { waitUntil } from "./wait.ts";

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

/** Error codes of docs/architecture.md, section 6. */
export const CODE = {
  none: 0,
  chainLong: 1,
  nextRange: 2,
  indirectNested: 3,
  indirectLen: 4,
  indirectFlag: 5,
  direction: 6,
  order: 7,
  axiDesc: 12,
  availJump: 16,
  headRange: 17,
  axiRing: 18,
} as const;

/** A descriptor of a split virtqueue. */
export interface Descriptor {
  readonly addr: bigint;
  readonly len: number;
  readonly flags: number;
  readonly next: number;
}

/** The descriptor as the number that its 16 bytes are. */
export function descriptorBits({ addr, len, flags, next }: Descriptor): bigint {
  return addr | (BigInt(len) << 64n) | (BigInt(flags) << 96n) | (BigInt(next) << 112n);
}

/** Puts descriptor `index` of a table into memory. */
export function writeDescriptor(memory: ByteMap, table: bigint, index: number, descriptor: Descriptor): void {
  memory.writeUint(table + 16n * BigInt(index), descriptorBits(descriptor), 16);
}

/** One record of a chain. `addr` of an error record means nothing. */
export interface ChainRecord {
  readonly addr: bigint | undefined;
  readonly len: number;
  readonly last: boolean;
  readonly zero: boolean;
  readonly err: number;
  /** Given with the last record. */
  readonly ndesc: number | undefined;
}

/** What the walk of a chain depends on. */
export interface WalkRules {
  readonly memory: ByteMap;
  readonly table: bigint;
  readonly size: number;
  readonly chainMax: number;
  readonly isDeviceWritable: boolean;
  readonly isIndirectAllowed: boolean;
  readonly lenBits: number;
  /** Does the read of these bytes fail? */
  readonly isError: (addr: bigint, lenBytes: number) => boolean;
}

/** The records of the chain that begins at `head`. */
export function walkChain(rules: WalkRules, head: number): ChainRecord[] {
  const { memory, size, isDeviceWritable } = rules;
  const records: ChainRecord[] = [];
  let table = { base: rules.table, entries: size, isIndirect: false };
  let index = head;
  for (;;) {
    const seen = records.length;
    const at = BigInt.asUintN(64, table.base + 16n * BigInt(index));
    const addr = memory.readUint(at, 8);
    const len = Number(memory.readUint(at + 8n, 4));
    const flags = Number(memory.readUint(at + 12n, 2));
    const next = Number(memory.readUint(at + 14n, 2));
    const hasNext = (flags & NEXT) !== 0;
    const isTable = (flags & INDIRECT) !== 0;
    const isWritable = (flags & WRITE) !== 0;
    const fault = (): number => {
      if (rules.isError(at, 16)) return CODE.axiDesc;
      if (isTable && table.isIndirect) return CODE.indirectNested;
      if (isTable && (hasNext || !rules.isIndirectAllowed)) return CODE.indirectFlag;
      if (isTable && (len === 0 || len % 16 !== 0 || len / 16 > size)) return CODE.indirectLen;
      if (isTable) return CODE.none;
      if (isWritable !== isDeviceWritable) return isDeviceWritable && seen > 0 ? CODE.order : CODE.direction;
      if (hasNext && next >= table.entries) return CODE.nextRange;
      if (hasNext && seen + 1 >= Math.min(size, rules.chainMax)) return CODE.chainLong;
      return CODE.none;
    };
    const err = fault();
    const ndesc = seen + 1 + (table.isIndirect ? 1 : 0);
    if (err !== CODE.none) {
      records.push({ addr: undefined, len: 0, last: true, zero: false, err, ndesc });
      return records;
    }
    if (isTable) {
      table = { base: addr, entries: len / 16, isIndirect: true };
      index = 0;
      continue;
    }
    const most = 2 ** rules.lenBits - 1;
    records.push({
      addr,
      len: Math.min(len, most),
      last: !hasNext,
      zero: len === 0,
      err,
      ndesc: hasNext ? undefined : ndesc,
    });
    if (!hasNext) return records;
    index = next;
  }
}

/** A chain that was handed out. */
export interface TakenChain {
  readonly queue: number;
  readonly head: number;
  readonly records: readonly ChainRecord[];
  /** When its last record moved. */
  readonly cycle: number;
}

/** Takes chains as soon as they are ready, queues in turn, and collects their records. */
export class ChainConsumer {
  readonly chains: TakenChain[] = [];
  readonly stop: Disarm;
  /** Takes no further chain while it is false. */
  isTaking = true;
  /** Called when the last record of a chain has moved. */
  onChain: (chain: TakenChain) => void = () => undefined;

  constructor(
    bench: ModuleBench,
    queues: number,
    options: { readonly takePause?: Pause; readonly recPause?: Pause } = {},
  ) {
    const random = bench.simulator.random.fork("chain consumer");
    const isTakePause = pauseGenerator(options.takePause ?? PAUSES.never, random);
    const ready = bench.signal("m_chain_ready");
    const takeReady = bench.signal("s_take_ready");
    const records = bench.sink("m_rec", ["addr", "len", "last", "queue", "head", "ndesc", "zero", "err"], {
      pause: options.recPause ?? PAUSES.never,
    });
    const takes: number[] = [];
    let shown: number | undefined;
    let turn = 0;
    let present: ChainRecord[] = [];
    records.monitor.listen(({ beat, cycle }) => {
      const isLast = beat.last === 1n;
      const isBad = beat.err !== 0n;
      present.push({
        addr: isBad ? undefined : beat.addr,
        len: Number(beat.len),
        last: isLast,
        zero: beat.zero === 1n,
        err: Number(beat.err),
        ndesc: isLast ? Number(beat.ndesc) : undefined,
      });
      expect(Number(beat.queue), "records come in the order of the takes").to.equal(takes[0]);
      if (!isLast) return;
      takes.shift();
      const chain = { queue: Number(beat.queue), head: Number(beat.head), records: present, cycle };
      present = [];
      this.chains.push(chain);
      this.onChain(chain);
    });
    const stop = eachCycle(bench.simulator, () => {
      if (shown !== undefined && !takeReady.isHigh) return;
      // What is ready after the take is only seen in the next cycle.
      const moved = shown;
      if (moved !== undefined) takes.push(moved);
      shown = undefined;
      const mask = ready.number;
      if (this.isTaking && !isTakePause()) {
        for (let i = 0; i < queues; i++) {
          const queue = (turn + i) % queues;
          if (queue === moved || ((mask >>> queue) & 1) === 0) continue;
          shown = queue;
          turn = queue + 1;
          break;
        }
      }
      bench.drive({ s_take_valid: shown === undefined ? 0 : 1, s_take_queue: shown ?? random.below(queues) });
    });
    this.stop = () => {
      stop();
      records.stop();
      bench.drive({ s_take_valid: 0, m_rec_ready: 0 });
    };
  }

  /** Waits until so many chains have come. */
  async reached(bench: ModuleBench, count: number, limit: number): Promise<void> {
    await waitUntil(bench, () => this.chains.length >= count, limit, `chain ${count}`);
  }
}

/** A table of descriptors, most of them good, some of them hostile in every way that the walk has to notice. */
export function fillTable(
  memory: ByteMap,
  random: Random,
  options: {
    readonly table: bigint;
    readonly entries: number;
    readonly isDeviceWritable: boolean;
    /** Indirect tables go here. */
    readonly indirect?: { readonly base: bigint; readonly maxEntries: number; readonly isUnaligned: boolean };
    readonly faults: number;
    readonly nextChance?: number;
  },
): void {
  const { entries, faults, indirect } = options;
  const inner = {
    isDeviceWritable: options.isDeviceWritable,
    faults,
    ...(options.nextChance === undefined ? {} : { nextChance: options.nextChance }),
  };
  let place = indirect?.base ?? 0n;
  for (let i = 0; i < entries; i++) {
    const isFault = (): boolean => random.chance(faults);
    const writable = options.isDeviceWritable !== isFault() ? WRITE : 0;
    if (indirect !== undefined && random.chance(0.25)) {
      const count = random.between(1, indirect.maxEntries);
      const addr = place + (indirect.isUnaligned ? BigInt(random.below(64)) : 0n);
      place += BigInt(64 * Math.ceil((16 * count + 64) / 64));
      fillTable(memory, random, { ...inner, table: addr, entries: count });
      const len = isFault() ? random.pick([0, 8, 16 * count + 4, 16 * 32768]) : 16 * count;
      const flags = INDIRECT | (isFault() ? NEXT : 0) | (random.chance(0.3) ? WRITE : 0);
      writeDescriptor(memory, options.table, i, { addr, len, flags, next: random.below(entries) });
      continue;
    }
    const hasNext = random.chance(options.nextChance ?? 0.6);
    // Neighbours follow each other often, as drivers lay them out.
    const next = random.chance(0.5) ? (i + 1) % entries : random.below(entries);
    writeDescriptor(memory, options.table, i, {
      addr: random.bits(64),
      len: random.chance(0.1) ? 0 : random.chance(0.1) ? random.u32() : random.between(1, 5000),
      flags:
        writable |
        (hasNext ? NEXT : 0) |
        (indirect === undefined && isFault() ? INDIRECT : 0) |
        (random.below(256) << 8),
      next: isFault() ? random.pick([entries, 65535]) : next,
    });
  }
}
