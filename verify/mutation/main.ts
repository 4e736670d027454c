/**
 * `make mutation`: breaks every RTL module in many small ways and counts how many of them its tests notice.
 *
 * Environment: `MUTANTS` in all (default 1100), `MODULES` some modules only (with commas), `QUICK=1` a sample, `JOBS` processes, `SEED`.
 * Writes `build/mutation/mutation.json`. Exit codes: 0 enough mutants noticed, and a reason for each survivor and for nothing else; 1 not so;
 * 2 a bad option.
 *
 * @module
 */
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileOf, filesOf, rtlFiles } from "./netlist.ts";
import type { Job, Outcome, Report } from "./worker.ts";

/** Share of the mutants that differ from the module which must be noticed. */
const REQUIRED = 0.9;
/** The choice of mutants that the reasons are for. */
const MUTANTS = 1100;
const SEED = 1;
/** Each module gets so many mutants at least. */
const LEAST = 10;
const OUT = "build/mutation";
const REASONS = "verify/mutation/survivors.json";

/** Modules whose tests are more than the first suite in the file of their name. */
const TESTS: Readonly<Record<string, Pick<Job, "specs" | "suites">>> = {
  // The first suite has one client, and nothing to arbitrate.
  vnet_rr_arb: { specs: ["tb/test/rtl/vnet_rr_arb.spec.ts"], suites: { title: " N=3 ", params: { N: 3 } } },
  vnet_top: {
    specs: ["smoke", "negotiation", "interrupts", "receive", "requirements", "reset", "errors"]
      .map((name) => `tb/test/system/${name}.spec.ts`)
      .concat("tb/test/rtl/vnet_top.spec.ts"),
    // All suites of the same build.
    suites: {
      title: " DATA_W=64 | at 64 bit| negotiation | error codes | interrupt wire | requirements ",
      params: { DATA_W: 64 },
    },
  },
};
/** Modules without logic: nothing to break. */
const NO_LOGIC: ReadonlySet<string> = new Set(["vnet_param_check"]);

interface ModuleResult {
  readonly module: string;
  readonly tests: number;
  readonly seconds: number;
  readonly outcomes: readonly Outcome[];
}

class OptionError extends Error {}

function integerOption(name: string, fallback: number, min: number, max: number): number {
  const text = process.env[name] ?? "";
  if (text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new OptionError(`${name}: expected an integer from ${min} to ${max}, got '${text}'`);
  return value;
}

function modulesOption(all: readonly string[]): readonly string[] {
  const text = process.env["MODULES"] ?? "";
  if (text === "") return all;
  return text.split(",").map((name) => {
    if (!all.includes(name)) throw new OptionError(`MODULES: expected names of RTL modules, got '${name}'`);
    return name;
  });
}

const codeLines = (module: string): number =>
  readFileSync(fileOf(module), "utf8")
    .split("\n")
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(cpp|h|sv|v|vh)$/.test(name))
    .map((name) => join(directory, name))
    .sort();
}

/** The TypeScript that a file imports, with itself; packages are in the lock file. */
function imports(entries: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g))
      open.push(join(dirname(file), name));
  }
  return [...found].sort();
}

/** Changes when anything changes that the result of the job depends on. */
function hashOf(job: Job): string {
  const hash = createHash("sha256").update(JSON.stringify(job));
  const files = [
    ...filesOf(job.module),
    ...["sim", "rtl/top"].flatMap(filesBelow).filter((file) => !file.endsWith(".v")),
    ...imports([...job.specs, "verify/mutation/worker.ts"]),
    ...["scripts/build-sim.mjs", "package-lock.json"],
  ];
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** Runs a job in a process of its own, or takes its result from an earlier run. */
async function runJob(job: Job, slot: number): Promise<ModuleResult> {
  const resultFile = join(job.directory, `result-${hashOf(job)}.json`);
  if (existsSync(resultFile)) return JSON.parse(readFileSync(resultFile, "utf8")) as ModuleResult; // written below
  rmSync(job.directory, { recursive: true, force: true });
  mkdirSync(job.directory, { recursive: true });
  const outcomes: Outcome[] = [];
  let baseline: Extract<Report, { kind: "baseline" }> | undefined;
  let error = "";
  const started = process.uptime();
  const exitCode = await new Promise<number | null>((resolve) => {
    const child = fork("verify/mutation/worker.ts", [JSON.stringify(job)], {
      execArgv: ["--import=tsx"],
      env: { ...process.env, MOCHA_WORKER_ID: String(slot) },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (error += text));
    child.on("message", (message) => {
      const report = message as Report; // sent by worker.ts
      if (report.kind === "baseline") baseline = report;
      else if (report.kind === "outcome") outcomes.push(report.outcome);
      else error += report.text;
    });
    child.on("close", resolve);
  });
  if (exitCode !== 0 || baseline?.mutants !== outcomes.length)
    throw new Error(
      `${job.module}: ended after ${outcomes.length} mutants (exit code ${exitCode}): ${error.slice(-2000)}`,
    );
  const result = { module: job.module, tests: baseline.tests, seconds: process.uptime() - started, outcomes };
  writeFileSync(resultFile, JSON.stringify(result, undefined, 1));
  return result;
}

/** Mutants by module, so that larger modules get more. */
function spread(modules: readonly string[], total: number): ReadonlyMap<string, number> {
  const lines = new Map(modules.map((module) => [module, codeLines(module)]));
  const sum = [...lines.values()].reduce((a, b) => a + b, 0);
  return new Map([...lines].map(([module, count]) => [module, Math.max(LEAST, Math.ceil((total * count) / sum))]));
}

const percent = (part: number, whole: number): string => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);

interface Counts {
  readonly mutants: number;
  readonly killed: number;
  readonly equivalent: number;
  readonly survived: number;
}

function count(outcomes: readonly Outcome[]): Counts {
  const of = (result: Outcome["result"]): number => outcomes.filter((outcome) => outcome.result === result).length;
  return { mutants: outcomes.length, killed: of("killed"), equivalent: of("equivalent"), survived: of("survived") };
}

function tableRow(name: string, counts: Counts, seconds: number): string {
  const { mutants, killed, equivalent, survived } = counts;
  const numbers = [mutants, killed, equivalent, survived].map((value) => String(value).padStart(10));
  const score = percent(killed, mutants - equivalent).padStart(9);
  return `${name.padEnd(20)}${numbers.join("")}${score}${seconds.toFixed(0).padStart(8)} s`;
}

/** Reads the reasons: `{ module: { key: reason } }`. */
function readReasons(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return JSON.parse(readFileSync(REASONS, "utf8")) as Record<string, Record<string, string>>; // committed file
}

async function main(): Promise<number> {
  const all = rtlFiles()
    .map((file) => basename(file, ".v"))
    .filter((module) => !NO_LOGIC.has(module));
  const isQuick = process.env["QUICK"] === "1";
  const total = integerOption("MUTANTS", MUTANTS, 1, 100_000);
  const seed = integerOption("SEED", SEED, 1, 0x7fffffff);
  const jobs = integerOption("JOBS", 2, 1, 64);
  const counts = spread(all, total);
  // The sample: small modules, every third of their mutants.
  const sample = ["vnet_skid", "vnet_reg", "vnet_rr_arb", "vnet_event_idx", "vnet_burst_split", "vnet_hdr_insert"];
  const modules = modulesOption(isQuick ? sample : all);

  const results: ModuleResult[] = [];
  const left = modules.map((module): Job => ({
    module,
    ...(TESTS[module] ?? { specs: [`tb/test/rtl/${module}.spec.ts`] }),
    count: counts.get(module) ?? LEAST,
    seed,
    directory: join(OUT, isQuick ? "quick" : "full", module),
    stride: isQuick ? 3 : 1,
  }));
  const header = `${"module".padEnd(20)}${["mutants", "killed", "equivalent", "survived"].map((name) => name.padStart(10)).join("")}${"score".padStart(9)}`;
  console.log(header);
  const faults: string[] = [];
  const work = async (slot: number): Promise<void> => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      try {
        const result = await runJob(job, slot);
        results.push(result);
        console.log(tableRow(result.module, count(result.outcomes), result.seconds));
      } catch (error) {
        faults.push(error instanceof Error ? error.message : String(error));
        console.log(`${job.module.padEnd(20)} FAILED`);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, slot) => work(slot)));

  results.sort((a, b) => (a.module < b.module ? -1 : 1));
  const outcomes = results.flatMap((result) => result.outcomes);
  const sum = count(outcomes);
  console.log(tableRow("all", sum, process.uptime()));

  const reasons = readReasons();
  const survivors = results.flatMap(({ module, outcomes: list }) =>
    list
      .filter(({ result }) => result === "survived")
      .map((outcome) => ({ ...outcome, module, reason: reasons[module]?.[outcome.key] })),
  );
  mkdirSync(OUT, { recursive: true });
  writeFileSync(
    join(OUT, "mutation.json"),
    `${JSON.stringify({ seed, ...sum, required: REQUIRED, modules: results, survivors }, undefined, 1)}\n`,
  );
  const unexplained = survivors.filter(({ reason }) => reason === undefined);
  for (const { module, source, key } of unexplained)
    faults.push(`${module}: no test notices, and ${REASONS} has no reason for: ${key} (${source})`);
  // A sample, or another choice of mutants, says nothing about the other reasons; whether a mutant is proved to be equivalent depends on
  // the time that this may take.
  for (const { module, outcomes: list } of isQuick || total !== MUTANTS || seed !== SEED ? [] : results) {
    const alive = new Set(list.filter(({ result }) => result !== "killed").map(({ key }) => key));
    for (const key of Object.keys(reasons[module] ?? {}).filter((key) => !alive.has(key)))
      faults.push(`${module}: ${REASONS} has a reason for what does not survive: ${key}`);
  }
  const score = sum.killed / (sum.mutants - sum.equivalent);
  if (!(score >= REQUIRED)) faults.push(`score ${percent(score, 1)}, required ${percent(REQUIRED, 1)}`);
  for (const fault of faults) console.error(fault);
  console.log(
    `${sum.killed} of ${sum.mutants} mutants noticed, ${sum.equivalent} proved equivalent, ${survivors.length} survive` +
      ` (${survivors.length - unexplained.length} with a reason); report: ${join(OUT, "mutation.json")}`,
  );
  return faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(`make mutation: ${error.message}`);
  process.exitCode = 2;
}
