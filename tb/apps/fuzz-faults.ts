/**
 * `make fuzz-faults`: breaks a copy of the RTL in one known way after the other, and tells after how many cases the fuzzer finds it.
 *
 * Options: `SEED`, `CASES` (how many to try), `ONLY=<id>`. Writes `build/fuzz/faults.json`. Exit codes: 0, 2 a bad option. A fault that is not found
 * is no failure: a hostile driver does not look at everything (make mutants does).
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";

import { Campaign, CHUNK_CASES } from "../fuzz/campaign.ts";
import { breakCopy, FAULTS } from "./faults.ts";
import { OptionError, OptionReader } from "./options.ts";

const CASES = 4000;

async function main(): Promise<number> {
  const reader = new OptionReader(process.env);
  const seed = reader.seed();
  const cases = reader.integer("CASES", { min: 1, max: 1e9 }) ?? CASES;
  const only = reader.text("ONLY");
  const chosen = FAULTS.filter((fault) => only === undefined || fault.id === only);
  if (chosen.length === 0) {
    throw new OptionError(`ONLY: expected one of ${FAULTS.map((fault) => fault.id).join(", ")}, got '${only ?? ""}'`);
  }
  const outcomes = [];
  for (const fault of chosen) {
    const rtlDirectory = breakCopy(fault);
    const campaign = new Campaign({ seed, rtlDirectory, hasWaves: false, maxViolations: 1 });
    for (let chunk = 0; chunk * CHUNK_CASES < cases && !campaign.isOver; chunk++) await campaign.chunk(chunk, cases);
    const [violation] = campaign.violations;
    const { cycles } = campaign.tally;
    const found =
      violation === undefined
        ? `not found in ${cases} cases`
        : `case ${violation.index}, ${cycles} cycles: ${violation.problems[0]?.split("\n")[0] ?? ""}`;
    console.log(`${fault.id}: ${fault.what}\n    ${found}`);
    outcomes.push({ id: fault.id, what: fault.what, cases: violation?.index, cycles, problem: violation?.problems[0] });
  }
  mkdirSync("build/fuzz", { recursive: true });
  writeFileSync("build/fuzz/faults.json", `${JSON.stringify({ seed, outcomes }, undefined, 2)}\n`);
  console.log(
    `${outcomes.filter(({ cases: found }) => found !== undefined).length} of ${outcomes.length} faults found`,
  );
  return 0;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof OptionError)) throw thrown;
  console.error(`make fuzz-faults: ${thrown.message}`);
  process.exitCode = 2;
}
