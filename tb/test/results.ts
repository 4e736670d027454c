/**
 * What came out of the tests, kept for `make conformance`: one line of JSON per test, with a hash of the sources it was run on.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the results of all runs are collected. */
export const RESULTS_PATH = "build/test/results.jsonl";
/** What decides how a test ends. */
const SOURCES = ["rtl", "sim", "tb"];

/** One line. */
export interface TestResult {
  readonly source: string;
  readonly file: string;
  /** With the titles of all suites around it. */
  readonly title: string;
  readonly state: string;
}

let hash: string | undefined;

/** A hash of everything that decides how a test ends, as it is when it is first asked for. */
export function sourceHash(): string {
  hash ??= SOURCES.flatMap((directory) => readdirSync(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .reduce((sum, path) => sum.update(`${path}\0`).update(readFileSync(path)), createHash("sha256"))
    .digest("hex")
    .slice(0, 16);
  return hash;
}

/** Adds a result. Lines of several processes do not mix. */
export function recordResult(result: TestResult): void {
  mkdirSync(dirname(RESULTS_PATH), { recursive: true });
  appendFileSync(RESULTS_PATH, `${JSON.stringify(result)}\n`);
}
