/**
 * Root hooks: every test knows its name, no simulator outlives its test, and a failure says how to see it again.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import fc from "fast-check";
import type { Context, RootHookObject } from "mocha";
import {
  fileStem,
  openSimulators,
  repeatCommand,
  RUNS_DIRECTORY,
  SEED,
  setTestContext,
  takeSimulationRecords,
  WAVES,
} from "../src/core/index.ts";
import { recordResult, sourceHash } from "./results.ts";

// Recording costs a build with a trace: the first failures are enough to work on. RECORDINGS=0: none (a failure is expected).
const MAX_RECORDINGS = process.env["RECORDINGS"] === "0" ? 0 : 3;
const RECORDING_LIMIT_MS = 300_000;
let recordings = 0;

fc.configureGlobal({ seed: SEED });

/** Runs the failed test once more with a trace, only for the waveform: the outcome stays a failure. */
function recordWaveform(test: Mocha.Test): void {
  const pattern = test.fullTitle().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  spawnSync(
    process.execPath,
    ["node_modules/mocha/bin/mocha.js", "--forbid-only", "--timeout", "0", test.file ?? "", "-g", `^${pattern}$`],
    {
      env: { ...process.env, SEED: String(SEED), WAVES: "fst", MOCHA_WORKER_ID: process.env["MOCHA_WORKER_ID"] ?? "0" },
      stdio: "ignore",
      timeout: RECORDING_LIMIT_MS,
    },
  );
}

function waveforms(stem: string): string[] {
  if (!existsSync(RUNS_DIRECTORY)) return [];
  return readdirSync(RUNS_DIRECTORY)
    .filter((name) => new RegExp(`^${stem}(-\\d+)?\\.(fst|vcd)$`).test(name))
    .map((name) => join(RUNS_DIRECTORY, name));
}

async function report(test: Mocha.Test): Promise<void> {
  const simulations = takeSimulationRecords();
  const lines = [`seed ${SEED}`];
  for (const simulation of simulations) {
    lines.push(`simulation ended at cycle ${simulation.cycle}, log ${simulation.logPath}`);
  }
  const repeat = repeatCommand();
  if (repeat !== undefined) lines.push(`repeat:        ${repeat}`);
  if (simulations.length > 0 && test.file !== undefined) {
    if (WAVES === undefined && recordings < MAX_RECORDINGS) {
      recordings++;
      recordWaveform(test);
    }
    const found = waveforms(fileStem("run"));
    for (const path of found) lines.push(`waveform:      gtkwave ${path}`);
    if (found.length === 0) lines.push(`with waveform: ${repeatCommand({ waves: "fst" }) ?? ""}`);
  }
  await new Promise<void>((resolve) => {
    process.stdout.write(lines.map((line) => `        | ${line}\n`).join(""), () => {
      resolve();
    });
  });
}

/** Mocha finds this by name. */
export const mochaHooks: RootHookObject = {
  beforeEach(this: Context): void {
    const test = this.currentTest;
    takeSimulationRecords();
    setTestContext({ title: test?.fullTitle() ?? "", file: test?.file });
  },

  async afterEach(this: Context): Promise<void> {
    const left = openSimulators();
    for (const simulator of left) await simulator.abandon();
    const test = this.currentTest;
    if (test?.state === "failed") await report(test);
    if (test?.state !== undefined && test.file !== undefined) {
      const [file, title] = [relative(process.cwd(), test.file), test.fullTitle()];
      recordResult({ source: sourceHash(), file, title, state: test.state });
    }
    setTestContext(undefined);
    if (test?.state === "passed" && left.length > 0) {
      throw new Error(`the test left ${left.length} simulation(s) open: await simulator.close()`);
    }
  },
};
