import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

describeModule("vnet_event_idx", { params: [{}] }, ({ test }) => {
  /** "Is entry `event` among those from `old` to `next` - 1", counted one by one. */
  const among = (event: number, next: number, old: number): boolean => {
    for (let at = old; at !== next; at = (at + 1) & 0xffff) if (at === event) return true;
    return false;
  };
  const need = async (bench: ModuleBench, event: number, next: number, old: number): Promise<boolean> => {
    bench.drive({ event_idx: event, new_idx: next, old_idx: old });
    await bench.cycles(2);
    return bench.signal("need").isHigh;
  };

  test("the example of the file's head", async (bench) => {
    for (const [event, expected] of [[65533, false], [65534, true], [65535, true], [0, true], [1, false]] as const) {
      expect(await need(bench, event, 1, 65534), `event ${event}`).to.equal(expected);
    }
  });

  test("no step, one step, all but one", async (bench) => {
    for (const old of [0, 1, 0x7fff, 0x8000, 0xffff]) {
      expect(await need(bench, old, old, old)).to.equal(false);
      expect(await need(bench, old, (old + 1) & 0xffff, old)).to.equal(true);
      expect(await need(bench, (old + 1) & 0xffff, (old + 1) & 0xffff, old)).to.equal(false);
      expect(await need(bench, (old - 1) & 0xffff, (old - 1) & 0xffff, old)).to.equal(false);
      expect(await need(bench, (old - 2) & 0xffff, (old - 1) & 0xffff, old)).to.equal(true);
    }
  });

  test("property: equals counting", async (bench) => {
    const index = fc.nat({ max: 0xffff });
    await bench.property(
      fc.tuple(index, fc.oneof(fc.nat({ max: 40 }), index), fc.oneof(fc.nat({ max: 40 }), index)),
      async ([old, step, offset]) => {
        const next = (old + step) & 0xffff;
        const event = (old + offset) & 0xffff;
        expect(await need(bench, event, next, old)).to.equal(among(event, next, old));
      },
      100,
    );
  });
});
