/**
 * Follows each packet through the device, from the rings and the bus alone: kick, available entry, descriptors, payload, frame, used
 * entry, interrupt.
 *
 * @module
 */
import { BAR, decodeDescriptor, DESC_BYTES, DESC_F } from "../virtio/index.ts";
import type { BusTrace, TracedBurst, TracedFrame } from "./bus-trace.ts";

/** Where a queue lies; `make sim` writes this beside the waveform. */
export interface RingPlace {
  readonly virtqueue: number;
  readonly vector: number;
  readonly size: number;
  readonly desc: bigint;
  readonly avail: bigint;
  readonly used: bigint;
}

/** Cycles at which something happened; undefined: not seen. */
export interface PacketLife {
  readonly virtqueue: number;
  /** Position in the ring, counted from 0 without wrap. */
  readonly position: number;
  readonly head: number;
  /** Length of the frame in bytes; 0 for a chain without a frame of its own. */
  readonly frameBytes: number;
  readonly descriptors: number;
  readonly bursts: number;
  /** The last kick before the device saw the chain; none if it looked by itself. */
  readonly kick: number | undefined;
  /** The available entry arrived. */
  readonly avail: number | undefined;
  readonly firstDescriptor: number | undefined;
  readonly lastDescriptor: number | undefined;
  /** First address and last data (transmit) or response (receive) of the payload. */
  readonly firstPayload: number | undefined;
  readonly lastPayload: number | undefined;
  readonly firstBeat: number | undefined;
  readonly lastBeat: number | undefined;
  /** The used entry is in memory. */
  readonly used: number | undefined;
  /** The used index that covers it is in memory. */
  readonly usedIdx: number | undefined;
  /** The next interrupt of the queue from then on, if the driver was not told before. */
  readonly interrupt: number | undefined;
}

const USED_ENTRY_BYTES = 8;

interface Element {
  readonly addr: bigint;
  readonly lenBytes: number;
}

/** All packets of all queues, by queue and position. */
export function packetLives(trace: BusTrace, rings: readonly RingPlace[], headerLenBytes: number): PacketLife[] {
  return rings.flatMap((ring) => new QueueHistory(trace, ring, headerLenBytes).lives());
}

class QueueHistory {
  readonly #trace: BusTrace;
  readonly #ring: RingPlace;
  readonly #headerLenBytes: number;
  readonly #isTx: boolean;

  constructor(trace: BusTrace, ring: RingPlace, headerLenBytes: number) {
    this.#trace = trace;
    this.#ring = ring;
    this.#headerLenBytes = headerLenBytes;
    this.#isTx = ring.virtqueue % 2 === 1;
  }

  lives(): PacketLife[] {
    const ring = this.#ring;
    const known = this.#indexReads();
    const used = this.#usedEntries();
    const published = this.#indexWrites();
    const frames = this.#frames();
    const lives: PacketLife[] = [];
    let kickFrom = 0;
    let frame: TracedFrame | undefined;
    let frameRest = 0;
    for (const [position, entry] of used.entries()) {
      const seen = known.find(({ count }) => count > position);
      const slotAddr = ring.avail + BigInt(4 + 2 * (position % ring.size));
      const availRead = this.#readOf(slotAddr, 2, seen?.cycle ?? 0);
      const chain = this.#walk(entry.head, seen?.cycle ?? 0);
      const payload = this.#payload(chain.elements, seen?.cycle ?? 0, entry.cycle);
      // A received frame may fill several chains; then only the first one shows it.
      if (frameRest <= 0) {
        frame = frames.shift();
        frameRest = frame === undefined ? 0 : frame.data.length + (this.#isTx ? 0 : this.#headerLenBytes);
      }
      const isFirst = frame !== undefined && (this.#isTx || frameRest === frame.data.length + this.#headerLenBytes);
      frameRest = this.#isTx ? 0 : frameRest - entry.lenBytes;
      const kick = this.#kickBefore(kickFrom, seen?.cycle ?? 0);
      if (kick !== undefined) kickFrom = kick + 1;
      const index = published.find(({ count }) => count > position);
      lives.push({
        virtqueue: ring.virtqueue,
        position,
        head: entry.head,
        frameBytes: isFirst ? (frame?.data.length ?? 0) : 0,
        descriptors: chain.cycles.length,
        bursts: payload.length,
        kick,
        avail: availRead?.cycle,
        firstDescriptor: chain.cycles[0],
        lastDescriptor: chain.cycles.at(-1),
        firstPayload: payload[0]?.cycle,
        lastPayload: payload.reduce<number | undefined>((last, burst) => latest(last, burst.doneCycle), undefined),
        firstBeat: isFirst ? frame?.firstCycle : undefined,
        lastBeat: isFirst ? frame?.lastCycle : undefined,
        used: entry.cycle,
        usedIdx: index?.cycle,
        interrupt: this.#interruptFor(index, published),
      });
    }
    return lives;
  }

  /** When the device learnt of how many chains. */
  #indexReads(): { readonly cycle: number; readonly count: number }[] {
    const out: { cycle: number; count: number }[] = [];
    let count = 0;
    for (const burst of this.#trace.reads) {
      const bytes = bytesAt(burst, this.#ring.avail + 2n, 2);
      if (bytes === undefined) continue;
      const step = (u16(bytes.data) - count) & 0xffff;
      if (step === 0 || step > this.#ring.size) continue;
      count += step;
      out.push({ cycle: bytes.cycle, count });
    }
    return out;
  }

  #indexWrites(): { readonly cycle: number; readonly count: number }[] {
    const out: { cycle: number; count: number }[] = [];
    let count = 0;
    for (const burst of this.#trace.writes) {
      const bytes = bytesAt(burst, this.#ring.used + 2n, 2);
      if (bytes === undefined) continue;
      count += (u16(bytes.data) - count) & 0xffff;
      out.push({ cycle: burst.doneCycle ?? bytes.cycle, count });
    }
    return out;
  }

  /** The used entries in the order of their positions. One may be written in two bursts. */
  #usedEntries(): { readonly head: number; readonly lenBytes: number; readonly cycle: number }[] {
    const { used, size } = this.#ring;
    const out: { head: number; lenBytes: number; cycle: number }[] = [];
    const entry = new DataView(new ArrayBuffer(USED_ENTRY_BYTES));
    let missing = USED_ENTRY_BYTES;
    for (const burst of this.#trace.writes) {
      for (const word of burst.words) {
        const base = Number(word.addr - used) - 4;
        for (const [lane, byte] of word.data.entries()) {
          const at = base + lane - USED_ENTRY_BYTES * (out.length % size);
          // Entries are written in order, so the next one is the only one of interest.
          if (at < 0 || at >= USED_ENTRY_BYTES || ((word.strobes >> BigInt(lane)) & 1n) === 0n) continue;
          entry.setUint8(at, byte);
          missing--;
          if (missing > 0) continue;
          missing = USED_ENTRY_BYTES;
          out.push({
            head: entry.getUint32(0, true),
            lenBytes: entry.getUint32(4, true),
            cycle: burst.doneCycle ?? word.cycle,
          });
        }
      }
    }
    return out;
  }

  #frames(): TracedFrame[] {
    const pair = this.#ring.virtqueue >> 1;
    const list = this.#isTx ? this.#trace.transmitted : this.#trace.received;
    return list.filter((frame) => frame.dest === pair);
  }

  /** The first read of a range that was asked for no earlier than `from`; else the last one before. */
  #readOf(
    addr: bigint,
    lenBytes: number,
    from: number,
  ): { readonly data: Uint8Array; readonly cycle: number } | undefined {
    let before: { readonly data: Uint8Array; readonly cycle: number } | undefined;
    for (const burst of this.#trace.reads) {
      const bytes = bytesAt(burst, addr, lenBytes);
      if (bytes === undefined) continue;
      if (burst.cycle >= from) return bytes;
      before = bytes;
    }
    return before;
  }

  #walk(head: number, from: number): { readonly elements: Element[]; readonly cycles: number[] } {
    const elements: Element[] = [];
    const cycles: number[] = [];
    let table = this.#ring.desc;
    let index = head;
    while (cycles.length <= 2 * this.#ring.size) {
      const read = this.#readOf(table + BigInt(DESC_BYTES * index), DESC_BYTES, from);
      if (read === undefined) break;
      cycles.push(read.cycle);
      const desc = decodeDescriptor(new DataView(read.data.buffer), 0);
      if ((desc.flags & DESC_F.INDIRECT) !== 0) {
        table = desc.addr;
        index = 0;
        continue;
      }
      elements.push({ addr: desc.addr, lenBytes: desc.lenBytes });
      if ((desc.flags & DESC_F.NEXT) === 0) break;
      index = desc.next;
    }
    return { elements, cycles };
  }

  #payload(elements: readonly Element[], from: number, to: number): TracedBurst[] {
    const bursts = this.#isTx ? this.#trace.reads : this.#trace.writes;
    return bursts.filter(
      (burst) =>
        burst.cycle >= from &&
        burst.cycle <= to &&
        elements.some(({ addr, lenBytes }) => burst.addr >= addr && burst.addr < addr + BigInt(lenBytes)),
    );
  }

  #kickBefore(from: number, to: number): number | undefined {
    const offset = BAR.notify + BAR.notifyStride * this.#ring.virtqueue;
    return this.#trace.registerWrites.findLast(
      (write) => write.offset === offset && write.cycle >= from && write.cycle <= to,
    )?.cycle;
  }

  #interruptFor(
    index: { readonly cycle: number; readonly count: number } | undefined,
    published: readonly { readonly cycle: number; readonly count: number }[],
  ): number | undefined {
    if (index === undefined) return undefined;
    const next = published.find(({ count }) => count > index.count);
    return this.#trace.interrupts.find(
      ({ vector, cycle }) =>
        vector === this.#ring.vector && cycle >= index.cycle && cycle < (next?.cycle ?? Infinity) + 64,
    )?.cycle;
  }
}

/** The bytes of a range if a burst covers all of them. */
function bytesAt(
  burst: TracedBurst,
  addr: bigint,
  lenBytes: number,
): { readonly data: Uint8Array; readonly cycle: number } | undefined {
  const firstWord = burst.words[0];
  const lastWord = burst.words.at(-1);
  if (firstWord === undefined || lastWord === undefined) return undefined;
  const width = BigInt(firstWord.data.length);
  if (addr < firstWord.addr || addr + BigInt(lenBytes) > lastWord.addr + width) return undefined;
  const data = new Uint8Array(lenBytes);
  let cycle = 0;
  for (let i = 0; i < lenBytes; i++) {
    const at = addr + BigInt(i) - firstWord.addr;
    const word = burst.words[Number(at / width)];
    const lane = at % width;
    if (word === undefined || ((word.strobes >> lane) & 1n) === 0n) return undefined;
    data[i] = word.data[Number(lane)] ?? 0;
    cycle = word.cycle;
  }
  return { data, cycle };
}

function u16(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
