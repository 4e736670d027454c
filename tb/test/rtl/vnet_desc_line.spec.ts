import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

/** A request: at 64 bit up to two beats, and which half of the line the first one is. */
interface Request {
  readonly beats: readonly { readonly data: bigint; readonly isBad: boolean }[];
  readonly isUpperHalf: boolean;
}

describeModule(
  "vnet_desc_line",
  {
    params: [
      { DATA_W: 64, RD_OUTSTANDING: 8 },
      { DATA_W: 512, RD_OUTSTANDING: 4 },
    ],
    fullParams: [
      { DATA_W: 128, RD_OUTSTANDING: 4 },
      { DATA_W: 256, RD_OUTSTANDING: 64 },
    ],
  },
  ({ params, test }) => {
    const isNarrow = params.DATA_W === 64;

    /** The line with the bits that mean something. */
    const expectedLine = ({ beats, isUpperHalf }: Request): { bits: bigint; mask: bigint; isBad: boolean } => {
      const bits = beats.reduce((line, { data }, i) => line | (data << BigInt(i * params.DATA_W)), 0n);
      const isBad = beats.some((beat) => beat.isBad);
      const all = (1n << BigInt(params.DATA_W * beats.length)) - 1n;
      return isNarrow && isUpperHalf ? { bits: bits << 64n, mask: all << 64n, isBad } : { bits, mask: all, isBad };
    };

    const run = async (bench: ModuleBench, requests: readonly Request[], pauses: { idle: Pause; back: Pause }): Promise<void> => {
      const sink = bench.sink("m_line", ["data", "err"], { pause: pauses.back });
      const beats = bench.source("s_rsp", ["data", "last", "err"], { pause: pauses.idle, ready: null });
      // The requests come before the responses, and no more of them than there is room for lines.
      let next = 0;
      let moved = 0;
      while (moved < requests.length) {
        const request = sink.count + params.RD_OUTSTANDING > next ? requests[next] : undefined;
        bench.drive({
          evt_request: request === undefined ? 0 : 1,
          request_start: request?.isUpperHalf === true ? 1 : bench.random.below(2) * (request === undefined ? 1 : 0),
        });
        await bench.cycles();
        if (request !== undefined) {
          next++;
          for (const [i, { data, isBad }] of request.beats.entries()) {
            beats.sendNow({ data, last: i === request.beats.length - 1 ? 1n : 0n, err: isBad ? 1n : 0n });
          }
        } else if (sink.count === moved) {
          await withTimeout(sink.reached(moved + 1), 400, "the next line");
        }
        moved = sink.count;
      }
      bench.drive({ evt_request: 0 });
      await bench.cycles(8);
      const lines = sink.takeAll();
      expect(lines.length).to.equal(requests.length);
      for (const [i, request] of requests.entries()) {
        const { bits, mask, isBad } = expectedLine(request);
        expect((lines[i]?.beat.data ?? 0n) & mask, `line ${i}`).to.equal(bits);
        expect(lines[i]?.beat.err, `line ${i}`).to.equal(isBad ? 1n : 0n);
      }
      sink.stop();
      beats.stop();
      bench.drive({ s_rsp_valid: 0 });
    };

    const random = (bench: ModuleBench, kind: "whole" | "lower" | "upper" = "whole", isBad = false): Request => ({
      beats: Array.from({ length: isNarrow && kind === "whole" ? 2 : 1 }, () => ({
        data: bench.random.bits(params.DATA_W),
        isBad,
      })),
      isUpperHalf: kind === "upper",
    });

    test("smoke: one line", async (bench) => {
      await run(bench, [random(bench)], { idle: PAUSES.never, back: PAUSES.never });
    });

    if (isNarrow) {
      test("halves: upper only, lower only, both, in any order", async (bench) => {
        const kinds = ["upper", "lower", "whole", "upper", "whole", "lower", "lower", "upper", "upper", "whole"] as const;
        await run(
          bench,
          kinds.map((kind) => random(bench, kind)),
          { idle: PAUSES.never, back: PAUSES.never },
        );
      });
    }

    test("an error on any beat marks its line, and no other", async (bench) => {
      const requests = [random(bench), random(bench, "whole", true), random(bench)];
      if (isNarrow) {
        for (const bad of [0, 1]) {
          const { beats, isUpperHalf } = random(bench);
          requests.push({ beats: beats.map(({ data }, i) => ({ data, isBad: i === bad })), isUpperHalf });
        }
        requests.push(random(bench, "upper"), random(bench, "lower", true), random(bench));
      }
      await run(bench, requests, { idle: PAUSES.never, back: PAUSES.half });
    });

    test("sweep: idle x back-pressure", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
        for (const back of [PAUSES.never, PAUSES.bursty, PAUSES.mostly]) {
          await run(
            bench,
            Array.from({ length: 20 }, () => random(bench)),
            { idle, back },
          );
        }
      }
    });

    test("reset in the middle of a line empties it", async (bench) => {
      bench.drive({ evt_request: 1, s_rsp_valid: 1, s_rsp_last: isNarrow ? 0 : 1, s_rsp_data: 1 });
      await bench.cycles();
      bench.drive({ evt_request: 0, s_rsp_valid: 0 });
      await bench.cycles(3);
      await bench.reset(1);
      expect(bench.signal("m_line_valid").isHigh).to.equal(false);
      await run(bench, [random(bench), random(bench)], { idle: PAUSES.never, back: PAUSES.never });
    });

    test("property: every line once, in order", async (bench) => {
      const beat = fc.record({ data: fc.bigInt(0n, (1n << BigInt(params.DATA_W)) - 1n), isBad: fc.boolean() });
      const request = isNarrow
        ? fc.oneof(
            fc.record({ beats: fc.tuple(beat, beat), isUpperHalf: fc.constant(false) }),
            fc.record({ beats: fc.tuple(beat), isUpperHalf: fc.boolean() }),
          )
        : fc.record({ beats: fc.tuple(beat), isUpperHalf: fc.constant(false) });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(request, { minLength: 1, maxLength: 20 }), pause, pause),
        async ([requests, idle, back]) => {
          await run(bench, requests, { idle, back });
        },
        15,
      );
    });
  },
);
