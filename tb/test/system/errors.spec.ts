/**
 * Every error code of docs/architecture.md, section 6, with its answer; and what is known to have gone wrong in other devices.
 *
 * Each hostile chain stands between two good ones: those must come through untouched.
 */
import { expect } from "chai";
import fc from "fast-check";

import { IS_FULL, withSeed } from "../../src/core/index.ts";
import { walkChain } from "../../src/model/index.ts";
import type { NetBench } from "../../src/model/index.ts";
import {
  decodeDescriptor,
  DESC_BYTES,
  DESC_F,
  encodeDescriptor,
  encodeNetHeader,
  ERROR,
  errorName,
  FEATURE,
  linux,
  separate,
  STATUS,
} from "../../src/virtio/index.ts";
import type { Descriptor } from "../../src/virtio/index.ts";
import { BUILDS, checkProperty, FEATURES, frameOf, planOfCuts, useBench } from "./system-bench.ts";

const QUEUE_SIZE = 16;
const TX = 1;
const RX = 0;

/** A piece of guest memory the device may touch. */
function buffer(net: NetBench, bytes: Uint8Array | number, access: "read" | "write" | "readwrite" = "read"): bigint {
  const content = typeof bytes === "number" ? new Uint8Array(bytes) : bytes;
  const region = net.driver.allocator.allocate(content.length);
  net.shadow.write(region.addr, content);
  net.shadow.offer(region.addr, content.length, access);
  return region.addr;
}

function table(net: NetBench, entries: readonly Descriptor[]): bigint {
  const bytes = new Uint8Array(DESC_BYTES * Math.max(1, entries.length));
  const view = new DataView(bytes.buffer);
  for (const [i, entry] of entries.entries()) encodeDescriptor(entry, view, DESC_BYTES * i);
  return buffer(net, bytes);
}

function desc(addr: bigint, lenBytes: number, flags = 0, next = 0): Descriptor {
  return { addr, lenBytes, flags, next };
}

interface Case {
  readonly what: string;
  readonly code: number;
  readonly virtqueue: number;
  readonly count?: number;
  /** Requirements that the case shows. */
  readonly ids?: string;
  descriptors(net: NetBench, indices: readonly number[]): readonly Descriptor[];
}

const { NEXT, WRITE, INDIRECT } = DESC_F;

/** Chains that are wrong by themselves. */
const CASES: readonly Case[] = [
  {
    what: "a descriptor that names itself as the next one",
    code: ERROR.CHAIN_LONG,
    virtqueue: TX,
    descriptors: (net, [a = 0]) => [desc(buffer(net, 1), 1, NEXT, a)],
  },
  {
    what: "a loop of three descriptors",
    code: ERROR.CHAIN_LONG,
    virtqueue: TX,
    count: 3,
    descriptors: (net, [a = 0, b = 0, c = 0]) => {
      const addr = buffer(net, 20);
      return [desc(addr, 20, NEXT, b), desc(addr, 20, NEXT, c), desc(addr, 20, NEXT, a)];
    },
  },
  {
    what: "a loop inside an indirect table",
    code: ERROR.CHAIN_LONG,
    virtqueue: TX,
    descriptors: (net) => {
      const addr = buffer(net, 1);
      return [desc(table(net, [desc(addr, 1, NEXT, 1), desc(addr, 1, NEXT, 0)]), 32, INDIRECT)];
    },
  },
  {
    what: "a loop of receive buffers",
    code: ERROR.CHAIN_LONG,
    virtqueue: RX,
    descriptors: (net, [a = 0]) => [desc(buffer(net, 100, "write"), 100, NEXT | WRITE, a)],
  },
  {
    what: "one element more than the queue has, the last ones in a table",
    code: ERROR.CHAIN_LONG,
    virtqueue: TX,
    count: 2,
    descriptors: (net, [, b = 0]) => {
      const addr = buffer(net, 1);
      const entries = Array.from({ length: QUEUE_SIZE }, (_, i) => desc(addr, 1, i + 1 < QUEUE_SIZE ? NEXT : 0, i + 1));
      return [desc(addr, 1, NEXT, b), desc(table(net, entries), 16 * QUEUE_SIZE, INDIRECT)];
    },
  },
  {
    what: "a next equal to the queue size",
    code: ERROR.NEXT_RANGE,
    virtqueue: TX,
    descriptors: (net) => [desc(buffer(net, 12), 12, NEXT, QUEUE_SIZE)],
  },
  {
    what: "a next of 65535",
    code: ERROR.NEXT_RANGE,
    virtqueue: RX,
    descriptors: (net) => [desc(buffer(net, 12, "write"), 12, NEXT | WRITE, 0xffff)],
  },
  {
    what: "a next behind the end of an indirect table, yet below the queue size",
    code: ERROR.NEXT_RANGE,
    virtqueue: TX,
    descriptors: (net) => [desc(table(net, [desc(buffer(net, 12), 12, NEXT, 2), desc(0n, 1)]), 32, INDIRECT)],
  },
  {
    what: "an indirect table inside an indirect table",
    code: ERROR.INDIRECT_NESTED,
    virtqueue: TX,
    descriptors: (net) => {
      const inner = table(net, [desc(buffer(net, 72), 72)]);
      return [desc(table(net, [desc(inner, 16, INDIRECT)]), 16, INDIRECT)];
    },
  },
  ...[0, 8, 17, 16 * (QUEUE_SIZE + 1), 0xffff_fff0].map((lenBytes) => ({
    what: `an indirect table of ${lenBytes} bytes`,
    code: ERROR.INDIRECT_LEN,
    virtqueue: TX,
    descriptors: (net: NetBench) => [desc(table(net, [desc(buffer(net, 72), 72)]), lenBytes, INDIRECT)],
  })),
  {
    what: "INDIRECT together with NEXT",
    code: ERROR.INDIRECT_FLAG,
    virtqueue: TX,
    count: 2,
    descriptors: (net, [, b = 0]) => {
      const addr = buffer(net, 72);
      return [desc(table(net, [desc(addr, 72)]), 16, INDIRECT | NEXT, b), desc(addr, 72)];
    },
  },
  {
    what: "a device-writable element in a transmit chain",
    code: ERROR.DIRECTION,
    virtqueue: TX,
    count: 2,
    descriptors: (net, [, b = 0]) => {
      const addr = buffer(net, 72, "readwrite");
      return [desc(addr, 72, NEXT, b), desc(addr, 72, WRITE)];
    },
  },
  {
    what: "a device-readable element in a receive chain",
    code: ERROR.DIRECTION,
    virtqueue: RX,
    descriptors: (net) => [desc(buffer(net, 1600, "readwrite"), 1600)],
  },
  {
    what: "a device-readable element after a writable one",
    ids: " [FRAM-06]",
    code: ERROR.ORDER,
    virtqueue: RX,
    count: 2,
    descriptors: (net, [, b = 0]) => {
      const addr = buffer(net, 1600, "readwrite");
      return [desc(addr, 800, NEXT | WRITE, b), desc(addr + 800n, 800)];
    },
  },
  ...[1, 11, 12].map((lenBytes) => ({
    what: `a transmit chain of ${lenBytes} bytes with a 12-byte header`,
    code: ERROR.CHAIN_SHORT,
    virtqueue: TX,
    descriptors: (net: NetBench) => [desc(buffer(net, lenBytes), lenBytes)],
  })),
  {
    what: "a receive chain of 11 bytes with a 12-byte header",
    code: ERROR.CHAIN_SHORT,
    virtqueue: RX,
    descriptors: (net) => [desc(buffer(net, 11, "write"), 11, WRITE)],
  },
  {
    what: "a frame of one byte more than FRAME_MAX",
    code: ERROR.FRAME_LONG,
    virtqueue: TX,
    descriptors: (net) => [desc(buffer(net, 9216 + 13), 9216 + 13)],
  },
  {
    what: "16 aliases of one buffer that claim 64 GB together",
    code: ERROR.FRAME_LONG,
    virtqueue: TX,
    descriptors: (net) => {
      const addr = buffer(net, 64);
      const entries = Array.from({ length: 16 }, (_, i) => desc(addr, 0xffff_ffff, i < 15 ? NEXT : 0, i + 1));
      return [desc(table(net, entries), 256, INDIRECT)];
    },
  },
];

/** Good chains, then the bad one, then good ones; all in one kick. */
async function playBetweenGoodOnes(net: NetBench, virtqueue: number, postBad: () => void): Promise<void> {
  const { driver } = net;
  if (virtqueue === TX) {
    driver.send(0, [{ frame: frameOf(60, 1) }]);
    postBad();
    driver.send(0, [{ frame: frameOf(61, 2) }, { frame: frameOf(62, 3) }]);
  } else {
    driver.fillRx(0, 1);
    postBad();
    driver.fillRx(0, 4);
    for (const tag of [1, 2, 3]) net.receive(0, frameOf(60 + tag, tag));
  }
  await net.run({ isRxManual: true });
}

describe(withSeed("system: error codes"), () => {
  const bench = useBench({ params: BUILDS.narrow, name: "errors" });
  // 16 descriptors: a direct chain of three and a table of 16 fit beside the good ones.
  const options = { layout: linux, queueSize: QUEUE_SIZE };
  const seenCodes = new Set<number>();

  for (const entry of CASES) {
    it(`${errorName(entry.code)}: ${entry.what}: comes back once, with length 0, and is counted${entry.ids ?? ""}`, async () => {
      const net = bench();
      const driver = await net.start(options);

      await playBetweenGoodOnes(net, entry.virtqueue, () => {
        driver.postRaw(entry.virtqueue, {
          count: entry.count ?? 1,
          descriptors: (indices) => entry.descriptors(net, indices),
        });
      });

      await net.finish({ errors: { [entry.code]: 1 }, isCountersFree: true });
      expect(await driver.transport.lastError()).to.deep.equal({ code: entry.code, virtqueue: entry.virtqueue });
      expect(driver.queue(entry.virtqueue).ring.inFlight).to.be.at.most(1);
      seenCodes.add(entry.code);
    });
  }

  it("INDIRECT_FLAG: an indirect table without the feature", async () => {
    const net = bench();
    const driver = await net.start({ ...options, features: FEATURES.modern & ~FEATURE.INDIRECT_DESC });

    await playBetweenGoodOnes(net, TX, () => {
      driver.postRaw(TX, {
        count: 1,
        descriptors: () => [desc(table(net, [desc(buffer(net, 72), 72)]), 16, INDIRECT)],
      });
    });

    await net.finish({ errors: { [ERROR.INDIRECT_FLAG]: 1 }, isCountersFree: true });
  });

  it("HDR_CSUM: NEEDS_CSUM is checked against the length of the frame, from its first byte", async () => {
    const net = bench();
    await net.start(options);
    const good = { flags: 1, csumStart: 34, csumOffset: 16 };
    const requests = [
      { frame: frameOf(52, 0), header: good },
      { frame: frameOf(51, 1), header: good, isRefused: true },
      { frame: frameOf(60, 2), header: { ...good, csumStart: 0xffff, csumOffset: 0xffff }, isRefused: true },
      { frame: frameOf(60, 3), header: { csumStart: 0xffff, csumOffset: 0xffff } },
      { frame: frameOf(60, 4), header: { flags: 1, csumStart: 57, csumOffset: 1 } },
    ];

    net.send(0, requests);
    await net.run({ isRxManual: true });

    await net.finish({ errors: { [ERROR.HDR_CSUM]: 2 }, isCountersFree: true });
    seenCodes.add(ERROR.HDR_CSUM);
  });

  for (const response of ["SLVERR", "DECERR"] as const) {
    it(`AXI_DESC: ${response} on an indirect table`, async () => {
      const net = bench();
      const driver = await net.start(options);
      let heal = (): void => undefined;

      await playBetweenGoodOnes(net, TX, () => {
        const addr = table(net, [desc(buffer(net, 72), 72)]);
        heal = net.bench.memory.injectError(addr, 16, { response });
        driver.postRaw(TX, { count: 1, descriptors: () => [desc(addr, 16, INDIRECT)] });
      });
      heal();

      await net.finish({ errors: { [ERROR.AXI_DESC]: 1 }, isCountersFree: true });
      seenCodes.add(ERROR.AXI_DESC);
    });

    it(`AXI_DATA: ${response} on a transmit buffer; no byte of the frame leaves`, async () => {
      const net = bench();
      const driver = await net.start(options);
      let heal = (): void => undefined;

      await playBetweenGoodOnes(net, TX, () => {
        const addr = buffer(net, 1000);
        heal = net.bench.memory.injectError(addr + 900n, 8, { response });
        driver.postRaw(TX, { count: 1, descriptors: () => [desc(addr, 1000)] });
      });
      heal();

      await net.finish({ errors: { [ERROR.AXI_DATA]: 1 }, isCountersFree: true });
      seenCodes.add(ERROR.AXI_DATA);
    });
  }

  it("AXI_DATA: an error response to a write of a received frame; the buffer comes back with length 0", async () => {
    const net = bench();
    const driver = await net.start(options);
    const addr = buffer(net, 1600, "write");
    driver.postRaw(RX, { count: 1, descriptors: () => [desc(addr, 1600, WRITE)] });
    driver.fillRx(0, 4);
    const heal = net.bench.memory.injectError(addr, 1600, { on: "write" });

    net.receive(0, frameOf(200, 1), { isDropped: true });
    net.receive(0, frameOf(201, 2));
    await net.run({ isRxManual: true });
    heal();

    // The buffer has been written to, with or without effect.
    await net.shadow.read(addr, 1600);
    await net.finish({ errors: { [ERROR.AXI_DATA]: 1 }, isCountersFree: true });
  });

  it("ZERO_LEN: elements without bytes are counted, and their addresses are not touched", async () => {
    const net = bench();
    const driver = await net.start(options);
    const bad = 0xffff_ffff_ffff_fff0n;
    const packet = new Uint8Array(12 + 60);
    packet.set(frameOf(60, 7), 12);
    const addr = buffer(net, packet);
    const room = buffer(net, 200, "write");

    // This chain is legal and its frame goes out, but the driver does not know it: it is looked at here.
    const frames: Uint8Array[] = [];
    const stop = net.bench.sink.frames.listen(({ data }) => frames.push(data));
    net.isWatching = false;
    driver.postRaw(TX, {
      count: 4,
      descriptors: ([, b = 0, c = 0, d = 0]) => [
        desc(bad, 0, NEXT, b),
        desc(addr, 30, NEXT, c),
        desc(bad, 0, NEXT, d),
        desc(addr + 30n, 42),
      ],
    });
    driver.postRaw(RX, {
      count: 3,
      descriptors: ([, b = 0, c = 0]) => [
        desc(bad, 0, NEXT | WRITE, b),
        desc(room, 200, NEXT | WRITE, c),
        desc(bad, 0, WRITE),
      ],
    });
    await driver.flushAll();
    net.bench.source.send(frameOf(100, 8));
    await net.bench.cycles(1000);
    stop();

    expect(frames).to.deep.equal([frameOf(60, 7)]);
    expect((await net.shadow.read(room, 112)).subarray(12)).to.deep.equal(frameOf(100, 8));
    expect(await driver.transport.errorCount(ERROR.ZERO_LEN)).to.equal(4);
    await net.stop();
    seenCodes.add(ERROR.ZERO_LEN);
  });

  const stops: readonly (readonly [number, string, (net: NetBench, virtqueue: number) => void | Promise<void>])[] = [
    [
      ERROR.AVAIL_JUMP,
      "an available index that jumps by more than the queue size",
      (net, virtqueue) => {
        const { ring } = net.driver.queue(virtqueue);
        ring.forceAvailIdx(ring.availIdx + QUEUE_SIZE + 1);
      },
    ],
    [
      ERROR.AVAIL_JUMP,
      "an available index that goes backwards",
      (net, virtqueue) => {
        const { ring } = net.driver.queue(virtqueue);
        ring.forceAvailIdx(ring.availIdx - 1);
      },
    ],
    [
      ERROR.HEAD_RANGE,
      "a head equal to the queue size",
      (net, virtqueue) => {
        net.driver.queue(virtqueue).ring.addHead(QUEUE_SIZE);
        net.driver.queue(virtqueue).ring.publish();
      },
    ],
    [
      ERROR.AXI_RING,
      "an error response to a read of the available ring",
      (net, virtqueue) => {
        const { ring } = net.driver.queue(virtqueue);
        net.bench.memory.injectError(ring.availAddr, 4, { count: 1 });
      },
    ],
    [
      ERROR.AXI_RING,
      "an error response to a write of the used ring",
      (net, virtqueue) => {
        const { ring } = net.driver.queue(virtqueue);
        net.bench.memory.injectError(ring.usedAddr, ring.geometry.usedBytes, { on: "write", count: 1 });
        if (virtqueue === TX) {
          net.driver.send(0, [{ frame: frameOf(60, 1) }]);
          ring.publish();
        } else {
          net.bench.source.send(frameOf(60, 1));
        }
      },
    ],
  ];
  for (const virtqueue of [RX, TX]) {
    for (const [code, what, provoke] of stops) {
      it(`${errorName(code)}: ${what} of virtqueue ${virtqueue} stops it, and the device asks for a reset [STAT-03] [STAT-04]`, async () => {
        const net = bench();
        const driver = await net.start(options);
        driver.fillRx(0, 4);
        await driver.flushAll();
        await net.bench.cycles(500);
        const before = await driver.transport.errorCount(code);
        const configInterrupts: number[] = [];
        const stop = net.bench.irq.interrupts.listen(({ vector }) => {
          if (vector === 0) configInterrupts.push(vector);
        });

        await provoke(net, virtqueue);
        driver.transport.kick(virtqueue);
        await net.bench.cycles(2000);
        stop();

        // A failed write of avail_event is seen by two modules.
        expect((await driver.transport.errorCount(code)) - before).to.be.within(1, 2);
        expect((await driver.transport.status()) & STATUS.DEVICE_NEEDS_RESET).to.equal(STATUS.DEVICE_NEEDS_RESET);
        expect(configInterrupts.length).to.be.within(1, 2);
        // After a reset all is well again.
        await net.start(options);
        net.send(0, [{ frame: frameOf(60, 1) }]);
        net.receive(0, frameOf(61, 2));
        await net.run();
        await net.finish();
        seenCodes.add(code);
      });
    }
  }

  it("has a test for every code of a chain or a queue", () => {
    const { ZERO_LEN, AXI_DESC, AXI_DATA, AVAIL_JUMP, HEAD_RANGE, AXI_RING, HDR_CSUM } = ERROR;
    const expected = [
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      HDR_CSUM,
      AXI_DESC,
      AXI_DATA,
      AVAIL_JUMP,
      HEAD_RANGE,
      AXI_RING,
      ZERO_LEN,
    ];

    expect([...seenCodes].sort((a, b) => a - b)).to.deep.equal(expected.sort((a, b) => a - b));
  });
});

describe(withSeed("system: known failures of other devices"), () => {
  const bench = useBench({ params: BUILDS.wide, name: "failures" });
  const options = { layout: linux, queueSize: QUEUE_SIZE };

  it("serves a chain of exactly as many elements as the queue has: direct, in a table, and mixed [SVQ-06]", async () => {
    const net = bench();
    const driver = await net.start(options);
    const cuts = Array.from({ length: QUEUE_SIZE - 1 }, (_, i) => 4 * (i + 1));
    for (const form of [
      { kind: "direct" as const },
      { kind: "indirect" as const },
      { kind: "mixed" as const, direct: 1 },
      { kind: "mixed" as const, direct: QUEUE_SIZE - 1 },
    ]) {
      const plan = planOfCuts(12, cuts, { total: 72, form, lane: (element) => 3 * element });
      net.send(0, [{ frame: frameOf(60, 1), plan }]);
      driver.postRx(0, plan);
      net.receive(0, frameOf(60, 2));
      await net.run({ isRxManual: true });
    }
    await net.finish();
  });

  it("ignores WRITE on a descriptor that names a table [SVQ-05]", async () => {
    const net = bench();
    const driver = await net.start(options);
    const packet = new Uint8Array(72);
    packet.set(frameOf(60, 3), 12);
    const frames: Uint8Array[] = [];
    const stop = net.bench.sink.frames.listen(({ data }) => frames.push(data));
    net.isWatching = false;
    driver.postRaw(TX, {
      count: 1,
      descriptors: () => [desc(table(net, [desc(buffer(net, packet), 72)]), 16, INDIRECT | WRITE)],
    });
    await driver.flush(TX);
    await net.bench.cycles(500);
    stop();

    expect(frames).to.deep.equal([frameOf(60, 3)]);
    await net.stop();
  });

  it("returns a bad head once, and does not parse it again", async () => {
    const net = bench();
    const driver = await net.start(options);
    for (let i = 0; i < 40; i++) {
      driver.postRaw(TX, { count: 1, descriptors: () => [desc(0n, 0xffff_ffff, WRITE)] });
      net.send(0, [{ frame: frameOf(60 + i, i) }]);
      await net.run({ isRxManual: true });
    }
    await net.finish({ errors: { [ERROR.DIRECTION]: 40 }, isCountersFree: true });
  });

  it("uses buffers that end exactly at the end of memory", async () => {
    const net = bench();
    const driver = await net.start(options);
    const end = net.arena.addr + BigInt(net.arena.lenBytes);
    const packet = new Uint8Array(72);
    packet.set(frameOf(60, 9), 12);
    net.shadow.write(end - 72n, packet);
    net.shadow.offer(end - 72n, 72, "readwrite");
    const frames: Uint8Array[] = [];
    const stop = net.bench.sink.frames.listen(({ data }) => frames.push(data));
    net.isWatching = false;

    driver.postRaw(TX, { count: 1, descriptors: () => [desc(end - 72n, 72)] });
    await driver.flush(TX);
    await net.bench.cycles(500);
    driver.postRaw(RX, { count: 1, descriptors: () => [desc(end - 72n, 72, WRITE)] });
    await driver.flush(RX);
    net.bench.source.send(frameOf(60, 10));
    await net.bench.cycles(500);
    stop();

    expect(frames).to.deep.equal([frameOf(60, 9)]);
    expect((await net.shadow.read(end - 72n, 72)).subarray(12)).to.deep.equal(frameOf(60, 10));
    net.shadow.revoke(end - 72n, 72);
    await net.stop();
  });

  it("FRAME_LONG: 65 aliases of one buffer, together about 4 GB: comes back once, and reads no more than a frame may have", async () => {
    const net = bench();
    const driver = await net.start({ layout: linux, queueSize: 128 });
    const lenBytes = 64 << 20;
    const before = await net.bench.memory.statistics();
    driver.postRaw(TX, {
      count: 65,
      descriptors: (indices) => {
        const { addr } = driver.allocator.allocate(64);
        // More than a frame may have is never read.
        net.shadow.offer(addr, 16 << 10, "read");
        return indices.map((_, i) => desc(addr, lenBytes, i < 64 ? NEXT : 0, indices[i + 1] ?? 0));
      },
    });
    net.send(0, [{ frame: frameOf(60, 1) }]);
    await net.run({ isRxManual: true });

    const after = await net.bench.memory.statistics();
    expect(after.readBytes - before.readBytes).to.be.below(40_000);
    await net.finish({ errors: { [ERROR.FRAME_LONG]: 1 }, isCountersFree: true });
  });

  it("AXI_DATA: an element that goes over the end of the address space is served as an error of the bus", async () => {
    const net = bench();
    const driver = await net.start(options);
    const last = 0xffff_ffff_ffff_ffc0n;
    net.shadow.offer(last, 64, "readwrite");
    net.shadow.offer(0n, 4096, "readwrite");

    driver.postRaw(TX, { count: 1, descriptors: () => [desc(last, 200)] });
    net.send(0, [{ frame: frameOf(60, 1) }]);
    await net.run({ isRxManual: true });

    await net.finish({ errors: { [ERROR.AXI_DATA]: 1 }, isCountersFree: true });
  });

  it("does not show bytes of an earlier frame: short frames after long ones in the same buffers", async () => {
    const net = bench();
    await net.start({ layout: separate, queueSize: QUEUE_SIZE });
    for (let i = 0; i < 100; i++) {
      const frame = new Uint8Array(i % 2 === 0 ? 1500 : 1 + i).fill(i % 2 === 0 ? 0xee : 0x11);
      net.send(0, [{ frame }]);
      net.receive(0, frame);
    }
    await net.run();
    await net.finish();
  });
});

describe(withSeed("system: random descriptors"), () => {
  const bench = useBench({ params: BUILDS.narrow, name: "hostile" });
  const RUNS = IS_FULL ? 1000 : 150;

  // Small numbers on purpose: wrong things must meet each other.
  const anyDescriptor = fc.record({
    lenBytes: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 16, 32, 64, 0x1_0000, 0xffff_ffff)),
    flags: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0, 1) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) },
    ),
    next: fc.integer({ min: 0, max: 8 }),
  });
  const anyAttack = fc.record({
    virtqueue: fc.constantFrom(RX, TX),
    hasIndirect: fc.boolean(),
    ring: fc.array(anyDescriptor, { minLength: 8, maxLength: 8 }),
    table: fc.array(anyDescriptor, { minLength: 1, maxLength: 4 }),
  });

  it(`${RUNS} tables of any content: the device does what the reference says, and works on [SVQ-28]`, async () => {
    // All addresses point into this area, which the device may touch; nothing else is on offer.
    await checkProperty(anyAttack, RUNS, async (attack) => {
      const net = await bench.revive();
      const { virtqueue } = attack;
      const features = attack.hasIndirect ? FEATURES.modern : FEATURES.modern & ~FEATURE.INDIRECT_DESC;
      const driver = await net.start({ layout: linux, features, queueSize: 8 });
      const data = buffer(net, encodeNetHeader({}, 200), "readwrite");
      const isTx = virtqueue === TX;
      const flip = isTx ? 0 : WRITE;
      const entries = attack.table.map((entry) => desc(data, entry.lenBytes, entry.flags ^ flip, entry.next));
      const tableAddr = table(net, entries);
      const rows = attack.ring.map((entry) => {
        const isTable = (entry.flags & INDIRECT) !== 0;
        const flags = isTable ? entry.flags : entry.flags ^ flip;
        return desc(isTable ? tableAddr : data, entry.lenBytes, flags, entry.next);
      });
      const readable = new Map<bigint, Descriptor>();
      const { ring } = driver.queue(virtqueue);
      rows.forEach((row, i) => readable.set(ring.descAddr + BigInt(DESC_BYTES * i), row));
      entries.forEach((row, i) => readable.set(tableAddr + BigInt(DESC_BYTES * i), row));
      const rules = {
        direction: isTx ? ("tx" as const) : ("rx" as const),
        queueSize: 8,
        chainMax: 256,
        hasIndirect: attack.hasIndirect,
      };
      // A table that claims more entries than it has may be read beyond its end.
      net.bench.memory.setChecking(false);
      const unknown: bigint[] = [];
      const walked = walkChain(0, ring.descAddr, rules, (addr) => {
        const known = readable.get(addr);
        if (known === undefined) unknown.push(addr);
        return known ?? decodeDescriptor(new DataView(new ArrayBuffer(16)), 0);
      });
      const before = await driver.transport.errorCounts();
      net.isWatching = false;
      driver.postRaw(virtqueue, { count: 8, descriptors: () => rows });
      await driver.flush(virtqueue);
      if (!isTx) net.bench.source.send(frameOf(60, 1));
      await net.bench.cycles(1500);
      const after = await driver.transport.errorCounts();
      const status = await driver.transport.status();
      await net.stop();
      net.bench.memory.setChecking(true);

      if (status & STATUS.DEVICE_NEEDS_RESET) throw new Error(`status 0x${status.toString(16)}`);
      if (unknown.length === 0 && walked.error !== 0) {
        const code = walked.error;
        const counted = (after[code] ?? 0) - (before[code] ?? 0);
        // A receive loop of buffers is an error of the chain whatever the frame is.
        if (counted !== 1) throw new Error(`expected ${errorName(code)} once, counted ${counted}`);
      }
      await net.start({ layout: linux, queueSize: 8 });
      net.send(0, [{ frame: frameOf(60, 1) }]);
      net.receive(0, frameOf(61, 2));
      await net.run();
      await net.finish();
    });
  });
});
