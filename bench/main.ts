/**
 * `make bench`: cycles per packet against the bound of the bus, latencies, and the questions of the 2013 thread.
 *
 *   node --import=tsx bench/main.ts            everything; writes build/bench/ and renews the tables in docs/
 *   node --import=tsx bench/main.ts --record   the same, then writes bench/recorded.json
 *   node --import=tsx bench/main.ts --guard    short form; fails when a row is more than 2 % below bench/recorded.json
 *   node --import=tsx bench/main.ts --last     judges the figures of the last complete run again, after a change of the known misses
 *   node --import=tsx bench/main.ts --only=R   rows whose identifier matches the regular expression R, nothing else
 *
 * JOBS of the environment: processes at the same time (default: one for each processor).
 *
 * Exit codes: 0 all goals met, or missed with the cause in bench/known-misses.json; 1 another goal missed, wrong data, a hang, an efficiency above 1,
 * or (guard) a drop; 2 a bad option.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { buildSimulator } from "../tb/src/core/index.ts";
import { buildParameters } from "./config.ts";
import type { RowSpec } from "./config.ts";
import { renewDocs } from "./docs.ts";
import { LATENCY_CHOICES } from "./latency.ts";
import type { LatencyResult } from "./latency.ts";
import { Pool, workerCount } from "./pool.ts";
import { htmlReport, textOf } from "./report.ts";
import type { BenchResults } from "./report.ts";
import { drops, impossibleLines, judge, linesOf, missedGoals, textTable } from "./rows.ts";
import type { BenchLine, KnownMiss, Verdict } from "./rows.ts";
import { allRows, guardRows } from "./scenarios.ts";
import { measureSpeed } from "./speed/main.ts";
import { SPEED_GOAL_IDS, speedTable } from "./speed/report.ts";
import type { SpeedResults } from "./speed/report.ts";
import { CONFIGS } from "./synth/configs.ts";
import { answerThread } from "./thread.ts";
import type { ThreadAnswers } from "./thread.ts";

const OUT = "build/bench";
const RECORDED = "bench/recorded.json";
const KNOWN_MISSES = "bench/known-misses.json";
/** A row may be this much below what was recorded. */
const ALLOWED_DROP = 0.02;

class OptionError extends Error {}

const say = (text: string): void => {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
};

function write(name: string, data: unknown): void {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(`${OUT}/${name}`, typeof data === "string" ? data : `${JSON.stringify(data, undefined, 1)}\n`);
}

function list(title: string, items: readonly string[]): void {
  if (items.length === 0) return;
  console.log(`\n${title}`);
  for (const item of items) console.log(`  ${item}`);
}

interface Options {
  readonly only: RegExp | undefined;
  readonly isGuard: boolean;
  readonly isRecording: boolean;
  readonly isLast: boolean;
}

function parseOptions(args: readonly string[]): Options {
  const pattern = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
  const isGuard = args.includes("--guard");
  const isRecording = args.includes("--record");
  const isLast = args.includes("--last");
  const unknown = args.filter((arg) => !/^--(guard|record|last|only=.+)$/.test(arg));
  if (unknown.length > 0 || ((isRecording || isLast) && (isGuard || pattern !== undefined))) {
    throw new OptionError(`expected --guard, --record, --last or --only=REGEXP, got ${args.join(" ")}`);
  }
  try {
    return { only: pattern === undefined ? undefined : new RegExp(pattern), isGuard, isRecording, isLast };
  } catch (error) {
    throw new OptionError(`--only: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Measured {
  readonly lines: readonly BenchLine[];
  readonly failures: readonly string[];
}

/** Measures the rows; one that fails is told, and does not keep the others from being measured. */
async function measureRows(pool: Pool, rows: readonly RowSpec[]): Promise<Measured> {
  const results = await Promise.allSettled(rows.map((spec) => pool.run({ kind: "row", spec })));
  const lines: BenchLine[] = [];
  const failures: string[] = [];
  for (const [index, result] of results.entries()) {
    const spec = rows[index];
    if (spec === undefined) continue;
    if (result.status === "fulfilled") lines.push(...linesOf(spec, result.value));
    else failures.push(messageOf(result.reason));
  }
  return { lines, failures };
}

/** Prints the rows and all that is wrong with them; counts the faults that are not known. */
function printRows(
  { lines, failures }: Measured,
  speed?: SpeedResults,
): { readonly verdict: Verdict; readonly faults: number } {
  const known = JSON.parse(readFileSync(KNOWN_MISSES, "utf8")) as readonly KnownMiss[]; // committed beside this file
  const judged = lines.filter(({ required }) => required !== null).map(({ id }) => id);
  const measured = new Set([...judged, ...(speed === undefined ? [] : SPEED_GOAL_IDS)]);
  const verdict = judge([...missedGoals(lines), ...(speed?.missed ?? [])], known, measured);
  const impossible = impossibleLines(lines);
  console.log(textTable(lines));
  if (speed !== undefined) console.log(`\n${textOf(speedTable(speed))}`);
  list("goals missed, cause known", verdict.known);
  list("goals missed", verdict.missed);
  list("impossible", impossible);
  list("not measured", failures);
  return { verdict, faults: verdict.missed.length + impossible.length + failures.length };
}

/** What a complete run has measured, before anybody judges it. */
interface Run extends Omit<BenchResults, "verdict"> {
  readonly failures: readonly string[];
  readonly date: string;
}

/** `build/bench/bench.json`; sim-speed.json has the rest. */
function writeRun({ lines, latencies, thread, failures, date }: Omit<Run, "speed">): void {
  write("bench.json", { config: CONFIGS.throughput, date, rows: lines, latency: latencies, thread, failures });
}

function readRun(): Run {
  const read = (name: string): unknown => JSON.parse(readFileSync(`${OUT}/${name}`, "utf8"));
  const bench = read("bench.json") as {
    readonly rows: BenchLine[];
    readonly latency: LatencyResult[];
    readonly thread: ThreadAnswers;
    readonly failures: string[];
    readonly date: string;
  }; // written by writeRun
  const { rows: lines, latency: latencies, thread, failures, date } = bench;
  return { lines, latencies, thread, failures, date, speed: read("sim-speed.json") as SpeedResults };
}

async function measureAll(pool: Pool, rows: readonly RowSpec[]): Promise<Run> {
  const date = new Date().toISOString().slice(0, 10);
  const others: string[] = [];
  const latency = LATENCY_CHOICES.map((choice) => pool.run({ kind: "latency", choice }));
  const [{ lines, failures: lost }, latencies, thread] = await Promise.all([
    measureRows(pool, rows),
    Promise.all(
      latency.map((result) =>
        result.catch((error: unknown) => {
          others.push(messageOf(error));
          return [];
        }),
      ),
    ),
    answerThread(pool, (text) => others.push(text)),
  ]);
  const run = { lines, latencies: latencies.flat(), thread, failures: [...lost, ...others], date };
  // Now already, so that nothing is lost if the last part fails.
  writeRun(run);
  // Alone on the machine: here the time counts.
  return { ...run, speed: await measureSpeed(say) };
}

/** Prints and writes the results of a complete run. */
function conclude(run: Run, isRecording: boolean): number {
  const { verdict, faults } = printRows(run, run.speed);
  const results: BenchResults = { ...run, verdict };
  write("report.html", htmlReport(results));
  if (faults === 0) renewDocs(results, `Made by \`make bench\` on ${run.date}.`);
  else console.log("\nthe tables in docs/ stay as they are, because of the faults");
  if (isRecording) {
    const recorded = Object.fromEntries(run.lines.map(({ id, efficiency }) => [id, efficiency]));
    writeFileSync(RECORDED, `${JSON.stringify(recorded, undefined, 2)}\n`);
  }
  console.log(`\n${run.lines.length} rows in ${OUT}/bench.json, plots in ${OUT}/report.html`);
  return faults > 0 ? 1 : 0;
}

async function measurePart(pool: Pool, rows: readonly RowSpec[], isGuard: boolean): Promise<number> {
  const measured = await measureRows(pool, rows);
  let { faults } = printRows(measured);
  if (isGuard) {
    const recorded = JSON.parse(readFileSync(RECORDED, "utf8")) as Readonly<Record<string, number>>; // written by --record
    const lost = drops(measured.lines, recorded, ALLOWED_DROP);
    list(`more than ${100 * ALLOWED_DROP} % below ${RECORDED}`, lost);
    write("guard.json", { rows: measured.lines, lost });
    faults += lost.length;
    if (faults === 0) console.log(`\nmake bench-guard: ${measured.lines.length} rows, none has dropped`);
  }
  return faults > 0 ? 1 : 0;
}

async function main(args: readonly string[]): Promise<number> {
  const { only, isGuard, isRecording, isLast } = parseOptions(args);
  if (isLast) return conclude(readRun(), isRecording);
  const workers = workerCount(process.env["JOBS"]);
  const rows = (isGuard ? guardRows() : allRows()).filter(({ id }) => only === undefined || only.test(id));
  if (rows.length === 0) throw new OptionError(`--only: no row matches ${String(only)}`);
  say("building the simulators ...");
  // Here, so that no worker waits for the build of another one.
  const widths = [...new Set(rows.map(({ dataWidth }) => dataWidth))];
  await Promise.all(widths.map((width) => buildSimulator({ top: "tb_top", params: buildParameters(width) })));
  const pool = new Pool(workers, say);
  try {
    if (isGuard || only !== undefined) return await measurePart(pool, rows, isGuard);
    return conclude(await measureAll(pool, rows), isRecording);
  } finally {
    pool.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`make bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof OptionError || error instanceof RangeError ? 2 : 1;
}
