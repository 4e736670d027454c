import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { splitBursts } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { edgeLengths } from "../support/windows.ts";

interface Range {
  readonly addr: bigint;
  readonly len: number;
}

describeModule(
  "vnet_burst_split",
  {
    params: [
      { DATA_W: 64, MAX_BURST: 16 },
      { DATA_W: 512, MAX_BURST: 64 },
    ],
    fullParams: [
      { DATA_W: 64, MAX_BURST: 256 },
      { DATA_W: 128, MAX_BURST: 1 },
      { DATA_W: 256, MAX_BURST: 8 },
      { DATA_W: 512, MAX_BURST: 256 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const split = async (bench: ModuleBench, ranges: readonly Range[], idle: Pause, back: Pause): Promise<number> => {
      const source = bench.source("s", ["addr", "len"], { pause: idle });
      const sink = bench.sink("m", ["addr", "beats_m1", "last"], { pause: back });
      for (const { addr, len } of ranges) source.sendNow({ addr, len: BigInt(len) });
      const expected = ranges.flatMap(({ addr, len }) => splitBursts(addr, len, busBytes, params.MAX_BURST));
      await withTimeout(sink.reached(expected.length), 200 + 40 * expected.length, "the last burst");
      await bench.cycles(5);
      const seen = sink.takeAll();
      expect(
        seen.map(({ beat }) => ({ addr: beat.addr, beats: Number(beat.beats_m1) + 1, last: beat.last === 1n })),
      ).to.deep.equal(expected);
      source.stop();
      sink.stop();
      return (seen.at(-1)?.cycle ?? 0) - (source.moved[0]?.cycle ?? 0);
    };

    test("latency is 2 cycles, one burst per cycle", async (bench) => {
      expect(await split(bench, [{ addr: 0n, len: 1 }], PAUSES.never, PAUSES.never)).to.equal(2);
      // Commands of one burst each, one per cycle.
      const single = Array.from({ length: 50 }, (_, i) => ({ addr: BigInt(i) * 4096n, len: busBytes }));
      expect(await split(bench, single, PAUSES.never, PAUSES.never)).to.equal(2 + 49);
      // One command of many bursts.
      const bursts = splitBursts(0n, 60_000, busBytes, params.MAX_BURST).length;
      expect(await split(bench, [{ addr: 0n, len: 60_000 }], PAUSES.never, PAUSES.never)).to.equal(2 + bursts - 1);
    });

    test("sweep: every offset in a word x lengths around words and blocks", async (bench) => {
      const block = Math.min(params.MAX_BURST * busBytes, 4096);
      const offsets = [0, 1, busBytes / 2, busBytes - 1, block - busBytes, block - 1];
      const lengths = [...edgeLengths(busBytes), block - 1, block, block + 1, 2 * block + 1].filter((n) => n > 0);
      const ranges = offsets.flatMap((offset) =>
        lengths.map((len) => ({ addr: 0x7_1234_5000n + BigInt(offset), len })),
      );
      await split(bench, ranges, PAUSES.half, PAUSES.half);
    });

    test("the largest length and addresses at both ends of the address space", async (bench) => {
      const ranges = [
        { addr: 0n, len: 1 },
        { addr: 3n, len: 2 ** 20 - 1 },
        { addr: 2n ** 64n - 100n, len: 100 },
        { addr: 0xffff_ffffn, len: 9000 },
        { addr: 2n ** 64n - 9000n, len: 9000 },
      ];
      await split(bench, ranges, PAUSES.never, PAUSES.bursty);
    });

    test("reset in the middle of a command", async (bench) => {
      const source = bench.source("s", ["addr", "len"]);
      source.sendNow({ addr: 5n, len: 60_000n });
      await bench.cycles(6);
      source.stop();
      bench.drive({ s_valid: 0, m_ready: 1 });
      await bench.reset(1);
      expect(bench.signal("m_valid").isHigh).to.equal(false);
      await split(bench, [{ addr: 0x1003n, len: 100 }], PAUSES.never, PAUSES.never);
    });

    test("property: equals the rule for any range", async (bench) => {
      const range = fc.record({ addr: fc.bigInt(0n, 2n ** 64n - 10_000n), len: fc.integer({ min: 1, max: 9999 }) });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(range, { minLength: 1, maxLength: 5 }), pause, pause),
        async ([ranges, idle, back]) => {
          await split(bench, ranges, idle, back);
        },
      );
    });
  },
);
