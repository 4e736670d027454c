/**
 * `make fuzz`: a hostile driver against the device, case by case. See docs/verification.md, "Hostile drivers".
 *
 * Options: `SEED`, `CASES`, `SHARD=i/n`, `JOBS`, `QUICK=1` (few cases), `CASE=n` (one case once more, with a waveform). Writes
 * `build/fuzz/fuzz.json`. Exit codes: 0 no violation, 1 violations, 2 a bad option.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";

import { errorName } from "../src/virtio/index.ts";
import { addTally, buildOf, Campaign, CHUNK_CASES, emptyTally } from "../fuzz/campaign.ts";
import type { Tally, Violation } from "../fuzz/campaign.ts";
import { OptionError, OptionReader } from "./options.ts";
import type { Shard } from "./options.ts";
import { isWorker, report, runWorkers } from "./workers.ts";

const FULL_CASES = 200_000;
const QUICK_CASES = 6000;
const MAX_VIOLATIONS = 5;
/** A line of progress after so many cases. */
const PROGRESS_CASES = 10_000;

interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  readonly only: number | undefined;
  readonly shard: Shard;
  readonly jobs: number;
}

/** What a worker says after each chunk. */
interface Progress {
  readonly tally: Tally;
  readonly violations: readonly Violation[];
}

function readOptions(): FuzzOptions {
  const reader = new OptionReader(process.env);
  const cases = reader.integer("CASES", { min: 1, max: 1e9 }) ?? (reader.flag("QUICK") ? QUICK_CASES : FULL_CASES);
  return {
    seed: reader.seed(),
    cases,
    only: reader.integer("CASE", { min: 0, max: 1e9 }),
    shard: reader.shard(),
    jobs: reader.integer("JOBS", { min: 1, max: 64 }) ?? 2,
  };
}

function newCampaign(seed: number): Campaign {
  return new Campaign({ seed, hasWaves: true, maxViolations: MAX_VIOLATIONS });
}

async function work({ seed, cases, shard }: FuzzOptions): Promise<void> {
  const campaign = newCampaign(seed);
  for (let chunk = shard.index; chunk * CHUNK_CASES < cases && !campaign.isOver; chunk += shard.count) {
    await campaign.chunk(chunk, cases);
    const progress: Progress = { tally: campaign.tally, violations: campaign.violations.splice(0) };
    campaign.tally = emptyTally();
    report(progress);
  }
}

function show({ index, profile, build, cycle, problems, repeat, wavePath }: Violation): void {
  console.log(`case ${index} (${profile}, ${build}), cycle ${cycle}:`);
  for (const problem of problems.slice(0, 4)) console.log(`    ${problem.replaceAll("\n", "\n    ")}`);
  console.log(`    repeat:   ${repeat} make fuzz`);
  if (wavePath !== undefined) console.log(`    waveform: gtkwave ${wavePath}`);
}

async function repeatOne(seed: number, index: number): Promise<number> {
  const campaign = newCampaign(seed);
  const problems = await campaign.repeat(index);
  const { profile } = campaign.case(index);
  if (problems.length === 0) {
    console.log(`case ${index} (${profile}, ${buildOf(index)}, seed ${seed}): nothing wrong`);
    return 0;
  }
  const wavePath = campaign.wavePath(index);
  show({ index, profile, build: buildOf(index), cycle: 0, problems, repeat: `SEED=${seed} CASE=${index}`, wavePath });
  return 1;
}

async function main(): Promise<number> {
  const options = readOptions();
  const { seed, cases, shard, jobs } = options;
  if (isWorker()) {
    await work(options);
    return 0;
  }
  if (options.only !== undefined) return repeatOne(seed, options.only);

  let tally = emptyTally();
  const violations: Violation[] = [];
  let shown = 0;
  const started = process.uptime();
  const speed = (): string => `${Math.round(tally.cases / (process.uptime() - started))} cases/s`;
  console.log(`fuzz: seed ${seed}, ${cases} cases, shard ${shard.index}/${shard.count}, ${jobs} processes`);
  await runWorkers(import.meta.url, { jobs, shard }, (message) => {
    const progress = message as Progress; // reported by work()
    tally = addTally(tally, progress.tally);
    for (const violation of progress.violations) show(violation);
    violations.push(...progress.violations);
    if (tally.cases - shown >= PROGRESS_CASES) {
      shown = tally.cases;
      console.log(`fuzz: ${tally.cases} cases, ${tally.cycles} cycles, ${violations.length} violations, ${speed()}`);
    }
  });
  const seconds = Math.round(process.uptime() - started);
  const { profiles } = tally;
  console.log(
    `fuzz: ${tally.cases} cases (rings ${profiles.rings}, faults ${profiles.faults}, registers ${profiles.registers}, ` +
      `wild ${profiles.wild}), ${tally.cycles} cycles, ${seconds} s, ${speed()}`,
  );
  console.log(`fuzz: ${tally.frames} frames to the wire, ${tally.usedChains} chains returned, ${tally.stops} stops`);
  const counts = tally.errors
    .map((count, code) => `${errorName(code)} ${count}`)
    .filter((_, code) => tally.errors[code]);
  console.log(`fuzz: the device counted: ${counts.join(", ")}`);
  console.log(`fuzz: ${violations.length} violations, seed ${seed}`);
  mkdirSync("build/fuzz", { recursive: true });
  writeFileSync(
    "build/fuzz/fuzz.json",
    `${JSON.stringify({ seed, shard, seconds, ...tally, violations }, undefined, 2)}\n`,
  );
  return violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof OptionError)) throw thrown;
  console.error(`make fuzz: ${thrown.message}`);
  process.exitCode = 2;
}
