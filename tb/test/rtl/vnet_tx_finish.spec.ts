import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { bytesToBigInt, wordWith } from "../support/windows.ts";

const HDR_CSUM = 11;
const CANCELLED = 31;

interface Frame {
  readonly bytes: Uint8Array;
  readonly err: number;
  readonly queue: number;
  /** csum_start and csum_offset, if the header has NEEDS_CSUM. */
  readonly csum?: readonly [start: number, offset: number];
}

describeModule(
  "vnet_tx_finish",
  {
    params: [
      { DATA_W: 64, NQ: 2 },
      { DATA_W: 512, NQ: 1 },
    ],
    fullParams: [{ DATA_W: 256, NQ: 8 }],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (
      bench: ModuleBench,
      frames: readonly Frame[],
      options: { readonly stop?: number; readonly in?: Pause; readonly out?: Pause; readonly reports?: Pause } = {},
    ): Promise<number> => {
      const stop = options.stop ?? 0;
      bench.drive({ cfg_stop: stop });
      await bench.cycles();
      const pause = options.in ?? PAUSES.never;
      const headers = bench.source("s_hdr", ["data"], { pause });
      const words = bench.source("s", ["data", "cnt", "last", "err"], { pause });
      const notes = bench.source("s_chain", ["more", "queue", "head", "ndesc", "class", "layout", "zero"], { pause });
      const store = bench.sink("m", ["data", "cnt", "last", "drop", "len", "hdr", "queue"], {
        pause: options.out ?? PAUSES.never,
      });
      const completions = bench.sink("m_cpl", ["queue", "head", "len", "eof", "more"], {
        pause: options.reports ?? PAUSES.never,
      });
      const reports = bench.sink("m_rep", ["queue", "bytes", "frame", "ndesc", "class", "layout", "err", "zero"], {
        pause: options.reports ?? PAUSES.never,
        randomName: "reports",
      });
      const stored: unknown[] = [];
      const completed: unknown[] = [];
      const reported: unknown[] = [];
      let count = 0;
      for (const { bytes, err, queue, csum } of frames) {
        const header = bench.random.bytes(32);
        const view = new DataView(header.buffer);
        header[0] = ((header[0] ?? 0) & 0xfe) | (csum === undefined ? 0 : 1);
        if (csum !== undefined) {
          view.setUint16(6, csum[0], true);
          view.setUint16(8, csum[1], true);
        }
        headers.sendNow({ data: bytesToBigInt(header) });
        const note = {
          more: bench.random.bits(1),
          queue: BigInt(queue),
          head: bench.random.bits(16),
          ndesc: bench.random.bits(16),
          class: bench.random.bits(2),
          layout: bench.random.bits(1),
          zero: bench.random.bits(8),
        };
        notes.sendNow(note);
        const isCancelled = err === CANCELLED || ((stop >> queue) & 1) === 1;
        const isCsumBad = csum !== undefined && csum[0] + csum[1] + 2 > bytes.length;
        const verdict = err !== 0 ? err : isCsumBad ? HDR_CSUM : 0;
        const isSent = !isCancelled && verdict === 0;
        for (let at = 0; at === 0 || at < bytes.length; at += busBytes) {
          const part = bytes.subarray(at, at + busBytes);
          const isLast = at + busBytes >= bytes.length;
          const data = wordWith(part, 0, busBytes, bench.random);
          words.sendNow({
            data,
            cnt: BigInt(part.length),
            last: isLast ? 1n : 0n,
            err: isLast ? BigInt(err) : bench.random.bits(5),
          });
          stored.push({
            data,
            cnt: BigInt(part.length),
            last: isLast,
            ...(isLast ? { drop: !isSent, len: BigInt(bytes.length), hdr: bytesToBigInt(header), queue: BigInt(queue) } : {}),
          });
          count++;
        }
        completed.push({ queue: note.queue, head: note.head, len: 0n, eof: 1n, more: note.more });
        if (isCancelled) continue;
        reported.push({
          queue: note.queue,
          bytes: isSent ? BigInt(bytes.length) : 0n,
          frame: isSent ? 1n : 0n,
          ndesc: note.ndesc,
          class: isSent ? note.class : 0n,
          layout: isSent ? note.layout : 0n,
          err: BigInt(verdict),
          zero: note.zero,
        });
      }
      const limit = 300 + 60 * count;
      await withTimeout(store.reached(count), limit, "the last word");
      await withTimeout(completions.reached(completed.length), limit, "the last completion");
      await withTimeout(reports.reached(reported.length), limit, "the last report");
      await bench.cycles(5);
      const moved = store.takeAll();
      expect(
        moved.map(({ beat: { data, cnt, last, drop, len, hdr, queue } }) => ({
          data,
          cnt,
          last: last === 1n,
          ...(last === 1n ? { drop: drop === 1n, len, hdr, queue } : {}),
        })),
      ).to.deep.equal(stored);
      expect(completions.takeAll().map(({ beat }) => beat)).to.deep.equal(completed);
      expect(reports.takeAll().map(({ beat }) => beat)).to.deep.equal(reported);
      for (const stream of [headers, words, notes, store, completions, reports]) stream.stop();
      return (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0) + 1 - count;
    };

    const frame = (bench: ModuleBench, length: number, more: Partial<Frame> = {}): Frame => ({
      bytes: bench.random.bytes(length),
      err: 0,
      queue: bench.random.below(params.NQ),
      ...more,
    });

    test("good frames of all lengths around a word", async (bench) => {
      const lengths = [1, busBytes - 1, busBytes, busBytes + 1, 2 * busBytes, 60, 200];
      await run(
        bench,
        lengths.map((length) => frame(bench, length)),
      );
    });

    test("NEEDS_CSUM: the field must lie inside the frame", async (bench) => {
      const cases: [number, number][] = [
        [34, 16],
        [42, 16],
        [43, 16],
        [58, 0],
        [59, 0],
        [0, 58],
        [0, 59],
        [65535, 65535],
        [65535, 0],
        [0, 65535],
        [32768, 32768],
      ];
      await run(
        bench,
        cases.map((csum) => frame(bench, 60, { csum })),
      );
    });

    test("errors drop the frame, complete the chain and are reported", async (bench) => {
      await run(bench, [
        frame(bench, 60, { err: 13 }),
        frame(bench, 60),
        frame(bench, 0, { err: 8 }),
        frame(bench, 0, { err: 1 }),
        frame(bench, 60, { err: 9, csum: [100, 100] }),
        frame(bench, 60),
      ]);
    });

    test("cancelled chains are completed without a report, and dropped", async (bench) => {
      const frames = Array.from({ length: 8 }, (_, i) => frame(bench, 60, i % 3 === 0 ? { err: CANCELLED } : {}));
      await run(bench, frames, { stop: 1 });
    });

    test("one word per cycle, chains back to back", async (bench) => {
      const frames = Array.from({ length: 25 }, () => frame(bench, bench.random.between(1, 3 * busBytes)));
      expect(await run(bench, frames), "lost cycles").to.be.at.most(1);
    });

    test("sweep: pauses", async (bench) => {
      for (const incoming of [PAUSES.never, PAUSES.half]) {
        for (const out of [PAUSES.never, PAUSES.half]) {
          for (const reports of [PAUSES.never, PAUSES.mostly]) {
            const frames = Array.from({ length: 8 }, () => frame(bench, bench.random.between(1, 150)));
            await run(bench, frames, { in: incoming, out, reports });
          }
        }
      }
    });

    test("reset in the middle of a frame", async (bench) => {
      bench.drive({ s_valid: 1, s_cnt: 1, s_hdr_valid: 1, m_ready: 1 });
      await bench.cycles(5);
      bench.drive({ s_valid: 0, s_hdr_valid: 0 });
      await bench.reset(1);
      await run(bench, [frame(bench, 60), frame(bench, 61)]);
    });

    test("property: verdict, completion and report agree with the rule", async (bench) => {
      const one = fc.record({
        length: fc.nat({ max: 150 }),
        err: fc.constantFrom(0, 0, 0, 0, 8, 13, CANCELLED),
        queue: fc.nat({ max: params.NQ - 1 }),
        csum: fc.option(fc.tuple(fc.nat({ max: 160 }), fc.nat({ max: 30 })), { nil: undefined }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(one, { minLength: 1, maxLength: 8 }), fc.nat({ max: 2 ** params.NQ - 1 }), pause, pause),
        async ([list, stop, incoming, out]) => {
          const frames = list.map(({ length, csum, ...rest }) =>
            frame(bench, length, { ...rest, ...(csum === undefined ? {} : { csum }) }),
          );
          await run(bench, frames, { stop, in: incoming, out });
        },
      );
    });
  },
);
