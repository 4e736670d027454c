/**
 * How fast the simulation is: the same scenario without a testbench, at transaction level, cycle by cycle, and with cocotb.
 *
 *   node --import=tsx bench/speed/main.ts        also the last part of `make bench`
 *
 * COCOTB=0 of the environment leaves cocotb out (it needs root, for a Debian testing root of its own).
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { BenchError } from "../error.ts";
import { markdownTable } from "../report.ts";
import { perCycle } from "./per-cycle.ts";
import { missedSpeedGoals, ratesOf, speedTable } from "./report.ts";
import type { SpeedResults, SpeedRun } from "./report.ts";
import { SCENARIO } from "./scenario.ts";
import type { Timing } from "./timing.ts";
import { simulationAlone, transactionLevel } from "./transaction.ts";

const OUT = "build/bench";
const ROOT = "scripts/testing-root.sh";

/** The best of so many: other work on the machine can only make it slower, and JavaScript is compiled while it runs. */
const REPEAT = 8;
/** The same for those that take ten times as long. */
const REPEAT_SLOW = 2;

async function best(measure: () => Timing | Promise<Timing>, repeat: number): Promise<Timing> {
  const runs: Timing[] = [];
  for (let n = 0; n < repeat; n++) runs.push(await measure());
  return runs.reduce((a, b) => (b.cpuSeconds < a.cpuSeconds ? b : a));
}

function command(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) {
    throw new BenchError(`cocotb: ${program} ${args.join(" ")}: ${error?.message ?? `exit code ${status ?? "?"}`}`);
  }
}

function cocotb(): Timing {
  mkdirSync(`${OUT}/cocotb`, { recursive: true });
  command(ROOT, ["install", "verilator", "python3-cocotb", "g++", "make"]);
  command(ROOT, ["chroot", "python3", "bench/cocotb/run.py", `${OUT}/cocotb`, `${OUT}/cocotb.json`]);
  return JSON.parse(readFileSync(`${OUT}/cocotb.json`, "utf8")) as Timing; // written by bench/cocotb
}

/** Runs the scenario in all ways and writes `build/bench/sim-speed.json`. */
export async function measureSpeed(say: (text: string) => void): Promise<SpeedResults> {
  mkdirSync(OUT, { recursive: true });
  const runs: SpeedRun[] = [];
  const add = async (kind: SpeedRun["kind"], measure: () => Promise<Timing>): Promise<void> => {
    say(`speed of the simulation: ${kind}`);
    runs.push({ kind, timing: await measure() });
  };
  await add("raw", () => best(simulationAlone, REPEAT));
  await add("transaction", () => best(transactionLevel, REPEAT));
  await add("per cycle", () => best(perCycle, REPEAT_SLOW));
  if (process.env["COCOTB"] === "0") say("speed of the simulation: COCOTB=0, so cocotb is not measured");
  else await add("cocotb", () => best(cocotb, REPEAT_SLOW));
  const results = { scenario: SCENARIO, rows: runs.map(ratesOf(runs)), missed: missedSpeedGoals(runs) };
  writeFileSync(`${OUT}/sim-speed.json`, `${JSON.stringify(results, undefined, 1)}\n`);
  return results;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const results = await measureSpeed((text) => {
    console.error(text);
  });
  console.log(markdownTable(speedTable(results)));
  for (const { id, text } of results.missed) console.log(`${id}: ${text}`);
  process.exitCode = results.missed.length > 0 ? 1 : 0;
}
