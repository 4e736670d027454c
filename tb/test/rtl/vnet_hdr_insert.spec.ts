import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { bigIntToBytes, bytesToBigInt, hex, joinBytes, wordWith } from "../support/windows.ts";

interface Frame {
  readonly bytes: Uint8Array;
  readonly discard: boolean;
  readonly buffers: number;
}

describeModule(
  "vnet_hdr_insert",
  { params: [{ DATA_W: 64 }, { DATA_W: 512 }], fullParams: [{ DATA_W: 128 }, { DATA_W: 256 }] },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (
      bench: ModuleBench,
      hdrLen: number,
      frames: readonly Frame[],
      options: { readonly plan?: Pause; readonly idle?: Pause; readonly back?: Pause } = {},
    ): Promise<number> => {
      bench.drive({ cfg_hdr_len: hdrLen });
      await bench.cycles(2);
      const plans = bench.source("s_plan", ["discard", "buffers", "hdr"], { pause: options.plan ?? PAUSES.never });
      const words = bench.source("s", ["data", "cnt", "last"], { pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m", ["data", "cnt", "last"], { pause: options.back ?? PAUSES.never });
      const expected: string[] = [];
      let windows = 0;
      let wordCount = 0;
      for (const { bytes, discard, buffers } of frames) {
        const header = bench.random.bytes(32);
        plans.sendNow({ discard: discard ? 1n : 0n, buffers: BigInt(buffers), hdr: bytesToBigInt(header) });
        for (let at = 0; at < bytes.length; at += busBytes) {
          const part = bytes.subarray(at, at + busBytes);
          const isLast = at + busBytes >= bytes.length;
          words.sendNow({
            data: wordWith(part, 0, busBytes, bench.random),
            cnt: BigInt(part.length),
            last: isLast ? 1n : 0n,
          });
          wordCount++;
        }
        if (discard) continue;
        header[10] = buffers & 0xff;
        header[11] = buffers >> 8;
        expected.push(hex(header.subarray(0, hdrLen)) + hex(bytes));
        windows += Math.ceil(hdrLen / busBytes) + Math.ceil(bytes.length / busBytes);
      }
      await withTimeout(words.wait(), 300 + 60 * wordCount, "the last word in");
      await withTimeout(sink.reached(windows), 300 + 60 * windows, "the last window");
      await bench.cycles(6);
      const seen: string[] = [];
      let pieces: Uint8Array[] = [];
      const moved = sink.takeAll();
      expect(moved.length, "windows").to.equal(windows);
      for (const { beat } of moved) {
        pieces.push(bigIntToBytes(beat.data, busBytes).subarray(0, Number(beat.cnt)));
        if (beat.last === 0n) continue;
        seen.push(hex(joinBytes(pieces)));
        pieces = [];
      }
      expect(seen).to.deep.equal(expected);
      for (const stream of [plans, words, sink]) stream.stop();
      return (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0) + 1 - windows;
    };

    const frame = (bench: ModuleBench, length: number, discard = false): Frame => ({
      bytes: bench.random.bytes(length),
      discard,
      buffers: bench.random.between(1, 65535),
    });

    for (const hdrLen of [10, 12, 20, 24, 32]) {
      test(`header of ${hdrLen} bytes in front of frames of all lengths around a word`, async (bench) => {
        const lengths = [1, busBytes - 1, busBytes, busBytes + 1, 3 * busBytes, 60];
        await run(
          bench,
          hdrLen,
          lengths.map((length) => frame(bench, length)),
        );
      });
    }

    test("windows follow each other without a gap, frames too", async (bench) => {
      const frames = Array.from({ length: 12 }, () => frame(bench, bench.random.between(1, 3 * busBytes)));
      expect(await run(bench, 12, frames), "lost cycles").to.equal(0);
    });

    test("a refused frame is read and thrown away", async (bench) => {
      await run(bench, 12, [
        frame(bench, 100, true),
        frame(bench, 30),
        frame(bench, 1, true),
        frame(bench, 5 * busBytes, true),
        frame(bench, 20),
      ]);
    });

    test("sweep: pauses of plans, words and windows", async (bench) => {
      for (const plan of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
        for (const idle of [PAUSES.never, PAUSES.bursty]) {
          for (const back of [PAUSES.never, PAUSES.half]) {
            const frames = Array.from({ length: 6 }, () =>
              frame(bench, bench.random.between(1, 3 * busBytes), bench.random.chance(0.2)),
            );
            await run(bench, bench.random.between(10, 32), frames, { plan, idle, back });
          }
        }
      }
    });

    test("reset in the middle of a frame", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, s_plan_valid: 1, s_valid: 1, s_cnt: 1, m_ready: 1 });
      await bench.cycles(4);
      bench.drive({ s_plan_valid: 0, s_valid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_valid").isHigh).to.equal(false);
      await run(bench, 12, [frame(bench, 77)]);
    });

    test("property: header with num_buffers, then the frame", async (bench) => {
      const one = fc.record({
        bytes: fc.uint8Array({ minLength: 1, maxLength: 3 * busBytes }),
        discard: fc.boolean(),
        buffers: fc.integer({ min: 1, max: 65535 }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.integer({ min: 1, max: 32 }), fc.array(one, { minLength: 1, maxLength: 5 }), pause, pause),
        async ([hdrLen, frames, idle, back]) => {
          await run(bench, hdrLen, frames, { idle, back });
        },
      );
    });
  },
);
