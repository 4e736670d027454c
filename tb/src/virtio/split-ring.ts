/**
 * The driver's side of a split virtqueue.
 *
 * Chains are collected with {@link SplitRing.add} and made visible together by {@link SplitRing.publish}, which writes changed
 * descriptors, the new available entries and the index in as few memory writes as possible.
 *
 * @module
 */
import type { GuardedAllocator, Region } from "./allocator.ts";
import {
  AVAIL_F_NO_INTERRUPT,
  crossesEvent,
  DESC_BYTES,
  DESC_F,
  encodeDescriptor,
  ringGeometry,
  USED_F_NO_NOTIFY,
} from "./layout.ts";
import type { Descriptor, RingGeometry } from "./layout.ts";
import type { GuestMemory, RandomSource } from "./ports.ts";

/** The device broke a rule of the ring, or the ring was used wrongly. */
export class RingError extends Error {
  readonly code = "RING";
}

/** One element of a chain. */
export interface ChainElement {
  readonly addr: bigint;
  readonly lenBytes: number;
  readonly isDeviceWritable: boolean;
}

/**
 * Where the elements of a chain are described: in the ring's own table, in an indirect table, or the first `direct` ones in the
 * ring and the rest in a table.
 */
export type ChainForm =
  | { readonly kind: "direct" }
  | { readonly kind: "indirect"; readonly lane?: number; readonly isShuffled?: boolean }
  | { readonly kind: "mixed"; readonly direct: number };

/** How many descriptors of the ring a chain takes. */
export function ringDescriptors(elements: number, form: ChainForm): number {
  switch (form.kind) {
    case "direct":
      return elements;
    case "indirect":
      return 1;
    case "mixed":
      return form.direct + 1;
  }
}

/** How many descriptors the device reads for a chain; the one that names the table counts. */
export function descriptorsRead(elements: number, form: ChainForm): number {
  return form.kind === "direct" ? elements : elements + 1;
}

/** A chain that the device has returned. */
export interface UsedChain<T> {
  readonly token: T;
  readonly head: number;
  readonly lenBytes: number;
  /** Free-running position in the used ring, 0..65535. */
  readonly usedIdx: number;
}

/** Options of {@link SplitRing}. */
export interface SplitRingOptions {
  readonly memory: GuestMemory;
  readonly allocator: GuardedAllocator;
  readonly queueSize: number;
  /** EVENT_IDX was negotiated. */
  readonly hasEventIdx: boolean;
  /** Given: free descriptors are taken in random order; otherwise side by side. */
  readonly scatter?: RandomSource;
  /** Place of the parts within a bus word; 16, 2 and 4 byte alignment is all the device may rely on. */
  readonly lanes?: { readonly desc: number; readonly avail: number; readonly used: number };
}

interface Chain<T> {
  readonly token: T;
  readonly descs: readonly number[];
  readonly table: Region | undefined;
}

/** See the module text. `T` is whatever the caller wants back with a used chain. */
export class SplitRing<T> {
  readonly queueSize: number;
  readonly hasEventIdx: boolean;
  readonly geometry: RingGeometry;
  readonly descAddr: bigint;
  readonly availAddr: bigint;
  readonly usedAddr: bigint;

  readonly #memory: GuestMemory;
  readonly #allocator: GuardedAllocator;
  readonly #scatter: RandomSource | undefined;
  readonly #regions: readonly Region[];
  readonly #table: Uint8Array;
  readonly #tableView: DataView;
  readonly #avail: Uint8Array;
  readonly #availView: DataView;
  readonly #chains = new Map<number, Chain<T>>();
  /** Free descriptors, a queue of which the first one is taken (side by side) or a random one (scattered). */
  readonly #free: number[];
  #freeHead = 0;
  #dirty: number[] = [];
  #availIdx = 0;
  #publishedIdx = 0;
  #usedIdx = 0;

  constructor(options: SplitRingOptions) {
    const { queueSize, allocator } = options;
    if (queueSize < 1 || queueSize > 32768 || (queueSize & (queueSize - 1)) !== 0) {
      throw new RingError(`queue size ${queueSize}: a power of two up to 32768 is needed`);
    }
    this.queueSize = queueSize;
    this.hasEventIdx = options.hasEventIdx;
    this.geometry = ringGeometry(queueSize);
    this.#memory = options.memory;
    this.#allocator = allocator;
    this.#scatter = options.scatter;

    const lanes = options.lanes ?? { desc: 0, avail: 0, used: 0 };
    const desc = allocator.allocate(this.geometry.descBytes, { lane: lanes.desc });
    const avail = allocator.allocate(this.geometry.availBytes, { lane: lanes.avail });
    const used = allocator.allocate(this.geometry.usedBytes, { lane: lanes.used });
    this.#regions = [desc, avail, used];
    this.descAddr = desc.addr;
    this.availAddr = avail.addr;
    this.usedAddr = used.addr;

    this.#table = new Uint8Array(this.geometry.descBytes);
    this.#tableView = new DataView(this.#table.buffer);
    this.#avail = new Uint8Array(this.geometry.availBytes);
    this.#availView = new DataView(this.#avail.buffer);
    this.#free = Array.from({ length: queueSize }, (_, index) => index);
    if (this.#scatter !== undefined) shuffle(this.#free, this.#scatter);

    const memory = options.memory;
    memory.write(this.descAddr, this.#table);
    memory.write(this.availAddr, this.#avail);
    memory.write(this.usedAddr, new Uint8Array(this.geometry.usedBytes));
    memory.offer(this.descAddr, this.geometry.descBytes, "read");
    memory.offer(this.availAddr, this.geometry.availBytes, "read");
    memory.offer(this.usedAddr, this.geometry.usedBytes, "readwrite");
  }

  /** Free descriptors in the ring. */
  get freeDescriptors(): number {
    return this.#free.length - this.#freeHead;
  }

  /** Chains the device has not returned, published or not. */
  get inFlight(): number {
    return this.#chains.size;
  }

  /** Free-running available index, as last published. */
  get availIdx(): number {
    return this.#publishedIdx;
  }

  /** Free-running used index up to which chains have been collected. */
  get usedIdx(): number {
    return this.#usedIdx;
  }

  /** Heads and tokens of the chains that are not returned yet, in no particular order. */
  inFlightTokens(): T[] {
    return Array.from(this.#chains.values(), (chain) => chain.token);
  }

  /** True when a chain of so many elements fits now. */
  hasRoom(elements: number, form: ChainForm): boolean {
    return ringDescriptors(elements, form) <= this.freeDescriptors;
  }

  /** Adds a chain; the device sees it after {@link publish}. Returns the head. */
  add(elements: readonly ChainElement[], form: ChainForm, token: T): number {
    if (elements.length === 0) throw new RingError("a chain has at least one element");
    const wanted = ringDescriptors(elements.length, form);
    if (wanted > this.freeDescriptors) {
      throw new RingError(`chain takes ${wanted} descriptors, ${this.freeDescriptors} are free`);
    }
    const descs = this.#takeDescriptors(wanted);
    const inRing = form.kind === "direct" ? elements : elements.slice(0, wanted - 1);
    inRing.forEach((element, position) => {
      const next = descs[position + 1];
      this.#writeDesc(descs[position] ?? 0, {
        addr: element.addr,
        lenBytes: element.lenBytes,
        flags: (element.isDeviceWritable ? DESC_F.WRITE : 0) | (next === undefined ? 0 : DESC_F.NEXT),
        next: next ?? 0,
      });
    });
    let table: Region | undefined;
    if (form.kind !== "direct") {
      table = this.#writeTable(elements.slice(wanted - 1), form);
      this.#writeDesc(descs[wanted - 1] ?? 0, {
        addr: table.addr,
        lenBytes: table.lenBytes,
        flags: DESC_F.INDIRECT,
        next: 0,
      });
    }
    const head = descs[0] ?? 0;
    this.#chains.set(head, { token, descs, table });
    this.addHead(head);
    return head;
  }

  /** Puts a head into the available ring without touching descriptors. For tests of hostile drivers. */
  addHead(head: number): void {
    this.#availView.setUint16(4 + 2 * (this.#availIdx & (this.queueSize - 1)), head & 0xffff, true);
    this.#availIdx = (this.#availIdx + 1) & 0xffff;
  }

  /** Writes a descriptor as it is given. For tests of hostile drivers; normal chains go through {@link add}. */
  writeDescriptor(index: number, desc: Descriptor): void {
    this.#writeDesc(index, desc);
  }

  /** Takes `count` descriptors out of the free list for {@link writeDescriptor}, and notes them as the chain of the first. */
  reserve(count: number, token: T): readonly number[] {
    if (count > this.freeDescriptors)
      throw new RingError(`${this.freeDescriptors} descriptors are free, ${count} wanted`);
    const descs = this.#takeDescriptors(count);
    this.#chains.set(descs[0] ?? 0, { token, descs, table: undefined });
    return descs;
  }

  /** Makes the added chains visible. Returns how many there were. */
  publish(): number {
    const count = (this.#availIdx - this.#publishedIdx) & 0xffff;
    this.#writeDirty();
    if (count === 0) return 0;
    const mask = this.queueSize - 1;
    const first = this.#publishedIdx & mask;
    const upToEnd = Math.min(count, this.queueSize - first);
    this.#writeAvail(4 + 2 * first, 2 * upToEnd);
    if (count > upToEnd) this.#writeAvail(4, 2 * Math.min(count - upToEnd, first));
    this.#publishIdx();
    return count;
  }

  /** Moves the published index without entries. For tests of hostile drivers. */
  forceAvailIdx(idx: number): void {
    this.#availIdx = idx & 0xffff;
    this.#publishIdx();
  }

  /**
   * Asks whether the device wants a kick for what was published since `oldIdx`.
   *
   * @param oldIdx - the available index before the last {@link publish}
   */
  async needsKick(oldIdx: number): Promise<boolean> {
    if (this.hasEventIdx) {
      const event = await this.#readWord(this.usedAddr + BigInt(this.geometry.availEventOffset));
      return crossesEvent(event, this.#publishedIdx, oldIdx);
    }
    return ((await this.#readWord(this.usedAddr)) & USED_F_NO_NOTIFY) === 0;
  }

  /** Sets `used_event`: interrupt when the used index passes this value (with EVENT_IDX). */
  setUsedEvent(event: number): void {
    this.#availView.setUint16(this.geometry.usedEventOffset, event & 0xffff, true);
    this.#writeAvail(this.geometry.usedEventOffset, 2);
  }

  /** Sets or clears NO_INTERRUPT (without EVENT_IDX). */
  setNoInterrupt(noInterrupt: boolean): void {
    this.#availView.setUint16(0, noInterrupt ? AVAIL_F_NO_INTERRUPT : 0, true);
    this.#writeAvail(0, 2);
  }

  /** Collects the chains that came back, in the order of the used ring. */
  async poll(): Promise<UsedChain<T>[]> {
    // Index and entries travel in one exchange: the window covers everything that can have come back.
    const window = Math.min(this.#chains.size, this.queueSize);
    const first = this.#usedIdx & (this.queueSize - 1);
    const upToEnd = Math.min(window, this.queueSize - first);
    const [idxWord, tail, start] = await Promise.all([
      this.#memory.read(this.usedAddr + 2n, 2),
      upToEnd > 0 ? this.#memory.read(this.usedAddr + BigInt(4 + 8 * first), 8 * upToEnd) : EMPTY,
      window > upToEnd ? this.#memory.read(this.usedAddr + 4n, 8 * (window - upToEnd)) : EMPTY,
    ]);
    const idx = (idxWord[0] ?? 0) | ((idxWord[1] ?? 0) << 8);
    const count = (idx - this.#usedIdx) & 0xffff;
    if (count > window) {
      throw new RingError(`used.idx went from ${this.#usedIdx} to ${idx} with ${window} chains in flight`);
    }
    const out: UsedChain<T>[] = [];
    for (const bytes of [tail, start]) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at < bytes.length && out.length < count; at += 8) {
        out.push(this.#retire(view.getUint32(at, true), view.getUint32(at + 4, true)));
      }
    }
    return out;
  }

  /** Takes the ring's memory back. The device must have stopped using it. */
  destroy(): T[] {
    const tokens = this.inFlightTokens();
    for (const chain of this.#chains.values()) this.#releaseTable(chain.table);
    this.#chains.clear();
    for (const region of this.#regions) {
      this.#memory.revoke(region.addr, region.lenBytes);
      this.#allocator.free(region);
    }
    return tokens;
  }

  #retire(head: number, lenBytes: number): UsedChain<T> {
    const chain = this.#chains.get(head);
    if (chain === undefined) {
      throw new RingError(`used entry ${this.#usedIdx}: head ${head} is not in flight`);
    }
    this.#chains.delete(head);
    for (const index of chain.descs) this.#free.push(index);
    this.#releaseTable(chain.table);
    const used = { token: chain.token, head, lenBytes, usedIdx: this.#usedIdx };
    this.#usedIdx = (this.#usedIdx + 1) & 0xffff;
    return used;
  }

  #releaseTable(table: Region | undefined): void {
    if (table === undefined) return;
    this.#memory.revoke(table.addr, table.lenBytes);
    this.#allocator.free(table);
  }

  #takeDescriptors(count: number): number[] {
    const out: number[] = [];
    for (let i = 0; i < count; i++) {
      if (this.#scatter !== undefined) {
        const pick = this.#freeHead + this.#scatter.below(this.#free.length - this.#freeHead);
        const chosen = this.#free[pick] ?? 0;
        this.#free[pick] = this.#free[this.#freeHead] ?? 0;
        this.#free[this.#freeHead] = chosen;
      }
      out.push(this.#free[this.#freeHead] ?? 0);
      this.#freeHead++;
    }
    if (this.#freeHead > 4 * this.queueSize) {
      this.#free.splice(0, this.#freeHead);
      this.#freeHead = 0;
    }
    return out;
  }

  #writeDesc(index: number, desc: Descriptor): void {
    encodeDescriptor(desc, this.#tableView, DESC_BYTES * index);
    this.#dirty.push(index);
  }

  #writeTable(elements: readonly ChainElement[], form: Exclude<ChainForm, { kind: "direct" }>): Region {
    const table = new Uint8Array(DESC_BYTES * elements.length);
    const view = new DataView(table.buffer);
    // A table starts at entry 0; the others may lie in any order, linked by `next`.
    const order = elements.map((_, index) => index);
    if (form.kind === "indirect" && form.isShuffled === true && this.#scatter !== undefined) {
      const rest = order.slice(1);
      shuffle(rest, this.#scatter);
      order.splice(1, rest.length, ...rest);
    }
    elements.forEach((element, position) => {
      const next = order[position + 1];
      const desc = {
        addr: element.addr,
        lenBytes: element.lenBytes,
        flags: (element.isDeviceWritable ? DESC_F.WRITE : 0) | (next === undefined ? 0 : DESC_F.NEXT),
        next: next ?? 0,
      };
      encodeDescriptor(desc, view, DESC_BYTES * (order[position] ?? 0));
    });
    const lane = form.kind === "indirect" ? (form.lane ?? 0) : 0;
    const region = this.#allocator.allocate(table.length, { lane });
    this.#memory.write(region.addr, table);
    this.#memory.offer(region.addr, region.lenBytes, "read");
    return region;
  }

  /** Writes changed descriptors as runs of neighbours. */
  #writeDirty(): void {
    if (this.#dirty.length === 0) return;
    const sorted = this.#dirty.sort((a, b) => a - b);
    let from = sorted[0] ?? 0;
    let to = from;
    const flush = () => {
      this.#memory.write(
        this.descAddr + BigInt(DESC_BYTES * from),
        this.#table.slice(DESC_BYTES * from, DESC_BYTES * (to + 1)),
      );
    };
    for (const index of sorted) {
      // Writing a few unchanged descriptors is cheaper than another message.
      if (index > to + 8) {
        flush();
        from = index;
      }
      to = index;
    }
    flush();
    this.#dirty = [];
  }

  #publishIdx(): void {
    this.#publishedIdx = this.#availIdx;
    this.#availView.setUint16(2, this.#availIdx, true);
    this.#writeAvail(2, 2);
  }

  #writeAvail(offset: number, lenBytes: number): void {
    this.#memory.write(this.availAddr + BigInt(offset), this.#avail.slice(offset, offset + lenBytes));
  }

  async #readWord(addr: bigint): Promise<number> {
    const bytes = await this.#memory.read(addr, 2);
    return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  }
}

const EMPTY = Promise.resolve(new Uint8Array(0));

function shuffle(list: number[], random: RandomSource): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j] ?? 0, list[i] ?? 0];
  }
}
