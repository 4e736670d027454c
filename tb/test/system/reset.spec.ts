/**
 * Resets in mid-traffic. Memory is taken back as soon as the device says that it is done, so an access that comes later ends the simulation.
 */
import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import type { NetBench } from "../../src/model/index.ts";
import { FEATURE, linux, linuxTap } from "../../src/virtio/index.ts";
import { BUILDS, frameOf, randomFrames, useBench } from "./system-bench.ts";

for (const name of ["narrow", "pairs"] as const) {
  const params = BUILDS[name];
  const pairs = "QUEUE_PAIRS" in params ? params.QUEUE_PAIRS : 1;
  describe(withSeed(`system: resets at ${params.DATA_W} bit, ${pairs} queue pairs`), () => {
    const bench = useBench({ params, name: `reset-${params.DATA_W}` });

    it("device reset at any time of a busy device; then it works as new [RST-03] [PCI-26] [PCI-28] [PCI-25]", async () => {
      const net = bench();
      for (let round = 0; round < 40; round++) {
        net.bench.memory.configure({ readLatency: [1, 80], writeLatency: [1, 80], reorder: true, seed: round });
        const driver = await net.start({ layout: linuxTap, queuePairs: pairs });
        for (const { pair } of driver.tx) {
          const frames = randomFrames(net.random, 30, 800);
          net.send(
            pair,
            frames.map((frame) => ({ frame })),
          );
          for (const frame of frames) net.receive(pair, frame);
        }
        await net.step({ stepCycles: 10 + 37 * round });
        // Resets the device, and then at once takes back all memory.
        await net.stop();
      }

      net.bench.memory.configure({});
      await net.start({ layout: linux, queuePairs: pairs });
      const frames = randomFrames(net.random, 20, 200);
      for (let pair = 0; pair < pairs; pair++) {
        net.send(
          pair,
          frames.map((frame) => ({ frame })),
        );
        for (const frame of frames) net.receive(pair, frame);
      }
      await net.run();
      await net.finish();
    });

    it("interrupts nobody once the status reads 0 [RST-02]", async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, queuePairs: pairs });
      for (const { virtqueue } of driver.queues()) driver.armInterrupt(virtqueue, { afterChains: 1 });
      net.send(
        0,
        randomFrames(net.random, 100, 400).map((frame) => ({ frame })),
      );
      await net.step({ stepCycles: 60 });

      await driver.shutdown();
      const interrupts = net.bench.irq.interrupts.count;
      await net.bench.cycles(3000);

      expect(net.bench.irq.interrupts.count).to.equal(interrupts);
    });

    for (const [what, reset] of [
      [
        "device",
        async (net: NetBench) => {
          await net.stop();
          await net.start({ layout: linux, queuePairs: pairs });
        },
      ],
      ["queue", (net: NetBench) => net.resetQueue(0)],
    ] as const) {
      it(`shows the frames that came before a ${what} reset to nobody [RST-03]`, async () => {
        const net = bench();
        await net.start({ layout: linux, queuePairs: pairs });
        // Without receive buffers the frames wait in the device; with more pairs, behind a frame of another queue.
        if (pairs > 1) net.receive(1, frameOf(100, 99), { isDropped: what === "device" });
        for (let i = 0; i < 200; i++) net.receive(0, frameOf(150, i), { isDropped: true });
        while (net.bench.source.pending > 0) await net.bench.cycles(50);
        await reset(net);
        net.receive(0, frameOf(60, 77));
        await net.run();
        await net.finish({ isCountersFree: true, errors: "any" });
      });
    }

    for (const virtqueue of [0, 1]) {
      const queueName = virtqueue === 0 ? "receive" : "transmit";
      it(`${queueName} queue reset at any time; the other queues go on [VQR-01] [VQR-02] [VQR-03] [VQR-04] [PCI-32]`, async () => {
        const net = bench();
        for (let round = 0; round < 20; round++) {
          net.bench.memory.configure({ readLatency: [1, 60], writeLatency: [1, 60], reorder: true, seed: round });
          const driver = await net.start({ layout: linuxTap, queuePairs: pairs });
          expect(driver.has(FEATURE.RING_RESET)).to.equal(true);
          const frames = randomFrames(net.random, 60, 600);
          net.send(
            0,
            frames.slice(0, 30).map((frame) => ({ frame })),
          );
          for (const frame of frames.slice(0, 30)) net.receive(0, frame);
          await net.step({ stepCycles: 10 + 61 * round });

          const size = [256, 64, 128, 16][round % 4] ?? 256;
          await net.resetQueue(virtqueue, size);
          net.send(
            0,
            frames.slice(30).map((frame) => ({ frame })),
          );
          for (const frame of frames.slice(30)) net.receive(0, frame);
          await net.run();

          await net.finish({ isCountersFree: true, errors: "any" });
          expect(driver.queue(virtqueue).ring.queueSize).to.equal(size);
        }
        net.bench.memory.configure({});
      });
    }
  });
}
