/**
 * How long something takes, on a machine that may have other work: processor time of the processes that take part.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

/** What it took. */
export interface Timing {
  readonly cycles: number;
  readonly frames: number;
  /** Processor time of testbench and simulation together. */
  readonly cpuSeconds: number;
  /** That of the simulation alone; missing when both are one process. */
  readonly simulatorCpuSeconds?: number;
  readonly wallSeconds: number;
}

const CLOCK_TICKS_PER_SECOND = 100;

/** Processor time of the processes that this one has started and that still run. */
function childCpuSeconds(): number {
  const children = readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  const ticks = children.map((pid) => {
    // utime and stime are the 12th and 13th field behind the name in brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / CLOCK_TICKS_PER_SECOND;
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Measures what `work` takes. */
export async function timed(cycle: () => number, frames: number, work: () => Promise<void>): Promise<Timing> {
  const before = { cycle: cycle(), own: ownCpuSeconds(), child: childCpuSeconds(), wall: performance.now() };
  await work();
  const simulatorCpuSeconds = childCpuSeconds() - before.child;
  return {
    cycles: cycle() - before.cycle,
    frames,
    cpuSeconds: ownCpuSeconds() - before.own + simulatorCpuSeconds,
    simulatorCpuSeconds,
    wallSeconds: (performance.now() - before.wall) / 1000,
  };
}
