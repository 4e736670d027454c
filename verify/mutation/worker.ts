/**
 * Runs the tests of one module on its mutants, all in this process: `worker.ts <job as JSON>`, results as messages to the parent.
 *
 * The tests run in the order of their success: the one that noticed the last mutant comes first.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import Mocha from "mocha";
import { openSimulators, takeSimulationRecords } from "../../tb/src/core/index.ts";
import { mochaHooks } from "../../tb/test/hooks.ts";
import { isProvedEquivalent, makeMutants, type Mutant, type MutatedModule } from "./netlist.ts";

/** What the parent asks for. */
export interface Job {
  readonly module: string;
  readonly specs: readonly string[];
  /** Titles of the suites to run, and their parameters. Without it: the first suite of `describeModule` and the ones in its title. */
  readonly suites?: { readonly title: string; readonly params: Readonly<Record<string, number>> };
  readonly count: number;
  readonly seed: number;
  readonly directory: string;
  /** Every so many-th mutant only. */
  readonly stride: number;
}

/** What became of one mutant. */
export interface Outcome extends Mutant {
  readonly result: "killed" | "equivalent" | "survived";
  /** The test that noticed, and what it said. */
  readonly test?: string;
  readonly message?: string;
  readonly seconds: number;
}

/** A message to the parent. */
export type Report =
  | { readonly kind: "baseline"; readonly tests: number; readonly seconds: number; readonly mutants: number }
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "error"; readonly text: string };

/** The last line of defence; mutants that hang are ended by their number of cycles long before. */
const TEST_LIMIT_MS = 600_000;

function send(report: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) {
      console.log(JSON.stringify(report));
      resolve();
    } else {
      process.send(report, () => {
        resolve();
      });
    }
  });
}

const now = (): number => process.uptime();

/** Leaves only the suites with this in their title. */
function keepSuites(mocha: Mocha, title: RegExp): void {
  mocha.suite.suites = mocha.suite.suites.filter((suite) => title.test(suite.title));
  if (mocha.suite.suites.length === 0) throw new Error(`no suite matches ${title}`);
}

/** The parameters of the first suite that `describeModule` made. */
function firstParams(mocha: Mocha, module: string): { title: RegExp; params: Record<string, number> } {
  for (const { title } of mocha.suite.suites) {
    const pairs = new RegExp(`^${module}((?: \\w+=\\d+)*) \\[seed`).exec(title)?.[1];
    if (pairs === undefined) continue;
    const params = Object.fromEntries(
      pairs
        .split(" ")
        .filter((pair) => pair !== "")
        .map((pair) => {
          const [name = "", value = ""] = pair.split("=");
          return [name, Number(value)] as const;
        }),
    );
    return { title: new RegExp(`^${module}${pairs} \\[seed`), params };
  }
  throw new Error(`no suite of describeModule for ${module}`);
}

interface RunResult {
  readonly passed: number;
  readonly failed: Mocha.Test | undefined;
  readonly message: string;
}

function run(mocha: Mocha): Promise<RunResult> {
  return new Promise((resolve) => {
    let passed = 0;
    let failed: Mocha.Test | undefined;
    let message = "";
    mocha
      .run(() => {
        resolve({ passed, failed, message });
      })
      .on("pass", () => passed++)
      .on("fail", (test, error: Error) => {
        failed ??= test;
        message ||= error.message.split("\n")[0] ?? "";
      });
  });
}

/** Puts the test, and the suites around it, in front. */
function moveToFront(test: Mocha.Test): void {
  const front = <T>(list: T[], item: T): void => {
    const at = list.indexOf(item);
    if (at > 0) list.unshift(...list.splice(at, 1));
  };
  // A hook that failed is not in the list, and nothing moves.
  for (let suite = test.parent; suite !== undefined; suite = suite.parent) {
    front(suite.tests, test);
    if (suite.parent !== undefined) front(suite.parent.suites, suite);
  }
}

async function main(job: Job): Promise<void> {
  // Cycles of the longest simulation of each test, without a fault: what takes much longer hangs.
  const usualCycles = new Map<string, number>();
  let mutantId = 0;
  const setLimit = function (this: Mocha.Context): void {
    const usual = usualCycles.get(this.currentTest?.fullTitle() ?? "");
    const limit = usual === undefined ? "" : `--max-cycles ${3 * usual + 2000} `;
    process.env["SIM_ARGS"] = `${limit}+mutant=${mutantId}`;
  };
  const noteCycles = async function (this: Mocha.Context): Promise<void> {
    const cycles = takeSimulationRecords().map(({ cycle }) => cycle);
    if (mutantId === 0) usualCycles.set(this.currentTest?.fullTitle() ?? "", Math.max(0, ...cycles));
    for (const left of openSimulators()) await left.abandon();
  };
  process.env["RECORDINGS"] = "0";
  const mocha = new Mocha({
    bail: true,
    timeout: TEST_LIMIT_MS,
    reporter: Mocha.reporters.Base, // says nothing
    rootHooks: { beforeEach: [mochaHooks.beforeEach ?? [], setLimit].flat(), afterEach: noteCycles },
  });
  for (const spec of job.specs) {
    // What mocha itself does; but its loader would give the specs another copy of the library than this file has.
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, spec, mocha);
    await import(pathToFileURL(spec).href);
  }
  mocha.cleanReferencesAfterRun(false);

  const chosen =
    job.suites === undefined
      ? firstParams(mocha, job.module)
      : { title: new RegExp(job.suites.title), params: job.suites.params };
  keepSuites(mocha, chosen.title);
  const mutated = makeMutants({ ...job, params: chosen.params });
  process.env["VNET_RTL"] = mutated.directory;
  // A counterexample is enough; nobody wants the smallest one.
  fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });

  const started = now();
  const baseline = await run(mocha);
  if (baseline.failed !== undefined || baseline.passed === 0 || Math.max(...usualCycles.values()) === 0) {
    throw new Error(
      `the netlist without a fault fails: ${baseline.failed?.fullTitle() ?? "no test ran"}: ${baseline.message}`,
    );
  }
  const mutants = mutated.mutants.filter((_, index) => index % job.stride === 0);
  await send({ kind: "baseline", tests: baseline.passed, seconds: now() - started, mutants: mutants.length });
  for (const mutant of mutants) {
    mutantId = mutant.id;
    await send({ kind: "outcome", outcome: await judge(mocha, mutated, mutant) });
  }
}

async function judge(mocha: Mocha, mutated: MutatedModule, mutant: Mutant): Promise<Outcome> {
  const started = now();
  const { failed, message } = await run(mocha);
  if (failed !== undefined) moveToFront(failed);
  const seconds = now() - started;
  if (failed !== undefined) return { ...mutant, result: "killed", test: failed.fullTitle(), message, seconds };
  return { ...mutant, result: isProvedEquivalent(mutated, mutant.id) ? "equivalent" : "survived", seconds };
}

// A mutant may leave a promise behind that nobody waits for; the test that it belongs to has failed or is about to.
process.on("unhandledRejection", () => undefined);
process.on("disconnect", () => process.exit(1));

main(JSON.parse(process.argv[2] ?? "{}") as Job).then(
  () => process.exit(0),
  async (error: unknown) => {
    await send({ kind: "error", text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  },
);
