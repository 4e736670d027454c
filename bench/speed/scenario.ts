/**
 * The scenario that all testbenches run: frames out and frames in at the same time, header inline, one queue pair, a driver that keeps the
 * rings full and checks every byte. `scenario.json` is read by the Python testbench too.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** What `scenario.json` says. */
export interface Scenario {
  /** The device: the configuration `small`, with a limit for the size of queues that is large enough for the simulation alone. */
  readonly parameters: Readonly<Record<string, number>> & { readonly DATA_W: number };
  readonly latency: number;
  /** Lengths of the frames, one after the other, again and again. */
  readonly frame_bytes: readonly number[];
  readonly frames_each_way: number;
  readonly rx_buffer_bytes: number;
}

export const SCENARIO = JSON.parse(readFileSync(new URL("scenario.json", import.meta.url), "utf8")) as Scenario; // committed beside this file

/** The driver looks at its rings every so many cycles. */
export const LOOK_CYCLES = 4000;

/** The n-th frame of one direction: bytes by a rule that any language knows. */
export function frameOf(n: number, direction: "tx" | "rx"): Uint8Array {
  const { frame_bytes: lengths } = SCENARIO;
  const salt = direction === "tx" ? 0 : 128;
  return Uint8Array.from(
    { length: lengths[n % lengths.length] ?? 64 },
    (_, i) => (31 * n + 7 * i + (i >> 8) + salt) & 0xff,
  );
}
