// make formal: proves the properties of formal/proofs.ts; docs/verification.md has the results.
//
// Writes build/formal/formal.json. Exit codes: 0 all proved and all covers reached; 1 not; 2 bad option.
import { writeFileSync } from "node:fs";
import { HELP, OptionError, readOptions, type Options } from "./options.ts";
import { PROOFS, type Proof } from "./proofs.ts";
import { OUT, ToolError, inParallel, prepareSolver, solve, tasksOf, type Outcome, type Task } from "./solve.ts";

function choose(options: Options): readonly Proof[] {
  const found = PROOFS.filter((proof) => proof.id.startsWith(options.chosen));
  if (found.length === 0)
    throw new OptionError(`PROOF: '${options.chosen}' is none of ${PROOFS.map((proof) => proof.id).join(", ")}`);
  return options.quick ? found.filter((proof) => proof.quick === true) : found;
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((o) => [o.module, o.property, o.mode, String(o.depth), o.result, o.seconds.toFixed(1)]);
  const all = [["module", "property", "mode", "depth", "result", "seconds"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
}

async function main(): Promise<number> {
  const options = readOptions();
  const proofs = choose(options);
  prepareSolver(options.solver);
  const setting = { solver: options.solver, rtl: options.rtl, out: OUT, limit: options.limit };
  const outcomes: Outcome[] = [];
  const errors: string[] = [];
  const tasks = proofs.flatMap(tasksOf);
  const total = tasks.length;
  const place = (o: Outcome): number => tasks.findIndex((task) => task.proof.id === o.proof && task.mode === o.mode);
  const begun = performance.now();
  let finished = 0;

  const job = async ({ proof, mode, depth }: Task): Promise<void> => {
    let text: string;
    try {
      const outcome = await solve(proof, mode, depth, setting);
      outcomes.push(outcome);
      outcomes.sort((a, b) => place(a) - place(b));
      // After each one, so that a run that is broken off leaves what it has shown.
      writeFileSync(`${OUT}/formal.json`, `${JSON.stringify(outcomes, undefined, 2)}\n`);
      text = `${outcome.result}  (${outcome.seconds.toFixed(1)} s)`;
      if (outcome.result !== "pass") {
        text += `\n    see ${OUT}/${proof.id}.${mode}.log and .vcd`;
        for (const detail of outcome.details) text += `\n    ${detail}`;
      }
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      errors.push(error.message);
      text = `ERROR\n    ${error.message}`;
    }
    finished++;
    console.log(`[${String(finished).padStart(3)}/${total}] ${`${proof.id} ${mode} ${depth}`.padEnd(42)} ${text}`);
  };
  // The long ones first; the list of results keeps the order of the proofs.
  const long = (task: Task): number => (task.proof.long === task.mode ? 1 : 0);
  await inParallel(
    [...tasks].sort((a, b) => long(b) - long(a)),
    options.jobs,
    job,
  );

  const passed = outcomes.filter((outcome) => outcome.result === "pass").length;
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`\n${table(outcomes)}\n\n${passed} of ${total} passed in ${seconds} s with ${options.solver}`);
  return passed === total && errors.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(`${error.message}\n${HELP}`);
  process.exitCode = 2;
}
