/**
 * `make bench`: cycles per packet against the bound of the bus, latencies, and the questions of the 2013 thread.
 *
 *   node --import=tsx bench/main.ts            everything
 *   node --import=tsx bench/main.ts --guard    short form; fails when a row is more than 2 % below bench/recorded.json
 *   node --import=tsx bench/main.ts --record   everything, then write bench/recorded.json
 *   node --import=tsx bench/main.ts --only=R   rows whose identifier matches the regular expression R, nothing else
 *
 * Exit codes: 0 all rows measured (a missed goal is listed, not an error), 1 wrong data, a hang, an impossible figure or (guard) a drop,
 * 2 a bad option.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { CACHE_LINES, THROUGHPUT } from "./config.ts";
import type { RowSpec } from "./config.ts";
import { measureLatency } from "./latency.ts";
import type { LatencyResult } from "./latency.ts";
import { measure } from "./measure.ts";
import { htmlReport } from "./report.ts";
import { impossibleLines, linesOf, missedGoals, textTable } from "./rows.ts";
import type { BenchLine } from "./rows.ts";
import { allRows, guardRows } from "./scenarios.ts";
import { answerThread } from "./thread.ts";
import type { ThreadAnswers } from "./thread.ts";

const OUT = "build/bench";
const RECORDED = "bench/recorded.json";
/** A row may be this much below what was recorded. */
const ALLOWED_DROP = 0.02;

const say = (text: string): void => {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
};

async function measureAll(rows: readonly RowSpec[]): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  for (const [index, spec] of rows.entries()) {
    const own = linesOf(await measure(spec));
    lines.push(...own);
    const figures = own.map((line) => line.efficiency.toFixed(3)).join(" and ");
    say(`[${index + 1}/${rows.length}] ${spec.id}: efficiency ${figures}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\n");
  return lines;
}

function drops(lines: readonly BenchLine[]): string[] {
  const recorded = JSON.parse(readFileSync(RECORDED, "utf8")) as Readonly<Record<string, number>>; // written by --record
  return lines.flatMap(({ id, efficiency }) => {
    const before = recorded[id];
    if (before === undefined) return [`${id}: not in ${RECORDED} (run with --record)`];
    if (efficiency >= before * (1 - ALLOWED_DROP)) return [];
    return [`${id}: efficiency ${efficiency.toFixed(3)}, recorded ${before.toFixed(3)}`];
  });
}

function write(name: string, data: unknown): void {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(`${OUT}/${name}`, typeof data === "string" ? data : `${JSON.stringify(data, undefined, 1)}\n`);
}

function list(title: string, items: readonly string[]): void {
  if (items.length === 0) return;
  console.log(`\n${title}`);
  for (const item of items) console.log(`  ${item}`);
}

async function main(args: readonly string[]): Promise<number> {
  const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
  const isGuard = args.includes("--guard");
  const isRecording = args.includes("--record");
  const unknown = args.filter((arg) => !/^--(guard|record|only=.+)$/.test(arg));
  if (unknown.length > 0 || (isGuard && isRecording)) {
    console.error(`make bench: expected --guard, --record or --only=REGEXP, got ${args.join(" ")}`);
    return 2;
  }
  const rows = (isGuard ? guardRows() : allRows()).filter(({ id }) => only === undefined || new RegExp(only).test(id));
  const lines = await measureAll(rows);
  console.log(textTable(lines));
  list("goals missed", missedGoals(lines));
  const wrong = impossibleLines(lines);
  list("impossible", wrong);
  if (isGuard) {
    const lost = drops(lines);
    list(`more than ${100 * ALLOWED_DROP} % below ${RECORDED}`, lost);
    write("guard.json", { rows: lines });
    return lost.length + wrong.length > 0 ? 1 : 0;
  }
  if (only !== undefined) return wrong.length > 0 ? 1 : 0;

  // Written now already, so that a later failure does not lose them.
  write("bench.json", { config: { ...THROUGHPUT, DESC_CACHE_LINES: CACHE_LINES }, rows: lines });
  const latencies: LatencyResult[] = await measureLatency(say);
  const thread: ThreadAnswers = await answerThread(say);
  write("bench.json", {
    config: { ...THROUGHPUT, DESC_CACHE_LINES: CACHE_LINES },
    rows: lines,
    latency: latencies,
    thread,
    missed: missedGoals(lines),
  });
  write("report.html", htmlReport({ lines, latencies, thread }));
  if (isRecording) {
    const recorded = Object.fromEntries(lines.map(({ id, efficiency }) => [id, efficiency]));
    writeFileSync(RECORDED, `${JSON.stringify(recorded, undefined, 1)}\n`);
  }
  console.log(`\n${lines.length} rows in ${OUT}/bench.json, plots in ${OUT}/report.html`);
  return wrong.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`make bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
