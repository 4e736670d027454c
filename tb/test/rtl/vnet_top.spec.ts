import { expect } from "chai";
import fc from "fast-check";
import { DeviceBench } from "../../src/bus/index.ts";
import { buildSimulator, PAUSES, Simulator, withSeed, withTimeout } from "../../src/core/index.ts";
import { ShadowMemory } from "../../src/model/index.ts";
import { GuestDriver, linux } from "../../src/virtio/index.ts";

// The pins of the whole device. What a driver makes of it is tested in tb/test/system.
const ID = 0x2000;
const ID_VALUE = 0x54454e56;
const RX_NO_QUEUE = 0x2080 + 4 * 28;
const DEVICE_STATUS = 0x14;

for (const DATA_W of [64, 512]) {
  describe(withSeed(`vnet_top DATA_W=${DATA_W}`), function () {
    this.timeout(300_000);

    const test = (title: string, body: (bench: DeviceBench) => Promise<void>): void => {
      it(title, async () => {
        const bench = await DeviceBench.open({ params: { DATA_W }, maxCycles: 500_000 });
        await body(bench);
        await bench.close();
      });
    };

    test("reads back the parameters it was built with", async (bench) => {
      const parameter = (name: string): number => Number(bench.simulator.welcome.params[name]);
      expect(await bench.registers.read32(ID)).to.equal(ID_VALUE);
      expect(await bench.registers.read16(0x2008)).to.equal(DATA_W);
      expect(await bench.registers.read8(0x200a)).to.equal(parameter("QUEUE_PAIRS"));
      expect(await bench.registers.read16(0x200c)).to.equal(parameter("QUEUE_SIZE_MAX"));
      expect(await bench.registers.read16(0x200e)).to.equal(parameter("CHAIN_MAX"));
      expect(await bench.registers.read32(0x2010)).to.equal(parameter("FRAME_MAX"));
      expect(await bench.registers.read16(0x2014)).to.equal(parameter("RD_OUTSTANDING"));
      expect(await bench.registers.read16(0x2016)).to.equal(parameter("CHAIN_SLOTS"));
    });

    test("does nothing by itself: no memory access, no frame, no interrupt", async (bench) => {
      await bench.cycles(3000);
      const { readBursts, writeBursts } = await bench.memory.statistics();
      expect([readBursts, writeBursts, bench.sink.count, bench.irq.interrupts.count]).to.deep.equal([0, 0, 0, 0]);
      expect(bench.irq.intx).to.equal(false);
    });

    test("frames for queues that are not there are taken, dropped and counted", async (bench) => {
      const frames = 20;
      for (let i = 0; i < frames; i++) {
        bench.source.send(bench.simulator.random.fork(`frame ${i}`).bytes(60 + 40 * i), { dest: i % 3 });
      }
      await withTimeout(bench.source.idle(), 5000, "the last frame");
      await bench.cycles(100);
      expect(await bench.registers.read32(RX_NO_QUEUE)).to.equal(frames);
      expect((await bench.memory.statistics()).writeBursts).to.equal(0);
    });

    test("answers registers at any pace and with any number of accesses on their way", async (bench) => {
      for (const [i, pause] of [PAUSES.never, PAUSES.half, PAUSES.bursty].entries()) {
        bench.registers.configure({
          maxOutstanding: [1, 2, 16][i] ?? 1,
          pauseAw: pause,
          pauseW: pause,
          pauseB: pause,
          pauseAr: pause,
          pauseR: pause,
        });
        const reads = Array.from({ length: 20 }, (_, n) => {
          bench.registers.write32(0x2020, n);
          return bench.registers.read32(0x2020);
        });
        for (const value of await Promise.all(reads)) expect(value).to.be.within(0, 19);
        await withTimeout(bench.registers.idle(), 2000);
        expect(await bench.registers.read32(0x2020)).to.equal(19);
      }
    });

    test("hardware reset in the middle of everything: reset values, and all works again", async (bench) => {
      await bench.registers.read32(ID);
      bench.registers.write8(DEVICE_STATUS, 3);
      bench.registers.write32(0x2020, 1234);
      await bench.registers.idle();
      for (let i = 0; i < 5; i++) bench.source.send(new Uint8Array(1000));
      await bench.cycles(60);
      await bench.reset(3);
      expect(await bench.registers.read8(DEVICE_STATUS)).to.equal(0);
      expect(await bench.registers.read32(0x2020)).to.equal(0xffffffff);
      await withTimeout(bench.source.idle(), 5000, "frames queued before the reset");
      expect(await bench.registers.read32(ID)).to.equal(ID_VALUE);
    });

    test("every bit of an address reaches memory", async (bench) => {
      const { random } = bench.simulator;
      const lenBytes = 1 << 20;
      const anywhere = random.bits(64);
      bench.simulator.dut.signal("cfg_mtu").value = 1500;
      for (const bits of [anywhere, ~anywhere]) {
        const base = BigInt.asUintN(64, bits) & ~BigInt(lenBytes - 1);
        bench.memory.addArea(base, BigInt(lenBytes));
        const driver = await GuestDriver.probe({
          memory: new ShadowMemory(bench.memory, { addr: base, lenBytes }),
          registers: bench.registers,
          random,
          layout: linux,
          arena: { base, lenBytes },
          queueSize: 16,
        });
        const frames = [60, 333, 1514].map((length) => random.bytes(length));
        expect(driver.fillRx(0)).to.be.at.least(frames.length);
        expect(
          driver.send(
            0,
            frames.map((frame) => ({ frame })),
          ),
        ).to.equal(frames.length);
        await driver.flushAll();
        await withTimeout(bench.sink.frames.reached(bench.sink.count + frames.length), 5000, "the frames that were sent");
        for (const frame of frames) bench.source.send(frame, { dest: 0 });
        await bench.cycles(2000);
        const { sent, received } = await driver.service();
        expect(sent.length).to.equal(frames.length);
        expect(received.map(({ frame }) => frame)).to.deep.equal(frames);
        expect(bench.sink.frames.takeAll().map(({ data }) => data)).to.deep.equal(frames);
        await driver.shutdown();
      }
    });

    test("property: no register access of any kind stops the device", async (bench) => {
      const access = fc.record({
        isWrite: fc.boolean(),
        word: fc.oneof(fc.nat({ max: 0x0f }), fc.nat({ max: 0xfff }), fc.nat({ max: 0x3fff })),
        data: fc.oneof(fc.constantFrom(0, 1, 15, 0xffffffff), fc.nat({ max: 0xffffffff })),
        strobe: fc.nat({ max: 15 }),
      });
      // Queues may get enabled with addresses of nowhere; what the device then reads is answered with an error.
      bench.memory.setChecking(false);
      await fc.assert(
        fc.asyncProperty(fc.array(access, { minLength: 1, maxLength: 20 }), async (accesses) => {
          for (const { isWrite, word, data, strobe } of accesses) {
            if (isWrite) bench.registers.writeStrobed(4 * word, data, strobe);
            else await withTimeout(bench.simulator.spawn("read", () => bench.registers.read32(4 * word)).over(), 6000);
          }
          await withTimeout(bench.registers.idle(), 10_000, "the last write");
          expect(await bench.registers.read32(ID)).to.equal(ID_VALUE);
        }),
        { numRuns: 20 },
      );
    });
  });
}

describe(withSeed("vnet_top at 64 bit: pins"), function () {
  this.timeout(300_000);

  it("memory accesses: whole bus words, rising addresses, bufferable and modifiable, data, unprivileged", async () => {
    const simulator = await Simulator.open({
      executable: await buildSimulator({ top: "vnet_top", params: { DATA_W: 64 }, trace: "none" }),
      maxCycles: 1000,
    });
    await simulator.cycles(10);
    for (const channel of ["aw", "ar"]) {
      const values = ["size", "burst", "cache", "prot"].map(
        (name) => simulator.dut.signal(`m_axi_${channel}${name}`).number,
      );
      expect(values, channel).to.deep.equal([3, 1, 3, 0]);
    }
    await simulator.close();
  });
});
