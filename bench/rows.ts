/**
 * Results as they stand in `build/bench/bench.json`, and what is asked of them.
 *
 * @module
 */
import type { RowResult } from "./measure.ts";
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

/** Memory accesses that follow each other: index, entry, descriptor, payload, used entry, used index. */
const RING_ACCESSES = 6;

function rounded(value: number, digits = 4): number {
  return Number(value.toFixed(digits));
}

/** The lines of a measured row. */
export function linesOf({ spec, streams, bus }: RowResult): BenchLine[] {
  return streams.map((one, index) => {
    const stream = spec.streams[index];
    const other = streams[1 - index];
    const efficiency = one.efficiency;
    const required = spec.required ?? null;
    // Rounded to what the table shows, so that the verdict agrees with it.
    const isMet = required === null ? null : rounded(efficiency, 3) >= required;
    return {
      id: streams.length === 1 ? spec.id : `${spec.id}:${one.direction}`,
      group: spec.group,
      data_w: spec.dataWidth,
      direction: one.direction,
      layout: stream === undefined ? "" : layoutName(stream),
      frame_bytes: stream?.frameBytes ?? 0,
      mem_latency: spec.latency,
      queue_pairs: spec.queuePairs,
      queue_size: spec.queueSize,
      driver: spec.driver,
      chains: one.chains,
      frames: one.frames,
      cycles: one.cycles,
      bound_cycles: rounded(one.boundCyclesPerFrame * one.frames, 2),
      efficiency: rounded(efficiency),
      cycles_per_frame: rounded(one.cycles / one.frames),
      bound_per_frame: rounded(one.boundCyclesPerFrame),
      joint_limit: other === undefined ? null : rounded(jointLimit(one, other)),
      ring_limit:
        spec.driver === "open"
          ? null
          : rounded(
              Math.min(
                1,
                (one.boundCyclesPerFrame * one.chains) /
                  (RING_ACCESSES * spec.latency * Math.max(1, stream === undefined ? 1 : chainsPerFrame(stream))),
              ),
            ),
      required,
      is_met: isMet,
      read_beats: rounded(bus.readBeats),
      write_beats: rounded(bus.writeBeats),
      read_beats_by_id: bus.readBeatsById.map((beats) => rounded(beats)),
    };
  });
}

function chainsPerFrame(stream: NonNullable<RowResult["spec"]["streams"][number]>): number {
  return stream.direction === "tx" ? 1 : Math.ceil((stream.headerBytes + stream.frameBytes) / stream.bufferBytes);
}

/**
 * The largest efficiency of `one` that leaves room on the shared channels for `other` at the same efficiency: with both at e times
 * their own bound, the busier channel is full.
 */
function jointLimit(one: RowResult["streams"][number], other: RowResult["streams"][number]): number {
  const load = (pick: (stream: RowResult["streams"][number]) => number): number =>
    pick(one) / one.boundCyclesPerFrame + pick(other) / other.boundCyclesPerFrame;
  return (
    1 /
    Math.max(
      load((stream) => stream.readBeatsBound),
      load((stream) => stream.writeBeatsBound),
    )
  );
}

/** What is wrong with the lines, in words: rows that miss their goal, and an uneven sweep over the offsets. */
export function missedGoals(lines: readonly BenchLine[]): string[] {
  const missed = lines
    .filter((line) => line.is_met === false)
    .map((line) => {
      const joint =
        line.joint_limit === null ? "" : `; both directions together can reach ${line.joint_limit.toFixed(3)}`;
      return `${line.id}: efficiency ${line.efficiency.toFixed(3)}, required ${(line.required ?? 0).toFixed(2)}${joint}`;
    });
  const sweep = lines.filter((line) => line.group === GROUPS.offset);
  const mean = sweep.reduce((sum, line) => sum + line.efficiency, 0) / Math.max(1, sweep.length);
  for (const line of sweep) {
    if (line.efficiency < 0.9 * mean) {
      missed.push(
        `${line.id}: efficiency ${line.efficiency.toFixed(3)}, more than 10 % below the mean ${mean.toFixed(3)}`,
      );
    }
  }
  return missed;
}

/** Lines that are impossible: nothing is faster than the bus. */
export function impossibleLines(lines: readonly BenchLine[]): string[] {
  // A window of whole frames may be a fraction of a batch too short.
  return lines
    .filter((line) => line.efficiency > 1.003)
    .map((line) => `${line.id}: efficiency ${line.efficiency.toFixed(3)} is above 1: the bound is wrong`);
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
      const joint = line.joint_limit === null ? "" : ` (together at most ${line.joint_limit.toFixed(3)})`;
      out.push(
        `  ${String(line.data_w).padStart(4)} ${line.direction}  ${line.layout.padEnd(26)} ${String(line.frame_bytes).padStart(5)} ` +
          `${String(line.mem_latency).padStart(7)} ${String(line.queue_size).padStart(4)}  ${line.driver.padEnd(6)} ` +
          `${line.cycles_per_frame.toFixed(3).padStart(13)} ${line.bound_per_frame.toFixed(3).padStart(8)}  ` +
          `${line.efficiency.toFixed(3)}  ${goal}${joint}${limit}`,
      );
    }
  }
  return out.join("\n");
}
