/**
 * What one case of the fuzzer is: memory, offers, and a list of steps. Made by generate.ts, played by player.ts, judged by judge.ts.
 *
 * @module
 */
import type { DeviceAccess, MemoryConfig, RegisterBusConfig } from "../src/bus/index.ts";
import type { Pause } from "../src/core/index.ts";

/** A range of guest memory; all of it lies below 2^32, and numbers are faster than bigints. */
export interface Range {
  readonly addr: number;
  readonly lenBytes: number;
}

/**
 * Guest memory of a case. Descriptors, available rings and buffers to send are only readable for the device, buffers to receive into
 * only writable. What lies beside is not there: an access to it is answered DECERR, and ends the run unless a descriptor names it.
 */
export const MAP = {
  /** Descriptor tables of the queues, one KiB each, then indirect tables. */
  desc: { addr: 0x2000, lenBytes: 0x1000 },
  tables: { addr: 0x3000, lenBytes: 0x1000 },
  avail: { addr: 0x4000, lenBytes: 0x1000 },
  used: { addr: 0x5000, lenBytes: 0x1000 },
  sources: { addr: 0x6000, lenBytes: 0x3000 },
  targets: { addr: 0x9000, lenBytes: 0x3000 },
} as const satisfies Record<string, Range>;

/** All guest memory there is. */
export const MEMORY: Range = { addr: 0x2000, lenBytes: 0xa000 };

/** What the driver fills at the start of a case: all but the receive buffers, which are zero. */
export const IMAGE: Range = { addr: 0x2000, lenBytes: 0x7000 };

/** Parameters of the builds the fuzzer runs: small, so that limits are near and cycles are cheap. */
export const FUZZ_BUILDS = {
  narrow: { DATA_W: 64, QUEUE_PAIRS: 1 },
  pairs: { DATA_W: 128, QUEUE_PAIRS: 2 },
  wide: { DATA_W: 512, QUEUE_PAIRS: 1 },
} as const;
export const SMALL = {
  QUEUE_SIZE_MAX: 16,
  CHAIN_MAX: 16,
  FRAME_MAX: 2048,
  CHAIN_SLOTS: 16,
  SLOT_RECORDS: 4,
  DESC_CACHE_LINES: 16,
  RD_OUTSTANDING: 16,
  RD_BUF_BEATS: 64,
  WR_OUTSTANDING: 8,
} as const;

/** The name of a build of the fuzzer. */
export type FuzzBuild = keyof typeof FUZZ_BUILDS;

/**
 * The kinds of cases: `rings`: hostile rings behind correct registers, the outcome is known exactly; `faults`: the same with bus errors,
 * queue resets and descriptors that change under the device; `registers`: any register access in any order;
 * `wild`: the same with random memory, no address is sacred.
 */
export type Profile = "rings" | "faults" | "registers" | "wild";

/** One thing the hostile driver does. */
export type Step =
  | { readonly kind: "write"; readonly offset: number; readonly word: number; readonly strobe: number }
  | { readonly kind: "read"; readonly offset: number }
  /** Let time pass. */
  | { readonly kind: "run"; readonly cycles: number }
  /** Let time pass until all register accesses have been answered. */
  | { readonly kind: "accesses" }
  | { readonly kind: "memory"; readonly addr: number; readonly bytes: Uint8Array }
  | { readonly kind: "frame"; readonly bytes: Uint8Array; readonly dest: number; readonly isBad: boolean }
  | { readonly kind: "signal"; readonly name: "cfg_link_up" | "cfg_msix_enable"; readonly value: 0 | 1 }
  /** Waits for the end of a queue reset, then takes the memory of the queue back and offers it again. */
  | { readonly kind: "queueReset"; readonly virtqueue: number };

/** A queue as the driver set it up. */
export interface QueuePlan {
  readonly virtqueue: number;
  readonly size: number;
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
  /** What the driver makes available, in order. */
  readonly heads: readonly number[];
  /** The available index it publishes; more than there are heads is a jump. */
  readonly availIdx: number;
}

/** An error response of the memory. */
export interface BusFault extends Range {
  readonly on: DeviceAccess;
  readonly response: "SLVERR" | "DECERR";
  readonly count: number;
}

/** A frame out of the device. */
export interface ExpectedFrame {
  readonly dest: number;
  readonly data: Uint8Array;
  readonly header: Uint8Array;
}

/** A used entry. */
export interface UsedEntry {
  readonly head: number;
  readonly lenBytes: number;
}

/** What the device has to do, if it can be known. */
export interface Expectation {
  /** Not exact: the device may do less than this, and nothing else. */
  readonly isExact: boolean;
  readonly frames: readonly ExpectedFrame[];
  /** By virtqueue. Chains without frame may come back later than these. */
  readonly used: readonly (readonly UsedEntry[])[];
  /** The receive buffers afterwards. */
  readonly targets: Uint8Array;
  /** The device has to stop a queue and ask for a reset. */
  readonly isStop: boolean;
}

/** One case. */
export interface FuzzCase {
  readonly index: number;
  readonly profile: Profile;
  /** Payload bytes are 0x80 and up, with this in bits 6:4: another colour comes from another case. */
  readonly colour: number;
  readonly features: bigint;
  readonly queues: readonly QueuePlan[];
  readonly image: Uint8Array;
  readonly offers: readonly (Range & { readonly access: DeviceAccess })[];
  readonly isMemoryChecked: boolean;
  readonly memory: MemoryConfig;
  readonly registers: RegisterBusConfig;
  readonly sinkPause: Pause;
  readonly sourcePause: Pause;
  readonly irqPause: Pause;
  readonly faults: readonly BusFault[];
  readonly steps: readonly Step[];
  /** Wait until everything has come, or the device asks for a reset; otherwise reset it without waiting for anything. */
  readonly isSettled: boolean;
  readonly expected: Expectation | undefined;
  /** The case ends with the reset of the board, not with one of the driver. */
  readonly isHardReset: boolean;
}

/** Where a range of guest memory lies in the image. */
export function imageOffset(addr: number): number {
  return addr - IMAGE.addr;
}

/** True when the number is in the range. */
export function contains(range: Range, addr: number): boolean {
  return addr >= range.addr && addr < range.addr + range.lenBytes;
}
