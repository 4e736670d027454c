import { expect } from "chai";
import fc from "fast-check";

import { Random } from "../../../src/core/index.ts";
import { ArrayMemory, walkChain } from "../../../src/model/index.ts";
import {
  decodeDescriptor,
  GuardedAllocator,
  ringDescriptors,
  RingError,
  SplitRing,
} from "../../../src/virtio/index.ts";
import type { ChainForm, Descriptor } from "../../../src/virtio/index.ts";

const BASE = 0x10000n;

interface Fixture {
  readonly memory: ArrayMemory;
  readonly ring: SplitRing<number>;
  readonly readDesc: (addr: bigint) => Descriptor;
  readonly avail: (position: number) => number;
  readonly giveBack: (head: number, lenBytes: number) => void;
}

function makeRing(queueSize: number, options: { scatter?: boolean; hasEventIdx?: boolean } = {}): Fixture {
  const memory = new ArrayMemory(BASE, 4 << 20);
  const allocator = new GuardedAllocator({ base: BASE, lenBytes: 4 << 20 });
  const ring = new SplitRing<number>({
    memory,
    allocator,
    queueSize,
    hasEventIdx: options.hasEventIdx ?? true,
    ...(options.scatter === true ? { scatter: new Random(3) } : {}),
  });
  let usedIdx = 0;
  const word = (addr: bigint): number => new DataView(memory.deviceRead(addr, 2).buffer).getUint16(0, true);
  return {
    memory,
    ring,
    readDesc: (addr) => decodeDescriptor(new DataView(memory.deviceRead(addr, 16).buffer), 0),
    avail: (position) => word(ring.availAddr + BigInt(4 + 2 * (position % queueSize))),
    giveBack(head, lenBytes) {
      const entry = new DataView(new ArrayBuffer(8));
      entry.setUint32(0, head, true);
      entry.setUint32(4, lenBytes, true);
      memory.deviceWrite(ring.usedAddr + BigInt(4 + 8 * (usedIdx % queueSize)), new Uint8Array(entry.buffer));
      usedIdx = (usedIdx + 1) & 0xffff;
      memory.deviceWrite(ring.usedAddr + 2n, Uint8Array.of(usedIdx & 0xff, usedIdx >> 8));
    },
  };
}

const anyForm: fc.Arbitrary<ChainForm> = fc.oneof(
  fc.constant<ChainForm>({ kind: "direct" }),
  fc.record({ kind: fc.constant("indirect" as const), lane: fc.constantFrom(0, 16, 32, 48), isShuffled: fc.boolean() }),
  fc.record({ kind: fc.constant("mixed" as const), direct: fc.integer({ min: 1, max: 3 }) }),
);

describe("virtio: split ring", () => {
  it("makes chains that a device walks to the same elements, in every form [SVQ-06] [SVQ-28]", () => {
    const anyChain = fc.record({ form: anyForm, elements: fc.integer({ min: 4, max: 12 }) });
    fc.assert(
      fc.property(fc.array(anyChain, { minLength: 1, maxLength: 100 }), fc.boolean(), (chains, scatter) => {
        const { ring, readDesc, avail } = makeRing(64, { scatter });
        const rules = { direction: "tx" as const, queueSize: 64, chainMax: 64, hasIndirect: true };
        let position = 0;
        for (const { form, elements } of chains) {
          const list = Array.from({ length: elements }, (_, i) => ({
            addr: BigInt(1000 * i),
            lenBytes: 1 + i,
            isDeviceWritable: false,
          }));
          if (!ring.hasRoom(elements, form)) break;
          const head = ring.add(list, form, position);
          ring.publish();

          expect(avail(position)).to.equal(head);
          const walked = walkChain(head, ring.descAddr, rules, readDesc);
          expect(walked.error).to.equal(0);
          expect(walked.elements).to.deep.equal(list.map(({ addr, lenBytes }) => ({ addr, lenBytes })));
          position++;
        }
        expect(ring.availIdx).to.equal(position);
      }),
    );
  });

  it("returns every chain once and can go on for ever", async () => {
    const { ring, giveBack, avail } = makeRing(8, { scatter: true });
    const element = { addr: BASE, lenBytes: 1, isDeviceWritable: false };
    let sent = 0;
    let seen = 0;
    while (seen < 70_000) {
      while (ring.hasRoom(2, { kind: "direct" })) ring.add([element, element], { kind: "direct" }, sent++);
      const from = ring.availIdx;
      const count = ring.publish();
      for (let i = 0; i < count; i++) giveBack(avail(from + i), 7);

      for (const used of await ring.poll()) {
        expect(used.token).to.equal(seen);
        expect(used.usedIdx).to.equal(seen & 0xffff);
        seen++;
      }
    }
    expect(ring.freeDescriptors).to.equal(8);
  });

  it("notices a head that is not in flight, and an index that runs away", async () => {
    const bad = makeRing(8);
    bad.ring.add([{ addr: BASE, lenBytes: 1, isDeviceWritable: false }], { kind: "direct" }, 1);
    bad.giveBack(5, 0);
    const fast = makeRing(8);
    fast.giveBack(0, 0);

    let message = "";
    await bad.ring.poll().catch((error: unknown) => (message = String(error)));
    expect(message).to.contain("head 5 is not in flight");
    await fast.ring.poll().catch((error: unknown) => (message = String(error)));
    expect(message).to.contain("with 0 chains in flight");
  });

  it("kicks by avail_event with EVENT_IDX and by the flag without it [SVQ-19]", async () => {
    for (const hasEventIdx of [true, false]) {
      const { ring, memory } = makeRing(8, { hasEventIdx });
      ring.add([{ addr: BASE, lenBytes: 1, isDeviceWritable: false }], { kind: "direct" }, 1);
      ring.publish();
      expect(await ring.needsKick(0)).to.equal(true);

      if (hasEventIdx) memory.deviceWrite(ring.usedAddr + BigInt(ring.geometry.availEventOffset), Uint8Array.of(9, 0));
      else memory.deviceWrite(ring.usedAddr, Uint8Array.of(1, 0));

      expect(await ring.needsKick(0)).to.equal(false);
    }
  });

  it("offers the rings, and a table only while its chain is in flight", async () => {
    const { ring, memory, readDesc, giveBack } = makeRing(8);
    const element = { addr: BASE, lenBytes: 1, isDeviceWritable: false };
    const head = ring.add([element, element], { kind: "indirect" }, 1);
    ring.publish();
    const table = readDesc(ring.descAddr + BigInt(16 * head)).addr;
    memory.deviceRead(table, 32);
    giveBack(head, 0);
    await ring.poll();

    expect(() => memory.deviceRead(table, 32)).to.throw("not offered");
    expect(() => {
      memory.deviceWrite(ring.descAddr, Uint8Array.of(0));
    }).to.throw("not offered");
    ring.destroy();
    expect(() => memory.deviceRead(ring.descAddr, 16)).to.throw("not offered");
  });

  it("refuses a chain that does not fit and an odd queue size", () => {
    const { ring } = makeRing(2);
    const element = { addr: BASE, lenBytes: 1, isDeviceWritable: false };

    expect(ringDescriptors(5, { kind: "mixed", direct: 2 })).to.equal(3);
    expect(() => ring.add([element, element, element], { kind: "direct" }, 1)).to.throw(RingError, "3 descriptors");
    expect(() => makeRing(3)).to.throw(RingError, "queue size 3");
  });
});
