/**
 * Rates of the simulation and what is asked of them.
 *
 * @module
 */
import type { Miss } from "../rows.ts";
import type { Table } from "../thread.ts";
import type { Scenario } from "./scenario.ts";
import type { Timing } from "./timing.ts";

/** Ways to run the scenario. */
export type SpeedKind = "raw" | "transaction" | "per cycle" | "cocotb";

/** One way, measured. */
export interface SpeedRun {
  readonly kind: SpeedKind;
  readonly timing: Timing;
}

/** One row of `build/bench/sim-speed.json`. */
export interface SpeedRow extends Timing {
  readonly kind: SpeedKind;
  /** By processor time of all processes that take part; without a testbench that of the simulator. */
  readonly cyclesPerSecond: number;
  readonly framesPerSecond: number;
  /** Part of the speed without a testbench. */
  readonly ofRaw: number | null;
  /** Times the speed of cocotb. */
  readonly timesCocotb: number | null;
}

/** What `build/bench/sim-speed.json` holds. */
export interface SpeedResults {
  readonly scenario: Scenario;
  readonly rows: readonly SpeedRow[];
  readonly missed: readonly Miss[];
}

const TITLES: Readonly<Record<SpeedKind, string>> = {
  raw: "simulation alone, no testbench in the loop",
  transaction: "TypeScript, transaction level",
  "per cycle": "TypeScript, every model cycle by cycle",
  cocotb: "cocotb, every model cycle by cycle",
};

const GOALS = [
  { kind: "transaction", of: "raw", least: 0.5 },
  { kind: "transaction", of: "cocotb", least: 30 },
  { kind: "per cycle", of: "cocotb", least: 1 },
] as const;

/** The goals by name. */
export const SPEED_GOAL_IDS: readonly string[] = GOALS.map(({ kind, of }) => `speed/${kind}/${of}`);

function seconds({ kind, timing }: SpeedRun): number {
  return kind === "raw" ? (timing.simulatorCpuSeconds ?? timing.cpuSeconds) : timing.cpuSeconds;
}

function rate(run: SpeedRun): number {
  return run.timing.cycles / seconds(run);
}

function times(runs: readonly SpeedRun[], kind: SpeedKind, of: SpeedKind): number | undefined {
  const [one, other] = [kind, of].map((wanted) => runs.find((run) => run.kind === wanted));
  return one === undefined || other === undefined ? undefined : rate(one) / rate(other);
}

/** The row of a run among all of them. */
export function ratesOf(runs: readonly SpeedRun[]): (run: SpeedRun) => SpeedRow {
  return (run) => ({
    kind: run.kind,
    ...run.timing,
    cyclesPerSecond: Math.round(rate(run)),
    framesPerSecond: Math.round(run.timing.frames / seconds(run)),
    ofRaw: times(runs, run.kind, "raw") ?? null,
    timesCocotb: times(runs, run.kind, "cocotb") ?? null,
  });
}

/** Goals that are missed; what was not measured cannot meet its goal. */
export function missedSpeedGoals(runs: readonly SpeedRun[]): Miss[] {
  return GOALS.flatMap(({ kind, of, least }) => {
    const seen = times(runs, kind, of);
    const id = `speed/${kind}/${of}`;
    if (seen === undefined) return [{ id, text: `not compared with ${of}, which was not measured` }];
    return seen >= least ? [] : [{ id, text: `${seen.toFixed(2)} times ${of}, required ${least}` }];
  });
}

/** For the terminal, the report and the documentation. */
export function speedTable({ rows, scenario }: SpeedResults): Table {
  return {
    title:
      `speed of the simulation: configuration small, ${scenario.parameters.DATA_W} bit, memory latency ${scenario.latency}, ${scenario.frames_each_way} frames of ` +
      `${scenario.frame_bytes.join(", ")} bytes each way; processor time of all processes that take part`,
    columns: ["", "cycles/s", "frames/s", "of raw", "times cocotb", "cycles", "CPU s", "wall s"],
    rows: rows.map((row) => [
      TITLES[row.kind],
      row.cyclesPerSecond,
      row.framesPerSecond,
      row.ofRaw?.toFixed(2) ?? "",
      row.timesCocotb?.toFixed(1) ?? "",
      row.cycles,
      row.cpuSeconds.toFixed(2),
      row.wallSeconds.toFixed(2),
    ]),
  };
}
