/**
 * One virtqueue of the bench: chains that never change, and a driver that only moves indices.
 *
 * A chain keeps its descriptors and buffers for the whole row, so giving it to the device again costs one entry. With the driver `closed`
 * that happens when the chain is in the used ring. With the driver `open` it happens as soon as the device has asked for the entry: its
 * available index is always one ring ahead of the device, as far as the rule of the ring allows. Since the content of a buffer never
 * changes it does no harm that a chain may then be in the device twice.
 *
 * @module
 */
import type { GuestMemory, Watch } from "../tb/src/bus/index.ts";
import type { Random } from "../tb/src/core/index.ts";
import { crossesEvent, DESC_F, encodeDescriptor, FEATURE, ringGeometry } from "../tb/src/virtio/index.ts";
import type { RingGeometry, Transport } from "../tb/src/virtio/index.ts";
import { beatsOf, filledSpans } from "./bound.ts";
import type { Bound, Span } from "./bound.ts";
import type { Stream } from "./config.ts";
import { BenchError } from "./error.ts";
import { boundOfChains, chainsPerFrame, placeChains } from "./layout.ts";
import type { Arena, QueueUse } from "./layout.ts";

interface Chain {
  readonly head: number;
  readonly elements: readonly Span[];
}

/** Options of {@link BenchRing}. */
export interface BenchRingOptions extends QueueUse {
  readonly memory: GuestMemory;
  readonly arena: Arena;
  readonly random: Random;
  readonly pair: number;
}

/** Frames come in a cycle of so many; a divisor of the number of chains for the open driver, none for the closed one. */
const POOL = { open: 64, closed: 61 } as const;
/** Entries are followed in blocks of 64 bytes. The first block also holds the index, which is read on its own, so it is left out. */
const ENTRIES_PER_BLOCK = 32;
const FIRST_BLOCK = 30;

/** See the module text. */
export class BenchRing {
  readonly virtqueue: number;
  readonly stream: Stream;
  readonly geometry: RingGeometry;
  readonly chains: readonly Chain[];
  /** Chains that one frame takes. */
  readonly chainsPerFrame: number;
  /** Chains that came back. */
  used = 0;

  readonly #options: BenchRingOptions;
  readonly #memory: GuestMemory;
  readonly #descAddr: bigint;
  readonly #availAddr: bigint;
  readonly #usedAddr: bigint;
  readonly #frames: readonly Uint8Array[];
  readonly #packets: readonly Uint8Array[];
  readonly #watches: Watch[] = [];
  /** Chains that the device is known to have asked for. */
  #asked = 0;
  /** Used index of the device, free-running without end. */
  #usedTarget = 0;
  #avail = 0;

  constructor(options: BenchRingOptions) {
    const { arena, queueSize, stream, random } = options;
    this.#options = options;
    this.#memory = options.memory;
    this.stream = stream;
    this.virtqueue = 2 * options.pair + (stream.direction === "tx" ? 1 : 0);
    this.geometry = ringGeometry(queueSize);
    this.#descAddr = arena.take(this.geometry.descBytes);
    this.#availAddr = arena.take(this.geometry.availBytes);
    this.#usedAddr = arena.take(this.geometry.usedBytes);
    this.chainsPerFrame = chainsPerFrame(stream);

    const places = placeChains(options, arena);
    const isIndirect = stream.direction === "tx" && stream.tx === "indirect";
    this.chains = this.#describe(places, isIndirect);

    this.#frames = Array.from({ length: POOL[options.driver] }, () => random.bytes(stream.frameBytes));
    this.#packets = this.#frames.map((frame) => this.#packetOf(frame));
    if (stream.direction === "tx") {
      for (const [index, chain] of this.chains.entries()) this.#fill(chain, this.#packet(index));
    }
    const memory = options.memory;
    memory.offer(this.#descAddr, this.geometry.descBytes, "read");
    memory.offer(this.#availAddr, this.geometry.availBytes, "read");
    memory.offer(this.#usedAddr, this.geometry.usedBytes, "readwrite");
  }

  /** The frame that is the n-th of this queue. */
  frame(index: number): Uint8Array {
    return this.#frames[this.#content(index)] ?? new Uint8Array(0);
  }

  /** The header that the n-th transmitted frame has. */
  header(index: number): Uint8Array {
    return this.#packet(index).subarray(0, this.stream.headerBytes);
  }

  /** What a frame of this queue needs of the bus at least. */
  bound(busBytes: number): Bound {
    return boundOfChains(
      this.stream,
      this.chains.map(({ elements }) => elements),
      busBytes,
    );
  }

  /** The part of the bound that is payload. */
  payloadBeats(busBytes: number): number {
    const packetBytes = this.stream.headerBytes + this.stream.frameBytes;
    const beats = this.chains.map(({ elements }) =>
      filledSpans(elements, packetBytes).reduce((sum, span) => sum + beatsOf(span, busBytes), 0),
    );
    return beats.reduce((sum, one) => sum + one, 0) / beats.length;
  }

  /** Tells the device about the queue and gives it the first chains. `onMove` is called when the device has moved. */
  async start(transport: Transport, onMove: (cycle: number) => void): Promise<void> {
    await transport.setupQueue(this.virtqueue, {
      queueSize: this.#options.queueSize,
      descAddr: this.#descAddr,
      availAddr: this.#availAddr,
      usedAddr: this.#usedAddr,
      vector: 0xffff,
    });
    const used = this.#memory.watch(this.#usedAddr + 2n, 2, { kind: "changed" });
    used.fired.isKeeping = false;
    used.fired.listen(({ value, cycle }) => {
      this.#usedTarget += (Number(value) - this.#usedTarget) & 0xffff;
      onMove(cycle);
    });
    await used.initial;
    this.#watches.push(used);
    if (this.#options.driver === "open") await this.#watchEntries(onMove);
    this.#publish();
  }

  /** For messages: how far driver and device are. */
  get state(): string {
    return `virtqueue ${this.virtqueue}: available ${this.#avail}, asked for ${this.#asked}, used ${this.#usedTarget}`;
  }

  /** Frames that the device has returned, fractions included. */
  get framesUsed(): number {
    return this.#usedTarget / this.chainsPerFrame;
  }

  /** Looks at what came back, gives chains to the device, and kicks it if it sleeps. */
  async service(transport: Transport): Promise<void> {
    const from = this.used;
    const to = this.#usedTarget;
    const reads = this.#readUsed(from, to);
    const contents = this.stream.direction === "rx" ? this.#readBuffers(from, to) : [];
    this.used = to;
    const before = this.#avail;
    this.#publish();
    const event = this.#memory.read(this.#usedAddr + BigInt(this.geometry.availEventOffset), 2);
    const [entries, buffers, eventBytes] = await Promise.all([Promise.all(reads), Promise.all(contents), event]);
    if (this.#avail !== before) {
      const eventIdx = (eventBytes[0] ?? 0) | ((eventBytes[1] ?? 0) << 8);
      if (crossesEvent(eventIdx, this.#avail & 0xffff, before & 0xffff)) transport.kick(this.virtqueue);
    }
    this.#checkUsed(from, entries);
    for (const [index, content] of buffers.entries()) this.#checkBuffer(from + index, content);
  }

  // --- layout ------------------------------------------------------------------------------------------------------------

  /** Writes descriptors (and tables) and offers the buffers. */
  #describe(places: readonly (readonly Span[])[], isIndirect: boolean): Chain[] {
    const { memory, queueSize, random, arena } = this.#options;
    const isWritable = this.stream.direction === "rx";
    const order = Array.from({ length: queueSize }, (_, index) => index);
    const indices = this.stream.isScattered ? random.shuffle(order) : this.#inTwoHalves(order, places, isIndirect);
    const ring = new Uint8Array(this.geometry.descBytes);
    const ringView = new DataView(ring.buffer);
    const write = (view: DataView, elements: readonly Span[], slots: readonly number[]): void => {
      for (const [position, { addr, lenBytes }] of elements.entries()) {
        const next = slots[position + 1];
        const flags = (isWritable ? DESC_F.WRITE : 0) | (next === undefined ? 0 : DESC_F.NEXT);
        encodeDescriptor({ addr, lenBytes, flags, next: next ?? 0 }, view, 16 * (slots[position] ?? 0));
      }
    };
    let taken = 0;
    const tableBytes = 16 * (places[0]?.length ?? 0);
    const tables = isIndirect ? arena.take(tableBytes * places.length) : 0n;
    const table = new Uint8Array(isIndirect ? tableBytes * places.length : 0);
    const chains = places.map((elements, index) => {
      for (const { addr, lenBytes } of elements) memory.offer(addr, lenBytes, isWritable ? "write" : "read");
      if (isIndirect) {
        const head = indices[taken++] ?? 0;
        const view = new DataView(table.buffer, tableBytes * index, tableBytes);
        write(view, elements, [...elements.keys()]);
        const addr = tables + BigInt(tableBytes * index);
        encodeDescriptor({ addr, lenBytes: tableBytes, flags: DESC_F.INDIRECT, next: 0 }, ringView, 16 * head);
        return { head, elements };
      }
      const slots = indices.slice(taken, taken + elements.length);
      taken += elements.length;
      write(ringView, elements, slots);
      return { head: slots[0] ?? 0, elements };
    });
    memory.write(this.#descAddr, ring);
    if (isIndirect) {
      memory.write(tables, table);
      memory.offer(tables, table.length, "read");
    }
    return chains;
  }

  /**
   * Descriptors side by side. If they are not all in use, a part is left out at the end of each half of the table: in a direct-mapped
   * cache of half its size every line then takes the place of another one, and none survives a lap.
   */
  #inTwoHalves(order: readonly number[], places: readonly (readonly Span[])[], isIndirect: boolean): number[] {
    const half = order.length / 2;
    const perHalf = isIndirect ? places.length / 2 : places.reduce((sum, { length }) => sum + length, 0) / 2;
    const isWhole = this.#options.driver === "closed" || perHalf % 1 !== 0 || perHalf > half;
    return isWhole ? [...order] : [...order.slice(0, perHalf), ...order.slice(half)];
  }

  /** What lies in the buffer for a frame: header and frame. */
  #packetOf(frame: Uint8Array): Uint8Array {
    const { headerBytes, direction } = this.stream;
    const packet = new Uint8Array(headerBytes + frame.length);
    packet.set(frame, headerBytes);
    if (direction === "tx") {
      // Flags and gso_type are 0, the other fields go through as they are.
      packet.set(this.#options.random.bytes(headerBytes - 2), 2);
    } else if (headerBytes > 10) {
      packet[10] = this.chainsPerFrame;
    }
    return packet;
  }

  #packet(index: number): Uint8Array {
    return this.#packets[this.#content(index)] ?? new Uint8Array(0);
  }

  /** Transmit buffers are written once; what arrives from the wire goes on and on. */
  #content(index: number): number {
    return (this.stream.direction === "tx" ? index % this.chains.length : index) % this.#frames.length;
  }

  #fill(chain: Chain, packet: Uint8Array): void {
    let at = 0;
    for (const { addr, lenBytes } of chain.elements) {
      this.#memory.write(addr, packet.subarray(at, at + lenBytes));
      at += lenBytes;
    }
  }

  // --- indices -----------------------------------------------------------------------------------------------------------

  /** Follows the entries that the device asks for. The first entry of each block tells that all before it have been asked for. */
  async #watchEntries(onMove: (cycle: number) => void): Promise<void> {
    const { queueSize } = this.#options;
    for (let first = FIRST_BLOCK; first < queueSize; first += ENTRIES_PER_BLOCK) {
      const watch = this.#memory.watch(this.#availAddr + BigInt(4 + 2 * first), 2, { kind: "read" });
      watch.fired.isKeeping = false;
      watch.fired.listen(({ cycle }) => {
        const ahead = (first - this.#asked) & (queueSize - 1);
        if (ahead >= queueSize / 2) return; // a block in two parts
        this.#asked += ahead;
        onMove(cycle);
      });
      await watch.initial;
      this.#watches.push(watch);
    }
  }

  /** Gives the device as many chains as it may have. */
  #publish(): void {
    const { driver, queueSize } = this.#options;
    const target = driver === "open" ? this.#asked + queueSize : this.used + this.chains.length;
    const isFixed = queueSize % this.chains.length === 0;
    const first = this.#avail;
    if (target === first) return;
    if (first === 0 || !isFixed) {
      // A ring whose entries never change is written once, else the new entries are.
      const count = isFixed ? queueSize : target - first;
      const mask = queueSize - 1;
      for (let done = 0; done < count;) {
        const slot = (first + done) & mask;
        const run = Math.min(count - done, queueSize - slot);
        const bytes = new Uint8Array(2 * run);
        const view = new DataView(bytes.buffer);
        for (let i = 0; i < run; i++) view.setUint16(2 * i, this.#chain(first + done + i).head, true);
        this.#memory.write(this.#availAddr + BigInt(4 + 2 * slot), bytes);
        done += run;
      }
    }
    this.#avail = target;
    this.#memory.write(this.#availAddr + 2n, Uint8Array.of(target & 0xff, (target >> 8) & 0xff));
  }

  #chain(index: number): Chain {
    const chain = this.chains[index % this.chains.length];
    if (chain === undefined) throw new BenchError("a ring without chains");
    return chain;
  }

  // --- checks ------------------------------------------------------------------------------------------------------------

  #readUsed(from: number, to: number): Promise<Uint8Array>[] {
    const { queueSize } = this.#options;
    if (to - from > queueSize) {
      throw new BenchError(`virtqueue ${this.virtqueue}: ${to - from} chains came back at once`);
    }
    const reads: Promise<Uint8Array>[] = [];
    for (let at = from; at < to;) {
      const slot = at & (queueSize - 1);
      const run = Math.min(to - at, queueSize - slot);
      reads.push(this.#memory.read(this.#usedAddr + BigInt(4 + 8 * slot), 8 * run));
      at += run;
    }
    return reads;
  }

  #checkUsed(from: number, parts: readonly Uint8Array[]): void {
    let index = from;
    for (const part of parts) {
      const view = new DataView(part.buffer, part.byteOffset, part.length);
      for (let at = 0; at < part.length; at += 8, index++) {
        const id = view.getUint32(at, true);
        const lenBytes = view.getUint32(at + 4, true);
        const expected = { id: this.#chain(index).head, lenBytes: this.#writtenBytes(index) };
        if (id !== expected.id || lenBytes !== expected.lenBytes) {
          throw new BenchError(
            `virtqueue ${this.virtqueue}, used entry ${index}: head ${id}, length ${lenBytes}; ` +
              `expected ${expected.id} and ${expected.lenBytes}`,
          );
        }
      }
    }
  }

  /** Bytes that the device writes into the n-th chain. */
  #writtenBytes(index: number): number {
    if (this.stream.direction === "tx") return 0;
    const packetBytes = this.stream.headerBytes + this.stream.frameBytes;
    const before = (index % this.chainsPerFrame) * this.stream.bufferBytes;
    return Math.min(this.stream.bufferBytes, packetBytes - before);
  }

  #readBuffers(from: number, to: number): Promise<Uint8Array[]>[] {
    return Array.from({ length: to - from }, (_, i) => {
      const spans = filledSpans(this.#chain(from + i).elements, this.#writtenBytes(from + i));
      return Promise.all(spans.map(({ addr, lenBytes }) => this.#memory.read(addr, lenBytes)));
    });
  }

  #checkBuffer(index: number, parts: readonly Uint8Array[]): void {
    const frame = Math.floor(index / this.chainsPerFrame);
    const packet = this.#packet(frame);
    let at = (index % this.chainsPerFrame) * this.stream.bufferBytes;
    for (const part of parts) {
      if (!isSame(part, packet.subarray(at, at + part.length))) {
        throw new BenchError(
          `virtqueue ${this.virtqueue}, used entry ${index}: the buffer does not hold frame ${frame}`,
        );
      }
      at += part.length;
    }
  }
}

/** Features for a stream. */
export function featuresOf(streams: readonly Stream[]): bigint {
  const isLegacy = streams.some((one) => one.headerBytes === 10);
  const isMergeable = streams.some((one) => one.isMergeable) && !isLegacy;
  return (
    FEATURE.EVENT_IDX |
    FEATURE.INDIRECT_DESC |
    (isLegacy ? FEATURE.ANY_LAYOUT : FEATURE.VERSION_1) |
    (isMergeable ? FEATURE.NET_MRG_RXBUF : 0n)
  );
}

/** Are the bytes the same? */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
