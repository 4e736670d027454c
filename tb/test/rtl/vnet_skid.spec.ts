import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, field, type ModuleBench } from "../support/module-test.ts";

describeModule(
  "vnet_skid",
  { params: [{ W: 1 }, { W: 72 }], fullParams: [{ W: 32 }, { W: 577 }] },
  ({ params, test }) => {
    const words = (bench: ModuleBench, count: number): bigint[] =>
      Array.from({ length: count }, () => bench.random.bits(params.W));

    const transfer = async (bench: ModuleBench, data: readonly bigint[], idle: Pause, back: Pause): Promise<number> => {
      const source = bench.source("s", ["data"], { pause: idle });
      const sink = bench.sink("m", ["data"], { pause: back });
      for (const value of data) source.sendNow({ data: value });
      await withTimeout(sink.reached(data.length), 100 + 40 * data.length, "the last word");
      await bench.cycles();
      expect(field(sink.monitor.seen, "data")).to.deep.equal(data);
      const cycles = (sink.monitor.seen.at(-1)?.cycle ?? 0) - (source.moved[0]?.cycle ?? 0);
      source.stop();
      sink.stop();
      return cycles;
    };

    test("one cycle of latency, one beat per cycle", async (bench) => {
      expect(await transfer(bench, words(bench, 1), PAUSES.never, PAUSES.never)).to.equal(1);
      expect(await transfer(bench, words(bench, 200), PAUSES.never, PAUSES.never)).to.equal(200);
    });

    test("holds two beats, and s_ready falls one cycle after it is full", async (bench) => {
      const source = bench.source("s", ["data"]);
      const sink = bench.sink("m", ["data"], { pause: { kind: "always" } });
      const data = words(bench, 5);
      for (const value of data) source.sendNow({ data: value });
      await bench.cycles(10);
      expect(source.count).to.equal(2);
      expect(bench.signal("s_ready").isHigh).to.equal(false);
      sink.pause = PAUSES.never;
      await withTimeout(sink.reached(5), 20);
      expect(field(sink.takeAll(), "data")).to.deep.equal(data);
    });

    test("s_ready stays up while there is room", async (bench) => {
      const ready = bench.signal("s_ready");
      for (const beats of [0, 1]) {
        await bench.cycles(6);
        expect(ready.isHigh, `${beats} beats held`).to.equal(true);
        bench.drive({ s_valid: 1 });
        await bench.cycles(1);
        bench.drive({ s_valid: 0 });
      }
      await bench.cycles(6);
      expect(ready.isHigh, "2 beats held").to.equal(false);
    });

    test("m_ready is not seen at s_ready in the same cycle", async (bench) => {
      const ready = bench.signal("s_ready");
      bench.drive({ s_valid: 1, m_ready: 0 });
      await bench.cycles(5);
      expect(ready.isHigh).to.equal(false);
      bench.drive({ m_ready: 1 });
      await bench.cycles(1);
      expect(ready.isHigh).to.equal(false);
      await bench.cycles(1);
      expect(ready.isHigh).to.equal(true);
    });

    test("sweep: idle x back-pressure", async (bench) => {
      const pauses = [PAUSES.never, PAUSES.alternate, PAUSES.half, PAUSES.bursty, PAUSES.mostly];
      for (const idle of pauses) {
        for (const back of pauses) await transfer(bench, words(bench, 30), idle, back);
      }
    });

    test("reset in the middle empties it", async (bench) => {
      bench.drive({ s_valid: 1, m_ready: 0 });
      await bench.cycles(4);
      bench.drive({ s_valid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_valid").isHigh).to.equal(false);
      await transfer(bench, words(bench, 10), PAUSES.never, PAUSES.half);
    });

    test("property: in order and complete for any pattern of pauses", async (bench) => {
      const pause = fc
        .string({ unit: fc.constantFrom("0", "1"), minLength: 1, maxLength: 10 })
        .map((bits): Pause => ({ kind: "pattern", bits: `${bits}1` }));
      const data = fc.array(fc.bigInt(0n, (1n << BigInt(params.W)) - 1n), { minLength: 1, maxLength: 20 });
      await bench.property(fc.tuple(data, pause, pause), async ([values, idle, back]) => {
        await transfer(bench, values, idle, back);
      });
    });
  },
);
