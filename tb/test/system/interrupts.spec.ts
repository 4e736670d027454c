import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import { COMMON_CFG, FEATURE, ISR, linux, NO_VECTOR } from "../../src/virtio/index.ts";
import { BUILDS, FEATURES, frameOf, randomFrames, useBench } from "./system-bench.ts";

const NO_EVENT_IDX = FEATURES.modern & ~FEATURE.EVENT_IDX;

describe(withSeed("system: interrupts and kicks"), () => {
  const bench = useBench({ params: BUILDS.wide, name: "interrupts" });

  it("interrupts exactly when the used index passes used_event [SVQ-11] [SVQ-12]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    for (const afterChains of [1, 2, 3, 5, 16, 17, 40]) {
      const before = net.scoreboard.interruptRule(1).total;
      driver.armInterrupt(1, { afterChains });

      net.send(
        0,
        Array.from({ length: afterChains - 1 }, (_, i) => ({ frame: frameOf(60, i) })),
      );
      await net.run({ isRxManual: true });
      await net.bench.cycles(500);
      expect(net.scoreboard.interruptRule(1).total - before, `${afterChains - 1} of ${afterChains} chains`).to.equal(0);

      net.send(0, [{ frame: frameOf(60, 99) }]);
      await net.run({ isRxManual: true });
      await net.bench.cycles(500);
      expect(net.scoreboard.interruptRule(1).total - before, `${afterChains} chains`).to.equal(1);
    }
    await net.finish();
  });

  it("loses no interrupt when the driver sleeps until one comes, both directions, 70000 chains: indices wrap [SVQ-11] [SVQ-19] [SVQ-22]", async () => {
    const net = bench();
    await net.start({ layout: linux });
    const frame = frameOf(60, 1);
    const count = 70_000;

    net.send(
      0,
      Array.from({ length: count }, () => ({ frame })),
    );
    for (let i = 0; i < count; i++) net.receive(0, frame);
    await net.run({ isInterruptDriven: true });

    await net.finish();
    expect(net.scoreboard.tally(1).frames).to.equal(count);
    expect(net.scoreboard.tally(0).frames).to.equal(count);
    const kicks = (await net.counted(1)).notifications;
    expect(kicks, "kicks are suppressed while the device is busy").to.be.below(count / 4);
  });

  it("interrupts after every publication when the driver always wants them, without EVENT_IDX [SVQ-09]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux, features: NO_EVENT_IDX });
    for (const { virtqueue } of driver.queues()) driver.armInterrupt(virtqueue, "always");
    for (let i = 0; i < 20; i++) {
      const [before, beforeRx] = [net.scoreboard.interruptRule(1).total, net.scoreboard.interruptRule(0).total];
      net.send(0, [{ frame: frameOf(60, i) }]);
      net.receive(0, frameOf(70, i));
      await net.run();
      await net.bench.cycles(300);

      expect(net.scoreboard.interruptRule(1).total - before).to.equal(1);
      expect(net.scoreboard.interruptRule(0).total - beforeRx).to.equal(1);
    }
    await net.finish();
  });

  for (const features of [FEATURES.modern, NO_EVENT_IDX]) {
    const how = (features & FEATURE.EVENT_IDX) !== 0n ? "used_event far away" : "NO_INTERRUPT";
    it(`stays quiet with ${how} [SVQ-08] [SVQ-12]`, async () => {
      const net = bench();
      const driver = await net.start({ layout: linux, features });
      for (const { virtqueue } of driver.queues()) driver.armInterrupt(virtqueue, "never");
      const frames = randomFrames(net.random, 200, 200);

      net.send(
        0,
        frames.map((frame) => ({ frame })),
      );
      for (const frame of frames) net.receive(0, frame);
      await net.run();

      await net.finish();
      expect(net.scoreboard.interruptRule(0).total + net.scoreboard.interruptRule(1).total).to.equal(0);
    });
  }

  it("does not look at the flag with EVENT_IDX, nor at used_event without it [SVQ-07] [SVQ-10]", async () => {
    const net = bench();
    const withEvents = await net.start({ layout: linux });
    withEvents.armInterrupt(1, { afterChains: 1 });
    withEvents.tx[0]?.ring.setNoInterrupt(true);
    net.send(0, [{ frame: frameOf(60, 1) }]);
    await net.run({ isRxManual: true });
    await net.finish();
    expect(net.scoreboard.interruptRule(1).total).to.equal(1);

    const without = await net.start({ layout: linux, features: NO_EVENT_IDX });
    without.armInterrupt(1, "always");
    without.tx[0]?.ring.setUsedEvent(0x8000);
    net.send(0, [{ frame: frameOf(60, 1) }]);
    await net.run({ isRxManual: true });
    await net.finish();
    expect(net.scoreboard.interruptRule(1).total).to.equal(1);
  });

  it("finds chains of which it was told only because it asked for it, at any time of the kick [SVQ-18] [SVQ-21]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    // The gap between two chains sweeps over the time in which the device goes to sleep.
    for (let gap = 1; gap < 120; gap++) {
      net.send(0, [{ frame: frameOf(60, gap) }]);
      driver.armInterrupt(1, "never");
      await net.step({ isRxManual: true, stepCycles: gap });
    }
    await net.run({ isRxManual: true, idleLimitCycles: 5000 });
    await net.finish();
  });

  it("works with a driver that kicks after every chain, whatever the device asks for [SVQ-18] [SVQ-20]", async () => {
    const net = bench();
    for (const features of [FEATURES.modern, NO_EVENT_IDX]) {
      const driver = await net.start({ layout: linux, features, kick: "always" });
      for (let i = 0; i < 300; i++) {
        net.send(0, [{ frame: frameOf(60 + (i % 100), i) }]);
        net.receive(0, frameOf(60 + (i % 90), i));
        await net.step({ stepCycles: 1 + net.random.below(30) });
      }
      await net.run();

      await net.finish();
      expect((await net.counted(1)).notifications).to.equal(300);
      expect(driver.tx[0]?.ring.inFlight).to.equal(0);
    }
  });

  it("tolerates kicks without work, and counts kicks for queues that do not exist [SVQ-20]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    for (let i = 0; i < 50; i++) {
      driver.transport.kick(0);
      driver.transport.kick(1);
    }
    net.bench.registers.write(0x1000 + 4 * 2, 2, 2);
    net.bench.registers.write(0x1000 + 4 * 700, 700, 2);
    net.send(0, [{ frame: frameOf(60, 1) }]);
    await net.run({ isRxManual: true });

    await net.finish({ errors: { 22: 2 } });
    expect((await net.counted(0)).notifications).to.equal(50);
  });

  it("sends a queue's interrupt with the vector of the queue, and none when it is unmapped [PCI-70] [PCI-76] [PCI-71] [PCI-72] [PCI-74] [PCI-75]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    const { registers, irq } = net.bench;
    const vectors: number[] = [];
    const stop = irq.interrupts.listen(({ vector }) => vectors.push(vector));
    for (const vector of [2, 1, 0, NO_VECTOR]) {
      registers.write(COMMON_CFG.queueSelect, 1, 2);
      registers.write(COMMON_CFG.queueMsixVector, vector, 2);
      expect(await registers.read(COMMON_CFG.queueMsixVector, 2)).to.equal(vector);
      driver.armInterrupt(1, { afterChains: 1 });
      net.send(0, [{ frame: frameOf(60, 1) }]);
      await net.run({ isRxManual: true });
      await net.bench.cycles(300);
    }
    registers.write(COMMON_CFG.queueMsixVector, 3, 2);
    expect(await registers.read(COMMON_CFG.queueMsixVector, 2), "a vector that does not exist [PCI-75]").to.equal(
      NO_VECTOR,
    );
    stop();

    expect(vectors).to.deep.equal([2, 1, 0]);
  });
});

describe(withSeed("system: interrupt wire"), () => {
  const bench = useBench({ params: BUILDS.narrow, name: "intx", hasMsix: false });

  it("raises the wire with the ISR bit and lowers it when the ISR is read [PCI-50] [PCI-52]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux, hasMsix: false });
    const { irq } = net.bench;
    for (let i = 0; i < 5; i++) {
      expect(irq.intx).to.equal(false);
      driver.armInterrupt(1, { afterChains: 1 });

      net.send(0, [{ frame: frameOf(60, i) }]);
      await net.run({ isRxManual: true });
      await net.bench.cycles(300);
      expect(irq.intx).to.equal(true);

      expect(await driver.transport.isr()).to.equal(ISR.QUEUE);
      await net.bench.cycles(10);
      expect(irq.intx).to.equal(false);
      expect(await driver.transport.isr()).to.equal(0);
    }
  });

  it("announces a change of the link with the configuration bit [CFG-04] [PCI-49] [CFG-03] [PCI-24]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux, hasMsix: false });
    const link = net.bench.simulator.dut.signal("cfg_link_up");
    const generation = await net.bench.registers.read(COMMON_CFG.configGeneration, 1);

    link.value = 0;
    await net.bench.cycles(50);

    expect(net.bench.irq.intx).to.equal(true);
    expect(await driver.transport.isr()).to.equal(ISR.CONFIG);
    expect((await driver.transport.deviceConfig(6, 1))[0]).to.equal(0);
    expect(await net.bench.registers.read(COMMON_CFG.configGeneration, 1), "[PCI-24]").to.not.equal(generation);
    link.value = 1;
    await net.bench.cycles(50);
    await driver.transport.isr();
  });
});
