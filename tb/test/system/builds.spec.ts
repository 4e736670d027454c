/**
 * Builds with other parameters: the two experiments, tight limits, several queue pairs.
 */
import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import { ERROR, FEATURE, linux, linuxLegacy, separate } from "../../src/virtio/index.ts";
import { BUILDS, cutsOfMask, FEATURES, frameOf, planOfCuts, randomFrames, useBench } from "./system-bench.ts";

describe(withSeed("system: header layout rules without the right to any layout"), () => {
  const bench = useBench({ params: BUILDS.narrow, name: "layout-rules" });

  it("LAYOUT: serves any layout all the same and counts it [FRAM-04]", async () => {
    const net = bench();
    await net.start({ layout: linux, features: FEATURES.legacy });
    const requests = Array.from({ length: 1024 }, (_, mask) => {
      const plan = planOfCuts(10, cutsOfMask(mask, 10), { total: 70, lane: () => net.random.below(64) });
      return { frame: frameOf(60, mask), plan };
    });
    net.send(0, requests);
    await net.run({ isRxManual: true });

    await net.finish({ errors: { [ERROR.LAYOUT]: 1023 } });
  });

  it("counts nothing for a driver that keeps to the rule", async () => {
    const net = bench();
    await net.start({ layout: linuxLegacy });
    const frames = randomFrames(net.random, 50, 300);
    net.send(
      0,
      frames.map((frame) => ({ frame })),
    );
    for (const frame of frames) net.receive(0, frame);
    await net.run();

    await net.finish();
    expect(net.scoreboard.tally(1).alone + net.scoreboard.tally(0).alone).to.equal(100);
  });
});

describe(withSeed("system: build with STRICT_LAYOUT, ANY_HEADER_SG, CHAIN_MAX 32, FRAME_MAX 2048"), () => {
  const bench = useBench({ params: BUILDS.strict, name: "strict" });

  it("says so in its registers", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });

    expect(await driver.transport.buildFacts()).to.deep.include({
      isStrictLayout: true,
      offersAnyHeaderSg: true,
      chainMax: 32,
      frameMax: 2048,
    });
  });

  it("LAYOUT_REFUSED: sends only frames whose header is alone, as hosts before 2013 wanted it", async () => {
    const net = bench();
    await net.start({ layout: linux, features: FEATURES.legacy });
    const requests = Array.from({ length: 1024 }, (_, mask) => {
      const plan = planOfCuts(10, cutsOfMask(mask, 10), { total: 70, lane: () => net.random.below(64) });
      return { frame: frameOf(60, mask), plan, isRefused: plan.placement !== "alone" };
    });
    net.send(0, requests);
    await net.run({ isRxManual: true });

    await net.finish({ errors: { [ERROR.LAYOUT_REFUSED]: 1023 }, isCountersFree: true });
    expect(net.scoreboard.tally(1).frames).to.equal(1);
  });

  it("LAYOUT_REFUSED: returns receive buffers whose header is not alone", async () => {
    const net = bench();
    const driver = await net.start({ layout: separate, features: FEATURES.legacy });
    const address = driver.allocator.allocate(600).addr;
    net.shadow.offer(address, 600, "write");
    driver.postRaw(0, { count: 1, descriptors: () => [{ addr: address, lenBytes: 600, flags: 2, next: 0 }] });
    driver.fillRx(0, 3);
    net.receive(0, frameOf(60, 1));
    await net.run({ isRxManual: true });

    await net.finish({ errors: { [ERROR.LAYOUT_REFUSED]: 1 }, isCountersFree: true });
  });

  for (const [name, feature] of [
    ["ANY_LAYOUT", FEATURE.ANY_LAYOUT],
    ["VERSION_1", FEATURE.VERSION_1],
    ["the bit of 2013, ANY_HEADER_SG", FEATURE.NET_ANY_HEADER_SG],
  ] as const) {
    it(`serves any layout once ${name} is negotiated [FRAM-03]`, async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features: FEATURES.legacy | feature, required: feature });
      const requests = Array.from({ length: 256 }, (_, mask) => {
        const cuts = cutsOfMask(mask, 8);
        const plan = planOfCuts(driver.headerLenBytes, cuts, {
          total: driver.headerLenBytes + 60,
          lane: () => mask % 64,
        });
        return { frame: frameOf(60, mask), plan };
      });
      net.send(0, requests);
      for (let i = 0; i < 50; i++) net.receive(0, frameOf(60 + i, i));
      await net.run();

      await net.finish();
      expect(net.scoreboard.tally(0).inline).to.equal(50);
    });
  }

  it("CHAIN_LONG: 32 elements pass, 33 do not, direct or indirect", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    for (const form of [{ kind: "direct" as const }, { kind: "indirect" as const }]) {
      for (const elements of [31, 32, 33, 40]) {
        const total = 12 + 60;
        const cuts = Array.from({ length: elements - 1 }, (_, i) => i + 1);
        const plan = planOfCuts(12, cuts, { total, form, lane: (element) => element % 64 });
        net.send(0, [{ frame: frameOf(60, elements), plan, isRefused: elements > 32 }]);
      }
    }
    await net.run({ isRxManual: true });

    await net.finish({ errors: { [ERROR.CHAIN_LONG]: 4 }, isCountersFree: true });
    expect(driver.tx[0]?.ring.inFlight).to.equal(0);
  });

  it("FRAME_LONG: 2048 bytes pass, 2049 do not", async () => {
    const net = bench();
    await net.start({ layout: linux, rxFrameBytes: 4000 });
    net.send(0, [{ frame: frameOf(2048, 1) }, { frame: frameOf(2049, 2), isRefused: true }, { frame: frameOf(60, 3) }]);
    net.receive(0, frameOf(2048, 4));
    net.receive(0, frameOf(2049, 5), { isDropped: true });
    await net.run();

    await net.finish({ errors: { [ERROR.FRAME_LONG]: 1, [ERROR.RX_TOO_LONG]: 1 }, isCountersFree: true });
  });
});

describe(withSeed("system: four queue pairs at 256 bit"), () => {
  const bench = useBench({ params: BUILDS.pairs, name: "pairs" });

  it("keeps the queues apart: each frame leaves and arrives at its own, in order [NET-CFG-23]", async () => {
    const net = bench();
    await net.start({ layout: linux, queuePairs: 4 });
    const frames = randomFrames(net.random, 400, 600);
    for (const [i, frame] of frames.entries()) {
      net.send(i % 4, [{ frame }]);
      net.receive((i * 7) % 4, frame);
    }
    await net.run();

    await net.finish();
    for (const pair of [0, 1, 2, 3]) {
      expect(net.scoreboard.tally(2 * pair).frames).to.equal(100);
      expect(net.scoreboard.tally(2 * pair + 1).frames).to.equal(100);
    }
  });

  it("transmits while no receive queue has buffers, and on three pairs while the fourth is reset", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux, queuePairs: 4 });
    for (const pair of [0, 1, 2, 3]) net.receive(pair, frameOf(100, pair));
    for (const pair of [0, 1, 2]) {
      net.send(
        pair,
        randomFrames(net.random, 100, 400).map((frame) => ({ frame })),
      );
    }
    for (let i = 0; i < 40 && net.scoreboard.txPending > 0; i++) {
      await net.step({ isRxManual: true, stepCycles: 300 });
      if (i === 2) await net.resetQueue(7);
    }
    expect(net.scoreboard.txPending).to.equal(0);

    await net.run();
    await net.finish();
    expect(driver.tx).to.have.length(4);
  });

  it("serves all queues alike while all of them always have work", async () => {
    const net = bench();
    await net.start({ layout: linux, queuePairs: 4 });
    for (const pair of [0, 1, 2, 3]) {
      net.send(
        pair,
        Array.from({ length: 250 }, (_, i) => ({ frame: frameOf(200, i) })),
      );
    }
    const atHalf = new Map<number, number>();
    let seen = 0;
    net.onTransmitted = ({ dest }) => {
      if (seen++ < 500) atHalf.set(dest, (atHalf.get(dest) ?? 0) + 1);
    };
    await net.run({ isRxManual: true });

    await net.finish();
    for (const pair of [0, 1, 2, 3]) expect(atHalf.get(pair), `pair ${pair}`).to.be.within(100, 150);
  });

  it("works with one pair of the four set up", async () => {
    const net = bench();
    await net.start({ layout: linux, queuePairs: 1 });
    net.send(0, [{ frame: frameOf(60, 1) }]);
    net.receive(0, frameOf(61, 2));
    net.receive(3, frameOf(62, 3), { isDropped: true });
    await net.run();

    await net.finish({ errors: { [ERROR.RX_NO_QUEUE]: 1 } });
  });

  it("takes queue sizes from 2 to the largest one, each queue its own [PCI-85]", async () => {
    const net = bench();
    for (const queueSize of [2, 4, 8, 64, 256]) {
      await net.start({ layout: linux, queuePairs: 4, queueSize });
      for (const pair of [0, 1, 2, 3]) {
        net.send(
          pair,
          randomFrames(net.random, 20, 200).map((frame) => ({ frame })),
        );
        for (const frame of randomFrames(net.random, 20, 200)) net.receive(pair, frame);
      }
      await net.run({ stepCycles: 100 });
      await net.finish();
    }
  });
});
