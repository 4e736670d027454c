/**
 * A guest driver: negotiates, sets up queues, sends and receives frames with a {@link LayoutPolicy}.
 *
 * The driver does not advance time except by register accesses. After every step of the simulation call {@link GuestDriver.service}.
 *
 * @module
 */
import { GuardedAllocator } from "./allocator.ts";
import type { Region } from "./allocator.ts";
import { chainPlan, planBytes } from "./chain-plan.ts";
import type { ChainPlan, FrameTraits, HeaderPlacement } from "./chain-plan.ts";
import {
  decodeNetHeader,
  encodeNetHeader,
  FEATURE,
  featureNames,
  netHeaderLenBytes,
  NO_VECTOR,
  STATUS,
} from "./layout.ts";
import type { Descriptor, NetHeader } from "./layout.ts";
import type { LayoutPolicy } from "./layouts.ts";
import type { DeviceRegisters, GuestMemory, RandomSource } from "./ports.ts";
import { descriptorsRead, SplitRing } from "./split-ring.ts";
import type { ChainElement, UsedChain } from "./split-ring.ts";
import { DriverError, Transport } from "./transport.ts";

/** Direction of a virtqueue, as the guest sees it. */
export type Direction = "rx" | "tx";

/** The virtqueue number of a queue pair's queue. */
export function virtqueueOf(pair: number, direction: Direction): number {
  return 2 * pair + (direction === "tx" ? 1 : 0);
}

/** A chain and the guest memory behind it. */
export interface PostedChain {
  readonly plan: ChainPlan;
  readonly elements: readonly ChainElement[];
  readonly regions: readonly Region[];
  /** Descriptors that the device reads to walk the chain. */
  readonly descriptors: number;
  /** Bytes of all elements. */
  readonly totalBytes: number;
}

/** A transmit chain. */
export interface TxChain extends PostedChain {
  readonly kind: "tx";
  readonly header: Uint8Array;
  readonly frame: Uint8Array;
  /** The device has to return it without sending a frame. */
  readonly isRefused: boolean;
}

/** A receive chain. */
export interface RxChain extends PostedChain {
  readonly kind: "rx";
}

/** A frame to send. */
export interface TxRequest {
  readonly frame: Uint8Array;
  /** Header fields; all 0 if not given. */
  readonly header?: Partial<NetHeader>;
  /** Instead of what the policy makes up. */
  readonly traits?: FrameTraits;
  /** Instead of what the policy plans. */
  readonly plan?: ChainPlan;
  /** There is something wrong with it that the device has to notice. */
  readonly isRefused?: boolean;
}

/** A chain of descriptors exactly as given, right or wrong. */
export interface RawChain {
  /** Descriptors to take from the ring. */
  readonly count: number;
  /** What to write into them, in their order; `indices` are the ones that were taken. */
  descriptors(indices: readonly number[]): readonly Descriptor[];
}

/** A chain that came back. */
export interface Completion<C extends PostedChain> {
  readonly pair: number;
  readonly chain: C;
  readonly used: UsedChain<C>;
}

/** A frame the device has delivered. */
export interface DeliveredFrame {
  readonly pair: number;
  readonly header: NetHeader;
  readonly headerBytes: Uint8Array;
  readonly frame: Uint8Array;
  /** The chains it lies in; more than one only with mergeable buffers. */
  readonly chains: readonly Completion<RxChain>[];
  readonly placement: HeaderPlacement;
}

/** What {@link GuestDriver.service} found. */
export interface ServiceReport {
  readonly sent: readonly Completion<TxChain>[];
  readonly received: readonly DeliveredFrame[];
  /** Receive chains that came back without a frame (length 0). */
  readonly refused: readonly Completion<RxChain>[];
}

/** Gets told what the driver does; the scoreboard is one. */
export interface DriverObserver {
  onPosted?(virtqueue: number, chain: TxChain | RxChain, head: number): void;
  onUsed?(virtqueue: number, used: UsedChain<TxChain | RxChain>): void;
  onArmed?(virtqueue: number, event: InterruptWish, usedIdx: number): void;
  onQueueReset?(virtqueue: number): void;
}

/** When the driver wants an interrupt: when the used index passes a value, after every used entry, or never. */
export type InterruptWish =
  { readonly kind: "event"; readonly usedEvent: number } | { readonly kind: "always" } | { readonly kind: "never" };

/** When the driver tells the device about new chains. */
export type KickPolicy = "asNeeded" | "always";

/** Options of {@link GuestDriver.probe}. */
export interface DriverOptions {
  readonly memory: GuestMemory;
  readonly registers: DeviceRegisters;
  readonly random: RandomSource;
  readonly layout: LayoutPolicy;
  /** Guest memory the driver may use. */
  readonly arena: { readonly base: bigint; readonly lenBytes: number };
  /** Features to take if offered, instead of those of the layout. */
  readonly features?: bigint;
  readonly queuePairs?: number;
  readonly queueSize?: number;
  /** Place of the ring parts within a bus word. */
  readonly ringLanes?: { readonly desc: number; readonly avail: number; readonly used: number };
  /** Frame bytes of a receive buffer. */
  readonly rxFrameBytes?: number;
  /** One MSI-X vector per queue, `1 + virtqueue`, and 0 for the configuration; without: INTx or polling. */
  readonly hasMsix?: boolean;
  readonly kick?: KickPolicy;
  /** Buffers and tables at addresses that jump about. */
  readonly isScattered?: boolean;
  readonly observer?: DriverObserver;
  /** Refuse to run without these features. */
  readonly required?: bigint;
}

/** One queue of the driver. */
export interface DriverQueue<C extends PostedChain> {
  readonly virtqueue: number;
  readonly pair: number;
  readonly direction: Direction;
  readonly vector: number;
  ring: SplitRing<C>;
  sharedHeader: Region | undefined;
}

/** Default frame bytes of a receive buffer: an Ethernet frame with a VLAN tag. */
export const DEFAULT_RX_FRAME_BYTES = 1518;

/** See the module text. */
export class GuestDriver {
  readonly transport: Transport;
  readonly allocator: GuardedAllocator;
  readonly offered: bigint;
  readonly features: bigint;
  readonly headerLenBytes: number;
  readonly tx: readonly DriverQueue<TxChain>[];
  readonly rx: readonly DriverQueue<RxChain>[];
  /** How often each layout reason was chosen on transmit, e.g. `pushed`, `shared`. */
  readonly reasons = new Map<string, number>();

  readonly #options: DriverOptions;

  private constructor(options: DriverOptions, transport: Transport, negotiated: { offered: bigint; features: bigint }) {
    this.#options = options;
    this.transport = transport;
    this.offered = negotiated.offered;
    this.features = negotiated.features;
    this.headerLenBytes = netHeaderLenBytes(this.features);
    this.allocator = new GuardedAllocator({
      base: options.arena.base,
      lenBytes: options.arena.lenBytes,
      ...(this.#isScattered ? { random: options.random } : {}),
    });
    const pairs = Array.from({ length: options.queuePairs ?? 1 }, (_, pair) => pair);
    this.tx = pairs.map((pair) => this.#makeQueue<TxChain>(pair, "tx"));
    this.rx = pairs.map((pair) => this.#makeQueue<RxChain>(pair, "rx"));
  }

  /** Resets the device, negotiates and starts the queues. Receive buffers are not posted yet. */
  static async probe(options: DriverOptions): Promise<GuestDriver> {
    const transport = new Transport(options.registers);
    await transport.reset();
    transport.setStatus(STATUS.ACKNOWLEDGE);
    transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER);
    const offered = await transport.deviceFeatures();
    const features = offered & (options.features ?? options.layout.features);
    const missing = (options.required ?? 0n) & ~features;
    if (missing !== 0n) {
      throw new DriverError(`the device does not offer ${featureNames(missing).join(", ")}`);
    }
    if (!(await transport.acceptFeatures(features))) {
      throw new DriverError(`the device refuses the features ${featureNames(features).join(", ")}`);
    }
    const driver = new GuestDriver(options, transport, { offered, features });
    await driver.#start();
    return driver;
  }

  /** Has a feature been negotiated? */
  has(feature: bigint): boolean {
    return (this.features & feature) === feature;
  }

  get layout(): LayoutPolicy {
    return this.#options.layout;
  }

  /** Frame bytes of a receive buffer. */
  get rxFrameBytes(): number {
    return this.#options.rxFrameBytes ?? DEFAULT_RX_FRAME_BYTES;
  }

  /** The queue behind a virtqueue number. */
  queue(virtqueue: number): DriverQueue<TxChain> | DriverQueue<RxChain> {
    const queue = (virtqueue % 2 === 1 ? this.tx : this.rx)[virtqueue >> 1];
    if (queue === undefined) throw new DriverError(`no virtqueue ${virtqueue}`);
    return queue;
  }

  /** All queues, in the order of their numbers. */
  queues(): (DriverQueue<TxChain> | DriverQueue<RxChain>)[] {
    return Array.from({ length: 2 * this.tx.length }, (_, virtqueue) => this.queue(virtqueue));
  }

  /**
   * Lays out and adds as many of the frames as the ring has room for; nothing is visible before {@link flush}.
   * Returns how many were taken.
   */
  send(pair: number, requests: readonly TxRequest[]): number {
    const queue = this.#txQueue(pair);
    for (const [index, request] of requests.entries()) {
      const plan = request.plan ?? this.#planTx(request);
      if (!queue.ring.hasRoom(plan.pieces.length, plan.form)) return index;
      this.reasons.set(plan.reason, (this.reasons.get(plan.reason) ?? 0) + 1);
      const header = encodeNetHeader(request.header ?? {}, this.headerLenBytes);
      const { elements, regions } = this.#place(plan, queue.sharedHeader, false);
      this.#fill({ plan, elements, regions }, header, request.frame);
      const isRefused = request.isRefused ?? false;
      this.#post(queue, {
        kind: "tx",
        plan,
        elements,
        regions,
        header,
        frame: request.frame,
        isRefused,
        ...totals(plan),
      });
    }
    return requests.length;
  }

  /** Posts receive buffers until the ring is full or `limit` buffers are with the device. Returns how many were added. */
  fillRx(pair: number, limit = Number.MAX_SAFE_INTEGER, plan?: ChainPlan): number {
    const queue = this.#rxQueue(pair);
    let added = 0;
    while (queue.ring.inFlight < limit) {
      const chosen = plan ?? this.#planRx();
      if (!queue.ring.hasRoom(chosen.pieces.length, chosen.form)) break;
      this.postRx(pair, chosen);
      added++;
    }
    return added;
  }

  /** Posts one receive buffer of a given plan. */
  postRx(pair: number, plan: ChainPlan): void {
    const queue = this.#rxQueue(pair);
    const { elements, regions } = this.#place(plan, queue.sharedHeader, true);
    this.#post(queue, { kind: "rx", plan, elements, regions, ...totals(plan) });
  }

  /**
   * Adds a chain as a hostile driver would. The device has to return it without a frame; the memory it names is the caller's affair.
   * Returns the head.
   */
  postRaw(virtqueue: number, raw: RawChain): number {
    const nothing = { plan: chainPlan(this, []), elements: [], regions: [], descriptors: 0, totalBytes: 0 };
    if (virtqueue % 2 === 0) return this.#postRaw(this.#rxQueue(virtqueue >> 1), { kind: "rx", ...nothing }, raw);
    const empty = { header: new Uint8Array(0), frame: new Uint8Array(0), isRefused: true };
    return this.#postRaw(this.#txQueue(virtqueue >> 1), { kind: "tx", ...nothing, ...empty }, raw);
  }

  /** Makes what was added to a queue visible and kicks the device if it wants that. */
  async flush(virtqueue: number): Promise<void> {
    const { ring } = this.queue(virtqueue);
    const before = ring.availIdx;
    const count = ring.publish();
    if (count === 0) return;
    if (this.#options.kick === "always" || (await ring.needsKick(before))) this.transport.kick(virtqueue);
  }

  /** {@link flush} of all queues. */
  async flushAll(): Promise<void> {
    await Promise.all(this.queues().map((queue) => this.flush(queue.virtqueue)));
  }

  /** Collects everything that came back in all queues. */
  async service(): Promise<ServiceReport> {
    const [sent, rx] = await Promise.all([
      Promise.all(this.tx.map((queue) => this.#collectTx(queue))),
      Promise.all(this.rx.map((queue) => this.#collectRx(queue))),
    ]);
    return {
      sent: sent.flat(),
      received: rx.flatMap((report) => report.received),
      refused: rx.flatMap((report) => report.refused),
    };
  }

  /** Says when the queue shall interrupt: when `chains` more have come back (1: at the next), always, or never. */
  armInterrupt(virtqueue: number, wish: { readonly afterChains: number } | "always" | "never"): void {
    const { ring } = this.queue(virtqueue);
    let event: InterruptWish;
    if (this.has(FEATURE.EVENT_IDX)) {
      // "Always" and "never" are only as far as an event index reaches: half the number space away is never for a while.
      const ahead = wish === "never" ? 0x8000 : wish === "always" ? 0 : wish.afterChains - 1;
      event = { kind: "event", usedEvent: (ring.usedIdx + ahead) & 0xffff };
      ring.setUsedEvent(event.usedEvent);
    } else {
      ring.setNoInterrupt(wish === "never");
      event = { kind: wish === "never" ? "never" : "always" };
    }
    this.#options.observer?.onArmed?.(virtqueue, event, ring.usedIdx);
  }

  /** Queue reset (RING_RESET), then set-up anew with an empty ring. Returns the chains the device never returned. */
  async resetQueue(virtqueue: number, queueSize?: number): Promise<readonly (TxChain | RxChain)[]> {
    const queue = this.queue(virtqueue);
    await this.transport.resetQueue(virtqueue);
    const lost = this.#tearDown(queue);
    if (queue.direction === "tx") this.#renew(this.#txQueue(queue.pair), queueSize);
    else this.#renew(this.#rxQueue(queue.pair), queueSize);
    this.#options.observer?.onQueueReset?.(virtqueue);
    await this.#enable(queue);
    return lost;
  }

  /** Resets the device and takes all memory back. The driver is dead afterwards: probe again. */
  async shutdown(): Promise<void> {
    await this.transport.reset();
    for (const queue of this.queues()) this.#tearDown(queue);
  }

  async #start(): Promise<void> {
    const inForce = await this.transport.headerLenBytes();
    if (inForce !== this.headerLenBytes) {
      throw new DriverError(`header length: the device uses ${inForce}, these features mean ${this.headerLenBytes}`);
    }
    this.transport.setConfigVector(this.#options.hasMsix === false ? NO_VECTOR : 0);
    for (const queue of this.queues()) await this.#enable(queue);
    this.transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK | STATUS.DRIVER_OK);
  }

  async #enable(queue: DriverQueue<TxChain> | DriverQueue<RxChain>): Promise<void> {
    const { ring } = queue;
    await this.transport.setupQueue(queue.virtqueue, {
      queueSize: ring.queueSize,
      descAddr: ring.descAddr,
      availAddr: ring.availAddr,
      usedAddr: ring.usedAddr,
      vector: queue.vector,
    });
  }

  get #isScattered(): boolean {
    return this.#options.isScattered ?? this.#options.layout.isScattered;
  }

  #makeRing<C extends PostedChain>(queueSize: number): SplitRing<C> {
    return new SplitRing<C>({
      memory: this.#options.memory,
      allocator: this.allocator,
      queueSize,
      hasEventIdx: this.has(FEATURE.EVENT_IDX),
      ...(this.#isScattered ? { scatter: this.#options.random } : {}),
      ...(this.#options.ringLanes === undefined ? {} : { lanes: this.#options.ringLanes }),
    });
  }

  #makeQueue<C extends PostedChain>(pair: number, direction: Direction): DriverQueue<C> {
    const virtqueue = virtqueueOf(pair, direction);
    let sharedHeader: Region | undefined;
    if (this.#options.layout.hasSharedHeader) {
      sharedHeader = this.allocator.allocate(this.headerLenBytes);
      this.#options.memory.write(sharedHeader.addr, new Uint8Array(this.headerLenBytes));
    }
    return {
      virtqueue,
      pair,
      direction,
      vector: this.#options.hasMsix === false ? NO_VECTOR : 1 + virtqueue,
      ring: this.#makeRing<C>(this.#options.queueSize ?? 256),
      sharedHeader,
    };
  }

  #renew<C extends PostedChain>(queue: DriverQueue<C>, queueSize: number | undefined): void {
    queue.ring = this.#makeRing<C>(queueSize ?? queue.ring.queueSize);
  }

  #tearDown(queue: DriverQueue<TxChain> | DriverQueue<RxChain>): (TxChain | RxChain)[] {
    const lost: (TxChain | RxChain)[] = queue.ring.destroy();
    for (const chain of lost) this.#release(chain);
    return lost;
  }

  #txQueue(pair: number): DriverQueue<TxChain> {
    const queue = this.tx[pair];
    if (queue === undefined) throw new DriverError(`no queue pair ${pair}`);
    return queue;
  }

  #rxQueue(pair: number): DriverQueue<RxChain> {
    const queue = this.rx[pair];
    if (queue === undefined) throw new DriverError(`no queue pair ${pair}`);
    return queue;
  }

  #planTx(request: TxRequest): ChainPlan {
    const { layout, random } = this.#options;
    const { frame } = request;
    const traits = request.traits ?? layout.traits(frame, random);
    return layout.planTx({ features: this.features, headerLenBytes: this.headerLenBytes, random, frame, traits });
  }

  #planRx(): ChainPlan {
    return this.#options.layout.planRx({
      features: this.features,
      headerLenBytes: this.headerLenBytes,
      random: this.#options.random,
      frameBytes: this.rxFrameBytes,
    });
  }

  /** Finds memory for the pieces of a plan. */
  #place(
    plan: ChainPlan,
    sharedHeader: Region | undefined,
    isDeviceWritable: boolean,
  ): { elements: ChainElement[]; regions: Region[] } {
    const elements: ChainElement[] = [];
    const regions: Region[] = [];
    for (let i = 0; i < plan.pieces.length; i++) {
      const piece = plan.pieces[i];
      if (piece === undefined) break;
      let addr: bigint;
      if (piece.place.kind === "own") {
        const region = this.allocator.allocate(this.#bufferBytes(plan, i), piece.place);
        regions.push(region);
        addr = region.addr;
      } else if (piece.place.kind === "behind") {
        const before = elements[i - 1];
        if (before === undefined) throw new DriverError("the first piece of a plan cannot lie behind another");
        addr = before.addr + BigInt(before.lenBytes + piece.place.gapBytes);
      } else {
        if (sharedHeader === undefined) throw new DriverError("this driver has no shared header buffer");
        addr = sharedHeader.addr;
      }
      elements.push({ addr, lenBytes: piece.lenBytes, isDeviceWritable });
    }
    return { elements, regions };
  }

  /** Bytes of the buffer that begins with piece `first` and holds the pieces behind it. */
  #bufferBytes(plan: ChainPlan, first: number): number {
    let total = plan.pieces[first]?.lenBytes ?? 0;
    for (const piece of plan.pieces.slice(first + 1)) {
      if (piece.place.kind !== "behind") break;
      total += piece.place.gapBytes + piece.lenBytes;
    }
    return total;
  }

  /** Writes header and frame into the elements. */
  #fill(chain: Pick<PostedChain, "plan" | "elements" | "regions">, header: Uint8Array, frame: Uint8Array): void {
    const packet = new Uint8Array(header.length + frame.length);
    packet.set(header);
    packet.set(frame, header.length);
    let at = 0;
    for (const [index, element] of chain.elements.entries()) {
      const end = at + element.lenBytes;
      if (chain.plan.pieces[index]?.place.kind === "sharedHeader") {
        if (packet.subarray(at, end).some((byte) => byte !== 0)) {
          throw new DriverError("a shared header buffer can only hold a header of zeros");
        }
      } else if (end > at) {
        this.#options.memory.write(element.addr, packet.subarray(at, end));
      }
      at = end;
    }
  }

  #post<C extends TxChain | RxChain>(queue: DriverQueue<C>, chain: C): void {
    for (const element of chain.elements) {
      if (element.lenBytes > 0) {
        this.#options.memory.offer(element.addr, element.lenBytes, chain.kind === "tx" ? "read" : "write");
      }
    }
    const head = queue.ring.add(chain.elements, chain.plan.form, chain);
    this.#options.observer?.onPosted?.(queue.virtqueue, chain, head);
  }

  #postRaw<C extends TxChain | RxChain>(queue: DriverQueue<C>, chain: C, raw: RawChain): number {
    const indices = queue.ring.reserve(raw.count, chain);
    for (const [position, desc] of raw.descriptors(indices).entries()) {
      queue.ring.writeDescriptor(indices[position] ?? 0, desc);
    }
    const head = indices[0] ?? 0;
    queue.ring.addHead(head);
    this.#options.observer?.onPosted?.(queue.virtqueue, chain, head);
    return head;
  }

  #release(chain: PostedChain): void {
    for (const element of chain.elements) {
      if (element.lenBytes > 0) this.#options.memory.revoke(element.addr, element.lenBytes);
    }
    for (const region of chain.regions) this.allocator.free(region);
  }

  async #collectTx(queue: DriverQueue<TxChain>): Promise<Completion<TxChain>[]> {
    const used = await queue.ring.poll();
    return used.map((entry) => {
      this.#options.observer?.onUsed?.(queue.virtqueue, entry);
      this.#release(entry.token);
      return { pair: queue.pair, chain: entry.token, used: entry };
    });
  }

  async #collectRx(
    queue: DriverQueue<RxChain>,
  ): Promise<{ received: DeliveredFrame[]; refused: Completion<RxChain>[] }> {
    const used = await queue.ring.poll();
    const contents = await Promise.all(used.map((entry) => this.#readChain(entry)));
    const received: DeliveredFrame[] = [];
    const refused: Completion<RxChain>[] = [];
    for (let i = 0; i < used.length; i++) {
      const entry = used[i];
      if (entry === undefined) break;
      const completion = { pair: queue.pair, chain: entry.token, used: entry };
      if (entry.lenBytes === 0) {
        refused.push(completion);
        continue;
      }
      const first = contents[i] ?? new Uint8Array(0);
      if (first.length < this.headerLenBytes) {
        throw new DriverError(
          `virtqueue ${queue.virtqueue}, used entry ${entry.usedIdx}: ${first.length} bytes, less than a header`,
        );
      }
      const headerBytes = first.slice(0, this.headerLenBytes);
      const header = decodeNetHeader(headerBytes);
      // Without mergeable buffers num_buffers is 1 or does not exist.
      const buffers = this.has(FEATURE.NET_MRG_RXBUF) ? header.numBuffers : 1;
      if (buffers < 1 || i + buffers > used.length) {
        throw new DriverError(
          `virtqueue ${queue.virtqueue}, used entry ${entry.usedIdx}: num_buffers ${header.numBuffers}, ` +
            `${used.length - i} buffers came back`,
        );
      }
      const chains = [completion];
      const parts = [first.subarray(this.headerLenBytes)];
      for (let k = 1; k < buffers; k++) {
        const more = used[i + k];
        if (more === undefined) break;
        chains.push({ pair: queue.pair, chain: more.token, used: more });
        parts.push(contents[i + k] ?? new Uint8Array(0));
      }
      received.push({
        pair: queue.pair,
        header,
        headerBytes,
        frame: joined(parts),
        chains,
        placement: entry.token.plan.placement,
      });
      i += buffers - 1;
    }
    for (const entry of used) {
      this.#options.observer?.onUsed?.(queue.virtqueue, entry);
      this.#release(entry.token);
    }
    return { received, refused };
  }

  /** The bytes that the device says it has written to a chain. */
  async #readChain(used: UsedChain<RxChain>): Promise<Uint8Array> {
    const { chain, lenBytes } = { chain: used.token, lenBytes: used.lenBytes };
    if (lenBytes > chain.totalBytes) {
      throw new DriverError(`used entry ${used.usedIdx}: length ${lenBytes}, the chain has ${chain.totalBytes}`);
    }
    const reads: Promise<Uint8Array>[] = [];
    let rest = lenBytes;
    for (const element of chain.elements) {
      if (rest === 0) break;
      const take = Math.min(rest, element.lenBytes);
      if (take > 0) reads.push(this.#options.memory.read(element.addr, take));
      rest -= take;
    }
    return joined(await Promise.all(reads));
  }
}

function totals(plan: ChainPlan): { descriptors: number; totalBytes: number } {
  return { descriptors: descriptorsRead(plan.pieces.length, plan.form), totalBytes: planBytes(plan) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
