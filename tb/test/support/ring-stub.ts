/**
 * Stands in for the consumer side of the ring engine: offers chains and sends their records (docs/architecture.md, section 7).
 *
 * @module
 */
import { type Disarm, type Pause, pauseGenerator, PAUSES } from "../../src/core/index.ts";
import { eachCycle } from "./clients.ts";
import type { ModuleBench } from "./module-test.ts";

/** One element of a chain. */
export interface ChainRecord {
  readonly addr: bigint;
  readonly len: number;
  /** The element has length 0 in memory. */
  readonly zero?: boolean;
}

/** A walked chain. */
export interface RingChain {
  readonly queue: number;
  readonly head: number;
  readonly records: readonly ChainRecord[];
  readonly ndesc: number;
  readonly err: number;
}

/** Where the header lies: 0 nowhere, 1 with payload in the first element that has bytes, 2 alone in it, 3 cut. */
export function headerClass(chain: RingChain, hdrLen: number): number {
  const first = chain.records.find(({ len }) => len > 0)?.len;
  if (first === undefined) return 0;
  return first === hdrLen ? 2 : first > hdrLen ? 1 : 3;
}

/** Elements of length 0. */
export function zeroElements(chain: RingChain): number {
  return chain.records.filter(({ zero }) => zero === true).length;
}

const LEN_MAX = 2 ** 20 - 1;

/** Drives `s_chain_ready`, `m_take_ready` and `s_rec_*`. */
export class RingStub {
  readonly stop: Disarm;
  /** Chains in the order in which they were taken. */
  readonly taken: RingChain[] = [];
  readonly #queues: RingChain[][];

  constructor(bench: ModuleBench, queues: number, options: { readonly take?: Pause; readonly records?: Pause } = {}) {
    this.#queues = Array.from({ length: queues }, () => []);
    const random = bench.simulator.random.fork("ring stub");
    const isTakePause = pauseGenerator(options.take ?? PAUSES.never, random);
    const isRecordPause = pauseGenerator(options.records ?? PAUSES.never, random);
    const takeValid = bench.signal("m_take_valid");
    const takeReady = bench.signal("m_take_ready");
    const takeQueue = bench.signal("m_take_queue");
    const recValid = bench.signal("s_rec_valid");
    const recReady = bench.signal("s_rec_ready");
    const todo: { chain: RingChain; record: ChainRecord; isLast: boolean }[] = [];
    let isShown = false;
    recValid.value = 0;
    this.stop = eachCycle(bench.simulator, () => {
      if (takeValid.isHigh && takeReady.isHigh) {
        const chain = this.#queues[takeQueue.number]?.shift();
        if (chain === undefined) throw new Error(`a take of queue ${takeQueue.number}, which has no chain`);
        this.taken.push(chain);
        for (const [i, record] of chain.records.entries()) {
          todo.push({ chain, record, isLast: i === chain.records.length - 1 });
        }
      }
      bench.drive({
        s_chain_ready: this.#queues.reduce((mask, queue, i) => mask | (queue.length > 0 ? 1 << i : 0), 0),
        m_take_ready: isTakePause() ? 0 : 1,
      });
      if (isShown && !recReady.isHigh) return;
      const next = isRecordPause() ? undefined : todo.shift();
      isShown = next !== undefined;
      if (next === undefined) {
        recValid.value = 0;
        return;
      }
      const { chain, record, isLast } = next;
      bench.drive({
        s_rec_valid: 1,
        s_rec_addr: record.addr,
        s_rec_len: Math.min(record.len, LEN_MAX),
        s_rec_last: isLast ? 1 : 0,
        s_rec_queue: chain.queue,
        s_rec_head: chain.head,
        // These mean something with the last record only.
        s_rec_ndesc: isLast ? chain.ndesc : random.below(65536),
        s_rec_err: isLast ? chain.err : random.below(32),
        s_rec_zero: record.zero === true ? 1 : 0,
      });
    });
  }

  /** Makes chains available. */
  add(...chains: readonly RingChain[]): void {
    for (const chain of chains) this.#queues[chain.queue]?.push(chain);
  }

  /** Chains that were not taken. */
  get left(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0);
  }
}
