/**
 * What the driver model needs of the world: memory, registers, random numbers. Any simulation, or none, can stand behind them.
 *
 * @module
 */

/** How the device may touch a range of guest memory. */
export type DeviceAccess = "read" | "write" | "readwrite";

/** Guest memory as the driver uses it. Writes and permissions take effect in the order of the calls. */
export interface GuestMemory {
  /** Writes now; nothing to wait for. */
  write(addr: bigint, bytes: Uint8Array): void;
  read(addr: bigint, lenBytes: number): Promise<Uint8Array>;
  /** Allows the device to touch a range. An offer on top of another adds to it. */
  offer(addr: bigint, lenBytes: number, access: DeviceAccess): void;
  /** Takes the range back; the device must not touch it any more. */
  revoke(addr: bigint, lenBytes: number): void;
}

/** The device's registers. Writes take effect in order and before any later read. */
export interface DeviceRegisters {
  write(offset: number, value: number, sizeBytes: 1 | 2 | 4): void;
  read(offset: number, sizeBytes: 1 | 2 | 4): Promise<number>;
}

/** A seeded source of random numbers. */
export interface RandomSource {
  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number;
}
