/**
 * Tests that all FIFOs share.
 *
 * @module
 */
import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, field, type ModuleBench } from "./module-test.ts";

interface FifoParams {
  readonly [name: string]: number;
  readonly W: number;
  readonly DEPTH: number;
}

/** What is particular to one FIFO. */
export interface FifoTraits {
  readonly params: readonly FifoParams[];
  readonly fullParams: readonly FifoParams[];
  /** Cycles from an edge that takes a word to the first edge that can give it. */
  readonly latencyCycles: number;
  /** Words that fit beside those that `level` counts. */
  readonly extraPlaces: number;
}

/** The suite of a FIFO with the ports of vnet_fifo. */
export function describeFifo(module: string, traits: FifoTraits): void {
  describeModule(module, traits, ({ params, test }) => {
    const words = (bench: ModuleBench, count: number): bigint[] =>
      Array.from({ length: count }, () => bench.random.bits(params.W));

    const transfer = async (
      bench: ModuleBench,
      data: readonly bigint[],
      idle: Pause,
      back: Pause,
    ): Promise<{ readonly first: number; readonly last: number }> => {
      const source = bench.source("s", ["data"], { pause: idle });
      const sink = bench.sink("m", ["data"], { pause: back });
      for (const value of data) source.sendNow({ data: value });
      await withTimeout(sink.reached(data.length), 200 + 60 * data.length, "the last word");
      expect(field(sink.monitor.seen, "data")).to.deep.equal(data);
      const first = source.moved[0]?.cycle ?? 0;
      const last = sink.takeAll().at(-1)?.cycle ?? 0;
      // The last word moves at the coming edge; streams made before that would see it again.
      await bench.cycles();
      source.stop();
      sink.stop();
      return { first, last };
    };

    test("smoke: a word comes out after the documented latency", async (bench) => {
      const source = bench.source("s", ["data"]);
      const sink = bench.sink("m", ["data"]);
      await bench.cycles(2);
      source.sendNow({ data: 1n });
      const moved = await withTimeout(bench.simulator.spawn("recv", () => sink.recv()).over(), 20);
      expect(moved?.beat.data).to.equal(1n);
      expect((moved?.cycle ?? 0) - (source.moved[0]?.cycle ?? 0)).to.equal(traits.latencyCycles);
    });

    if (traits.extraPlaces === 0) {
      test("level goes up and down by one", async (bench) => {
        const pulse = async (name: string): Promise<number> => {
          bench.drive({ [name]: 1 });
          await bench.cycles(1);
          bench.drive({ [name]: 0 });
          await bench.cycles(2);
          return bench.signal("level").number;
        };
        for (let words = 1; words <= params.DEPTH; words++) expect(await pulse("s_valid")).to.equal(words);
        for (let words = params.DEPTH - 1; words >= 0; words--) expect(await pulse("m_ready")).to.equal(words);
      });
    }

    test("level counts the words; full at DEPTH, and nothing is lost there", async (bench) => {
      const level = bench.signal("level");
      const sink = bench.sink("m", ["data"], { pause: PAUSES.never });
      sink.pause = { kind: "always" };
      await bench.cycles(2);
      const capacity = params.DEPTH + traits.extraPlaces;
      const data = words(bench, capacity + 3);
      const source = bench.source("s", ["data"]);
      for (const value of data) source.sendNow({ data: value });
      await bench.cycles(capacity + 8);
      expect(source.count).to.equal(capacity);
      expect(level.number).to.equal(params.DEPTH);
      expect(bench.signal("s_ready").isHigh).to.equal(false);
      sink.pause = PAUSES.never;
      await withTimeout(sink.reached(data.length), 100 + 4 * data.length, "the last word");
      expect(field(sink.takeAll(), "data")).to.deep.equal(data);
      await bench.cycles(2);
      expect(level.number).to.equal(0);
      expect(bench.signal("m_valid").isHigh).to.equal(false);
    });

    test("moves one word per cycle", async (bench) => {
      const data = words(bench, 8 * params.DEPTH + 40);
      const { first, last } = await transfer(bench, data, PAUSES.never, PAUSES.never);
      // DEPTH 2 with a registered level still takes and gives a word in each cycle.
      expect(last - first).to.be.at.most(data.length - 1 + traits.latencyCycles);
    });

    test("sweep: idle x back-pressure", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.alternate, PAUSES.half, PAUSES.bursty, PAUSES.mostly]) {
        for (const back of [PAUSES.never, PAUSES.alternate, PAUSES.half, PAUSES.bursty, PAUSES.mostly]) {
          await transfer(bench, words(bench, 3 * params.DEPTH + 7), idle, back);
        }
      }
    });

    test("reset in the middle empties it", async (bench) => {
      for (let round = 0; round < 3; round++) {
        const source = bench.source("s", ["data"]);
        for (const value of words(bench, params.DEPTH)) source.sendNow({ data: value });
        await bench.cycles(params.DEPTH - 1 + round);
        source.stop();
        bench.signal("s_valid").value = 0;
        await bench.reset(1);
        expect(bench.signal("m_valid").isHigh).to.equal(false);
        expect(bench.signal("level").number).to.equal(0);
        await transfer(bench, words(bench, 5), PAUSES.never, PAUSES.half);
      }
    });

    test("property: in order, complete, for any pauses", async (bench) => {
      const pause = fc.string({ unit: fc.constantFrom("0", "1"), minLength: 3, maxLength: 12 }).map(
        // at least one go
        (bits): Pause => ({ kind: "pattern", bits: `${bits}1` }),
      );
      const data = fc.array(fc.bigInt(0n, (1n << BigInt(params.W)) - 1n), { minLength: 1, maxLength: 40 });
      await bench.property(fc.tuple(data, pause, pause), async ([values, idle, back]) => {
        await transfer(bench, values, idle, back);
      });
    });
  });
}
