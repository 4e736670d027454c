import { expect } from "chai";

import { withSeed } from "../../src/core/index.ts";
import {
  BAR,
  COMMON_CFG,
  FEATURE,
  featureNames,
  linux,
  netHeaderLenBytes,
  NO_VECTOR,
  STATUS,
  Transport,
} from "../../src/virtio/index.ts";
import { BUILDS, frameOf, useBench } from "./system-bench.ts";

const OFFERED =
  FEATURE.NET_MTU |
  FEATURE.NET_MAC |
  FEATURE.NET_MRG_RXBUF |
  FEATURE.NET_STATUS |
  FEATURE.ANY_LAYOUT |
  FEATURE.INDIRECT_DESC |
  FEATURE.EVENT_IDX |
  FEATURE.VERSION_1 |
  FEATURE.RING_RESET;

const OFFERED_BITS = Array.from({ length: 128 }, (_, bit) => 1n << BigInt(bit)).filter(
  (mask) => (OFFERED & mask) !== 0n,
);

describe(withSeed("system: negotiation"), () => {
  const bench = useBench({ params: BUILDS.narrow, name: "negotiation" });

  it("offers what it can do and nothing else [FEAT-04] [RSVD-01] [RSVD-13] [PCI-21] [FEAT-01] [RSVD-10] [RSVD-15]", async () => {
    const net = bench();
    await net.stop();
    const transport = new Transport(net.bench.registers);

    expect(featureNames(await transport.deviceFeatures())).to.deep.equal(featureNames(OFFERED));
    net.bench.registers.write(COMMON_CFG.deviceFeatureSelect, 4, 4);
    expect(await net.bench.registers.read(COMMON_CFG.deviceFeature, 4)).to.equal(0);
  });

  it("agrees to every subset of the offered bits, with the right header length [FEAT-02] [FEAT-05] [NET-HDR-03]", async () => {
    const net = bench();
    await net.stop();
    const transport = new Transport(net.bench.registers);
    let sets = 0;

    for (let choice = 0; choice < 2 ** OFFERED_BITS.length; choice++) {
      const features = OFFERED_BITS.reduce((all, mask, i) => (((choice >> i) & 1) === 1 ? all | mask : all), 0n);
      await transport.reset();
      transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER);
      const isAccepted = await transport.acceptFeatures(features);
      const headerLen = await transport.headerLenBytes();
      if (!isAccepted || headerLen !== netHeaderLenBytes(features)) {
        expect.fail(`${featureNames(features).join(" ")}: accepted ${String(isAccepted)}, header ${headerLen} bytes`);
      }
      sets++;
    }

    expect(sets).to.equal(512);
    await transport.reset();
  });

  it("refuses a set with any bit it has not offered [FEAT-03] [RSVD-14]", async () => {
    const net = bench();
    await net.stop();
    const transport = new Transport(net.bench.registers);

    for (let bit = 0n; bit < 128n; bit++) {
      const mask = 1n << bit;
      if ((OFFERED & mask) !== 0n) continue;
      await transport.reset();
      const isAccepted = await transport.acceptFeatures(FEATURE.VERSION_1 | mask);
      if (isAccepted) expect.fail(`bit ${bit} was accepted`);
    }

    await transport.reset();
  });

  it("reads back status 0, disabled queues and unmapped vectors after a reset [STAT-05] [RST-01] [PCI-27] [PCI-73]", async () => {
    const net = bench();
    await net.start({ layout: linux });
    const { registers } = net.bench;

    await net.stop();

    expect(await registers.read(COMMON_CFG.deviceStatus, 1)).to.equal(0);
    expect(await registers.read(COMMON_CFG.configMsixVector, 2)).to.equal(NO_VECTOR);
    for (const virtqueue of [0, 1]) {
      registers.write(COMMON_CFG.queueSelect, virtqueue, 2);
      expect(await registers.read(COMMON_CFG.queueEnable, 2)).to.equal(0);
      expect(await registers.read(COMMON_CFG.queueMsixVector, 2)).to.equal(NO_VECTOR);
      expect(await registers.read(COMMON_CFG.queueSize, 2)).to.equal(256);
    }
    registers.write(COMMON_CFG.queueSelect, 2, 2);
    expect(await registers.read(COMMON_CFG.queueSize, 2), "a queue that does not exist [PCI-33]").to.equal(0);
  });

  it("takes a 10-byte and a 12-byte header by the features of each driver", async () => {
    const net = bench();
    const base = FEATURE.ANY_LAYOUT | FEATURE.EVENT_IDX;
    for (const features of [base, base | FEATURE.NET_MRG_RXBUF, base | FEATURE.VERSION_1, base]) {
      const driver = await net.start({ layout: linux, features });

      net.send(0, [{ frame: frameOf(60, 1), header: { hdrLen: 54, csumStart: 34, csumOffset: 16 } }]);
      net.receive(0, frameOf(61, 2));
      await net.run();

      await net.finish();
      expect(driver.headerLenBytes).to.equal(netHeaderLenBytes(features));
    }
  });

  it("shows MAC address, link status and MTU [CFG-01] [NET-CFG-02]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });

    const config = await driver.transport.deviceConfig(0, 12);

    expect([...config.subarray(0, 6)]).to.deep.equal([0x52, 0x54, 0x00, 0x12, 0x34, 0x56]);
    expect(config[6]).to.equal(1);
    expect((config[10] ?? 0) | ((config[11] ?? 0) << 8)).to.equal(9000);
  });

  it("takes no chain before DRIVER_OK, and all of them after it [STAT-01] [STAT-02]", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });
    await driver.transport.reset();
    const { transport } = driver;
    transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER);
    expect(await transport.acceptFeatures(driver.features)).to.equal(true);
    for (const { virtqueue, ring, vector } of driver.queues()) {
      const { queueSize, descAddr, availAddr, usedAddr } = ring;
      await transport.setupQueue(virtqueue, { queueSize, descAddr, availAddr, usedAddr, vector });
    }
    driver.send(0, [{ frame: frameOf(60, 1) }, { frame: frameOf(61, 2) }]);
    await driver.flush(1);
    transport.kick(1);

    await net.bench.cycles(2000);
    expect((await driver.service()).sent).to.have.length(0);
    transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK | STATUS.DRIVER_OK);
    await net.run({ isRxManual: true });

    await net.finish();
  });

  it("says how it was built", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux });

    expect(await driver.transport.buildFacts()).to.deep.include({
      dataWidth: 64,
      queuePairs: 1,
      isStrictLayout: false,
      offersAnyHeaderSg: false,
      queueSizeMax: 256,
      chainMax: 256,
      frameMax: 9216,
    });
    expect(await net.bench.registers.read(BAR.version, 4)).to.equal(0x0001_0000);
  });
});
