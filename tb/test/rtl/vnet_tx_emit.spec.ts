import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { AXIS, describeModule, type ModuleBench } from "../support/module-test.ts";
import { bytesToBigInt, edgeLengths, wordWith } from "../support/windows.ts";

describeModule(
  "vnet_tx_emit",
  {
    params: [
      { DATA_W: 64, Q_W: 1 },
      { DATA_W: 512, Q_W: 3 },
    ],
    fullParams: [{ DATA_W: 128, Q_W: 2 }],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (
      bench: ModuleBench,
      lengths: readonly number[],
      options: { readonly info?: Pause; readonly idle?: Pause; readonly back?: Pause } = {},
    ): Promise<number> => {
      const info = bench.source("s_frm", ["hdr", "queue"], { pause: options.info ?? PAUSES.never });
      const words = bench.source("s", ["data", "cnt", "last"], { pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m_axis_tx", ["data", "keep", "last", "dest", "user"], {
        ...AXIS,
        pause: options.back ?? PAUSES.never,
      });
      const expected: { data: bigint; keep: bigint; last: bigint; dest: bigint; user: bigint }[] = [];
      for (const length of lengths) {
        const frame = { hdr: bytesToBigInt(bench.random.bytes(32)), queue: bench.random.bits(params.Q_W) };
        info.sendNow(frame);
        for (let at = 0; at < length; at += busBytes) {
          const count = Math.min(busBytes, length - at);
          const data = wordWith(bench.random.bytes(count), 0, busBytes, bench.random);
          const last = at + count === length ? 1n : 0n;
          words.sendNow({ data, cnt: BigInt(count), last });
          const mask = (1n << BigInt(8 * count)) - 1n;
          expected.push({
            data: data & mask,
            keep: (1n << BigInt(count)) - 1n,
            last,
            dest: frame.queue,
            user: frame.hdr,
          });
        }
      }
      await withTimeout(sink.reached(expected.length), 300 + 60 * expected.length, "the last beat");
      await bench.cycles(4);
      const moved = sink.takeAll();
      const seen = moved.map(({ beat }) => {
        const bytes = BigInt(beat.keep.toString(2).replaceAll("0", "").length);
        return { ...beat, data: beat.data & ((1n << (8n * bytes)) - 1n) };
      });
      expect(seen).to.deep.equal(expected);
      for (const stream of [info, words, sink]) stream.stop();
      return (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0) + 1 - expected.length;
    };

    test("lengths around words; header and queue beside every beat", async (bench) => {
      await run(bench, edgeLengths(busBytes).filter((n) => n > 0));
    });

    test("one word per cycle, frames back to back", async (bench) => {
      const lengths = Array.from({ length: 20 }, () => bench.random.between(1, 4 * busBytes));
      expect(await run(bench, lengths), "lost cycles").to.equal(0);
    });

    test("sweep: pauses", async (bench) => {
      for (const info of [PAUSES.never, PAUSES.mostly]) {
        for (const idle of [PAUSES.never, PAUSES.half]) {
          for (const back of [PAUSES.never, PAUSES.half, PAUSES.bursty]) {
            await run(
              bench,
              Array.from({ length: 8 }, () => bench.random.between(1, 3 * busBytes)),
              { info, idle, back },
            );
          }
        }
      }
    });

    test("reset in the middle of a frame", async (bench) => {
      bench.drive({ s_frm_valid: 1, s_valid: 1, s_cnt: 1, m_axis_tx_tready: 1 });
      await bench.cycles(4);
      bench.drive({ s_frm_valid: 0, s_valid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_axis_tx_tvalid").isHigh).to.equal(false);
      await run(bench, [33, 64]);
    });

    test("property: words in, beats out", async (bench) => {
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      const lengths = fc.array(fc.integer({ min: 1, max: 4 * busBytes }), { minLength: 1, maxLength: 6 });
      await bench.property(fc.tuple(lengths, pause, pause, pause), async ([list, info, idle, back]) => {
        await run(bench, list, { info, idle, back });
      });
    });
  },
);
