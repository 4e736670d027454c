/**
 * The memory of a split virtqueue, and how the driver's side of the rings looks in it (virtio 1.4, Split Virtqueues).
 *
 * @module
 */
import type { ByteMap } from "./clients.ts";

/** Where the parts of a queue are, and how to read and write them as a driver. */
export class SplitQueue {
  readonly memory: ByteMap;
  readonly sizeLog2: number;
  readonly descAddr: bigint;
  readonly availAddr: bigint;
  readonly usedAddr: bigint;
  /** Number of chains made available, modulo 65536. */
  availIdx = 0;

  constructor(memory: ByteMap, base: bigint, sizeLog2: number) {
    this.memory = memory;
    this.sizeLog2 = sizeLog2;
    this.descAddr = base;
    // The least alignment that is allowed, so that offsets within a bus word are all met.
    this.availAddr = base + 16n * BigInt(this.size) + 2n;
    this.usedAddr = base + 0x20_0000n + 4n;
  }

  get size(): number {
    return 1 << this.sizeLog2;
  }

  /** What the driver writes into the context of the queue. */
  context(queue: number): Readonly<Record<string, bigint | number>> {
    return {
      ctx_wr: 1,
      ctx_queue: queue,
      ctx_desc_addr: this.descAddr,
      ctx_avail_addr: this.availAddr,
      ctx_used_addr: this.usedAddr,
      ctx_size_log2: this.sizeLog2,
    };
  }

  /** Makes chains available: entries first, then the index. Returns the index before. */
  publish(heads: readonly number[]): number {
    const before = this.availIdx;
    for (const head of heads) {
      this.memory.writeUint(this.availAddr + 4n + 2n * BigInt(this.availIdx % this.size), head, 2);
      this.availIdx = (this.availIdx + 1) % 65536;
    }
    this.memory.writeUint(this.availAddr + 2n, this.availIdx, 2);
    return before;
  }

  /** Sets the suppression word for interrupts: flags, or used_event. */
  suppress(value: number, isEventIdx: boolean): void {
    const offset = isEventIdx ? 4n + 2n * BigInt(this.size) : 0n;
    this.memory.writeUint(this.availAddr + offset, value, 2);
  }

  /** The event index of the device for kicks. */
  get availEvent(): number {
    return Number(this.memory.readUint(this.usedAddr + 4n + 8n * BigInt(this.size), 2));
  }

  /** Does the driver have to kick after the index went from `before` to the present one? */
  needsKick(before: number, isEventIdx: boolean): boolean {
    if (!isEventIdx) return (this.usedFlags & 1) === 0;
    const step = (this.availIdx - before + 65536) % 65536;
    return (this.availIdx - this.availEvent - 1 + 2 * 65536) % 65536 < step;
  }

  get usedFlags(): number {
    return Number(this.memory.readUint(this.usedAddr, 2));
  }

  get usedIdx(): number {
    return Number(this.memory.readUint(this.usedAddr + 2n, 2));
  }

  /** Entry `position` of the used ring. */
  usedEntry(position: number): { readonly head: number; readonly len: number } {
    const at = this.usedAddr + 4n + 8n * BigInt(position % this.size);
    return { head: Number(this.memory.readUint(at, 4)), len: Number(this.memory.readUint(at + 4n, 4)) };
  }
}
