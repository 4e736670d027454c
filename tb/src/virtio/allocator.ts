/**
 * Hands out guest memory with a guard zone on both sides of every piece.
 *
 * Slots have power-of-two sizes and are recycled, so the memory in use stays small and every allocation is a few operations.
 * The guard is as wide as the widest bus, so that two pieces never share a bus word: a device that reads whole words never
 * sees bytes of a neighbour, and a device that writes one byte too much hits a guard.
 *
 * @module
 */
import type { RandomSource } from "./ports.ts";

/** Bytes of guard before and behind each piece; also the alignment of slots. */
export const GUARD_BYTES = 64;

/** No room left, or a piece freed twice. */
export class AllocatorError extends Error {
  readonly code = "ALLOCATOR";
}

/** A piece of guest memory. */
export interface Region {
  readonly addr: bigint;
  readonly lenBytes: number;
  /** The whole slot, guards included: offset from the base, and length. */
  readonly slotAt: number;
  readonly slotBytes: number;
}

/** Options of {@link GuardedAllocator}. */
export interface AllocatorOptions {
  readonly base: bigint;
  readonly lenBytes: number;
  /** Given: freed slots are handed out again in random order, so that addresses jump about. */
  readonly random?: RandomSource;
}

/** See the module text. */
export class GuardedAllocator {
  readonly base: bigint;
  readonly lenBytes: number;
  /** Enough of the base to know its alignment. */
  readonly #baseLow: number;
  readonly #random: RandomSource | undefined;
  readonly #freeSlots = new Map<number, number[]>();
  readonly #used = new Set<number>();
  /** Offset of the first byte that no slot has. Offsets are numbers: much faster than bigints. */
  #next = 0;

  constructor(options: AllocatorOptions) {
    if (options.base % BigInt(GUARD_BYTES) !== 0n) {
      throw new AllocatorError(`base 0x${options.base.toString(16)} is not a multiple of ${GUARD_BYTES}`);
    }
    this.base = options.base;
    this.#baseLow = Number(BigInt.asUintN(32, options.base));
    this.lenBytes = options.lenBytes;
    this.#random = options.random;
  }

  /** Bytes from the base that have been in use at some time. */
  get touchedBytes(): number {
    return this.#next;
  }

  /** Number of pieces in use. */
  get used(): number {
    return this.#used.size;
  }

  /**
   * Allocates `lenBytes` bytes at an address that is `lane` modulo `alignBytes`.
   *
   * @param alignBytes - a power of two, 64 if not given
   */
  allocate(lenBytes: number, place: { readonly lane?: number; readonly alignBytes?: number } = {}): Region {
    const alignBytes = Math.max(place.alignBytes ?? GUARD_BYTES, GUARD_BYTES);
    const lane = place.lane ?? 0;
    let slotBytes = 256;
    while (slotBytes < lenBytes + lane + 2 * GUARD_BYTES + (alignBytes - GUARD_BYTES)) slotBytes *= 2;
    const slotAt = this.#takeSlot(slotBytes);
    const beyond = this.#baseLow % alignBytes;
    const first = alignBytes * Math.ceil((beyond + slotAt + GUARD_BYTES) / alignBytes) - beyond;
    const region = { addr: this.base + BigInt(first + lane), lenBytes, slotAt, slotBytes };
    this.#used.add(slotAt);
    return region;
  }

  /** Gives a piece back. */
  free(region: Region): void {
    if (!this.#used.delete(region.slotAt)) {
      throw new AllocatorError(`piece at 0x${region.addr.toString(16)} is not in use`);
    }
    this.#listOf(region.slotBytes).push(region.slotAt);
  }

  #takeSlot(slotBytes: number): number {
    const list = this.#listOf(slotBytes);
    if (this.#random !== undefined && list.length > 1) {
      const pick = this.#random.below(list.length);
      const last = list.length - 1;
      [list[pick], list[last]] = [list[last] ?? 0, list[pick] ?? 0];
    }
    const slot = list.pop();
    if (slot !== undefined) return slot;
    const fresh = this.#next;
    this.#next += slotBytes;
    if (this.#next > this.lenBytes) {
      throw new AllocatorError(`out of guest memory: ${this.lenBytes} bytes at 0x${this.base.toString(16)}`);
    }
    return fresh;
  }

  #listOf(slotBytes: number): number[] {
    let list = this.#freeSlots.get(slotBytes);
    if (list === undefined) {
      list = [];
      this.#freeSlots.set(slotBytes, list);
    }
    return list;
  }
}
