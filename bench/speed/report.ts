/**
 * Rates of the simulation and what is asked of them.
 *
 * @module
 */
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
  readonly missed: readonly string[];
}

const TITLES: Readonly<Record<SpeedKind, string>> = {
  raw: "simulation alone, no testbench in the loop",
  transaction: "TypeScript, transaction level",
  "per cycle": "TypeScript, every model cycle by cycle",
  cocotb: "cocotb, every model cycle by cycle",
};

const GOALS = { transactionOfRaw: 0.5, transactionTimesCocotb: 30, perCycleTimesCocotb: 1 } as const;

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
export function missedSpeedGoals(runs: readonly SpeedRun[]): string[] {
  const goals = [
    { kind: "transaction", of: "raw", least: GOALS.transactionOfRaw },
    { kind: "transaction", of: "cocotb", least: GOALS.transactionTimesCocotb },
    { kind: "per cycle", of: "cocotb", least: GOALS.perCycleTimesCocotb },
  ] as const;
  return goals.flatMap(({ kind, of, least }) => {
    const seen = times(runs, kind, of);
    if (seen === undefined) return [`speed, ${kind}: not compared with ${of}, which was not measured`];
    return seen >= least ? [] : [`speed, ${kind}: ${seen.toFixed(2)} times ${of}, required ${least}`];
  });
}

/** For the terminal, the report and the documentation. */
export function speedTable({ rows, scenario }: SpeedResults): Table {
  return {
    title:
      `speed of the simulation: ${scenario.data_w} bit, memory latency ${scenario.latency}, ${scenario.frames_each_way} frames of ` +
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
