import { expect } from "chai";
import fc from "fast-check";
import { describeModule } from "../support/module-test.ts";

describeModule(
  "vnet_rr_arb",
  { params: [{ N: 1 }, { N: 3 }, { N: 8 }], fullParams: [{ N: 2 }, { N: 13 }, { N: 32 }] },
  ({ params, test }) => {
    const { N } = params;

    test("equals the rule: first request after the last one served, with wrap", async (bench) => {
      const step = fc.record({ req: fc.nat({ max: 2 ** N - 1 }), advance: fc.boolean() });
      await bench.property(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        await bench.reset(1);
        // The next to be served first.
        let pointer = 0;
        for (const { req, advance } of steps) {
          bench.drive({ req, advance: advance ? 1 : 0 });
          await bench.cycles();
          const order = Array.from({ length: N }, (_, i) => (pointer + i) % N);
          const winner = order.find((i) => ((req >>> i) & 1) === 1);
          const at = `cycle ${bench.cycle}, req ${req.toString(2)}`;
          expect(bench.signal("grant_valid").isHigh, at).to.equal(winner !== undefined);
          expect(bench.signal("grant").number, at).to.equal(winner === undefined ? 0 : (1 << winner) >>> 0);
          if (winner === undefined) continue;
          expect(bench.signal("grant_idx").number, at).to.equal(winner);
          if (advance) pointer = (winner + 1) % N;
        }
        bench.drive({ req: 0, advance: 0 });
        await bench.cycles();
      });
    });

    test("a steady request is served within N grants", async (bench) => {
      for (let me = 0; me < N; me++) {
        let waited = 0;
        for (let i = 0; i < 4 * N; i++) {
          bench.drive({ req: (bench.random.below(2 ** N) | (1 << me)) >>> 0, advance: 1 });
          await bench.cycles();
          waited = bench.signal("grant_idx").number === me ? 0 : waited + 1;
          expect(waited).to.be.below(N);
        }
      }
    });

    test("the grant stays while advance is low and the requests stay", async (bench) => {
      const req = (2 ** N - 1) >>> 0;
      bench.drive({ req, advance: 0 });
      await bench.cycles();
      const first = bench.signal("grant").value;
      for (let i = 0; i < 10; i++) {
        await bench.cycles();
        expect(bench.signal("grant").value).to.equal(first);
      }
    });
  },
);
