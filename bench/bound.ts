/**
 * The bound: how many bus cycles a frame needs at least, from the addresses and lengths of its buffers alone.
 *
 * One beat per cycle moves on each AXI data channel. Payload costs the bus words it touches, element by element, as it lies in memory.
 * What belongs to the ring is counted as if it were packed densely: 16 bytes for each descriptor, 2 for each available entry, 8 for each
 * used entry. Reads and writes go at the same time, so the larger of both is the bound. Nothing here knows the RTL.
 *
 * @module
 */

/** A piece of guest memory. */
export interface Span {
  readonly addr: bigint;
  readonly lenBytes: number;
}

/** What one frame needs of the bus. */
export interface FrameNeed {
  /** Payload the device reads, element by element. */
  readonly reads: readonly Span[];
  /** Payload the device writes, element by element. */
  readonly writes: readonly Span[];
  /** Descriptors to read; the one that names an indirect table counts, and so do those in the table. */
  readonly descriptors: number;
  readonly chains: number;
}

/** Beats per frame on the read and on the write channel. */
export interface Bound {
  readonly readBeats: number;
  readonly writeBeats: number;
  /** Cycles per frame: the larger of both. */
  readonly cycles: number;
}

const DESCRIPTOR_BYTES = 16;
const AVAIL_ENTRY_BYTES = 2;
const USED_ENTRY_BYTES = 8;

/** Bus words that a span touches. */
export function beatsOf(span: Span, busBytes: number): number {
  if (span.lenBytes === 0) return 0;
  const lane = Number(span.addr % BigInt(busBytes));
  return Math.ceil((lane + span.lenBytes) / busBytes);
}

/** The parts of `elements` that a packet of `lenBytes` bytes fills. */
export function filledSpans(elements: readonly Span[], lenBytes: number): Span[] {
  const spans: Span[] = [];
  let rest = lenBytes;
  for (const element of elements) {
    if (rest === 0) break;
    const take = Math.min(rest, element.lenBytes);
    if (take > 0) spans.push({ addr: element.addr, lenBytes: take });
    rest -= take;
  }
  if (rest > 0) throw new RangeError(`a packet of ${lenBytes} bytes does not fit: ${rest} bytes too long`);
  return spans;
}

/** The bound of one frame. */
export function boundOf(need: FrameNeed, busBytes: number): Bound {
  const payload = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + beatsOf(span, busBytes), 0);
  const readBeats =
    payload(need.reads) + (DESCRIPTOR_BYTES * need.descriptors + AVAIL_ENTRY_BYTES * need.chains) / busBytes;
  const writeBeats = payload(need.writes) + (USED_ENTRY_BYTES * need.chains) / busBytes;
  return { readBeats, writeBeats, cycles: Math.max(readBeats, writeBeats) };
}

/** The mean bound of frames that come equally often. */
export function meanBound(needs: readonly FrameNeed[], busBytes: number): Bound {
  const bounds = needs.map((need) => boundOf(need, busBytes));
  const mean = (pick: (bound: Bound) => number): number =>
    bounds.reduce((sum, bound) => sum + pick(bound), 0) / bounds.length;
  const readBeats = mean((bound) => bound.readBeats);
  const writeBeats = mean((bound) => bound.writeBeats);
  return { readBeats, writeBeats, cycles: Math.max(readBeats, writeBeats) };
}
