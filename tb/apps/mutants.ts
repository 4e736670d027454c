/**
 * `make mutants`: breaks a copy of the RTL in one documented way after the other and shows which test notices.
 *
 * Writes `build/mutants/mutants.json`. Exit codes: 0 every fault was noticed, 1 one was not, 2 a bad option (`ONLY=<id>` takes one fault).
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { breakCopy, FAULTS } from "./faults.ts";
import type { Fault } from "./faults.ts";

interface Outcome {
  readonly id: string;
  readonly what: string;
  readonly file: string;
  readonly noticedBy: readonly string[];
  readonly seconds: number;
}

interface MochaReport {
  readonly stats: { readonly passes: number; readonly failures: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message: string } }[];
}

/** Titles of the tests that fail with the RTL of the directory. */
async function failingTests(fault: Fault, rtlDirectory: string): Promise<readonly string[]> {
  const reportPath = join("build/mutants", fault.id, "report.json");
  rmSync(reportPath, { force: true });
  const args = ["node_modules/mocha/bin/mocha.js", "--bail", fault.spec, "-g", fault.grep];
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...args, "--reporter", "json", "--reporter-option", `output=${reportPath}`],
      {
        env: { ...process.env, VNET_RTL: rtlDirectory, RECORDINGS: "0" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
    child.on("error", reject);
    child.on("close", () => {
      resolve();
    });
  });
  let report: MochaReport;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8")) as MochaReport; // mocha's json reporter
  } catch {
    throw new Error(`${fault.id}: mocha wrote no report:\n${output.join("")}`);
  }
  if (report.stats.passes + report.stats.failures === 0)
    throw new Error(`${fault.id}: no test matches '${fault.grep}'`);
  // A hook that fails has seen no fault: the broken copy does not even build.
  const hook = report.failures.find((test) => test.fullTitle.includes(" hook"));
  if (hook !== undefined) throw new Error(`${fault.id}: ${hook.fullTitle}: ${hook.err.message}`);
  return report.failures.map((test) => test.fullTitle);
}

async function main(): Promise<number> {
  const only = process.env["ONLY"] ?? "";
  const chosen = FAULTS.filter((fault) => only === "" || fault.id === only);
  if (chosen.length === 0) {
    console.error(`make mutants: ONLY: expected one of ${FAULTS.map((fault) => fault.id).join(", ")}, got '${only}'`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  for (const [index, fault] of chosen.entries()) {
    const started = process.uptime();
    const noticedBy = await failingTests(fault, breakCopy(fault));
    const seconds = Math.round(process.uptime() - started);
    outcomes.push({ id: fault.id, what: fault.what, file: fault.file, noticedBy, seconds });
    const verdict = noticedBy[0] === undefined ? "NOT NOTICED" : `noticed by: ${noticedBy[0]}`;
    console.log(
      `[${index + 1}/${chosen.length}] ${fault.id}: ${fault.what} (rtl/${fault.file}, ${seconds} s)\n    ${verdict}`,
    );
  }
  writeFileSync("build/mutants/mutants.json", `${JSON.stringify(outcomes, undefined, 2)}\n`);
  const missed = outcomes.filter((outcome) => outcome.noticedBy.length === 0);
  console.log(`${outcomes.length - missed.length} of ${outcomes.length} faults noticed`);
  return missed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
