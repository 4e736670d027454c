/**
 * What the bus layer offers to the layers above: guest memory, registers, frames, interrupts.
 *
 * Cycles are plain numbers (exact to 2^53); addresses are bigint. Calls that return nothing are *posted*: they take effect in
 * the order of the calls, at the current cycle, before anything that is read later.
 *
 * @module
 */
import type { Pause } from "../core/index.ts";

/** How the device may touch a range of guest memory. */
export type DeviceAccess = "read" | "write" | "readwrite";

/** Behaviour of the memory behind the AXI master. What is left out keeps its default: latency 1, no pauses, no limits, in order. */
export interface MemoryConfig {
  readonly seed?: number;
  /** Cycles from an accepted read address to the first beat, at least 1: a number, or a range to choose from. */
  readonly readLatency?: number | readonly [min: number, max: number];
  /** Cycles from the last write beat to the response, at least 1. */
  readonly writeLatency?: number | readonly [min: number, max: number];
  /** Bursts accepted and not yet answered; 0 is unlimited. */
  readonly maxReads?: number;
  readonly maxWrites?: number;
  /** Answers of different IDs may overtake each other. */
  readonly reorder?: boolean;
  readonly pauseAr?: Pause;
  readonly pauseR?: Pause;
  readonly pauseAw?: Pause;
  readonly pauseW?: Pause;
  readonly pauseB?: Pause;
}

/** Counters of the memory model since the start or the last clear. */
export interface MemoryStatistics {
  readonly cycles: number;
  readonly readBursts: number;
  readonly writeBursts: number;
  readonly readBeats: number;
  readonly writeBeats: number;
  readonly writeResponses: number;
  /** Cycles with rvalid and without rready. */
  readonly readStallCycles: number;
  /** Cycles with an open write burst and without wvalid. */
  readonly writeIdleCycles: number;
  readonly readAddressWaitCycles: number;
  readonly writeAddressWaitCycles: number;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly outstandingReads: number;
  readonly outstandingWrites: number;
  readonly maxOutstandingReads: number;
  readonly maxOutstandingWrites: number;
  /** By AXI ID. */
  readonly perId: readonly {
    readonly readBursts: number;
    readonly readBeats: number;
    readonly writeBursts: number;
    readonly writeBeats: number;
  }[];
}

/** When a watch on a word of guest memory fires; looked at after each write (or read) of the device that touches the word. */
export type WatchCondition =
  | { readonly kind: "changed" }
  | { readonly kind: "equal"; readonly value: bigint }
  | { readonly kind: "notEqual"; readonly value: bigint }
  /** `word - value`, signed in the word's width, is not negative: for indices that wrap. */
  | { readonly kind: "reached"; readonly value: bigint }
  /** The device asks for it: a read address whose beats cover the word was accepted. */
  | { readonly kind: "read" };

/** A frame that came out of the device. */
export interface ReceivedFrame {
  /** Empty if the sink does not store bytes. */
  readonly data: Uint8Array;
  readonly lenBytes: number;
  /** `tdest`: the queue pair. */
  readonly dest: number;
  /** `tuser`: the 32 bytes beside the frame (the virtio header of a transmitted frame). */
  readonly header: Uint8Array;
  readonly firstCycle: number;
  readonly lastCycle: number;
  readonly beats: number;
}

/** A frame that went into the device completely. */
export interface SentFrame {
  readonly tag: number;
  readonly firstCycle: number;
  readonly lastCycle: number;
}

/** Options of {@link FrameSource.send}. */
export interface SendOptions {
  /** `tdest`: the receive queue pair. */
  readonly dest?: number;
  /** The MAC found the frame bad: `tuser` with the last beat. */
  readonly isBad?: boolean;
  /** The first beat is not sampled before this cycle. */
  readonly startCycle?: number;
}

/** An interrupt message. */
export interface InterruptRecord {
  readonly vector: number;
  readonly cycle: number;
}
