/**
 * Waiting for what no stream announces.
 *
 * @module
 */
import { expect } from "chai";
import type { ModuleBench } from "./module-test.ts";

/** Runs until the condition holds, at most so many cycles. */
export async function waitUntil(
  bench: ModuleBench,
  isTrue: () => boolean,
  limitCycles: number,
  what: string,
): Promise<void> {
  const end = bench.cycle + limitCycles;
  while (!isTrue()) {
    expect(bench.cycle, `waits for ${what}`).to.be.below(end);
    await bench.cycles();
  }
}
