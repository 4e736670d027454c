/**
 * `make soak-merge`: joins the reports of all shards of a soak (`REPORTS`, a directory; default `build/soak`) into `soak.json` there. Exit codes: 0 all
 * chunks are there and none has a mismatch, 1 otherwise, 2 a bad option.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { OptionError, OptionReader } from "./options.ts";
import { mergeReports, missingChunks, sumChunks, summaryLines } from "./soak-report.ts";
import type { SoakReport } from "./soak-report.ts";

function main(): number {
  const directory = new OptionReader(process.env).text("REPORTS") ?? "build/soak";
  if (!existsSync(directory)) throw new OptionError(`REPORTS: no directory '${directory}'`);
  // Shards may lie in directories of their own, as artifacts do.
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
    /(^|\/)soak-\d+-of-\d+\.json$/.test(name),
  );
  if (files.length === 0) throw new OptionError(`REPORTS: no soak-<i>-of-<n>.json below '${directory}'`);
  const reports = files.map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as SoakReport); // written by soak.ts
  const merged = mergeReports(reports);
  writeFileSync(join(directory, "soak.json"), `${JSON.stringify(merged, undefined, 1)}\n`);
  console.log(`soak: ${files.length} reports`);
  for (const line of summaryLines(merged)) console.log(line);
  const missing = missingChunks(merged);
  if (missing.length > 0)
    console.log(`soak: ${missing.length} of ${merged.chunks} chunks are missing, the first is ${missing[0] ?? 0}`);
  return missing.length === 0 && sumChunks(merged.outcomes).mismatches === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (thrown) {
  console.error(`make soak-merge: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exitCode = thrown instanceof OptionError ? 2 : 1;
}
