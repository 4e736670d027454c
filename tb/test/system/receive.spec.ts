import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import { chainPlan, ERROR, FEATURE, linux, netkvm, openbsd } from "../../src/virtio/index.ts";
import type { ChainPlan } from "../../src/virtio/index.ts";
import { BUILDS, FEATURES, frameOf, planOfCuts, useBench } from "./system-bench.ts";

const MERGEABLE = FEATURES.modern | FEATURE.NET_MRG_RXBUF;

function single(lenBytes: number, headerLenBytes = 12): ChainPlan {
  return chainPlan({ headerLenBytes }, [{ lenBytes, place: { kind: "own", lane: 7 } }]);
}

for (const name of ["narrow", "wide"] as const) {
  const params = BUILDS[name];
  describe(withSeed(`system: receive at ${params.DATA_W} bit`), () => {
    const bench = useBench({ params, name: `receive-${params.DATA_W}` });

    it("merges as many buffers as a frame needs, around every boundary [NET-RX-50] [SVQ-25] [NET-RX-01] [NET-RX-04] [NET-RX-05] [NET-RX-06]", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features: MERGEABLE });
      const seen: number[] = [];
      net.onServiced = (report) => seen.push(...report.received.map((frame) => frame.chains.length));
      const lengths = [1, 87, 88, 89, 187, 188, 189, 288, 289, 1000, 1514, 5000];
      for (const lenBytes of lengths) net.receive(0, frameOf(lenBytes, lenBytes));

      while (!net.isDone) {
        driver.fillRx(0, 64, single(100));
        await net.step({ isRxManual: true });
        net.scoreboard.check();
      }

      await net.finish();
      expect(seen).to.deep.equal(lengths.map((lenBytes) => Math.ceil((12 + lenBytes) / 100)));
    });

    it("merges chains of several elements of different sizes", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features: MERGEABLE, isScattered: true });
      for (let i = 0; i < 200; i++) net.receive(0, frameOf(1 + ((i * 97) % 1514), i));

      while (!net.isDone) {
        while (driver.rx[0]?.ring.hasRoom(4, { kind: "direct" }) === true) {
          const total = 13 + net.random.below(300);
          const cuts = Array.from({ length: 3 }, () => 1 + net.random.below(total)).sort((a, b) => a - b);
          const unique = [...new Set(cuts)];
          driver.postRx(0, planOfCuts(12, unique, { total, lane: () => net.random.below(64) }));
        }
        await net.step({ isRxManual: true });
        net.scoreboard.check();
      }

      await net.finish();
    });

    it("writes num_buffers = 1 without mergeable buffers, into chains of two elements too [NET-RX-02] [NET-RX-03]", async () => {
      const net = bench();
      for (const layout of [netkvm, openbsd]) {
        const driver = await net.start({ layout });
        const seen: number[] = [];
        net.onServiced = (report) => seen.push(...report.received.map((frame) => frame.header.numBuffers));
        for (let i = 0; i < 30; i++) net.receive(0, frameOf(14 + 50 * i, i));
        await net.run();

        await net.finish();
        expect(driver.has(FEATURE.NET_MRG_RXBUF)).to.equal(false);
        expect(seen).to.deep.equal(new Array<number>(30).fill(1));
      }
    });

    it("RX_NO_FIT: a frame longer than the oldest buffer is dropped, and the buffer serves the next one", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features: FEATURES.modern });
      driver.fillRx(0, 3, single(112));

      for (const [i, lenBytes] of [100, 101, 99, 500, 60].entries()) {
        net.receive(0, frameOf(lenBytes, i), { isDropped: lenBytes > 100 });
      }
      await net.run({ isRxManual: true });

      await net.finish({ errors: { [ERROR.RX_NO_FIT]: 2 } });
      expect(driver.rx[0]?.ring.inFlight).to.equal(0);
    });

    it("RX_NO_BUFFER: a frame waits RX_WAIT cycles for a buffer and is dropped then; for ever by default", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features: FEATURES.modern });
      net.receive(0, frameOf(60, 1));
      await net.bench.cycles(20_000);
      driver.fillRx(0, 1);
      await net.run({ isRxManual: true });

      driver.transport.setRxWait(500);
      net.receive(0, frameOf(60, 2), { isDropped: true });
      await net.bench.cycles(1000);
      driver.fillRx(0, 1);
      net.receive(0, frameOf(60, 3));
      await net.run({ isRxManual: true });
      driver.transport.setRxWait(0xffff_ffff);

      await net.finish({ errors: { [ERROR.RX_NO_BUFFER]: 1 } });
    });

    it("RX_TOO_LONG, RX_BAD: frames the wire should not have sent leave no trace", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features: MERGEABLE });
      const before = driver.rx[0]?.ring.usedIdx;
      net.receive(0, frameOf(9216, 1));
      net.receive(0, frameOf(9217, 2), { isDropped: true });
      net.receive(0, frameOf(60, 3), { isBad: true });
      net.receive(0, frameOf(20_000, 4), { isDropped: true });
      net.receive(0, frameOf(1514, 5), { isBad: true });
      net.receive(0, frameOf(61, 6));
      await net.run();

      await net.finish({ errors: { [ERROR.RX_TOO_LONG]: 2, [ERROR.RX_BAD]: 2 } });
      expect(before).to.equal(0);
      expect(net.scoreboard.tally(0).frames).to.equal(2);
    });

    it("RX_NO_QUEUE: frames for a queue pair that is not there or not enabled are dropped", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux });
      net.receive(200, frameOf(60, 1), { isDropped: true });
      net.receive(0, frameOf(61, 2));
      await net.run();
      await net.finish({ errors: { [ERROR.RX_NO_QUEUE]: 1 } });

      await driver.transport.resetQueue(0);
      const before = await driver.transport.errorCount(ERROR.RX_NO_QUEUE);
      net.bench.source.send(frameOf(60, 3));
      await net.bench.cycles(500);
      expect(await driver.transport.errorCount(ERROR.RX_NO_QUEUE)).to.equal(before + 1);
    });

    it("keeps to the negotiated MTU, one VLAN tag allowed [NET-CFG-05] [NET-CFG-06] [NET-CFG-07]", async () => {
      const net = bench();
      await net.start({ layout: linux, features: MERGEABLE | FEATURE.NET_MTU });
      net.receive(0, frameOf(9000 + 18, 1));
      net.receive(0, frameOf(9000 + 19, 2), { isDropped: true });
      net.send(0, [{ frame: frameOf(9000 + 14, 3) }, { frame: frameOf(9000 + 18, 4) }]);
      await net.run();

      await net.finish({ errors: { [ERROR.RX_TOO_LONG]: 1 } });
    });

    it("transmits frames of every length from 1 byte to a few words more than a burst, and the longest ones", async () => {
      const net = bench();
      await net.start({ layout: linux, features: MERGEABLE });
      const lengths = [...Array.from({ length: 600 }, (_, i) => i + 1), 4000, 4084, 4085, 9215, 9216];
      net.send(
        0,
        lengths.map((lenBytes) => ({ frame: frameOf(lenBytes, lenBytes) })),
      );
      for (const lenBytes of lengths) net.receive(0, frameOf(lenBytes, lenBytes));
      await net.run();

      await net.finish();
    });
  });
}
