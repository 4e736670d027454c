/**
 * What the system tests share: simulations by parameter set, frames, the way to repeat a counterexample.
 *
 * @module
 */
import fc from "fast-check";

import type { Pause } from "../../src/core/index.ts";
import { repeatCommand, SEED } from "../../src/core/index.ts";
import { NetBench } from "../../src/model/index.ts";
import type { NetBenchOptions } from "../../src/model/index.ts";
import { chainPlan, FEATURE } from "../../src/virtio/index.ts";
import type { ChainForm, ChainPlan, RandomSource } from "../../src/virtio/index.ts";

/** Parameter sets of the normal run. Each one is a build, so there are few. */
export const BUILDS = {
  narrow: { DATA_W: 64 },
  middle: { DATA_W: 128 },
  pairs: { DATA_W: 256, QUEUE_PAIRS: 4 },
  wide: { DATA_W: 512 },
  /** Both experiments and tight limits in one build. */
  strict: { DATA_W: 64, STRICT_LAYOUT: 1, ANY_HEADER_SG: 1, CHAIN_MAX: 32, FRAME_MAX: 2048 },
} as const;

/** Feature sets that tests name often. */
export const FEATURES = {
  modern: FEATURE.VERSION_1 | FEATURE.EVENT_IDX | FEATURE.INDIRECT_DESC | FEATURE.RING_RESET,
  /** 10-byte header, any layout. */
  legacyAnyLayout: FEATURE.ANY_LAYOUT | FEATURE.EVENT_IDX | FEATURE.INDIRECT_DESC | FEATURE.RING_RESET,
  /** 10-byte header, which has to be alone. */
  legacy: FEATURE.EVENT_IDX | FEATURE.INDIRECT_DESC | FEATURE.RING_RESET,
} as const;

/** The bench of the test that runs now. */
export interface BenchHandle {
  (): NetBench;
  /** The same, or a new one if the simulation has died: for properties, which go on after a failure to shrink it. */
  revive(): Promise<NetBench>;
}

/**
 * A simulation for each test of a suite; starting one takes a fraction of a second, and so every failure can be repeated alone, with the
 * same cycles. Call it in `describe`; the bench is there in the tests.
 */
export function useBench(options: NetBenchOptions): BenchHandle {
  let bench: NetBench | undefined;
  before("build the simulator", async function () {
    this.timeout(900_000);
    await (await NetBench.open(options)).close();
  });
  beforeEach("start the simulation", async () => {
    bench = await NetBench.open(options);
  });
  afterEach("end the simulation", async () => {
    const { simulator } = bench?.bench ?? {};
    if (simulator?.failure !== undefined) await simulator.abandon();
    else await bench?.close();
    bench = undefined;
  });
  const get = (): NetBench => {
    if (bench === undefined) throw new Error("the bench is there only in tests");
    return bench;
  };
  const revive = async (): Promise<NetBench> => {
    if (get().bench.simulator.failure !== undefined) {
      await get().bench.simulator.abandon();
      bench = await NetBench.open(options);
    }
    return get();
  };
  return Object.assign(get, { revive });
}

/** Bytes that differ from frame to frame and from place to place. */
export function frameOf(lenBytes: number, tag: number): Uint8Array {
  return Uint8Array.from({ length: lenBytes }, (_, i) => (tag * 101 + i * 7 + (i >> 8)) & 0xff);
}

/** A plan with elements that end at the given bytes (rising); `total` itself is added. */
export function planOfCuts(
  headerLenBytes: number,
  cuts: readonly number[],
  options: { readonly total: number; readonly form?: ChainForm; readonly lane: (element: number) => number },
): ChainPlan {
  const ends = [...cuts.filter((cut) => cut > 0 && cut < options.total), options.total];
  const pieces = ends.map((end, index) => ({
    lenBytes: end - (ends[index - 1] ?? 0),
    place: { kind: "own" as const, lane: options.lane(index) },
  }));
  return chainPlan({ headerLenBytes }, pieces, options.form === undefined ? {} : { form: options.form });
}

/** The bytes after which a set of cuts, given as bits, cuts: bit 0 is a cut after byte 1. */
export function cutsOfMask(mask: number, positions: number): number[] {
  return Array.from({ length: positions }, (_, bit) => bit + 1).filter((_, bit) => ((mask >> bit) & 1) !== 0);
}

/** `count` frames of 14 to `maxBytes` bytes. */
export function randomFrames(random: RandomSource, count: number, maxBytes: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => frameOf(14 + random.below(maxBytes - 13), i));
}

/**
 * Runs a property with the seed of the run. A counterexample tells the command that repeats it: fast-check's path to the shrunk
 * case goes into `FC_PATH`.
 */
export async function checkProperty<T>(
  arbitrary: fc.Arbitrary<T>,
  runs: number,
  property: (value: T) => Promise<void>,
): Promise<void> {
  const path = process.env["FC_PATH"];
  const details = await fc.check(fc.asyncProperty(arbitrary, property), {
    seed: SEED,
    numRuns: runs,
    ...(path === undefined || path === "" ? {} : { path }),
  });
  if (!details.failed) return;
  const command = `FC_PATH='${details.counterexamplePath ?? ""}' ${repeatCommand() ?? `SEED=${SEED}`}`;
  const cause: unknown = details.errorInstance;
  const what = cause instanceof Error ? cause.message : String(cause);
  throw new Error(
    `counterexample after ${details.numRuns} runs and ${details.numShrinks} steps of shrinking:\n` +
      `${fc.stringify(details.counterexample)}\n${what}\nrepeat with: ${command}`,
    { cause },
  );
}

/** Any pause that does not stop for ever. */
export const anyPause: fc.Arbitrary<Pause> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Pause>({ kind: "never" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0.1, 0.5, 0.8).map((probability) => ({ kind: "random" as const, probability })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("bursty" as const),
      go: fc.integer({ min: 1, max: 20 }),
      pause: fc.integer({ min: 1, max: 40 }),
    }),
  },
);
