import { expect } from "chai";
import fc from "fast-check";

import {
  cutLayout,
  ERROR,
  FEATURE,
  GuestDriver,
  ipxe,
  LAYOUTS,
  linux,
  separate,
  STATUS,
} from "../../../src/virtio/index.ts";
import { openLoopback } from "../loopback.ts";

function frameOf(lenBytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: lenBytes }, (_, i) => (seed + 7 * i) & 0xff);
}

describe("virtio: guest driver against the reference device", () => {
  for (const layout of LAYOUTS) {
    it(`${layout.name}: sends and receives, and the device counts the placements the driver made`, async () => {
      const loop = await openLoopback({ layout });
      const { driver, device, scoreboard } = loop;
      const frames = Array.from({ length: 300 }, (_, i) => frameOf(14 + ((i * 37) % 1500), i));

      await loop.send(frames.map((frame) => ({ frame })));
      for (let i = 0; i < frames.length; i += 20) {
        driver.fillRx(0);
        await driver.flush(0);
        await loop.receive(frames.slice(i, i + 20));
      }

      expect(await loop.problems()).to.deep.equal([]);
      for (const virtqueue of [0, 1]) {
        expect(await driver.transport.queueCounters(virtqueue)).to.include(scoreboard.tally(virtqueue));
      }
      expect(device.errors[ERROR.LAYOUT]).to.equal(0);
    });
  }

  it("sends any frame with any header cut anywhere", async () => {
    const anyCuts = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), anyCuts, async (frame, cuts) => {
        const sorted = cuts.sort((a, b) => a - b);
        const loop = await openLoopback({ layout: cutLayout({ name: "any", cuts: () => sorted }) });

        await loop.send([{ frame, header: { flags: 2, hdrLen: 0x1234, gsoSize: 7 } }]);
        loop.driver.fillRx(0, 3);
        await loop.driver.flush(0);
        await loop.receive([frame]);

        expect(await loop.problems()).to.deep.equal([]);
      }),
      { numRuns: 50 },
    );
  });

  it("merges small receive buffers", async () => {
    const loop = await openLoopback({ layout: linux });
    const small = { ...linux.planRx({ features: 0n, headerLenBytes: 12, random: loop.random, frameBytes: 0 }) };
    const plan = { ...small, pieces: [{ lenBytes: 100, place: { kind: "own" as const } }] };
    loop.driver.fillRx(0, 64, plan);
    await loop.driver.flush(0);

    const report = await loop.receive([frameOf(60, 1), frameOf(1000, 2), frameOf(88, 3), frameOf(89, 4)]);

    expect(report.received.map((frame) => frame.header.numBuffers)).to.deep.equal([1, 11, 1, 2]);
    expect(await loop.problems()).to.deep.equal([]);
  });

  it("stops before the ring is full and goes on after chains have come back", async () => {
    const loop = await openLoopback({ layout: separate, driver: { queueSize: 8 } });
    const requests = Array.from({ length: 10 }, (_, i) => ({ frame: frameOf(60, i) }));

    expect(loop.driver.send(0, requests)).to.equal(4);
    await loop.send(requests.slice(4));

    expect(await loop.problems()).to.deep.equal([]);
    expect(loop.device.transmitted).to.have.length(10);
  });

  it("resets a queue and uses it again, with another size", async () => {
    const loop = await openLoopback({ layout: separate });
    loop.driver.send(0, [{ frame: frameOf(60, 1) }]);

    const lost = await loop.driver.resetQueue(1, 64);
    await loop.send([{ frame: frameOf(60, 2) }]);

    expect(lost).to.have.length(1);
    expect(loop.driver.queue(1).ring.queueSize).to.equal(64);
    expect(await loop.problems()).to.deep.equal([]);
  });

  it("gives all memory back on shutdown", async () => {
    const loop = await openLoopback({ layout: linux });
    loop.driver.fillRx(0);
    loop.driver.send(0, [{ frame: frameOf(60, 1) }]);

    await loop.driver.shutdown();

    expect(loop.driver.allocator.used).to.equal(0);
    expect(await loop.device.read(0x14, 1)).to.equal(0);
  });

  it("takes only features that are offered, and refuses to run without a required one", async () => {
    const loop = await openLoopback({ layout: linux, driver: { features: (1n << 70n) | FEATURE.VERSION_1 } });
    let message = "";
    await openLoopback({ layout: linux, driver: { required: FEATURE.RING_PACKED } }).catch(
      (error: unknown) => (message = String(error)),
    );

    expect(loop.driver.features).to.equal(FEATURE.VERSION_1);
    expect(await loop.driver.transport.status()).to.equal(
      STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK | STATUS.DRIVER_OK,
    );
    expect(message).to.contain("RING_PACKED");
    expect(GuestDriver).to.have.property("probe");
  });

  it("cannot put a header that is not 0 into a shared buffer", async () => {
    const loop = await openLoopback({ layout: ipxe });

    expect(() => loop.driver.send(0, [{ frame: frameOf(60, 1), header: { flags: 1 } }])).to.throw("shared header");
  });
});
