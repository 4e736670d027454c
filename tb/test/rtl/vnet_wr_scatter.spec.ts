import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { PackedSource } from "../support/packed.ts";
import { bytesToBigInt, edgeLengths, hex, windowBytes } from "../support/windows.ts";

interface Command {
  readonly client: number;
  readonly start: number;
  readonly len: number;
  readonly eop: boolean;
}

describeModule(
  "vnet_wr_scatter",
  {
    params: [
      { DATA_W: 64, N: 3 },
      { DATA_W: 512, N: 2 },
    ],
    fullParams: [
      { DATA_W: 128, N: 1 },
      { DATA_W: 256, N: 4 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    /** Sends commands whose data lie without gaps in the words of each client, and checks every window. */
    const run = async (
      bench: ModuleBench,
      commands: readonly Command[],
      options: { readonly idle?: Pause; readonly data?: Pause; readonly back?: Pause; readonly firstOff?: number } = {},
    ): Promise<number> => {
      const source = bench.source("s_cmd", ["client", "start", "off", "len", "eop"], {
        pause: options.idle ?? PAUSES.never,
      });
      const data = new PackedSource(bench, "s_dat", params.N, ["data"], { pause: options.data ?? PAUSES.never });
      const sink = bench.sink("m", ["data", "off", "cnt", "start", "last"], { pause: options.back ?? PAUSES.never });
      // The word of each client that is in use, and how far.
      const words = Array.from({ length: params.N }, () => ({
        word: bench.random.bytes(busBytes),
        at: options.firstOff ?? 0,
        used: 0,
      }));
      for (const [client, { word }] of words.entries()) data.send(client, { data: bytesToBigInt(word) });
      const expected: { off: number; start: number; bytes: string; last: boolean }[] = [];
      for (const { client, start, len, eop } of commands) {
        const state = words[client];
        if (state === undefined) throw new Error("no such client");
        source.sendNow({
          client: 1n << BigInt(client),
          start: BigInt(start),
          off: BigInt(state.at),
          len: BigInt(len),
          eop: eop ? 1n : 0n,
        });
        const next = (): void => {
          state.word = bench.random.bytes(busBytes);
          state.at = 0;
          state.used++;
          data.send(client, { data: bytesToBigInt(state.word) });
        };
        for (let left = len; left > 0; ) {
          const count = Math.min(left, busBytes - state.at);
          left -= count;
          const bytes = hex(state.word.subarray(state.at, state.at + count));
          expected.push({ off: state.at, start, bytes, last: left === 0 });
          state.at += count;
          if (state.at === busBytes || (left === 0 && eop)) next();
        }
      }
      await withTimeout(sink.reached(expected.length), 500 + 60 * expected.length, "the last window");
      await bench.cycles(4);
      const moved = sink.takeAll();
      expect(
        moved.map(({ beat }) => ({
          off: Number(beat.off),
          start: Number(beat.start),
          bytes: hex(windowBytes(beat, busBytes)),
          last: beat.last === 1n,
        })),
      ).to.deep.equal(expected);
      for (const [client, { used }] of words.entries()) expect(data.moved(client), "words used up").to.equal(used);
      for (const stream of [source, data, sink]) stream.stop();
      bench.drive({ s_cmd_valid: 0, s_dat_valid: 0 });
      await bench.reset(1);
      return (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0) + 1 - expected.length;
    };

    test("smoke: the example of the file's head", async (bench) => {
      await run(bench, [
        { client: 0, start: 1, len: 3, eop: false },
        { client: 0, start: 0, len: 9, eop: false },
        { client: 0, start: 7, len: 2, eop: true },
      ]);
    });

    test("sweep: lengths x places in the word", async (bench) => {
      for (const firstOff of [0, 1, busBytes - 1]) {
        const commands = edgeLengths(busBytes)
          .filter((len) => len > 0)
          .map((len) => ({ client: params.N - 1, start: bench.random.below(busBytes), len, eop: false }));
        await run(bench, commands, { firstOff });
      }
    });

    test("a command of more bytes than a frame can have", async (bench) => {
      const commands = [2 ** 17 + 2 ** 16 + 5, 3].map((len) => ({ client: 0, start: 1, len, eop: false }));
      await run(bench, commands);
    });

    test("with eop the word is used up, whatever is left in it", async (bench) => {
      const commands = Array.from({ length: 12 }, () => ({
        client: bench.random.below(params.N),
        start: 0,
        len: bench.random.between(1, 2 * busBytes),
        eop: true,
      }));
      await run(bench, commands);
    });

    test("one window per cycle, also across commands and clients", async (bench) => {
      const commands = Array.from({ length: 30 }, (_, i) => ({
        client: i % params.N,
        start: 0,
        len: bench.random.between(1, 3 * busBytes),
        eop: true,
      }));
      expect(await run(bench, commands), "lost cycles").to.equal(0);
    });

    test("sweep: pauses of commands, data and windows", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half]) {
        for (const data of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
          for (const back of [PAUSES.never, PAUSES.bursty]) {
            const commands = Array.from({ length: 10 }, () => ({
              client: bench.random.below(params.N),
              start: bench.random.below(busBytes),
              len: bench.random.between(1, 3 * busBytes),
              eop: bench.random.chance(0.5),
            }));
            await run(bench, commands, { idle, data, back });
          }
        }
      }
    });

    test("property: the bytes of the words, in order, none twice", async (bench) => {
      const command = fc.record({
        client: fc.nat({ max: params.N - 1 }),
        start: fc.nat({ max: busBytes - 1 }),
        len: fc.integer({ min: 1, max: 4 * busBytes }),
        eop: fc.boolean(),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(command, { minLength: 1, maxLength: 8 }), pause, pause),
        async ([commands, data, back]) => {
          await run(bench, commands, { data, back });
        },
      );
    });
  },
);
