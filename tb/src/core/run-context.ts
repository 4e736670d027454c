/**
 * What is known about the present test run: seed, test, waveform format. Errors and file names are made from it.
 *
 * @module
 */
import { relative } from "node:path";

/** Formats a waveform can be recorded in. */
export type WaveFormat = "fst" | "vcd";

/** Where logs and waveforms go, relative to the repository. */
export const RUNS_DIRECTORY = "build/runs";

/** The test that runs now. */
export interface TestContext {
  /** Full title as mocha knows it. */
  readonly title: string;
  readonly file: string | undefined;
}

let current: TestContext | undefined;

/** The environment is part of the command line: a bad value ends the program at once, with exit code 2 and no stack trace. */
function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

function parseSeed(text: string | undefined): number {
  if (text === undefined || text === "") return 1;
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 1 || seed > 0x7fffffff) {
    refuse(`SEED: expected an integer from 1 to 2147483647, got '${text}'`);
  }
  return seed;
}

function parseWaves(text: string | undefined): WaveFormat | undefined {
  if (text === undefined || text === "" || text === "0") return undefined;
  if (text !== "fst" && text !== "vcd") refuse(`WAVES: expected fst or vcd, got '${text}'`);
  return text;
}

/** The seed of this run: `SEED` of the environment, else 1. */
export const SEED = parseSeed(process.env["SEED"]);

/** `WAVES` of the environment: record a waveform of each simulation. */
export const WAVES = parseWaves(process.env["WAVES"]);

/** `FULL=1` of the environment: all parameter sets. */
export const IS_FULL = process.env["FULL"] === "1";

/** `COVERAGE=<directory>` of the environment: simulators measure coverage and leave it there, one file each. */
export const COVERAGE_DIRECTORY = process.env["COVERAGE"] === "" ? undefined : process.env["COVERAGE"];

/** The title of a suite with the seed, so that a report alone is enough to repeat the run. */
export function withSeed(title: string): string {
  return `${title} [seed ${SEED}]`;
}

/** Says which test runs now (the hooks do). */
export function setTestContext(context: TestContext | undefined): void {
  current = context;
  wavesMade = 0;
}

/** The test that runs now. */
export function testContext(): TestContext | undefined {
  return current;
}

/** The command that repeats the present test alone. */
export function repeatCommand(options: { readonly waves?: WaveFormat } = {}): string | undefined {
  if (current?.file === undefined) return undefined;
  const pattern = current.title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("'", "'\\''");
  const environment = [
    `SEED=${SEED}`,
    ...(IS_FULL ? ["FULL=1"] : []),
    ...(options.waves === undefined ? [] : [`WAVES=${options.waves}`]),
  ];
  return `${environment.join(" ")} npx mocha --spec ${relative(process.cwd(), current.file)} -g '^${pattern}$'`;
}

let wavesMade = 0;

/** Where the next waveform of the present test goes. */
export function nextWavePath(format: WaveFormat): string {
  wavesMade++;
  return `${RUNS_DIRECTORY}/${fileStem("run")}${wavesMade === 1 ? "" : `-${wavesMade}`}.${format}`;
}

/** A name for files of the present test: lower case letters, digits and dashes. */
export function fileStem(fallback: string): string {
  const words = (current?.title ?? fallback)
    .replace(/\[seed \d+\]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return words.length <= 96 ? words : `${words.slice(0, 88)}-${shortHash(words)}`;
}

function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0").slice(0, 7);
}
