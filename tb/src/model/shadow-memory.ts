/**
 * Guest memory with a memory of its own: knows every byte the driver wrote or accepted, and finds any other change.
 *
 * The driver writes buffers and rings, and reads only what the device has written for it. So a byte that is neither what the
 * driver wrote last nor what it has read since was changed by a device that had no right to.
 *
 * @module
 */
import type { DeviceAccess, GuestMemory } from "../virtio/index.ts";
import { describeDifference, firstDifference } from "./hexdump.ts";

/** A range of guest memory. */
export interface MemoryRange {
  readonly addr: bigint;
  readonly lenBytes: number;
}

/** Bytes read at a time. */
const BLOCK_BYTES = 1 << 20;

/** See the module text. Covers one arena; accesses outside go through unseen. */
export class ShadowMemory implements GuestMemory {
  readonly arena: MemoryRange;
  readonly #memory: GuestMemory;
  readonly #bytes: Uint8Array;
  #touchedBytes = 0;

  /** The arena must be zero, as it is after {@link clear} or in fresh memory. */
  constructor(memory: GuestMemory, arena: MemoryRange) {
    this.#memory = memory;
    this.arena = arena;
    this.#bytes = new Uint8Array(arena.lenBytes);
  }

  write(addr: bigint, bytes: Uint8Array): void {
    this.#note(addr, bytes);
    this.#memory.write(addr, bytes);
  }

  async read(addr: bigint, lenBytes: number): Promise<Uint8Array> {
    const bytes = await this.#memory.read(addr, lenBytes);
    this.#note(addr, bytes);
    return bytes;
  }

  offer(addr: bigint, lenBytes: number, access: DeviceAccess): void {
    this.#memory.offer(addr, lenBytes, access);
  }

  revoke(addr: bigint, lenBytes: number): void {
    this.#memory.revoke(addr, lenBytes);
  }

  /** Forgets all and writes zeros to what was touched and to the first `upTo` bytes, for a new driver on the same simulation. */
  clear(upTo = 0): void {
    this.#touchedBytes = Math.max(this.#touchedBytes, Math.min(upTo, this.arena.lenBytes));
    for (let at = 0; at < this.#touchedBytes; at += BLOCK_BYTES) {
      const lenBytes = Math.min(BLOCK_BYTES, this.#touchedBytes - at);
      this.#memory.write(this.arena.addr + BigInt(at), new Uint8Array(lenBytes));
    }
    this.#bytes.fill(0, 0, this.#touchedBytes);
    this.#touchedBytes = 0;
  }

  /**
   * Compares guest memory with what it should be. Returns one text per range that differs.
   *
   * @param upTo - bytes of the arena to look at, from its start
   * @param except - ranges the device may change at any time: used rings, buffers it has not returned
   */
  async audit(upTo: number, except: readonly MemoryRange[] = []): Promise<string[]> {
    const end = Math.min(upTo, this.arena.lenBytes);
    const problems: string[] = [];
    const seen = new Uint8Array(end);
    for (let at = 0; at < end; at += BLOCK_BYTES) {
      const lenBytes = Math.min(BLOCK_BYTES, end - at);
      seen.set(await this.#memory.read(this.arena.addr + BigInt(at), lenBytes), at);
    }
    for (const range of except) {
      const at = Number(range.addr - this.arena.addr);
      seen.set(this.#bytes.subarray(at, Math.min(end, at + range.lenBytes)), at);
    }
    const expected = this.#bytes.subarray(0, end);
    let from = 0;
    while (from < end && problems.length < 8) {
      const step = firstDifference(expected.subarray(from), seen.subarray(from));
      if (step < 0) break;
      const at = from + step;
      const rowEnd = Math.min(end, at + 16);
      const addr = (this.arena.addr + BigInt(at)).toString(16);
      problems.push(
        `guest memory at 0x${addr} was changed\n` +
          describeDifference(expected.slice(at, rowEnd), seen.slice(at, rowEnd)),
      );
      from = rowEnd;
    }
    this.#touchedBytes = Math.max(this.#touchedBytes, end);
    return problems;
  }

  #note(addr: bigint, bytes: Uint8Array): void {
    const at = Number(addr - this.arena.addr);
    if (at < 0 || at + bytes.length > this.arena.lenBytes) return;
    this.#bytes.set(bytes, at);
    this.#touchedBytes = Math.max(this.#touchedBytes, at + bytes.length);
  }
}
