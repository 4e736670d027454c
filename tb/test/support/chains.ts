/**
 * Chains of buffers as the ring engine hands them out: which queues have one, the takes, and the records
 * (docs/architecture.md, section 7).
 *
 * @module
 */
import { expect } from "chai";
import type { Beat, StreamSource } from "../../src/bus/index.ts";
import { type Disarm, type Pause, pauseGenerator, PAUSES, type Random } from "../../src/core/index.ts";
import { eachCycle } from "./clients.ts";
import type { ModuleBench } from "./module-test.ts";

/** A piece of guest memory. */
export interface Element {
  readonly addr: bigint;
  readonly len: number;
}

/** A chain of a queue. */
export interface Chain {
  readonly queue: number;
  readonly head: number;
  readonly ndesc: number;
  readonly elements: readonly Element[];
  /** What the ring engine found wrong with it, or 0. Its record without bytes then ends the chain. */
  readonly err: number;
}

/** Verdicts on chains (docs/architecture.md, section 6). */
export const ERR = {
  CHAIN_SHORT: 8,
  FRAME_LONG: 9,
  LAYOUT_REFUSED: 10,
  HDR_CSUM: 11,
  AXI_DATA: 13,
  RX_NO_FIT: 24,
  RX_NO_BUFFER: 25,
  RX_TOO_LONG: 26,
  RX_BAD: 27,
  RX_NO_QUEUE: 28,
  /** Inside the device only: cancelled by a reset. */
  CANCELLED: 31,
} as const;

/** Fields of a completion that do not depend on time. */
export const COMPLETION = ["queue", "head", "len", "eof"] as const;

/** Fields of a report. */
export const REPORT = ["queue", "bytes", "frame", "ndesc", "class", "layout", "err", "zero"] as const;

/** A report as numbers. */
export type Report = Readonly<Record<(typeof REPORT)[number], number>>;

/** The numbers of a beat of narrow fields. */
export function numbers<F extends string>(beat: Beat<F>, fields: readonly F[]): Record<F, number> {
  return Object.fromEntries(fields.map((name) => [name, Number(beat[name])])) as Record<F, number>; // all fields are there
}

/** How the header lies in the elements: 0 no bytes, 1 in front of frame bytes, 2 alone, 3 cut. */
export function headerClass(elements: readonly Element[], hdrLen: number): number {
  const first = elements.find(({ len }) => len > 0)?.len ?? 0;
  if (first === 0) return 0;
  if (first === hdrLen) return 2;
  return first > hdrLen ? 1 : 3;
}

/** Elements without bytes, as a report counts them. */
export function zeroElements(elements: readonly Element[]): number {
  return Math.min(255, elements.filter(({ len }) => len === 0).length);
}

/** Sum of the lengths. */
export function capacity(elements: readonly Element[]): number {
  return elements.reduce((sum, { len }) => sum + len, 0);
}

const RECORD = ["addr", "len", "last", "queue", "head", "ndesc", "zero", "err"] as const;

/** The records of a chain. What counts only in the last one is noise in the others. */
function recordsOf(chain: Chain, random: Random): Beat<(typeof RECORD)[number]>[] {
  const end = chain.err === 0 ? [] : [{ addr: random.bits(64), len: 0, isZero: false }];
  const elements = [...chain.elements.map(({ addr, len }) => ({ addr, len, isZero: len === 0 })), ...end];
  return elements.map(({ addr, len, isZero }, i) => {
    const isLast = i === elements.length - 1;
    return {
      addr,
      len: BigInt(len),
      last: isLast ? 1n : 0n,
      queue: BigInt(chain.queue),
      head: BigInt(chain.head),
      ndesc: isLast ? BigInt(chain.ndesc) : random.bits(16),
      zero: isZero ? 1n : 0n,
      err: isLast ? BigInt(chain.err) : random.bits(5),
    };
  });
}

/** Stands in for the ring engine of one direction. */
export class ChainFeeder {
  /** Chains that were taken, in that order. */
  readonly taken: Chain[] = [];
  readonly records: StreamSource<(typeof RECORD)[number]>;
  readonly #queues = new Map<number, Chain[]>();
  readonly #stop: Disarm;

  constructor(
    bench: ModuleBench,
    options: { readonly chains?: readonly Chain[]; readonly takePause?: Pause; readonly recordPause?: Pause } = {},
  ) {
    this.add(...(options.chains ?? []));
    this.records = bench.source("s_rec", RECORD, { pause: options.recordPause ?? PAUSES.never });
    const random = bench.simulator.random.fork("chain feeder");
    const isPause = pauseGenerator(options.takePause ?? PAUSES.never, random);
    const valid = bench.signal("m_take_valid");
    const ready = bench.signal("m_take_ready");
    const queueSignal = bench.signal("m_take_queue");
    const chainReady = bench.signal("s_chain_ready");
    this.#stop = eachCycle(bench.simulator, () => {
      if (valid.isHigh && ready.isHigh) {
        const queue = queueSignal.number;
        const chain = this.#queues.get(queue)?.shift();
        expect(chain, `take of queue ${queue}, which has no chain`).to.not.equal(undefined);
        if (chain !== undefined) {
          this.taken.push(chain);
          this.records.sendNow(...recordsOf(chain, random));
        }
      }
      ready.value = isPause() ? 0 : 1;
      let mask = 0;
      for (const [queue, chains] of this.#queues) if (chains.length > 0) mask |= 1 << queue;
      chainReady.value = mask;
    });
  }

  /** Chains not taken. */
  get left(): number {
    return [...this.#queues.values()].reduce((sum, chains) => sum + chains.length, 0);
  }

  /** Puts chains behind those of their queues. */
  add(...chains: readonly Chain[]): void {
    for (const chain of chains) {
      const queue = this.#queues.get(chain.queue);
      if (queue === undefined) this.#queues.set(chain.queue, [chain]);
      else queue.push(chain);
    }
  }

  stop(): void {
    this.#stop();
    this.records.stop();
  }
}
