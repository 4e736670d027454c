/**
 * Memory behaviour against both directions at once: latency, back-pressure on every channel, limits, reordering.
 */
import { expect } from "chai";

import type { MemoryConfig } from "../../src/bus/index.ts";
import { IS_FULL, withSeed } from "../../src/core/index.ts";
import type { Pause } from "../../src/core/index.ts";
import { cut, linuxTap } from "../../src/virtio/index.ts";
import { BUILDS, randomFrames, useBench } from "./system-bench.ts";

const HALF: Pause = { kind: "random", probability: 0.5 };
const BURSTY: Pause = { kind: "bursty", go: 8, pause: 60 };
const SLOW: Pause = { kind: "everyN", go: 1, pause: 7 };

const MEMORIES: readonly (readonly [name: string, config: MemoryConfig])[] = [
  ["latency 1", {}],
  ["latency 500", { readLatency: 500, writeLatency: 500 }],
  ["latency 1 to 300, reordered", { readLatency: [1, 300], writeLatency: [1, 300], reorder: true }],
  ["one request at a time", { maxReads: 1, maxWrites: 1, readLatency: 20, writeLatency: 20 }],
  ["half of all cycles", { pauseAr: HALF, pauseR: HALF, pauseAw: HALF, pauseW: HALF, pauseB: HALF }],
  ["long pauses", { pauseAr: BURSTY, pauseR: BURSTY, pauseAw: BURSTY, pauseW: BURSTY, pauseB: BURSTY, reorder: true }],
  ["addresses slow, data fast", { pauseAr: SLOW, pauseAw: SLOW }],
  ["data slow, addresses fast", { pauseR: SLOW, pauseW: SLOW, reorder: true, readLatency: [1, 40] }],
];

const WIRES: readonly (readonly [name: string, sink: Pause, beat: Pause, frame: Pause])[] = [
  ["a fast wire", { kind: "never" }, { kind: "never" }, { kind: "never" }],
  ["a wire with pauses", HALF, HALF, BURSTY],
];

const SETS = IS_FULL ? (["narrow", "middle", "pairs", "wide"] as const) : (["narrow", "pairs", "wide"] as const);

for (const name of SETS) {
  const params = BUILDS[name];
  const pairs = "QUEUE_PAIRS" in params ? params.QUEUE_PAIRS : 1;
  describe(withSeed(`system: memory matrix at ${params.DATA_W} bit, ${pairs} queue pairs`), () => {
    const bench = useBench({ params, name: `matrix-${params.DATA_W}` });

    for (const [memoryName, memory] of MEMORIES) {
      for (const [wireName, sink, beat, frame] of WIRES) {
        it(`${memoryName}, ${wireName}`, async () => {
          const net = bench();
          net.bench.memory.configure(memory);
          net.bench.sink.configure({ pause: sink });
          net.bench.source.configure({ pauseBeat: beat, pauseFrame: frame });
          for (const layout of [linuxTap, cut]) {
            await net.start({ layout, queuePairs: pairs });
            for (let pair = 0; pair < pairs; pair++) {
              const frames = randomFrames(net.random, 60, 800);
              net.send(
                pair,
                frames.map((bytes) => ({ frame: bytes })),
              );
              for (const bytes of frames) net.receive(pair, bytes);
            }
            await net.run();

            await net.finish();
            expect(net.scoreboard.tally(1).frames).to.equal(60);
          }
        });
      }
    }
  });
}
