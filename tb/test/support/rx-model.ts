/**
 * Which buffers a received frame gets.
 *
 * @module
 */
import { capacity, type Chain, ERR, headerClass, type Report, zeroElements } from "./chains.ts";

/** Settings and sizes that decide about receive chains. */
export interface RxConfig {
  readonly hdrLen: number;
  readonly isAnyLayout: boolean;
  readonly isStrict: boolean;
  readonly isMrg: boolean;
  /** One bit per queue. */
  readonly enable: number;
  readonly stop: number;
  readonly chainMax: number;
  /** Records and chains that are kept per queue. */
  readonly records: number;
  readonly chains: number;
}

/** A frame that was stored. */
export interface RxFrame {
  readonly queue: number;
  readonly lenBytes: number;
}

/** What is done with a chain, or with a frame that gets none. */
export interface RxPlan {
  /** Nothing: a frame is dropped. */
  readonly chain: Chain | undefined;
  readonly queue: number;
  /** Bytes written into the chain, header included. */
  readonly lenBytes: number;
  readonly isFirst: boolean;
  readonly isEof: boolean;
  readonly err: number;
  readonly frame: RxFrame | undefined;
}

const LEN_MAX = 0xfffff;

/** What is wrong with a chain, or 0. */
export function judgeRxChain(chain: Chain, config: RxConfig): number {
  if (((config.stop >> chain.queue) & 1) === 1) return ERR.CANCELLED;
  if (chain.err !== 0) return chain.err;
  if (config.isStrict && isBadLayout(chain, config)) return ERR.LAYOUT_REFUSED;
  return capacity(chain.elements) < config.hdrLen ? ERR.CHAIN_SHORT : 0;
}

/** True if the header is not alone in the first element although it should be. */
export function isBadLayout(chain: Chain, config: Pick<RxConfig, "hdrLen" | "isAnyLayout">): boolean {
  return !config.isAnyLayout && ![0, 2].includes(headerClass(chain.elements, config.hdrLen));
}

/** Elements of a chain that are kept until it is used. */
export function keptElements(chain: Chain, config: RxConfig): number {
  return judgeRxChain(chain, config) === 0 ? chain.elements.filter(({ len }) => len > 0).length : 0;
}

/** Places frames in order, each when all chains that it can get are there. */
export class RxModel {
  readonly config: RxConfig;
  readonly plans: RxPlan[] = [];
  /** Chains used for each frame; 0: the frame is dropped. */
  readonly buffers: number[] = [];
  readonly #queues = new Map<number, Chain[]>();

  constructor(config: RxConfig, chains: readonly Chain[] = []) {
    this.config = config;
    this.add(...chains);
  }

  /** The driver gives chains. */
  add(...chains: readonly Chain[]): void {
    for (const chain of chains) this.#queue(chain.queue).push(chain);
  }

  /** Places a frame. False: it waits for chains; everything before it is done. */
  place(frame: RxFrame): boolean {
    const { enable, stop, isMrg, hdrLen } = this.config;
    const bit = 1 << frame.queue;
    if ((enable & bit) === 0 || (stop & bit) !== 0) return this.#drop(frame, ERR.RX_NO_QUEUE);
    const need = frame.lenBytes + hdrLen;
    const queue = this.#queue(frame.queue);
    for (;;) {
      const { held, isFull } = this.#held(queue);
      const [oldest] = held;
      if (oldest === undefined) return false;
      if (judgeRxChain(oldest, this.config) !== 0) {
        this.#giveBack(oldest);
        queue.shift();
        continue;
      }
      let sum = 0;
      const count = held.findIndex((chain) => (sum += this.#room(chain)) >= need) + 1;
      if (count === 1 || (count > 1 && isMrg)) {
        this.#use(frame, queue.splice(0, count));
        return true;
      }
      if (!isMrg || isFull) return this.#drop(frame, ERR.RX_NO_FIT);
      return false;
    }
  }

  /** Gives back the chains of the stopped queues. */
  flush(): void {
    for (const [queue, chains] of this.#queues) {
      if (((this.config.stop >> queue) & 1) === 0) continue;
      for (const chain of chains.splice(0)) this.#giveBack(chain);
    }
  }

  /** Drops a frame. */
  #drop(frame: RxFrame, err: number): true {
    this.buffers.push(0);
    const { queue } = frame;
    this.plans.push({ chain: undefined, queue, lenBytes: 0, isFirst: false, isEof: true, err, frame });
    return true;
  }

  #giveBack(chain: Chain): void {
    const err = judgeRxChain(chain, this.config);
    this.plans.push({ chain, queue: chain.queue, lenBytes: 0, isFirst: false, isEof: true, err, frame: undefined });
  }

  #use(frame: RxFrame, chains: readonly Chain[]): void {
    const good = chains.filter((chain) => judgeRxChain(chain, this.config) === 0);
    // The buffers of a frame are neighbours: what cannot be used goes first.
    for (const chain of chains) if (!good.includes(chain)) this.#giveBack(chain);
    this.buffers.push(good.length);
    let left = frame.lenBytes + this.config.hdrLen;
    for (const [i, chain] of good.entries()) {
      const lenBytes = Math.min(left, this.#room(chain));
      left -= lenBytes;
      const isEof = i === good.length - 1;
      this.plans.push({ chain, queue: chain.queue, lenBytes, isFirst: i === 0, isEof, err: 0, frame });
    }
  }

  #room(chain: Chain): number {
    return judgeRxChain(chain, this.config) === 0 ? Math.min(LEN_MAX, capacity(chain.elements)) : 0;
  }

  /** The oldest chains, as many as are fetched ahead: there must be room for the longest one. */
  #held(queue: readonly Chain[]): { readonly held: readonly Chain[]; readonly isFull: boolean } {
    const { chainMax, records, chains } = this.config;
    let used = 0;
    let count = 0;
    while (count < chains && used + chainMax <= records) {
      const chain = queue[count];
      if (chain === undefined) return { held: queue, isFull: false };
      used += keptElements(chain, this.config);
      count++;
    }
    return { held: queue.slice(0, count), isFull: true };
  }

  #queue(queue: number): Chain[] {
    const known = this.#queues.get(queue);
    if (known !== undefined) return known;
    const made: Chain[] = [];
    this.#queues.set(queue, made);
    return made;
  }
}

/** What is reported for a plan, if no write fails; nothing for a cancelled chain. */
export function rxReport(plan: RxPlan, config: Pick<RxConfig, "hdrLen" | "isAnyLayout">): Report | undefined {
  const { chain } = plan;
  if (plan.err === ERR.CANCELLED) return undefined;
  const isFrame = chain !== undefined && plan.err === 0 && plan.isFirst;
  return {
    queue: plan.queue,
    bytes: isFrame ? (plan.frame?.lenBytes ?? 0) : 0,
    frame: isFrame ? 1 : 0,
    ndesc: chain?.ndesc ?? 0,
    class: isFrame ? headerClass(chain.elements, config.hdrLen) : 0,
    layout: isFrame && isBadLayout(chain, config) ? 1 : 0,
    err: plan.err,
    zero: chain === undefined ? 0 : zeroElements(chain.elements),
  };
}
