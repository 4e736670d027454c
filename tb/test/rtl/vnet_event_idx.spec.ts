import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const MOD = 65536;

interface Indices {
  readonly oldIdx: number;
  readonly newIdx: number;
  readonly eventIdx: number;
}

describeModule("vnet_event_idx", { params: [{}] }, ({ test }) => {
  const check = async (bench: ModuleBench, indices: Indices): Promise<void> => {
    const { oldIdx, newIdx, eventIdx } = indices;
    bench.drive({ old_idx: oldIdx, new_idx: newIdx, event_idx: eventIdx });
    await bench.cycles();
    // The step publishes the entries from old_idx on; event_idx is one of them if it is less than a step away.
    const isAmongThem = (eventIdx - oldIdx + MOD) % MOD < (newIdx - oldIdx + MOD) % MOD;
    expect(bench.signal("need").isHigh, JSON.stringify(indices)).to.equal(isAmongThem);
  };

  test("smoke: a step over the wrap, the example of the module head", async (bench) => {
    for (const eventIdx of [65533, 65534, 65535, 0, 1, 2]) await check(bench, { oldIdx: 65534, newIdx: 1, eventIdx });
  });

  test("no step: never needed", async (bench) => {
    for (const oldIdx of [0, 1, 32767, 32768, 65535]) {
      for (const eventIdx of [oldIdx, (oldIdx + 1) % MOD, (oldIdx + MOD - 1) % MOD, 12345]) {
        await check(bench, { oldIdx, newIdx: oldIdx, eventIdx });
      }
    }
  });

  test("sweep: the borders of every step", async (bench) => {
    for (const oldIdx of [0, 1, 255, 32767, 32768, 65534, 65535]) {
      for (const step of [1, 2, 16, 256, 32767, 32768, 32769, 65535]) {
        const newIdx = (oldIdx + step) % MOD;
        for (const eventIdx of [oldIdx - 1, oldIdx, oldIdx + 1, newIdx - 1, newIdx, newIdx + 1]) {
          await check(bench, { oldIdx, newIdx, eventIdx: (eventIdx + MOD) % MOD });
        }
      }
    }
  });

  test("property: needed if the entry is one of those of the step", async (bench) => {
    const indices = fc
      .record({ oldIdx: fc.nat({ max: MOD - 1 }), step: fc.nat({ max: 64 }), distance: fc.integer({ min: -4, max: 68 }) })
      .map(({ oldIdx, step, distance }) => ({
        oldIdx,
        newIdx: (oldIdx + step) % MOD,
        eventIdx: (oldIdx + distance + MOD) % MOD,
      }));
    await bench.property(
      fc.array(indices, { minLength: 1, maxLength: 20 }),
      async (list) => {
        for (const one of list) await check(bench, one);
      },
    );
  });
});
