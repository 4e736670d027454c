/**
 * Random chains, sizes, alignments, latencies, back-pressure; both directions at once.
 */
import fc from "fast-check";

import { IS_FULL, withSeed } from "../../src/core/index.ts";
import type { NetBench } from "../../src/model/index.ts";
import { cutLayout, FEATURE, linux } from "../../src/virtio/index.ts";
import type { ChainForm } from "../../src/virtio/index.ts";
import { anyPause, BUILDS, checkProperty, FEATURES, frameOf, planOfCuts, useBench } from "./system-bench.ts";

const RUNS = IS_FULL ? 400 : 40;

const anyForm: fc.Arbitrary<ChainForm> = fc.oneof(
  fc.constant<ChainForm>({ kind: "direct" }),
  fc.record({ kind: fc.constant("indirect" as const), lane: fc.constantFrom(0, 16, 32, 48), isShuffled: fc.boolean() }),
  fc.record({ kind: fc.constant("mixed" as const), direct: fc.integer({ min: 1, max: 3 }) }),
);

const anyLatency = fc.oneof(
  fc.constantFrom(1, 2, 10, 100, 500),
  fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 200 }))
    .map(([min, more]) => [min, min + more] as const),
);

const anyChain = fc.record({
  lenBytes: fc.oneof(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 100, max: 1514 }),
    fc.constantFrom(1, 64, 4096, 9000),
  ),
  cuts: fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 9000 })), { maxLength: 12 }),
  lane: fc.integer({ min: 0, max: 63 }),
  form: anyForm,
});

const anyScenario = fc.record({
  seed: fc.integer({ min: 0, max: 0x7fffffff }),
  isLegacy: fc.boolean(),
  hasEventIdx: fc.boolean(),
  hasMrgRxbuf: fc.boolean(),
  isScattered: fc.boolean(),
  isInterruptDriven: fc.boolean(),
  queueSizeLog2: fc.integer({ min: 4, max: 8 }),
  lanes: fc.record({
    desc: fc.constantFrom(0, 16, 32, 48),
    avail: fc.integer({ min: 0, max: 31 }).map((half) => 2 * half),
    used: fc.integer({ min: 0, max: 15 }).map((word) => 4 * word),
  }),
  memory: fc.record({
    readLatency: anyLatency,
    writeLatency: anyLatency,
    reorder: fc.boolean(),
    maxReads: fc.constantFrom(0, 1, 4),
    maxWrites: fc.constantFrom(0, 1, 4),
    pauseAr: anyPause,
    pauseR: anyPause,
    pauseAw: anyPause,
    pauseW: anyPause,
    pauseB: anyPause,
  }),
  pauseSink: anyPause,
  pauseBeat: anyPause,
  pauseFrame: anyPause,
  pauseIrq: anyPause,
  tx: fc.array(anyChain, { maxLength: 40 }),
  rx: fc.array(fc.integer({ min: 1, max: 1514 }), { maxLength: 40 }),
  /** Cuts of the receive buffers: every buffer takes the next list. */
  rxCuts: fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 1500 }), { maxLength: 10 }), {
    minLength: 1,
    maxLength: 4,
  }),
  /** Size of a receive buffer behind the header, with mergeable buffers; without, all frames fit. */
  rxRoom: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 2000 })),
});

type Scenario = typeof anyScenario extends fc.Arbitrary<infer T> ? T : never;

async function play(net: NetBench, scenario: Scenario): Promise<void> {
  const { seed, tx, rx } = scenario;
  const features =
    ((scenario.isLegacy ? FEATURES.legacyAnyLayout : FEATURES.modern) &
      ~(scenario.hasEventIdx ? 0n : FEATURE.EVENT_IDX)) |
    (scenario.hasMrgRxbuf ? FEATURE.NET_MRG_RXBUF : 0n);
  let buffers = 0;
  const nextCuts = (): number[] => {
    const cuts = scenario.rxCuts[buffers++ % scenario.rxCuts.length] ?? [];
    return cuts.toSorted((a, b) => a - b).slice(0, 2 ** scenario.queueSizeLog2 - 2);
  };
  const pairs = Number(net.bench.simulator.welcome.params["QUEUE_PAIRS"] ?? 1);
  const { bench } = net;
  bench.memory.configure({ ...scenario.memory, seed });
  bench.sink.configure({ pause: scenario.pauseSink, seed });
  bench.source.configure({ pauseBeat: scenario.pauseBeat, pauseFrame: scenario.pauseFrame, seed });
  bench.irq.configure({ pause: scenario.pauseIrq, seed });
  const driver = await net.start({
    layout: cutLayout({ name: "property", features, cuts: nextCuts }),
    queuePairs: pairs,
    rxFrameBytes: scenario.hasMrgRxbuf ? scenario.rxRoom : 1514,
    isScattered: scenario.isScattered,
    queueSize: 2 ** scenario.queueSizeLog2,
    ringLanes: scenario.lanes,
    seed,
  });
  const queueSize = 2 ** scenario.queueSizeLog2;

  const requests = tx.map((chain, i) => {
    const total = driver.headerLenBytes + chain.lenBytes;
    const sorted = chain.cuts.toSorted((a, b) => a - b).slice(0, queueSize - 2);
    const plan = planOfCuts(driver.headerLenBytes, sorted, {
      total,
      lane: (element) => (chain.lane + 17 * element) % 64,
    });
    const form = chain.form.kind === "mixed" && plan.pieces.length <= chain.form.direct ? linuxForm : chain.form;
    return {
      frame: frameOf(chain.lenBytes, i),
      plan: { ...plan, form },
      header: { hdrLen: i, gsoSize: seed & 0xffff },
    };
  });
  for (const [i, request] of requests.entries()) net.send(i % pairs, [request]);
  // A merged frame must find enough buffers in a ring of this size.
  const chains = Math.floor(queueSize / (1 + Math.max(...scenario.rxCuts.map((cuts) => cuts.length))));
  const longest = scenario.hasMrgRxbuf
    ? Math.max(1, (chains >> 1) * (driver.headerLenBytes + scenario.rxRoom) - 12)
    : 1514;
  for (const [i, lenBytes] of rx.entries()) net.receive(i % pairs, frameOf(Math.min(lenBytes, longest), i));
  // The slowest memories take that long for a chain of many elements.
  await net.run({ isInterruptDriven: scenario.isInterruptDriven, stepCycles: 500, idleLimitCycles: 2_000_000 });
  await net.finish();
}

const linuxForm: ChainForm = { kind: "direct" };

for (const name of ["narrow", "pairs", "wide"] as const) {
  const params = BUILDS[name];
  describe(withSeed(`system: random scenarios at ${params.DATA_W} bit`), () => {
    const bench = useBench({ params, name: `property-${params.DATA_W}`, maxCycles: 2_000_000_000 });

    it(`${RUNS} scenarios of random chains, latencies and back-pressure, both directions at once [SVQ-01] [SVQ-02] [SVQ-04] [SVQ-13] [SVQ-14]`, async () => {
      await checkProperty(anyScenario, RUNS, async (scenario) => play(await bench.revive(), scenario));
    });

    it("the same traffic twice takes the same cycles", async () => {
      const net = bench();
      const cycles: number[] = [];
      for (let run = 0; run < 2; run++) {
        await net.start({ layout: linux, seed: 7 });
        net.bench.memory.configure({ seed: 1, readLatency: [1, 60], reorder: true });
        await net.bench.cycles(100);
        const first = net.cycle;
        net.send(
          0,
          Array.from({ length: 50 }, (_, i) => ({ frame: frameOf(60 + i, i) })),
        );
        await net.run();
        cycles.push(net.cycle - first);
      }

      await net.finish();
      if (cycles[0] !== cycles[1]) throw new Error(`${cycles.join(" and ")} cycles`);
    });
  });
}
