/**
 * Guest memory as an array, with the permission rules of the simulation: for tests without a simulator.
 *
 * @module
 */
import type { DeviceAccess, GuestMemory } from "../virtio/index.ts";
import type { DeviceMemory } from "./reference-device.ts";

/** The device touched memory nobody had offered. */
export class AccessError extends Error {
  readonly code = "ACCESS";
}

/** See the module text. */
export class ArrayMemory implements GuestMemory, DeviceMemory {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  /** Off: the device may touch anything. */
  isChecked = true;
  readonly #readOffers: Uint8Array;
  readonly #writeOffers: Uint8Array;

  constructor(base: bigint, lenBytes: number) {
    this.base = base;
    this.bytes = new Uint8Array(lenBytes);
    this.#readOffers = new Uint8Array(lenBytes);
    this.#writeOffers = new Uint8Array(lenBytes);
  }

  write(addr: bigint, bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at(addr, bytes.length));
  }

  read(addr: bigint, lenBytes: number): Promise<Uint8Array> {
    const at = this.#at(addr, lenBytes);
    return Promise.resolve(this.bytes.slice(at, at + lenBytes));
  }

  offer(addr: bigint, lenBytes: number, access: DeviceAccess): void {
    this.#count(addr, lenBytes, access, 1);
  }

  revoke(addr: bigint, lenBytes: number): void {
    const at = this.#at(addr, lenBytes);
    for (let i = at; i < at + lenBytes; i++) {
      const reads = this.#readOffers[i] ?? 0;
      const writes = this.#writeOffers[i] ?? 0;
      if (reads + writes === 0) throw new AccessError(`0x${(this.base + BigInt(i)).toString(16)} was not offered`);
      if (reads > 0) this.#readOffers[i] = reads - 1;
      if (writes > 0) this.#writeOffers[i] = writes - 1;
    }
  }

  deviceRead(addr: bigint, lenBytes: number): Uint8Array {
    const at = this.#at(addr, lenBytes);
    this.#check(at, lenBytes, this.#readOffers);
    return this.bytes.slice(at, at + lenBytes);
  }

  deviceWrite(addr: bigint, bytes: Uint8Array): void {
    const at = this.#at(addr, bytes.length);
    this.#check(at, bytes.length, this.#writeOffers);
    this.bytes.set(bytes, at);
  }

  #count(addr: bigint, lenBytes: number, access: DeviceAccess, step: number): void {
    const at = this.#at(addr, lenBytes);
    for (let i = at; i < at + lenBytes; i++) {
      if (access !== "write") this.#readOffers[i] = (this.#readOffers[i] ?? 0) + step;
      if (access !== "read") this.#writeOffers[i] = (this.#writeOffers[i] ?? 0) + step;
    }
  }

  #check(at: number, lenBytes: number, offers: Uint8Array): void {
    if (!this.isChecked) return;
    for (let i = at; i < at + lenBytes; i++) {
      if ((offers[i] ?? 0) === 0) {
        const kind = offers === this.#readOffers ? "read" : "write";
        throw new AccessError(`${kind} of 0x${(this.base + BigInt(i)).toString(16)}, which was not offered`);
      }
    }
  }

  #at(addr: bigint, lenBytes: number): number {
    const at = Number(addr - this.base);
    if (at < 0 || at + lenBytes > this.bytes.length) {
      throw new AccessError(`0x${addr.toString(16)} and ${lenBytes} bytes lie outside guest memory`);
    }
    return at;
  }
}
