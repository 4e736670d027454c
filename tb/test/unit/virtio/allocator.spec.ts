import { expect } from "chai";
import fc from "fast-check";

import { Random } from "../../../src/core/index.ts";
import { AllocatorError, GUARD_BYTES, GuardedAllocator } from "../../../src/virtio/index.ts";
import type { Region } from "../../../src/virtio/index.ts";

const anyRequest = fc.record({
  lenBytes: fc.integer({ min: 0, max: 3000 }),
  lane: fc.integer({ min: 0, max: 63 }),
  alignLog2: fc.integer({ min: 0, max: 12 }),
  isFreed: fc.boolean(),
});

describe("virtio: guarded allocator", () => {
  it("keeps a guard between all pieces and meets lane and alignment, whatever is freed in between", () => {
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 60 }), fc.boolean(), (requests, isScattered) => {
        const random = new Random(1);
        const allocator = new GuardedAllocator({
          base: 0x1000n,
          lenBytes: 4 << 20,
          ...(isScattered ? { random } : {}),
        });
        const live: Region[] = [];
        for (const { lenBytes, lane, alignLog2, isFreed } of requests) {
          const region = allocator.allocate(lenBytes, { lane, alignBytes: 1 << alignLog2 });
          expect(region.addr % BigInt(Math.max(64, 1 << alignLog2))).to.equal(BigInt(lane));
          if (isFreed) allocator.free(region);
          else live.push(region);
        }
        live.sort((a, b) => Number(a.addr - b.addr));
        live.forEach((region, i) => {
          const before = live[i - 1];
          const end = before === undefined ? 0x1000n : before.addr + BigInt(before.lenBytes);
          expect(Number(region.addr - end)).to.be.at.least(GUARD_BYTES);
        });
        expect(allocator.used).to.equal(live.length);
      }),
    );
  });

  it("uses a freed slot again", () => {
    const allocator = new GuardedAllocator({ base: 0n, lenBytes: 1 << 20 });
    for (let i = 0; i < 1000; i++) allocator.free(allocator.allocate(100));

    expect(allocator.touchedBytes).to.be.below(1024);
  });

  it("says so when memory runs out or a piece is freed twice", () => {
    const allocator = new GuardedAllocator({ base: 0n, lenBytes: 4096 });
    const region = allocator.allocate(64);
    allocator.free(region);

    expect(() => {
      allocator.free(region);
    }).to.throw(AllocatorError, "not in use");
    expect(() => allocator.allocate(8192)).to.throw(AllocatorError, "out of guest memory");
    expect(() => new GuardedAllocator({ base: 1n, lenBytes: 1 })).to.throw(AllocatorError, "multiple of 64");
  });
});
