/**
 * `make coverage`: runs the normal test set and measures what of the RTL and of the TypeScript library it reaches.
 *
 * Environment: `SPECS` some specs only (a glob; nothing is required then), `REPORT_ONLY=1` the report from the data of the last run.
 * Writes `build/coverage/coverage.json`, and pages to look at in `build/coverage/library`.
 * Exit codes: 0 all limits met, 1 not so, or a test failed.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, relative } from "node:path";

const OUT = "build/coverage";
const RAW = join(OUT, "raw");
const MERGED = join(OUT, "merged.dat");
const LIBRARY = join(OUT, "library");
const RUN = join(OUT, "run.json");
const EXCLUSIONS = "verify/coverage/exclusions.json";

/** Required share in percent. */
const LIMITS = { line: 98, branch: 98, library: 90 } as const;

type Kind = "line" | "branch" | "toggle";

/** One thing that has to happen: a line is run, a branch is taken, a bit rises or falls. */
interface Point {
  readonly module: string;
  readonly kind: Kind;
  readonly line: number;
  /** Which branch, or which signal. */
  readonly name: string;
  hits: number;
}

/** A point that need not be reached. It is found by the text of its line, so that it follows when lines move. */
interface Exclusion {
  readonly module: string;
  readonly kind: Kind;
  /** Part of the line of source. */
  readonly text: string;
  readonly name?: string;
  readonly reason: string;
}

/** What was run; a report from old data must not look better than the run that made them. */
interface Run {
  /** Empty: all. */
  readonly specs: string;
  readonly haveTestsFailed: boolean;
}

class CoverageError extends Error {}

/** Runs the tests; coverage of the simulators goes to RAW, that of the library to LIBRARY. Resolves to the exit code. */
async function runTests(specs: string): Promise<number> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(RAW, { recursive: true });
  const jobs = String(Math.min(2, availableParallelism()));
  const mocha = ["node_modules/mocha/bin/mocha.js", "--forbid-only", "--parallel", "--jobs", jobs, specs];
  const c8 = ["--reports-dir", LIBRARY, "--all"];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["node_modules/c8/bin/c8.js", ...c8, process.execPath, ...mocha], {
      stdio: "inherit",
      env: { ...process.env, COVERAGE: RAW },
    });
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

/** Adds all files of RAW up with `verilator_coverage`, in portions that fit on a command line. */
function merge(): void {
  const files = readdirSync(RAW).map((name) => join(RAW, name));
  if (files.length === 0) throw new CoverageError(`no simulation has left data in ${RAW}: see the tests above`);
  rmSync(MERGED, { force: true });
  for (let at = 0; at < files.length; at += 500) {
    const inputs = [...(existsSync(MERGED) ? [MERGED] : []), ...files.slice(at, at + 500)];
    const { status, stderr, error } = spawnSync("verilator_coverage", ["--write", MERGED, ...inputs], {
      encoding: "utf8",
    });
    if (status !== 0) throw new CoverageError(`verilator_coverage: ${error?.message ?? stderr}`);
  }
}

/** `155-157,160` -> 155, 156, 157, 160. */
function* lineNumbers(text: string): Generator<number> {
  for (const part of text.split(",")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let line = first; line <= last; line++) yield line;
  }
}

/** Reads the points of rtl/. Instances and parameter sets of a module count as one: it is reached where any of them is. */
function readPoints(): readonly Point[] {
  const points = new Map<string, Point>();
  const add = (module: string, kind: Kind, line: number, name: string, hits: number): void => {
    const key = `${module}/${kind}/${line}/${name}`;
    const point = points.get(key);
    if (point === undefined) points.set(key, { module, kind, line, name, hits });
    else point.hits += hits;
  };
  for (const entry of readFileSync(MERGED, "latin1").split("\n")) {
    const match = /^C '(.*)' (\d+)$/.exec(entry);
    if (match === null) continue;
    const hits = Number(match[2]);
    const fields = new Map(
      (match[1] ?? "")
        .split("\x01")
        .slice(1)
        .map((field) => field.split("\x02") as [string, string]), // name and value, as Verilator writes them
    );
    const file = relative(process.cwd(), fields.get("f") ?? "");
    if (!file.startsWith("rtl/")) continue;
    const module = basename(file, ".v");
    const page = fields.get("page") ?? "";
    const line = Number(fields.get("l"));
    if (page.startsWith("v_toggle/")) add(module, "toggle", line, fields.get("o") ?? "", hits);
    if (page.startsWith("v_branch/")) add(module, "branch", line, `${fields.get("o")}:${fields.get("n")}`, hits);
    for (const number of fields.has("S") ? lineNumbers(fields.get("S") ?? "") : [])
      add(module, "line", number, "", hits);
  }
  return [...points.values()];
}

const sources = new Map<string, readonly string[]>();
function sourceLine(module: string, line: number): string {
  let lines = sources.get(module);
  if (lines === undefined) {
    const directory = readdirSync("rtl").find((name) => existsSync(`rtl/${name}/${module}.v`)) ?? "";
    lines = readFileSync(`rtl/${directory}/${module}.v`, "utf8").split("\n");
    sources.set(module, lines);
  }
  return (lines[line - 1] ?? "").trim();
}

interface Share {
  readonly reached: number;
  readonly all: number;
}
const percent = ({ reached, all }: Share): number => (all === 0 ? 100 : (100 * reached) / all);
const shown = (share: Share): string => `${percent(share).toFixed(1)} %`;
const shareOf = (points: readonly Point[], kind: Kind): Share => {
  const some = points.filter((point) => point.kind === kind);
  return { reached: some.filter((point) => point.hits > 0).length, all: some.length };
};

/** The point without the number of its column, for people and for the list of exclusions. */
const nameOf = (point: Point): string => point.name.replace(/:\d+$/, "");

function report({ specs, haveTestsFailed }: Run): number {
  const faults = haveTestsFailed ? ["a test failed"] : [];
  const exclusions = JSON.parse(readFileSync(EXCLUSIONS, "utf8")) as readonly Exclusion[]; // committed file
  const used = new Set<Exclusion>();
  const points = readPoints().filter((point) => {
    const exclusion = exclusions.find(
      ({ module, kind, text, name }) =>
        module === point.module &&
        kind === point.kind &&
        (name === undefined || name === nameOf(point)) &&
        sourceLine(module, point.line).includes(text),
    );
    if (exclusion === undefined) return true;
    used.add(exclusion);
    return false;
  });
  for (const exclusion of exclusions) {
    if (specs === "" && !used.has(exclusion))
      faults.push(`${EXCLUSIONS}: excludes nothing: ${exclusion.module}, '${exclusion.text}'`);
  }

  const kinds: readonly Kind[] = ["line", "branch", "toggle"];
  const rows = [...new Set(points.map(({ module }) => module))].sort().map((module) => {
    const list = points.filter((point) => point.module === module);
    return { module, shares: kinds.map((kind) => shareOf(list, kind)) };
  });
  const total = kinds.map((kind) => shareOf(points, kind));
  console.log(`${"module".padEnd(22)}${kinds.map((kind) => kind.padStart(10)).join("")}`);
  for (const { module, shares } of [...rows, { module: "all", shares: total }]) {
    console.log(`${module.padEnd(22)}${shares.map((share) => shown(share).padStart(10)).join("")}`);
  }

  const missed = points
    .filter(({ kind, hits }) => hits === 0 && kind !== "toggle")
    .map((point) => ({ ...point, name: nameOf(point), text: sourceLine(point.module, point.line) }));
  for (const { module, kind, line, name, text } of missed)
    console.log(`not reached: ${module}:${line} ${kind} ${name}: ${text}`);

  const summaryFile = join(LIBRARY, "coverage-summary.json");
  const library = JSON.parse(readFileSync(summaryFile, "utf8")) as {
    // c8's json-summary
    readonly total: Readonly<Record<"lines" | "branches" | "functions", { readonly pct: number }>>;
  };
  const { lines, branches, functions } = library.total;
  console.log(`TypeScript library: lines ${lines.pct} %, branches ${branches.pct} %, functions ${functions.pct} %`);

  const required = specs === "" ? (["line", "branch"] as const) : [];
  for (const [i, kind] of required.entries()) {
    const share = total[i] ?? { reached: 0, all: 0 };
    if (share.all === 0 || percent(share) < LIMITS[kind])
      faults.push(
        `RTL ${kind} coverage ${shown(share)} (${share.reached} of ${share.all}), required ${LIMITS[kind]} %`,
      );
  }
  if (specs === "" && lines.pct < LIMITS.library)
    faults.push(`library: ${lines.pct} % of the lines, required ${LIMITS.library} %`);
  writeFileSync(
    join(OUT, "coverage.json"),
    `${JSON.stringify({ limits: LIMITS, total: Object.fromEntries(kinds.map((kind, i) => [kind, total[i]])), library: library.total, modules: rows, exclusions, missed }, undefined, 1)}\n`,
  );
  for (const fault of faults) console.error(`make coverage: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  if (process.env["REPORT_ONLY"] !== "1") {
    const specs = process.env["SPECS"] ?? "";
    const code = await runTests(specs === "" ? "tb/test/**/*.spec.ts" : specs);
    merge();
    rmSync(RAW, { recursive: true });
    writeFileSync(RUN, JSON.stringify({ specs, haveTestsFailed: code !== 0 } satisfies Run));
  }
  if (!existsSync(RUN)) throw new CoverageError(`REPORT_ONLY=1: no data of an earlier run in ${OUT}`);
  return report(JSON.parse(readFileSync(RUN, "utf8")) as Run); // written above
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CoverageError)) throw error;
  console.error(`make coverage: ${error.message}`);
  process.exitCode = 1;
}
