/**
 * Where the buffers of a row lie, and what follows from that alone: the bound, and how busy a ring of this size can keep the device.
 * Nothing here knows the RTL.
 *
 * @module
 */
import { BenchError } from "./error.ts";
import { filledSpans, meanBound } from "./bound.ts";
import type { Bound, FrameNeed, Span } from "./bound.ts";
import type { DriverMode, Stream } from "./config.ts";

/** Hands out guest memory, never taken back. */
export class Arena {
  static readonly base = 0x4000_0000n;
  static readonly sizeBytes = 64n << 20n;
  #next = Arena.base;

  take(sizeBytes: number, alignBytes = 4096): bigint {
    const align = BigInt(alignBytes);
    const addr = ((this.#next + align - 1n) / align) * align;
    this.#next = addr + BigInt(sizeBytes);
    if (this.#next > Arena.base + Arena.sizeBytes) throw new BenchError("out of guest memory");
    return addr;
  }
}

/** A stream over one queue. */
export interface QueueUse {
  readonly stream: Stream;
  readonly queueSize: number;
  readonly driver: DriverMode;
}

/** Chains that one frame takes. */
export function chainsPerFrame(stream: Stream): number {
  return stream.direction === "tx" ? 1 : Math.ceil((stream.headerBytes + stream.frameBytes) / stream.bufferBytes);
}

/** Chains in the ring: as many as there are descriptors for. */
export function chainCount({ stream, queueSize, driver }: QueueUse): number {
  const inRing =
    stream.direction === "rx"
      ? { whole: 1, split: 2 }[stream.rx]
      : { inline: 1, indirect: 1, separate: 2, cut: 3, copy: 2, mixed: 2 }[stream.tx];
  const most = Math.floor(queueSize / inRing);
  // The entries of the open driver's ring never change, so the number of chains divides the size of the ring.
  return driver === "closed" ? most : 2 ** Math.floor(Math.log2(most));
}

/** The elements of every chain. */
export function placeChains(use: QueueUse, arena: Arena): Span[][] {
  const { stream } = use;
  const count = chainCount(use);
  const header = stream.headerBytes;
  const lane = BigInt(stream.lane);
  // Buffers at a power of two do not cross a page more often than they must.
  const buffers = (lenBytes: number): bigint[] => {
    const stride = 2 ** Math.ceil(Math.log2(Math.max(64, lenBytes + stream.lane)));
    const base = arena.take(stride * count, Math.max(stride, 4096));
    return Array.from({ length: count }, (_, index) => base + BigInt(stride * index));
  };
  if (stream.direction === "rx") {
    const whole = buffers(stream.bufferBytes);
    if (stream.rx === "whole") return whole.map((addr) => [{ addr: addr + lane, lenBytes: stream.bufferBytes }]);
    const heads = buffers(header);
    return whole.map((addr, index) => [
      { addr: heads[index] ?? 0n, lenBytes: header },
      { addr: addr + BigInt(header), lenBytes: stream.bufferBytes - header },
    ]);
  }
  const frames = buffers(header + stream.frameBytes);
  // The frame lies where it would lie behind an inline header.
  const frameSpan = (addr: bigint): Span => ({ addr: addr + lane + BigInt(header), lenBytes: stream.frameBytes });
  const inline = (addr: bigint): Span[] => [{ addr: addr + lane, lenBytes: header + stream.frameBytes }];
  switch (stream.tx) {
    case "inline":
      return frames.map(inline);
    case "separate":
    case "indirect": {
      const heads = buffers(header);
      return frames.map((addr, index) => [{ addr: heads[index] ?? 0n, lenBytes: header }, frameSpan(addr)]);
    }
    case "cut": {
      const first = buffers(header);
      const second = buffers(header);
      const half = header / 2;
      return frames.map((addr, index) => [
        { addr: first[index] ?? 0n, lenBytes: half },
        { addr: second[index] ?? 0n, lenBytes: header - half },
        frameSpan(addr),
      ]);
    }
    case "mixed": {
      const heads = buffers(header);
      const percent = stream.separatePercent;
      return frames.map((addr, index) =>
        // Spread evenly.
        Math.floor(((index + 1) * percent) / 100) > Math.floor((index * percent) / 100)
          ? [{ addr: heads[index] ?? 0n, lenBytes: header }, frameSpan(addr)]
          : inline(addr),
      );
    }
    case "copy": {
      // The driver has copied the first bytes of the frame behind the header; the rest stays where it is.
      const linear = buffers(header + stream.copyBytes);
      return frames.map((addr, index) => [
        { addr: linear[index] ?? 0n, lenBytes: header + stream.copyBytes },
        { addr: addr + lane + BigInt(header + stream.copyBytes), lenBytes: stream.frameBytes - stream.copyBytes },
      ]);
    }
  }
}

/** What one frame needs of the bus at least: the mean over all frames until the ring is where it was. */
export function boundOfChains(stream: Stream, chains: readonly (readonly Span[])[], busBytes: number): Bound {
  const perFrame = chainsPerFrame(stream);
  const isTx = stream.direction === "tx";
  const needs = Array.from({ length: chains.length }, (_, frame): FrameNeed => {
    const elements = Array.from(
      { length: perFrame },
      (_unused, part) => chains[(frame * perFrame + part) % chains.length] ?? [],
    ).flat();
    const spans = filledSpans(elements, stream.headerBytes + stream.frameBytes);
    return {
      reads: isTx ? spans : [],
      writes: isTx ? [] : spans,
      // The one that names a table counts.
      descriptors: elements.length + (isTx && stream.tx === "indirect" ? perFrame : 0),
      chains: perFrame,
    };
  });
  return meanBound(needs, busBytes);
}

/** The bound of a stream. */
export function boundOfStream(use: QueueUse, busBytes: number): Bound {
  return boundOfChains(use.stream, placeChains(use, new Arena()), busBytes);
}

/** Memory accesses that follow each other from one use of a ring place to the next: index, entry, descriptor, payload, used entry, used index. */
const RING_ACCESSES = 6;

/**
 * How fast a driver that waits for the used ring could be at best, over the bound: below 1 no device can reach the bound, because all chains
 * of the ring are on their way all the time. Counted without any cycle inside the device and without any time of the driver.
 */
export function ringHeadroom(
  use: QueueUse & { readonly queuePairs: number; readonly latency: number },
  busBytes: number,
): number {
  const framesOnTheWay = (use.queuePairs * chainCount(use)) / chainsPerFrame(use.stream);
  return (framesOnTheWay * boundOfStream(use, busBytes).cycles) / (RING_ACCESSES * use.latency);
}
