/**
 * Reports of the soak: their sums, and how several become one.
 *
 * @module
 */
import type { ChunkOutcome } from "../soak/soak.ts";
import type { Shard } from "./options.ts";

/** What one shard, or all of them, came to. */
export interface SoakReport {
  readonly seed: number;
  /** Chunks of the whole run. */
  readonly chunks: number;
  readonly shard: Shard;
  readonly seconds: number;
  readonly outcomes: readonly ChunkOutcome[];
}

/** The sums of some chunks. */
export function sumChunks(outcomes: readonly ChunkOutcome[]): Pick<
  ChunkOutcome,
  "cycles" | "framesOut" | "framesIn" | "bytes" | "episodes" | "queueResets" | "abruptResets"
> & {
  readonly mismatches: number;
} {
  const sum = (of: (outcome: ChunkOutcome) => number): number =>
    outcomes.reduce((all, outcome) => all + of(outcome), 0);
  return {
    cycles: sum((outcome) => outcome.cycles),
    framesOut: sum((outcome) => outcome.framesOut),
    framesIn: sum((outcome) => outcome.framesIn),
    bytes: sum((outcome) => outcome.bytes),
    episodes: sum((outcome) => outcome.episodes),
    queueResets: sum((outcome) => outcome.queueResets),
    abruptResets: sum((outcome) => outcome.abruptResets),
    mismatches: sum((outcome) => (outcome.mismatch === undefined ? 0 : 1)),
  };
}

/** Chunks of the whole run that no report has. */
export function missingChunks(report: SoakReport): number[] {
  const seen = new Set(report.outcomes.map(({ chunk }) => chunk));
  return Array.from({ length: report.chunks }, (_, chunk) => chunk).filter((chunk) => !seen.has(chunk));
}

/** One report out of those of several shards of the same run. */
export function mergeReports(reports: readonly SoakReport[]): SoakReport {
  const [first] = reports;
  if (first === undefined) throw new Error("no reports");
  const byChunk = new Map<number, ChunkOutcome>();
  for (const report of reports) {
    if (report.seed !== first.seed || report.chunks !== first.chunks) {
      throw new Error(
        `shard ${report.shard.index}/${report.shard.count} is of another run: seed ${report.seed}, ${report.chunks} chunks; ` +
          `expected seed ${first.seed}, ${first.chunks} chunks`,
      );
    }
    for (const outcome of report.outcomes) byChunk.set(outcome.chunk, outcome);
  }
  return {
    seed: first.seed,
    chunks: first.chunks,
    shard: { index: 0, count: 1 },
    seconds: reports.reduce((sum, report) => sum + report.seconds, 0),
    outcomes: [...byChunk.values()].sort((a, b) => a.chunk - b.chunk),
  };
}

/** A report for people. */
export function summaryLines(report: SoakReport): string[] {
  const sum = sumChunks(report.outcomes);
  const layouts = new Set(report.outcomes.flatMap((outcome) => outcome.layouts));
  return [
    `soak: ${report.outcomes.length} chunks, ${sum.cycles} cycles, ${report.seconds} s, ` +
      `${Math.round(sum.cycles / 1000 / Math.max(1, report.seconds))} kcycles/s`,
    `soak: ${sum.framesOut} frames out, ${sum.framesIn} in, ${sum.bytes} bytes, ${layouts.size} layouts, ${sum.episodes} drivers, ` +
      `${sum.abruptResets} reset in mid-traffic, ${sum.queueResets} queue resets`,
    `soak: ${sum.mismatches} mismatches, seed ${report.seed}`,
  ];
}
