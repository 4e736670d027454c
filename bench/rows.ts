/**
 * Results as they stand in `build/bench/bench.json`, and what is asked of them.
 *
 * @module
 */
import type { RowSpec, Stream } from "./config.ts";
import { ringHeadroom } from "./layout.ts";
import type { RowResult, StreamResult } from "./measure.ts";
import { GROUPS, layoutName } from "./scenarios.ts";

/** One line of the bench. A row with two directions gives two lines. */
export interface BenchLine {
  readonly id: string;
  readonly group: string;
  readonly data_w: number;
  readonly direction: "tx" | "rx";
  readonly layout: string;
  readonly frame_bytes: number;
  readonly mem_latency: number;
  readonly queue_pairs: number;
  readonly queue_size: number;
  readonly driver: "open" | "closed";
  /** Chains in the ring. */
  readonly chains: number;
  readonly frames: number;
  /** Cycles for all of these frames, measured. */
  readonly cycles: number;
  /** Cycles for all of these frames, at least. */
  readonly bound_cycles: number;
  readonly efficiency: number;
  readonly cycles_per_frame: number;
  readonly bound_per_frame: number;
  /** The best efficiency of this direction beside the other one, which shares the channels; null with one direction. */
  readonly joint_limit: number | null;
  /** Efficiency at which a ring of this size is used up, with six memory accesses from index to used index; null with the driver open. */
  readonly ring_limit: number | null;
  readonly required: number | null;
  readonly is_met: boolean | null;
  /** Beats of the whole device per frame of the first direction. */
  readonly read_beats: number;
  readonly write_beats: number;
  readonly read_beats_by_id: readonly number[];
}

function rounded(value: number, digits = 4): number {
  return Number(value.toFixed(digits));
}

/** The lines of a measured row. */
export function linesOf(spec: RowSpec, { streams, bus }: RowResult): BenchLine[] {
  return spec.streams.flatMap((stream, index): BenchLine[] => {
    const one = streams[index];
    const other = streams[1 - index];
    if (one === undefined) return [];
    const required = spec.required ?? null;
    return [
      {
        id: streams.length === 1 ? spec.id : `${spec.id}:${one.direction}`,
        group: spec.group,
        data_w: spec.dataWidth,
        direction: one.direction,
        layout: layoutName(stream),
        frame_bytes: stream.frameBytes,
        mem_latency: spec.latency,
        queue_pairs: spec.queuePairs,
        queue_size: spec.queueSize,
        driver: spec.driver,
        chains: one.chains,
        frames: one.frames,
        cycles: one.cycles,
        bound_cycles: rounded(one.boundCyclesPerFrame * one.frames, 2),
        efficiency: rounded(one.efficiency),
        cycles_per_frame: rounded(one.cycles / one.frames),
        bound_per_frame: rounded(one.boundCyclesPerFrame),
        joint_limit: other === undefined ? null : rounded(jointLimit(one, other)),
        ring_limit: spec.driver === "open" ? null : rounded(ringLimit(spec, stream)),
        required,
        is_met: required === null ? null : one.efficiency >= required,
        read_beats: rounded(bus.readBeats),
        write_beats: rounded(bus.writeBeats),
        read_beats_by_id: bus.readBeatsById.map((beats) => rounded(beats)),
      },
    ];
  });
}

function ringLimit({ dataWidth, queuePairs, queueSize, driver, latency }: RowSpec, stream: Stream): number {
  return Math.min(1, ringHeadroom({ stream, queueSize, driver, queuePairs, latency }, dataWidth / 8));
}

/**
 * The largest efficiency of `one` that leaves room on the shared channels for `other` at the same efficiency: with both at e times
 * their own bound, the busier channel is full.
 */
function jointLimit(one: StreamResult, other: StreamResult): number {
  const load = (pick: (stream: StreamResult) => number): number =>
    pick(one) / one.boundCyclesPerFrame + pick(other) / other.boundCyclesPerFrame;
  return (
    1 /
    Math.max(
      load((stream) => stream.readBeatsBound),
      load((stream) => stream.writeBeatsBound),
    )
  );
}

/** A goal that is known to be missed, and why; `bench/known-misses.json` lists them. */
export interface KnownMiss {
  readonly id: string;
  readonly cause: string;
}

/** Goals missed, in words: those with a known cause, and all others. */
export interface Verdict {
  readonly known: readonly string[];
  readonly missed: readonly string[];
}

/** No offset of the sweep may be further below the mean. */
const SWEEP_TOLERANCE = 0.1;

/** A goal that is missed. */
export interface Miss {
  readonly id: string;
  readonly text: string;
}

/** Compares the lines with their goals: each line by itself, and the sweep over the offsets for evenness. */
export function missedGoals(lines: readonly BenchLine[]): Miss[] {
  const judged = lines.filter((line) => line.required !== null);
  const misses = judged
    .filter((line) => line.is_met !== true)
    .map(({ id, efficiency, required, joint_limit: joint }) => ({
      id,
      text:
        `efficiency ${efficiency.toFixed(3)}, required ${(required ?? 0).toFixed(2)}` +
        (joint === null ? "" : `; both directions together can reach ${joint.toFixed(3)}`),
    }));
  const sweep = judged.filter((line) => line.group === GROUPS.offset);
  const mean = sweep.reduce((sum, line) => sum + line.efficiency, 0) / Math.max(1, sweep.length);
  const uneven = sweep
    .filter(({ efficiency }) => efficiency < (1 - SWEEP_TOLERANCE) * mean)
    .map(({ id, efficiency }) => ({
      id,
      text: `efficiency ${efficiency.toFixed(3)}, more than ${100 * SWEEP_TOLERANCE} % below the mean ${mean.toFixed(3)}`,
    }));
  return [...misses, ...uneven];
}

/** Tells known misses from others. `measured`: everything that could have missed a goal. */
export function judge(misses: readonly Miss[], known: readonly KnownMiss[], measured: ReadonlySet<string>): Verdict {
  const causes = new Map(known.map(({ id, cause }) => [id, cause]));
  const missedIds = new Set(misses.map(({ id }) => id));
  return {
    known: misses.flatMap(({ id, text }) => {
      const cause = causes.get(id);
      return cause === undefined ? [] : [`${id}: ${text}. ${cause}`];
    }),
    missed: [
      ...misses.filter(({ id }) => !causes.has(id)).map(({ id, text }) => `${id}: ${text}`),
      ...[...causes.keys()]
        .filter((id) => measured.has(id) && !missedIds.has(id))
        .map((id) => `${id}: listed as a known miss, but it meets its goal: take it off the list`),
    ],
  };
}

/** Half of what the count can be wrong at most (see the window in `measure.ts`); a wrong bound is wrong by a beat, which is more. */
const COUNTING_ERROR = 0.005;

/** Lines that are impossible: nothing is faster than the bus. */
export function impossibleLines(lines: readonly BenchLine[]): string[] {
  return lines
    .filter((line) => line.efficiency > 1 + COUNTING_ERROR)
    .map((line) => `${line.id}: efficiency ${line.efficiency.toFixed(4)} is above 1: the bound is wrong`);
}

/** Lines that are lower than recorded by more than a part of the record, and lines without a record. */
export function drops(
  lines: readonly BenchLine[],
  recorded: Readonly<Record<string, number>>,
  allowed: number,
): string[] {
  return lines.flatMap(({ id, efficiency }) => {
    const before = recorded[id];
    if (before === undefined) return [`${id}: no record of it`];
    if (efficiency >= before * (1 - allowed)) return [];
    return [`${id}: efficiency ${efficiency.toFixed(3)}, recorded ${before.toFixed(3)}`];
  });
}

/** The table that `make bench` prints. */
export function textTable(lines: readonly BenchLine[]): string {
  const out: string[] = [];
  for (const group of new Set(lines.map((line) => line.group))) {
    out.push("", group);
    out.push("  bits dir layout                     bytes latency ring  driver  cycles/frame    bound    eff  goal");
    for (const line of lines.filter((one) => one.group === group)) {
      const goal =
        line.required === null ? "" : `${line.required.toFixed(2)} ${line.is_met === true ? "met" : "MISSED"}`;
      const limit = line.ring_limit === null ? "" : `ring allows ${line.ring_limit.toFixed(3)}`;
      const joint = line.joint_limit === null ? "" : `together at most ${line.joint_limit.toFixed(3)}`;
      out.push(
        `  ${String(line.data_w).padStart(4)} ${line.direction}  ${line.layout.padEnd(26)} ${String(line.frame_bytes).padStart(5)} ` +
          `${String(line.mem_latency).padStart(7)} ${String(line.queue_size).padStart(4)}  ${line.driver.padEnd(6)} ` +
          `${line.cycles_per_frame.toFixed(3).padStart(13)} ${line.bound_per_frame.toFixed(3).padStart(8)}  ` +
          [line.efficiency.toFixed(3), goal.padEnd(11), joint, limit].join("  ").trimEnd(),
      );
    }
  }
  return out.join("\n");
}
