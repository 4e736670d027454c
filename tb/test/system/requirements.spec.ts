/**
 * Requirements of virtio 1.4 that no other test looks at by the way. docs/conformance.md lists all of them.
 */
import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import { BAR, COMMON_CFG, FEATURE, linux, NO_VECTOR, Transport } from "../../src/virtio/index.ts";
import { BUILDS, FEATURES, frameOf, randomFrames, useBench } from "./system-bench.ts";

describe(withSeed("system: requirements"), () => {
  const bench = useBench({ params: BUILDS.narrow, name: "requirements" });

  it("driver_feature reads back what the driver accepted, in windows 0 and 1 [PCI-22] [PCI-23]", async () => {
    const net = bench();
    await net.stop();
    const transport = new Transport(net.bench.registers);
    const { registers } = net.bench;
    for (const features of [
      0n,
      FEATURES.modern,
      FEATURES.legacy | FEATURE.NET_MAC,
      FEATURES.modern | FEATURE.NET_MTU,
    ]) {
      await transport.reset();
      expect(await transport.acceptFeatures(features)).to.equal(true);

      const words: number[] = [];
      for (let window = 0; window < 4; window++) {
        registers.write(COMMON_CFG.driverFeatureSelect, window, 4);
        words.push(await registers.read(COMMON_CFG.driverFeature, 4));
      }

      expect(words).to.deep.equal([Number(features & 0xffff_ffffn), Number(features >> 32n), 0, 0]);
    }
    await transport.reset();
  });

  it("device configuration cannot be written, in any width [NET-CFG-18]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    const before = await driver.transport.deviceConfig(0, 12);

    for (const sizeBytes of [1, 2, 4] as const) {
      for (let offset = 0; offset < 12; offset += sizeBytes) {
        net.bench.registers.write(BAR.deviceCfg + offset, 0xa5a5_a5a5, sizeBytes);
      }
    }

    expect(await driver.transport.deviceConfig(0, 12)).to.deep.equal(before);
  });

  it("takes no notice of header fields that have no meaning without offloads [NET-TX-01] [NET-TX-02] [NET-TX-04] [NET-TX-09] [NET-TX-19]", async () => {
    const net = bench();
    for (const features of [FEATURES.modern, FEATURES.legacyAnyLayout, FEATURES.modern | FEATURE.NET_MRG_RXBUF]) {
      await net.start({ layout: linux, features });
      const any = (limit: number): number => net.random.below(limit);
      const requests = randomFrames(net.random, 200, 300).map((frame) => ({
        frame,
        header: {
          // Every flag but NEEDS_CSUM, tunnel bits and unknown ones among them.
          flags: any(256) & ~1,
          gsoType: any(256),
          hdrLen: any(65536),
          gsoSize: any(65536),
          csumStart: any(65536),
          csumOffset: any(65536),
          numBuffers: any(65536),
        },
      }));

      net.send(0, requests);
      await net.run({ isRxManual: true });

      // The scoreboard compares frames and headers byte by byte.
      await net.finish();
      expect(net.scoreboard.tally(1).frames).to.equal(200);
    }
  });

  const RX_FIELDS = [7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 23, 27, 28, 32].map(
    (number) => `[NET-RX-${String(number).padStart(2, "0")}]`,
  );
  it(`received frames come as they are on the wire, tagged ones too, with a header of zeros but for num_buffers ${RX_FIELDS.join(" ")} [NET-CTRL-25]`, async () => {
    const net = bench();
    const kinds: Record<string, readonly (readonly [at: number, bytes: readonly number[]])[]> = {
      "a VLAN tag": [[12, [0x81, 0x00, 0x0f, 0xff, 0x08, 0x00]]],
      "TCP over IPv4 with congestion marks and a wrong checksum": [
        [12, [0x08, 0x00, 0x45, 0x03]],
        [23, [6]],
        [47, [0xc2]],
      ],
      "TCP over IPv6": [
        [12, [0x86, 0xdd, 0x60]],
        [20, [6]],
      ],
      "a VXLAN tunnel": [
        [12, [0x08, 0x00, 0x45, 0x00]],
        [23, [17]],
        [36, [0x12, 0xb5]],
      ],
      "no protocol at all": [],
    };
    for (const features of [FEATURES.modern, FEATURES.legacyAnyLayout, FEATURES.modern | FEATURE.NET_MRG_RXBUF]) {
      const driver = await net.start({ layout: linux, features });
      const headers: Uint8Array[] = [];
      net.onServiced = (report) => headers.push(...report.received.map((frame) => frame.headerBytes));
      for (const [i, patches] of Object.values(kinds).entries()) {
        const frame = frameOf(200 + i, i);
        for (const [at, bytes] of patches) frame.set(bytes, at);
        net.receive(0, frame);
      }
      await net.run();

      await net.finish();
      const wanted = new Uint8Array(driver.headerLenBytes);
      if (wanted.length > 10) wanted[10] = 1;
      expect(headers).to.deep.equal(Object.keys(kinds).map(() => wanted));
    }
  });

  it("used.flags is 0 or 1, and always 0 with EVENT_IDX [SVQ-16] [SVQ-17] [SVQ-18]", async () => {
    const net = bench();
    for (const features of [FEATURES.modern, FEATURES.modern & ~FEATURE.EVENT_IDX]) {
      const driver = await net.start({ layout: linux, features });
      const seen = new Set<number>();
      const frames = randomFrames(net.random, 300, 200);
      net.send(
        0,
        frames.map((frame) => ({ frame })),
      );
      for (const frame of frames) net.receive(0, frame);
      while (!net.isDone) {
        await net.step({ stepCycles: 7 });
        for (const { ring } of driver.queues()) {
          const [low = 0, high = 0] = await net.shadow.read(ring.usedAddr, 2);
          seen.add(low | (high << 8));
        }
      }

      await net.finish();
      const hasEvents = (features & FEATURE.EVENT_IDX) !== 0n;
      expect([...seen].sort()).to.deep.equal(hasEvents ? [0] : [0, 1]);
    }
  });

  it("queue_reset reads 1 while the reset goes on; then it and queue_enable read 0, and it reads 0 when the queue is enabled again [PCI-29] [PCI-30] [PCI-31] [PCI-32]", async () => {
    const net = bench();
    const { registers } = net.bench;
    for (const virtqueue of [0, 1]) {
      net.bench.memory.configure({ readLatency: 900, writeLatency: 900 });
      await net.start({ layout: linux });
      net.send(
        0,
        randomFrames(net.random, 20, 200).map((frame) => ({ frame })),
      );
      await net.step({ stepCycles: 400 });

      registers.write(COMMON_CFG.queueSelect, virtqueue, 2);
      registers.write(COMMON_CFG.queueReset, 1, 2);
      expect(await registers.read(COMMON_CFG.queueReset, 2), "at once").to.equal(1);
      await net.bench.cycles(10_000);
      expect(await registers.read(COMMON_CFG.queueReset, 2), "queue_reset").to.equal(0);
      expect(await registers.read(COMMON_CFG.queueEnable, 2), "queue_enable").to.equal(0);

      await net.resetQueue(virtqueue);
      registers.write(COMMON_CFG.queueSelect, virtqueue, 2);
      expect(await registers.read(COMMON_CFG.queueEnable, 2), "enabled again").to.equal(1);
      expect(await registers.read(COMMON_CFG.queueReset, 2), "enabled again").to.equal(0);
      net.bench.memory.configure({});
      net.receive(0, frameOf(60, 1));
      await net.run();
      await net.finish({ isCountersFree: true, errors: "any" });
    }
  });

  it("the configuration interrupt goes to any vector, and nowhere without one [PCI-70] [PCI-71] [PCI-72] [PCI-77]", async () => {
    const net = bench();
    await net.start({ layout: linux });
    const { registers, irq, simulator } = net.bench;
    const vectors: number[] = [];
    const stop = irq.interrupts.listen(({ vector }) => vectors.push(vector));
    let level = 1;
    for (const vector of [2, 0, NO_VECTOR, 1]) {
      registers.write(COMMON_CFG.configMsixVector, vector, 2);
      expect(await registers.read(COMMON_CFG.configMsixVector, 2)).to.equal(vector);
      await registers.read(BAR.deviceCfg + 4, 4);
      level = 1 - level;
      simulator.dut.signal("cfg_link_up").value = level;
      await net.bench.cycles(100);
    }
    stop();

    expect(vectors).to.deep.equal([2, 0, 1]);
  });
});
