/**
 * `make soak`: constrained-random traffic with everything on, for as many cycles as asked for. See docs/verification.md, "Soak".
 *
 * Options: `SEED`, `CYCLES` (a multiple of a million is used), `SHARD=i/n`, `JOBS`, `CHUNK=n` (that chunk alone). Each shard writes `build/soak/soak-i-of-n.json`;
 * `make soak-merge` joins them. Exit codes: 0 no mismatch, 1 mismatches, 2 a bad option.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";

import { CHUNK_CYCLES, playChunk } from "../soak/soak.ts";
import type { ChunkOutcome } from "../soak/soak.ts";
import { OptionError, OptionReader } from "./options.ts";
import { isWorker, report, runWorkers } from "./workers.ts";
import { sumChunks, summaryLines } from "./soak-report.ts";
import type { SoakReport } from "./soak-report.ts";

const DEFAULT_CYCLES = 100_000_000;
const PROGRESS_CHUNKS = 10;

async function main(): Promise<number> {
  const reader = new OptionReader(process.env);
  const seed = reader.seed();
  const cycles = reader.integer("CYCLES", { min: 1, max: 1e12 }) ?? DEFAULT_CYCLES;
  const chunks = Math.ceil(cycles / CHUNK_CYCLES);
  const shard = reader.shard();
  const only = reader.integer("CHUNK", { min: 0, max: 1e9 });
  const jobs = only === undefined ? (reader.integer("JOBS", { min: 1, max: 64 }) ?? 2) : 1;
  if (isWorker()) {
    for (let chunk = shard.index; chunk < chunks; chunk += shard.count) report(await playChunk(seed, chunk));
    return 0;
  }

  const outcomes: ChunkOutcome[] = [];
  const started = process.uptime();
  const take = (outcome: ChunkOutcome): void => {
    outcomes.push(outcome);
    if (outcome.mismatch !== undefined) {
      console.log(
        `soak: chunk ${outcome.chunk}: ${outcome.mismatch}\n    repeat: SEED=${seed} CHUNK=${outcome.chunk} make soak`,
      );
    } else if (outcomes.length % PROGRESS_CHUNKS === 0) {
      console.log(`soak: ${outcomes.length} chunks, ${sumChunks(outcomes).cycles} cycles`);
    }
  };
  if (only === undefined) {
    console.log(
      `soak: seed ${seed}, ${chunks} chunks of ${CHUNK_CYCLES} cycles, shard ${shard.index}/${shard.count}, ${jobs} processes`,
    );
    await runWorkers(import.meta.url, { jobs, shard }, (message) => {
      take(message as ChunkOutcome); // reported by a worker
    });
  } else {
    take(await playChunk(seed, only));
  }
  const seconds = Math.round(process.uptime() - started);
  const result: SoakReport = { seed, chunks, shard, seconds, outcomes };
  for (const line of summaryLines(result)) console.log(line);
  mkdirSync("build/soak", { recursive: true });
  const name = only === undefined ? `soak-${shard.index}-of-${shard.count}` : `chunk-${only}`;
  writeFileSync(`build/soak/${name}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  return outcomes.some(({ mismatch }) => mismatch !== undefined) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof OptionError)) throw thrown;
  console.error(`make soak: ${thrown.message}`);
  process.exitCode = 2;
}
